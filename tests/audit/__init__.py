"""The audit of denotations: every operator against other implementations, and mutants of every denotation."""

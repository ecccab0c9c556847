"""The NumPy reading: what a term is on concrete arrays."""

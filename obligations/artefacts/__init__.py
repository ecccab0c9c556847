"""Claims about models: running them, checking them against a runtime, aligning two of them."""

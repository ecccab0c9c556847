"""Terms to SMT-LIB text, and answers back."""

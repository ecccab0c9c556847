"""Readings of terms: SMT-LIB text and NumPy arrays."""

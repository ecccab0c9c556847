"""Alignment of two graphs: equal for every input, or arrays on which they differ."""

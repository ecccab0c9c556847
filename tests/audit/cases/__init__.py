"""Strategies that generate trials, a file for each family of operators."""

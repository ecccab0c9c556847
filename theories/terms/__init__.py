"""Sorts and terms: the common language of every part."""

"""Transformations of graphs and of the terms of their nodes; each is validated where it is used, none is trusted."""

"""The local lemmas of operators: for every operator that its declared shape is right and that compilation preserves it.

:func:`listed` lists them; :func:`claims` gives those that are asked for.  Neither makes a term: a claim makes its own when
one is read.
"""

from .catalogue import FAMILY, Listed, claims, listed, unproved

__all__ = ["FAMILY", "Listed", "claims", "listed", "unproved"]

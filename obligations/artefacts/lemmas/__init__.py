"""The local lemmas of operators: for every operator that its declared shape is right and that compilation preserves it.

:func:`listed` lists them without making a term; :func:`claims` makes those that are asked for.
"""

from .catalogue import FAMILY, Listed, claims, listed, unproved

__all__ = ["FAMILY", "Listed", "claims", "listed", "unproved"]

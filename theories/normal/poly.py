"""Polynomial normal forms, for those who need no more: equality of sizes, offsets and indices.

>>> from probanda.theories.terms import build as b
>>> from probanda.theories.terms.binders import var
>>> from probanda.theories.terms.sorts import INT
>>> n, m = var("n", INT), var("m", INT)
>>> int_equal(b.mul(b.add(n, b.ONE), m), b.add(b.mul(m, n), m))
True
>>> int_equal(n, b.add(n, b.ONE))
False
>>> int_equal(n, m) is None
True
"""

from __future__ import annotations

from ..terms import build as b
from ..terms.sorts import INT
from ..terms.term import Term
from .polynomial import Mono, Poly, TooLarge
from .printing import to_term
from .ring import Normalizer

__all__ = ["Mono", "Poly", "TooLarge", "int_equal", "normal_int", "to_poly", "to_term"]


def to_poly(t: Term) -> Poly:
    """The polynomial that ``t``, of a ring sort, is."""
    return Normalizer().poly(t)


def normal_int(t: Term) -> Term:
    """The normal form of an integer term."""
    if t.sort is not INT:
        raise b.SortError(f"a {t.sort.text} is no int")
    return Normalizer().term(t)


def int_equal(a: Term, c: Term) -> bool | None:
    """True if ``a = c`` for all values by arithmetic alone, False if they differ by a constant, else None."""
    if a is c:
        return True
    difference = to_poly(b.sub(a, c)).constant
    return None if difference is None else not difference

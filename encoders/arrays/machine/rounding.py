"""Reals rounded to integers and remainders, as terms spell them out: single operations on float64.

Spelled out they go through integers that may be longer than 64 bits, or lose what rounding to float64 loses; NumPy has
``floor``, ``ceil``, ``trunc``, ``rint`` and ``fmod`` exactly.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ....theories.terms import build as b
from ....theories.terms.sorts import EREAL, FLOAT64, INT, REAL, FloatSort, Sort
from ....theories.terms.term import Term
from .arithmetic import dtype_of, rounded
from .exact import odd_sum

Array = NDArray[Any]
_HALF = b.rational(Fraction(1, 2))


class Form(NamedTuple):
    """An operation that stands for a term, and its arguments."""

    op: str
    data: str
    args: tuple[Term, ...]


def form(t: Term) -> Form | None:
    """The operation that ``t`` spells out: ``rint`` of a real, or the ``remainder`` of two, perhaps as a float."""
    if t.op == "cast" and isinstance(t.sort, FloatSort) and t.args[0].sort is REAL:
        return _remainder(t.args[0])
    if t.op == "cast" and t.sort is REAL and t.args[0].sort is INT:
        return _rounding(t.args[0])
    return _remainder(t)


def _rounding(t: Term) -> Form | None:
    """``floor x``, ``−floor(−x)``, both by the sign of ``x``, or the nearest with ties to even."""
    if t.op == "floor":
        return Form("rint", "floor", t.args)
    if t.op == "neg" and t.args[0].op == "floor" and t.args[0].args[0].op == "neg":
        return Form("rint", "ceil", t.args[0].args[0].args)
    if t.op != "ite" or t.args[2].op != "floor":
        return None
    x = t.args[2].args[0]
    floor = b.floor(x)
    if t is b.ite(b.lt(x, b.rational(0)), b.neg(b.floor(b.neg(x))), floor):
        return Form("rint", "trunc", (x,))
    if x.op != "add" or x.args[1] is not _HALF:
        return None
    tie = b.eq(b.sub(b.cast(floor, REAL), x.args[0]), _HALF)
    odd = b.eq(b.imod(floor, b.integer(2)), b.ONE)
    even = t is b.ite(b.conj(tie, odd), b.sub(floor, b.ONE), floor)
    return Form("rint", "even", (x.args[0],)) if even else None


def _remainder(t: Term) -> Form | None:
    """``x − ⌊x/y⌋·y``, or with the quotient cut towards zero."""
    if t.op != "sub" or t.sort not in (REAL, EREAL) or t.args[1].op != "mul":
        return None
    x, (whole, y) = t.args[0], t.args[1].args
    if t.sort is EREAL and whole.op == "cast":
        whole = whole.args[0]
    found = _rounding(whole.args[0]) if whole.op == "cast" and whole.args[0].sort is INT else None
    if found is None or found.data not in ("floor", "trunc"):
        return None
    quotient = found.args[0]
    if t.sort is EREAL and quotient.op == "cast":
        quotient = quotient.args[0]
    return Form("remainder", found.data, (x, y)) if quotient is b.div(x, y) else None


def remainder(x: Array, y: Array, down: bool, sort: Sort) -> Array:
    """``fmod``, or the remainder with the sign of ``y``, of float64 values: exact, then rounded once to ``sort``."""
    rest = np.asarray(np.fmod(x, y)) + 0.0
    narrow = isinstance(sort, FloatSort) and sort is not FLOAT64
    if down:
        other = (rest != 0) & ((rest < 0) != (y < 0))
        rest = np.where(other, odd_sum(rest, y) if narrow else rest + y, rest)
    return rounded(rest, sort) if narrow else rest.astype(dtype_of(sort))

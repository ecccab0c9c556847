"""Remainders."""

from __future__ import annotations

from ...theories.terms import build as b
from ...theories.terms.sorts import BitsSort
from ..dtypes import FLOAT_TYPES, NUMBERS, Reading
from ..elements import Elem, where
from ..errors import BadAttribute
from ..operators import Call, broadcast_rule, operator
from ..tensors import Tensor, binary
from ..types import TensorType

_RULE = broadcast_rule(NUMBERS)


def _rule(use: Call) -> tuple[TensorType, ...]:
    out = tuple(_RULE(use))
    if use.int("fmod") not in (0, 1):
        raise BadAttribute(f"{use.op}: fmod is {use.int('fmod')}, not 0 or 1")
    return out


@operator(
    "Mod",
    _rule,
    (2, 2),
    attrs={"fmod": 0},
    conventions=(
        "undefined for integers, and over ℝ, if y = 0; a float remainder of ±∞ or by ±0 is NaN",
        "IEEE: the exact remainder, rounded once",
        "a zero has the sign of y, with fmod = 1 of x",
        "y = ±∞ gives x, but y with fmod = 0 and x ≠ 0 of the other sign",
    ),
)
def mod(use: Call, x: Tensor, y: Tensor) -> Tensor:
    """``x − ⌊x/y⌋·y``; fmod = 1: ``x − trunc(x/y)·y``"""
    down = not use.flag("fmod")
    if x.dtype not in FLOAT_TYPES:
        return binary(lambda a, c: _integers(a, c, down), x, y)
    return binary(lambda a, c: (_floats if use.reading is Reading.IEEE else _reals)(a, c, down), x, y)


def _integers(a: Elem, c: Elem, down: bool) -> Elem:
    if isinstance(a.term.sort, BitsSort):
        if a.dtype.kind == "uint":
            return a.like(b.bit_op("urem", a.term, c.term))
        # The division of the least integer by −1 overflows; its remainder does not.
        rest = where(c.equals(-1), a.lit(0), a.like(b.rem(a.term, c.term)))
        return where(~rest.equals(0) & ((rest < 0) ^ (c < 0)), rest + c, rest) if down else rest
    return a % c if down or a.dtype.kind == "uint" else a - a / c * c


def _reals(a: Elem, c: Elem, down: bool) -> Elem:
    return a - (a / c).integral("floor" if down else "trunc") * c


def _floats(a: Elem, c: Elem, down: bool) -> Elem:
    """The remainder of the operands as reals, with the cases in which they are none, and the sign of a zero."""
    x, y = (Elem(b.cast(e.term, b.REAL), e.dtype, Reading.REAL) for e in (a, c))
    exact = a.like(b.cast(_reals(x, y, down).term, a.term.sort))
    zero = where(c < 0, a.lit(-0.0), 0.0) if down else a * 0.0
    out = where(exact.equals(0), zero, exact)
    opposite = where((a < 0) ^ (c < 0), c, a) if down else a
    by_infinity = where(a.equals(0), zero, opposite)
    undefined = a.is_nan() | c.is_nan() | a.is_inf() | c.equals(0)
    return where(undefined, a.lit(float("nan")), where(c.is_inf(), by_infinity, out))

"""Conversion of elements between types: what ONNX ``Cast`` means."""

from __future__ import annotations

from ..theories.terms import build as b
from ..theories.terms.sorts import EREAL, INT, REAL, BitsSort, FloatSort, bits
from ..theories.terms.term import Term
from .dtypes import DType, sort_of
from .elements import Elem

_PRECISION = {"float16": 11, "bfloat16": 8, "float32": 24, "float64": 53}
_RANGE = {"float16": 5, "bfloat16": 8, "float32": 8, "float64": 11}


def convert(x: Elem, to: DType) -> Elem:
    """``x`` as a ``to``: see :meth:`probanda.ir.elements.Elem.cast`."""
    sort = sort_of(to, x.reading)
    if x.dtype.kind == "bool":
        one, zero = _number(1, to, x), _number(0, to, x)
        return Elem(b.ite(x.term, one, zero), to, x.reading)
    if to.kind == "bool":
        return ~x.equals(0)
    t = x.term
    if isinstance(sort, FloatSort):
        return Elem(b.cast(_signed(x), sort), to, x.reading)
    if isinstance(sort, BitsSort):
        return Elem(_bits(x, sort, to), to, x.reading)
    if t.sort in (REAL, EREAL) and sort is INT:
        real = b.cast(t, REAL) if t.sort is EREAL else t
        towards_zero = b.ite(b.lt(real, b.rational(0)), b.neg(b.floor(b.neg(real))), b.floor(real))
        return Elem(_in_range(towards_zero, to), to, x.reading)
    if t.sort is INT and sort is INT:
        return Elem(_in_range(t, to) if _narrows(x.dtype, to) else t, to, x.reading)
    if t.sort is INT:
        value = b.cast(t, REAL)
        return Elem(b.cast(value, EREAL) if sort is EREAL else value, to, x.reading)
    return Elem(_round(t, x.dtype, to), to, x.reading)


def _number(value: int, to: DType, x: Elem) -> Term:
    from .elements import literal

    return literal(value, to, x.reading).term


def _signed(x: Elem) -> Term:
    """The term of a number with unsigned integers widened, so that their sign bit is not taken for a sign."""
    t = x.term
    if x.dtype.kind == "uint" and isinstance(t.sort, BitsSort):
        return b.zero_extend(t, wider(t.sort))
    return t


def wider(sort: BitsSort) -> BitsSort:
    """A width that has a sign beside all unsigned values of ``sort``: one that machines have, except for 64 bits."""
    return bits(next((w for w in (16, 32, 64) if w > sort.width), sort.width + 1))


def _bits(x: Elem, sort: BitsSort, to: DType) -> Term:
    t = _signed(x)
    if isinstance(t.sort, FloatSort) and to.kind == "uint":
        wide = b.cast(t, wider(sort))  # towards zero, defined where it fits
        fits = b.conj(b.le(b.bit_vector(0, wider(sort)), wide), b.le(wide, b.bit_vector(to.high, wider(sort))))
        return b.require(fits, b.cast(wide, sort))
    value = b.cast(t, sort)
    return b.require(b.fits(t, sort), value) if isinstance(t.sort, FloatSort) else value


def _narrows(of: DType, to: DType) -> bool:
    return not (of.kind == "index" and to.width == 64) and not (to.low <= of.low and of.high <= to.high)


def _in_range(t: Term, to: DType) -> Term:
    """An integer that must be a value of ``to``: mathematical integers do not wrap."""
    return b.require(b.conj(b.le(b.integer(to.low), t), b.le(t, b.integer(to.high))), t)


def _round(t: Term, of: DType, to: DType) -> Term:
    """A real of one format as one of another: itself if every value of the first is one of the second."""
    if _PRECISION[of.name] <= _PRECISION[to.name] and _RANGE[of.name] <= _RANGE[to.name]:
        return t
    fmt = sort_of_format(to)
    if t.sort is REAL:
        return b.round_real(t, fmt)
    return b.ite(b.is_finite(t), b.cast(b.round_real(b.cast(t, REAL), fmt), EREAL), t)


def sort_of_format(dtype: DType) -> FloatSort:
    """The float sort of a float type."""
    from .dtypes import Reading

    sort = sort_of(dtype, Reading.IEEE)
    assert isinstance(sort, FloatSort)
    return sort

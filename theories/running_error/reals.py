"""Operations on floats as operations on reals: what a node means when nothing is rounded, overflows or is signed zero."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Final

from ..errors import Unsupported
from ..ieee754 import formats as f
from ..terms import build as b
from ..terms.sorts import BOOL, EREAL, INT, REAL, BitsSort, FloatSort, FnSort, Sort, TupleSort, fn, tuple_sort, uncurry
from ..terms.term import Term, make

HALF: Final = b.rational(Fraction(1, 2))


def real_sort(sort: Sort) -> Sort:
    """``sort`` with reals for floats."""
    if isinstance(sort, FloatSort):
        return REAL
    if isinstance(sort, FnSort):
        return fn(real_sort(sort.arg), real_sort(sort.res))
    if isinstance(sort, TupleSort):
        return tuple_sort(tuple([(name, real_sort(field)) for name, field in sort.fields]))
    return sort


def is_rounded(sort: Sort) -> bool:
    """Whether values of ``sort``, or elements or fields of them, are numbers that programs round."""
    result = uncurry(sort)[1]
    if isinstance(result, TupleSort):
        return any(is_rounded(field) for _, field in result.fields)
    return result is REAL or result is EREAL or isinstance(result, FloatSort)


def leaf(t: Term) -> Term:
    """A variable or literal over the reals.  Unsupported for infinities and NaN."""
    if t.op == "var" or not isinstance(t.sort, FloatSort):
        return make(t.op, (), real_sort(t.sort), t.data)
    bits = t.data
    assert isinstance(bits, int)
    if not f.is_finite(t.sort, bits):
        raise Unsupported(f"the {t.sort.text} {'NaN' if f.is_nan(t.sort, bits) else 'infinity'} as a real number")
    return b.rational(f.to_rational(t.sort, bits))


def operation(t: Term, args: Sequence[Term]) -> Term:
    """``t``, neither leaf nor binder, over the reals; ``args`` are its arguments over the reals."""
    if t.op == "round":
        return args[0]
    if t.op == "cast":
        return _cast(t, args[0])
    special = _SPECIAL.get(t.op) if t.args and isinstance(t.args[0].sort, FloatSort) else None
    if special is not None:
        return special(t, args)
    return make(t.op, tuple(args), real_sort(t.sort), t.data)


def _cast(t: Term, x: Term) -> Term:
    source, to = t.args[0].sort, t.sort
    if isinstance(source, FloatSort):
        return b.cast(_truncated(x), to) if isinstance(to, BitsSort) else x
    if isinstance(to, FloatSort):
        return b.cast(b.cast(x, INT) if isinstance(source, BitsSort) else x, REAL)
    return make("cast", (x,), to, t.data)


def _floor(x: Term) -> Term:
    return b.floor(x)


def _ceil(x: Term) -> Term:
    return b.neg(b.floor(b.neg(x)))


def _truncated(x: Term) -> Term:
    return b.ite(b.le(b.rational(0), x), _floor(x), _ceil(x))


def _nearest(x: Term) -> Term:
    up = b.floor(b.add(x, HALF))
    tie = b.eq(b.cast(up, REAL), b.add(x, HALF))
    odd = b.eq(b.imod(up, b.integer(2)), b.ONE)
    return b.ite(b.conj(tie, odd), b.sub(up, b.ONE), up)


_INTEGRAL: Final[Mapping[str, Callable[[Term], Term]]] = {
    "floor": _floor,
    "ceil": _ceil,
    "trunc": _truncated,
    "even": _nearest,
}


def _fits(t: Term, args: Sequence[Term]) -> Term:
    assert isinstance(t.data, BitsSort)
    edge = 1 << (t.data.width - 1)
    whole = _truncated(args[0])
    return b.conj(b.le(b.integer(-edge), whole), b.lt(whole, b.integer(edge)))


def smallest_normal(t: Term) -> Term:
    """The least positive normal number of the format of the operand of ``t``."""
    sort = t.args[0].sort
    assert isinstance(sort, FloatSort)
    return b.rational(f.to_rational(sort, f.smallest_normal(sort)))


def _subnormal(t: Term, args: Sequence[Term]) -> Term:
    size = b.absolute(args[0])
    return b.conj(b.lt(b.rational(0), size), b.lt(size, smallest_normal(t)))


_SPECIAL: Final[Mapping[str, Callable[[Term, Sequence[Term]], Term]]] = {
    "fma": lambda t, args: b.add(b.mul(args[0], args[1]), args[2]),
    "rint": lambda t, args: b.cast(_INTEGRAL[t.name](args[0]), REAL),
    "fits": _fits,
    "isnan": lambda t, args: b.FALSE,
    "isinf": lambda t, args: b.FALSE,
    "isfinite": lambda t, args: b.TRUE,
    "iszero": lambda t, args: make("eq", (args[0], b.rational(0)), BOOL),
    "isneg": lambda t, args: b.lt(args[0], b.rational(0)),
    "isnormal": lambda t, args: b.le(smallest_normal(t), b.absolute(args[0])),
    "issubnormal": _subnormal,
}
"""Operations on floats that reals have by another name."""

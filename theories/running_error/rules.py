"""First-order error of each operation: a line each.

An error is a term over the reals, None where it is 0.  A rule sees the value of the operation and the values and errors
of its operands, all over the reals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from ..errors import Unsupported
from ..terms import build as b
from ..terms.sorts import EREAL, INT, BitsSort, FloatSort
from ..terms.term import Term
from .parts import ONE, ZERO, Error, Part, finite, over, over_unless_zero, plus, size, times

_TWO_OVER_ROOT_PI: Final = b.rational(Fraction(113, 100))  # rounded up


class Operand(NamedTuple):
    """A number as a real, 0 where it is infinite (except for ``min`` and ``max``), and its error."""

    value: Term
    error: Error


Rule = Callable[[Term, Term, Sequence[Operand]], Error]
"""Of a node, its value and its operands."""


ROUNDOFF: Final = Fraction(1, 256)
"""The largest unit roundoff that errors are counted in: that of bfloat16."""


def perturbed(value: Term, error: Error, sign: int) -> Term:
    """The value moved up (``sign`` 1) or down by as much as rounding can move it."""
    if error is None:
        return value
    shift = b.mul(b.rational(ROUNDOFF), error)
    if value.sort is EREAL:
        shift = b.cast(shift, EREAL)
    return b.add(value, shift) if sign > 0 else b.sub(value, shift)


def beyond(certain: Term, reach: Term, sign: int) -> Term:
    """Whether ``reach`` is no less (``sign`` 1) or no more than ``certain``, or either is no number."""
    return b.negate(b.lt(reach, certain) if sign > 0 else b.lt(certain, reach))


def _extremum(args: Sequence[Operand], sign: int) -> Error:
    """The larger error of those operands that rounding may make the extremum."""
    x, y = args[0], args[1]
    errors: list[Error] = []
    for one, other in ((x, y), (y, x)):
        if one.error is not None:
            reach, certain = perturbed(one.value, one.error, sign), perturbed(other.value, other.error, -sign)
            within = beyond(certain, reach, sign)
            errors.append(b.ite(within, one.error, ZERO))
    if not errors:
        return None
    return errors[0] if len(errors) == 1 else b.maximum(*[e for e in errors if e is not None])


def _square(x: Term) -> Term:
    return b.mul(x, x)


def _one_minus_square(x: Term) -> Term:
    return b.sub(ONE, _square(x))


def _one_plus_square(x: Term) -> Term:
    return b.add(ONE, _square(x))


_FUNCTIONS: Final[Mapping[str, Callable[[Term, Term, Error], Error]]] = {
    # the argument x, the value v, the error e of x: |derivative at x| * e
    "exp": lambda x, v, e: times(v, e),
    "log": lambda x, v, e: over(e, x),
    "erf": lambda x, v, e: times(b.mul(_TWO_OVER_ROOT_PI, b.apply("exp", b.neg(_square(x)))), e),
    "sin": lambda x, v, e: times(size(b.apply("cos", x)), e),
    "cos": lambda x, v, e: times(size(b.apply("sin", x)), e),
    "tan": lambda x, v, e: times(_one_plus_square(v), e),
    "asin": lambda x, v, e: over_unless_zero(e, b.sqrt(_one_minus_square(x))),
    "acos": lambda x, v, e: over_unless_zero(e, b.sqrt(_one_minus_square(x))),
    "atan": lambda x, v, e: over(e, _one_plus_square(x)),
    "sinh": lambda x, v, e: times(b.apply("cosh", x), e),
    "cosh": lambda x, v, e: times(size(b.apply("sinh", x)), e),
    "tanh": lambda x, v, e: times(_one_minus_square(v), e),
    "asinh": lambda x, v, e: over(e, b.sqrt(_one_plus_square(x))),
    "acosh": lambda x, v, e: over_unless_zero(e, b.sqrt(b.sub(_square(x), ONE))),
    "atanh": lambda x, v, e: over(e, _one_minus_square(x)),
}


def _sum(t: Term, v: Term, args: Sequence[Operand]) -> Error:
    return plus(args[0].error, args[1].error, size(v))


def _mul(t: Term, v: Term, args: Sequence[Operand]) -> Error:
    (x, ex), (y, ey) = args
    return plus(times(size(x), ey), times(size(y), ex), size(v))


def _div(t: Term, v: Term, args: Sequence[Operand]) -> Error:
    (_, ex), (y, ey) = args
    quotient = over if t.sort is not EREAL else over_unless_zero
    return plus(quotient(plus(ex, times(size(v), ey)), size(y)), size(v))


def _fma(t: Term, v: Term, args: Sequence[Operand]) -> Error:
    (x, ex), (y, ey), (_, ez) = args
    return plus(times(size(x), ey), times(size(y), ex), ez, size(v))


def _pow(t: Term, v: Term, args: Sequence[Operand]) -> Error:
    """As a product of n factors."""
    ((x, e),) = args
    n = t.data
    assert isinstance(n, int)
    if n < 2:
        return e if n else None
    return plus(times(b.mul(b.rational(n), b.power(size(x), n - 1)), e), times(b.rational(n - 1), size(v)))


def _sqrt(t: Term, v: Term, args: Sequence[Operand]) -> Error:
    return plus(over_unless_zero(args[0].error, b.mul(b.rational(2), v)), v)


def _function(t: Term, v: Term, args: Sequence[Operand]) -> Error:
    ((x, e),) = args
    if t.sort is EREAL and t.data == "log":
        return plus(over_unless_zero(e, x), size(v))
    return plus(_FUNCTIONS[t.name](x, v, e), size(v))


_SMALL: Final = b.rational(256)
"""Integers up to this are values of every format, bfloat16 included."""


def of_integer(v: Term) -> Term:
    """The rounding of an integer."""
    return b.ite(b.le(size(v), _SMALL), ZERO, size(v))


def _cast(t: Term, v: Term, args: Sequence[Operand]) -> Error:
    source, to, error = t.args[0].sort, t.sort, args[0].error
    if isinstance(source, FloatSort):
        narrows = isinstance(to, FloatSort) and to.significand < source.significand
    else:
        narrows = source is INT or isinstance(source, BitsSort) or isinstance(to, FloatSort)
        if error is None and (source is INT or isinstance(source, BitsSort)):
            return of_integer(v)
    return plus(error, size(v)) if narrows else error


RULES: Final[Mapping[str, Rule]] = {
    "add": _sum,
    "sub": _sum,
    "mul": _mul,
    "div": _div,
    "fma": _fma,
    "neg": lambda t, v, args: args[0].error,
    "abs": lambda t, v, args: args[0].error,
    "min": lambda t, v, args: _extremum(args, -1),
    "max": lambda t, v, args: _extremum(args, 1),
    "pow": _pow,
    "sqrt": _sqrt,
    "fn": _function,
    "rint": lambda t, v, args: None,
    "round": lambda t, v, args: plus(args[0].error, size(v)),
    "cast": _cast,
}
"""Of operations on numbers."""


def operands(t: Term, args: Sequence[Part]) -> list[Operand]:
    """The operands of ``t`` as rules take them."""
    return [Operand(a.value if t.op in ("min", "max") else finite(a.value), a.error) for a in args]


def rule(t: Term, value: Term, args: Sequence[Part]) -> Error:
    """The error of an operation on numbers; Unsupported for one that has no rule."""
    if t.op not in RULES:
        raise Unsupported(f"the rounding error of {t.op}")
    return RULES[t.op](t, finite(value), operands(t, args))

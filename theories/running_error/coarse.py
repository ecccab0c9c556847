"""Errors of operations on numbers whose errors need not be small: bounds, where the rules to first order are none.

With u the unit, x' is any number with ``|x' − x| <= u E(x)``.  What is said of each operation is a bound of
``|f(x') − f(x)| / u`` by the mean value theorem on that interval, and ``HUGE`` where the interval reaches a pole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Final

from ..terms import build as b
from ..terms.sorts import EREAL
from ..terms.term import Term
from .parts import FAR, HUGE, ONE, ZERO, Error, Part, finite, over, plus, size, times
from .rules import Operand, operands

_TWO: Final = b.rational(2)
_FOUR: Final = b.rational(4)
Bound = Callable[[Term, Term, Term, Term], Term]
"""Of the argument x, its error E, its distance d = u E, and 1/u."""


def coarse_rule(t: Term, value: Term, args: Sequence[Part], unit: Fraction) -> Error:
    """The error of ``t``, one of :data:`COARSE`."""
    error = COARSE[t.op](t, finite(value), operands(t, args), unit)
    if t.sort is EREAL and t.op in ("div", "fn") and error is not None:
        x = args[-1]  # the divisor or the argument, where it is an infinity nothing is rounded
        known = b.TRUE if x.error is None else b.lt(_distance(unit, x.error), FAR)
        error = b.ite(b.conj(b.negate(b.is_finite(x.value)), known), ZERO, error)
    return error


def _distance(unit: Fraction, error: Term) -> Term:
    return b.mul(b.rational(unit), error)


def _both(unit: Fraction, ex: Error, ey: Error) -> Error:
    """The part of second order of a product."""
    return None if ex is None or ey is None else b.mul(_distance(unit, ex), ey)


def _mul(t: Term, v: Term, args: Sequence[Operand], unit: Fraction) -> Error:
    (x, ex), (y, ey) = args[0], args[1]
    rest = args[2].error if len(args) > 2 else None
    return plus(times(size(x), ey), times(size(y), ex), _both(unit, ex, ey), rest, size(v))


def _div(t: Term, v: Term, args: Sequence[Operand], unit: Fraction) -> Error:
    (_, ex), (y, ey) = args
    moved = plus(ex, times(size(v), ey))
    if ey is None:
        error = over(moved, size(y))
    else:
        assert moved is not None
        d = _distance(unit, ey)
        error = b.ite(b.lt(d, size(y)), b.div(moved, b.sub(size(y), d)), HUGE)
    return plus(error, size(v))


def _pow(t: Term, v: Term, args: Sequence[Operand], unit: Fraction) -> Error:
    ((x, e),) = args
    n = t.data
    assert isinstance(n, int)
    if n < 2 or e is None:
        return e if n == 1 else times(b.rational(max(n - 1, 0)), size(v))
    slope = b.mul(b.rational(n), b.power(b.add(size(x), _distance(unit, e)), n - 1))
    return plus(b.mul(slope, e), b.mul(b.rational(n - 1), size(v)))


def _sqrt(t: Term, v: Term, args: Sequence[Operand], unit: Fraction) -> Error:
    ((_, e),) = args
    if e is None:
        return v
    d = _distance(unit, e)
    near = b.mul(b.rational(1 / unit), b.sqrt(d))  # |√x' − √x| <= √|x' − x|
    x = b.mul(v, v)
    return plus(b.ite(b.lt(b.mul(_TWO, d), x), b.div(e, v), near), v)


def _square(x: Term) -> Term:
    return b.mul(x, x)


def _below(limit: Term, d: Term, bound: Term, otherwise: Term) -> Term:
    return b.ite(b.lt(d, limit), bound, otherwise)


def _at_most(bound: Term, total: int, per_unit: Term) -> Term:
    """``bound``, of a function whose values lie within ``total`` of one another."""
    return b.minimum(bound, b.mul(b.rational(total), per_unit))


def _stretched(x: Term, d: Term) -> Term:
    return b.add(size(x), b.mul(_TWO, d))


_FUNCTIONS: Final[Mapping[str, Bound]] = {
    "exp": lambda x, e, d, p: b.mul(b.apply("exp", b.add(x, b.mul(_TWO, d))), e),
    "log": lambda x, e, d, p: _below(x, d, b.div(e, b.sub(x, d)), HUGE),
    "erf": lambda x, e, d, p: _at_most(b.mul(_TWO, e), 2, p),
    "sin": lambda x, e, d, p: _at_most(e, 2, p),
    "cos": lambda x, e, d, p: _at_most(e, 2, p),
    "tan": lambda x, e, d, p: _below(_cosine(x), d, b.div(e, _square(b.sub(_cosine(x), d))), HUGE),
    "asin": lambda x, e, d, p: _below(_inside(x), d, b.div(e, _root_inside(x, d)), b.mul(_FOUR, p)),
    "acos": lambda x, e, d, p: _below(_inside(x), d, b.div(e, _root_inside(x, d)), b.mul(_FOUR, p)),
    "atan": lambda x, e, d, p: _at_most(e, 4, p),
    "sinh": lambda x, e, d, p: b.mul(b.apply("cosh", _stretched(x, d)), e),
    "cosh": lambda x, e, d, p: b.mul(b.apply("cosh", _stretched(x, d)), e),
    "tanh": lambda x, e, d, p: _at_most(e, 2, p),
    "asinh": lambda x, e, d, p: e,
    "acosh": lambda x, e, d, p: _below(b.sub(x, ONE), d, b.div(e, b.sqrt(b.sub(_square(b.sub(x, d)), ONE))), HUGE),
    "atanh": lambda x, e, d, p: _below(_inside(x), d, b.div(e, b.sub(ONE, _square(b.add(size(x), d)))), HUGE),
}


def _cosine(x: Term) -> Term:
    return size(b.apply("cos", x))


def _inside(x: Term) -> Term:
    return b.sub(ONE, size(x))


def _root_inside(x: Term, d: Term) -> Term:
    return b.sqrt(b.sub(ONE, _square(b.add(size(x), d))))


def _function(t: Term, v: Term, args: Sequence[Operand], unit: Fraction) -> Error:
    ((x, e),) = args
    if e is None:
        return size(v)
    d, per_unit = _distance(unit, e), b.rational(1 / unit)
    bound = _FUNCTIONS[t.name](x, e, d, per_unit)
    return plus(bound, size(v))


COARSE: Final[Mapping[str, Callable[[Term, Term, Sequence[Operand], Fraction], Error]]] = {
    "mul": _mul,
    "fma": _mul,
    "div": _div,
    "pow": _pow,
    "sqrt": _sqrt,
    "fn": _function,
}
"""The operations that are not as steep everywhere."""

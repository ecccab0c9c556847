"""Decisions on numbers that carry errors: under which condition they are undecided, and what then follows.

A condition is *undecided* where some values of the numbers that it compares, within their errors of those computed, make it
true and others false; an integer where there are such values for which it differs.  The conditions here are sufficient ones:
what they call decided is, what they call undecided may be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Final

from ..terms import build as b
from ..terms.sorts import BOOL, EREAL, INT, REAL, BitsSort, FloatSort
from ..terms.term import Term
from .parts import FAR, HUGE, ZERO, Error, Part, all_of, any_of, finite, plus, written

HALF: Final = b.rational(Fraction(1, 2))
_PAIRS: Final = 64
"""Pairs of subterms that are compared, to see where two terms differ."""


def distance(unit: Fraction, error: Term) -> Term:
    """How far an error takes a number."""
    return b.mul(b.rational(unit), error)


def _gap(x: Term, y: Term, between_infinities: Term) -> Term:
    """``|x − y|``; an infinity is far from every number."""
    if x.sort is not EREAL:
        return b.absolute(x if y is ZERO else b.sub(x, y))
    both = b.conj(b.is_finite(x), b.is_finite(y))
    infinite = b.ite(b.eq(x, y), between_infinities, FAR)
    return b.ite(both, b.absolute(b.sub(finite(x), finite(y))), infinite)


# -- conditions ------------------------------------------------------------------------------------------------------


def compared(x: Part, y: Part, unit: Fraction) -> Error:
    """Of two numbers in an order or equality: no further apart than their errors together, if these are not 0."""
    error = plus(x.error, y.error)
    if error is None or error is ZERO or x.value is y.value:
        return None
    close = b.negate(b.lt(distance(unit, error), _gap(x.value, y.value, FAR)))
    return all_of(close, b.negate(b.eq(error, ZERO)), _not_one(x.value, y.value))


def _not_one(x: Term, y: Term) -> Term:
    """Whether two terms differ, if they do so in integers only: else they have one value.  True where that is not known."""
    pairs: list[tuple[Term, Term]] = []
    stack = [(x, y)]
    for _ in range(_PAIRS):
        if not stack:
            return b.disj(*[b.negate(b.eq(p, q)) for p, q in dict.fromkeys(pairs)])
        p, q = stack.pop()
        if p is q:
            continue
        if p.loose or q.loose or p.sort is not q.sort:
            return b.TRUE
        if p.sort is INT:
            pairs.append((p, q))
        elif not p.args or (p.op, p.data, len(p.args)) != (q.op, q.data, len(q.args)):
            return b.TRUE
        else:
            stack += zip(p.args, q.args, strict=True)
    return b.TRUE


def _near(x: Part, y: Term, unit: Fraction) -> Error:
    return compared(x, Part(y, None), unit)


def _fits(t: Term, x: Part, unit: Fraction) -> Error:
    assert isinstance(t.data, BitsSort)
    edge = 1 << (t.data.width - 1)
    return any_of(_near(x, b.rational(edge), unit), _near(x, b.rational(-edge - 1), unit))


def tested(t: Term, x: Part, unit: Fraction) -> Error:
    """Of a classification of a number."""
    if x.error is None or t.op in ("isnan", "isinf", "isfinite"):
        return None
    if t.op == "finite":
        return b.negate(b.lt(distance(unit, x.error), FAR)) if x.coarse else None
    if t.op == "fits":
        return _fits(t, x, unit)
    zero = _near(x, ZERO, unit)
    if t.op in ("iszero", "isneg"):
        return zero
    from .reals import smallest_normal

    least = smallest_normal(t)
    return any_of(zero, *[_near(x, edge, unit) for edge in (least, b.neg(least))])


def connective(t: Term, parts: Sequence[Part]) -> Error:
    """Of ``and``, ``or``, ``not`` and ``implies``: where no operand that is decided settles it."""
    some = any_of(*[p.error for p in parts])
    if some is None or t.op == "not":
        return some
    needed = [p.value if _holds(t, k) else b.negate(p.value) for k, p in enumerate(parts)]
    if any(p.partial for p in parts):  # an operand is asked for only where those before it have not settled it
        return any_of(*[all_of(*needed[:k], p.error) for k, p in enumerate(parts)])
    carrying = len([p for p in parts if p.error is not None])
    open_ = [n if p.error is None else b.disj(n, p.error) for n, p in zip(needed, parts, strict=True)]
    return all_of(*[o for o, p in zip(open_, parts, strict=True) if p.error is None or carrying > 1], some)


def _holds(t: Term, k: int) -> bool:
    """Whether operand ``k`` of a connective leaves it open where it is true, not where it is false."""
    return t.op == "and" or (t.op == "implies" and k + 1 < len(t.args))


def chosen(c: Part, x: Part, y: Part) -> Error:
    """Of ``if c then x else y`` of Booleans or integers."""
    taken = None
    if x.error is not None or y.error is not None:
        taken = b.ite(c.value, written(x.error, BOOL), written(y.error, BOOL))
    if c.error is None:
        return taken
    if x.partial or y.partial:
        return any_of(c.error, taken)
    other = any_of(b.negate(b.eq(x.value, y.value)), x.error, y.error)
    return any_of(all_of(c.error, other), taken)


# -- numbers ---------------------------------------------------------------------------------------------------------


def chosen_number(c: Part, x: Part, y: Part, unit: Fraction) -> Error:
    """The error of ``if c then x else y``: where c is undecided, the distance of x and y and the larger of their errors."""
    taken = None
    if x.error is not None or y.error is not None:
        taken = b.ite(c.value, written(x.error, REAL), written(y.error, REAL))
    if c.error is None:
        return taken
    if x.partial or y.partial:
        return b.ite(c.error, HUGE, written(taken, REAL))
    both = x.error if y.error is None else y.error if x.error is None else b.maximum(x.error, y.error)
    either = plus(b.mul(b.rational(1 / unit), _gap(x.value, y.value, ZERO)), both)
    assert either is not None
    return b.ite(c.error, either, written(taken, REAL))


def lost(condition: Error, error: Error) -> Error:
    """The error of a number of which nothing is known where ``condition`` holds."""
    return error if condition is None else b.ite(condition, HUGE, written(error, REAL))


# -- rounding to integers --------------------------------------------------------------------------------------------


def _ceil(x: Term) -> Term:
    return b.neg(b.floor(b.neg(x)))


def _trunc(x: Term) -> Term:
    return b.ite(b.lt(x, ZERO), _ceil(x), b.floor(x))


def _even(x: Term) -> Term:
    up = b.floor(b.add(x, HALF))
    tie = b.eq(b.sub(b.cast(up, REAL), x), HALF)
    odd = b.eq(b.imod(up, b.integer(2)), b.ONE)
    return b.ite(b.conj(tie, odd), b.sub(up, b.ONE), up)


ROUNDINGS: Final[Mapping[str, Callable[[Term], Term]]] = {
    "floor": b.floor,
    "ceil": _ceil,
    "trunc": _trunc,
    "even": _even,
}
"""Reals as integers, as terms spell it out: monotone functions all of them."""


def rounding(t: Term) -> tuple[str, Term] | None:
    """The mode of :data:`ROUNDINGS` in which an integer is a real rounded, and that real."""
    if t.sort is not INT:
        return None
    candidates: list[tuple[str, Term]] = []
    if t.op == "floor":
        return "floor", t.args[0]
    if t.op == "neg" and t.args[0].op == "floor" and t.args[0].args[0].op == "neg":
        return "ceil", t.args[0].args[0].args[0]
    if t.op == "ite" and t.args[2].op == "floor":
        x = t.args[2].args[0]
        candidates.append(("trunc", x))
        if x.op == "add":
            candidates.append(("even", x.args[0]))
    return next(((mode, x) for mode, x in candidates if ROUNDINGS[mode](x) is t), None)


def ends(step: Callable[[Term], Term], x: Part, unit: Fraction) -> tuple[Term, Term]:
    """What a monotone function makes of the least and the greatest number that ``x`` may be."""
    assert x.error is not None
    d = distance(unit, x.error)
    return step(b.sub(x.value, d)), step(b.add(x.value, d))


def whole(mode: str) -> Callable[[Term], Term]:
    """Rounding to an integer, as a real."""
    return lambda x: b.cast(ROUNDINGS[mode](x), REAL)


def rounded(mode: str, x: Part, unit: Fraction) -> Error:
    """Of a real as an integer: where the ends of its interval give two integers."""
    if x.error is None:
        return None
    low, high = ends(whole(mode), x, unit)
    return b.negate(b.eq(low, high))


def step_error(step: Callable[[Term], Term], x: Part, unit: Fraction) -> Error:
    """The error of a monotone function that is constant but for jumps."""
    if x.error is None:
        return None
    low, high = ends(step, x, unit)
    return b.mul(b.rational(1 / unit), b.absolute(b.sub(high, low)))


def is_float(t: Term) -> bool:
    """Whether a term is compared as a number with an error."""
    return t.sort in (REAL, EREAL) or isinstance(t.sort, FloatSort)


def is_whole(t: Term, parts: Sequence[Part]) -> bool:
    """Whether a number is plainly an integer, or infinite."""
    if t.op == "lit":
        return isinstance(t.data, Fraction) and t.data.denominator == 1
    if t.op == "cast" and parts[0].value.sort is INT:
        return True
    return t.op == "rint" or (t.op in ("add", "sub", "neg", "min", "max", "cast") and all(p.whole for p in parts))

"""Division with a literal divisor, minimum, maximum and absolute value on polynomials."""

from __future__ import annotations

from math import gcd

from ..terms import build as b
from ..terms.sorts import INT, REAL
from ..terms.term import Term, make
from .order import rank
from .polynomial import UNIT, Coef, Poly, atom, constant
from .printing import leading, to_term


def divide(p: Poly, divisor: int) -> Poly:
    """``p div divisor`` (rounded down) for a literal other than 0.

    Multiples of the divisor are split off, common factors cancelled, nested divisions joined.
    """
    if divisor < 0:
        return divide(-p, -divisor)
    whole = Poly(INT, {m: int(c) // divisor for m, c in p.terms.items()})
    rest = Poly(INT, {m: int(c) % divisor for m, c in p.terms.items()})
    g = gcd(divisor, *[int(c) for m, c in rest.terms.items() if m != UNIT])
    if g > 1:
        # floor((g a + r) / (g b)) = floor((a + floor(r / g)) / b)
        return whole + divide(Poly(INT, {m: int(c) // g for m, c in rest.terms.items()}), divisor // g)
    if rest.constant is not None:
        return whole  # 0 <= rest < divisor
    nested = _nested(rest)
    if nested is not None:
        numerator, inner = nested
        return whole + divide(numerator, inner * divisor)
    quotient = make("idiv", (to_term(rest), b.integer(divisor)), INT)
    _numerators[quotient] = rest
    return whole + atom(quotient)


_numerators: dict[Term, Poly] = {}  # of the quotients that `divide` made


def _nested(p: Poly) -> tuple[Poly, int] | None:
    """``(n, a)`` with ``p = floor(n / a)``: from ``(y div a) + k``, which is ``(y + a k) div a``."""
    monos = [m for m in p.terms if m != UNIT]
    if len(monos) != 1 or p.terms[monos[0]] != 1 or monos[0].guards or len(monos[0].powers) != 1:
        return None
    t, exponent = monos[0].powers[0]
    if exponent != 1 or t not in _numerators:
        return None
    inner = int(str(t.args[1].data))
    return _numerators[t] + constant(INT, int(p.terms.get(UNIT, 0)) * inner), inner


def remainder(p: Poly, divisor: int) -> Poly:
    """``p mod divisor`` for a literal other than 0: what the quotient leaves."""
    return p - divide(p, divisor).scale(divisor)


def extremum(op: str, p: Poly, q: Poly) -> Poly:
    """``min`` or ``max`` on integers and reals."""
    d = (p - q).constant
    if d is not None:
        return p if (d >= 0) == (op == "max") else q
    first, second = sorted((to_term(p), to_term(q)), key=rank)
    return atom(make(op, (first, second), p.sort))


def absolute(p: Poly) -> Poly:
    """``|p|`` on integers and reals."""
    value: Coef | None = p.constant
    if value is not None:
        return constant(p.sort, abs(value))
    if leading(p) < 0:
        p = -p
    sole = p.sole()
    if p.sort in (INT, REAL) and sole is not None and sole[1] != 1:
        return atom(make("abs", (to_term(Poly(p.sort, {sole[0]: 1})),), p.sort)).scale(sole[1])
    return atom(make("abs", (to_term(p),), p.sort))

"""Normal forms of ``=``, ``<`` and ``<=`` between polynomials.

The difference decides; it is divided by a positive number (a unit, on rings) and written with no subtraction, each
monomial on the side where its coefficient is positive.  Integer orders are tightened to whole numbers.  The normal form
of the negation of an order is that order with its sides changed, so a pair of both is recognised.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd

from ..terms import build as b
from ..terms.sorts import BOOL, INT, REAL, BitsSort, Sort
from ..terms.term import Term, make
from .order import rank
from .polynomial import UNIT, Coef, Mono, Poly, atom, constant, guard, linear
from .printing import leading, primitive, to_term


def equal(p: Poly, q: Poly) -> Term:
    """``p = q``."""
    d = _casts_removed(p - q)
    constant = d.constant
    if constant is not None:
        if not constant:
            return b.TRUE
        if d.sort in (INT, REAL) or isinstance(d.sort, BitsSort):
            return b.FALSE  # a ring may have the characteristic that makes a literal zero
    if d.sort in (INT, REAL):
        d = primitive(d)
        if d.sort is INT and UNIT in d.terms and int(d.terms[UNIT]) % _common(d):
            return b.FALSE
    if _negative(d):
        d = -d
    left, right = _sides(d)
    return make("eq", (left, right), BOOL)


def order(op: str, p: Poly, q: Poly) -> Term:
    """``p < q`` or ``p <= q`` on integers and reals."""
    d = _casts_removed(q - p)
    if d.sort is INT:
        return _integer(d - Poly(INT, {UNIT: 1}) if op == "lt" else d)
    constant = d.constant
    if constant is not None:
        return b.boolean(constant > 0 or (constant == 0 and op == "le"))
    left, right = _sides(-primitive(d))
    return make(op, (left, right), BOOL)


def _integer(d: Poly) -> Term:
    """``0 <= d``."""
    constant = d.constant
    if constant is not None:
        return b.boolean(constant >= 0)
    g = _common(d)
    d = Poly(INT, {m: int(c) // g for m, c in d.terms.items()})  # rounds the constant down, divides the others exactly
    constant = int(d.terms.get(UNIT, 0))
    strict = constant < 0
    rest = d + Poly(INT, {UNIT: 1}) if strict else d
    left, right = _sides(-rest)
    return make("lt" if strict else "le", (left, right), BOOL)


def _common(d: Poly) -> int:
    return gcd(*[int(c) for m, c in d.terms.items() if m != UNIT])


def _negative(d: Poly) -> bool:
    lead = leading(d)
    return int(lead) > d.modulus >> 1 if d.modulus else lead < 0


def _sides(d: Poly) -> tuple[Term, Term]:
    """``left, right`` with ``d = left - right`` and no subtraction in either."""
    half = d.modulus >> 1

    def plus(c: Coef) -> bool:
        return c <= half if d.modulus else c > 0

    left = Poly(d.sort, {m: c for m, c in d.terms.items() if plus(c)})
    right = Poly(d.sort, {m: -c for m, c in d.terms.items() if not plus(c)})
    return to_term(left), to_term(right)


def _casts_removed(d: Poly) -> Poly:
    """A real polynomial in integers only, as an integer polynomial times a positive constant."""
    return d if d.sort is not REAL else uncast(primitive(d)) or d


def uncast(p: Poly) -> Poly | None:
    """The integer polynomial that was cast to the real ``p``, if there is one."""
    out: dict[Mono, Coef] = {}
    for m, c in p.terms.items():
        if Fraction(c).denominator != 1 or not all(a.op == "cast" and a.args[0].sort is INT for a, _ in m.powers):
            return None
        powers = sorted(((a.args[0], e) for a, e in m.powers), key=lambda power: rank(power[0]))
        out[Mono(m.guards, tuple(powers))] = int(c)
    return Poly(INT, out)


def cast_poly(p: Poly, sort: Sort) -> Poly:
    """An integer polynomial read in another ring; raises :class:`TooLarge`."""
    parts: list[tuple[Poly, Coef]] = []
    for m, c in p.terms.items():
        q = constant(sort, 1)
        for g in m.guards:
            q = q * guard(g, sort)
        for a, e in m.powers:
            q = q * atom(make("cast", (a,), sort)).power(e)
        parts.append((q, c))
    return linear(sort, parts)

"""Polynomials as terms.

What a monomial's guards contribute is written by cases: the coefficient of each product of atoms is a function of the
guards, and it is written as values on disjoint conjunctions of guards and negated guards, in the same way however it
was computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import gcd, lcm

from ..terms import build as b
from ..terms.sorts import INT, REAL, BitsSort, Sort
from ..terms.term import Term, make
from .order import rank
from .polynomial import UNIT, Coef, Mono, Poly, Powers, exact

Cube = tuple[tuple[Term, bool], ...]
"""A conjunction of guards (True) and negated guards (False), sorted by digest."""
Function = Mapping[tuple[Term, ...], Coef]
"""A function of guards, as coefficients of products of guards."""
_SHANNON = 8  # guards beyond which a function of guards is written as it is


def literal(sort: Sort, value: Coef) -> Term:
    """The literal of that value."""
    return make("lit", (), sort, Fraction(value) if sort is REAL else int(value))


def flip(t: Term) -> Term | None:
    """The negation of an order between integers or reals, as an order."""
    if t.op in ("lt", "le") and t.args[0].sort in (INT, REAL):
        return make("le" if t.op == "lt" else "lt", (t.args[1], t.args[0]), t.sort)
    return None


def signed(t: Term) -> tuple[Term, bool]:
    """A Boolean as a guard and whether it holds: of an order and its negation, the strict one is the guard."""
    positive = True
    while t.op == "not":
        t, positive = t.args[0], not positive
    strict = flip(t) if t.op == "le" else None
    return (t, positive) if strict is None else (strict, not positive)


def negated(t: Term) -> Term:
    """The negation of a normal Boolean, normal."""
    if t.op == "lit":
        return b.FALSE if t is b.TRUE else b.TRUE
    return t.args[0] if t.op == "not" else flip(t) or b.negate(t)


def condition(cube: Cube) -> Term:
    """The conjunction as a term."""
    members = [g if positive else negated(g) for g, positive in cube]
    return b.conj(*sorted(members, key=rank))


def cubes(f: Function, modulus: int = 0) -> dict[Cube, Coef]:
    """``f`` (modulo ``modulus``, if that is not 0) as values on cubes; unique for the function.

    Guards that never meet in a product are treated apart, so that a sum of many indicators stays a sum.
    """
    if len(f) == 1:
        ((guards, value),) = f.items()
        return {tuple([(g, True) for g in guards]): value}
    parts = _components(f)
    if len(parts) <= 1:
        return _shannon(f, modulus)
    out: dict[Cube, Coef] = {(): f[()]} if () in f else {}
    for part in parts:
        out.update(_shannon({k: v for k, v in f.items() if k and k[0] in part}, modulus))
    return out


def _components(f: Function) -> list[set[Term]]:
    parts: list[set[Term]] = []
    for guards in f:
        if guards:
            touching = [p for p in parts if not p.isdisjoint(guards)]
            parts = [p for p in parts if p.isdisjoint(guards)]
            parts.append(set(guards).union(*touching))
    return parts


def _shannon(f: Function, modulus: int) -> dict[Cube, Coef]:
    names = sorted({g for guards in f for g in guards}, key=rank)
    if len(names) > _SHANNON:
        return {tuple([(g, True) for g in guards]): c for guards, c in f.items()}
    if not names:
        return {(): f[()]} if f.get(()) else {}
    g = names[0]
    below = {guards: c for guards, c in f.items() if g not in guards}
    above = dict(below)
    for guards, c in f.items():
        if g in guards:
            rest = tuple([x for x in guards if x is not g])
            above[rest] = above.get(rest, 0) + c
    if modulus:
        above = {k: c % modulus for k, c in above.items()}
    low, high = _shannon(below, modulus), _shannon({k: c for k, c in above.items() if c}, modulus)
    out = {cube: c for cube, c in low.items() if high.get(cube) == c}
    for positive, side in ((True, high), (False, low)):
        out.update({((g, positive), *cube): c for cube, c in side.items() if cube not in out})
    return out


def by_powers(p: Poly) -> dict[Powers, dict[tuple[Term, ...], Coef]]:
    """The coefficient of each product of atoms, a function of guards."""
    out: dict[Powers, dict[tuple[Term, ...], Coef]] = {}
    for m, c in p.terms.items():
        out.setdefault(m.powers, {})[m.guards] = c
    return out


def to_term(p: Poly) -> Term:
    """The polynomial as a term, in canonical order."""
    groups: dict[Cube, list[tuple[Powers, Coef]]] = {}
    for powers, f in by_powers(p).items():
        for cube, c in cubes(f, p.modulus).items():
            groups.setdefault(cube, []).append((powers, c))
    zero = literal(p.sort, 0)
    parts: list[tuple[Term, bool]] = []
    for cube in sorted(groups, key=_cube_order):
        if not cube:
            parts = [*_members(p.sort, groups[cube]), *parts]
            continue
        value = _sum(p.sort, _members(p.sort, groups[cube]))
        if len(cube) == 1 and ((cube[0][0], not cube[0][1]),) in groups:
            if not cube[0][1]:
                other = _sum(p.sort, _members(p.sort, groups[((cube[0][0], True),)]))
                parts.append((b.ite(cube[0][0], other, value), False))
            continue
        parts.append((b.ite(condition(cube), value, zero), False))
    return _sum(p.sort, parts)


def _cube_order(cube: Cube) -> tuple[bytes, ...]:
    return tuple([rank(g) + bytes([positive]) for g, positive in cube])


def _members(sort: Sort, items: Iterable[tuple[Powers, Coef]]) -> list[tuple[Term, bool]]:
    """Terms with whether they are to be subtracted; the constant comes last."""
    ordered = sorted(items, key=lambda item: (not item[0], Mono((), item[0]).order))
    return [_member(sort, powers, c) for powers, c in ordered]


def _member(sort: Sort, powers: Powers, c: Coef) -> tuple[Term, bool]:
    if isinstance(sort, BitsSort) and c > 1 << (sort.width - 1):
        c = c - (1 << sort.width)
    minus, size = c < 0, abs(c)
    if not powers:
        return literal(sort, size), minus
    body = monomial(powers)
    return (body if size == 1 else b.mul(literal(sort, size), body)), minus


def monomial(powers: Powers) -> Term:
    """The product of at least one power."""
    out: Term | None = None
    for a, e in powers:
        if isinstance(a.sort, BitsSort):
            factors = [a] * e
        else:
            factors = [a if e == 1 else b.power(a, e)]
        for factor in factors:
            out = factor if out is None else b.mul(out, factor)
    assert out is not None
    return out


def _sum(sort: Sort, parts: list[tuple[Term, bool]]) -> Term:
    if not parts:
        return literal(sort, 0)
    # A first member that is subtracted changes places with one that is not, so that fewer negations are written.
    first = next((k for k, (_, minus) in enumerate(parts) if not minus), 0)
    head, minus = parts[first]
    out = head
    if minus:
        out = literal(sort, -head.data) if head.op == "lit" and isinstance(head.data, int | Fraction) else b.neg(head)
    for k, (t, subtract) in enumerate(parts):
        if k != first:
            out = b.sub(out, t) if subtract else b.add(out, t)
    return out


def content(p: Poly) -> Coef:
    """The positive rational by which an integer or real polynomial is divided to have coprime integer coefficients."""
    values = [Fraction(c) for c in p.terms.values()]
    return Fraction(gcd(*[v.numerator for v in values]), lcm(*[v.denominator for v in values])) if values else 1


def primitive(p: Poly) -> Poly:
    """An integer or real polynomial divided by its content."""
    by = content(p)
    if by == 1:
        return p
    return Poly(p.sort, {m: exact(Fraction(c) / by) for m, c in p.terms.items()})


def leading(p: Poly) -> Coef:
    """The coefficient of the first monomial that is no constant (of the constant if there is no other)."""
    monos = [m for m in p.terms if m != UNIT]
    return p.terms[min(monos, key=lambda m: m.order)] if monos else p.terms.get(UNIT, 0)

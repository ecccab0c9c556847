"""Booleans in normal form, and their indicators as polynomials."""

from __future__ import annotations

from ..terms import build as b
from ..terms.sorts import BOOL, Sort
from ..terms.term import Term, make
from .order import rank
from .polynomial import Poly, TooLarge, constant, guard
from .printing import negated, signed

_DEPTH = 40  # of Boolean structure below which an indicator is not taken apart
_TERMS = 32  # monomials beyond which a condition is one guard


def join(op: str, args: tuple[Term, ...]) -> Term:
    """``and`` or ``or`` of normal Booleans: flat, sorted by digest, folded."""
    unit, zero = (b.TRUE, b.FALSE) if op == "and" else (b.FALSE, b.TRUE)
    flat: dict[Term, None] = {}
    for a in args:
        for p in a.args if a.op == op else (a,):
            flat[p] = None
    flat.pop(unit, None)
    if zero in flat or any(negated(p) in flat for p in flat):
        return zero
    members = tuple(sorted(flat, key=rank))
    return unit if not members else members[0] if len(members) == 1 else make(op, members, BOOL)


def implication(a: Term, c: Term) -> Term:
    """``a implies c``."""
    if a is b.TRUE:
        return c
    if a is b.FALSE or c is b.TRUE or a is c:
        return b.TRUE
    return negated(a) if c is b.FALSE or c is negated(a) else b.implies(a, c)


def equivalence(a: Term, c: Term) -> Term:
    """Equality of Booleans."""
    if a is c:
        return b.TRUE
    for x, y in ((a, c), (c, a)):
        if x.op == "lit":
            return y if x is b.TRUE else negated(y)
    if negated(a) is c:
        return b.FALSE
    first, second = sorted((a, c), key=rank)
    return b.eq(first, second)


def choice(c: Term, a: Term, other: Term) -> Term:
    """``if c then a else other``, for normal arguments."""
    if a is other or c.op == "lit":
        return other if c is b.FALSE else a
    if a.sort is BOOL:
        for branch, when in ((a, c), (other, negated(c))):
            rest = other if branch is a else a
            if branch is b.TRUE:
                return join("or", (when, rest))
            if branch is b.FALSE:
                return join("and", (negated(when), rest))
    positive, holds = signed(c)
    return b.ite(positive, a, other) if holds else b.ite(positive, other, a)


def indicator(c: Term, sort: Sort, depth: int = 0) -> Poly:
    """``[c]`` of a normal Boolean."""
    try:
        p = _indicator(c, sort, depth) if depth < _DEPTH else _whole(c, sort)
    except TooLarge:
        return _whole(c, sort)
    return p if len(p.terms) <= _TERMS else _whole(c, sort)


def _whole(c: Term, sort: Sort) -> Poly:
    positive, holds = signed(c)
    return guard(positive, sort) if holds else constant(sort, 1) - guard(positive, sort)


def _indicator(c: Term, sort: Sort, depth: int) -> Poly:
    one = constant(sort, 1)
    if c.op == "lit":
        return constant(sort, int(c is b.TRUE))
    if c.op not in ("and", "or", "not", "implies", "ite") and not (c.op == "eq" and c.args[0].sort is BOOL):
        return _whole(c, sort)
    parts = [indicator(a, sort, depth + 1) for a in c.args]
    if c.op == "not":
        return one - parts[0]
    if c.op == "implies":
        return one - parts[0] * (one - parts[1])
    if c.op == "ite":
        return parts[0] * parts[1] + (one - parts[0]) * parts[2]
    if c.op == "eq":
        return one - parts[0] - parts[1] + (parts[0] * parts[1]).scale(2)
    out = one
    for p in parts:
        out = out * (p if c.op == "and" else one - p)
    return out if c.op == "and" else one - out

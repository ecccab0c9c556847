"""Constructors of Booleans and of ``if`` that fold what is plainly true or false."""

from __future__ import annotations

from ..terms import build as b
from ..terms.sorts import BOOL
from ..terms.term import Term, make


def conj(*args: Term) -> Term:
    """Conjunction: flat, without repetitions and ``true``; ``false`` if a member or its negation contradict."""
    return _join("and", args, b.TRUE, b.FALSE)


def disj(*args: Term) -> Term:
    """Disjunction: flat, without repetitions and ``false``; ``true`` if a member and its negation occur."""
    return _join("or", args, b.FALSE, b.TRUE)


def _join(op: str, args: tuple[Term, ...], unit: Term, zero: Term) -> Term:
    flat: dict[Term, None] = {}
    for a in args:
        for p in a.args if a.op == op else (a,):
            if p is not unit:
                flat[p] = None
    if zero in flat or any(p.op == "not" and p.args[0] in flat for p in flat):
        return zero
    members = tuple(flat)
    return unit if not members else members[0] if len(members) == 1 else make(op, members, BOOL)


def negate(a: Term) -> Term:
    """Negation; a double one vanishes."""
    if a is b.TRUE or a is b.FALSE:
        return b.FALSE if a is b.TRUE else b.TRUE
    return a.args[0] if a.op == "not" else b.negate(a)


def implies(a: Term, c: Term) -> Term:
    """``a implies c``."""
    if a is b.TRUE:
        return c
    if a is b.FALSE or c is b.TRUE or a is c:
        return b.TRUE
    return negate(a) if c is b.FALSE else b.implies(a, c)


def iff(a: Term, c: Term) -> Term:
    """Equality of Booleans."""
    if a is c:
        return b.TRUE
    for x, y in ((a, c), (c, a)):
        if x is b.TRUE or x is b.FALSE:
            return y if x is b.TRUE else negate(y)
    return b.eq(a, c)


def ite(c: Term, a: Term, other: Term) -> Term:
    """``if c then a else other``, of any sort."""
    if c is b.TRUE or a is other:
        return a
    if c is b.FALSE:
        return other
    if a.sort is BOOL and (a.op == "lit" or other.op == "lit"):
        if a.op == "lit":
            return disj(c, other) if a is b.TRUE else conj(negate(c), other)
        return disj(negate(c), a) if other is b.TRUE else conj(c, a)
    return b.ite(negate(c), other, a) if c.op == "not" else b.ite(c, a, other)

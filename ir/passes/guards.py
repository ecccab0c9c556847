"""Conditions on indices that always hold, decided from the ranges of the indices.

``where(0 <= i and i < n, x[i], 0)`` inside a comprehension over ``i < n`` is ``x[i]``.  The condition of a range check is
a comparison of polynomials, linear in each bound variable; it is decided at the corners of the box that they range over,
with every symbol at least 1.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ...theories.normal.poly import to_poly, to_term
from ...theories.normal.polynomial import Mono, Poly, TooLarge
from ...theories.terms import build as b
from ...theories.terms.binders import close, fresh, open_with, var
from ...theories.terms.sorts import INT
from ...theories.terms.term import Dom, Term, binds, make, with_args
from .. import dims
from ..elements import fold

Ranges = Mapping[Term, tuple[Term, Term]]
"""Lower bound (inclusive) and upper bound (exclusive) of index variables."""


def simplify(term: Term, symbols: Collection[str]) -> Term:
    """``term`` without conditions that its comprehensions decide; the same value wherever it is defined and read.

    ``symbols`` are the sizes among its free variables: those are at least 1, nothing is known of others.
    """
    return _Simplifier(frozenset(symbols)).walk(term, {})


class _Simplifier:
    """Binders are opened one after another; the work is one visit of each node under each chain of binders."""

    def __init__(self, symbols: frozenset[str]) -> None:
        self.symbols = symbols
        self.memo: dict[Term, Term] = {}

    def walk(self, root: Term, ranges: dict[Term, tuple[Term, Term]]) -> Term:
        """The simplified term.  Opened variables are unique, so what is known of a term does not depend on the path."""
        stack: list[tuple[Term, list[Term] | None, Term | None]] = [(root, None, None)]
        while stack:
            t, opened, x = stack.pop()
            if t in self.memo:
                continue
            if opened is None:
                x = self._variable(t)
                opened = [open_with(a, x) if x is not None and binds(t, k) else a for k, a in enumerate(t.args)]
                if x is not None and t.op != "let" and t.dom.kind == "range" and t.args[0] is b.ZERO:
                    ranges[x] = t.args[0], t.args[1]
                stack.append((t, opened, x))
                stack.extend((a, None, None) for a in opened if a not in self.memo)
                continue
            parts = [self.memo[a] for a in opened]
            self.memo[t] = self._rebuilt(t, parts, x, ranges)
        return self.memo[root]

    @staticmethod
    def _variable(t: Term) -> Term | None:
        if t.op == "let":
            return fresh("v", t.args[0].sort)
        return fresh("i", t.dom.sort) if isinstance(t.data, Dom) else None

    def _rebuilt(self, t: Term, parts: list[Term], x: Term | None, ranges: Ranges) -> Term:
        if x is not None:
            closed = tuple(close(p, x) if binds(t, k) else p for k, p in enumerate(parts))
            return make(t.op, closed, t.sort, t.data)
        new = with_args(t, tuple(parts))
        if new.op in ("lt", "le") and new.args[0].sort is INT:
            holds = decide(new, ranges, self.symbols)
            return new if holds is None else b.boolean(holds)
        if new.op in ("ite", "require") and new.args[0] is b.TRUE:
            return new.args[1]
        if new.op == "ite" and new.args[0] is b.FALSE:
            return new.args[2]
        return fold(new) if new.op in ("and", "or", "not") else new


def decide(comparison: Term, ranges: Ranges, symbols: frozenset[str]) -> bool | None:
    """Whether a comparison of integers holds for all indices in range (True), for none (False), or neither is plain."""
    x, y = comparison.args
    try:
        difference = to_poly(b.sub(y, x))
        least, most = (_bound(difference, ranges, symbols, upper) for upper in (0, 1))
    except TooLarge:
        return None
    strict = comparison.op == "lt"
    if least is not None and dims.at_least(least, 1 if strict else 0):
        return True
    if most is not None and dims.at_least(b.neg(most), 0 if strict else 1):
        return False
    return None


def _bound(p: Poly, ranges: Ranges, symbols: frozenset[str], upper: int) -> Term | None:
    """The least or greatest value of a polynomial over the box of the indices in it; None if it is not linear in one."""
    known = {*ranges, *[var(n, INT) for n in symbols]}  # none of these is negative
    for _ in range(8):
        index = next((a for m in p.terms for a, _ in m.powers if a in ranges), None)
        if index is None:
            break
        sign = _direction(p, index, known)
        if sign is None:
            return None
        low, high = ranges[index]
        corner = b.sub(high, b.ONE) if (sign > 0) == bool(upper) else low
        p = to_poly(_replace(p, index, corner))
    if any(m.guards or any(a.op != "var" or a.name not in symbols for a, _ in m.powers) for m in p.terms):
        return None
    return to_term(p)


def _direction(p: Poly, index: Term, known: Collection[Term]) -> int | None:
    """The sign of the coefficient of ``index`` in a polynomial that is linear in it, if every part of it agrees."""
    signs: set[int] = set()
    for m, c in p.terms.items():
        powers = dict(m.powers)
        if index in powers:
            if powers[index] > 1 or m.guards or any(a.op != "var" or a not in known for a in powers):
                return None
            signs.add(1 if c > 0 else -1)
    return signs.pop() if len(signs) == 1 else None


def _replace(p: Poly, index: Term, value: Term) -> Term:
    total: Term = b.ZERO
    for m, c in p.terms.items():
        powers = dict(m.powers)
        rest = Poly(INT, {Mono(m.guards, tuple((a, e) for a, e in m.powers if a is not index)): c})
        part = to_term(rest)
        total = b.add(total, b.mul(part, value) if index in powers else part)
    return total

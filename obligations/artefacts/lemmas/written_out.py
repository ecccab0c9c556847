"""Big operators over a few literal indices, written out."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Final

from ....ir import dims
from ....ir.elements import fold
from ....theories.terms import build as b
from ....theories.terms.binders import open_with
from ....theories.terms.sorts import BOOL, INT
from ....theories.terms.term import BIG, Dom, Term, with_args

Go = Callable[[Term], Term]
MOST: Final = 4
"""Indices of the largest range that is written out."""


def written_out(t: Term) -> Term:
    """``t`` with quantifiers, counts and extremes of integers over at most :data:`MOST` literal indices written out.

    An extreme of nothing, which is undefined, gets some value.
    """
    memo: dict[Term, Term] = {}

    def go(u: Term) -> Term:
        if u not in memo:
            memo[u] = _whole(u, go) if _small(u) else _inside(u, go)
        return memo[u]

    return go(t)


def _small(t: Term) -> bool:
    if (
        t.op not in BIG
        or t.dom.kind != "range"
        or t.op in ("sum", "prod")
        or (t.op != "count" and t.sort not in (BOOL, INT))
    ):
        return False
    low, high = (dims.literal(a) for a in t.dom_args)
    return low is not None and high is not None and 0 < high - low <= MOST


def _inside(t: Term, go: Go) -> Term:
    # Under a binder that stays nothing is written out: it is rare, and what is there has variables that escape.
    return t if isinstance(t.data, Dom) or t.op == "let" else with_args(t, tuple(go(a) for a in t.args))


def _whole(t: Term, go: Go) -> Term:
    low, high = (dims.literal(a) for a in t.dom_args)
    assert low is not None and high is not None
    at = [b.integer(k) for k in range(low, high)]
    members = [(go(open_with(t.filter, k)), go(open_with(t.body, k))) for k in at]
    match t.op:
        case "exists":
            return fold(b.disj(*[fold(b.conj(w, v)) for w, v in members]))
        case "forall":
            return fold(b.conj(*[v if w is b.TRUE else b.implies(w, v) for w, v in members]))
        case "count":
            ones = [b.ite(fold(b.conj(w, v)), b.ONE, b.ZERO) for w, v in members]
            return reduce(b.add, ones)
        case _:
            return _extreme(members, b.maximum if t.op == "bigmax" else b.minimum)


def _extreme(members: list[tuple[Term, Term]], larger: Callable[[Term, Term], Term]) -> Term:
    """The extreme of the values whose condition holds; of none of them the first."""
    some, value = members[0]
    for w, v in members[1:]:
        value = b.ite(w, b.ite(some, larger(value, v), v), value)
        some = fold(b.disj(some, w))
    return value

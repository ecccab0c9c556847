"""The linear part of a term: sums, differences, negations and literal multiples, gathered in one pass."""

from __future__ import annotations

from collections.abc import Container
from fractions import Fraction

from ..terms.term import Term
from .polynomial import Coef, exact, is_ring


def linear_parts(t: Term) -> tuple[tuple[Term, Coef], ...]:
    """What ``t`` is a linear combination of, if its operation is linear, else nothing."""
    if not t.args or not is_ring(t.sort):
        return ()
    if t.op == "add":
        return (t.args[0], 1), (t.args[1], 1)
    if t.op == "sub":
        return (t.args[0], 1), (t.args[1], -1)
    if t.op == "neg":
        return ((t.args[0], -1),)
    if t.op == "mul":
        for x, y in (t.args, t.args[::-1]):
            if x.op == "lit" and isinstance(x.data, int | Fraction):
                return ((y, exact(x.data)),)
    return ()


def _inner(t: Term) -> list[Term]:
    return [child for child, _ in linear_parts(t) if linear_parts(child)]


def combination(root: Term, known: Container[Term]) -> dict[Term, Coef]:
    """The linear combination that ``root`` is, of terms that are none themselves or are ``known``.

    Coefficients flow from the root down in topological order, so a shared subterm is visited once.
    """
    order: list[Term] = []
    seen = {root}
    stack: list[tuple[Term, list[Term]]] = [(root, _inner(root))]
    while stack:  # a node is finished only after everything below it, so parents come first in reverse
        t, waiting = stack[-1]
        if not waiting:
            order.append(t)
            stack.pop()
            continue
        child = waiting.pop()
        if child not in seen and child not in known:
            seen.add(child)
            stack.append((child, _inner(child)))
    coefficients: dict[Term, Coef] = {root: 1}
    leaves: dict[Term, Coef] = {}
    for t in reversed(order):
        by = coefficients[t]
        for child, k in linear_parts(t):
            into = coefficients if child in seen else leaves
            into[child] = into.get(child, 0) + by * k
    return leaves

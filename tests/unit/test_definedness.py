"""The definedness of tensors that are stored and read again, as recurrent layers do."""

from __future__ import annotations

from typing import Any

import pytest

from probanda.encoders.arrays import Env, decide
from probanda.theories import definedness
from probanda.theories.definedness import defined
from probanda.theories.terms import build as b
from probanda.theories.terms.binders import open_with, var
from probanda.theories.terms.sorts import INT, REAL, fn
from probanda.theories.terms.term import Term

N = var("n", INT)
X = var("x", fn(INT, REAL))
SHAPES = {"x": (b.below(N),)}


def steps(count: int) -> Term:
    """Each state read twice by the next, at an index of its own and at one that both share."""
    state = b.lam(b.below(N), lambda i: b.div(b.rational(1), b.at(X, i)))
    for _ in range(count):
        state = b.lam(b.below(N), lambda i, s=state: b.add(b.at(s, i), b.at(s, b.ZERO)))
    return state


def test_only_the_element_that_is_read_counts() -> None:
    inverse = b.lam(b.below(N), lambda i: b.div(b.rational(1), b.at(X, i)))
    element, whole = defined(b.at(inverse, b.ZERO), SHAPES), defined(inverse, SHAPES)
    for x, first, every in (([1, 2], True, True), ([1, 0], True, False), ([0, 1], False, False), ([], False, True)):
        env = Env(values={"n": len(x), "x": x or [0]})
        assert decide(element, env) is first
        assert decide(whole, env) is every


def test_an_unrolled_recurrence() -> None:
    condition = defined(steps(5), SHAPES)
    assert decide(condition, Env(values={"n": 2, "x": [3, 4]})) is True
    assert decide(condition, Env(values={"n": 2, "x": [3, 0]})) is False
    assert decide(defined(b.at(steps(5), N), SHAPES), Env(values={"n": 2, "x": [3, 4]})) is False


def test_the_cost_is_linear_in_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = [0]

    def counted(body: Term, value: Term) -> Any:
        opened[0] += 1
        return open_with(body, value)

    monkeypatch.setattr(definedness, "open_with", counted)
    costs: list[int] = []
    for count in (20, 40):
        opened[0] = 0
        defined(steps(count), SHAPES)
        costs.append(opened[0])
    assert costs[1] <= 2.2 * costs[0]


def test_long_recurrences() -> None:
    assert defined(b.at(steps(1500), b.ZERO), SHAPES).sort is b.TRUE.sort

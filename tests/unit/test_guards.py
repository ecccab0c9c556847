"""Conditions on indices that are decided from ranges: every decision holds at every index and size."""

from __future__ import annotations

import itertools
import random

import pytest

from probanda.encoders.arrays import Env, decide
from probanda.ir.passes.guards import decide as decided
from probanda.ir.passes.guards import simplify
from probanda.theories.terms import build as b
from probanda.theories.terms.binders import substitute, var
from probanda.theories.terms.sorts import INT, REAL, fn
from probanda.theories.terms.term import Term, postorder

N, M = var("n", INT), var("m", INT)
I, J = var("i", INT), var("j", INT)
RANGES = {I: (b.ZERO, N), J: (b.ZERO, b.add(M, b.ONE))}
SYMBOLS = frozenset({"n", "m"})


def polynomial(rng: random.Random) -> Term:
    atoms = [I, J, N, M, b.mul(I, N), b.mul(J, I), b.ONE]
    total: Term = b.integer(rng.randint(-3, 3))
    for _ in range(rng.randint(1, 3)):
        total = b.add(total, b.mul(b.integer(rng.choice([-2, -1, 1, 2])), rng.choice(atoms)))
    return total


def everywhere(t: Term) -> set[bool]:
    """The values of a comparison at all indices, for sizes 1 to 3."""
    out: set[bool] = set()
    for n, m in itertools.product((1, 2, 3), repeat=2):
        for i, j in itertools.product(range(n), range(m + 1)):
            values = {N: b.integer(n), M: b.integer(m), I: b.integer(i), J: b.integer(j)}
            found = decide(substitute(t, values), Env())
            assert found is not None
            out.add(found)
    return out


@pytest.mark.parametrize("seed", range(150))
def test_a_decision_holds_at_every_index(seed: int) -> None:
    rng = random.Random(seed)
    t = rng.choice([b.lt, b.le])(polynomial(rng), polynomial(rng))
    holds = decided(t, RANGES, SYMBOLS)
    if holds is not None:
        assert everywhere(t) == {holds}


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        (b.le(b.ZERO, I), True),
        (b.lt(I, N), True),
        (b.lt(I, b.sub(N, b.ONE)), None),
        (b.le(J, M), True),
        (b.lt(b.add(I, N), N), False),
        (b.lt(b.add(b.mul(I, M), J), b.add(b.mul(N, M), M)), True),
        (b.lt(b.add(b.mul(I, M), J), b.mul(N, M)), None),
        (b.le(b.ZERO, b.mul(I, J)), True),
        (b.le(b.ZERO, b.sub(I, J)), None),
    ],
)
def test_range_checks(comparison: Term, expected: bool | None) -> None:
    assert decided(comparison, RANGES, SYMBOLS) is expected


def test_what_is_no_size_may_be_negative() -> None:
    data = var("data", INT)
    assert decided(b.le(b.ZERO, data), RANGES, SYMBOLS) is None
    assert decided(b.le(b.ZERO, b.mul(data, I)), RANGES, SYMBOLS) is None


def test_a_guard_inside_its_range_goes_and_one_outside_stays() -> None:
    x = var("x", fn(INT, REAL))

    def padded(low: int) -> Term:
        def element(i: Term) -> Term:
            k = b.sub(i, b.integer(low))
            return b.ite(b.conj(b.le(b.ZERO, k), b.lt(k, N)), b.at(x, k), b.rational(0))

        return b.lam(b.below(N), element)

    assert not any(t.op == "ite" for t in postorder([simplify(padded(0), {"n"})]))
    assert any(t.op == "ite" for t in postorder([simplify(padded(1), {"n"})]))

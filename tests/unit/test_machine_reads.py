"""The machine reading of random reads, guards and reductions, against the exact evaluator."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probanda.encoders.arrays import Env, evaluate, tabulate
from probanda.encoders.arrays.machine import kernel, kernels
from probanda.theories.errors import Unsupported
from probanda.theories.terms import build as b
from probanda.theories.terms.binders import var
from probanda.theories.terms.sorts import INT, bits, fn, fn_sort
from probanda.theories.terms.term import Term

WORD = bits(32)
X, Y = var("x", fn_sort([INT, INT], WORD)), var("y", fn(INT, WORD))
c = b.integer


class Reads:
    """Random elements made of reads of ``x`` (6 by 8) and ``y`` (5)."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def index(self, bound: Sequence[Term], depth: int) -> Term:
        r = self.random
        if depth == 0 or r.random() < 0.2:
            return b.add(r.choice([*bound, c(r.randint(-2, 4))]), c(0))
        p, q = self.index(bound, depth - 1), self.index(bound, depth - 1)
        k = c(r.choice([1, 2, 3, 4, 6]))
        choices: list[Callable[[], Term]] = [
            lambda: b.add(p, q),
            lambda: b.sub(p, q),
            lambda: b.mul(p, c(r.choice([2, 3, -1]))),
            lambda: b.idiv(p, k),
            lambda: b.imod(p, k),
            lambda: b.add(b.mul(p, k), q),
            lambda: b.maximum(p, c(0)),
            lambda: b.cast(b.at(Y, b.imod(p, c(5))), INT),
            lambda: b.ite(b.lt(p, q), p, c(1)),
            lambda: b.absolute(p),
        ]
        return r.choice(choices)()

    def read(self, bound: Sequence[Term]) -> Term:
        r = self.random
        p, q = self.index(bound, 2), self.index(bound, 2)
        if r.random() < 0.4:
            return b.at(X, b.imod(p, c(6)), b.imod(q, c(8)))
        inside = b.conj(b.le(c(0), p), b.lt(p, c(6)), b.le(c(0), q), b.lt(q, c(8)))
        fill = b.bit_vector(r.choice([0, 7]), WORD)
        return b.ite(b.negate(inside), fill, b.at(X, p, q)) if r.random() < 0.3 else b.ite(inside, b.at(X, p, q), fill)

    def element(self, bound: Sequence[Term], depth: int) -> Term:
        r = self.random

        def part(more: Sequence[Term] = ()) -> Term:
            return self.element([*bound, *more], depth - 1)

        kind = r.randrange(8)
        if depth == 0 or kind == 0:
            return self.read(bound)
        if kind == 1:
            return b.ite(b.lt(self.index(bound, 1), self.index(bound, 1)), part(), part())
        if kind < 5:
            return [b.mul, b.mul, b.add][kind - 2](part(), part())
        if kind == 5:
            tensor = b.lam(b.below(c(6)), lambda q: part([q]))
            return b.at(tensor, b.imod(self.index(bound, 2), c(6)))
        op = r.choice(["sum", "sum", "sum", "bigmax", "prod"])
        domains = [b.range_(c(0), b.add(bound[0], c(1))), b.range_(bound[-1], b.add(bound[-1], c(3)))]
        domain = b.below(c(3)) if op == "bigmax" else r.choice([*domains, b.below(c(r.randint(1, 4)))])
        if op == "bigmax" or r.random() < 0.7:
            return b.big(op, domain, lambda q: part([q]))
        return b.big(op, domain, lambda q: part([q]), lambda q: b.lt(self.index([*bound, q], 1), c(3)))


@pytest.mark.parametrize("limit", [1 << 26, 60])
@settings(max_examples=120, deadline=None)
@given(seed=st.integers(0, 1 << 32))
def test_random_reads(seed: int, limit: int) -> None:
    reads = Reads(seed)
    n, m = reads.random.choice([1, 4, 6, 12]), reads.random.choice([1, 2, 8, 12])
    t = b.lam(b.below(c(n)), lambda i: b.lam(b.below(c(m)), lambda j: reads.element([i, j], 3)))
    data = np.random.default_rng(seed)
    x = data.integers(-100, 100, (6, 8)).astype(np.int32)
    y = data.integers(-3, 9, 5).astype(np.int32)
    (value,) = evaluate([t], Env(values={"x": x.astype(object), "y": y.astype(object)}))
    expected = tabulate(value)[0].astype(np.uint32).view(np.int32)
    layouts = [x, np.asfortranarray(x), np.repeat(x, 2, 1)[:, ::2], np.ascontiguousarray(x[::-1])[::-1]]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "LIMIT", limit)
        try:
            (out,) = kernel([t])({"x": reads.random.choice(layouts), "y": y}, {})
        except Unsupported as e:
            assert "for a part of the output" in str(e)
            return
    np.testing.assert_array_equal(out, expected)

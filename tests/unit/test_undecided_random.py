"""Random terms whose decisions tie: what float64 makes of them is within the bound of the exact value, and what is decided it decides."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from probanda.encoders.arrays import Env, evaluate
from probanda.encoders.arrays.machine import kernel
from probanda.encoders.arrays.values import Arr
from probanda.ir.dtypes import FLOAT, Reading
from probanda.ir.elements import Elem
from probanda.theories.running_error import propagated
from probanda.theories.terms import build as b
from probanda.theories.terms import sorts as s
from probanda.theories.terms.binders import var
from probanda.theories.terms.sorts import INT, REAL
from probanda.theories.terms.term import Term

P, Q, X = var("p", REAL), var("q", REAL), var("x", s.fn(INT, REAL))
N = 4
ROW = b.below(b.integer(N))


class Terms:
    """Random closed terms over numbers that tie: each is computed in more than one way."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def pick(self, *choices: Callable[[], Term]) -> Term:
        return self.rng.choice(choices)()

    def leaf(self, index: Sequence[Term]) -> Term:
        at = self.rng.choice([*index, b.integer(self.rng.randrange(N))])
        x = self.pick(lambda: P, lambda: Q, lambda: b.at(X, at), lambda: b.rational(self.rng.randrange(-2, 9)))
        if self.rng.random() < 0.5:
            c = b.rational(self.rng.choice((47, 99, 107)))
            return b.mul(b.div(x, c), c)
        return x

    def real(self, depth: int, index: Sequence[Term] = ()) -> Term:
        if depth <= 0:
            return self.leaf(index)
        d = depth - 1

        def sub() -> Term:
            return self.real(d, index)

        return self.pick(
            lambda: b.sub(sub(), sub()),
            lambda: b.add(sub(), sub()),
            lambda: b.mul(sub(), sub()),
            lambda: b.div(sub(), b.add(b.absolute(sub()), b.rational(1))),
            lambda: b.maximum(sub(), b.neg(sub())),
            lambda: b.ite(self.truth(d, index), sub(), sub()),
            lambda: b.ite(self.truth(d, index), sub(), sub()),
            lambda: b.cast(self.integer(d, index), REAL),
            lambda: b.at(X, b.imod(self.integer(d, index), b.integer(N))),
            lambda: self.big(("sum", "prod"), d, index, self.real),
            lambda: self.big(("bigmax", "bigmin"), d, index, self.real),
            lambda: Elem(sub(), FLOAT, Reading.REAL).integral(self.rng.choice(b.ROUNDINGS)).term,
        )

    def integer(self, depth: int, index: Sequence[Term] = ()) -> Term:
        if depth <= 0:
            return b.floor(self.leaf(index))
        d = depth - 1
        return self.pick(
            lambda: Elem(self.real(d, index), FLOAT, Reading.REAL).integral(self.rng.choice(b.ROUNDINGS)).term.args[0],
            lambda: b.ite(self.truth(d, index), self.integer(d, index), self.integer(d, index)),
            lambda: b.sub(self.integer(d, index), self.integer(d, index)),
            lambda: self.big(("count",), d, index, self.truth),
            lambda: self.big(("bigmin", "bigmax", "sum"), d, index, self.integer),
            lambda: self.place(d, index),
        )

    def truth(self, depth: int, index: Sequence[Term] = ()) -> Term:
        d = depth - 1
        compare = self.rng.choice((b.lt, b.le, b.eq))
        if depth <= 1:
            return compare(self.leaf(index), self.leaf(index))
        return self.pick(
            lambda: compare(self.real(d, index), self.real(d, index)),
            lambda: compare(self.integer(d, index), self.integer(d, index)),
            lambda: self.rng.choice((b.conj, b.disj, b.implies))(self.truth(d, index), self.truth(d, index)),
            lambda: b.negate(self.truth(d, index)),
            lambda: self.big(("exists", "forall"), d, index, self.truth),
        )

    def big(self, ops: Sequence[str], d: int, index: Sequence[Term], body: Callable[..., Term]) -> Term:
        """Over a row, with a filter that the first member satisfies."""

        def where(k: Term) -> Term:
            return b.disj(b.eq(k, b.ZERO), self.truth(d, (*index, k)))

        filtered = where if self.rng.random() < 0.6 else None
        return b.big(self.rng.choice(ops), ROW, lambda k: body(d, (*index, k)), filtered)

    def place(self, d: int, index: Sequence[Term]) -> Term:
        row = b.lam(ROW, lambda k: self.real(d, (*index, k)))
        best = b.big("bigmax", ROW, lambda k: b.at(row, k))
        return b.big(self.rng.choice(("bigmin", "bigmax")), ROW, lambda k: k, lambda k: b.eq(b.at(row, k), best))


def rational(element: Any) -> Fraction:
    """An exact element of an evaluation; a Boolean as 0 or 1."""
    return Fraction(int(getattr(element, "p", element)), int(getattr(element, "q", 1)))


@pytest.mark.parametrize("kind", ["real", "integer", "truth"])
def test_what_is_called_decided_is(kind: str) -> None:
    """The exact value lies within the bound of what float64 computes, and is that where it is decided."""
    unit = Fraction(4 * N, 2**53)
    wrong = decided = 0
    for seed in range(250):
        terms = Terms(seed)
        t: Term = getattr(terms, kind)(terms.rng.choice((2, 3)))
        part = propagated(t, {}, unit)
        halves = [Fraction(terms.rng.randrange(-6, 30), 2) for _ in range(N + 2)]
        values = {"p": halves[0], "q": halves[1], "x": halves[2:]}
        (out,) = evaluate([t], Env(values=values))
        assert isinstance(out, Arr)
        exact = rational(out.data[()])
        arrays = {
            "p": np.asarray(float(halves[0])),
            "q": np.asarray(float(halves[1])),
            "x": np.asarray(halves[2:], float),
        }
        computed, *bound = kernel([t, *([] if part.error is None else [part.error])])(arrays, {})
        if kind == "real":
            slack = float(bound[0]) if bound else 0.0
            off = abs(Fraction(float(computed)) - exact)
            if math.isfinite(slack):
                assert off <= unit * Fraction(slack), (seed, t)
            wrong += off > Fraction(1, 100)
            decided += slack < 1e12
            continue
        same = int(computed) == exact
        doubtful = bool(bound and bound[0])
        assert same or doubtful, (seed, t)
        wrong += not same
        decided += not doubtful
    assert wrong >= 5 and decided >= 60

from __future__ import annotations

import random
from collections import Counter

import pytest
from plain_eval import Evaluator
from random_terms import NUMBERS, Terms, environment, i, j, literal, n

from probanda.theories.normal.instances import instances
from probanda.theories.normal.ring import normalize
from probanda.theories.terms import build as b
from probanda.theories.terms.term import Term

RANKS = {"C": 2}


def a_sum(rng: random.Random) -> Term:
    terms = Terms(rng, division=False)
    sort = rng.choice(NUMBERS)
    if rng.random() < 0.1:
        return terms.over_group(sort, 2, [n, i, j], [])
    hi = rng.choice([n, i, b.add(n, b.ONE), b.integer(2), b.sub(n, i), b.add(b.add(i, j), b.integer(2))])

    def body(k: Term) -> Term:
        inner = terms.number(sort, rng.randint(0, 1), [k, k, n, i])
        if rng.random() < 0.7:
            bound = terms.integer([n, i, j], 1)
            scaled = b.mul(b.integer(rng.choice([-3, -1, 1, 1, 1, 2])), k)
            compare = rng.choice([b.lt, b.le, b.eq, b.eq])
            inner = b.ite(compare(*rng.sample([scaled, bound], 2)), inner, literal(0, sort))
        return inner

    return b.big("sum", b.range_(rng.choice([b.ZERO, i, j]), hi), body, terms.where([n, i, j]))


@pytest.mark.parametrize("seed", range(40))
def test_conditional_laws_hold_whatever_their_condition(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(10):
        t = a_sum(rng)
        facts = instances(t)
        reduced = normalize(t)
        if reduced.op == "sum":
            facts += instances(reduced)
        for _ in range(8):
            env = environment(rng)
            for law, fact in facts:
                assert Evaluator(env, RANKS)(fact), (law, fact)


def test_every_conditional_law_occurs() -> None:
    seen: Counter[str] = Counter()
    rng = random.Random(7)
    for _ in range(200):
        seen.update(law for law, _ in instances(a_sum(rng)))
    assert set(seen) == {"sum_empty", "sum_one", "sum_split", "sum_zero", "sum_step", "sum_delta"}

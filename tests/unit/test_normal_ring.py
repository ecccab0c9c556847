from __future__ import annotations

import random

import pytest
from plain_eval import Evaluator, Undefined
from random_terms import NUMBERS, Terms, environment, i, j, n

from probanda.theories.normal.ring import Normalizer, normalize
from probanda.theories.terms import build as b

RANKS = {"C": 2}


@pytest.mark.parametrize("seed", range(600))
def test_values_are_kept(seed: int) -> None:
    rng = random.Random(seed)
    for k in range(24):
        terms = Terms(rng)
        sort = NUMBERS[k % 4]
        t = terms.number(sort, rng.randint(1, 3), [n, i, j])
        if k % 3 == 0:
            compare = rng.choice([b.eq, b.lt, b.le] if k % 4 < 2 else [b.eq])
            t = compare(t, terms.number(sort, 1, [n, i, j]))
        elif k % 3 == 1 and k % 2:
            t = terms.condition([n, i, j], 3)
        got = normalize(t)
        assert normalize(got) is got
        for _ in range(4):
            env = environment(rng)
            try:
                want = Evaluator(env, RANKS, strict=True)(t)
            except Undefined:
                continue
            assert Evaluator(env, RANKS)(got) == want, (t, got)

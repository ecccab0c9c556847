"""Linear combinations whose parts share subterms, in every order of visiting."""

from __future__ import annotations

import random

from probanda.theories.normal.poly import to_poly
from probanda.theories.normal.ring import normalize
from probanda.theories.terms import build as b
from probanda.theories.terms import sorts as s
from probanda.theories.terms.binders import var
from probanda.theories.terms.term import Term

NAMES = ("n", "m", "i")


def value(t: Term, env: dict[str, int], memo: dict[Term, int]) -> int:
    if t not in memo:
        args = [value(a, env, memo) for a in t.args]
        if t.op == "var":
            memo[t] = env[t.name]
        elif t.op == "lit":
            assert isinstance(t.data, int)
            memo[t] = t.data
        elif t.op == "neg":
            memo[t] = -args[0]
        elif t.op == "pow":
            assert isinstance(t.data, int)
            memo[t] = args[0] ** t.data
        else:
            x, y = args
            memo[t] = {"add": x + y, "sub": x - y, "mul": x * y}[t.op]
    return memo[t]


def test_a_part_that_is_reached_twice() -> None:
    n, i = var("n", s.INT), var("i", s.INT)
    last = b.sub(n, b.ONE)
    assert normalize(b.sub(last, b.sub(last, i))) is i
    assert to_poly(b.sub(b.sub(last, i), last)).constant is None


def test_random_graphs_of_sums() -> None:
    random_ = random.Random(20260101)
    for _ in range(3000):
        pool: list[Term] = [var(x, s.INT) for x in NAMES] + [b.integer(random_.randint(-3, 3))]
        for _ in range(random_.randint(3, 9)):
            x, y = random_.choice(pool[-4:]), random_.choice(pool)
            pool.append(random_.choice([b.add(x, y), b.sub(x, y), b.sub(y, x), b.neg(x), b.mul(b.integer(2), x)]))
        env = {x: random_.randint(-50, 50) for x in NAMES}
        assert value(normalize(pool[-1]), env, {}) == value(pool[-1], env, {}), pool[-1]

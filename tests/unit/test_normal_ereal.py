from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import pytest
from plain_eval import INF, Evaluator, Undefined, table

from probanda.theories.normal.ereal import Unsupported, eliminate, eliminate_all, facts, triple
from probanda.theories.terms import build as b
from probanda.theories.terms.binders import var
from probanda.theories.terms.sorts import BOOL, EREAL, INT, REAL, fn, index_map, tuple_sort
from probanda.theories.terms.term import Term, postorder

n, i = var("n", INT), var("i", INT)
x, y = var("x", fn(INT, EREAL)), var("y", EREAL)
VALUES = [Fraction(0), Fraction(1), Fraction(-3, 2), Fraction(2), "inf", "-inf"]


def split(name: str, values: list[Any], rng: random.Random) -> dict[str, Any]:
    """The three parts of a table of extended reals; the real of an infinite one is arbitrary."""
    ninf = [v == "-inf" for v in values]
    # A model may set both flags: the first wins.
    pinf = [v == "inf" or (v == "-inf" and rng.random() < 0.5) for v in values]
    real = [Fraction(rng.randint(-3, 3)) if v in INF else v for v in values]
    return {f"{name}.ninf": table(ninf), f"{name}.pinf": table(pinf), f"{name}.val": table(real)}


def random_ereal(rng: random.Random, depth: int, ints: list[Term]) -> Term:
    if depth == 0:
        leaves = [b.at(x, rng.choice(ints)), y, b.ereal(rng.choice(["inf", "-inf", 0, 1, Fraction(-1, 2)]))]
        return rng.choice([*leaves, b.cast(b.cast(rng.choice(ints), REAL), EREAL)])

    def sub(more: list[Term] | None = None) -> Term:
        return random_ereal(rng, depth - 1, ints + (more or []))

    kind = rng.randrange(12)
    if kind < 5:
        return [b.add, b.sub, b.mul, b.div, b.maximum][kind](sub(), sub())
    if kind == 5:
        return b.minimum(sub(), b.neg(sub()))
    if kind == 6:
        return b.ite(random_bool(rng, depth - 1, ints), sub(), sub())
    if kind == 7:
        return b.apply(rng.choice(["exp", "log"]), sub())
    if kind == 8:
        return b.absolute(sub())
    op = rng.choice(["bigmax", "bigmin", "sum"])
    lo, hi = b.integer(rng.randint(-1, 1)), rng.choice(ints)

    def where(k: Term) -> Term:
        return b.TRUE if rng.random() < 0.6 else random_bool(rng, 0, [*ints, k])

    if kind == 9:
        return b.cast(b.cast(sub(), REAL), EREAL)
    return b.big(op, b.range_(lo, hi), lambda k: random_ereal(rng, depth - 1, [*ints, k]), where)


def random_bool(rng: random.Random, depth: int, ints: list[Term]) -> Term:
    def sub() -> Term:
        return random_ereal(rng, depth, ints)

    kind = rng.randrange(6)
    if kind < 4:
        return [b.lt, b.le, b.eq, b.program_eq][kind](sub(), sub())
    if kind == 4:
        return b.is_finite(sub())
    return b.big("exists", b.below(rng.choice(ints)), lambda k: b.lt(random_ereal(rng, depth, [*ints, k]), sub()))


@pytest.mark.parametrize("seed", range(40))
def test_the_three_parts_agree_with_the_value(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(50):
        t = random_ereal(rng, rng.randint(0, 3), [n, i])
        parts = triple(t)
        claim = random_bool(rng, 2, [n, i])
        assert all(EREAL not in (s.sort, *[a.sort for a in s.args]) for s in postorder([*parts.whole()]))
        values = [rng.choice(VALUES) for _ in range(5)]
        value = rng.choice(VALUES)
        base = {"n": rng.randint(-1, 3), "i": rng.randint(-1, 2)}
        scalars = {k: f(0) for k, f in split("y", [value], rng).items()}
        low = Evaluator({**base, **split("x", values, rng), **scalars})
        high = Evaluator({**base, "x": table(values), "y": value}, strict=True)
        try:
            want = high(t)
            assert (low(parts.ninf), low(parts.pinf)) == (want == "-inf", want == "inf")
            assert want in INF or low(parts.real) == want
        except Undefined:
            assert not (low(parts.ninf) and low(parts.pinf))
        try:
            want = high(claim)
            assert low(eliminate(claim)) == want
        except Undefined:
            pass


def test_a_masked_score_stays_small() -> None:
    mask, s = var("mask", BOOL), var("s", REAL)
    score = b.ite(mask, b.cast(s, EREAL), b.ereal("-inf"))
    got = triple(score)
    assert got.whole() == (b.negate(mask), b.FALSE, s)
    assert triple(b.apply("exp", score)).real is b.ite(mask, b.apply("exp", s), b.rational(0))


def test_quantifiers_over_extended_reals() -> None:
    e = var("e", EREAL)
    for op in ("forall", "exists"):
        for body in (b.le(e, y), b.is_finite(e), b.eq(b.neg(e), e), b.lt(e, b.absolute(e))):
            t = b.big_over(op, b.everything(EREAL), e, b.TRUE, body)
            for value in VALUES:
                env = {
                    "y": value,
                    **{f"y.{k.split('.')[1]}": f(0) for k, f in split("y", [value], random.Random(1)).items()},
                }
                # The domain of the tests' evaluator is a sample, the same for both readings.
                assert Evaluator(env)(eliminate(t)) == Evaluator(env)(t), (op, body, value)


def test_tuples_and_groups() -> None:
    size_map = var("N", index_map("C"))
    z = var("z", fn(index_map("C"), EREAL))
    p = var("p", tuple_sort((("m", EREAL), ("k", INT))))
    t = b.le(b.big("bigmax", b.box(size_map), lambda q: b.at(z, q)), b.proj(p, "m"))
    got = eliminate(t)
    names = {s.name: s.sort.text for s in postorder([got]) if s.op == "var"}
    assert names["z.val"] == "((axis C -> int) -> real)"
    assert names["p"] == "(m.ninf : bool, m.pinf : bool, m.val : real, k : int)"
    whole = b.ite(b.lt(i, n), p, b.record([("m", b.ereal("inf")), ("k", i)]))
    assert eliminate(b.is_finite(b.proj(whole, "m"))).sort is BOOL
    assert eliminate(b.record([("m", y)])).op == "tuple"


def test_facts_and_refusals() -> None:
    (fact,) = facts([n, x])
    assert fact.op == "forall" and fact.dom.sort is INT
    with pytest.raises(Unsupported):
        triple(b.big("prod", b.below(n), lambda k: b.at(x, k)))
    with pytest.raises(Unsupported):
        eliminate(b.lt(b.at(var("g", fn(EREAL, REAL)), y), b.rational(0)))
    with pytest.raises(Unsupported):
        eliminate(y)


def test_sharing_is_kept() -> None:
    t = y
    for _ in range(2000):
        t = b.maximum(t, t)
    (got,) = eliminate_all([b.is_finite(t)])
    assert sum(1 for _ in postorder([got])) < 30_000

from __future__ import annotations

import random
from collections import Counter

import pytest
from plain_eval import Evaluator, Undefined
from random_terms import NUMBERS, Terms, environment, i, j, literal, matrix, n, row

from probanda.theories.normal.instances import instances
from probanda.theories.normal.laws import LAWS
from probanda.theories.normal.ring import Normalizer, normalize
from probanda.theories.terms import build as b
from probanda.theories.terms.binders import var
from probanda.theories.terms.sorts import FLOAT32, INT, REAL, Sort, fn
from probanda.theories.terms.term import Term, make

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


# -- laws without a condition ----------------------------------------------------------------------------------------


def read(k: Term, sort: Sort = REAL) -> Term:
    return b.at(row(sort), k)


def plain(k: Term) -> Term:
    return read(k)


c = b.at(matrix(REAL), i, j)
nothing = b.rational(0)
UNCONDITIONAL: dict[str, tuple[Term, Term]] = {
    "sum_filter": (
        b.big("sum", b.below(n), plain, lambda k: b.lt(k, i)),
        b.big("sum", b.below(n), lambda k: b.ite(b.lt(k, i), read(k), nothing)),
    ),
    "sum_add": (
        b.big("sum", b.below(n), lambda k: b.add(read(k), b.at(matrix(REAL), k, i))),
        b.add(b.big("sum", b.below(n), plain), b.big("sum", b.below(n), lambda k: b.at(matrix(REAL), k, i))),
    ),
    "sum_distrib": (
        b.big("sum", b.below(n), lambda k: b.div(b.mul(read(k), c), read(i))),
        b.div(b.mul(c, b.big("sum", b.below(n), plain)), read(i)),
    ),
    "sum_fubini": (
        b.big("sum", b.below(n), lambda k: b.big("sum", b.below(i), lambda m: b.at(matrix(REAL), k, m))),
        b.big("sum", b.below(i), lambda m: b.big("sum", b.below(n), lambda k: b.at(matrix(REAL), k, m))),
    ),
    "sum_shift": (
        b.big("sum", b.range_(i, n), plain),
        b.big("sum", b.below(b.sub(n, i)), lambda k: read(b.add(k, i))),
    ),
    "sum_reverse": (
        b.big("sum", b.below(n), lambda k: read(b.sub(b.sub(n, k), b.ONE))),
        b.big("sum", b.below(n), plain),
    ),
    "sum_const": (
        b.big("sum", b.below(n), lambda k: c),
        b.mul(c, b.cast(b.maximum(n, b.ZERO), REAL)),
    ),
    "sum_count": (
        b.big("count", b.below(n), lambda k: b.lt(read(k), c)),
        b.big("sum", b.below(n), lambda k: b.ite(b.lt(read(k), c), b.ONE, b.ZERO)),
    ),
    "max_shift": (
        b.big("bigmax", b.range_(i, n), plain, lambda k: b.lt(k, j)),
        b.big("bigmax", b.below(b.sub(n, i)), lambda k: read(b.add(k, i)), lambda k: b.lt(b.add(k, i), j)),
    ),
    "max_reverse": (
        b.big("bigmin", b.below(n), lambda k: read(b.sub(b.sub(n, k), b.ONE))),
        b.big("bigmin", b.below(n), plain),
    ),
    "prod_shift": (
        b.big("prod", b.range_(i, n), plain),
        b.big("prod", b.below(b.sub(n, i)), lambda k: read(b.add(k, i))),
    ),
    "prod_reverse": (
        b.big("prod", b.below(n), lambda k: read(b.sub(b.sub(n, k), b.ONE))),
        b.big("prod", b.below(n), plain),
    ),
}


@pytest.mark.parametrize("law", UNCONDITIONAL)
def test_laws_are_used_and_named(law: str) -> None:
    run = Normalizer()
    left, right = UNCONDITIONAL[law]
    assert run.term(left) is run.term(right)
    assert law in run.laws and run.laws <= set(LAWS)
    assert not LAWS[law].conditional
    rng = random.Random(law)
    for _ in range(40):
        env = environment(rng)
        try:
            assert Evaluator(env, strict=True)(left) == Evaluator(env)(right)
        except Undefined:
            continue


def test_every_law_without_condition_is_tested() -> None:
    elsewhere = {"max_upper", "min_upper"}  # of the encoding
    assert {law.name for law in LAWS.values() if not law.conditional} == set(UNCONDITIONAL) | elsewhere


def test_products_of_sums_and_triangles() -> None:
    first, second = b.big("sum", b.below(n), plain), b.big("sum", b.below(i), lambda k: b.at(matrix(REAL), j, k))
    nested = b.big(
        "sum", b.below(n), lambda k: b.big("sum", b.below(i), lambda m: b.mul(read(k), b.at(matrix(REAL), j, m)))
    )
    assert normalize(b.eq(b.mul(first, second), nested)) is b.TRUE
    square = b.big("sum", b.below(n), lambda k: b.big("sum", b.below(n), lambda m: b.mul(read(k), read(m))))
    assert normalize(b.eq(b.power(first, 2), square)) is b.TRUE

    def triangle(inner: Term) -> Term:
        return b.big("sum", b.below(n), lambda k: b.big("sum", b.below(k), lambda m: b.at(matrix(REAL), inner, m)))

    assert normalize(triangle(i)).op == "sum"
    power = b.big("sum", b.below(n), lambda k: b.power(b.big("sum", b.below(k), lambda m: b.at(matrix(REAL), k, m)), 2))
    rng = random.Random(1)
    for _ in range(30):
        env = environment(rng)
        assert Evaluator(env)(normalize(power)) == Evaluator(env)(power)
        assert Evaluator(env)(normalize(triangle(i))) == Evaluator(env)(triangle(i))


def test_masked_sums_join_again() -> None:
    def masked(keep: bool) -> Term:
        return b.big("sum", b.below(n), plain, lambda k: b.lt(k, i) if keep else b.le(i, k))

    assert normalize(b.add(masked(True), masked(False))) is normalize(b.big("sum", b.below(n), plain))
    assert normalize(b.sub(b.big("sum", b.below(n), plain), masked(True))) is normalize(masked(False))


def test_what_is_not_an_identity_does_not_normalise_to_one() -> None:
    padded = b.big(
        "sum",
        b.range_(b.neg(i), b.add(n, j)),
        lambda k: b.ite(b.conj(b.le(b.ZERO, k), b.lt(k, n)), read(k), nothing),
    )
    one, other = b.big("sum", b.below(b.add(n, b.ONE)), plain), b.add(b.big("sum", b.below(n), plain), read(n))
    for t in (b.eq(padded, b.big("sum", b.below(n), plain)), b.eq(one, other)):
        assert normalize(t) is not b.TRUE
    assert normalize(b.big("sum", b.below(n), lambda k: b.ONE)) is not n


def test_float_sums_are_left_alone() -> None:
    x = var("f", fn(INT, FLOAT32))
    for lo, hi in ((i, n), (b.ZERO, b.ONE), (b.ZERO, b.ZERO)):
        t = b.big("sum", b.range_(lo, hi), lambda k: b.at(x, b.sub(n, k)))
        assert normalize(t) is t
    filtered = b.big("sum", b.below(n), lambda k: b.at(x, k), lambda k: b.lt(k, i))
    assert normalize(filtered) is filtered


def test_tags_keep_sums_apart_and_deep_nests_are_no_trouble() -> None:
    t = b.big("sum", b.below(n), plain)
    tagged = make("sum", t.args, t.sort, t.dom._replace(tag=1))
    assert normalize(b.eq(t, tagged)) is not b.TRUE
    nest = read(i)
    for _ in range(300):
        nest = b.big("sum", b.range_(j, n), lambda k, nest=nest: b.add(b.mul(nest, read(k)), b.at(matrix(REAL), k, k)))
    assert normalize(nest).sort is REAL

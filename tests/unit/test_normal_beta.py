from __future__ import annotations

import random

import pytest
from plain_eval import Env, Evaluator, Undefined, table

from probanda.theories.normal.beta import beta, strip
from probanda.theories.terms import build as b
from probanda.theories.terms.binders import bound, var
from probanda.theories.terms.sorts import INT, REAL, axis, fn, fn_sort, index_map
from probanda.theories.terms.term import Term, make, postorder, size

n, i, j = var("n", INT), var("i", INT), var("j", INT)
x = var("x", fn(INT, REAL))
y = var("y", fn_sort([INT, INT], REAL))


def redexes(t: Term) -> list[Term]:
    heads = ("lam", "ite", "require", "tuple", "let")
    return [s for s in postorder([t]) if s.op == "let" or (s.op in ("at", "proj") and s.args[0].op in heads)]


def test_reading_a_comprehension_asks_for_its_range() -> None:
    t = b.at(b.lam(b.below(n), lambda k: b.at(x, b.add(k, i))), j)
    inside = b.conj(b.le(b.ZERO, j), b.lt(j, n))
    assert beta(t) is b.require(inside, b.at(x, b.add(j, i)))
    assert beta(t, ranges=False) is b.at(x, b.add(j, i))
    assert strip(beta(t)) is beta(t, ranges=False)


def test_reads_and_projections_move_inwards() -> None:
    c = b.lt(i, j)
    f = b.ite(c, x, b.lam(b.below(n), lambda k: b.rational(1)))
    assert beta(b.at(f, j), ranges=False) is b.ite(c, b.at(x, j), b.rational(1))
    assert beta(b.at(b.require(c, x), j)) is b.require(c, b.at(x, j))
    pair = b.require(c, b.ite(c, b.record([("u", i), ("v", x)]), b.record([("u", j), ("v", x)])))
    assert beta(b.proj(pair, "u")) is b.require(c, b.ite(c, i, j))
    assert beta(b.at(b.proj(pair, "v"), i)) is b.require(c, b.ite(c, b.at(x, i), b.at(x, i)))


def test_under_binders_no_variable_is_captured() -> None:
    # [k < n] => sum (m < n) (row => y[row, m])[k], read at i: the k of the row must not become the sum's m.
    inner = b.lam(
        b.below(n), lambda k: b.big("sum", b.below(n), lambda m: b.at(b.lam(b.below(n), lambda r: b.at(y, r, m)), k))
    )
    expected = b.big("sum", b.below(n), lambda m: b.at(y, i, m))
    assert beta(b.at(inner, i), ranges=False) is expected
    outer = b.lam(b.below(n), lambda i2: b.at(inner, i2))
    assert beta(outer, ranges=False) is b.lam(b.below(n), lambda k: b.big("sum", b.below(n), lambda m: b.at(y, k, m)))


def test_index_maps_are_arguments_like_any_other() -> None:
    size_map, s, z = var("N", index_map("C")), var("s", index_map("C")), var("z", fn(index_map("C"), REAL))
    shifted = b.lam(b.box(size_map), lambda p: b.at(z, b.lam(b.axes("C"), lambda c: b.add(b.at(p, c), b.at(s, c)))))
    t = b.at(shifted, b.lam(b.axes("C"), lambda c: b.add(b.at(s, c), b.ONE)))
    got = beta(t)
    assert not redexes(got)
    c = var("c", axis("C"))
    at_c = b.add(b.at(s, c), b.ONE)
    inside = b.big_over("forall", b.axes("C"), c, b.TRUE, b.conj(b.le(b.ZERO, at_c), b.lt(at_c, b.at(size_map, c))))
    moved = b.lam_over(b.axes("C"), c, b.add(at_c, b.at(s, c)))
    assert got is b.require(inside, b.at(z, moved))


def test_deep_terms_are_no_trouble() -> None:
    depth = 100_000
    t = i
    for _ in range(depth):
        t = b.add(t, b.ONE)
    assert beta(t) is t
    f: Term = x
    for k in range(depth):
        f = b.ite(b.lt(i, b.integer(k)), f, x)
    assert not redexes(beta(b.at(f, j)))


def test_nested_lets_share() -> None:
    depth = 20_000
    last = bound(0, INT)
    t = b.add(last, last)
    for k in range(depth):
        value = i if k == depth - 1 else b.add(last, last)
        t = make("let", (value, t), INT)
    got = beta(t)
    assert size(got) == depth + 1  # i, and one doubling for each let but the first, and for the body


def random_term(rng: random.Random, depth: int, ints: list[Term], rows: list[Term]) -> Term:
    """A real term over integer variables and tensors of rank 1, full of redexes."""
    if depth == 0:
        return b.at(rng.choice(rows), rng.choice(ints)) if rng.random() < 0.8 else b.rational(rng.randint(-2, 2))
    kind = rng.randrange(7)

    def sub(more_ints: list[Term] | None = None, more_rows: list[Term] | None = None) -> Term:
        return random_term(rng, depth - 1, ints + (more_ints or []), rows + (more_rows or []))

    def integer() -> Term:
        return b.add(rng.choice(ints), b.integer(rng.randint(-1, 1)))

    def condition() -> Term:
        return b.lt(integer(), integer())

    def domain() -> b.Domain:
        return b.range_(b.integer(rng.randint(-1, 1)), integer())

    if kind == 0:
        return b.add(sub(), b.mul(sub(), sub()))
    if kind == 1:
        return b.at(b.lam(domain(), lambda k: sub([k])), integer())
    if kind == 2:
        return b.big("sum", domain(), lambda k: sub([k]), lambda k: condition())
    if kind == 3:
        row = b.lam(domain(), lambda k: sub([k]))
        return b.let(row, lambda r: sub(None, [r]))
    if kind == 4:
        return b.at(b.ite(condition(), rng.choice(rows), b.lam(domain(), lambda k: sub([k]))), integer())
    if kind == 5:
        pair = b.record([("u", integer()), ("v", b.lam(domain(), lambda k: sub([k])))])
        return b.let(b.require(condition(), pair), lambda p: b.at(b.proj(p, "v"), b.proj(p, "u")))
    two = b.lam(domain(), lambda k: b.lam(domain(), lambda m: sub([k, m])))
    return b.at(b.at(two, integer()), integer())


@pytest.mark.parametrize("seed", range(200))
def test_values_are_kept(seed: int) -> None:
    rng = random.Random(seed)
    t = random_term(rng, 4, [n, i, j], [x])
    got, plain = beta(t), beta(t, ranges=False)
    assert not redexes(got) and not redexes(plain)
    assert strip(got) is strip(plain)
    for _ in range(3):
        values = [rng.randint(-3, 3) for _ in range(7)]
        env: Env = {
            "n": rng.randint(-1, 3),
            "i": rng.randint(0, 2),
            "j": rng.randint(0, 2),
            "x": table(values),
        }
        want = Evaluator(env)(t)
        assert Evaluator(env)(got) == want
        assert Evaluator(env)(plain) == want


def test_definedness_of_a_read_is_kept() -> None:
    t = b.at(b.lam(b.below(n), lambda k: b.at(x, k)), i)
    for index in (-1, 0, 1, 2):
        env: Env = {"n": 2, "i": index, "x": table([0, 1])}
        if 0 <= index < 2:
            assert Evaluator(env, strict=True)(beta(t)) == index
        else:
            with pytest.raises(Undefined):
                Evaluator(env, strict=True)(beta(t))

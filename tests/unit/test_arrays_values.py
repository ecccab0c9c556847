"""The NumPy reading on tensors, binders, groups and functions, against plain Python."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from probanda.encoders.arrays import Env, Mode, Ring, Scalars, decide, evaluate, tabulate
from probanda.encoders.arrays.evaluator import Evaluator
from probanda.encoders.arrays.reading import batched
from probanda.encoders.arrays.values import Arr
from probanda.theories.errors import Unsupported
from probanda.theories.terms import build as b
from probanda.theories.terms import sorts as s
from probanda.theories.terms.binders import var
from probanda.theories.terms.term import Term

MODES = list(Mode)
N = var("n", s.INT)
X = var("x", s.fn_sort([s.INT], s.INT))
C = "C"


def value(t: Term, mode: Mode = Mode.EXACT, **values: Any) -> Any:
    (out,) = evaluate([t], Env(values=values), mode)
    assert isinstance(out, Arr) and out.und is None
    return out.data[()]


def number(k: int) -> Term:
    return b.integer(k)


@pytest.mark.parametrize("mode", MODES)
def test_a_term_of_depth_100_000(mode: Mode) -> None:
    t = var("a", s.REAL)
    for k in range(100_000):
        t = b.add(t, b.rational(k % 3)) if k % 2 else b.neg(t)
    want = Fraction(5)
    for k in range(100_000):
        want = want + k % 3 if k % 2 else -want
    assert value(t, mode, a=5) == want.numerator


@pytest.mark.parametrize("mode", MODES)
def test_one_binder_as_several_indices(mode: Mode) -> None:
    data = np.arange(27).reshape(3, 3, 3)
    x = var("x", s.fn_sort([s.INT] * 3, s.INT))
    diagonal = b.lam(b.below(number(3)), lambda i: b.at(x, i, i, i))
    mixed = b.lam(b.below(number(3)), lambda i: b.lam(b.below(number(2)), lambda j: b.at(x, j, i, j)))
    shorter = b.big("sum", b.below(number(2)), lambda k: b.at(x, k, k, number(2)))
    env = Env(values={"x": data})
    for t, want in ((diagonal, np.einsum("iii->i", data)), (mixed, np.einsum("jij->ij", data[:2, :, :2]))):
        assert np.array_equal(tabulate(evaluate([t], env, mode)[0])[0].astype(int), want)
    assert value(shorter, mode, x=data) == 2 + 14


def test_deep_nesting_of_binders_and_lets() -> None:
    t: Term = number(1)
    for _ in range(3000):
        t = b.let(t, lambda z: b.sub(b.add(z, z), z))
    assert value(t) == 1
    t = number(1)
    for _ in range(300):
        t = b.big("sum", b.range_(t, b.add(t, b.ONE)), lambda k: b.sub(k, b.ZERO))
    assert value(t) == 1


def test_shared_tensors_are_computed_once() -> None:
    f: Term = X
    for _ in range(40):  # each layer reads the one below twice: 2^40 reads without sharing
        f = b.lam(b.below(N), lambda i, f=f: b.sub(b.add(b.at(f, i), b.at(f, b.sub(b.sub(N, b.ONE), i))), b.at(f, i)))
    assert value(b.at(f, b.ZERO), n=3, x=[1, 2, 3]) == 1


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("lo", "hi"), list(itertools.product((-2, 0, 1, 3), (-3, 0, 2, 4))))
def test_big_operators_over_ranges(mode: Mode, lo: int, hi: int) -> None:
    domain = b.range_(number(lo), number(hi))
    members = range(lo, hi)
    even = [k for k in members if k % 2 == 0]

    def is_even(k: Term) -> Term:
        return b.eq(b.imod(k, number(2)), b.ZERO)

    assert value(b.big("sum", domain, lambda k: b.mul(k, k)), mode) == sum(k * k for k in members)
    assert value(b.big("sum", domain, lambda _k: number(3)), mode) == 3 * len(members)
    assert value(b.big("prod", domain, lambda k: b.add(k, number(5)), is_even), mode) == math.prod(k + 5 for k in even)
    assert value(b.big("count", domain, is_even), mode) == len(even)
    assert value(b.big("forall", domain, is_even), mode) == (len(even) == len(members))
    assert value(b.big("exists", domain, is_even), mode) == bool(even)
    if even:
        assert value(b.big("bigmax", domain, lambda k: k, is_even), mode) == max(even)
        assert value(b.big("bigmin", domain, lambda k: b.neg(k), is_even), mode) == -max(even)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("n", range(5))
def test_bounds_that_depend_on_outer_binders(mode: Mode, n: int) -> None:
    t = b.big("sum", b.below(N), lambda i: b.big("sum", b.range_(b.sub(i, number(2)), i), lambda j: b.mul(i, j)))
    assert value(t, mode, n=n) == sum(i * j for i in range(n) for j in range(i - 2, i))
    ragged = b.lam(b.below(N), lambda i: b.lam(b.range_(i, b.mul(i, number(2))), lambda j: b.add(i, j)))
    u = b.big("sum", b.below(N), lambda i: b.big("sum", b.range_(i, b.add(i, i)), lambda j: b.at(ragged, i, j)))
    assert value(u, mode, n=n) == sum(i + j for i in range(n) for j in range(i, 2 * i))
    v = b.big(
        "forall",
        b.below(N),
        lambda i: b.big("exists", b.below(b.add(i, b.ONE)), lambda j: b.eq(b.mul(j, j), i)),
    )
    assert value(v, mode, n=n) == all(any(j * j == i for j in range(i + 1)) for i in range(n))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 1, 2), (2, 0, 3), (0,)])
def test_groups_of_any_rank(mode: Mode, shape: tuple[int, ...]) -> None:
    n, y = var("m", s.index_map(C)), var("y", s.fn_sort([s.index_map(C), s.INT], s.INT))
    array = np.arange(math.prod(shape) * 2).reshape((*shape, 2))
    env = Env(ranks={C: len(shape)}, values={"m": shape, "y": array, "n": 2})
    weighted = b.big(
        "sum",
        b.box(n),
        lambda c: b.big(
            "sum",
            b.below(N),
            lambda k: b.mul(b.at(y, c, k), b.big("sum", b.axes(C), lambda a: b.mul(b.at(c, a), b.at(n, a)))),
        ),
    )
    want = sum(
        int(array[(*c, k)]) * sum(i * m for i, m in zip(c, shape, strict=True))
        for c in np.ndindex(*shape)
        for k in range(2)
    )
    assert int(evaluate([weighted], env, mode)[0].data) == want  # type: ignore[union-attr]
    reverse = b.lam(
        b.box(n),
        lambda c: b.lam(
            b.below(N), lambda k: b.at(y, b.lam(b.axes(C), lambda a: b.sub(b.sub(b.at(n, a), b.ONE), b.at(c, a))), k)
        ),
    )
    if math.prod(shape):
        got, _ = tabulate(evaluate([reverse], env, mode)[0])
        flipped = np.flip(array, axis=tuple(range(len(shape)))) if shape else array
        assert np.array_equal(got.astype(int), flipped)
    assert decide(b.big("forall", b.axes(C), lambda a: b.lt(b.ZERO, b.at(n, a))), env) == all(m > 0 for m in shape)


def test_samples_of_different_sizes_agree_with_each_alone() -> None:
    rng = np.random.default_rng(1)
    sizes, ranks2 = rng.integers(0, 4, 30), rng.integers(0, 3, (30, 2))
    x, y = rng.integers(-5, 6, (30, 3)), rng.integers(-5, 6, (30, 2, 2, 3))
    m, tensor = var("m", s.index_map(C)), var("y", s.fn_sort([s.index_map(C), s.INT], s.INT))
    inner = b.lam(b.below(N), lambda k: b.big("sum", b.box(m), lambda c: b.at(tensor, c, k)))
    t = b.big("sum", b.below(N), lambda k: b.mul(b.at(X, k), b.at(inner, b.sub(b.sub(N, b.ONE), k))))
    env = Env({C: 2}, {"n": sizes, "m": ranks2, "x": x, "y": y}, batch=30)
    data, _ = batched(Evaluator(env, Mode.SCREEN).scalar(t), 30)
    for k in range(30):
        a, c = (int(v) for v in ranks2[k])
        alone = Env({C: 2}, {"n": int(sizes[k]), "m": (a, c), "x": x[k], "y": y[k][:a, :c]})
        assert int(Evaluator(alone).scalar(t).data) == int(data[k])


def test_extended_reals() -> None:
    nothing = b.below(b.ZERO)
    top, bottom = b.ereal("inf"), b.ereal("-inf")
    assert value(b.big("bigmax", nothing, lambda _k: b.ereal(0))) == -math.inf
    assert value(b.big("bigmin", nothing, lambda _k: b.ereal(0)), Mode.SCREEN) == math.inf
    true = [
        b.lt(bottom, b.ereal(-(10**30))),
        b.eq(b.apply("exp", bottom), b.ereal(0)),
        b.eq(b.apply("log", b.ereal(0)), bottom),
        b.eq(b.add(top, b.ereal(5)), top),
        b.eq(b.mul(b.ereal(-2), top), bottom),
        b.eq(b.div(b.ereal(3), bottom), b.ereal(0)),
        b.eq(b.maximum(bottom, b.ereal(1)), b.ereal(1)),
        b.negate(b.is_finite(top)),
        b.is_finite(b.apply("exp", b.ereal(3))),
        b.eq(b.cast(b.rational(Fraction(1, 3)), s.EREAL), b.ereal(Fraction(1, 3))),
        b.lt(b.apply("exp", b.ereal(1)), top),
    ]
    assert [decide(t, Env()) for t in true] == [True] * len(true)


def test_balls_decide_what_they_separate() -> None:
    def exp(x: Fraction | int) -> Term:
        return b.apply("exp", b.rational(x))

    assert decide(b.lt(exp(1), b.rational(Fraction(2718281829, 10**9))), Env()) is True
    assert decide(b.eq(exp(1), exp(2)), Env()) is False
    assert decide(b.eq(b.mul(exp(1), exp(1)), exp(2)), Env()) is None
    assert decide(b.eq(exp(1), exp(1)), Env()) is True
    assert decide(b.eq(exp(0), b.rational(1)), Env()) is True
    # More digits are needed than the first precision has.
    close = b.rational(Fraction(math.floor(math.e * 2**52), 2**52))
    assert decide(b.lt(close, exp(1)), Env()) is True
    assert decide(b.eq(b.mul(b.rational(0), exp(3)), b.rational(0)), Env()) is True
    assert decide(b.eq(b.sqrt(b.rational(Fraction(9, 4))), b.rational(Fraction(3, 2))), Env()) is True
    assert decide(b.eq(b.floor(b.apply("exp", b.rational(1))), b.integer(2)), Env()) is True
    assert decide(b.eq(b.round_real(exp(1), s.FLOAT16), b.rational(Fraction(1392, 512))), Env()) is True


def test_undecided_conditions() -> None:
    exp = b.apply("exp", b.rational(1))
    open_ = b.eq(b.mul(exp, exp), b.apply("exp", b.rational(2)))
    zero, one = b.ZERO, b.ONE
    assert decide(b.disj(open_, b.TRUE), Env()) is True
    assert decide(b.conj(open_, b.FALSE), Env()) is False
    assert decide(b.implies(open_, b.FALSE), Env()) is None
    assert decide(b.eq(b.ite(open_, one, one), one), Env()) is True
    assert decide(b.eq(b.ite(open_, zero, one), one), Env()) is None
    assert decide(b.big("forall", b.below(number(3)), lambda _k: open_), Env()) is None
    assert decide(b.big("forall", b.below(number(3)), lambda k: b.conj(open_, b.lt(k, number(2)))), Env()) is False
    assert decide(b.big("exists", b.below(number(3)), lambda k: b.disj(open_, b.eq(k, one))), Env()) is True
    assert decide(b.eq(b.big("count", b.below(number(3)), lambda _k: open_), zero), Env()) is None
    assert decide(b.lt(b.big("sum", b.below(number(2)), lambda k: k, lambda _k: open_), number(9)), Env()) is None


def test_quantifiers_over_all_values() -> None:
    def always(sort: s.Sort, body: Callable[[Term], Term]) -> Term:
        return b.big("forall", b.everything(sort), body)

    w = s.bits(8)
    assert decide(always(w, lambda x: b.eq(b.neg(b.neg(x)), x)), Env()) is True
    assert decide(always(w, lambda x: b.le(b.bit_vector(0, w), b.absolute(x))), Env()) is False
    assert decide(always(s.REAL, lambda x: b.le(b.rational(0), b.mul(x, x))), Env()) is None
    assert decide(always(s.REAL, lambda x: b.lt(b.rational(0), b.mul(x, x))), Env()) is False
    assert decide(b.big("exists", b.naturals(), lambda k: b.eq(b.mul(k, k), number(9))), Env()) is True
    assert decide(b.big("exists", b.naturals(), lambda k: b.lt(k, b.ZERO)), Env()) is None
    with pytest.raises(Unsupported):
        decide(always(s.fn(s.INT, s.INT), lambda f: b.eq(b.at(f, b.ZERO), b.ZERO)), Env())


def test_functions_tuples_and_conditionals() -> None:
    double = b.lam(b.naturals(), lambda k: b.add(k, k))
    triple = b.lam(b.naturals(), lambda k: b.mul(k, number(3)))
    pick = b.ite(b.lt(N, number(2)), double, triple)
    assert [value(b.at(pick, number(7)), n=k) for k in (1, 2)] == [14, 21]
    assert value(b.at(X, number(100)), x=[1, 2, 3]) == 3  # beyond the table its last value is repeated
    both = b.record([("a", X), ("b", N)])
    chosen = b.ite(b.lt(N, b.ZERO), both, b.record([("a", double), ("b", b.ONE)]))
    assert value(b.at(b.proj(chosen, "a"), b.ONE), n=-1, x=[4, 5]) == 5
    assert value(b.at(b.proj(chosen, "a"), b.ONE), n=1, x=[4, 5]) == 2
    g = var("g", s.fn_sort([s.REAL, s.REAL], s.BOOL))
    call = b.at(g, b.rational(2), b.rational(3))

    def less(p: Any, q: Any) -> bool:
        return p < q

    assert value(call, g=np.frompyfunc(less, 2, 1)) is np.True_
    r = var("r", s.fn_sort([s.INT, s.INT], s.INT))
    term = b.lam(b.everything(s.INT), lambda p: b.lam(b.everything(s.INT), lambda q: b.sub(p, q)))
    assert value(b.at(r, number(5), number(3)), r=term) == 2


def test_rings_and_scalars() -> None:
    ring, alpha = s.elem("R", "ring"), s.elem("α", "scalar")
    x, p, q = var("x", ring), var("p", alpha), var("q", alpha)
    square = b.eq(b.mul(x, x), b.ring_integer(0, ring))
    for carrier, v, want in (
        (Ring(), 16, False),
        (Ring(256), 16, True),
        (Ring(2), 1, False),
        (Ring(rational=True), 0, True),
    ):
        assert decide(square, Env(values={"x": v}, carriers={"R": carrier})) is want
    assert decide(b.eq(b.power(x, 5), x), Env(values={"x": 1}, carriers={"R": Ring(2)})) is True
    relation = Scalars(np.asarray([[False, True], [True, False]]))
    env = Env(values={"p": 0, "q": 1}, carriers={"α": relation})
    assert decide(b.program_eq(p, q), env) is True
    assert decide(b.program_eq(p, p), env) is False
    assert decide(b.eq(p, q), env) is False


@pytest.mark.parametrize("width", [1, 3, 8, 32, 64, 65, 128])
@pytest.mark.parametrize("mode", MODES)
def test_machine_integers(mode: Mode, width: int) -> None:
    sort, full = s.bits(width), (1 << width) - 1
    rng = np.random.default_rng(width)

    def signed(v: int) -> int:
        return v - (1 << width) if v >> (width - 1) else v

    def trunc(p: int, q: int) -> int:
        return abs(p) // abs(q) * (1 if (p < 0) == (q < 0) else -1)

    for _ in range(40):
        u, v = (int.from_bytes(rng.bytes(16), "big") & full >> int(rng.integers(0, width)) for _ in range(2))
        x, y, i, j = b.bit_vector(u, sort), b.bit_vector(v, sort), signed(u), signed(v)
        want = {
            b.add(x, y): u + v,
            b.sub(x, y): u - v,
            b.mul(x, y): u * v,
            b.neg(x): -u,
            b.absolute(x): abs(i),
            b.maximum(x, y): max(i, j),
            b.minimum(x, y): min(i, j),
            b.bit_not(x): ~u,
            b.bit_op("bxor", x, y): u ^ v,
            b.zero_extend(x, s.bits(width + 5)): u,
        }
        if v:
            want |= {b.bit_op("udiv", x, y): u // v, b.bit_op("urem", x, y): u % v}
            want |= {b.div(x, y): trunc(i, j), b.rem(x, y): i - j * trunc(i, j)}
        if v < width:
            want |= {b.bit_op("shl", x, y): u << v, b.bit_op("lshr", x, y): u >> v, b.bit_op("ashr", x, y): i >> v}
        for t, expected in want.items():
            assert int(value(t, mode)) == expected % (1 << t.sort.width)  # type: ignore[attr-defined]
        assert bool(value(b.lt(x, y), mode)) == (i < j)
        assert bool(value(b.unsigned("ule", x, y), mode)) == (u <= v)
        assert int(value(b.cast(x, s.INT), mode)) == i if mode is Mode.EXACT or width < 60 else True


def test_junk_outside_the_domain_is_no_error() -> None:
    junk = [
        b.idiv(b.ONE, b.ZERO),
        b.imod(b.ONE, b.ZERO),
        b.div(b.rational(1), b.rational(0)),
        b.apply("log", b.rational(-1)),
        b.sqrt(b.rational(-1)),
        b.sub(b.ereal("inf"), b.ereal("inf")),
        b.at(X, number(-5)),
        b.big("bigmax", b.below(b.ZERO), lambda k: k),
        b.cast(b.ereal("inf"), s.REAL),
        b.div(b.bit_vector(1, s.bits(8)), b.bit_vector(0, s.bits(8))),
    ]
    for mode in MODES:
        for t in junk:
            evaluate([t], Env(values={"x": [1, 2]}), mode)


def test_limits_are_reported() -> None:
    with pytest.raises(Unsupported):
        evaluate([b.big("sum", b.below(number(10**9)), lambda k: k)], Env())
    t = number(3)
    for _ in range(30):
        t = b.mul(t, t)
    with pytest.raises(Unsupported):
        evaluate([t], Env())
    with pytest.raises(Unsupported):
        evaluate([var("unknown", s.INT)], Env())
    huge = b.rational(3)
    for _ in range(30):
        huge = b.mul(huge, huge)
    assert decide(b.lt(b.rational(10**9), huge), Env()) is True

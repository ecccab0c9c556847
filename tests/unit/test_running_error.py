"""Running error: it bounds what programs do, is not much larger than that, and is defined where the term is."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from rounded_eval import Order, Program, backward, by_halves, forward, rounded, shuffled

from probanda.encoders.arrays import Env, Mode, decide, evaluate
from probanda.encoders.arrays.formats import encode, python_float
from probanda.encoders.arrays.values import Arr
from probanda.theories.definedness import defined
from probanda.theories.errors import Unsupported
from probanda.theories.running_error import magnitude, over_reals, running_error
from probanda.theories.terms import build as b
from probanda.theories.terms import sorts as s
from probanda.theories.terms.binders import var
from probanda.theories.terms.sorts import BFLOAT16, EREAL, FLOAT16, FLOAT32, FLOAT64, INT, REAL
from probanda.theories.terms.term import Term, free_vars, size

U = 2.0**-24
X, Y = (var(name, s.fn(INT, REAL)) for name in "xy")
A = var("a", s.fn_sort([INT, INT], REAL))
P, Q = var("p", REAL), var("q", REAL)
N = 24
ROW = b.below(b.integer(N))
ORDERS: dict[str, tuple[Order, int]] = {
    "forward": (forward, N - 1),
    "backward": (backward, N - 1),
    "shuffled": (shuffled, N - 1),
    "by halves": (by_halves, math.ceil(math.log2(N))),
}


def q(text: str) -> Term:
    return b.rational(Fraction(text))


def real(t: Term, **values: Any) -> float:
    """The value in float64."""
    (out,) = evaluate([t], Env(values=values), Mode.SCREEN)
    assert isinstance(out, Arr)
    return float(out.data)


def exact(t: Term, **values: Any) -> Fraction:
    (out,) = evaluate([t], Env(values=values))
    assert isinstance(out, Arr) and out.und is None
    element: Any = out.data[()]
    return Fraction(int(element.p), int(element.q))


def total(body: Callable[[Term], Term]) -> Term:
    return b.big("sum", ROW, body)


def dot() -> Term:
    return total(lambda k: b.mul(b.at(X, k), b.at(Y, k)))


def matrix_vector() -> Term:
    image = b.lam(ROW, lambda i: total(lambda k: b.mul(b.at(A, i, k), b.at(X, k))))
    return total(lambda i: b.mul(b.at(image, i), b.at(image, b.sub(b.integer(N - 1), i))))


def exponentials() -> Term:
    top = b.big("bigmax", ROW, lambda k: b.at(X, k))
    return b.lam(ROW, lambda i: b.apply("exp", b.sub(b.at(X, i), top)))


def softmax() -> Term:
    e = exponentials()
    return b.div(b.at(e, b.integer(3)), total(lambda k: b.at(e, k)))


def log_sum_exp() -> Term:
    top = b.big("bigmax", ROW, lambda k: b.at(X, k))
    return b.add(top, b.apply("log", total(lambda k: b.at(exponentials(), k))))


def layer_norm() -> Term:
    n = b.cast(b.integer(N), REAL)
    mean = b.div(total(lambda k: b.at(X, k)), n)
    centred = b.lam(ROW, lambda k: b.sub(b.at(X, k), mean))
    variance = b.div(total(lambda k: b.power(b.at(centred, k), 2)), n)
    return b.mul(b.div(b.at(centred, b.ZERO), b.sqrt(b.add(variance, q("1/1000")))), P)


def polynomial() -> Term:
    value = b.at(X, b.ZERO)
    for k in range(1, N):
        value = b.add(b.mul(value, P), b.at(X, b.integer(k)))
    return value


def chain() -> Term:
    def step(t: Term) -> Term:
        return b.sqrt(b.add(b.apply("log", b.add(b.apply("exp", t), q("1"))), b.apply("tanh", b.div(t, q("3")))))

    return step(step(step(b.absolute(P))))


def guarded() -> Term:
    shifted = b.let(b.mul(P, Q), lambda t: b.add(b.mul(t, t), b.rational(1)))
    ratio = b.ite(b.lt(P, Q), b.div(P, shifted), b.require(b.le(Q, P), b.minimum(b.div(shifted, P), shifted)))
    return b.add(ratio, b.big("prod", b.below(b.integer(5)), lambda k: b.add(b.at(X, k), P), lambda k: b.lt(b.ZERO, k)))


PROGRAMS: Mapping[str, Callable[[], Term]] = {
    f.__name__: f for f in (dot, matrix_vector, softmax, log_sum_exp, layer_norm, polynomial, chain, guarded)
}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_error_of_programs_is_below(name: str, order: str) -> None:
    t = PROGRAMS[name]()
    bound = running_error(t)
    assert set(free_vars(bound)) <= set(free_vars(t)) and not bound.loose
    summation, depth = ORDERS[order]
    rng = np.random.default_rng(11)
    closest = 0.0
    for _ in range(12):
        draw = {"x": N, "y": N, "a": (N, N), "p": (), "q": ()}
        values = {v: rng.normal(size=shape).astype(np.float32).tolist() for v, shape in draw.items()}
        values["p"] = abs(values["p"]) + 0.5 if name == "guarded" else values["p"]
        error = abs(Program(values, summation)(t) - real(t, **values))
        allowed = U * real(bound, **values)
        assert error <= depth * allowed * 1.001
        closest = max(closest, error / allowed)
    assert closest > 0.005


def test_members_out_of_reach_do_not_count_in_an_extremum() -> None:
    """A mask's huge fill is rounded by more than all the rest together, and is never the maximum."""

    def member(k: Term) -> Term:
        return b.mul(b.at(X, k), b.rational(1))

    greatest, least = (running_error(b.big(op, ROW, member)) for op in ("bigmax", "bigmin"))
    values = [Fraction(k) for k in range(1, N)] + [Fraction(-(10**38))]
    assert exact(greatest, x=values) == N - 1
    assert exact(least, x=values) == 10**38


def test_cancellation_is_seen() -> None:
    t = b.sub(b.add(P, b.rational(1)), P)
    bound = running_error(t)
    closest = 0.0
    for p in [3.0**k for k in range(12)] + [k / 7 for k in range(1, 40)]:
        p = rounded(p)
        error, allowed = abs(Program({"p": p})(t) - 1), U * real(bound, p=p)
        assert error <= allowed
        closest = max(closest, error / allowed)
        assert allowed == pytest.approx(U * (p + 2))
    assert closest > 0.4


def test_known_errors() -> None:
    values = {"x": [3] * N, "y": [-2] * N, "p": 4, "q": Fraction(1, 2)}
    assert exact(running_error(dot()), **values) == 2 * N * 6
    assert exact(magnitude(dot()), **values) == 3 * N * 6
    assert exact(running_error(b.sqrt(b.mul(P, P))), **values) == Fraction(3, 2) * 4
    assert exact(running_error(b.div(b.add(P, Q), Q)), **values) == 9 + 9
    assert exact(running_error(b.mul(b.sub(P, Q), b.sub(Q, P))), **values) == 3 * Fraction(7, 2) ** 2
    assert exact(running_error(b.power(b.neg(P), 3)), **values) == 2 * 64
    assert exact(running_error(b.power(b.sub(Q, P), 2)), **values) == 3 * Fraction(7, 2) ** 2
    assert exact(running_error(b.neg(b.absolute(b.sub(Q, P)))), **values) == Fraction(7, 2)
    assert exact(running_error(b.minimum(b.mul(P, P), b.add(Q, Q))), **values) == 1
    assert exact(running_error(b.maximum(b.mul(P, P), b.add(Q, Q))), **values) == 16
    near = b.add(b.mul(P, P), b.rational(Fraction(1, 100)))  # may be the smaller one too, once it is rounded
    assert exact(running_error(b.minimum(b.mul(P, P), near)), **values) == 16 + 16 + Fraction(1, 100)
    f = var("f", FLOAT32)
    assert exact(running_error(b.fma(b.add(f, f), f, b.mul(f, f))), f=2) == 4 * 2 + 4 + 12
    assert exact(running_error(b.maximum(b.mul(P, Q), b.add(P, P))), **values) == 8
    assert exact(running_error(b.big("prod", ROW, lambda k: b.at(Y, k))), **values) == N * 2**N
    assert running_error(b.neg(b.absolute(P))) is b.rational(0)
    assert running_error(b.cast(b.integer(7), REAL)) is b.rational(0)
    assert exact(running_error(b.cast(var("n", INT), REAL)), n=-257) == 257
    assert exact(running_error(b.cast(var("n", INT), REAL)), n=-256) == 0  # a value of every format


def test_products_with_a_factor_of_zero() -> None:
    t = b.big("prod", b.below(b.integer(3)), lambda k: b.sub(b.add(b.at(X, k), b.rational(1)), b.at(Y, k)))
    x, y = [2, 4, 9], [3, 1, 5]  # factors 0, 4, 5 with errors 3, 9, 15
    assert exact(running_error(t), x=x, y=y) == 3 * 4 * 5
    z = var("z", s.fn(s.index_map("C"), REAL))
    grouped = b.big("prod", b.box(var("n", s.index_map("C"))), lambda i: b.add(b.at(z, i), b.rational(1)))
    env = Env({"C": 2}, {"z": [[-1, 1], [2, 3]], "n": (2, 2)})
    (out,) = evaluate([running_error(grouped)], env, Mode.SCREEN)
    assert isinstance(out, Arr) and float(out.data) == 0
    nested = b.big("prod", b.box(var("n", s.index_map("C"))), lambda i: b.sub(b.add(b.at(z, i), P), P))
    (out,) = evaluate(
        [running_error(nested)], Env({"C": 2}, {**env.values, "p": 1, "z": [[0, 1], [2, 3]]}), Mode.SCREEN
    )
    assert isinstance(out, Arr) and float(out.data) == 1 * 2 * 3


@pytest.mark.parametrize("name", sorted(b.FUNCTIONS))
@pytest.mark.parametrize("point", [0.3, 0.8, -0.6, 1.7])
def test_derivatives(name: str, point: float) -> None:
    t = b.apply(name, P)
    if decide(defined(t, {}), Env(values={"p": Fraction(point)})) is not True:
        return
    f: Callable[[float], float] = getattr(math, name)
    slope = abs(f(point * (1 + 1e-6)) - f(point * (1 - 1e-6))) / 2e-6
    found = real(running_error(t, exact=()), p=point)
    assert slope + abs(f(point)) <= found * (1 + 1e-8) + 1e-8
    assert found == pytest.approx(slope + abs(f(point)), rel=2e-3)


def test_exact_leaves() -> None:
    t = b.add(b.at(X, b.ONE), b.mul(P, q("1/10")))
    values = {"x": [0, 8], "p": -20}
    assert exact(running_error(t, {X, P, q("1/10")}), **values) == 6 + 2
    assert exact(running_error(t, {X, P}), **values) == 6 + 4
    assert exact(running_error(t, {P}), **values) == 6 + 4 + 8
    assert exact(running_error(t, ()), **values) == 6 + 6 + 8
    pair = var("pair", s.tuple_sort((("m", REAL), ("i", INT))))
    assert running_error(b.proj(pair, "m"), {pair}) is b.rational(0)
    assert running_error(b.proj(pair, "m"), ()) is b.absolute(b.proj(pair, "m"))


def test_tuples_and_choices_of_tensors() -> None:
    def made(x: Term, k: int) -> Term:
        return b.record([("m", b.lam(ROW, lambda i: b.mul(b.at(x, i), P))), ("c", b.integer(k)), ("z", P)])

    both = b.ite(b.lt(P, Q), made(X, 1), made(Y, 2))
    read = b.at(b.proj(both, "m"), b.ZERO)
    values = {"x": [3] * N, "y": [5] * N, "p": 2}
    assert exact(running_error(read), q=3, **values) == 6
    assert exact(running_error(read), q=1, **values) == 10
    assert exact(running_error(b.proj(both, "z")), q=1, **values) == 0
    one_sided = b.at(b.ite(b.lt(P, Q), X, b.lam(ROW, lambda i: b.add(b.at(Y, i), P))), b.ONE)
    assert exact(running_error(one_sided), q=3, **values) == 0
    assert exact(running_error(one_sided), q=1, **values) == 7
    assert exact(running_error(b.proj(made(X, 1), "z")), q=1, **values) == 0


def test_functions_of_numbers() -> None:
    f = var("f", s.fn(REAL, REAL))
    assert running_error(b.at(f, P)) is b.absolute(b.at(f, P))
    with pytest.raises(Unsupported):
        running_error(b.at(f, b.add(P, P)))
    square = b.lam(b.everything(REAL), lambda x: b.mul(x, x))
    assert exact(running_error(b.at(square, b.add(P, P))), p=2) == 16 + 2 * 16


def test_masked_softmax_over_the_extended_reals() -> None:
    scores = b.lam(ROW, lambda k: b.ite(b.lt(b.at(X, k), b.rational(0)), b.ereal("-inf"), b.cast(b.at(X, k), EREAL)))
    top = b.big("bigmax", ROW, lambda k: b.at(scores, k))
    weights = b.lam(ROW, lambda k: b.apply("exp", b.sub(b.at(scores, k), top)))
    share = b.cast(b.div(b.at(weights, b.ZERO), total(lambda k: b.at(weights, k))), REAL)
    values = {"x": [1 if k < 4 else -1 for k in range(N)]}
    # each weight is exp(0) = 1, with one rounding; the sum 4 of them with 4 more; the quotient 1/4
    assert real(running_error(share), **values) == pytest.approx((1 + 8 / 4) / 4 + 1 / 4)
    assert decide(defined(running_error(share), {"x": (ROW,)}), Env(values=values)) is True
    nothing = b.big("bigmax", b.below(b.ZERO), lambda k: b.cast(b.add(b.at(X, k), P), EREAL))
    assert real(running_error(nothing), p=1, **values) == 0


def test_defined_where_the_term_is() -> None:
    singular = [
        b.sqrt(b.sub(P, P)),
        b.apply("acos", b.mul(P, P)),
        b.apply("acosh", b.mul(P, P)),
        b.ite(b.eq(Q, b.rational(0)), P, b.div(P, Q)),
        b.ite(b.lt(b.rational(0), Q), b.apply("log", b.mul(Q, P)), P),
    ]
    env = Env(values={"p": 1, "q": 0})
    for t in singular:
        assert decide(defined(t, {}), env) is True
        assert decide(defined(running_error(t), {}), env) is True
    assert decide(defined(running_error(b.require(b.lt(P, Q), b.add(P, Q))), {}), env) is False


def float_terms(rng: random.Random, fmt: s.FloatSort, depth: int) -> Term:
    """A term whose values stay near 1 and whose decisions do not depend on rounding."""
    if depth == 0:
        return (
            b.float_bits(encode(rng.randint(3, 9), 4, fmt), fmt) if rng.random() < 0.3 else var(rng.choice("pq"), fmt)
        )

    def sub() -> Term:
        return float_terms(rng, fmt, depth - 1)

    def rooted() -> Term:
        x = sub()
        return b.sqrt(b.add(b.mul(x, x), b.float_bits(encode(1, 2, fmt), fmt)))

    p, q = var("p", fmt), var("q", fmt)
    choices: list[Callable[[], Term]] = [
        rooted,
        lambda: b.add(sub(), sub()),
        lambda: b.sub(b.neg(sub()), sub()),
        lambda: b.div(sub(), b.add(b.absolute(sub()), b.float_bits(encode(1, 1, fmt), fmt))),
        lambda: b.fma(b.minimum(sub(), p), b.float_bits(encode(1, 3, fmt), fmt), sub()),
        lambda: b.maximum(sub(), sub()),
        lambda: b.ite(b.lt(p, q), sub(), b.require(b.float_test("isfinite", p), sub())),
    ]
    return rng.choice(choices)()


@pytest.mark.parametrize("fmt", [FLOAT32, FLOAT64], ids=lambda f: f.text)
def test_random_float_terms(fmt: s.FloatSort) -> None:
    rng = random.Random(5)
    worst = 0.0
    for _ in range(150):
        t = float_terms(rng, fmt, 4)
        values = {name: python_float(encode(rng.randint(-4000, 4000), 1701, fmt), fmt) for name in "pq"}
        (out,) = evaluate([t], Env(values=values))
        assert isinstance(out, Arr)
        rational = {name: Fraction(v) for name, v in values.items()}
        claim = b.le(
            b.absolute(b.sub(b.rational(Fraction(float(out.data))), over_reals(t))),
            b.mul(b.rational(Fraction(1001, 1000) / 2**fmt.significand), running_error(t)),
        )
        assert decide(claim, Env(values=rational)) is True, t
        error = abs(Fraction(float(out.data)) - Fraction(real(over_reals(t), **rational)))
        if fmt is FLOAT32:
            worst = max(worst, float(error) / (U * real(running_error(t), **rational) + 1e-30))
    assert fmt is FLOAT64 or worst > 0.3


def test_formats() -> None:
    f, h = var("f", FLOAT32), var("h", BFLOAT16)
    narrowed = b.cast(b.add(f, f), FLOAT16)
    assert over_reals(narrowed) is b.add(var("f", REAL), var("f", REAL))
    assert exact(running_error(narrowed), f=-3) == 12
    assert running_error(b.cast(h, FLOAT32)) is b.rational(0)
    assert exact(running_error(b.cast(P, FLOAT32)), p=-3) == 3
    assert exact(running_error(b.round_real(b.add(P, P), FLOAT16)), p=3) == 12
    assert over_reals(b.round_real(P, FLOAT16)) is P
    w = var("w", s.bits(16))
    assert exact(running_error(b.cast(w, FLOAT16)), w=65536 - 300) == 300
    assert exact(over_reals(b.cast(w, FLOAT16)), w=65536 - 300) == -300


@pytest.mark.parametrize("mode", b.ROUNDINGS)
def test_integral_values_over_the_reals(mode: str) -> None:
    t = b.round_float(mode, b.mul(var("f", FLOAT32), b.float_bits(encode(1, 1, FLOAT32), FLOAT32)))
    python = {"floor": math.floor, "ceil": math.ceil, "trunc": math.trunc, "even": round}[mode]
    for k in range(-14, 15):
        assert exact(over_reals(t), f=Fraction(k, 4)) == python(Fraction(k, 4))
    assert running_error(t) is b.rational(0)


def test_tests_and_conversions_over_the_reals() -> None:
    f, w = var("f", FLOAT16), s.bits(8)
    for value, name in product((-3, 0, 5, Fraction(1, 10**6)), sorted(b.FLOAT_TESTS)):
        tiny = 0 < value < Fraction(1, 2**14)
        want = {"isfinite": True, "iszero": value == 0, "isneg": value < 0, "issubnormal": tiny}
        want["isnormal"] = value != 0 and not tiny
        assert decide(over_reals(b.float_test(name, f)), Env(values={"f": value})) is want.get(name, False)
    for value, fits, cut in [("-257/2", True, 128), ("-130", False, None), ("255/2", True, 127), ("-7/2", True, 253)]:
        env = Env(values={"f": Fraction(value)})
        assert decide(over_reals(b.fits(f, w)), env) is fits
        if cut is not None:
            assert decide(b.eq(over_reals(b.cast(f, w)), b.bit_vector(cut, w)), env) is True


def test_what_has_no_value_over_the_reals() -> None:
    f = var("f", FLOAT32)
    for bits in (0x7F800000, 0xFF800000, 0x7FC00000):
        with pytest.raises(Unsupported):
            over_reals(b.add(f, b.float_bits(bits, FLOAT32)))
    assert over_reals(b.float_bits(0x80000000, FLOAT32)) is b.rational(0)
    with pytest.raises(Unsupported):
        over_reals(b.big("forall", b.everything(FLOAT32), lambda x: b.le(x, f)))
    for t in (b.integer(1), b.TRUE, X, var("r", s.elem("R", "ring"))):
        with pytest.raises(Unsupported):
            running_error(t)


@pytest.mark.parametrize("name", PROGRAMS)
def test_over_reals_leaves_reals_alone(name: str) -> None:
    t = PROGRAMS[name]()
    again = over_reals(t)
    assert again is t or name == "guarded"  # which has a let
    assert over_reals(again) is again


def test_sums_of_floats_are_sums_of_reals() -> None:
    x = var("x", s.fn(INT, FLOAT32))
    t = b.big("sum", ROW, lambda k: b.at(x, k))
    assert over_reals(t) is total(lambda k: b.at(X, k))
    assert running_error(t) is total(lambda k: b.absolute(b.at(X, k)))


def test_depth_and_sharing() -> None:
    t = P
    for _ in range(50_000):
        t = b.neg(b.add(t, b.rational(1)))
    assert size(running_error(t)) < 10 * size(t)
    t = P
    for _ in range(60):
        t = b.add(b.mul(t, t), t)
    assert size(running_error(t)) < 12 * size(t)
    f = X
    for _ in range(40):
        f = b.lam(ROW, lambda i, f=f: b.add(b.at(f, i), b.mul(b.at(f, b.sub(b.integer(N - 1), i)), P)))
    read = b.at(f, b.ONE)
    assert size(running_error(read)) < 12 * size(read)
    assert real(running_error(read), x=[2.0**-40] * N, p=0.5) > 0

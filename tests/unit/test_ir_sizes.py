"""Sizes: what is said of them holds for all values of the symbols, and folding never changes a value."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from graph_samples import SYMBOLS, sizes
from hypothesis import assume, given
from hypothesis import strategies as st
from plain_eval import Evaluator, Undefined

from probanda.ir import dims
from probanda.ir.dims import Shape
from probanda.ir.elements import fold
from probanda.ir.errors import WrongShape
from probanda.theories.terms import build as b
from probanda.theories.terms.term import Term

n, m, one = dims.size("n"), dims.size("m"), dims.size(1)
SIZES = st.fixed_dictionaries({s: st.integers(1, 9) for s in SYMBOLS})
SIZE = sizes(2)


def integer(k: int) -> Term:
    return b.integer(k)


def value(t: Term, at: dict[str, int]) -> int:
    """The value of a size at ``at``; the example does not count where it is undefined."""
    try:
        return int(Evaluator(at, strict=True)(t))
    except Undefined:
        assume(False)
        raise


@given(SIZE, SIZES)
def test_evaluate(t: Term, at: dict[str, int]) -> None:
    expected = value(t, at)
    assert dims.evaluate(t, at) == expected


def test_no_value() -> None:
    with pytest.raises(WrongShape):
        dims.evaluate(b.idiv(n, b.sub(m, m)), {"n": 1, "m": 1})


@given(SIZE, SIZE, SIZES)
def test_signs_and_orders_hold(a: Term, c: Term, at: dict[str, int]) -> None:
    x, y = value(a, at), value(c, at)
    for t, v in ((a, x), (b.sub(a, c), x - y), (b.sub(b.mul(a, a), c), x * x - y)):
        assert dims.sign(t) in (None, (v > 0) - (v < 0))
        assert not dims.at_least(t, 2) or v >= 2
    assert dims.equal(a, c) in (None, x == y)
    assert value(dims.larger(a, c), at) == max(x, y)
    assert value(dims.smaller(a, c), at) == min(x, y)
    assert value(dims.product([a, c, a]), at) == x * y * x


@given(SIZE, SIZE, SIZES)
def test_quotients_are_exact(a: Term, c: Term, at: dict[str, int]) -> None:
    for numerator in (a, dims.size(b.mul(a, c))):
        quotient = dims.divide(numerator, c)
        if quotient is not None:
            assert value(quotient, at) * value(c, at) == value(numerator, at)


@pytest.mark.parametrize(
    ("t", "sign"),
    [
        (integer(0), 0),
        (b.sub(n, n), 0),
        (n, 1),
        (b.sub(n, one), None),
        (b.add(b.sub(n, one), one), 1),
        (b.sub(b.mul(n, m), b.add(n, m)), None),
        (b.sub(b.mul(integer(2), b.mul(n, m)), n), 1),
        (b.sub(integer(0), n), -1),
        (b.sub(n, m), None),
        (b.idiv(n, integer(2)), None),
    ],
)
def test_sign(t: Term, sign: int | None) -> None:
    assert dims.sign(t) == sign


def test_equal() -> None:
    assert dims.equal(b.mul(b.add(n, one), m), b.add(m, b.mul(m, n))) is True
    assert dims.equal(n, b.add(n, m)) is False
    assert dims.equal(n, one) is None
    assert dims.equal(n, integer(0)) is False


@pytest.mark.parametrize(
    ("a", "c", "quotient"),
    [
        (b.mul(integer(6), n), integer(4), None),
        (b.mul(integer(6), n), integer(-3), b.mul(integer(-2), n)),
        (b.add(b.mul(n, m), n), n, b.add(m, one)),
        (b.add(b.mul(n, m), one), n, None),
        (n, b.mul(n, n), None),
        (integer(0), n, integer(0)),
        (b.add(n, one), b.add(one, n), one),
        (b.add(n, one), b.add(n, m), None),
        (n, integer(0), None),
    ],
)
def test_divide(a: Term, c: Term, quotient: Term | None) -> None:
    assert dims.divide(dims.size(a), dims.size(c)) is (None if quotient is None else dims.size(quotient))


# -- broadcasting --


@pytest.mark.parametrize(
    ("shapes", "result"),
    [
        ([], ()),
        ([(), (3,)], (3,)),
        ([(1, 4), (3, 1)], (3, 4)),
        ([("n", 1), (5,)], ("n", 5)),
        ([("n",), ("n",), (1,)], ("n",)),
        ([(0,), (1,)], (0,)),
        ([(1,), (1, 1)], (1, 1)),
        ([("n",), (2,)], None),
        ([("n",), ("m",)], None),
        ([(2,), (3,)], None),
        ([(0,), (2,)], None),
    ],
)
def test_broadcast(shapes: list[tuple[int | str, ...]], result: tuple[int | str, ...] | None) -> None:
    given_shapes: list[Shape] = [dims.shape(*s) for s in shapes]
    if result is not None:
        assert dims.broadcast(given_shapes) == dims.shape(*result)
        return
    with pytest.raises(WrongShape):
        dims.broadcast(given_shapes)


@given(
    st.lists(st.lists(st.sampled_from([1, 1, 2, 3, "n", "m"]), max_size=4).map(tuple), min_size=1, max_size=3), SIZES
)
def test_broadcast_is_numpys(shapes: list[tuple[int | str, ...]], at: dict[str, int]) -> None:
    import numpy as np

    at = {**at, "m": 3}
    try:
        found = dims.broadcast([dims.shape(*s) for s in shapes])
    except WrongShape:
        return
    concrete = [tuple(at[d] if isinstance(d, str) else d for d in s) for s in shapes]
    assert tuple(value(d, at) for d in found) == np.broadcast_shapes(*concrete)


def test_literals_and_symbols() -> None:
    shape = dims.shape(3, "n", b.add(m, one))
    assert dims.literals(shape) is None and dims.literals(shape[:1]) == (3,)
    assert list(dims.symbols(shape)) == ["n", "m"]
    assert dims.evaluate(shape[2], {"m": 4}) == 5
    with pytest.raises(KeyError):
        dims.evaluate(shape[2], {"n": 4})


# -- folding --

_INT: list[Callable[..., Term]] = [b.add, b.sub, b.mul, b.idiv, b.imod, b.minimum, b.maximum]


def random_term(r: random.Random, depth: int, build: Callable[[Term], Term]) -> Term:
    """A random integer term, each node passed through ``build``."""
    if depth == 0 or r.random() < 0.2:
        return r.choice([n, m, *map(integer, (-2, -1, 0, 1, 1, 3))])
    kind = r.random()
    x, y = (random_term(r, depth - 1, build) for _ in range(2))
    if kind < 0.7:
        return build(r.choice(_INT)(x, y))
    if kind < 0.8:
        return build(r.choice([b.neg(x), b.absolute(x), b.power(x, r.randrange(4))]))
    return build(b.ite(random_condition(r, depth - 1, build), x, y))


def random_condition(r: random.Random, depth: int, build: Callable[[Term], Term]) -> Term:
    if depth <= 0 or r.random() < 0.5:
        x, y = (random_term(r, max(depth, 0), build) for _ in range(2))
        return build(r.choice([b.lt, b.le, b.eq])(x, r.choice([x, y])))
    p, q = (random_condition(r, depth - 1, build) for _ in range(2))
    return build(r.choice([lambda: b.conj(p, q), lambda: b.disj(p, q, p), lambda: b.negate(p), lambda: b.eq(p, q)])())


def as_it_is(t: Term) -> Term:
    return t


@pytest.mark.parametrize("seed", range(400))
def test_folding_never_changes_a_value(seed: int) -> None:
    make: Any = random_term if seed % 2 else random_condition
    plain = make(random.Random(seed), 4, as_it_is)
    folded = make(random.Random(seed), 4, fold)
    for at in ({"n": 1, "m": 1}, {"n": 5, "m": 2}):
        try:
            expected = Evaluator(at, strict=True)(plain)
        except Undefined:
            continue
        assert Evaluator(at, strict=True)(folded) == expected


@pytest.mark.parametrize(
    ("t", "folded"),
    [
        (b.add(integer(2), integer(3)), integer(5)),
        (b.idiv(integer(-7), integer(2)), integer(-4)),
        (b.imod(integer(-7), integer(2)), one),
        (b.idiv(n, one), n),
        (b.imod(n, one), b.ZERO),
        (b.mul(n, b.ZERO), b.ZERO),
        (b.le(n, n), b.TRUE),
        (b.conj(b.lt(n, m), b.TRUE), b.lt(n, m)),
        (b.disj(b.lt(n, m), b.TRUE), b.TRUE),
        (b.ite(b.lt(one, integer(2)), n, m), n),
        (b.idiv(one, b.ZERO), b.idiv(one, b.ZERO)),
        (b.rational(Fraction(1, 2)), b.rational(Fraction(1, 2))),
    ],
)
def test_fold(t: Term, folded: Term) -> None:
    assert fold(t) is folded

"""Decisions on numbers that carry errors: undecided where they may turn, and what is called decided does not."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from probanda.encoders.arrays import Env, Mode, decide, evaluate
from probanda.encoders.arrays.values import Arr
from probanda.ir.dtypes import FLOAT, Reading
from probanda.ir.elements import Elem
from probanda.theories.errors import Unsupported
from probanda.theories.running_error import HUGE, ROUNDOFF, Part, propagated
from probanda.theories.terms import build as b
from probanda.theories.terms import sorts as s
from probanda.theories.terms.binders import var
from probanda.theories.terms.sorts import BOOL, EREAL, FLOAT16, INT, REAL
from probanda.theories.terms.term import Term, size

UNIT = Fraction(1, 1024)
P, Q, DP, DQ = (var(name, REAL) for name in ("p", "q", "dp", "dq"))
X, DX = (var(name, s.fn(INT, REAL)) for name in ("x", "dx"))
K, DK = var("k", INT), var("dk", BOOL)
ERRORS = {P: DP, Q: DQ, X: DX, K: DK}
N = 4
ROW = b.below(b.integer(N))
ZERO = b.rational(0)
EXACT = {"dp": 0, "dq": 0, "dx": [0] * N, "dk": False, "p": 3, "q": 7, "x": [1, 2, 3, 4], "k": 2}


def found(t: Term) -> Part:
    return propagated(t, ERRORS, UNIT)


def undecided(t: Term, **values: Any) -> bool:
    error = found(t).error
    assert error is not None and error.sort is BOOL
    return decide(error, Env(values={**EXACT, **values})) is True


def rational(element: Any) -> Fraction:
    """An exact element of an evaluation; a Boolean as 0 or 1."""
    return Fraction(int(getattr(element, "p", element)), int(getattr(element, "q", 1)))


def number(t: Term, **values: Any) -> Fraction:
    """The error of a number, as a number."""
    error = found(t).error
    assert error is not None
    (out,) = evaluate([error], Env(values={**EXACT, **values}))
    assert isinstance(out, Arr)
    return rational(out.data[()]) * UNIT


def known(t: Term, **values: Any) -> bool:
    return number(t, **values) < 2**200


def tilted(k: int) -> Fraction:
    """So many units of error."""
    return Fraction(k) * UNIT


def test_comparisons() -> None:
    for t in (b.lt(P, Q), b.le(P, Q), b.eq(P, Q), b.program_eq(Q, P)):
        assert undecided(t, p=7, dp=1) and undecided(t, p=7 - tilted(3), dp=1, dq=2)
        assert not undecided(t, p=7) and not undecided(t, p=7 - tilted(4), dp=1, dq=2)
    assert propagated(b.lt(P, Q), {}, UNIT).error is None
    assert found(b.lt(P, P)).error is None
    e, f = b.cast(P, EREAL), b.ereal("inf")
    assert not undecided(b.lt(e, f), dp=9) and not undecided(b.eq(b.ite(b.lt(ZERO, Q), f, e), f), dp=9)


def test_a_number_and_itself_at_another_place() -> None:
    i = var("i", INT)
    t = b.lt(b.add(b.at(X, i), P), b.add(b.at(X, K), P))
    error = propagated(t, {X: DX, P: DP}, UNIT).error
    assert error is not None
    values = {**EXACT, "x": [5, 5, 6, 7], "dx": [1] * N}
    for i, k, wanted in ((0, 0, False), (0, 1, True), (0, 2, False)):
        assert decide(error, Env(values={**values, "i": i, "k": k})) is wanted


def test_connectives_are_settled_by_decided_operands() -> None:
    near, no, yes = b.lt(P, Q), b.lt(b.integer(5), K), b.lt(K, b.integer(5))
    tie = {"p": 7, "dp": 1}
    assert undecided(b.conj(near, yes), **tie) and not undecided(b.conj(near, no), **tie)
    assert undecided(b.disj(no, near), **tie) and not undecided(b.disj(yes, near), **tie)
    assert undecided(b.implies(near, no), **tie) and not undecided(b.implies(near, yes), **tie)
    assert not undecided(b.implies(no, near), **tie)
    assert undecided(b.negate(near), **tie)
    assert not undecided(b.conj(near, b.lt(P, b.rational(2))), **tie)
    assert undecided(b.conj(near, yes), **tie, dk=True)


def test_choices_of_integers_and_booleans() -> None:
    near = b.lt(P, Q)
    tie = {"p": 7, "dp": 1}
    assert undecided(b.ite(near, K, b.ONE), **tie) and not undecided(b.ite(near, K, b.integer(2)), **tie)
    assert undecided(b.ite(near, K, b.integer(2)), **tie, dk=True)
    assert undecided(b.ite(b.lt(K, b.ONE), near, b.TRUE), **tie) is False
    assert undecided(b.add(K, b.ONE), dk=True) and undecided(b.eq(K, b.ONE), dk=True)


def test_choices_of_numbers_are_off_by_their_distance() -> None:
    tie = {"p": 7, "dp": 1}
    t = b.ite(b.lt(P, Q), P, b.rational(20))
    assert number(t, **tie) == 13 + UNIT
    assert number(t, p=3, dp=1) == UNIT and number(t, p=8, dp=1) == 0
    relu = b.ite(b.lt(ZERO, P), P, ZERO)
    assert number(relu, p=UNIT / 2, dp=1) == UNIT / 2 + UNIT
    assert number(relu, p=3, dp=1) == UNIT and number(relu, p=-3, dp=1) == 0
    assert found(b.ite(b.lt(ZERO, K_REAL), ZERO, P)).coarse and not found(b.maximum(P, ZERO)).coarse
    infinite = b.ite(b.lt(P, Q), b.cast(P, EREAL), b.ereal("-inf"))
    assert not known(infinite, **tie) and known(infinite, p=3, dp=1)


K_REAL = b.cast(K, REAL)


def elem(t: Term) -> Elem:
    return Elem(t, FLOAT, Reading.REAL)


@pytest.mark.parametrize("mode", b.ROUNDINGS)
def test_roundings(mode: str) -> None:
    python = {"floor": math.floor, "ceil": math.ceil, "trunc": math.trunc, "even": round}[mode]
    whole = elem(P).integral(mode).term
    integer, as_float = whole.args[0], b.round_float(mode, var("p", FLOAT16))
    at_float = propagated(as_float, {var("p", FLOAT16): DP}, UNIT).error
    assert at_float is not None
    for p in [Fraction(k, 4) + d for k in range(-10, 11) for d in (0, tilted(1), -tilted(1))]:
        wide = python(p - tilted(1)) != python(p + tilted(1))
        assert undecided(integer, p=p, dp=1) is wide and not undecided(integer, p=p)
        assert number(whole, p=p, dp=1) == int(wide)
        (out,) = evaluate([at_float], Env(values={**EXACT, "p": p, "dp": 1}))
        assert isinstance(out, Arr) and (float(out.data) > 0) is wide


def test_tests_of_floats() -> None:
    f = var("p", FLOAT16)

    def turns(t: Term, p: Fraction | int) -> bool:
        error = propagated(t, {f: DP}, UNIT).error
        assert error is not None
        return decide(error, Env(values={**EXACT, "p": p, "dp": 1})) is True

    assert turns(b.float_test("iszero", f), UNIT / 2) and not turns(b.float_test("iszero", f), 1)
    assert turns(b.float_test("isneg", f), 0) and not turns(b.float_test("isneg", f), -1)
    assert turns(b.float_test("isnormal", f), UNIT) and not turns(b.float_test("issubnormal", f), 1)
    assert propagated(b.float_test("isnan", f), {f: DP}, UNIT).error is None
    w = s.bits(8)
    assert turns(b.cast(f, w), 3) and not turns(b.cast(f, w), Fraction(7, 2))
    assert turns(b.fits(f, w), 128) and turns(b.fits(f, w), -129) and not turns(b.fits(f, w), 5)


def test_quantifiers_and_counts() -> None:
    def positive(k: Term) -> Term:
        return b.lt(ZERO, b.at(X, k))

    one_near = {"x": [-5, 0, -5, -5], "dx": [1] * N}
    settled = {"x": [-5, 0, 5, -5], "dx": [1] * N}
    some, every = b.big("exists", ROW, positive), b.big("forall", ROW, positive)
    assert undecided(some, **one_near) and not undecided(some, **settled)
    assert not undecided(every, **one_near) and undecided(every, x=[5, 0, 5, 5], dx=[1] * N)
    assert undecided(b.big("count", ROW, positive), **settled)
    assert not undecided(b.big("count", ROW, positive), x=[5, 3, 5, -5], dx=[1] * N)
    for op in ("exists", "count"):
        filtered = b.big(op, ROW, lambda k: b.lt(k, b.ONE), positive)
        assert undecided(filtered, x=[0, 0, 0, 0], dx=[1] * N)
        assert not undecided(filtered, x=[-1, 0, 0, 0], dx=[1] * N)
    bounded = b.big("count", b.below(K), lambda k: b.lt(k, b.ONE))
    assert undecided(bounded, dk=True) and not undecided(bounded)


def test_places_of_extrema() -> None:
    largest = b.big("bigmax", ROW, lambda k: b.at(X, k))
    first = b.big("bigmin", ROW, lambda k: k, lambda k: b.eq(b.at(X, k), largest))
    last = b.big("bigmax", ROW, lambda k: k, lambda k: b.eq(b.at(X, k), largest))
    for t in (first, last):
        assert not undecided(t, x=[1, 9, 2, 3], dx=[1] * N)
        assert undecided(t, x=[1, 9, 9 - UNIT, 3], dx=[1] * N) and not undecided(t, x=[1, 9, 9, 3])


def test_sums_and_extrema_with_undecided_members() -> None:
    def near(k: Term) -> Term:
        return b.lt(b.at(X, k), P)

    total = b.big("sum", ROW, lambda k: b.cast(k, REAL), near)
    assert number(total, x=[1, 2, 3, 9], dx=[0, 0, 1, 0]) == 2 + UNIT
    assert number(total, x=[1, 2, 4, 9], dx=[0, 0, 1, 0]) == UNIT
    for op in ("bigmax", "prod"):
        t = b.big(op, ROW, lambda k: b.at(X, k), near)
        assert not known(t, x=[1, 2, 3, 9], dx=[0, 0, 1, 0]) and known(t, x=[1, 2, 4, 9], dx=[0, 0, 1, 0])


def test_reads() -> None:
    read, flag = b.at(X, K), b.lt(ZERO, b.at(X, K))
    assert not known(read, dk=True) and number(read, dx=[0, 0, 5, 0]) == 5 * UNIT
    assert undecided(flag, dk=True) and not undecided(flag)
    rows = b.lam(ROW, lambda i: b.lam(ROW, lambda j: b.mul(b.at(X, i), b.at(X, j))))
    row = b.at(rows, K)
    assert not known(b.at(row, b.ONE), dk=True)
    assert known(b.at(row, b.ONE), dx=[1] * N) and not known(b.at(b.lam(ROW, lambda j: b.at(row, j)), b.ONE), dk=True)
    chosen = b.at(b.ite(b.lt(P, Q), X, b.lam(ROW, lambda j: P)), b.ONE)
    assert not known(chosen, p=7, dp=1) and known(chosen, dp=1)
    pair = b.ite(b.lt(P, Q), b.record([("a", P), ("c", K)]), b.record([("a", Q), ("c", b.ONE)]))
    assert not known(b.proj(pair, "a"), p=7, dp=1) and undecided(b.proj(pair, "c"), p=7, dp=1)
    assert not undecided(b.proj(pair, "c"), dp=1)
    with pytest.raises(Unsupported):
        found(b.lam(b.below(K), lambda i: b.at(X, i)))
    assert HUGE.data == 2**1000


def test_what_is_required_may_be_undecided() -> None:
    t = b.require(b.lt(P, Q), P)
    assert not known(t, p=7, dp=1) and number(t, dp=1) == UNIT
    assert undecided(b.require(b.lt(P, Q), K), p=7, dp=1)
    guarded = b.ite(b.lt(P, Q), b.require(b.lt(P, Q), b.ONE), b.ZERO)  # not to be asked for where it is undefined
    assert undecided(guarded, p=8, dp=1) is False and undecided(guarded, p=7, dp=1)


def test_units_have_a_size() -> None:
    for unit in (Fraction(0), 2 * ROUNDOFF, Fraction(-1)):
        with pytest.raises(ValueError, match="unit"):
            propagated(P, {}, unit)


def test_errors_stay_linear_in_size() -> None:
    t = b.lt(P, Q)
    x = P
    for k in range(300):
        x = b.ite(b.lt(x, Q), b.mul(x, x), b.add(x, b.cast(b.floor(x), REAL)))
        t = b.conj(t, b.disj(t, b.lt(x, b.rational(k))))
    error = found(t).error
    assert error is not None and size(error) < 60 * size(t)


@pytest.mark.parametrize("name", [*sorted(b.FUNCTIONS), "sqrt", "square", "quotient", "product"])
def test_large_errors_are_bounds(name: str) -> None:
    """What a function makes of any number that near."""
    f: Callable[[float], float]
    if name in b.FUNCTIONS:
        t, f = b.apply(name, P), getattr(math, name)
    else:
        one: Mapping[str, tuple[Term, Callable[[float], float]]] = {
            "sqrt": (b.sqrt(P), math.sqrt),
            "square": (b.power(P, 3), lambda x: x**3),
            "quotient": (b.div(b.rational(2), P), lambda x: 2 / x),
            "product": (b.mul(P, b.add(P, b.rational(1))), lambda x: x * (x + 1)),
        }
        t, f = one[name]
    error = propagated(t, {P: DP}, UNIT, {P}).error
    assert error is not None
    tight = 0
    for x in (0.0, 0.1, -0.4, 0.9, 1.5, 20.0, -30.0):
        for d in (1e-4, 0.3, 2.0, 40.0):
            try:
                here = f(x)
            except (ValueError, ZeroDivisionError):
                continue
            values = {"p": x, "dp": d / float(UNIT)}
            (out,) = evaluate([error], Env(values=values), Mode.SCREEN)
            assert isinstance(out, Arr)
            bound = float(out.data) * float(UNIT)
            tight += bound < 1 and d < 1e-3
            for x_ in np.linspace(x - d, x + d, 41):
                try:
                    assert not abs(f(float(x_)) - here) > bound * (1 + 1e-9), (x, d, x_)
                except (ValueError, ZeroDivisionError, OverflowError):
                    continue
    assert tight >= 1

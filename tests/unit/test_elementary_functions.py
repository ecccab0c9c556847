"""The elementary functions: where they are defined, and their values, against MPFR (gmpy2)."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import gmpy2 as untyped  # no stubs
import pytest

from probanda.encoders.arrays import Env, Mode, decide, evaluate
from probanda.encoders.arrays.script import script as numpy_line
from probanda.encoders.arrays.values import Arr
from probanda.encoders.smtlib.printer import script
from probanda.theories.definedness import defined
from probanda.theories.errors import Unsupported
from probanda.theories.terms import build as b
from probanda.theories.terms.binders import var
from probanda.theories.terms.sorts import EREAL, FLOAT32, INT, REAL

gmpy2: Any = untyped
X = var("x", REAL)
POINTS = [Fraction(p) for p in ("-7/2", "-1", "-99/100", "-1/3", "0", "1/7", "1", "5/4", "20")]
DOMAINS: dict[str, Callable[[Fraction], bool]] = {
    "log": lambda x: x > 0,
    "asin": lambda x: -1 <= x <= 1,
    "acos": lambda x: -1 <= x <= 1,
    "acosh": lambda x: x >= 1,
    "atanh": lambda x: -1 < x < 1,
}
EXACT = {("acos", 1): 0, ("acosh", 1): 0, ("log", 1): 0, ("exp", 0): 1, ("cos", 0): 1, ("cosh", 0): 1}


def everywhere(_x: Fraction) -> bool:
    return True


@pytest.mark.parametrize("name", sorted(b.FUNCTIONS))
def test_values_and_domains(name: str) -> None:
    t = b.apply(name, X)
    inside = DOMAINS.get(name, everywhere)
    for point in POINTS:
        env = Env(values={"x": point})
        assert decide(defined(t, {}), env) == inside(point)
        if not inside(point):
            (out,) = evaluate([t], env)
            assert isinstance(out, Arr) and out.data[()] == 0
            continue
        with gmpy2.context(precision=200):
            value = Fraction(*map(int, getattr(gmpy2, name)(gmpy2.mpq(point)).as_integer_ratio()))
        close = b.le(b.absolute(b.sub(t, b.rational(value))), b.rational(Fraction(1, 10**40) * (1 + abs(value))))
        assert decide(close, env) is True, (name, point)
        (fast,) = evaluate([t], env, Mode.SCREEN)
        assert isinstance(fast, Arr) and float(fast.data) == pytest.approx(float(value), rel=1e-12)


def test_values_that_are_known_exactly() -> None:
    for (name, point), value in EXACT.items():
        t = b.apply(name, b.rational(point))
        assert decide(b.eq(t, b.rational(value)), Env()) is True
    for name in ("sin", "tan", "asin", "atan", "sinh", "tanh", "asinh", "atanh", "erf"):
        assert decide(b.eq(b.apply(name, b.rational(0)), b.rational(0)), Env()) is True
    assert decide(b.lt(b.rational(Fraction(3, 2)), b.apply("acos", b.rational(0))), Env()) is True


def test_tan_has_poles() -> None:
    half_pi = b.apply("acos", b.rational(0))
    assert decide(defined(b.apply("tan", half_pi), {}), Env()) is not True
    assert decide(defined(b.apply("tan", b.rational(2)), {}), Env()) is True
    assert defined(b.apply("tan", X), {}) is b.negate(b.eq(b.apply("cos", X), b.rational(0)))


def test_on_floats_they_are_symbols_without_domains() -> None:
    f = var("f", FLOAT32)
    t = b.apply("atanh", f)
    assert defined(t, {}) is b.TRUE
    assert "declare-fun ?atanh.float32 ((_ FloatingPoint 8 24))" in script([("a", b.eq(t, f))]).text
    with pytest.raises(Unsupported):
        evaluate([t], Env(values={"f": 0}))


def test_sorts_that_make_no_sense_are_refused() -> None:
    for name, sort in [("tan", EREAL), ("acosh", INT), ("cot", REAL)]:
        with pytest.raises(b.SortError):
            b.apply(name, var("x", sort))
    for mode, sort in [("floor", REAL), ("down", FLOAT32)]:
        with pytest.raises(b.SortError):
            b.round_float(mode, var("x", sort))


def test_lines_of_numpy() -> None:
    env = Env(values={"x": Fraction(1, 2), "f": 0.5})
    line = numpy_line([b.apply("acos", X), b.round_float("even", var("f", FLOAT32))], {"x": REAL, "f": FLOAT32}, env)
    assert "np.arccos(x), np.rint(f)" in line
    said = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, check=True)
    assert [float(x) for x in said.stdout.split()] == [pytest.approx(math.acos(0.5)), 0]

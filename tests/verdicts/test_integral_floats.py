"""Rounding floats to integral values: arrays, solvers and the reference of IEEE 754 give the same bits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from probanda.encoders.arrays import Env, evaluate
from probanda.encoders.arrays.corners import corners
from probanda.encoders.arrays.formats import encode, from_patterns, patterns
from probanda.encoders.arrays.values import Arr
from probanda.encoders.smtlib.printer import script
from probanda.theories.ieee754 import reference
from probanda.theories.terms import build as b
from probanda.theories.terms.binders import var
from probanda.theories.terms.sorts import BFLOAT16, FLOAT16, FLOAT32, FLOATS, FloatSort
from tests.readings import RUN

REFERENCE: dict[str, Callable[[FloatSort, int], int]] = {
    "floor": reference.floor,
    "ceil": reference.ceil,
    "trunc": reference.trunc,
    "even": reference.roundeven,
}
SOLVERS = [("z3", FLOAT16), ("z3", BFLOAT16), ("z3", FLOAT32), ("bitwuzla", FLOAT16), ("bitwuzla", FLOAT32)]


def operands(fmt: FloatSort) -> list[int]:
    """Corner values, quarters about 0 to 3, and values about the first without a fraction."""
    sign, edge = 1 << (fmt.width - 1), encode(1 << (fmt.significand - 1), 1, fmt)
    plain = [*[encode(k, 4, fmt) for k in range(13)], encode(3, 10, fmt), *range(edge - 4, edge + 5)]
    return list(dict.fromkeys([*corners(fmt), *[p | s for p in plain for s in (0, sign)]]))  # type: ignore[list-item]


def rounded(mode: str, fmt: FloatSort, given: list[int]) -> list[int]:
    """What the evaluator makes of bit patterns."""
    values = from_patterns(np.asarray(given, np.uint64), fmt)
    (out,) = evaluate([b.round_float(mode, var("x", fmt))], Env(values={"x": values}, batch=len(given)))
    assert isinstance(out, Arr)
    return [int(p) for p in patterns(out.data, fmt)]


@pytest.mark.parametrize("mode", b.ROUNDINGS)
@pytest.mark.parametrize("fmt", FLOATS.values(), ids=lambda f: f.text)
def test_arrays_are_the_reference(fmt: FloatSort, mode: str) -> None:
    given = operands(fmt)
    assert rounded(mode, fmt, given) == [REFERENCE[mode](fmt, x) for x in given]


@pytest.mark.parametrize("mode", b.ROUNDINGS)
@pytest.mark.parametrize(("solver", "fmt"), [*SOLVERS, ("cvc5", FLOAT32)], ids=lambda x: getattr(x, "text", x))
def test_solvers_are_the_arrays(solver: str, fmt: FloatSort, mode: str) -> None:
    given = operands(fmt)
    found = rounded(mode, fmt, given)
    equations = [
        b.eq(b.round_float(mode, b.float_bits(x, fmt)), b.float_bits(y, fmt)) for x, y in zip(given, found, strict=True)
    ]
    assert RUN[solver](script([("wrong", b.negate(b.conj(*equations)))]).text) == "unsat"
    some = equations[given.index(encode(5, 2, fmt))]
    other = b.negate(b.eq(some.args[0], b.float_bits(encode(5, 2, fmt), fmt)))
    assert RUN[solver](script([("right", b.conj(some, other))]).text) == "sat"


def test_zero_keeps_the_sign() -> None:
    minus = encode(-3, 10, FLOAT16)
    assert [rounded(mode, FLOAT16, [minus])[0] for mode in ("ceil", "trunc", "even")] == [0x8000] * 3
    assert rounded("floor", FLOAT16, [minus]) == [encode(-1, 1, FLOAT16)]


@pytest.mark.parametrize("solver", ["bitwuzla", "cvc5"])
def test_laws_for_all_values(solver: str) -> None:
    x = var("x", FLOAT32)
    down, up = b.round_float("floor", x), b.round_float("ceil", x)
    laws = [
        b.eq(up, b.neg(b.round_float("floor", b.neg(x)))),
        b.eq(b.round_float("trunc", x), b.ite(b.float_test("isneg", x), up, down)),
        b.eq(b.round_float("even", down), down),
        b.disj(b.float_test("isnan", x), b.conj(b.le(down, x), b.le(x, up))),
    ]
    assert RUN[solver](script([("law", b.negate(b.conj(*laws)))]).text) == "unsat"

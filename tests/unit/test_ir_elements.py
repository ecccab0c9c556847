"""Literals and conversions of elements, in every reading."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_eval import Evaluator
from plain_eval import Undefined as Outside

from probanda.encoders.arrays import Env, Mode, evaluate
from probanda.encoders.arrays.machine import kernel
from probanda.encoders.arrays.machine.kernels import Undefined
from probanda.ir.dtypes import (
    BFLOAT16,
    BOOL,
    BY_NAME,
    DOUBLE,
    DTYPES,
    FLOAT,
    FLOAT16,
    FLOAT_TYPES,
    INDEX,
    INT8,
    INT32,
    INT64,
    INTEGERS,
    UINT8,
    UINT64,
    DType,
    Reading,
    sort_of,
)  # fmt: skip
from probanda.ir.elements import Elem, index, literal, where
from probanda.theories.errors import Unsupported
from probanda.theories.ieee754.formats import to_rational
from probanda.theories.terms import build as b
from probanda.theories.terms.sorts import BOOL as TRUTH
from probanda.theories.terms.sorts import FloatSort

IEEE, REAL, EREAL = Reading.IEEE, Reading.REAL, Reading.EREAL
NUMPY: dict[str, Any] = {n: np.dtype(ml_dtypes.bfloat16 if n == "bfloat16" else n) for n in BY_NAME}


def fmt(dtype: DType) -> FloatSort:
    sort = sort_of(dtype, IEEE)
    assert isinstance(sort, FloatSort)
    return sort


def pattern(x: Elem) -> int:
    """The bits of a literal."""
    assert x.term.op == "lit" and isinstance(x.term.data, int)
    return x.term.data


def result(x: Elem) -> Any:
    """The value of a closed element as Python has it; None where it is undefined."""
    if x.reading is not IEEE:
        try:
            return Evaluator({}, strict=True)(x.term)
        except Outside:
            return None
    try:
        (found,) = kernel([x.term])({}, {})
    except Undefined:
        return None
    value = np.asarray(found).item()
    return value % (1 << x.dtype.width) if x.dtype.kind == "uint" else value


# -- literals --


@given(st.sampled_from(FLOAT_TYPES), st.fractions(min_value=-(10**40), max_value=10**40))
def test_rationals_are_rounded_once(dtype: DType, value: Fraction) -> None:
    found = pattern(literal(value, dtype, IEEE))
    below, above = (found - 1, found + 1) if found & (1 << (dtype.width - 1)) - 1 else (found, found)
    if pattern(literal(math.inf, dtype, IEEE)) in (found & ~(1 << (dtype.width - 1)), above):
        return
    error = abs(to_rational(fmt(dtype), found) - value)
    assert all(error <= abs(to_rational(fmt(dtype), other) - value) for other in (below, above))


@given(st.sampled_from((FLOAT, DOUBLE, FLOAT16)), st.floats())
def test_floats_are_rounded_as_numpy_rounds_them(dtype: DType, value: float) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        expected = np.array(value).astype(NUMPY[dtype.name])
    found = np.array(pattern(literal(value, dtype, IEEE)), f"u{dtype.width // 8}").view(expected.dtype)
    assert np.array_equal(found, expected, equal_nan=True) and (
        math.isnan(value) or np.signbit(found) == (value < 0 or str(value) == "-0.0")
    )


def test_no_rounding_by_way_of_another_format() -> None:
    for dtype, precision in ((BFLOAT16, 8), (FLOAT16, 11), (FLOAT, 24), (DOUBLE, 53)):
        half = Fraction(1, 2**precision)
        one = pattern(literal(1, dtype, IEEE))
        assert pattern(literal(1 + half, dtype, IEEE)) == one
        assert pattern(literal(1 + half + Fraction(1, 2**80), dtype, IEEE)) == one + 1
    assert pattern(literal(1 + 2**-8 + 2**-40, BFLOAT16, IEEE)) == 0x3F81
    assert pattern(literal(2**53 + 2**29 + 1, FLOAT, IEEE)) == pattern(literal(2**53 + 2**30, FLOAT, IEEE))


def test_special_literals() -> None:
    assert [pattern(literal(v, FLOAT, IEEE)) for v in (0.0, -0.0, 0, math.inf, -math.inf, math.nan, 10**60, -1e60)] == [
        0, 1 << 31, 0, 0x7F800000, 0xFF800000, 0x7FC00000, 0x7F800000, 0xFF800000,
    ]  # fmt: skip
    assert literal(-math.inf, FLOAT, EREAL).term is b.ereal("-inf")
    assert literal(0.1, FLOAT, REAL).term is b.rational(Fraction(0.1))
    assert literal(-0.0, FLOAT, REAL).term is b.rational(0)
    for value, reading in ((math.inf, REAL), (math.nan, REAL), (math.nan, EREAL)):
        with pytest.raises(Unsupported):
            literal(value, FLOAT, reading)


def test_integer_literals() -> None:
    assert pattern(literal(-1, INT8, IEEE)) == pattern(literal(255, UINT8, IEEE)) == 255
    assert literal(-1, INT8, REAL).term is b.integer(-1)
    assert literal(2, BOOL, IEEE).term is b.TRUE and literal(0, BOOL, REAL).term is b.FALSE
    with pytest.raises(b.SortError):
        literal(0.5, INT32, REAL)


def test_elements_are_no_conditions() -> None:
    x = literal(1, INT32, REAL)
    with pytest.raises(TypeError):
        bool(x.equals(x))
    with pytest.raises(TypeError):
        _ = x == 1
    with pytest.raises(b.SortError):
        _ = x + literal(1, FLOAT, REAL)
    assert where(x.equals(1), x, 2) is x


# -- conversions --

NUMBERS: dict[str, tuple[float, ...]] = {
    "float": (0.0, -0.0, 1.5, -1.5, 2.5, 100.0, -128.0, 63.75, 255.0, 29952.0),
    "int": (0, 1, -1, 127, -128), "uint": (0, 1, 127, 128, 255), "bool": (0, 1),
}  # fmt: skip


@pytest.mark.parametrize("to", DTYPES, ids=repr)
@pytest.mark.parametrize("of", DTYPES, ids=repr)
def test_casts_are_numpys(of: DType, to: DType) -> None:
    """IEEE: what NumPy gives, where the value fits; a float that does not fit has no integer."""
    for value in NUMBERS[of.kind]:
        given_array = np.array(value).astype(NUMPY[of.name])
        with np.errstate(invalid="ignore"):
            expected = given_array.astype(NUMPY[to.name])
        x = literal(value, of, IEEE).cast(to)
        assert x.dtype is to and x.term.sort is sort_of(to, IEEE)
        found = result(x)
        if of.is_float and to.is_integer and not to.low <= math.trunc(value) <= to.high:
            assert found is None or to.kind == "int", "a cast to a signed integer is undefined, but has no requirement"
            continue
        assert found is not None and found == expected.item(), (value, found, expected)
        assert not to.is_float or not of.is_float or math.copysign(1, found) == math.copysign(1, value)


@pytest.mark.parametrize("reading", [REAL, EREAL])
@pytest.mark.parametrize("to", DTYPES, ids=repr)
@pytest.mark.parametrize("of", DTYPES, ids=repr)
def test_casts_of_numbers(of: DType, to: DType, reading: Reading) -> None:
    """Over the reals: the value itself, truncated for an integer; what does not fit an integer type is undefined."""
    for value in NUMBERS[of.kind]:
        x = literal(value, of, reading).cast(to)
        assert x.dtype is to and x.term.sort is sort_of(to, reading)
        found = result(x)
        if to.is_integer:
            whole = math.trunc(value)
            assert found == (whole if to.low <= whole <= to.high else None)
        elif x.term.op == "round" or (x.term.op == "ite" and of.is_float and to.is_float):
            assert of.is_float and to.is_float and to is not DOUBLE
        else:
            assert found == (value != 0 if to is BOOL else value)


def test_narrowing_is_an_operation() -> None:
    tenth = literal(0.1, DOUBLE, REAL)
    assert tenth.cast(FLOAT).term.op == "round"
    rounded: Any = evaluate([tenth.cast(FLOAT).term], Env(), Mode.EXACT)[0]
    assert Fraction(str(rounded.data.item())) == Fraction(float(np.float32(0.1)))
    assert tenth.cast(FLOAT).cast(DOUBLE).term is tenth.cast(FLOAT).term
    assert literal(1.5, BFLOAT16, REAL).cast(FLOAT).term is b.rational(Fraction(3, 2))
    for of, to in ((FLOAT16, BFLOAT16), (BFLOAT16, FLOAT16)):
        assert literal(1.5, of, REAL).cast(to).term.op == "round", "neither has all values of the other"
    assert result(literal(math.inf, DOUBLE, EREAL).cast(FLOAT)) == "inf"


@given(st.sampled_from(INTEGERS), st.sampled_from(INTEGERS), st.data())
def test_integers_wrap_on_machines_only(of: DType, to: DType, data: st.DataObject) -> None:
    value = data.draw(st.integers(of.low, of.high))
    wrapped = (value - to.low) % (1 << to.width) + to.low
    assert result(literal(value, of, IEEE).cast(to)) == wrapped
    assert result(literal(value, of, REAL).cast(to)) == (value if value == wrapped else None)
    assert result(literal(value, of, IEEE).index()) == value


def test_indices() -> None:
    n = index(7, IEEE)
    assert n.dtype is INDEX and result(n.cast(INT64)) == 7 and result(n.cast(FLOAT)) == 7.0
    assert literal(2**64 - 1, UINT64, IEEE).index().term.sort is n.term.sort
    assert index(7, REAL).cast(INT64).term is b.integer(7)
    assert index(7, REAL).cast(BOOL).term.sort is TRUTH
    with pytest.raises(b.SortError):
        literal(1.0, FLOAT, REAL).index()

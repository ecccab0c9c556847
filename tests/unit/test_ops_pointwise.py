"""Operators that work element by element: shape rules, and the conventions that their formulas leave open."""

from __future__ import annotations

import math

import numpy as np
import pytest
from ops_pointwise import result_types, tensors, values

from probanda.ir.dtypes import BOOL, DOUBLE, FLOAT, INT8, INT32, UINT8, Reading
from probanda.ir.errors import BadArity, BadAttribute, GraphError, UnsupportedOperator, WrongDType, WrongShape
from probanda.ir.types import tensor_type

NAN, INF = math.nan, math.inf
X = tensor_type(FLOAT, "n", 4)


def same(got: list[float], want: list[float]) -> bool:
    """Equality with one NaN, and with signs of zeros."""
    return len(got) == len(want) and all(
        (math.isnan(g) and math.isnan(w)) or (g == w and math.copysign(1, g) == math.copysign(1, w))
        for g, w in zip(got, want, strict=True)
    )


def test_symbolic_shapes_broadcast() -> None:
    for name in ("Add", "Sub", "Mul", "Div", "Max", "Mean", "Mod", "Pow"):
        assert result_types(name, X, tensor_type(FLOAT, 1)) == (X,)
    assert result_types("Less", X, X) == (tensor_type(BOOL, "n", 4),)
    assert result_types("Where", tensor_type(BOOL, "n", 1), tensor_type(FLOAT, 4), X) == (X,)
    assert result_types("Pow", X, tensor_type(INT32)) == (X,)
    assert result_types("Dropout", X) == (X, tensor_type(BOOL, "n", 4))


@pytest.mark.parametrize(
    ("name", "inputs", "attrs", "error"),
    [
        ("Add", (X, tensor_type(FLOAT, "m", 4)), {}, WrongShape),
        ("Add", (X, tensor_type(DOUBLE, "n", 4)), {}, WrongDType),
        ("And", (X, X), {}, WrongDType),
        ("Neg", (tensor_type(UINT8, 2),), {}, WrongDType),
        ("PRelu", (tensor_type(FLOAT, 4), X), {}, WrongShape),
        ("SwiGLU", (X, tensor_type(FLOAT, 1, 4)), {}, WrongShape),
        ("Clip", (X, tensor_type(FLOAT, 4)), {}, WrongShape),
        ("Clip", (X, tensor_type(DOUBLE)), {}, WrongDType),
        ("Gelu", (X,), {"approximate": "erf"}, BadAttribute),
        ("Celu", (X,), {"alpha": 0.0}, BadAttribute),
        ("Mod", (X, X), {"fmod": 2}, BadAttribute),
        ("BitShift", (tensor_type(UINT8, 2), tensor_type(UINT8, 2)), {}, BadAttribute),
        ("BitShift", (tensor_type(UINT8, 2), tensor_type(UINT8, 2)), {"direction": "UP"}, BadAttribute),
        ("Dropout", (X,), {"training_mode": True}, UnsupportedOperator),
        ("Cast", (X,), {}, BadAttribute),
        ("Cast", (X,), {"to": FLOAT, "round_mode": "odd"}, BadAttribute),
        ("RandomNormalLike", (X,), {}, BadAttribute),
        ("RandomNormalLike", (tensor_type(INT32, 2),), {"key": "a"}, WrongDType),
        ("Where", (tensor_type(BOOL, 1), X), {}, BadArity),
    ],
)
def test_refusals(name: str, inputs: tuple[object, ...], attrs: dict[str, object], error: type[GraphError]) -> None:
    with pytest.raises(error):
        result_types(name, *inputs, **attrs)  # type: ignore[arg-type]


def test_nan_and_zeros() -> None:
    specials = (FLOAT, np.array([NAN, INF, -INF, 0.0, -0.0, 2.5, -2.5], np.float32))
    assert same(values("Relu", specials), [NAN, INF, 0.0, 0.0, 0.0, 2.5, 0.0])
    assert same(values("Sign", specials), [NAN, 1.0, -1.0, 0.0, 0.0, 1.0, -1.0])
    assert same(values("Round", specials), [NAN, INF, -INF, 0.0, -0.0, 2.0, -2.0])
    assert same(values("ThresholdedRelu", specials), [0.0, INF, 0.0, 0.0, 0.0, 2.5, 0.0])
    assert same(values("Shrink", specials, bias=0.5), [0.0, INF, -INF, 0.0, 0.0, 2.0, -2.0])
    one = (FLOAT, np.float32(1))
    largest = float(np.finfo(np.float32).max)
    assert same(values("Clip", specials, None, one), [NAN, 1.0, -largest, 0.0, -0.0, 1.0, -2.5])
    assert same(values("Clip", specials, one, (FLOAT, np.float32(-1))), [NAN, *[-1.0] * 6])
    assert values("IsInf", specials, detect_positive=0) == [False, False, True, False, False, False, False]


def test_prelu_keeps_zero_for_an_infinite_slope() -> None:
    assert same(values("PRelu", (FLOAT, np.array([0.0, -1.0])), (FLOAT, np.array([INF]))), [0.0, -INF])


def test_mod_of_floats_is_exact() -> None:
    x = np.array([5.3, -5.3, 5.3, -5.3, 16777216.0, 1.5, -1.5, -0.0, INF, 1.0], np.float32)
    y = np.array([2, 2, -2, -2, 3, INF, INF, 2, 2, 0], np.float32)
    with np.errstate(invalid="ignore"):
        wanted = [np.mod(x, y), np.fmod(x, y)]
    wanted[0][7] = 0.0  # the sign of y
    for fmod in (0, 1):
        assert same(values("Mod", (FLOAT, x), (FLOAT, y), fmod=fmod), wanted[fmod].tolist())


def test_integers_truncate_and_wrap() -> None:
    x, y = (INT8, np.array([7, -7, 7, -7, -128])), (INT8, np.array([2, 2, -2, -2, -1]))
    assert [v if v < 128 else v - 256 for v in values("Mod", x, y)] == [1, 1, -1, -1, 0]
    assert [v if v < 128 else v - 256 for v in values("Mod", x, y, fmod=1)] == [1, -1, 1, -1, 0]
    few = (INT32, np.array([7, -7, 7, -7])), (INT32, np.array([2, 2, -2, -2]))
    assert values("Div", *few, reading=Reading.REAL) == [3, -3, -3, 3]


def test_shifts_by_the_width_or_more() -> None:
    x, y = (INT8, np.array([-3, -3, 5, 64])), (INT8, np.array([1, 9, -1, 1]))
    assert values("BitShift", x, y, direction="RIGHT") == [254, 255, 0, 32]
    assert values("BitShift", x, y, direction="LEFT") == [250, 0, 0, 128]
    with pytest.raises(UnsupportedOperator):
        tensors("BitShift", tensor_type(INT8, 2), tensor_type(INT8, 2), direction="LEFT")
    assert values("BitwiseNot", (UINT8, np.array([0, 7])), reading=Reading.REAL) == [255, 248]


def test_powers_of_reals_and_integers() -> None:
    x, y = np.array([2.0, -2.0, 0.0, 0.0, -3.0, 4.0]), np.array([3.0, -3.0, 0.0, 2.5, 4.0, 0.5])
    got = values("Pow", (DOUBLE, x), (DOUBLE, y), reading=Reading.REAL)
    assert np.allclose(got, [8.0, -0.125, 1.0, 0.0, 81.0, 2.0])
    base, exponent = (INT32, np.array([2, -2, 1, -1, 5])), (INT32, np.array([3, 5, -4, -3, -1]))
    assert values("Pow", base, exponent, reading=Reading.REAL) == [8, -32, 1, -1, 0]


def test_stable_functions_do_not_overflow() -> None:
    x = np.array([-1e4, -5.0, 0.0, 5.0, 1e4])
    for name, want in (("Sigmoid", [0.0, 1 / (1 + math.exp(5)), 0.5, 1 / (1 + math.exp(-5)), 1.0]),):
        assert np.allclose(values(name, (DOUBLE, x), reading=Reading.REAL), want)
    assert np.allclose(values("Softplus", (DOUBLE, x), reading=Reading.REAL), np.logaddexp(0, x))


def test_draws_are_named_by_key() -> None:
    (a,) = tensors("RandomNormalLike", X, key="w", scale=2.0)
    (c,) = tensors("RandomNormalLike", X, key="w", scale=2.0)
    (d,) = tensors("RandomNormalLike", X, key="v", scale=2.0)
    assert a.lam() is c.lam() and a.lam() is not d.lam() and "draw:w" in repr(a.lam())
    (drawn,) = tensors("RandomUniform", key="u", shape=("n", 2))
    assert drawn.type == tensor_type(FLOAT, "n", 2)
    assert tensors("Bernoulli", X, key="b", dtype=BOOL)[0].dtype is BOOL

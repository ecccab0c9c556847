"""Operators that act on each element."""

from __future__ import annotations

import numpy as np

from ..gen import FLOATS, INTS, Gen, cases
from ..trial import NUMPY, Trial, integer_limits


@cases(
    "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Cos", "Cosh", "Erf", "Exp", "Floor", "HardSwish",
    "IsNaN", "Identity", "Log", "Mish", "Neg", "Not", "BitwiseNot", "Reciprocal", "Relu", "Round", "Sigmoid", "Sign", "Sin",
    "Sinh", "Softplus", "Softsign", "Sqrt", "Tan", "Tanh",
)  # fmt: skip
def unary(g: Gen) -> Trial:
    x = g.array(g.dtype(), g.shape(most=6))
    if g.op in ("Acos", "Asin", "Atanh") and x.dtype.kind == "f" and g.chance(0.5):
        x = g.uniform(x.dtype.name, x.shape, -1, 1)
    if g.op in ("Log", "Sqrt", "Acosh") and g.chance(0.5):
        x = abs(x)
    if g.op == "Round" and g.chance(0.5):
        x = g.array(x.dtype.name, x.shape, "ties")
    return g.trial(x)


@cases("Elu", "Celu", "LeakyRelu", "ThresholdedRelu", "Swish")
def with_alpha(g: Gen) -> Trial:
    alpha = g.pick(0.5, 2.0, 0.1, 1.702, 0.01, -0.5 if g.op != "Celu" else 3.0)
    return g.trial(g.array(g.dtype(), g.shape(most=6)), **g.some(0.6, alpha=np.float32(alpha).item()))


@cases("Selu", "HardSigmoid", "Shrink")
def with_two(g: Gen) -> Trial:
    first, second = {"Selu": ("alpha", "gamma"), "HardSigmoid": ("alpha", "beta"), "Shrink": ("lambd", "bias")}[g.op]
    values = {first: g.pick(0.25, 1.5, 0.7), second: g.pick(0.1, 0.5, 1.5, 0.3)}
    attrs = {k: np.float32(v).item() for k, v in values.items()}
    return g.trial(g.array(g.dtype(), g.shape(most=6)), **g.some(0.6, **attrs))


@cases("Gelu")
def gelu(g: Gen) -> Trial:
    return g.trial(g.array(g.dtype(), g.shape(most=6)), **g.some(0.7, approximate=g.pick("none", "tanh")))


@cases("IsInf")
def is_inf(g: Gen) -> Trial:
    attrs = g.some(0.5, detect_negative=g.int(0, 1), detect_positive=g.int(0, 1))
    x = g.array(g.dtype(), g.shape(most=6))
    ends = g.rng.choice([np.inf, -np.inf, np.nan], x.shape)
    return g.trial(np.asarray(np.where(g.rng.random(x.shape) < 0.5, ends, x)).astype(x.dtype), **attrs)


@cases("Clip")
def clip(g: Gen) -> Trial:
    dtype = g.dtype()
    low, high = [g.array(dtype) if g.chance(0.7) else None for _ in range(2)]
    if low is not None and high is not None and g.chance(0.7) and high < low:
        low, high = high, low
    return g.trial(g.array(dtype, g.shape()), low, high)


@cases("Add", "Sub", "Mul", "And", "Or", "Xor", "BitwiseAnd", "BitwiseOr", "BitwiseXor", "Equal", "Less", "Greater",
       "LessOrEqual", "GreaterOrEqual")  # fmt: skip
def binary(g: Gen) -> Trial:
    dtype = g.dtype()
    shape = g.shape()
    a, c = g.array(dtype, g.broadcastable(shape)), g.array(dtype, shape)
    return g.trial(a, c) if g.chance(0.5) else g.trial(c, a)


@cases("Div", "Mod")
def division(g: Gen) -> Trial:
    dtype = g.dtype()
    shape = g.shape()
    x, y = g.array(dtype, shape), g.array(dtype, g.broadcastable(shape))
    if dtype in INTS:
        y = np.where(y == 0, 3, y).astype(y.dtype)
        if dtype.startswith("int"):
            x = np.where(x == np.iinfo(x.dtype).min, 7, x).astype(x.dtype)
    if g.op == "Mod":
        return g.trial(x, y, **({"fmod": 1} if dtype in FLOATS else g.some(0.5, fmod=g.int(0, 1))))
    return g.trial(x, y)


@cases("BitShift")
def shift(g: Gen) -> Trial:
    dtype = g.dtype()
    shape = g.shape()
    bits = integer_limits(dtype).bits
    count = np.asarray(g.rng.integers(0, bits, g.broadcastable(shape))).astype(NUMPY[dtype])
    return g.trial(g.array(dtype, shape, g.pick("wide", "plain")), count, direction=g.pick("LEFT", "RIGHT"))


@cases("Pow")
def power(g: Gen) -> Trial:
    dtype, exponent = g.dtype(), g.dtype(1)
    shape = g.shape()
    x = g.array(dtype, shape)
    if dtype in INTS:
        x = g.plain(dtype, shape)
        y = np.asarray(g.rng.integers(0, 5, g.broadcastable(shape))).astype(NUMPY[exponent])
    else:
        y = g.array(exponent, g.broadcastable(shape), g.pick("ties", "plain", g.style))
        x = abs(x) if g.chance(0.5) else x
    return g.trial(x, y)


@cases("Max", "Min", "Sum", "Mean")
def variadic(g: Gen) -> Trial:
    dtype = g.dtype()
    shape = g.shape()
    return g.trial(*[g.array(dtype, g.broadcastable(shape)) for _ in range(g.int(1, 4))])


@cases("PRelu")
def prelu(g: Gen) -> Trial:
    dtype = g.dtype()
    shape = g.shape(low=1)
    return g.trial(g.array(dtype, shape), g.array(dtype, g.broadcastable(shape)))


@cases("SwiGLU")
def swiglu(g: Gen) -> Trial:
    dtype = g.dtype()
    shape = g.shape()
    return g.trial(g.array(dtype, shape), g.array(dtype, shape), **g.some(0.5, alpha=g.pick(0.5, 1.5, -1.0)))


@cases("Where")
def where(g: Gen) -> Trial:
    dtype = g.dtype(1)
    shape = g.shape()
    parts = [g.broadcastable(shape) for _ in range(3)]
    return g.trial(g.array("bool", parts[0]), g.array(dtype, parts[1]), g.array(dtype, parts[2]))


def _castable(g: Gen, dtype: str, to: str) -> np.ndarray:
    """Operands whose value the target has, where it is an integer."""
    shape = g.shape()
    x = g.array(dtype, shape)
    if dtype in FLOATS and to in INTS:
        limit = min(100.0, float(integer_limits(to).max))
        x = g.uniform(dtype, shape, 0 if to.startswith("u") else -limit, limit)
        x = np.trunc(x).astype(x.dtype) if g.chance(0.3) else x
    return x


@cases("Cast")
def cast(g: Gen) -> Trial:
    dtype = g.dtype()
    to = g.pick("float32", "float64", "float16", "bfloat16", "bool", *INTS)
    from probanda.ir.dtypes import BY_NAME

    return g.trial(_castable(g, dtype, to), to=BY_NAME[to].onnx, **g.some(0.2, saturate=g.int(0, 1)))


@cases("CastLike")
def cast_like(g: Gen) -> Trial:
    dtype, to = g.dtype(), g.pick("float32", "float64", "float16", "bfloat16", "bool", *INTS)
    return g.trial(_castable(g, dtype, to), g.plain(to, g.shape()), **g.some(0.2, saturate=g.int(0, 1)))


@cases("BitCast")
def bit_cast(g: Gen) -> Trial:
    from probanda.ir.dtypes import BY_NAME, DTYPES

    dtype = g.dtype(among=[d.name for d in DTYPES if d.name != "bool"])
    to = g.pick(*[d.name for d in DTYPES if d.width == BY_NAME[dtype].width])
    return g.trial(g.array(dtype, g.shape()), to=BY_NAME[to].onnx)


@cases("Dropout")
def dropout(g: Gen) -> Trial:
    dtype = g.dtype()
    ratio = g.uniform(g.dtype(1), (), 0, 0.9) if g.chance(0.6) else None
    mode = np.asarray(False) if g.chance(0.4) else None
    return g.trial(g.array(dtype, g.shape()), ratio, mode, outputs=g.int(1, 2), **g.some(0.3, seed=7))

"""Activation functions, element by element."""

from __future__ import annotations

from fractions import Fraction

from .. import dims
from .. import dtypes as dt
from ..dtypes import FLOAT_TYPES, NUMBERS, SIGNED, Reading
from ..elements import Elem, Number, index, literal, where
from ..errors import BadAttribute, UnsupportedOperator, WrongDType, WrongShape
from ..operators import Call, check_dtype, operator, same_type
from ..tensors import Tensor, binary, filled, unary
from ..types import TensorType

_FLOAT = same_type(FLOAT_TYPES)
_LARGEST = {
    "float16": 65504.0,
    "bfloat16": float(Fraction(255 << 120)),
    "float32": float(Fraction(((1 << 24) - 1) << 104)),
    "float64": float(Fraction(((1 << 53) - 1) << 971)),
}
"""The largest finite value of each format."""


# -- piecewise linear --


@operator(
    "Relu", same_type((*FLOAT_TYPES, *SIGNED)), conventions=("NaN gives NaN", "−0 gives +0; onnxruntime keeps −0")
)
def relu(use: Call, x: Tensor) -> Tensor:
    """``max(x, 0)``"""
    return unary(lambda a: a.max(0), x)


@operator("LeakyRelu", _FLOAT, attrs={"alpha": 0.009999999776482582})
def leaky_relu(use: Call, x: Tensor) -> Tensor:
    """``x if x ≥ 0 else α·x``"""
    return unary(lambda a: where(a < 0, a * use.float("alpha"), a), x)


def _prelu_rule(use: Call) -> tuple[TensorType, ...]:
    x, slope = use.type(0), use.type(1)
    check_dtype(use, x.dtype, (*FLOAT_TYPES, dt.INT32, dt.INT64, dt.UINT32, dt.UINT64))
    if slope.dtype is not x.dtype:
        raise WrongDType(f"{use.op}: operands of types {x.dtype.name} and {slope.dtype.name}")
    out = TensorType(x.dtype, dims.broadcast([x.shape, slope.shape]))
    if not out.agrees(x):
        raise WrongShape(f"{use.op}: a slope of shape {dims.show(slope.shape)} does not broadcast to {x!r}")
    return (x,)


@operator("PRelu", _prelu_rule, (2, 2), conventions=("a zero stays as it is, whatever the slope",))
def prelu(use: Call, x: Tensor, slope: Tensor) -> Tensor:
    """``x if x ≥ 0 else slope·x``"""
    return binary(lambda a, c: where(a < 0, a * c, a), x, slope)


@operator("ThresholdedRelu", _FLOAT, attrs={"alpha": 1.0}, conventions=("NaN gives 0",))
def thresholded_relu(use: Call, x: Tensor) -> Tensor:
    """``x if x > α else 0``"""
    return unary(lambda a: where(a > use.float("alpha"), a, 0), x)


def _hard_sigmoid(a: Elem, alpha: Number, beta: Number) -> Elem:
    return (a * alpha + beta).min(1).max(0)


@operator("HardSigmoid", _FLOAT, attrs={"alpha": 0.20000000298023224, "beta": 0.5}, conventions=("NaN gives NaN",))
def hard_sigmoid(use: Call, x: Tensor) -> Tensor:
    """``max(0, min(1, α·x + β))``"""
    return unary(lambda a: _hard_sigmoid(a, use.float("alpha"), use.float("beta")), x)


@operator("HardSwish", _FLOAT, conventions=("in IEEE 1/6 is the float32 nearest to it", "−∞ gives NaN in IEEE"))
def hard_swish(use: Call, x: Tensor) -> Tensor:
    """``x · max(0, min(1, x/6 + 1/2))``"""
    sixth = 0.1666666716337204 if use.reading is Reading.IEEE else Fraction(1, 6)
    return unary(lambda a: a * _hard_sigmoid(a, sixth, 0.5), x)


@operator(
    "Shrink",
    same_type(NUMBERS),
    attrs={"bias": 0.0, "lambd": 0.5},
    conventions=("NaN gives 0", "of integers: computed in float64, and the result truncated"),
)
def shrink(use: Call, x: Tensor) -> Tensor:
    """``x + bias if x < −λ, x − bias if x > λ, else 0``"""
    bias, bound = use.float("bias"), use.float("lambd")

    def element(a: Elem) -> Elem:
        w = a if a.dtype.is_float else a.cast(dt.DOUBLE)
        return where(w < -bound, (w + bias).cast(a.dtype), where(w > bound, (w - bias).cast(a.dtype), a.lit(0)))

    return unary(element, x)


def _clip_rule(use: Call) -> tuple[TensorType, ...]:
    x = use.type(0)
    check_dtype(use, x.dtype, NUMBERS)
    for k in (1, 2):
        if use.has(k):
            if use.type(k).dtype is not x.dtype:
                raise WrongDType(f"{use.op}: operands of types {x.dtype.name} and {use.type(k).dtype.name}")
            if use.type(k).static not in ((), (1,)):
                raise WrongShape(f"{use.op}: a bound of shape {dims.show(use.type(k).shape)} is no scalar")
    return (x,)


@operator(
    "Clip",
    _clip_rule,
    (1, 3),
    conventions=(
        "min > max gives max",
        "NaN, also as a bound, gives NaN",
        "a bound that is left out is the largest finite float in IEEE, as in onnxruntime; onnx.reference has no bound",
    ),
)
def clip(use: Call, x: Tensor, low: Tensor | None = None, high: Tensor | None = None) -> Tensor:
    """``min(max(x, low), high)``"""
    limit = _LARGEST[x.dtype.name] if x.dtype.is_float and use.reading is Reading.IEEE else None

    def bound(y: Tensor) -> Elem:
        return y[(index(0, use.reading),) * y.rank]

    def bounded(a: Elem) -> Elem:
        if low is not None:
            a = a.max(bound(low))
        elif limit is not None:
            a = a.max(-limit)
        if high is not None:
            return a.min(bound(high))
        return a if limit is None else a.min(limit)

    return unary(bounded, x)


# -- smooth --


@operator("Elu", _FLOAT, attrs={"alpha": 1.0})
def elu(use: Call, x: Tensor) -> Tensor:
    """``x if x ≥ 0 else α·(eˣ − 1)``"""
    return unary(lambda a: where(a < 0, (a.exp() - 1) * use.float("alpha"), a), x)


@operator("Selu", _FLOAT, attrs={"alpha": 1.6732631921768188, "gamma": 1.0507010221481323})
def selu(use: Call, x: Tensor) -> Tensor:
    """``γ·x if x > 0 else γ·(α·eˣ − α)``"""
    alpha, gamma = use.float("alpha"), use.float("gamma")
    return unary(lambda a: where(a > 0, a, a.exp() * alpha - alpha) * gamma, x)


def _celu_rule(use: Call) -> tuple[TensorType, ...]:
    if not use.float("alpha"):
        raise BadAttribute(f"{use.op}: alpha is 0")
    return tuple(_FLOAT(use))


@operator("Celu", _celu_rule, attrs={"alpha": 1.0})
def celu(use: Call, x: Tensor) -> Tensor:
    """``max(0, x) + min(0, α·(exp(x/α) − 1))``"""
    alpha = use.float("alpha")
    return unary(lambda a: a.max(0) + (((a / alpha).exp() - 1) * alpha).min(0), x)


def softplus_of(a: Elem) -> Elem:
    """``ln(eᵃ + 1)`` without overflow."""
    return where(a > 0, a + ((-a).exp() + 1).log(), (a.exp() + 1).log())


@operator("Softplus", _FLOAT, conventions=("the exponential is taken of −|x|, so that it does not overflow",))
def softplus(use: Call, x: Tensor) -> Tensor:
    """``ln(eˣ + 1)``"""
    return unary(softplus_of, x)


@operator("Softsign", _FLOAT, conventions=("±∞ gives NaN in IEEE",))
def softsign(use: Call, x: Tensor) -> Tensor:
    """``x / (1 + |x|)``"""
    return unary(lambda a: a / (a.abs() + 1), x)


def sigmoid_of(a: Elem) -> Elem:
    """``1 / (1 + e⁻ᵃ)`` without overflow."""
    return where(a > 0, 1 / ((-a).exp() + 1), a.exp() / (a.exp() + 1))


@operator("Sigmoid", _FLOAT, conventions=("the exponential is taken of −|x|, so that it does not overflow",))
def sigmoid(use: Call, x: Tensor) -> Tensor:
    """``1 / (1 + e⁻ˣ) = eˣ / (eˣ + 1)``"""
    return unary(sigmoid_of, x)


def _gelu_rule(use: Call) -> tuple[TensorType, ...]:
    if use.str("approximate") not in ("none", "tanh"):
        raise BadAttribute(f"{use.op}: approximate is {use.str('approximate')!r}, not none or tanh")
    return tuple(_FLOAT(use))


_TWO_OVER_PI = 0.6366197723675814


@operator(
    "Gelu",
    _gelu_rule,
    attrs={"approximate": "none"},
    conventions=("2/π is the float64 nearest to it, 0.044715 is exact over ℝ", "−∞ gives NaN in IEEE"),
)
def gelu(use: Call, x: Tensor) -> Tensor:
    """``x/2 · (1 + erf(x/√2))``; tanh: ``x/2 · (1 + tanh(√(2/π)·(x + 0.044715·x³)))``"""

    def exact(a: Elem) -> Elem:
        return a * 0.5 * ((a / a.lit(2).sqrt()).fn("erf") + 1)

    def approximate(a: Elem) -> Elem:
        inner = a + a.power(3) * Fraction("0.044715")
        return a * 0.5 * ((inner * a.lit(_TWO_OVER_PI).sqrt()).tanh() + 1)

    return unary(approximate if use.str("approximate") == "tanh" else exact, x)


@operator("Mish", _FLOAT, conventions=("−∞ gives NaN in IEEE",))
def mish(use: Call, x: Tensor) -> Tensor:
    """``x · tanh(softplus(x))``"""
    return unary(lambda a: a * softplus_of(a).tanh(), x)


def _swish(a: Elem, alpha: float) -> Elem:
    return a * sigmoid_of(a if alpha == 1 else a * alpha)


@operator("Swish", _FLOAT, attrs={"alpha": 1.0}, conventions=("−∞ gives NaN in IEEE",))
def swish(use: Call, x: Tensor) -> Tensor:
    """``x · sigmoid(α·x)``"""
    return unary(lambda a: _swish(a, use.float("alpha")), x)


def _swiglu_rule(use: Call) -> tuple[TensorType, ...]:
    gate, value = use.type(0), use.type(1)
    check_dtype(use, gate.dtype, FLOAT_TYPES)
    if gate.dtype is not value.dtype:
        raise WrongDType(f"{use.op}: operands of types {gate.dtype.name} and {value.dtype.name}")
    if not gate.agrees(value):
        raise WrongShape(f"{use.op}: operands {gate!r} and {value!r} have different shapes")
    return (gate,)


@operator("SwiGLU", _swiglu_rule, (2, 2), attrs={"alpha": 1.0}, conventions=("operands do not broadcast",))
def swiglu(use: Call, gate: Tensor, value: Tensor) -> Tensor:
    """``gate · sigmoid(α·gate) · value``"""
    return binary(lambda a, c: _swish(a, use.float("alpha")) * c, gate, value)


# -- identity at inference --


def _dropout_rule(use: Call) -> tuple[TensorType, ...]:
    x = use.type(0)
    check_dtype(use, x.dtype, FLOAT_TYPES)
    if use.flag("training_mode") and use.float("ratio") != 0:
        raise UnsupportedOperator(f"{use.op} in training mode with ratio {use.float('ratio')}")
    return (x, TensorType(dt.BOOL, x.shape))


@operator(
    "Dropout",
    _dropout_rule,
    (1, 3),
    attrs={"seed": None, "ratio": 0.5, "training_mode": False},
    static={1: "ratio", 2: "training_mode"},
    conventions=("at inference, or with ratio 0: in training mode with another ratio it is refused",),
)
def dropout(use: Call, x: Tensor, ratio: None = None, training_mode: None = None) -> tuple[Tensor, Tensor]:
    """``x``, and a mask that is true everywhere"""
    return x, filled(literal(True, dt.BOOL, use.reading), x.shape)

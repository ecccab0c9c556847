"""Linear quantization: floats as small integers with a scale and a zero point."""

from __future__ import annotations

from .. import dims
from .. import dtypes as dt
from ..dtypes import BFLOAT16, FLOAT, FLOAT16, INT8, INT16, INT32, UINT8, UINT16, DType
from ..elements import Elem, index, where
from ..errors import BadAttribute, WrongDType, WrongShape
from ..operators import Call, check_dtype, check_sizes, operator
from ..tensors import Index, Tensor, filled, greatest, least, nested, tensor
from ..types import TensorType
from .structure import ceil_div

_SCALES = (FLOAT, FLOAT16, BFLOAT16)
_SMALL = (INT8, UINT8, INT16, UINT16)
_GRANULARITY = {"axis": 1, "block_size": 0, "output_dtype": 0}


def saturated(value: Elem, zero: Elem | None, to: DType) -> Elem:
    """``value`` rounded to nearest even, plus ``zero``, brought into the range of ``to``: exact, in float64."""
    wide = value.integral("even").cast(dt.DOUBLE)
    moved = wide if zero is None else wide + zero.cast(dt.DOUBLE)
    return moved.max(to.low).min(to.high).cast(to)


def is_single(t: TensorType) -> bool:
    """Whether there is one element."""
    return all(d is dims.size(1) for d in t.shape)


def first(x: Tensor) -> Elem:
    """The only element of a tensor."""
    return x[(index(0, x.reading),) * x.rank]


def _given(use: Call, name: str) -> DType | None:
    """An element type, where 0 stands for none."""
    return use.dtype(name) if use.get(name) else None


def _check_granularity(use: Call) -> None:
    """Scale and zero point are for all of the tensor, or one for each place or block of places on an axis."""
    x, scale, block = use.type(0), use.type(1), use.int("block_size")
    if use.has(2) and not TensorType(scale.dtype, use.type(2).shape).agrees(scale):
        raise WrongShape(f"{use.op}: scale and zero point have shapes {scale!r} and {use.type(2)!r}")
    if block < 0:
        raise BadAttribute(f"{use.op}: block_size is {block}")
    if is_single(scale):
        return
    axis = use.axis("axis", x.rank)
    if scale.rank != (x.rank if block else 1):
        raise WrongShape(f"{use.op}: a scale of type {scale!r} for {x!r} with block_size {block}")
    wanted = list(x.shape) if block else [x.shape[axis]]
    if block:
        wanted[axis] = ceil_div(x.shape[axis], dims.size(block))
    for have, need in zip(scale.shape, wanted, strict=True):
        check_sizes(use, have, need, "size of the scale")


def _of(use: Call, parameter: Tensor, i: Index) -> Elem:
    """The scale or zero point that belongs to index ``i``."""
    if is_single(parameter.type):
        return first(parameter)
    block, axis = use.int("block_size"), use.axis("axis", len(i))
    if not block:
        return parameter[i[axis]]
    return parameter[tuple(k // block if at == axis else k for at, k in enumerate(i))]


def _quantized_type(use: Call) -> DType:
    wanted = _given(use, "output_dtype")
    if use.has(2):
        if wanted not in (None, use.type(2).dtype):
            raise WrongDType(f"{use.op}: output_dtype is {wanted!r}, the zero point {use.type(2).dtype!r}")
        wanted = use.type(2).dtype
    check_dtype(use, wanted or UINT8, _SMALL)
    return wanted or UINT8


def _quantize_rule(use: Call) -> tuple[TensorType, ...]:
    check_dtype(use, use.type(0).dtype, (*_SCALES, INT32))
    check_dtype(use, use.type(1).dtype, (*_SCALES, INT32))
    check_dtype(use, _given(use, "precision") or FLOAT, _SCALES)
    _check_granularity(use)
    return (TensorType(_quantized_type(use), use.type(0).shape),)


@operator(
    "QuantizeLinear",
    _quantize_rule,
    (2, 3),
    attrs={**_GRANULARITY, "precision": 0, "saturate": 1},
    conventions=(
        "rounded to nearest even before the zero point is added; ±∞ saturates in IEEE, NaN is undefined",
        "divided in the type of the scale, or in precision; in float64 for a scale of integers",
        "saturate matters for 8-bit floats only, which are not element types here",
    ),
)
def quantize(use: Call, x: Tensor, scale: Tensor, zero: Tensor | None = None) -> Tensor:
    """``saturate(round(x / scale) + zero)``"""
    to = _quantized_type(use)
    precision = _given(use, "precision") or (scale.dtype if scale.dtype.is_float else dt.DOUBLE)

    def element(i: Index) -> Elem:
        value = x[i].cast(precision) / _of(use, scale, i).cast(precision)
        return saturated(value, None if zero is None else _of(use, zero, i), to)

    return tensor(to, x.shape, element, use.reading)


def _dequantize_rule(use: Call) -> tuple[TensorType, ...]:
    x, scale = use.type(0), use.type(1)
    check_dtype(use, x.dtype, (*_SMALL, INT32))
    check_dtype(use, scale.dtype, _SCALES)
    if use.has(2) and use.type(2).dtype is not x.dtype:
        raise WrongDType(f"{use.op}: the zero point is {use.type(2).dtype!r}, not {x.dtype!r}")
    out = _given(use, "output_dtype") or scale.dtype
    check_dtype(use, out, _SCALES)
    _check_granularity(use)
    return (TensorType(out, x.shape),)


@operator(
    "DequantizeLinear",
    _dequantize_rule,
    (2, 3),
    attrs=_GRANULARITY,
    conventions=("the difference is exact in int32, the product is in the type of the result",),
)
def dequantize(use: Call, x: Tensor, scale: Tensor, zero: Tensor | None = None) -> Tensor:
    """``(x − zero) · scale``"""
    to = _given(use, "output_dtype") or scale.dtype

    def element(i: Index) -> Elem:
        value = x[i].cast(INT32)
        moved = value if zero is None else value - _of(use, zero, i).cast(INT32)
        return moved.cast(to) * _of(use, scale, i).cast(to)

    return tensor(to, x.shape, element, use.reading)


def _dynamic_rule(use: Call) -> tuple[TensorType, ...]:
    check_dtype(use, use.type(0).dtype, (FLOAT,))
    return (TensorType(UINT8, use.type(0).shape), TensorType(FLOAT, ()), TensorType(UINT8, ()))


@operator(
    "DynamicQuantizeLinear",
    _dynamic_rule,
    conventions=(
        "of zeros alone the scale is 1/255, as in onnx.reference; onnxruntime says 1",
        "undefined where the scale underflows to 0, and for NaN",
    ),
)
def dynamic_quantize(use: Call, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """``scale = (max(x, 0) − min(x, 0)) / 255``, ``zero = round(−min(x, 0) / scale)``, and ``x`` quantized by these"""
    high = nested(greatest, x.sizes, lambda k: x[k]).max(0)
    low = nested(least, x.sizes, lambda k: x[k]).min(0)
    scale = where(high.equals(low), x.lit(1), high - low) / 255
    zero = (0 - low / scale).max(0).min(255).integral("even").cast(UINT8)

    def element(i: Index) -> Elem:
        return saturated(x[i] / scale, zero, UINT8)

    return tensor(UINT8, x.shape, element, use.reading), filled(scale, ()), filled(zero, ())

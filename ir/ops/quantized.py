"""Products and convolutions of quantized tensors: exact sums of small integers, scaled at the end."""

from __future__ import annotations

from dataclasses import replace

from .. import dims
from ..dims import Shape
from ..dtypes import BFLOAT16, FLOAT, FLOAT16, INT8, INT32, UINT8, DType
from ..elements import Elem
from ..errors import WrongDType, WrongShape
from ..operators import OPS, Call, check_dtype, check_sizes, operator
from ..tensors import Index, Tensor, broadcast, filled, tensor
from ..types import TensorType
from .contraction import matmul
from .convolution import conv
from .quantize import first, is_single, saturated

_CONV = OPS["Conv"].attrs
_BYTES = (INT8, UINT8)
_WRAPS = "the sum wraps at 32 bits in IEEE"
_ROUNDED = "the sum is scaled by a·b/y in the type of the scales, rounded to nearest even, and saturated"


def _operand(use: Call, k: int, axis: int, zero: int | None, scale: int | None = None) -> TensorType:
    """Operand ``k``, after a check of its zero point and its scale: one number, or one for each place on ``axis``."""
    x = use.type(k)
    check_dtype(use, x.dtype, _BYTES)
    for at in (zero, scale):
        if at is None or not use.has(at):
            continue
        t = use.type(at)
        if at == zero and t.dtype is not x.dtype:
            raise WrongDType(f"{use.op}: the zero point is {t.dtype!r}, not {x.dtype!r}")
        _check_spread(use, t, x.shape, axis)
    return x


def _check_spread(use: Call, t: TensorType, shape: Shape, axis: int) -> None:
    if is_single(t):
        return
    if t.rank == 1 and len(shape) >= 2:
        check_sizes(use, t.shape[0], shape[axis], "size of a scale or zero point")
    elif t.rank != len(shape) or t.shape[-3 - axis] is not dims.size(1) or not _fits(t.shape, shape):
        raise WrongShape(f"{use.op}: a scale or zero point of type {t!r} for a shape {dims.show(shape)}")


def _fits(small: Shape, shape: Shape) -> bool:
    return all(a is dims.size(1) or dims.equal(a, c) is True for a, c in zip(small, shape, strict=True))


def _spread(t: Tensor, shape: Shape, axis: int) -> Tensor:
    """A scale or zero point at every index of ``shape``: one number, or one for each place on ``axis``."""
    if is_single(t.type):
        return filled(first(t), shape)
    if t.rank == 1:
        return tensor(t, shape, lambda i: t[i[axis]], t.reading)
    return broadcast(t, shape)


def _shifted(x: Tensor, zero: Tensor | None, axis: int) -> Tensor:
    """``x − zero`` as int32."""
    if zero is None:
        return tensor(INT32, x.shape, lambda i: x[i].cast(INT32), x.reading)
    each = _spread(zero, x.shape, axis)
    return tensor(INT32, x.shape, lambda i: x[i].cast(INT32) - each[i].cast(INT32), x.reading)


def _one(result: Tensor | tuple[Tensor, ...]) -> Tensor:
    """The only result of an operator."""
    assert isinstance(result, Tensor)
    return result


# -- products ----------------------------------------------------------------------------------------------------------


def _product_shape(use: Call, a: TensorType, c: TensorType) -> Shape:
    wide = (TensorType(INT32, a.shape), TensorType(INT32, c.shape))
    return OPS["MatMul"].rule(replace(use, inputs=wide))[0].shape


def _matmul_rule(use: Call) -> tuple[TensorType, ...]:
    a, c = _operand(use, 0, -2, 2), _operand(use, 1, -1, 3)
    return (TensorType(INT32, _product_shape(use, a, c)),)


@operator("MatMulInteger", _matmul_rule, (2, 4), conventions=(_WRAPS,))
def matmul_integer(use: Call, a: Tensor, c: Tensor, a_zero: Tensor | None, c_zero: Tensor | None) -> Tensor:
    """``Σ_k (a[.., i, k] − za[i]) · (b[.., k, j] − zb[j])`` in int32"""
    return _one(matmul(use, _shifted(a, a_zero, -2), _shifted(c, c_zero, -1)))


def _scale_type(use: Call, *at: int) -> None:
    for k in at:
        check_dtype(use, use.type(k).dtype, (FLOAT, FLOAT16, BFLOAT16))
        if use.type(k).dtype is not use.type(at[0]).dtype:
            raise WrongDType(f"{use.op}: scales of types {use.type(at[0]).dtype!r} and {use.type(k).dtype!r}")


def _qmatmul_rule(use: Call) -> tuple[TensorType, ...]:
    _scale_type(use, 1, 4, 6)
    shape = _product_shape(use, _operand(use, 0, -2, 2, 1), _operand(use, 3, -1, 5, 4))
    out = use.type(7).dtype
    check_dtype(use, out, _BYTES)
    for k in (6, 7):
        _check_spread(use, use.type(k), shape, -2)
    return (TensorType(out, shape),)


@operator("QLinearMatMul", _qmatmul_rule, (8, 8), conventions=(_WRAPS, _ROUNDED))
def qlinear_matmul(use: Call, *operands: Tensor) -> Tensor:
    """``saturate(round(Σ_k (a − za)·(b − zb) · sa·sb/sy) + zy)``; a and y by rows, b by columns"""
    a, a_scale, a_zero, c, c_scale, c_zero, y_scale, y_zero = operands
    sums = _one(matmul(use, _shifted(a, a_zero, -2), _shifted(c, c_zero, -1)))
    shape = sums.shape
    scales = (_spread(a_scale, shape, -2), _spread(c_scale, shape, -1), _spread(y_scale, shape, -2))
    return _rescaled(sums, scales, _spread(y_zero, shape, -2))


def _rescaled(sums: Tensor, scales: tuple[Tensor, Tensor, Tensor], zero: Tensor) -> Tensor:
    sa, sb, sy = scales

    def element(i: Index) -> Elem:
        return saturated(sums[i].cast(sa.dtype) * (sa[i] * sb[i] / sy[i]), zero[i], zero.dtype)

    return tensor(zero.dtype, sums.shape, element, sums.reading)


# -- convolutions ------------------------------------------------------------------------------------------------------


def _conv_shape(use: Call, x: TensorType, w: TensorType, bias: TensorType | None = None) -> Shape:
    """What Conv gives tensors of these shapes."""
    floats = tuple(TensorType(FLOAT, t.shape) for t in (x, w, bias) if t is not None)
    return OPS["Conv"].rule(replace(use, inputs=floats))[0].shape


def _check_one(use: Call, *at: int) -> None:
    for k in at:
        if use.has(k) and not is_single(use.type(k)):
            raise WrongShape(f"{use.op}: operand {k} of type {use.type(k)!r} is no single number")


def _filters(use: Call, w: TensorType, *at: int) -> None:
    """Operands of one number, or one for each filter."""
    for k in at:
        if use.has(k) and not is_single(use.type(k)):
            if use.type(k).rank != 1:
                raise WrongShape(f"{use.op}: operand {k} has type {use.type(k)!r}, and is one number a filter")
            check_sizes(use, use.type(k).shape[0], w.shape[0], f"size of operand {k}")


def _zero_type(use: Call, zero: int, dtype: DType) -> None:
    if use.has(zero) and use.type(zero).dtype is not dtype:
        raise WrongDType(f"{use.op}: the zero point is {use.type(zero).dtype!r}, not {dtype!r}")


def _conv_rule(use: Call) -> tuple[TensorType, ...]:
    x, w = _operand(use, 0, 0, None), _operand(use, 1, 0, None)
    _zero_type(use, 2, x.dtype)
    _zero_type(use, 3, w.dtype)
    _check_one(use, 2)
    _filters(use, w, 3)
    return (TensorType(INT32, _conv_shape(use, x, w)),)


@operator("ConvInteger", _conv_rule, (2, 4), attrs=_CONV, conventions=(_WRAPS, "x is its zero point outside"))
def conv_integer(use: Call, x: Tensor, w: Tensor, x_zero: Tensor | None, w_zero: Tensor | None) -> Tensor:
    """The convolution of ``x − zx`` with ``w − zw``, in int32: see Conv"""
    return _one(conv(use, _shifted(x, x_zero, 0), _shifted(w, w_zero, 0), None))


def _qconv_rule(use: Call) -> tuple[TensorType, ...]:
    x, w = _operand(use, 0, 0, None), _operand(use, 3, 0, None)
    _scale_type(use, 1, 4, 6)
    _zero_type(use, 2, x.dtype)
    _zero_type(use, 5, w.dtype)
    check_dtype(use, use.type(7).dtype, _BYTES)
    _check_one(use, 1, 2, 6, 7)
    _filters(use, w, 4, 5)
    bias = use.type(8) if use.has(8) else None
    if bias is not None:
        check_dtype(use, bias.dtype, (INT32,))
    return (TensorType(use.type(7).dtype, _conv_shape(use, x, w, bias)),)


@operator("QLinearConv", _qconv_rule, (8, 9), attrs=_CONV, conventions=(_WRAPS, _ROUNDED, "the bias has scale sx·sw"))
def qlinear_conv(use: Call, *operands: Tensor) -> Tensor:
    """``saturate(round((Σ (x − zx)·(w − zw) + bias) · sx·sw/sy) + zy)``: see Conv"""
    x, x_scale, x_zero, w, w_scale, w_zero, y_scale, y_zero, bias = operands
    sums = _one(conv(use, _shifted(x, x_zero, 0), _shifted(w, w_zero, 0), bias))
    scales = (_spread(x_scale, sums.shape, 0), _spread(w_scale, sums.shape, 1), _spread(y_scale, sums.shape, 0))
    return _rescaled(sums, scales, _spread(y_zero, sums.shape, 0))

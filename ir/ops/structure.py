"""Tensors that depend on shapes alone: sizes, constants, ranges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from ...theories.terms import build as b
from ...theories.terms.term import Term
from .. import dims
from ..dims import Shape
from ..dtypes import BFLOAT16, BOOL, DOUBLE, FLOAT, FLOAT16, INT16, INT32, INT64, NUMBERS, DType
from ..elements import Elem, index, literal, where
from ..errors import BadAttribute, WrongShape
from ..operators import Call, check_dtype, operator, same_type
from ..tensors import Index, Tensor, filled, tensor
from ..types import TensorType


@operator("Identity", same_type())
def identity(use: Call, x: Tensor) -> Tensor:
    """``x``"""
    return x


def chosen(k: Elem, values: Sequence[Elem], none: Elem) -> Elem:
    """``values[k]``, by comparison of ``k`` with each place."""
    out = values[-1] if values else none
    for place, value in reversed(list(enumerate(values[:-1]))):
        out = where(k.equals(place), value, out)
    return out


def _span(use: Call, rank: int) -> slice:
    """The axes ``start <= k < end``, both counted from the end if negative and brought into ``0 .. rank``."""
    end = rank if use.get("end") is None else use.int("end")
    low, high = (min(max(k + rank if k < 0 else k, 0), rank) for k in (use.int("start"), end))
    return slice(low, max(low, high))


def _shape_rule(use: Call) -> tuple[TensorType, ...]:
    x = use.type(0)
    return (TensorType(INT64, dims.shape(len(x.shape[_span(use, x.rank)]))),)


@operator("Shape", _shape_rule, attrs={"start": 0, "end": None})
def shape(use: Call, x: Tensor) -> Tensor:
    """``out[k] = size of axis start + k``"""
    sizes = [n.cast(INT64) for n in x.sizes[_span(use, x.rank)]]
    return tensor(INT64, (len(sizes),), lambda i: chosen(i[0], sizes, literal(0, INT64, use.reading)), use.reading)


def _size_rule(use: Call) -> tuple[TensorType, ...]:
    use.type(0)
    return (TensorType(INT64, ()),)


@operator("Size", _size_rule)
def size(use: Call, x: Tensor) -> Tensor:
    """The number of elements."""
    return filled(index(dims.product(x.shape), use.reading).cast(INT64), ())


def _natural(use: Call, sizes: Shape) -> Shape:
    for d in sizes:
        if dims.sign(d) == -1:
            raise WrongShape(f"{use.op}: the size {d!r} is negative")
    return sizes


def _value(use: Call) -> tuple[DType, float]:
    return use.get("value") or (FLOAT, 0.0)


def _constant_rule(use: Call) -> tuple[TensorType, ...]:
    return (TensorType(_value(use)[0], _natural(use, use.sizes("shape"))),)


@operator("ConstantOfShape", _constant_rule, (0, 1), attrs={"value": None}, static={0: "shape"})
def constant_of_shape(use: Call, _shape: None) -> Tensor:
    """``out[i] = value``; ``value`` is an element type and a number, float32 0 by default."""
    dtype, value = _value(use)
    return filled(literal(value, dtype, use.reading), use.sizes("shape"))


_RANGES = (FLOAT, DOUBLE, FLOAT16, BFLOAT16, INT16, INT32, INT64)


def _range(use: Call) -> tuple[DType, tuple[int | float | Term, ...]]:
    ends = tuple(use.get(name) for name in ("start", "limit", "delta"))
    if any(v is None for v in ends):
        raise BadAttribute("Range: start, limit and delta must be known")
    given = use.get("dtype") is not None
    dtype = use.dtype("dtype") if given else FLOAT if any(isinstance(v, float) for v in ends) else INT64
    check_dtype(use, dtype, _RANGES)
    if not dtype.is_float and any(isinstance(v, float) for v in ends):
        raise BadAttribute(f"Range: a bound is no {dtype.name}")
    return dtype, ends


def _range_size(use: Call) -> Term:
    """``max(⌈(limit − start) / delta⌉, 0)``; the difference of floats is taken in float64 if they are, else in float32."""
    dtype, (start, limit, delta) = _range(use)
    if delta == 0:
        raise BadAttribute("Range: delta is 0")
    if dtype.is_float:
        kind = np.float64 if dtype is DOUBLE else np.float32
        if isinstance(start, Term) or isinstance(limit, Term) or isinstance(delta, Term):
            raise BadAttribute("Range: a bound of floats is no number")
        if not all(math.isfinite(v) for v in (start, limit, delta)):
            raise BadAttribute("Range: a bound is not finite")
        span = float(kind(limit) - kind(start))
        return b.integer(max(math.ceil(Fraction(span) / Fraction(float(kind(delta)))), 0))
    first, last, step = (dims.size(v) for v in (start, limit, delta) if not isinstance(v, float))
    if dims.sign(step) not in (1, -1):
        raise WrongShape(f"Range: the sign of delta = {step!r} is not known")
    if dims.sign(step) == -1:
        first, last, step = last, first, dims.size(b.neg(step))
    return dims.larger(ceil_div(dims.size(b.sub(last, first)), step), b.ZERO)


def ceil_div(a: Term, c: Term) -> Term:
    """``⌈a / c⌉`` for a positive ``c``, without a division where ``c`` divides ``a`` as a polynomial."""
    exact = dims.divide(a, c)
    if exact is not None:
        return exact
    return dims.size(b.idiv(dims.size(b.add(a, b.sub(c, b.ONE))), c))


def _range_rule(use: Call) -> tuple[TensorType, ...]:
    return (TensorType(_range(use)[0], (_range_size(use),)),)


@operator(
    "Range",
    _range_rule,
    (0, 3),
    attrs={"stash_type": 1, "dtype": None},
    static={0: "start", 1: "limit", 2: "delta"},
    conventions=(
        "an element is start + k · delta, as the text of ONNX has it: rounded twice, not accumulated",
        "16-bit floats are computed in float32 and rounded once more, for stash_type 1",
        "attribute dtype gives the element type; without it floats are float32 and integers int64",
    ),
)
def range_(use: Call, _start: None, _limit: None, _delta: None) -> Tensor:
    """``out[k] = start + k · delta`` for ``0 <= k < max(⌈(limit − start) / delta⌉, 0)``"""
    dtype, (start, _, delta) = _range(use)
    wide = FLOAT if dtype in (FLOAT16, BFLOAT16) and use.int("stash_type") == 1 else dtype

    def number(v: float | Term) -> Elem:
        return index(v, use.reading).cast(wide) if isinstance(v, Term) else literal(v, wide, use.reading)

    def element(i: Index) -> Elem:
        if not dtype.is_float and dtype is INT64:
            return (_position(start, use) + i[0] * _position(delta, use)).cast(dtype)
        return (number(start) + i[0].cast(wide) * number(delta)).cast(dtype)

    return tensor(dtype, (_range_size(use),), element, use.reading)


def _position(v: float | Term, use: Call) -> Elem:
    assert not isinstance(v, float)
    return index(v, use.reading)


def _eye_rule(use: Call) -> tuple[TensorType, ...]:
    x = use.type(0)
    if x.rank != 2:
        raise WrongShape(f"EyeLike takes a matrix, not rank {x.rank}")
    dtype = x.dtype if use.get("dtype") is None else use.dtype("dtype")
    check_dtype(use, dtype, (*NUMBERS, BOOL))
    return (TensorType(dtype, x.shape),)


@operator("EyeLike", _eye_rule, attrs={"dtype": None, "k": 0})
def eye_like(use: Call, x: Tensor) -> Tensor:
    """``out[i, j] = 1 if j = i + k else 0``"""
    dtype = x.dtype if use.get("dtype") is None else use.dtype("dtype")
    one, zero = literal(1, dtype, use.reading), literal(0, dtype, use.reading)
    return tensor(dtype, x.shape, lambda i: where(i[1].equals(i[0] + use.int("k")), one, zero), use.reading)

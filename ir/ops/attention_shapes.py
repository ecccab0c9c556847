"""Shapes of attention: heads packed into one axis or not, and the shape rule of ``Attention``."""

from __future__ import annotations

from typing import NamedTuple

from ...theories.terms import build as b
from ...theories.terms.term import Term
from .. import dims
from ..dims import Shape
from ..dtypes import BOOL, FLOAT_TYPES, INT64, DType
from ..elements import index
from ..errors import BadAttribute, WrongDType, WrongShape
from ..operators import Call, check_dtype, check_sizes
from ..tensors import Tensor, tensor
from ..types import TensorType


def divided(use: Call, a: Term, c: Term, what: str) -> Term:
    """``a / c``; WrongShape unless ``c`` divides ``a`` for all values of the symbols."""
    out = dims.divide(a, c)
    if out is None:
        raise WrongShape(f"{use.op}: {what}: {c!r} does not divide {a!r}")
    return out


def heads(use: Call, name: str) -> int:
    """An attribute that counts heads; BadAttribute unless it is at least 1."""
    if use.int(name) < 1:
        raise BadAttribute(f"{use.op}: {name} is {use.int(name)}")
    return use.int(name)


def unpacked_shape(use: Call, shape: Shape, count: int) -> Shape:
    """``[batch, sequence, heads·width]`` as ``[batch, heads, sequence, width]``."""
    return (shape[0], dims.size(count), shape[1], divided(use, shape[2], dims.size(count), "heads"))


def unpacked(use: Call, x: Tensor, name: str) -> Tensor:
    """``out[b, h, s, e] = x[b, s, h·width + e]`` for ``name`` heads; a tensor of rank 4 is left as it is."""
    if x.rank == 4:
        return x
    shape = unpacked_shape(use, x.shape, heads(use, name))
    width = index(shape[3], x.reading)
    return tensor(x, shape, lambda i: x[i[0], i[2], i[1] * width + i[3]], x.reading)


def packed(x: Tensor) -> Tensor:
    """``out[b, s, c] = x[b, c // width, s, c % width]``."""
    width = x.size(3)
    shape = (x.shape[0], x.shape[2], dims.product((x.shape[1], x.shape[3])))
    return tensor(x, shape, lambda i: x[i[0], i[2] // width, i[1], i[2] % width], x.reading)


def expect(use: Call, k: int, name: str, shape: Shape, dtype: DType) -> None:
    """WrongShape or WrongDType unless operand ``k``, if it is given, has that type."""
    if not use.has(k):
        return
    have = use.type(k)
    if have.dtype is not dtype:
        raise WrongDType(f"{use.op}: {name} has type {have.dtype.name}, not {dtype.name}")
    if have.rank != len(shape):
        raise WrongShape(f"{use.op}: {name} has rank {have.rank}, not {len(shape)}")
    for a, c in zip(have.shape, shape, strict=True):
        check_sizes(use, a, c, f"sizes of {name}")


class Sizes(NamedTuple):
    """Query, key and value as ``[batch, heads, sequence, width]``; lengths of the past, and of past and key."""

    q: Shape
    k: Shape
    v: Shape
    past: Term
    total: Term


_COUNTS = ("q_num_heads", "kv_num_heads", "kv_num_heads")


def _sizes(use: Call) -> Sizes:
    types = [use.type(k) for k in range(3)]
    if len({t.rank for t in types}) != 1 or types[0].rank not in (3, 4):
        raise WrongShape(f"{use.op} takes Q, K and V all of rank 3 or all of rank 4")
    shapes: list[Shape] = []
    for t, name in zip(types, _COUNTS, strict=True):
        shapes.append(unpacked_shape(use, t.shape, heads(use, name)) if t.rank == 3 else t.shape)
        if use.get(name) is not None:
            check_sizes(use, shapes[-1][1], dims.size(use.int(name)), name)
    q, k, v = shapes
    for axis, what in ((0, "batch sizes"), (3, "widths of a head")):
        check_sizes(use, q[axis], k[axis], what)
    for axis, what in ((0, "batch sizes"), (1, "heads of key and value"), (2, "lengths of key and value")):
        check_sizes(use, k[axis], v[axis], what)
    divided(use, q[1], k[1], "heads of query and key")
    past = use.type(4).shape[2] if use.has(4) and use.type(4).rank == 4 else b.ZERO
    return Sizes(q, k, v, past, dims.size(b.add(past, k[2])))


def _check_mask(use: Call, mask: TensorType, scores: Shape) -> None:
    if mask.dtype is not BOOL and mask.dtype is not use.type(0).dtype:
        raise WrongDType(f"{use.op}: a mask of type {mask.dtype.name}")
    if mask.rank > 4:
        raise WrongShape(f"{use.op}: the mask has rank {mask.rank}")
    wide = dims.broadcast([mask.shape[:-1], scores[:3]])
    for a, c in zip(wide, scores[:3], strict=True):
        check_sizes(use, a, c, "sizes of the mask")
    if mask.rank and not dims.at_least(b.sub(scores[3], mask.shape[-1]), 0):
        raise WrongShape(f"{use.op}: a mask for {mask.shape[-1]!r} keys, where there are {scores[3]!r}")


def _check_attributes(use: Call) -> None:
    if use.int("qk_matmul_output_mode") not in (0, 1, 2, 3):
        raise BadAttribute(f"{use.op}: qk_matmul_output_mode is {use.int('qk_matmul_output_mode')}")
    if min(use.int("left_window_size"), use.int("right_window_size")) < -1:
        raise BadAttribute(f"{use.op}: a window size is at least -1")
    if use.float("softcap") < 0:
        raise BadAttribute(f"{use.op}: softcap is {use.float('softcap')}")
    if use.get("scale") is not None and not use.float("scale") > 0:
        raise BadAttribute(f"{use.op}: scale is {use.float('scale')}")
    if use.get("softmax_precision") is not None:
        check_dtype(use, use.dtype("softmax_precision"), FLOAT_TYPES)


def attention_rule(use: Call) -> tuple[TensorType, ...]:
    """``Y``, present key and value, and the scores ``[batch, heads, query, key]`` (ONNX Attention)."""
    dtype = use.type(0).dtype
    check_dtype(use, dtype, FLOAT_TYPES)
    for k in (1, 2):
        if use.type(k).dtype is not dtype:
            raise WrongDType(f"{use.op}: operands of types {dtype.name} and {use.type(k).dtype.name}")
    if use.has(4) != use.has(5):
        raise BadAttribute(f"{use.op}: past_key and past_value are given together")
    if use.has(4) and use.has(6):
        raise BadAttribute(f"{use.op}: nonpad_kv_seqlen is for a cache outside, and excludes past_key")
    _check_attributes(use)
    z = _sizes(use)
    expect(use, 4, "past_key", (*z.k[:2], z.past, z.k[3]), dtype)
    expect(use, 5, "past_value", (*z.v[:2], z.past, z.v[3]), dtype)
    expect(use, 6, "nonpad_kv_seqlen", (z.q[0],), INT64)
    scores = (*z.q[:3], z.total)
    if use.has(3):
        _check_mask(use, use.type(3), scores)
    y = (*z.q[:3], z.v[3]) if use.type(0).rank == 4 else (z.q[0], z.q[2], dims.product((z.q[1], z.v[3])))
    present = ((*z.k[:2], z.total, z.k[3]), (*z.v[:2], z.total, z.v[3]))
    return tuple(TensorType(dtype, shape) for shape in (y, *present, scores))

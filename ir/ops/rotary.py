"""Rotary positions, and caches of keys and values."""

from __future__ import annotations

from typing import Final

from ...theories.terms import build as b
from .. import dims
from ..dtypes import BFLOAT16, FLOAT, FLOAT16, INT64
from ..elements import Elem, index, require, where
from ..errors import BadAttribute, WrongShape
from ..operators import Call, check_dtype, operator
from ..tensors import Index, Tensor, tensor
from ..types import TensorType
from .attention_shapes import divided, expect, heads, packed, unpacked, unpacked_shape

_FLOATS: Final = (FLOAT, FLOAT16, BFLOAT16)


# -- rotary positions --------------------------------------------------------------------------------------------------


def _rotary_rule(use: Call) -> tuple[TensorType, ...]:
    """The type of X; the caches hold half a rotated width (ONNX RotaryEmbedding)."""
    x = use.type(0)
    check_dtype(use, x.dtype, _FLOATS)
    if x.rank not in (3, 4):
        raise WrongShape(f"{use.op} takes X of rank 3 or 4, not {x.rank}")
    shape = unpacked_shape(use, x.shape, heads(use, "num_heads")) if x.rank == 3 else x.shape
    rotated = dims.size(use.int("rotary_embedding_dim")) if use.int("rotary_embedding_dim") else shape[3]
    if not dims.at_least(b.sub(shape[3], rotated), 0):
        raise WrongShape(f"{use.op}: rotary_embedding_dim {rotated!r} is more than the width {shape[3]!r}")
    half = divided(use, rotated, dims.size(2), "halves")
    places = (shape[0], shape[2])
    if use.has(3):
        expect(use, 3, "position_ids", places, INT64)
        rows = use.type(1).shape[:1]
    else:
        rows = places
    for k, name in ((1, "cos_cache"), (2, "sin_cache")):
        expect(use, k, name, (*rows, half), x.dtype)
    return (x,)


@operator(
    "RotaryEmbedding",
    _rotary_rule,
    (3, 4),
    {"interleaved": 0, "num_heads": None, "rotary_embedding_dim": 0},
    conventions=("a negative position counts from the end of the caches",),
)
def rotary_embedding(use: Call, x: Tensor, cos: Tensor, sin: Tensor, positions: Tensor | None) -> Tensor:
    """``(cos·x₁ − sin·x₂, sin·x₁ + cos·x₂)`` for pairs of features: halves of the width, or neighbours."""
    rank = x.rank
    x = unpacked(use, x, "num_heads")
    half = cos.size(-1)
    neighbours = use.flag("interleaved")

    def angle(cache: Tensor, i: Index, pair: Elem) -> Elem:
        if positions is None:
            return cache[i[0], i[2], pair]
        at, n = positions[i[0], i[2]].index(), cache.size(0)
        inside = (at >= -n) & (at < n)
        return require(inside, cache[where(at < 0, at + n, at), pair])

    def rotate(i: Index) -> Elem:
        lead, e = i[:3], i[3]
        pair = e // 2 if neighbours else e % half
        first = pair * 2 if neighbours else pair
        step = index(1, use.reading) if neighbours else half
        c, s = angle(cos, i, pair), angle(sin, i, pair)
        real = c * x[(*lead, first)] - s * x[(*lead, first + step)]
        imaginary = s * x[(*lead, first)] + c * x[(*lead, first + step)]
        return where((e % 2).equals(0) if neighbours else e < half, real, imaginary)

    whole = dims.equal(x.shape[3], dims.size(b.mul(half.term, b.integer(2)))) is True

    def element(i: Index) -> Elem:
        return rotate(i) if whole else where(i[3] < half * 2, rotate(i), x[i])

    out = tensor(x, x.shape, element, x.reading)
    return packed(out) if rank == 3 else out


# -- caches ------------------------------------------------------------------------------------------------------------


def _scatter_rule(use: Call) -> tuple[TensorType, ...]:
    past, update = use.type(0), use.type(1)
    axis = use.axis("axis", past.rank)
    if axis == 0:
        raise BadAttribute(f"{use.op}: axis 0 is the batch")
    if use.str("mode") not in ("linear", "circular"):
        raise BadAttribute(f"{use.op}: unknown mode {use.str('mode')}")
    length = update.shape[axis] if update.rank == past.rank else b.ONE
    expect(use, 1, "update", (*past.shape[:axis], length, *past.shape[axis + 1 :]), past.dtype)
    if not dims.at_least(b.sub(past.shape[axis], length), 0):
        raise WrongShape(f"{use.op}: {length!r} entries do not fit into {past.shape[axis]!r}")
    expect(use, 2, "write_indices", past.shape[:1], INT64)
    return (past,)


@operator("TensorScatter", _scatter_rule, (2, 3), {"mode": "linear", "axis": -2})
def tensor_scatter(use: Call, past: Tensor, update: Tensor, starts: Tensor | None) -> Tensor:
    """``out[.., (start + k) mod n, ..] = update[.., k, ..]``, elsewhere ``past``; linear: ``start + length <= n``."""
    axis = use.axis("axis", past.rank)
    n, length = past.size(axis), update.size(axis)

    def element(i: Index) -> Elem:
        start = starts[i[0]].index() if starts is not None else index(0, use.reading)
        k = i[axis] - start
        if use.str("mode") == "circular":
            k = k % n
        new = update[(*i[:axis], k, *i[axis + 1 :])]
        out = where((k >= 0) & (k < length), new, past[i])
        return out if use.str("mode") == "circular" else require((start >= 0) & (start + length <= n), out)

    return tensor(past, past.shape, element, past.reading)

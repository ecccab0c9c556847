"""Tensors put together and taken apart along an axis."""

from __future__ import annotations

from itertools import pairwise

from ...theories.terms import build as b
from ...theories.terms.term import Term
from .. import dims
from ..dims import Shape
from ..elements import Elem, index, where
from ..errors import BadAttribute, WrongDType, WrongShape
from ..operators import REQUIRED, Call, check_sizes, operator
from ..tensors import Index, Tensor, tensor
from ..types import TensorType
from .places import replaced, resized


def _added(sizes: Shape) -> Term:
    out = b.ZERO
    for d in sizes:
        out = dims.size(b.add(out, d))
    return out


def _concat_rule(use: Call) -> tuple[TensorType, ...]:
    types = [use.type(k) for k in range(len(use.inputs))]
    first = types[0]
    axis = use.axis("axis", first.rank)
    for t in types[1:]:
        if t.dtype is not first.dtype:
            raise WrongDType(f"Concat: operands of types {first.dtype.name} and {t.dtype.name}")
        if t.rank != first.rank:
            raise WrongShape(f"Concat: operands of ranks {first.rank} and {t.rank}")
        for k, (d, e) in enumerate(zip(first.shape, t.shape, strict=True)):
            if k != axis:
                check_sizes(use, d, e, f"sizes of axis {k}")
    return (TensorType(first.dtype, resized(first.shape, axis, _added(tuple(t.shape[axis] for t in types)))),)


@operator("Concat", _concat_rule, (1, None), attrs={"axis": REQUIRED})
def concat(use: Call, *xs: Tensor) -> Tensor:
    """``out[.., k, ..] = x_m[.., k − (n_0 + … + n_{m−1}), ..]`` for the first ``m`` with ``k < n_0 + … + n_m``"""
    axis = use.axis("axis", xs[0].rank)
    sizes = tuple(x.shape[axis] for x in xs)
    ends = [index(_added(sizes[: m + 1]), use.reading) for m in range(len(xs))]

    def read(i: Index) -> Elem:
        k = i[axis]
        parts = [xs[0][i], *(x[replaced(i, axis, k - start)] for x, start in zip(xs[1:], ends, strict=False))]
        out = parts[-1]
        for part, end in reversed(list(zip(parts[:-1], ends, strict=False))):
            out = where(k < end, part, out)
        return out

    return tensor(xs[0], resized(xs[0].shape, axis, ends[-1].term), read, use.reading)


def _pieces(use: Call, d: Term) -> Shape:
    """The sizes that Split cuts ``d`` into: those given, or equal ones of which the last may be smaller."""
    if use.get("split") is not None:
        if use.get("num_outputs") is not None:
            raise BadAttribute("Split: split and num_outputs are both given")
        sizes = use.sizes("split")
        for e in sizes:
            if dims.sign(e) == -1:
                raise WrongShape(f"Split: the size {e!r} is negative")
        check_sizes(use, _added(sizes), d, "the sum of sizes")
        return sizes
    n = use.n_outputs if use.get("num_outputs") is None else use.int("num_outputs")
    if n < 1:
        raise BadAttribute(f"Split: num_outputs is {n}")
    even = dims.divide(d, b.integer(n))
    if even is not None:
        return (even,) * n
    piece = dims.size(b.idiv(dims.size(b.add(d, b.integer(n - 1))), b.integer(n)))
    last = dims.size(b.sub(d, b.mul(piece, b.integer(n - 1))))
    if n > 2 and not dims.at_least(last, 0):
        raise WrongShape(f"Split: {d!r} does not make {n} pieces of size {piece!r}")
    return (*(piece,) * (n - 1), last)


def _split_rule(use: Call) -> tuple[TensorType, ...]:
    x = use.type(0)
    axis = use.axis("axis", x.rank)
    return tuple(TensorType(x.dtype, resized(x.shape, axis, e)) for e in _pieces(use, x.shape[axis]))


@operator("Split", _split_rule, (1, 2), attrs={"split": None, "num_outputs": None, "axis": 0}, static={1: "split"})
def split(use: Call, x: Tensor, _split: None) -> tuple[Tensor, ...]:
    """``out_m[.., k, ..] = x[.., k + (n_0 + … + n_{m−1}), ..]``; the last piece is smaller where ``n`` is not divided"""
    axis = use.axis("axis", x.rank)
    pieces = _pieces(use, x.shape[axis])
    starts = [_added(pieces[:m]) for m in range(len(pieces) + 1)]

    def piece(start: Term, size: Term) -> Tensor:
        offset = index(start, use.reading)
        return tensor(x, resized(x.shape, axis, size), lambda i: x[replaced(i, axis, i[axis] + offset)], use.reading)

    return tuple(piece(low, dims.size(b.sub(high, low))) for low, high in pairwise(starts))


def _tiled(use: Call, shape: Shape) -> Shape:
    repeats = use.sizes("repeats")
    if len(repeats) != len(shape):
        raise WrongShape(f"Tile: {len(repeats)} repeats for rank {len(shape)}")
    for r in repeats:
        if dims.sign(r) == -1:
            raise WrongShape(f"Tile: the repeat {r!r} is negative")
    return tuple(dims.product(pair) for pair in zip(shape, repeats, strict=True))


def _tile_rule(use: Call) -> tuple[TensorType, ...]:
    x = use.type(0)
    return (TensorType(x.dtype, _tiled(use, x.shape)),)


@operator("Tile", _tile_rule, (1, 2), static={1: "repeats"})
def tile(use: Call, x: Tensor, _repeats: None) -> Tensor:
    """``out[i] = x[i mod shape]``"""
    same = [r is b.ONE for r in use.sizes("repeats")]

    def read(i: Index) -> Elem:
        return x[tuple(k if one else k % n for k, n, one in zip(i, x.sizes, same, strict=True))]

    return tensor(x, _tiled(use, x.shape), read, use.reading)

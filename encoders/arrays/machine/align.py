"""Lining arrays up: the dimensions of arguments among those of a node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

from .graph import Node

Array = NDArray[Any]
Step = Callable[..., Array]
Index = tuple[slice | None | int, ...]


def expand(positions: tuple[int, ...], rank: int) -> Index | None:
    """The index that lines an array up with ``rank`` dimensions; None if broadcasting does it."""
    if not positions or positions == tuple(range(rank - len(positions), rank)):
        return None
    full = [slice(None) if p in positions else None for p in range(rank)]
    while full[0] is None:
        full.pop(0)
    return tuple(full)


def aligned(node: Node) -> list[Index | None]:
    """The indices that line the arguments of a node up with it."""
    rank = len(node.shape)
    return [expand(p, rank) for _, p in node.args]


def lift(f: Callable[..., Any], indices: list[Index | None]) -> Step:
    """``f`` on arrays that are lined up first."""
    if all(i is None for i in indices):
        return f
    if len(indices) == 1:
        return f  # one argument has all the axes
    if len(indices) == 2:
        return _lift_pair(f, *indices)

    def call(*arrays: Array) -> Array:
        return f(*[a if i is None else a[i] for a, i in zip(arrays, indices, strict=True)])

    return call


def _lift_pair(f: Callable[..., Any], i: Index | None, j: Index | None) -> Step:
    def left(a: Array, b: Array, **out: Array) -> Array:
        return f(a[i], b, **out)

    def right(a: Array, b: Array, **out: Array) -> Array:
        return f(a, b[j], **out)

    def both(a: Array, b: Array, **out: Array) -> Array:
        return f(a[i], b[j], **out)

    return left if j is None else right if i is None else both


def lay_out(a: Array, positions: tuple[int, ...], rank: int) -> Array:
    """``a`` with one dimension for each of ``rank``, of length 1 where it has none."""
    if len(positions) == rank:
        return a
    shape = [1] * rank
    for p, n in zip(positions, a.shape, strict=True):
        shape[p] = n
    return a.reshape(shape)

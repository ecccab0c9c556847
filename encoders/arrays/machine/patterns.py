"""Choices between elements, on their bit patterns: NumPy's own branch at each element."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
_FEW = 1 << 8
"""Elements up to which it makes no difference."""
_ROW = 1 << 15


def select(condition: Array, a: Array, b: Array) -> Array:
    """``a`` where ``condition``, else ``b``, of the same type."""
    kind = a.dtype
    if kind.hasobject or kind != b.dtype or np.size(condition) < _FEW:
        return np.where(condition, a, b)
    word = np.dtype(f"u{kind.itemsize}")
    mask = np.negative(np.asarray(condition).astype(word))
    other = np.asarray(b).view(word)
    out = np.empty(np.broadcast_shapes(mask.shape, a.shape, b.shape), word)
    np.bitwise_xor(np.asarray(a).view(word), other, out=out)
    np.bitwise_and(out, mask, out=out)
    return np.bitwise_xor(out, other, out=out).view(kind)


def extreme(ufunc: np.ufunc, add_zero: bool) -> Callable[..., Array]:
    """NumPy's maximum or minimum with a literal, which is one of the two; ``add_zero`` turns −0 into +0."""

    def call(a: Array, b: Array, out: Array | None = None) -> Array:
        x, literal = (b, a) if np.ndim(a) == 0 else (a, b)
        largest = np.asarray(ufunc(x, _beside(x, literal), out=out))
        return np.add(largest, largest.dtype.type(0), out=largest) if add_zero else largest

    return call


def _beside(x: Array, literal: Array) -> Array:
    """``literal`` along the last dimensions of ``x``: NumPy is faster with two arrays."""
    k, size = x.ndim, 1
    while k and size * x.shape[k - 1] <= _ROW:
        k -= 1
        size *= x.shape[k]
    return literal if size < _FEW or np.ndim(literal) else _row(literal.item(), x.dtype, x.shape[k:])


@functools.lru_cache(maxsize=64)
def _row(value: float, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Array:
    return np.full(shape, value, dtype)

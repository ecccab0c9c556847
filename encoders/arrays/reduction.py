"""Big operators: reducing one axis under a mask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...theories.errors import Unsupported
from ...theories.terms.sorts import EREAL, FloatSort, Sort
from .algebra import Algebra, Outcome
from .values import Arr, Array, Mask, align, mark

_BINARY = {"sum": "add", "prod": "mul", "bigmax": "max", "bigmin": "min"}
_UFUNCS: dict[str, np.ufunc] = {"sum": np.add, "prod": np.multiply, "bigmax": np.maximum, "bigmin": np.minimum}


def reduce(op: str, sort: Sort, algebra: Algebra, axis: int, length: int, mask: Arr, body: Arr) -> Arr:
    """``op`` of ``body`` over the positions of ``axis`` where ``mask`` is true.

    A position whose membership is undecided makes the result undecided, except where a quantifier is decided by others.
    """
    if op in ("forall", "exists") and mask.und is None and body.und is None:
        return _plain_quantifier(op, axis, mask, body)
    axes, (m, x), (um, ux) = align([mask, body])
    if axis not in axes:
        axes = (*axes, axis)
        m, x = m[..., None], x[..., None]
        um, ux = (None if u is None else u[..., None] for u in (um, ux))
    k = axes.index(axis)
    shape = list(np.broadcast_shapes(m.shape, x.shape))
    shape[k] = length
    m = np.broadcast_to(m, shape)
    x = np.broadcast_to(x, shape)
    um, ux = (None if u is None else np.broadcast_to(u, shape) for u in (um, ux))
    rest = axes[:k] + axes[k + 1 :]
    if op in ("forall", "exists"):
        return _quantify(op, rest, k, m, x, um, ux)
    touched = mark(tuple(shape), [um, None if ux is None else ux & m])
    und = None if touched is None else np.asarray(touched.any(axis=k))
    if op == "count":
        counts = np.asarray((m & x).sum(axis=k))
        return Arr(rest, counts.astype(object) if algebra.dtype == object else counts, und)
    data, undecided = _fold(op, sort, algebra, k, m, x)
    return Arr(rest, data, mark(np.shape(data), [und, undecided]))


def _plain_quantifier(op: str, axis: int, mask: Arr, body: Arr) -> Arr:
    axes, (m, x), _ = align([mask, body])
    members = (x | ~m) if op == "forall" else (x & m)
    if axis not in axes:
        return Arr(axes, np.asarray(members))
    k = axes.index(axis)
    reduction = np.logical_and if op == "forall" else np.logical_or
    return Arr(axes[:k] + axes[k + 1 :], np.asarray(reduction.reduce(members, axis=k)))


def _quantify(op: str, rest: tuple[int, ...], k: int, m: Array, x: Array, um: Mask | None, ux: Mask | None) -> Arr:
    um = np.zeros(m.shape, np.bool_) if um is None else um
    ux = np.zeros(m.shape, np.bool_) if ux is None else ux
    surely = m & ~um & ~ux
    decisive = (surely & ~x if op == "forall" else surely & x).any(axis=k)
    holds = ~decisive if op == "forall" else decisive
    open_ = ((um | (m & ux)) & ~_settled(op, x, ux)).any(axis=k) & ~decisive
    return Arr(rest, np.asarray(holds), np.asarray(open_) if np.any(open_) else None)


def _settled(op: str, x: Array, ux: Mask) -> Mask:
    """Positions whose body makes their membership irrelevant."""
    return (x if op == "forall" else ~x) & ~ux


def _fold(op: str, sort: Sort, algebra: Algebra, k: int, m: Array, x: Array) -> tuple[Array, Mask | None]:
    if isinstance(sort, FloatSort) and op in ("sum", "prod"):
        raise Unsupported(f"{op} on {sort.text}: the order of the operations is not specified")
    start = _start(op, sort, algebra)
    native = x.dtype.kind in "if" and not isinstance(sort, FloatSort) and "ℤ/" not in algebra.name
    if native and (op in ("sum", "prod") or start is not None):
        return np.asarray(_UFUNCS[op].reduce(np.where(m, x, start), axis=k)), None
    step: Callable[[Array, Array], Outcome] = algebra.operations[_BINARY[op]]
    seen = np.zeros(m.shape[:k] + m.shape[k + 1 :], np.bool_)
    acc = np.full(seen.shape, algebra.zero if start is None else start, algebra.dtype)
    und: Mask | None = None
    for j in range(m.shape[k]):
        now, here = m.take(j, axis=k), np.asarray(x.take(j, axis=k), algebra.dtype)
        out = step(acc, here)
        if isinstance(out, tuple):
            und = mark(seen.shape, [und, None if out[1] is None else out[1] & now & seen])
            out = out[0]
        new = np.where(seen, out, here) if start is None or op in ("bigmax", "bigmin") else out
        acc = np.asarray(np.where(now, new, acc), algebra.dtype)
        seen = seen | now
    return acc, und


def _start(op: str, sort: Sort, algebra: Algebra) -> Any:
    """The value over an empty range; None where there is none (the result is then junk)."""
    if op == "sum":
        return algebra.zero
    if op == "prod":
        return algebra.one
    if sort is EREAL:
        return algebra.accept("-inf" if op == "bigmax" else "inf")
    return None

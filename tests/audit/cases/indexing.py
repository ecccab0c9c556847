"""Operators that read or write at indices."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..gen import Gen, cases
from ..trial import Trial


@cases("Gather")
def gather(g: Gen) -> Trial:
    x = g.array(g.dtype(), g.shape(low=1, high=3, empty=False))
    axis = g.axis(x.ndim)
    attrs: dict[str, Any] = {"axis": axis} if axis or g.chance(0.5) else {}
    return g.trial(x, g.index(g.shape(high=2), x.shape[axis], g.pick("int32", "int64")), **attrs)


@cases("GatherElements")
def gather_elements(g: Gen) -> Trial:
    x = g.array(g.dtype(), g.shape(low=1, high=3, empty=False))
    axis = g.axis(x.ndim)
    shape = [g.int(1, n) if g.chance(0.2) else n for n in x.shape]
    shape[axis] = g.int(0 if g.chance(0.1) else 1, 4)
    attrs: dict[str, Any] = {"axis": axis} if axis or g.chance(0.5) else {}
    return g.trial(x, g.index(shape, x.shape[axis], g.pick("int32", "int64")), **attrs)


@cases("GatherND")
def gather_nd(g: Gen) -> Trial:
    x = g.array(g.dtype(), g.shape(low=1, high=4, empty=False))
    batch = g.int(0, min(x.ndim - 1, 2)) if g.chance(0.5) else 0
    depth = g.int(1, x.ndim - batch)
    shape = (*x.shape[:batch], *g.shape(high=2 - min(batch, 2)))
    columns = [g.index(shape, x.shape[batch + k]) for k in range(depth)]
    attrs: dict[str, Any] = {"batch_dims": batch} if batch or g.chance(0.3) else {}
    return g.trial(x, np.stack(columns, -1), **attrs)


@cases("ScatterElements", "Scatter")
def scatter_elements(g: Gen) -> Trial:
    dtype = g.dtype()
    x = g.array(dtype, g.shape(low=1, high=3, empty=False, most=5))
    axis = g.axis(x.ndim)
    shape = [g.int(1, n) for n in x.shape]
    reduction = g.pick("none", "add", "mul", "min", "max") if g.op != "Scatter" and dtype != "bool" else "none"
    n = x.shape[axis]
    if reduction == "none":  # what a repeated index means is not said
        rows = np.stack([g.rng.permutation(n)[: shape[axis]] for _ in range(int(np.prod(shape)) // shape[axis])])
        others = [s for k, s in enumerate(shape) if k != axis % x.ndim]
        at = np.moveaxis(rows.reshape(*others, shape[axis]), -1, axis).astype(np.int64)
        at = np.where(g.rng.random(at.shape) < 0.3, at - n, at)
    else:
        at = g.index(shape, n)
    at = at.astype(g.pick(np.int32, np.int64))
    attrs: dict[str, Any] = {"axis": axis} if axis or g.chance(0.5) else {}
    if reduction != "none" or (g.op != "Scatter" and g.chance(0.3)):
        attrs["reduction"] = reduction
    return g.trial(x, at, g.array(dtype, at.shape), **attrs)


@cases("ScatterND")
def scatter_nd(g: Gen) -> Trial:
    dtype = g.dtype()
    x = g.array(dtype, g.shape(low=1, high=3, empty=False))
    depth = g.int(1, x.ndim)
    reduction = g.pick("none", "add", "mul", "min", "max") if dtype != "bool" else "none"
    cells = int(np.prod(x.shape[:depth]))
    count = g.int(1, min(cells, 4))
    flat = g.rng.permutation(cells)[:count] if reduction == "none" else g.rng.integers(0, cells, count)
    at = np.stack(np.unravel_index(flat, x.shape[:depth]), -1).astype(np.int64)
    if g.chance(0.4):
        at = np.where(g.rng.random(at.shape) < 0.4, at - np.asarray(x.shape[:depth]), at)
    shape = (count,) if g.chance(0.7) or count % 2 else (2, count // 2)
    updates = g.array(dtype, (*shape, *x.shape[depth:]))
    attrs: dict[str, Any] = {"reduction": reduction} if reduction != "none" or g.chance(0.3) else {}
    return g.trial(x, at.reshape(*shape, depth), updates, **attrs)


@cases("TensorScatter")
def tensor_scatter(g: Gen) -> Trial:
    dtype = g.dtype()
    shape = [g.int(1, 3), *g.shape(low=1, high=2, empty=False), g.int(1, 3)]
    axis = g.pick(*range(1, len(shape)))
    shape[axis] = g.int(2, 6)
    part = list(shape)
    part[axis] = g.int(1, shape[axis])
    mode = g.pick("linear", "circular")
    last = shape[axis] - (part[axis] if mode == "linear" else 1)
    at = g.rng.integers(0, last + 1, shape[0]).astype(np.int64) if g.chance(0.7) else None
    attrs: dict[str, Any] = {"mode": mode} if mode != "linear" or g.chance(0.5) else {}
    if axis != len(shape) - 2 or g.chance(0.3):
        attrs["axis"] = axis - len(shape) if g.chance(0.5) else axis
    return g.trial(g.array(dtype, shape), g.array(dtype, part), at, **attrs)


@cases("ArrayFeatureExtractor")
def array_feature_extractor(g: Gen) -> Trial:
    x = g.array(g.dtype(), g.shape(low=1, high=3, empty=False))
    return g.trial(x, g.index((g.int(1, 3),), x.shape[-1], negative=False))


@cases("NonMaxSuppression")
def non_max_suppression(g: Gen) -> Trial:
    n, boxes, classes = g.int(1, 2), g.int(1, 5), g.int(1, 2)
    corners = g.uniform("float32", (n, boxes, 4), 0, 1)
    scores = g.uniform("float32", (n, classes, boxes), 0, 1)
    rest = [g.ints(g.int(0, 3)), g.uniform("float32", (1,), 0, 1), g.uniform("float32", (1,), 0, 1)]
    return g.trial(corners, scores, *rest[: g.int(0, 3)], **g.some(0.5, center_point_box=g.int(0, 1)))

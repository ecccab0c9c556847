"""Operators that move elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from probanda.ir.dtypes import BY_NAME

from ..gen import INTS, Gen, cases
from ..trial import NUMPY, Trial


@cases("Transpose")
def transpose(g: Gen) -> Trial:
    x = g.array(g.dtype(), g.shape())
    return g.trial(x, **g.some(0.8, perm=g.perm(x.ndim)))


@cases("Reshape")
def reshape(g: Gen) -> Trial:
    x = g.array(g.dtype(), g.shape())
    allow = g.chance(0.3)
    if x.size:
        sizes = list(x.shape)
        if len(sizes) > 1 and g.chance(0.6):  # two neighbours become one
            k = g.int(0, len(sizes) - 2)
            sizes[k : k + 2] = [sizes[k] * sizes[k + 1]]
        if g.chance(0.4):
            sizes.insert(g.int(0, len(sizes)), 1)
        for k, n in enumerate(list(sizes)):  # one divided
            if n % 2 == 0 and g.chance(0.3):
                sizes[k : k + 1] = [n // 2, 2]
                break
        if sizes and g.chance(0.3):
            sizes[g.int(0, len(sizes) - 1)] = -1
        if not allow and -1 not in sizes:
            sizes = [0 if k < x.ndim and n == x.shape[k] and g.chance(0.3) else n for k, n in enumerate(sizes)]
    else:
        sizes = list(x.shape[::-1]) if allow else list(x.shape)
    return g.trial(x, g.ints(*sizes), **({"allowzero": 1} if allow else g.some(0.3, allowzero=0)))


@cases("Flatten")
def flatten(g: Gen) -> Trial:
    x = g.array(g.dtype(), g.shape(low=1))
    return g.trial(x, **g.some(0.8, axis=g.int(-x.ndim, x.ndim)))


@cases("Squeeze")
def squeeze(g: Gen) -> Trial:
    shape = g.shape(most=2)
    ones = [k for k, n in enumerate(shape) if n == 1 and g.chance(0.7)]
    axes = [k - len(shape) if g.chance(0.4) else k for k in ones]
    return g.trial(g.array(g.dtype(), shape), g.ints(*axes) if g.chance(0.7) else None)


@cases("Unsqueeze")
def unsqueeze(g: Gen) -> Trial:
    x = g.array(g.dtype(), g.shape(high=3))
    count = g.int(0, 2)
    rank = x.ndim + count
    return g.trial(x, g.ints(*[a - rank if g.chance(0.4) else a for a in g.perm(rank)[:count]]))


@cases("Expand")
def expand(g: Gen) -> Trial:
    shape = g.shape()
    wanted = g.broadcastable(shape) if g.chance(0.3) else shape
    return g.trial(g.array(g.dtype(), g.broadcastable(shape)), g.ints(*wanted))


@cases("Tile")
def tile(g: Gen) -> Trial:
    x = g.array(g.dtype(), g.shape(high=3))
    return g.trial(x, g.ints(*[g.int(0 if g.chance(0.1) else 1, 3) for _ in range(x.ndim)]))


@cases("Concat")
def concat(g: Gen) -> Trial:
    dtype, shape = g.dtype(), list(g.shape(low=1))
    axis = g.axis(len(shape))
    parts = [g.array(dtype, shape)]
    for _ in range(g.int(0, 3)):
        shape[axis] = g.int(0 if g.chance(0.1) else 1, 3)
        parts.append(g.array(dtype, shape))
    return g.trial(*parts, axis=axis)


@cases("Split")
def split(g: Gen) -> Trial:
    shape = list(g.shape(low=1))
    axis = g.axis(len(shape))
    attrs: dict[str, Any] = {"axis": axis} if axis or g.chance(0.5) else {}
    if g.chance(0.5):
        parts = [g.int(0 if g.chance(0.1) else 1, 3) for _ in range(g.int(1, 3))]
        shape[axis] = sum(parts)
        return g.trial(g.array(g.dtype(), shape), g.ints(*parts), outputs=len(parts), **attrs)
    shape[axis], count = g.pick((4, 2), (5, 2), (7, 3), (3, 3), (6, 1), (8, 3))
    return g.trial(g.array(g.dtype(), shape), None, outputs=count, num_outputs=count, **attrs)


@cases("Slice")
def slice_(g: Gen) -> Trial:
    x = g.array(g.dtype(), g.shape(low=1, most=6))
    axes = g.axes(x.ndim, 1) if g.chance(0.8) else tuple(range(x.ndim))
    steps = [g.pick(1, 1, 2, 3, -1, -2) for _ in axes]
    far = [2**31 - 1, -(2**31), 2**62]
    starts = [g.pick(g.int(-7, 7), g.int(-7, 7), *far) for _ in axes]
    ends = [g.pick(g.int(-7, 7), g.int(-7, 7), *far) for _ in axes]
    kind = NUMPY["int64" if any(abs(v) >= 2**31 for v in starts + ends) else g.pick("int32", "int64")]
    stepless = g.chance(0.2)
    named = axes != tuple(range(x.ndim)) or not stepless
    rest = [np.asarray(axes, kind) if named else None, None if stepless else np.asarray(steps, kind)]
    return g.trial(x, np.asarray(starts, kind), np.asarray(ends, kind), *rest)


@cases("Pad")
def pad(g: Gen) -> Trial:
    dtype = g.dtype()
    mode = g.pick("constant", "reflect", "edge", "wrap")
    x = g.array(dtype, g.shape(low=1, most=5, empty=mode == "constant"))
    axes = g.axes(x.ndim, 1) if g.chance(0.5) else None
    chosen = range(x.ndim) if axes is None else axes
    low: list[int] = []
    high: list[int] = []
    for a in chosen:
        n = x.shape[a]
        most = n - 1 if mode == "reflect" else n if mode == "wrap" else 3
        least = 1 - n if mode == "constant" and g.chance(0.4) and n else 0
        low.append(g.int(least // 2 if least else 0, max(most, 0)))
        high.append(g.int(least - low[-1] if least and low[-1] <= 0 else 0, max(most, 0)))
    value = g.array(dtype) if g.chance(0.5) else None
    axes_operand = None if axes is None else np.asarray(axes, NUMPY[g.pick("int32", "int64")])
    attrs: dict[str, Any] = {"mode": mode} if mode != "constant" or g.chance(0.5) else {}
    return g.trial(x, g.ints(*low, *high), value, axes_operand, **attrs)


@cases("DepthToSpace", "SpaceToDepth")
def blocks(g: Gen) -> Trial:
    b, n, c, h, w = g.int(1, 3), g.int(1, 2), g.int(1, 2), g.int(1, 3), g.int(1, 3)
    shape = (n, c * b * b, h, w) if g.op == "DepthToSpace" else (n, c, h * b, w * b)
    return g.trial(g.array(g.dtype(), shape), blocksize=b, **g.some(0.7, mode=g.pick("DCR", "CRD")))


@cases("Trilu")
def trilu(g: Gen) -> Trial:
    x = g.array(g.dtype(), g.shape(low=2))
    k = np.asarray(g.int(-4, 4), np.int64) if g.chance(0.7) else None
    return g.trial(x, k, **g.some(0.7, upper=g.int(0, 1)))


@cases("ReverseSequence")
def reverse_sequence(g: Gen) -> Trial:
    shape = g.shape(low=2, empty=False, most=5)
    time = g.int(0, 1)
    attrs: dict[str, Any] = {"time_axis": time, "batch_axis": 1 - time} if time or g.chance(0.5) else {}
    lengths = g.rng.integers(1, shape[time] + 1, shape[1 - time]).astype(np.int64)
    return g.trial(g.array(g.dtype(), shape), lengths, **attrs)


@cases("Shape")
def shape(g: Gen) -> Trial:
    return g.trial(g.array(g.dtype(), g.shape()), **g.some(0.6, start=g.int(-5, 5), end=g.int(-5, 5)))


@cases("Size")
def size(g: Gen) -> Trial:
    return g.trial(g.array(g.dtype(), g.shape()))


@cases("ConstantOfShape")
def constant_of_shape(g: Gen) -> Trial:
    dtype = BY_NAME[g.pick("float32", "float64", "float16", "bool", *INTS)]
    value = g.array(dtype.name, ()).item()
    return g.trial(g.ints(*g.shape()), **g.some(0.8, value=(dtype, value)))


@cases("EyeLike")
def eye_like(g: Gen) -> Trial:
    x = g.array(g.dtype(), g.shape(low=2, high=2))
    to = BY_NAME[g.pick("float32", "float64", "float16", "bool", "int32", "int64", "uint8")].onnx
    return g.trial(x, **g.some(0.6, k=g.int(-3, 3), dtype=to))


@cases("Range")
def range_(g: Gen) -> Trial:
    dtype = g.dtype()
    delta = g.pick(1, 2, 3, -1, -2) if dtype in INTS else g.pick(1, 0.5, -0.25, 2, 0.3)
    start = g.int(-3, 3) if dtype in INTS else g.pick(0.0, 1.5, -2.0)
    limit = g.int(-6, 10) if dtype in INTS else g.pick(5.0, -3.0, 1.5, 4.25)
    return g.trial(*[np.asarray(v).astype(NUMPY[dtype]) for v in (start, limit, delta)])


@cases("OneHot")
def one_hot(g: Gen) -> Trial:
    depth = g.int(1, 5)
    x = g.rng.integers(-depth - 2, depth + 2, g.shape(low=int(g.chance(0.9)), high=3))
    values = g.array(g.pick("float32", "int64", g.dtype(2)), (2,))
    kind = g.pick("int64", "int64", "int64", "int32", "float32")
    depth_operand = np.asarray(depth, np.int64)
    return g.trial(x.astype(NUMPY[kind]), depth_operand, values, **g.some(0.6, axis=g.axis(x.ndim + 1)))


@cases("Compress")
def compress(g: Gen) -> Trial:
    x = g.array(g.dtype(), g.shape(low=1))
    attrs = g.some(0.6, axis=g.axis(x.ndim))
    n = x.shape[attrs["axis"]] if attrs else x.size
    return g.trial(x, g.array("bool", (g.int(0, n),)), **attrs)


@cases("CenterCropPad")
def center_crop_pad(g: Gen) -> Trial:
    x = g.array(g.dtype(), g.shape(low=1, most=6, empty=False))
    axes = g.axes(x.ndim, 1) if g.chance(0.5) else None
    count = x.ndim if axes is None else len(axes)
    sizes = np.asarray([g.int(1, 7) for _ in range(count)], NUMPY[g.pick("int32", "int64")])
    return g.trial(x, sizes, axes=axes)


@cases("Col2Im")
def col2im(g: Gen) -> Trial:
    rank = g.int(1, 2)
    block = [g.int(1, 3) for _ in range(rank)]
    dilations = [g.int(1, 2) for _ in range(rank)] if g.chance(0.3) else [1] * rank
    strides = [g.int(1, 2) for _ in range(rank)] if g.chance(0.5) else [1] * rank
    image = [(k - 1) * d + 1 + g.int(0, 4) for k, d in zip(block, dilations, strict=True)]
    pads = [g.int(0, 1) for _ in range(2 * rank)] if g.chance(0.4) else [0] * (2 * rank)
    windows = [
        (image[a] + pads[a] + pads[a + rank] - dilations[a] * (block[a] - 1) - 1) // strides[a] + 1 for a in range(rank)
    ]
    x = g.array(g.dtype(), (g.int(1, 2), g.int(1, 2) * int(np.prod(block)), int(np.prod(windows))))
    attrs: dict[str, Any] = {"strides": tuple(strides), "pads": tuple(pads), "dilations": tuple(dilations)}
    neutral = {"strides": [1] * rank, "pads": [0] * 2 * rank, "dilations": [1] * rank}
    attrs: dict[str, Any] = {k: v for k, v in attrs.items() if list(v) != neutral[k] or g.chance(0.3)}
    return g.trial(x, g.ints(*image), g.ints(*block), **attrs)

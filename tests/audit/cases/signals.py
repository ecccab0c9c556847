"""Quantisation, resampling, signals, training steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from probanda.ir.dtypes import BY_NAME

from ..gen import Gen, cases
from ..trial import NUMPY, Trial


@cases("QuantizeLinear", "DequantizeLinear")
def quantize(g: Gen) -> Trial:
    integers = ("int8", "uint8", "int16", "uint16")
    shape = g.shape(low=1, high=3, empty=False)
    axis = g.axis(len(shape))
    of = g.pick(*integers)
    kind = g.pick("float32", "float32", "float16")
    per_axis = g.chance(0.5)
    attrs: dict[str, Any] = {"axis": axis} if per_axis else {}
    scaled: tuple[int, ...] = (shape[axis],) if per_axis else ()
    if per_axis and g.chance(0.3) and len(shape) > 1:
        block = g.pick(*[b for b in range(1, shape[axis] + 1) if shape[axis] % b == 0])
        attrs["block_size"] = block
        blocked = list(shape)
        blocked[axis] = -(-shape[axis] // block)
        scaled = tuple(blocked)
    scale = g.uniform(kind, scaled, 0.01, 2)
    zero = g.array(of, scaled, g.pick("plain", "wide")) if g.chance(0.7) else None
    if g.op == "QuantizeLinear":
        if zero is None and g.chance(0.5):
            attrs["output_dtype"] = BY_NAME[of].onnx
        return g.trial(g.array(kind, shape), scale, zero, **attrs, **g.some(0.1, saturate=1))
    return g.trial(g.array(of, shape, g.pick("plain", "wide")), scale, zero, **attrs)


@cases("DynamicQuantizeLinear")
def dynamic_quantize(g: Gen) -> Trial:
    return g.trial(g.array("float32", g.shape(low=1, empty=False, most=6), g.pick("plain", "ties")), outputs=3)


@cases("Resize", "Upsample")
def resize(g: Gen) -> Trial:
    g.keep_form(4)
    dtype = g.dtype()
    mode = g.pick("nearest", "linear", "cubic") if g.op == "Resize" else g.pick("nearest", "linear")
    rank = 2 if mode == "cubic" else g.pick(1, 2)
    x = g.plain(dtype, (1, g.int(1, 2), *[g.int(1, 5) for _ in range(rank)]))
    factors = [g.pick(0.5, 1.0, 1.5, 2.0, 0.7, 3.0) for _ in range(rank)]
    if g.op == "Upsample":
        factors = [max(1.0, f) for f in factors]
        return g.trial(x, np.asarray([1, 1, *factors], np.float32), mode=mode)
    attrs: dict[str, Any] = {"mode": mode}
    transformations = ("half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric")
    attrs |= g.some(0.6, coordinate_transformation_mode=g.pick(*transformations))
    if mode == "nearest":
        attrs |= g.some(0.6, nearest_mode=g.pick("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"))
    elif g.chance(0.2):
        attrs["antialias"] = 1
    if mode == "cubic":
        attrs |= g.some(0.4, cubic_coeff_a=g.pick(-0.5, -0.75), exclude_outside=g.int(0, 1))
    if g.chance(0.5):
        return g.trial(x, None, np.asarray([1, 1, *factors], np.float32), **attrs)
    sizes = [1, x.shape[1], *[max(1, int(n * f)) for n, f in zip(x.shape[2:], factors, strict=True)]]
    attrs |= g.some(0.2, keep_aspect_ratio_policy=g.pick("stretch", "not_larger", "not_smaller"))
    if "keep_aspect_ratio_policy" in attrs:
        attrs["axes"] = tuple(range(2, x.ndim))
        return g.trial(x, None, None, g.ints(*sizes[2:]), **attrs)
    return g.trial(x, None, None, g.ints(*sizes), **attrs)


@cases("GridSample")
def grid_sample(g: Gen) -> Trial:
    g.keep_form(6)
    dtype, rank = g.dtype(), g.pick(2, 2, 3)
    n = g.int(1, 2)
    x = g.plain(dtype, (n, g.int(1, 2), *[g.int(2, 4) for _ in range(rank)]))
    grid = g.uniform(g.dtype(1, ("float32", "float64")), (n, *[g.int(1, 3) for _ in range(rank)], rank), -1.4, 1.4)
    modes = ("linear", "nearest", "cubic") if rank == 2 else ("linear", "nearest")
    attrs = g.some(
        0.7, mode=g.pick(*modes), padding_mode=g.pick("zeros", "border", "reflection"), align_corners=g.int(0, 1)
    )
    return g.trial(x, grid, **attrs)


@cases("AffineGrid")
def affine_grid(g: Gen) -> Trial:
    g.keep_form(4)
    rank, n = g.pick(2, 3), g.int(1, 2)
    theta = g.plain(g.dtype(), (n, rank, rank + 1))
    return g.trial(
        theta, g.ints(n, g.int(1, 3), *[g.int(2, 4) for _ in range(rank)]), **g.some(0.6, align_corners=g.int(0, 1))
    )


@cases("HannWindow", "HammingWindow", "BlackmanWindow")
def window(g: Gen) -> Trial:
    size = np.asarray(g.int(1, 12), NUMPY[g.pick("int32", "int64")])
    return g.trial(size, **g.some(0.5, periodic=g.int(0, 1), output_datatype=g.pick(1, 11)))


@cases("DFT")
def dft(g: Gen) -> Trial:
    g.keep_form(6)
    shape = (g.int(1, 2), *[g.int(1, 5) for _ in range(g.int(1, 2))])
    attrs = g.some(0.5, inverse=g.int(0, 1))
    parts = 1 if g.chance(0.5) else 2
    if not attrs.get("inverse") and parts == 1:
        attrs |= g.some(0.5, onesided=1)
    axis = g.int(1, len(shape) - 1)
    length = g.ints(g.int(1, 6)).reshape(()) if g.chance(0.4) else None
    return g.trial(g.plain(g.dtype(), (*shape, parts)), length, np.asarray(axis, np.int64), **attrs)


@cases("STFT")
def stft(g: Gen) -> Trial:
    g.keep_form(6)
    dtype, length = g.dtype(), g.int(2, 5)
    x = g.plain(dtype, (g.int(1, 2), length + g.int(0, 6), 1))
    frame = np.asarray(length, np.int64)
    weights = g.plain(dtype, (length,)) if g.chance(0.6) else None
    return g.trial(x, np.asarray(g.int(1, 3), np.int64), weights, frame, **g.some(0.5, onesided=g.int(0, 1)))


@cases("MelWeightMatrix")
def mel_weight_matrix(g: Gen) -> Trial:
    numbers = [np.asarray(v, np.int64) for v in (g.int(2, 6), g.pick(8, 16, 32), g.pick(8000, 16000))]
    return g.trial(*numbers, np.asarray(0, np.float32), np.asarray(g.pick(4000, 3000), np.float32))


@cases("Adam", "Adagrad", "Momentum")
def training(g: Gen) -> Trial:
    shape = g.shape(low=1, high=2, empty=False)
    step = [np.asarray(0.1, np.float32), np.asarray(g.int(0, 3), np.int64)]
    states = 4 if g.op == "Adam" else 3
    tensors = [g.plain("float32", shape) for _ in range(states)]
    if g.op != "Momentum":
        tensors[-1] = abs(tensors[-1])
    attrs = {"norm_coefficient": 0.001}
    if g.op == "Momentum":
        attrs |= {"alpha": 0.95, "beta": 0.1, "mode": g.pick("standard", "nesterov")}  # pyright: ignore[reportAssignmentType]
    return g.trial(*step, *tensors, outputs=states - 1, **attrs)

"""Matrix products, convolutions, pooling."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..gen import Gen, cases
from ..trial import Array, Trial

_PLAIN = ("plain", "plain", "plain", "ties", "special", "wide")


@cases("MatMul")
def matmul(g: Gen) -> Trial:
    dtype, n = g.dtype(), g.int(0 if g.chance(0.05) else 1, 5)
    if g.chance(0.2):
        a, c = (n,), (n, g.int(1, 4))
    elif g.chance(0.25):
        a, c = (*g.shape(high=2), n), (n,)
    else:
        batch = g.shape(high=2)
        a, c = (*g.broadcastable(batch), g.int(1, 4), n), (*batch, n, g.int(1, 4))
    return g.trial(g.array(dtype, a), g.array(dtype, c))


@cases("Gemm")
def gemm(g: Gen) -> Trial:
    dtype = g.dtype()
    m, k, n = g.int(1, 4), g.int(0 if g.chance(0.05) else 1, 5), g.int(1, 4)
    attrs = g.some(
        0.5, transA=g.int(0, 1), transB=g.int(0, 1), alpha=g.pick(0.5, 2.0, -1.0), beta=g.pick(0.5, 2.0, 0.0)
    )
    if dtype.startswith(("int", "uint")):
        attrs = {k: v for k, v in attrs.items() if k.startswith("trans")}
    a = g.array(dtype, (k, m) if attrs.get("transA") else (m, k))
    c = g.array(dtype, (n, k) if attrs.get("transB") else (k, n))
    return g.trial(a, c, g.array(dtype, g.broadcastable((m, n))) if g.chance(0.7) else None, **attrs)


@cases("Linear")
def linear(g: Gen) -> Trial:
    dtype, n, m = g.dtype(), g.int(1, 5), g.int(1, 4)
    bias = g.plain(dtype, (m,)) if g.chance(0.6) else None
    return g.trial(g.plain(dtype, (*g.shape(high=2), n)), g.plain(dtype, (m, n)), bias)


_EQUATIONS = (
    "ij,jk->ik", "ij,jk", "bij,bjk->bik", "ij->ji", "ii->i", "ij->", "i,j->ij", "ij,ij->", "...ij,...jk->...ik", "ij->j",
    "ji", "ii", "...i->...", "bij,jk,bk->bi", "a,a,a->a", "i,i->i", "ij,kj->ki", " i j , j k -> i k ",
)  # fmt: skip


@cases("Einsum")
def einsum(g: Gen) -> Trial:
    g.keep_form(3)
    dtype, equation = g.dtype(), g.pick(*_EQUATIONS)
    sizes = {c: g.int(1, 4) for c in "abcijk"}
    lead = g.shape(high=2, empty=False)
    operands: list[Array] = []
    for part in equation.replace(" ", "").partition("->")[0].split(","):
        shape: list[int] = list(lead) if part.startswith("...") else []
        operands.append(g.array(dtype, [*shape, *[sizes[c] for c in part.replace("...", "")]]))
    return g.trial(*operands, equation=equation)


@cases("MatMulInteger")
def matmul_integer(g: Gen) -> Trial:
    a, c = g.dtype(0), g.dtype(1)
    m, k, n = g.int(1, 3), g.int(1, 5), g.int(1, 3)
    batch = g.shape(high=1)
    x, y = g.array(a, (*batch, m, k), "wide"), g.array(c, (*batch, k, n), "wide")
    zx = g.array(a, g.pick((), (m,)) if not batch else (), "wide") if g.chance(0.7) else None
    zy = g.array(c, g.pick((), (n,)) if not batch else (), "wide") if g.chance(0.6) else None
    return g.trial(x, y, zx, zy)


@cases("QLinearMatMul")
def qlinear_matmul(g: Gen) -> Trial:
    a, c, out = g.dtype(0), g.dtype(3), g.dtype(7)
    scale = g.dtype(1)
    m, k, n = g.int(1, 3), g.int(1, 5), g.int(1, 3)

    def one(dtype: str) -> list[Array]:
        return [g.uniform(scale, (), 0.005, 0.1), g.array(dtype, (), "plain")]

    return g.trial(g.array(a, (m, k), "wide"), *one(a), g.array(c, (k, n), "wide"), *one(c), *one(out))


def windows(g: Gen, rank: int, pooling: bool = False) -> tuple[list[int], list[int], dict[str, Any]]:
    """Sizes of the image, the kernel, and the attributes of a window that slides."""
    kernel = [g.int(1, 3) for _ in range(rank)]
    dilations = [g.int(1, 2) if g.chance(0.3) else 1 for _ in range(rank)]
    image = [(k - 1) * d + g.int(1, 4) for k, d in zip(kernel, dilations, strict=True)]
    attrs: dict[str, Any] = {}
    if any(d > 1 for d in dilations) or g.chance(0.2):
        attrs["dilations"] = tuple(dilations)
    if g.chance(0.6):
        attrs["strides"] = tuple(g.int(1, 3) for _ in range(rank))
    if g.chance(0.35):
        attrs["auto_pad"] = g.pick("SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET")
    if attrs.get("auto_pad", "NOTSET") == "NOTSET" and g.chance(0.6):
        attrs["pads"] = tuple(g.int(0, k - 1 if pooling else 2) for k in (*kernel, *kernel))
    return image, kernel, attrs


@cases("Conv", "ConvInteger", "QLinearConv")
def conv(g: Gen) -> Trial:
    g.keep_form(4)
    rank = g.pick(1, 2, 2, 3)
    image, kernel, attrs = windows(g, rank)
    group = g.pick(1, 1, 2, 3)
    if group > 1 or g.chance(0.2):
        attrs["group"] = group
    if g.chance(0.4):
        attrs["kernel_shape"] = tuple(kernel)
    c, m = g.int(1, 2), g.int(1, 2)
    x, w = (g.int(1, 2), c * group, *image), (m * group, c, *kernel)
    if g.op == "Conv":
        dtype, style = g.dtype(), g.pick(*_PLAIN)
        bias = g.array(dtype, (m * group,), style) if g.chance(0.5) else None
        return g.trial(g.array(dtype, x, style), g.array(dtype, w, style), bias, **attrs)
    if g.op == "ConvInteger":
        a, b = g.dtype(0), g.dtype(1)
        zero = g.array(a, (), "wide") if g.chance(0.6) else None
        zero_w = g.array(b, (), "wide") if g.chance(0.5) else None
        return g.trial(g.array(a, x, "wide"), g.array(b, w, "wide"), zero, zero_w, **attrs)
    a, b, out = g.dtype(0), g.dtype(3), g.dtype(7)
    bias = g.array("int32", (m * group,)) if g.chance(0.5) else None
    scales = [g.uniform("float32", (), 0.01, 0.1) for _ in range(3)]
    return g.trial(
        g.array(a, x, "wide"), scales[0], g.array(a, (), "plain"), g.array(b, w, "wide"), scales[1],
        g.array(b, (), "plain"), scales[2], g.array(out, (), "plain"), bias, **attrs,
    )  # fmt: skip


@cases("ConvTranspose")
def conv_transpose(g: Gen) -> Trial:
    g.keep_form(5)
    rank = g.pick(1, 2, 2, 3)
    _, kernel, attrs = windows(g, rank)
    group, c, m = g.pick(1, 1, 2), g.int(1, 2), g.int(1, 2)
    dtype, style = g.dtype(), g.pick(*_PLAIN)
    if "pads" in attrs:
        attrs["pads"] = tuple(g.int(0, (k - 1) // 2) for k in (*kernel, *kernel))
    if "strides" in attrs and g.chance(0.4):
        attrs["output_padding"] = tuple(g.int(0, s - 1) for s in attrs["strides"])
    if group > 1:
        attrs["group"] = group
    x = g.array(dtype, (g.int(1, 2), c * group, *[g.int(1, 3) for _ in range(rank)]), style)
    if attrs.get("auto_pad", "NOTSET") != "VALID" and "output_padding" not in attrs and g.chance(0.2):
        steps = attrs.get("strides", (1,) * rank)
        attrs["output_shape"] = tuple(n * s for n, s in zip(x.shape[2:], steps, strict=True))
        attrs.pop("pads", None)
    bias = g.array(dtype, (m * group,), style) if g.chance(0.5) else None
    return g.trial(x, g.array(dtype, (c * group, m, *kernel), style), bias, **attrs)


@cases("DeformConv")
def deform_conv(g: Gen) -> Trial:
    g.keep_form(8)
    image, kernel, attrs = windows(g, 2)
    attrs.pop("auto_pad", None)
    steps, gaps = attrs.get("strides", (1, 1)), attrs.get("dilations", (1, 1))
    pads = attrs.get("pads", (0, 0, 0, 0))
    out = [(image[a] + pads[a] + pads[a + 2] - gaps[a] * (kernel[a] - 1) - 1) // steps[a] + 1 for a in (0, 1)]
    dtype = g.dtype()
    n, offsets = g.int(1, 2), g.pick(1, 1, 2)
    c = 2 * g.int(1, 2)
    if offsets > 1:
        attrs["offset_group"] = offsets
    x, w = g.plain(dtype, (n, c, *image)), g.plain(dtype, (g.int(1, 2), c, *kernel))
    cells = offsets * kernel[0] * kernel[1]
    offset = g.uniform(dtype, (n, 2 * cells, *out), -1.5, 1.5)
    bias = g.plain(dtype, w.shape[:1]) if g.chance(0.5) else None
    mask = g.plain(dtype, (n, cells, *out)) if g.chance(0.5) else None
    return g.trial(x, w, offset, bias, mask, **attrs)


@cases("CausalConvWithState")
def causal_conv(g: Gen) -> Trial:
    g.keep_form(4)
    dtype = g.dtype()
    n, c, length, k = g.int(1, 2), g.int(1, 3), g.int(1, 5), g.int(1, 4)
    bias = g.plain(dtype, (c,)) if g.chance(0.5) else None
    state = g.array(dtype, (n, c, k - 1)) if g.chance(0.6) else None
    attrs = g.some(0.6, activation=g.pick("none", "silu", "swish"))
    return g.trial(g.array(dtype, (n, c, length)), g.array(dtype, (c, 1, k)), bias, state, outputs=2, **attrs)


@cases("MaxPool", "AveragePool", "LpPool")
def pool(g: Gen) -> Trial:
    g.keep_form(4)
    rank = g.pick(1, 2, 2, 3)
    image, kernel, attrs = windows(g, rank, pooling=True)
    attrs |= g.some(0.4, ceil_mode=g.int(0, 1))
    outputs = 1
    if g.op == "MaxPool":
        outputs = g.pick(1, 1, 2)
        attrs |= g.some(0.2, storage_order=g.int(0, 1)) if outputs == 2 else {}
    if g.op == "AveragePool":
        attrs |= g.some(0.5, count_include_pad=g.int(0, 1))
    if g.op == "LpPool":
        attrs |= g.some(0.6, p=g.int(1, 3))
    x = g.array(g.dtype(), (g.int(1, 2), g.int(1, 2), *image))
    return g.trial(x, outputs=outputs, kernel_shape=tuple(kernel), **attrs)


@cases("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool")
def global_pool(g: Gen) -> Trial:
    x = g.array(g.dtype(), (g.int(1, 2), g.int(1, 3), *g.shape(low=1, high=3, empty=False)))
    return g.trial(x, **(g.some(0.6, p=g.int(1, 3)) if g.op == "GlobalLpPool" else {}))


@cases("MaxUnpool")
def max_unpool(g: Gen) -> Trial:
    kernel, size = (2, 2), (g.int(1, 3), g.int(1, 3))
    x = g.array(g.dtype(), (1, g.int(1, 2), *size))
    cells = [int(v) for v in np.arange(x.size)]
    width = 2 * size[1]
    plane = size[0] * size[1]
    at = [
        (k // plane) * 4 * plane + (2 * (k % plane // size[1]) + g.int(0, 1)) * width + 2 * (k % size[1]) + g.int(0, 1)
        for k in cells
    ]
    return g.trial(x, np.asarray(at, np.int64).reshape(x.shape), kernel_shape=kernel, strides=(2, 2))


@cases("MaxRoiPool", "RoiAlign")
def regions(g: Gen) -> Trial:
    g.keep_form(6)
    dtype = g.dtype()
    x = g.plain(dtype, (g.int(1, 2), g.int(1, 2), g.int(4, 7), g.int(4, 7)))
    count = g.int(1, 3)
    corner = g.uniform(dtype, (count, 2), 0, 3)
    boxes = np.concatenate([corner, corner + g.uniform(dtype, (count, 2), 0.5, 4)], 1)
    batch = g.index((count,), x.shape[0], negative=False)
    if g.op == "MaxRoiPool":
        rois = np.concatenate([batch.astype(boxes.dtype)[:, None], boxes], 1)
        return g.trial(x, rois, pooled_shape=(g.int(1, 3), g.int(1, 3)), **g.some(0.4, spatial_scale=g.pick(0.5, 1.0)))
    attrs = g.some(
        0.6, mode=g.pick("avg", "max"), output_height=g.int(1, 3), output_width=g.int(1, 3), sampling_ratio=g.int(0, 3),
        spatial_scale=g.pick(0.5, 1.0), coordinate_transformation_mode=g.pick("half_pixel", "output_half_pixel"),
    )  # fmt: skip
    return g.trial(x, boxes, batch, **attrs)

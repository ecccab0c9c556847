"""Reductions, cumulative sums, softmax and its kin, the greatest elements."""

from __future__ import annotations

import numpy as np

from ..gen import Gen, cases
from ..trial import Trial


@cases("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceLogSum",
       "ReduceLogSumExp", "ReduceSumSquare")  # fmt: skip
def reduce(g: Gen) -> Trial:
    x = g.array(g.dtype(), g.shape(most=5))
    if g.op in ("ReduceLogSum",) and g.chance(0.7):
        x = abs(x)
    axes = g.ints(*g.axes(x.ndim)) if g.chance(0.75) else None
    return g.trial(x, axes, **g.some(0.5, keepdims=g.int(0, 1)), **g.some(0.4, noop_with_empty_axes=g.int(0, 1)))


@cases("ArgMax", "ArgMin")
def arg(g: Gen) -> Trial:
    x = g.array(g.dtype(), g.shape(low=1, most=6, empty=False), g.pick("ties", g.style))
    attrs = g.some(0.6, axis=g.axis(x.ndim), keepdims=g.int(0, 1), select_last_index=g.int(0, 1))
    return g.trial(x, **attrs)


@cases("CumSum", "CumProd")
def cumulative(g: Gen) -> Trial:
    x = g.array(g.dtype(), g.shape(low=1, most=6))
    axis = np.asarray(g.axis(x.ndim), g.pick("int32", "int64"))
    return g.trial(x, axis, **g.some(0.6, exclusive=g.int(0, 1), reverse=g.int(0, 1)))


@cases("Softmax", "LogSoftmax", "Hardmax")
def softmax(g: Gen) -> Trial:
    g.keep_form(3)
    x = g.array(g.dtype(), g.shape(low=1, most=6))
    return g.trial(x, **g.some(0.7, axis=g.axis(x.ndim)))


@cases("LpNormalization")
def lp_normalization(g: Gen) -> Trial:
    x = g.array(g.dtype(), g.shape(low=1, most=6))
    return g.trial(x, **g.some(0.6, axis=g.axis(x.ndim), p=g.int(1, 2)))


@cases("TopK")
def top_k(g: Gen) -> Trial:
    x = g.array(g.dtype(), g.shape(low=1, most=6, empty=False), g.pick("ties", g.style))
    axis = g.axis(x.ndim)
    k = g.ints(g.int(0 if g.chance(0.1) else 1, x.shape[axis]))
    attrs = {"axis": axis} if axis != -1 or g.chance(0.5) else {}
    return g.trial(x, k, outputs=2, **attrs, **g.some(0.5, largest=g.int(0, 1), sorted=1))


@cases("NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss")
def loss(g: Gen) -> Trial:
    g.keep_form(4)
    dtype = g.dtype()
    n, c = g.int(1, 3), g.int(1, 4)
    rest = g.shape(high=2, empty=False)
    x = g.array(dtype, (n, c, *rest))
    target = g.index((n, *rest), c, g.pick("int32", "int64"), negative=False)
    attrs = g.some(0.7, reduction=g.pick("none", "mean", "sum"))
    if g.chance(0.4):
        ignored = attrs["ignore_index"] = g.pick(0, -1, 1)
        if ignored < 0:
            target = np.where(g.rng.random(target.shape) < 0.3, ignored, target).astype(target.dtype)
    weight = abs(g.plain(dtype, (c,))) if g.chance(0.5) else None
    outputs = g.int(1, 2) if g.op == "SoftmaxCrossEntropyLoss" else 1
    return g.trial(x, target, weight, outputs=outputs, **attrs)


@cases("MseLoss")
def squared_loss(g: Gen) -> Trial:
    dtype, shape = g.dtype(), g.shape(empty=False)
    style = g.pick("plain", "ties", "special")
    return g.trial(
        g.array(dtype, shape, style),
        g.array(dtype, shape, style),
        **g.some(0.7, reduction=g.pick("none", "mean", "sum")),
    )


@cases("MeanVarianceNormalization")
def mean_variance(g: Gen) -> Trial:
    g.keep_form(6)
    x = g.array(g.dtype(), g.shape(low=4, high=4))
    return g.trial(x, **g.some(0.6, axes=g.axes(4, 1)))


@cases("Det")
def det(g: Gen) -> Trial:
    g.keep_form(6)
    n = g.int(1, 4)
    return g.trial(g.array(g.dtype(), (*g.shape(high=2), n, n)))


@cases("NonZero")
def non_zero(g: Gen) -> Trial:
    return g.trial(g.array(g.dtype(), g.shape(), g.pick("ties", g.style)))


@cases("Unique")
def unique(g: Gen) -> Trial:
    x = g.array(g.dtype(), g.shape(low=1, high=3), "ties")
    return g.trial(x, outputs=g.int(1, 4), **g.some(0.5, axis=g.axis(x.ndim), sorted=g.int(0, 1)))

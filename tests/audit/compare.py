"""The judgement of one result against what is expected.

Integers and Booleans agree exactly.  Floats: NaN where NaN, infinities equal, the sign of zero where the operator fixes
it, and finite numbers within four units in the last place of the sum of magnitudes (Higham's running error without its
constants), a unit being that of the result's format.  Where the sum of magnitudes of finite operands exceeds the format,
the order of operations decides between overflow and a number: there the class is not compared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .libraries import Answer
from .trial import Array, Trial, info, is_float

ULPS = 4.0
_EXTREMES = ("Clip", "GlobalMaxPool", "Max", "MaxPool", "Min", "ReduceMax", "ReduceMin", "Relu")
_SUMS = (
    "Attention", "AveragePool", "BatchNormalization", "CausalConvWithState", "Conv", "ConvTranspose", "CumSum", "Einsum",
    "GRU", "Gemm", "GlobalAveragePool", "GroupNormalization", "InstanceNormalization", "LSTM", "LayerNormalization", "Linear",
    "LinearAttention", "MatMul", "Mean", "MeanVarianceNormalization", "MseLoss", "NegativeLogLikelihoodLoss", "RNN",
    "ReduceMean", "ReduceSum", "Resize", "RotaryEmbedding", "ScatterElements", "ScatterND", "SoftmaxCrossEntropyLoss", "Sum",
    "Upsample",
)  # fmt: skip
NORMWISE = frozenset({"Attention", "LogSoftmax", "ReduceLogSumExp", "Softmax"})
"""Operators whose formula or operands contain −∞, so that there may be no sum of magnitudes: the largest result is taken."""
SIGNLESS = frozenset({*_EXTREMES, *_SUMS})
"""Operators whose zeros have no fixed sign: of +0 and −0 either is the larger, and a sum of −0 starts at either."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One way in which a result is not what is expected, with the worst element.

    ``kind`` is ``refused``, ``type``, ``shape``, ``value``, ``nan``, ``inf`` or ``zero``; ``ulps`` is the error in
    units of the sum of magnitudes.
    """

    kind: str
    output: int
    at: tuple[int, ...] = ()
    got: str = ""
    want: str = ""
    ulps: float = 0.0

    def __str__(self) -> str:
        place = f"[{', '.join(map(str, self.at))}]" if self.at else ""
        error = f", {self.ulps:.3g} ulp" if self.ulps else ""
        return f"{self.kind} of result {self.output}{place}: {self.got}, expected {self.want}{error}"


def judge(trial: Trial, got: Answer, want: Answer, scales: list[Array | None]) -> list[Mismatch]:
    """All ways in which ``got`` is not ``want``, one of each kind and result."""
    if isinstance(want, str) or isinstance(got, str):
        return [Mismatch("refused", 0, got=str(got) if isinstance(got, str) else "", want=str(want)[:100])]
    out: list[Mismatch] = []
    finite = all(x is None or not is_float(x) or bool(np.isfinite(x.astype(np.float64)).all()) for x in trial.operands)
    for k, (g, w) in enumerate(zip(got, want, strict=False)):
        if g.dtype != w.dtype:
            out.append(Mismatch("type", k, (), str(g.dtype), str(w.dtype)))
        elif g.shape != w.shape:
            out.append(Mismatch("shape", k, (), str(g.shape), str(w.shape)))
        elif is_float(w):
            out += _floats(k, g, w, scales[k] if k < len(scales) else None, finite, trial.op)
        elif (g != w).any():
            out.append(_at("value", k, g != w, g, w))
    return out


def _at(kind: str, k: int, wrong: Array, g: Array, w: Array, ulps: Array | None = None) -> Mismatch:
    where = np.argmax(np.where(wrong, ulps, -1)) if ulps is not None else np.argmax(wrong)
    at = tuple(int(i) for i in np.unravel_index(int(where), wrong.shape))
    return Mismatch(kind, k, at, str(g[at]), str(w[at]), 0.0 if ulps is None else float(ulps[at]))


def unit(scale: Array, dtype: np.dtype[np.generic]) -> Array:
    """The unit in the last place of a magnitude, in a format."""
    limits = info(dtype)
    exponent = np.frexp(np.maximum(scale, float(limits.smallest_normal)))[1] - 1
    return np.ldexp(float(limits.eps), exponent)


def _floats(k: int, g: Array, w: Array, scale: Array | None, finite: bool, op: str) -> list[Mismatch]:
    x, y = g.astype(np.float64), w.astype(np.float64)
    largest = float(info(w.dtype).max)
    with np.errstate(all="ignore"):
        own = np.maximum(np.abs(np.where(np.isfinite(x), x, 0)), np.abs(np.where(np.isfinite(y), y, 0)))
        rest = np.full(own.shape, own.max(initial=0.0)) if op in NORMWISE else own
        given = rest if scale is None else np.broadcast_to(scale, own.shape).astype(np.float64)
        size = np.where(np.isfinite(given), np.maximum(given, own), rest)
        free = finite & (given > largest / 2) & np.full(own.shape, scale is not None)  # overflow on the way
        nans = (np.isnan(x) != np.isnan(y)) & ~free
        both = ~np.isnan(x) & ~np.isnan(y)
        infs = both & (np.isinf(x) | np.isinf(y)) & (x != y) & ~free
        numbers = np.isfinite(x) & np.isfinite(y)
        ulps = np.where(numbers, np.abs(x - y) / unit(size, w.dtype), 0)
        zeros = numbers & (x == 0) & (y == 0) & (np.signbit(x) != np.signbit(y)) & (op not in SIGNLESS)
    out: list[Mismatch] = []
    for kind, wrong, errors in (
        ("nan", nans, None),
        ("inf", infs, None),
        ("value", ulps > ULPS, ulps),
        ("zero", zeros, None),
    ):
        if wrong.any():
            out.append(_at(kind, k, wrong, g, w, errors))
    return out

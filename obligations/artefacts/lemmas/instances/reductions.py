"""Reductions, and what normalises along an axis."""

from __future__ import annotations

from typing import Final

from ..notation import Instance, case

_REDUCTIONS: Final = (
    "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd",
    "ReduceSum", "ReduceSumSquare",
)  # fmt: skip
_ALONG: Final = ("Hardmax", "LogSoftmax", "Softmax")

INSTANCES: Final[tuple[Instance, ...]] = (
    *[
        instance
        for op in _REDUCTIONS
        for instance in (
            case(op, "[n, m]", axes=(0,)),
            case(op, "[n, m]", axes=(1,), keepdims=0),
            case(op, "[n, m]", keepdims=0),
        )
    ],
    *[case(op, "[n, m]", axis=axis) for op in _ALONG for axis in (0, -1)],
    *[case(op, "[n, m]", axis=0, keepdims=0) for op in ("ArgMax", "ArgMin")],
    *[case(op, "[n, m]", axis=-1, select_last_index=1) for op in ("ArgMax", "ArgMin")],
    *[case(op, "[n, m]", axis=0) for op in ("CumSum", "CumProd")],
    *[case(op, "[n, m]", axis=1, reverse=1, exclusive=1) for op in ("CumSum", "CumProd")],
    case("LpNormalization", "[n, m]", axis=0, p=1),
    case("LpNormalization", "[n, m]"),
    case("LayerNormalization", "[n, m] [m] [m]"),
    case("LayerNormalization", "[b, n, m] [n, m] [n, m]", axis=1, outputs=3),
    case("RMSNormalization", "[n, m] [m]"),
    case("MeanVarianceNormalization", "[b, c, h, w]"),
    case("BatchNormalization", "[b, c, h, w] [c] [c] [c] [c]"),
    case("BatchNormalization", "[b, c, h, w] [c] [c] [c] [c]", training_mode=1, outputs=3),
    case("InstanceNormalization", "[b, c, h, w] [c] [c]"),
    case("GroupNormalization", "[b, 4, h, w] [4] [4]", num_groups=2),
    case("LRN", "[b, c, h, w]", size=3),
    case("MseLoss", "[n, m] [n, m]"),
    case("MseLoss", "[n, m] [n, m]", reduction="none"),
    case("NegativeLogLikelihoodLoss", "[n, c] int64[n] [c]"),
    case("NegativeLogLikelihoodLoss", "[n, c, h] int64[n, h]", reduction="none", ignore_index=-1),
    case("SoftmaxCrossEntropyLoss", "[n, c] int64[n]", outputs=2),
    case("SoftmaxCrossEntropyLoss", "[n, c, h] int64[n, h] [c]", reduction="sum"),
)

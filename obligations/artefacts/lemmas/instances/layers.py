"""Products, convolutions and pools."""

from __future__ import annotations

from typing import Any, Final

from ..notation import Instance, case

_POOLS: Final = ("AveragePool", "LpPool", "MaxPool")
_PADDED: Final[dict[str, Any]] = {"kernel_shape": (3, 3), "pads": (1, 1, 1, 1)}

INSTANCES: Final[tuple[Instance, ...]] = (
    case("MatMul", "[n, k] [k, m]"),
    case("MatMul", "[b, h, n, k] [b, h, k, m]"),
    case("MatMul", "[b, n, k] [k, m]"),
    case("MatMul", "[n, k] [k]"),
    case("Gemm", "[n, k] [k, m] [m]"),
    case("Gemm", "[n, k] [m, k] [m]", transB=1),
    case("Gemm", "[k, n] [k, m] [n, m]", transA=1, alpha=0.5, beta=2.0),
    case("Linear", "[n, k] [m, k] [m]"),
    case("Einsum", "[b, i, j] [b, j, k]", equation="bij,bjk->bik"),
    case("Einsum", "[n, n]", equation="ii->i"),
    case("MatMulInteger", "uint8[n, k] int8[k, m] uint8[] int8[]"),
    case("MatMulInteger", "uint8[n, k] int8[k, m] uint8[n] int8[m]"),
    case("QLinearMatMul", "uint8[n, k] [] uint8[] uint8[k, m] [] uint8[] [] uint8[]"),
    case("Conv", "[b, c, h, w] [m, c, 3, 3] [m]", pads=(1, 1, 1, 1)),
    case("Conv", "[b, c, h, w] [m, c, 3, 3]", strides=(2, 2), dilations=(2, 2), pads=(2, 2, 2, 2)),
    case("Conv", "[b, 4, l] [6, 2, 3]", group=2),
    case("Conv", "[b, c, h] [m, c, 3]", auto_pad="SAME_UPPER", strides=(2,)),
    case("ConvInteger", "uint8[b, c, h, w] uint8[m, c, 3, 3] uint8[]", pads=(1, 1, 1, 1)),
    case(
        "QLinearConv",
        "uint8[b, c, h, w] [] uint8[] uint8[m, c, 3, 3] [] uint8[] [] uint8[] int32[m]",
        pads=(1, 1, 1, 1),
    ),
    case("ConvTranspose", "[b, c, h, w] [c, m, 3, 3]", strides=(2, 2), pads=(1, 1, 1, 1)),
    case("ConvTranspose", "[b, 4, l] [4, 2, 3] [4]", group=2),
    case("CausalConvWithState", "[b, c, l] [c, 1, 3] [c] [b, c, 2]", outputs=2),
    case("CausalConvWithState", "[b, c, l] [c, 1, 3]", outputs=2),
    *[case(op, "[b, c, h, w]", kernel_shape=(2, 2), strides=(2, 2)) for op in _POOLS],
    *[case(op, "[b, c, h, w]", **_PADDED) for op in _POOLS],
    case("MaxPool", "[b, c, h, w]", **_PADDED, outputs=2),
    case("MaxPool", "[b, c, l]", kernel_shape=(3,), strides=(2,), ceil_mode=1),
    case("AveragePool", "[b, c, l]", kernel_shape=(3,), strides=(2,), ceil_mode=1, count_include_pad=1),
    case("AveragePool", "[b, c, l]", kernel_shape=(3,), strides=(2,), auto_pad="SAME_LOWER"),
    case("GlobalAveragePool", "[b, c, h, w]"),
    case("GlobalLpPool", "[b, c, h, w]"),
    case("GlobalMaxPool", "[b, c, h, w]"),
)

"""Operators that act on each element."""

from __future__ import annotations

from typing import Final

from .....ir.dtypes import BOOL, FLOAT, FLOAT16, INT8, INT64
from ..notation import Instance, case

_UNARY: Final = (
    "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Celu", "Cos", "Cosh", "Elu", "Erf", "Exp", "Floor",
    "Gelu", "HardSigmoid", "HardSwish", "Identity", "IsInf", "IsNaN", "LeakyRelu", "Log", "Mish", "Neg", "Reciprocal",
    "Relu", "Round", "Selu", "Shrink", "Sigmoid", "Sign", "Sin", "Sinh", "Softplus", "Softsign", "Sqrt", "Swish", "Tan",
    "Tanh", "ThresholdedRelu",
)  # fmt: skip
_BINARY: Final = {
    "": ("Add", "Div", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Mul", "PRelu", "Pow", "Sub"),
    "bool": ("And", "Or", "Xor"),
    "int32": ("BitwiseAnd", "BitwiseOr", "BitwiseXor", "Mod"),
}
_VARIADIC: Final = ("Max", "Mean", "Min", "Sum")

INSTANCES: Final[tuple[Instance, ...]] = (
    *[case(op, "[n, m]") for op in _UNARY],
    *[
        case(op, operands.replace("[", f"{dtype}["))
        for dtype, ops in _BINARY.items()
        for op in ops
        for operands in ("[n, m] [n, m]", "[n, m] [m]", "[n, m] [1, m]")
    ],
    *[case(op, operands) for op in _VARIADIC for operands in ("[n, m] [m] [n, 1]", "[n, m]")],
    case("Add", "[n, m] []", note="a scalar"),
    case("Add", "[n, 1] [1, m]", note="both are spread"),
    case("Add", "int64[n, m] int64[m]"),
    case("Div", "int64[n, m] int64[m]"),
    case("Mod", "[n, m] [m]", fmod=1),
    case("BitShift", "uint8[n, m] uint8[m]", direction="LEFT"),
    case("BitShift", "uint8[n, m] uint8[m]", direction="RIGHT"),
    case("BitwiseNot", "int32[n, m]"),
    case("Not", "bool[n, m]"),
    case("Gelu", "[n, m]", approximate="tanh"),
    case("Cast", "[n, m]", to=INT64),
    case("Cast", "int64[n, m]", to=FLOAT),
    case("Cast", "[n, m]", to=FLOAT16),
    case("Cast", "[n, m]", to=BOOL),
    case("Cast", "uint8[n, m]", to=INT8),
    case("CastLike", "float16[n, m] [k]"),
    case("Clip", "[n, m] [] []"),
    case("Clip", "[n, m] - []"),
    case("Clip", "[n, m]"),
    case("Where", "bool[n, m] [n, m] [n, m]"),
    case("Where", "bool[n, 1] [m] []"),
    case("SwiGLU", "[n, m] [n, m]"),
    case("Dropout", "[n, m]", outputs=2),
    case("Bernoulli", "[n, m]", key="k"),
    case("RandomNormal", "", key="k", shape=(2, 3)),
    case("RandomUniform", "", key="k", shape=(2, 3)),
    case("RandomNormalLike", "[n, m]", key="k"),
    case("RandomUniformLike", "[n, m]", key="k"),
    case("QuantizeLinear", "[n, m] [] uint8[]"),
    case("QuantizeLinear", "[n, m] [m] int8[m]", axis=1),
    case("QuantizeLinear", "[n, 4*m] [n, m] int8[n, m]", axis=1, block_size=4),
    case("DequantizeLinear", "uint8[n, m] [] uint8[]"),
    case("DequantizeLinear", "int8[n, m] [m] int8[m]", axis=1),
    case("DequantizeLinear", "int8[n, 4*m] [n, m] int8[n, m]", axis=1, block_size=4),
    case("DynamicQuantizeLinear", "[n, m]", outputs=3),
)

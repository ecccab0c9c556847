"""Arithmetic, element by element: operands broadcast by NumPy's rule."""

from __future__ import annotations

from ..dtypes import FLOAT_TYPES, NUMBERS
from ..operators import Call, broadcast_rule, operator, same_type
from ..tensors import Tensor, binary, unary


@operator("Add", broadcast_rule(NUMBERS), (2, 2))
def add(use: Call, x: Tensor, y: Tensor) -> Tensor:
    """``x + y``"""
    return binary(lambda a, c: a + c, x, y)


@operator("Sqrt", same_type(FLOAT_TYPES), conventions=("a negative operand is undefined over ℝ and NaN in IEEE",))
def sqrt(use: Call, x: Tensor) -> Tensor:
    """``√x``"""
    return unary(lambda a: a.sqrt(), x)

"""Rounding to integers, in the same type."""

from __future__ import annotations

from ..dtypes import FLOAT_TYPES
from ..operators import Call, operator, same_type
from ..tensors import Tensor, unary

_RULE = same_type(FLOAT_TYPES)
_KEPT = ("±0, ±∞ and NaN are kept, and a result of zero has the sign of the operand",)


@operator("Floor", _RULE, conventions=_KEPT)
def floor(use: Call, x: Tensor) -> Tensor:
    """``⌊x⌋``"""
    return unary(lambda a: a.integral("floor"), x)


@operator("Ceil", _RULE, conventions=_KEPT)
def ceil(use: Call, x: Tensor) -> Tensor:
    """``⌈x⌉``"""
    return unary(lambda a: a.integral("ceil"), x)


@operator("Round", _RULE, conventions=(*_KEPT, "halves go to the even neighbour"))
def nearest(use: Call, x: Tensor) -> Tensor:
    """The integer nearest to ``x``"""
    return unary(lambda a: a.integral("even"), x)

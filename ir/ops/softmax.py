"""Softmax and its kin, along one axis."""

from __future__ import annotations

from ..dtypes import FLOAT_TYPES, INDEX
from ..elements import Elem, where
from ..operators import Call, check_dtype, operator
from ..tensors import Index, Tensor, binary, least, tensor
from ..types import TensorType
from .reduction import sum_along, top_along

_NAN = "a NaN, +∞, or nothing but −∞ along the axis makes all of it NaN"


def _rule(use: Call) -> tuple[TensorType, ...]:
    x = use.type(0)
    check_dtype(use, x.dtype, FLOAT_TYPES)
    use.axis("axis", x.rank)
    return (x,)


def log_softmax_along(x: Tensor, axis: int) -> Tensor:
    """``(x − m) − log Σ exp(x − m)`` with the maximum ``m`` along ``axis``."""
    top = top_along(x, (axis,)).stored()
    lowered = binary(lambda a, m: a - m, x, top)
    powers = binary(lambda a, m: (a - m).exp(), x, top)
    weight = sum_along(powers, (axis,)).stored()
    return binary(lambda a, s: a - s.log(), lowered, weight)


@operator("Softmax", _rule, attrs={"axis": -1}, conventions=(_NAN,))
def softmax(use: Call, x: Tensor) -> Tensor:
    """``exp(x − m) / Σ exp(x − m)`` with the maximum ``m``"""
    axis = use.axis("axis", x.rank)
    top = top_along(x, (axis,)).stored()
    powers = binary(lambda a, m: (a - m).exp(), x, top).stored()
    return binary(lambda p, s: p / s, powers, sum_along(powers, (axis,)).stored())


@operator(
    "LogSoftmax",
    _rule,
    attrs={"axis": -1},
    conventions=(_NAN, "stays finite where the softmax underflows to 0 (onnx.reference: −∞)"),
)
def log_softmax(use: Call, x: Tensor) -> Tensor:
    """``(x − m) − log Σ exp(x − m)`` with the maximum ``m``"""
    return log_softmax_along(x, use.axis("axis", x.rank))


@operator("Hardmax", _rule, attrs={"axis": -1}, conventions=("a NaN counts as the largest; +0 and −0 are equal",))
def hardmax(use: Call, x: Tensor) -> Tensor:
    """1 at the first maximum along the axis, 0 elsewhere"""
    axis = use.axis("axis", x.rank)
    top = top_along(x, (axis,)).stored()

    def first(i: Index) -> Elem:
        def is_top(k: Elem) -> Elem:
            value = x[(*i[:axis], k, *i[axis + 1 :])]
            return value.equals(top[i]) | value.is_nan()

        return least(x.size(axis), lambda k: k, is_top)

    place = tensor(INDEX, top.shape, first, x.reading).stored()

    def element(i: Index) -> Elem:
        row = tuple(k * 0 if a == axis else k for a, k in enumerate(i))
        return where(place[row].equals(i[axis]), x.lit(1), x.lit(0))

    return tensor(x, x.shape, element, x.reading)

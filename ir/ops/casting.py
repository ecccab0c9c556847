"""Conversion between element types."""

from __future__ import annotations

from ..dtypes import DTYPES, DType
from ..errors import BadAttribute
from ..operators import REQUIRED, Call, check_dtype, operator
from ..tensors import Tensor, unary
from ..types import TensorType

_CONVENTIONS = (
    "floats round to nearest even, and to ±∞ beyond the range",
    "a float becomes an integer towards zero; undefined where the type lacks it, NaN too",
    "integers wrap as bits; as mathematical integers they must fit",
    "NaN is true",
    "saturate and round_mode matter for 8-bit floats only, which are not element types here",
)
_OPTIONS = {"saturate": 1, "round_mode": "up"}


def _result(use: Call, to: DType) -> tuple[TensorType, ...]:
    check_dtype(use, use.type(0).dtype, DTYPES)
    if use.str("round_mode") not in ("up", "down", "nearest"):
        raise BadAttribute(f"{use.op}: round_mode is {use.str('round_mode')!r}, not up, down or nearest")
    return (TensorType(to, use.type(0).shape),)


@operator(
    "Cast", lambda use: _result(use, use.dtype("to")), attrs={"to": REQUIRED, **_OPTIONS}, conventions=_CONVENTIONS
)
def cast(use: Call, x: Tensor) -> Tensor:
    """``x`` as an element of type ``to``"""
    return unary(lambda a: a.cast(use.dtype("to")), x)


@operator("CastLike", lambda use: _result(use, use.type(1).dtype), (2, 2), attrs=_OPTIONS, conventions=_CONVENTIONS)
def cast_like(use: Call, x: Tensor, like: Tensor) -> Tensor:
    """``x`` as an element of the type of the second operand, which is not read"""
    return unary(lambda a: a.cast(like.dtype), x)

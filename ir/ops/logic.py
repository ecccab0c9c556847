"""Comparisons, connectives, choice, and operations on bits."""

from __future__ import annotations

from collections.abc import Callable

from ...theories.terms import build as b
from .. import dims
from .. import dtypes as dt
from ..dtypes import DTYPES, FLOAT_TYPES, INTEGERS, NUMBERS, Reading
from ..elements import Elem, literal, where
from ..errors import BadAttribute, UnsupportedOperator, WrongDType
from ..operators import REQUIRED, Call, Rule, broadcast_rule, check_dtype, operator, same_type
from ..tensors import Tensor, binary, ternary, unary
from ..types import TensorType

_COMPARED = broadcast_rule(NUMBERS, dt.BOOL)
_BOOLS = broadcast_rule((dt.BOOL,))
_UNORDERED = ("false if an operand is NaN",)


# -- comparisons --


@operator("Equal", broadcast_rule(DTYPES, dt.BOOL), (2, 2), conventions=(*_UNORDERED, "+0 equals −0"))
def equal(use: Call, x: Tensor, y: Tensor) -> Tensor:
    """``x = y``"""
    return binary(lambda a, c: a.equals(c), x, y)


@operator("Greater", _COMPARED, (2, 2), conventions=_UNORDERED)
def greater(use: Call, x: Tensor, y: Tensor) -> Tensor:
    """``x > y``"""
    return binary(lambda a, c: a > c, x, y)


@operator("GreaterOrEqual", _COMPARED, (2, 2), conventions=_UNORDERED)
def greater_or_equal(use: Call, x: Tensor, y: Tensor) -> Tensor:
    """``x ≥ y``"""
    return binary(lambda a, c: a >= c, x, y)


@operator("Less", _COMPARED, (2, 2), conventions=_UNORDERED)
def less(use: Call, x: Tensor, y: Tensor) -> Tensor:
    """``x < y``"""
    return binary(lambda a, c: a < c, x, y)


@operator("LessOrEqual", _COMPARED, (2, 2), conventions=_UNORDERED)
def less_or_equal(use: Call, x: Tensor, y: Tensor) -> Tensor:
    """``x ≤ y``"""
    return binary(lambda a, c: a <= c, x, y)


def _test_rule(use: Call) -> tuple[TensorType, ...]:
    check_dtype(use, use.type(0).dtype, FLOAT_TYPES)
    return (TensorType(dt.BOOL, use.type(0).shape),)


@operator("IsNaN", _test_rule, conventions=("false everywhere in a reading without NaN",))
def is_nan(use: Call, x: Tensor) -> Tensor:
    """Whether ``x`` is NaN"""
    return unary(lambda a: a.is_nan(), x)


@operator(
    "IsInf",
    _test_rule,
    attrs={"detect_negative": 1, "detect_positive": 1},
    conventions=("false everywhere in a reading without infinities",),
)
def is_inf(use: Call, x: Tensor) -> Tensor:
    """Whether ``x`` is ``∞`` (detect_positive) or ``−∞`` (detect_negative)"""
    up, down = use.flag("detect_positive"), use.flag("detect_negative")
    if not up and not down:
        return unary(lambda a: literal(False, dt.BOOL, use.reading), x)
    return unary(lambda a: a.is_inf(int(up) - int(down)), x)


# -- connectives and choice --


@operator("And", _BOOLS, (2, 2))
def conjunction(use: Call, x: Tensor, y: Tensor) -> Tensor:
    """``x ∧ y``"""
    return binary(lambda a, c: a & c, x, y)


@operator("Or", _BOOLS, (2, 2))
def disjunction(use: Call, x: Tensor, y: Tensor) -> Tensor:
    """``x ∨ y``"""
    return binary(lambda a, c: a | c, x, y)


@operator("Xor", _BOOLS, (2, 2))
def exclusive(use: Call, x: Tensor, y: Tensor) -> Tensor:
    """``x ≠ y``"""
    return binary(lambda a, c: a ^ c, x, y)


@operator("Not", same_type((dt.BOOL,)))
def negation(use: Call, x: Tensor) -> Tensor:
    """``¬x``"""
    return unary(lambda a: ~a, x)


def _where_rule(use: Call) -> tuple[TensorType, ...]:
    condition, x, y = (use.type(k) for k in range(3))
    check_dtype(use, condition.dtype, (dt.BOOL,))
    check_dtype(use, x.dtype, DTYPES)
    if x.dtype is not y.dtype:
        raise WrongDType(f"{use.op}: operands of types {x.dtype.name} and {y.dtype.name}")
    return (TensorType(x.dtype, dims.broadcast([condition.shape, x.shape, y.shape])),)


@operator("Where", _where_rule, (3, 3), conventions=("only the element that is chosen needs to be defined",))
def choice(use: Call, condition: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """``x if condition else y``"""
    return ternary(where, condition, x, y)


# -- bits --

_BITS = ("bits exist in the IEEE reading alone",)


def _bits_only(use: Call) -> None:
    if use.reading is not Reading.IEEE:
        raise UnsupportedOperator(f"{use.op} on integers without bits, in the reading {use.reading.value}")


def _bitwise(name: str) -> Callable[[Call, Tensor, Tensor], Tensor]:
    def denote(use: Call, x: Tensor, y: Tensor) -> Tensor:
        _bits_only(use)
        return binary(lambda a, c: a.like(b.bit_op(name, a.term, c.term)), x, y)

    return denote


_INTEGERS: Rule = broadcast_rule(INTEGERS)


@operator("BitwiseAnd", _INTEGERS, (2, 2), conventions=_BITS)
def bitwise_and(use: Call, x: Tensor, y: Tensor) -> Tensor:
    """``x & y``, bit by bit"""
    return _bitwise("band")(use, x, y)


@operator("BitwiseOr", _INTEGERS, (2, 2), conventions=_BITS)
def bitwise_or(use: Call, x: Tensor, y: Tensor) -> Tensor:
    """``x | y``, bit by bit"""
    return _bitwise("bor")(use, x, y)


@operator("BitwiseXor", _INTEGERS, (2, 2), conventions=_BITS)
def bitwise_xor(use: Call, x: Tensor, y: Tensor) -> Tensor:
    """``x ^ y``, bit by bit"""
    return _bitwise("bxor")(use, x, y)


@operator("BitwiseNot", same_type(INTEGERS))
def bitwise_not(use: Call, x: Tensor) -> Tensor:
    """``−x − 1``; of an unsigned type ``2ʷ − 1 − x``"""
    if use.reading is Reading.IEEE:
        return unary(lambda a: a.like(b.bit_not(a.term)), x)
    return unary(lambda a: (x.dtype.high if x.dtype.kind == "uint" else -1) - a, x)


def _shift_rule(use: Call) -> tuple[TensorType, ...]:
    if use.str("direction") not in ("LEFT", "RIGHT"):
        raise BadAttribute(f"{use.op}: direction is {use.str('direction')!r}, not LEFT or RIGHT")
    return tuple(_INTEGERS(use))


@operator(
    "BitShift",
    _shift_rule,
    (2, 2),
    attrs={"direction": REQUIRED},
    conventions=(
        *_BITS,
        "to the right, copies of the sign come in",
        "an amount below 0 or from the width on: all bits",
    ),
)
def bit_shift(use: Call, x: Tensor, y: Tensor) -> Tensor:
    """``x · 2ʸ`` modulo ``2ʷ``; RIGHT: ``⌊x / 2ʸ⌋``"""
    _bits_only(use)
    left, signed = use.str("direction") == "LEFT", x.dtype.kind == "int"
    name = "shl" if left else "ashr" if signed else "lshr"

    def element(a: Elem, amount: Elem) -> Elem:
        within = Elem(b.unsigned("ult", amount.term, a.lit(x.dtype.width).term), dt.BOOL, use.reading)
        out = where(a < 0, a.lit(-1), 0) if signed and not left else a.lit(0)
        return where(within, a.like(b.bit_op(name, a.term, amount.term)), out)

    return binary(element, x, y)

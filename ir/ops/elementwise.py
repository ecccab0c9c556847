"""Arithmetic and elementary functions, element by element: operands broadcast by NumPy's rule."""

from __future__ import annotations

from ..dtypes import FLOAT_TYPES, NUMBERS, SIGNED
from ..elements import Elem, where
from ..operators import Call, broadcast_rule, operator, same_type
from ..tensors import Tensor, binary, folded, unary

_ZEROS = "of zeros of both signs, +0 is the larger; implementations give either"
_NAN = "a NaN operand gives NaN"


@operator("Add", broadcast_rule(NUMBERS), (2, 2))
def add(use: Call, x: Tensor, y: Tensor) -> Tensor:
    """``x + y``"""
    return binary(lambda a, c: a + c, x, y)


@operator("Sub", broadcast_rule(NUMBERS), (2, 2))
def sub(use: Call, x: Tensor, y: Tensor) -> Tensor:
    """``x − y``"""
    return binary(lambda a, c: a - c, x, y)


@operator("Mul", broadcast_rule(NUMBERS), (2, 2))
def mul(use: Call, x: Tensor, y: Tensor) -> Tensor:
    """``x · y``"""
    return binary(lambda a, c: a * c, x, y)


@operator(
    "Div",
    broadcast_rule(NUMBERS),
    (2, 2),
    conventions=("integers truncate towards zero", "an integer divided by 0 is undefined"),
)
def div(use: Call, x: Tensor, y: Tensor) -> Tensor:
    """``x / y``"""
    return binary(lambda a, c: a / c, x, y)


@operator("Max", broadcast_rule(NUMBERS), (1, None), conventions=(_NAN, _ZEROS))
def maximum(use: Call, *xs: Tensor) -> Tensor:
    """``max(x0, x1, …)``"""
    return folded(lambda a, c: a.max(c), xs)


@operator("Min", broadcast_rule(NUMBERS), (1, None), conventions=(_NAN, _ZEROS))
def minimum(use: Call, *xs: Tensor) -> Tensor:
    """``min(x0, x1, …)``"""
    return folded(lambda a, c: a.min(c), xs)


@operator("Sum", broadcast_rule(FLOAT_TYPES), (1, None), conventions=("added from the left",))
def total(use: Call, *xs: Tensor) -> Tensor:
    """``x0 + x1 + …``"""
    return folded(lambda a, c: a + c, xs)


@operator("Mean", broadcast_rule(FLOAT_TYPES), (1, None), conventions=("added from the left, then divided",))
def mean(use: Call, *xs: Tensor) -> Tensor:
    """``(x0 + x1 + …) / n``"""
    return unary(lambda a: a / len(xs), folded(lambda a, c: a + c, xs))


# -- of one operand --


@operator("Abs", same_type(NUMBERS), conventions=("the least signed integer is its own, as bits",))
def absolute(use: Call, x: Tensor) -> Tensor:
    """``|x|``"""
    return unary(lambda a: a.abs(), x)


@operator("Neg", same_type((*FLOAT_TYPES, *SIGNED)))
def neg(use: Call, x: Tensor) -> Tensor:
    """``−x``"""
    return unary(lambda a: -a, x)


@operator("Reciprocal", same_type(FLOAT_TYPES), conventions=("1/±0 is ±∞ in IEEE, undefined over ℝ",))
def reciprocal(use: Call, x: Tensor) -> Tensor:
    """``1 / x``"""
    return unary(lambda a: 1 / a, x)


@operator("Sqrt", same_type(FLOAT_TYPES), conventions=("a negative operand is undefined over ℝ and NaN in IEEE",))
def sqrt(use: Call, x: Tensor) -> Tensor:
    """``√x``"""
    return unary(lambda a: a.sqrt(), x)


@operator("Sign", same_type(NUMBERS), conventions=("+0 for a zero of either sign", _NAN))
def sign(use: Call, x: Tensor) -> Tensor:
    """``1 if x > 0, −1 if x < 0, else 0``"""

    def element(a: Elem) -> Elem:
        rest = where(a.is_nan(), a, 0)
        return where(a > 0, a.lit(1), rest if a.dtype.kind == "uint" else where(a < 0, a.lit(-1), rest))

    return unary(element, x)


_TOTAL = ("defined on all reals",)
_UNIT = ("undefined over ℝ outside −1 ≤ x ≤ 1, where IEEE gives NaN",)
_FUNCTIONS = (
    ("Exp", "exp", "``eˣ``", _TOTAL),
    ("Log", "log", "``ln x``", ("undefined over ℝ for x ≤ 0, where IEEE gives −∞ or NaN",)),
    ("Sin", "sin", "``sin x``", _TOTAL),
    ("Cos", "cos", "``cos x``", _TOTAL),
    ("Tan", "tan", "``tan x``", ("undefined over ℝ where cos x = 0",)),
    ("Asin", "asin", "``arcsin x``, in −π/2 … π/2", _UNIT),
    ("Acos", "acos", "``arccos x``, in 0 … π", _UNIT),
    ("Atan", "atan", "``arctan x``, in −π/2 … π/2", _TOTAL),
    ("Sinh", "sinh", "``sinh x``", _TOTAL),
    ("Cosh", "cosh", "``cosh x``", _TOTAL),
    ("Tanh", "tanh", "``tanh x``", _TOTAL),
    ("Asinh", "asinh", "``arsinh x``", _TOTAL),
    ("Acosh", "acosh", "``arcosh x``, at least 0", ("undefined over ℝ for x < 1, where IEEE gives NaN",)),
    ("Atanh", "atanh", "``artanh x``", ("undefined over ℝ for |x| ≥ 1, where IEEE gives ±∞ or NaN",)),
    ("Erf", "erf", "``2/√π ∫₀ˣ exp(−t²) dt``", _TOTAL),
)
"""Operator, function, formula, conventions."""


def _register(name: str, function: str, formula: str, conventions: tuple[str, ...]) -> None:
    def denote(use: Call, x: Tensor) -> Tensor:
        return unary(lambda a: a.fn(function), x)

    denote.__doc__ = formula
    operator(name, same_type(FLOAT_TYPES), conventions=conventions)(denote)


for _row in _FUNCTIONS:
    _register(*_row)

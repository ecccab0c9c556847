"""ℝ and ℝ with ±∞ on arrays.

Exact runs compute with the numbers of :mod:`probanda.encoders.arrays.numbers`.  Screening runs use float64 and call
numbers equal that agree to about nine digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import flint
import numpy as np
from flint import arb

from ...theories.errors import Unsupported
from ...theories.terms.sorts import FLOATS
from .algebra import Algebra, Mode, Operation, each, each_pair, missing, payload, predicate, unary
from .formats import narrow
from .numbers import (
    ONE,
    ZERO,
    Extended,
    add,
    div,
    equal,
    floor,
    function,
    larger,
    less,
    less_equal,
    mul,
    negate,
    power,
    rational,
    root,
    round_to,
    smaller,
    sub,
)
from .values import Array, Mask

_OBJECT: Final = np.dtype(object)


def _marked(function: Callable[..., Any], dtype: np.dtype[Any], default: Any) -> Operation:
    def apply(*operands: Array) -> tuple[Array, Mask | None]:
        out = np.asarray(np.frompyfunc(function, len(operands), 1)(*operands), object)
        und = missing(out)
        return np.where(und, default, out).astype(dtype), und if und.any() else None

    return apply


def _exact(extended: bool) -> dict[str, Operation]:
    return {
        "add": each_pair(add, _OBJECT),
        "sub": each_pair(sub, _OBJECT),
        "mul": each_pair(mul, _OBJECT),
        "div": each_pair(div, _OBJECT),
        "neg": each(negate, _OBJECT),
        "abs": each(abs, _OBJECT),
        "min": each_pair(smaller, _OBJECT),
        "max": each_pair(larger, _OBJECT),
        "lt": predicate(less),
        "le": predicate(less_equal),
        "eq": predicate(equal),
        "peq": predicate(equal),
        "finite": each(lambda a: not isinstance(a, float), np.dtype(np.bool_)),
        "sqrt": each(root, _OBJECT),
        "floor": _marked(floor, _OBJECT, 0),
        "fn": payload(lambda p, a: each(lambda x: function(p, x, extended), _OBJECT)(a)),
        "pow": payload(lambda p, a: each(lambda x: power(x, p), _OBJECT)(a)),
        "round": payload(lambda p, a: each(lambda x: round_to(p, x), _OBJECT)(a)),
    }


def _near(a: Array, b: Array) -> Mask:
    close = np.abs(a - b) <= 1e-9 * (1 + np.maximum(np.abs(a), np.abs(b)))
    return np.where(np.isfinite(a) & np.isfinite(b), close, (a == b) | np.isnan(a) | np.isnan(b))


_erf = np.frompyfunc(math.erf, 1, 1)
_SCREEN_FUNCTIONS: Final[dict[str, Callable[[Array], Array]]] = {
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "erf": lambda a: np.asarray(_erf(a), np.float64),
}


def _screen() -> dict[str, Operation]:
    limit = 2.0**61
    return {
        "add": np.add,
        "sub": np.subtract,
        "mul": np.multiply,
        "div": np.divide,
        "neg": np.negative,
        "abs": np.abs,
        "min": np.minimum,
        "max": np.maximum,
        "lt": np.less,
        "le": np.less_equal,
        "eq": _near,
        "peq": _near,
        "finite": np.isfinite,
        "sqrt": np.sqrt,
        "floor": unary(lambda a: np.clip(np.nan_to_num(np.floor(a)), -limit, limit).astype(np.int64)),
        "fn": payload(lambda name, a: _SCREEN_FUNCTIONS[name](a)),
        "pow": payload(lambda exponent, a: np.power(a, float(exponent))),
        "round": payload(lambda name, a: narrow(a, FLOATS[name]).astype(np.float64)),
    }


def reals(mode: Mode, extended: bool = False) -> Algebra:
    """ℝ, or ℝ with ±∞ when ``extended``."""
    name = "ereal" if extended else "real"
    if mode is Mode.SCREEN:
        return Algebra(name, np.dtype(np.float64), _as_float, _screen(), 0.0, 1.0)
    return Algebra(name, _OBJECT, _as_number, _exact(extended), ZERO, ONE)


def _as_float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        raise Unsupported("a number beyond float64 in a screening run") from None


def _as_number(value: Any) -> Extended:
    if isinstance(value, arb):
        return value
    if isinstance(value, str):
        value = float(value)
    if isinstance(value, float) and not math.isfinite(value):
        if math.isnan(value):
            raise Unsupported("NaN as a real number")
        return value
    return rational(value)


def precision(bits: int) -> None:
    """Sets the precision of balls, in bits."""
    flint.ctx.prec = bits

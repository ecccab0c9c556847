"""Operations on NumPy arrays of the native types, by operation and sort."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from ....theories.errors import Unsupported
from ....theories.terms.sorts import (
    BFLOAT16,
    BOOL,
    EREAL,
    FLOAT16,
    FLOAT64,
    FLOATS,
    INT,
    REAL,
    BitsSort,
    FloatSort,
    Sort,
)
from ..formats import from_patterns, narrow
from . import integers
from .erf import erf
from .exact import fused

Array = NDArray[Any]
Function = Callable[..., Array]


def unary(f: Callable[[Array], Array]) -> Function:
    """``f``, which takes one array."""
    return f


def binary(f: Callable[[Array, Array], Array]) -> Function:
    """``f``, which takes two arrays."""
    return f


@functools.cache
def dtype_of(sort: Sort) -> np.dtype[Any]:
    """The NumPy type of a sort."""
    if sort is INT:
        return np.dtype(np.int64)
    if sort is BOOL:
        return np.dtype(np.bool_)
    if sort is REAL or sort is EREAL:
        return np.dtype(np.float64)
    if sort is BFLOAT16:
        return np.dtype(ml_dtypes.bfloat16)
    if isinstance(sort, BitsSort):
        return integers.storage(sort.width)
    if isinstance(sort, FloatSort) and sort.width in (16, 32, 64):
        return np.dtype(f"f{sort.width // 8}")
    raise Unsupported(f"{sort.text} has no machine type")


def constant(value: Any, sort: Sort) -> Array:
    """A literal as an array without dimensions."""
    if isinstance(sort, FloatSort):
        return from_patterns(np.asarray(value, np.uint64), sort).astype(dtype_of(sort))
    if sort is INT:
        return integers.settled(value)
    return np.asarray(float(value) if isinstance(value, str) else value, dtype_of(sort))


def rounded(data: Array, to: Sort) -> Array:
    """Float64 values rounded once to ``to``."""
    assert isinstance(to, FloatSort)
    return narrow(data, to).astype(dtype_of(to)) if to is BFLOAT16 else data.astype(dtype_of(to))


def maximum(a: Array, b: Array) -> Array:
    """IEEE 754-2019 ``maximum``: NumPy's, with the zeros put right."""
    out = np.maximum(a, b)
    if not np.all(out):
        zeros = (a == 0) & (b == 0)
        out = np.where(zeros, a + b, out)
    return out


def minimum(a: Array, b: Array) -> Array:
    """IEEE 754-2019 ``minimum``: NumPy's, with the zeros put right."""
    out = np.minimum(a, b)
    if not np.all(out):
        zeros = (a == 0) & (b == 0)
        out = np.where(zeros, -(-a - b), out)
    return out


def same(a: Array, b: Array) -> Array:
    """Identity of floats: one NaN, and +0 differs from −0."""
    return ((a == b) & (np.signbit(a) == np.signbit(b))) | (np.isnan(a) & np.isnan(b))


def _unsigned(a: Array) -> Array:
    return np.asarray(a).view(f"u{a.dtype.itemsize}")


def _signed(function: Function) -> Function:
    def call(a: Array, b: Array) -> Array:
        return np.asarray(function(_unsigned(a), _unsigned(b))).view(a.dtype)

    return call


def _safe(function: Function) -> Function:
    """0 where the divisor is 0."""

    def call(a: Array, b: Array) -> Array:
        zero = b == 0
        if not np.any(zero):
            return function(a, b)
        quotients = function(a, np.where(zero, np.ones((), b.dtype), b))
        return np.where(zero, np.zeros((), a.dtype), np.asarray(quotients, a.dtype))

    return call


def _truncating(a: Array, b: Array) -> Array:
    """The quotient towards zero; the least number divided by −1 is itself."""
    return np.where(b == -1, -a, (a - np.fmod(a, b)) // np.where(b == -1, b.dtype.type(1), b))


def _shift_right(a: Array, b: Array) -> Array:
    bits = a.dtype.itemsize * 8 - 1
    return np.right_shift(a, np.minimum(_unsigned(b), bits).astype(a.dtype))


_ANY: dict[str, Function] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "neg": np.negative,
    "abs": np.abs,
    "lt": np.less,
    "le": np.less_equal,
    "peq": np.equal,
    "eq": np.equal,
    "min": np.minimum,
    "max": np.maximum,
    "idiv": _safe(np.floor_divide),
    "imod": _safe(np.remainder),
}
_BITS: dict[str, Function] = {
    "div": _safe(_truncating),
    "rem": _safe(np.fmod),
    "udiv": _signed(_safe(np.floor_divide)),
    "urem": _signed(_safe(np.remainder)),
    "band": np.bitwise_and,
    "bor": np.bitwise_or,
    "bxor": np.bitwise_xor,
    "bnot": np.invert,
    "shl": _signed(np.left_shift),
    "lshr": _signed(np.right_shift),
    "ashr": _shift_right,
    "ult": binary(lambda a, b: np.less(_unsigned(a), _unsigned(b))),
    "ule": binary(lambda a, b: np.less_equal(_unsigned(a), _unsigned(b))),
}
_REALS: dict[str, Function] = {
    "div": np.divide,
    "sqrt": np.sqrt,
    "finite": np.isfinite,
    "floor": integers.floor,
}
_FLOATS: dict[str, Function] = {
    "div": np.divide,
    "sqrt": np.sqrt,
    "min": minimum,
    "max": maximum,
    "eq": same,
    "isnan": np.isnan,
    "isinf": np.isinf,
    "isfinite": np.isfinite,
    "iszero": unary(lambda a: np.equal(a, 0)),
    "isneg": unary(lambda a: np.signbit(a) & ~np.isnan(a)),
}
_FUNCTIONS: dict[str, Function] = {
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
    "erf": erf,
}
_ROUNDINGS: dict[str, Function] = {"floor": np.floor, "ceil": np.ceil, "trunc": np.trunc, "even": np.rint}


def function(op: str, data: Any, source: Sort, to: Sort) -> Function:
    """The operation ``op`` with payload ``data`` from elements of ``source`` to elements of ``to``."""
    if op in ("cast", "zext", "natural"):
        return _conversion(op, source, to)
    if isinstance(source, FloatSort):
        return _float(op, data, source)
    if op == "pow":
        return unary(lambda a: np.power(a, a.dtype.type(data)))
    if op == "rint":
        whole = _ROUNDINGS[data]
        return unary(lambda a: whole(a) + 0.0)  # the real 0 has no sign
    if op == "round":
        return unary(lambda a: rounded(a, FLOATS[data]).astype(np.float64))
    if op == "fn":
        return _FUNCTIONS[data]
    table = _BITS if isinstance(source, BitsSort) else _REALS if source in (REAL, EREAL) else _ANY
    found = table.get(op) or _ANY.get(op)
    if isinstance(source, BitsSort) and source.width not in integers.NATIVE:
        return integers.odd(op, source, found)
    if found is None:
        raise Unsupported(f"{op} on {source.text}")
    return found


def _float(op: str, data: Any, sort: FloatSort) -> Function:
    tiny = 2.0 ** (2 - (1 << (sort.exponent - 1)))
    dtype = dtype_of(sort)
    if op == "fma":
        return functools.partial(fused, sort=sort)
    if op == "fits":
        bound = 2.0 ** (data.width - 1)
        return unary(lambda a: _in_range(np.asarray(a).astype(np.float64), bound))
    if op in ("isnormal", "issubnormal"):
        normal = op == "isnormal"

        def test(a: Array) -> Array:
            size = np.abs(np.asarray(a).astype(np.float64))
            return (size >= tiny) & (size < np.inf) if normal else (size < tiny) & (size > 0)

        return test
    table = {"fn": _FUNCTIONS, "rint": _ROUNDINGS}.get(op)
    plain = _FLOATS.get(op) or _ANY.get(op) if table is None else table.get(data)
    if plain is None:
        raise Unsupported(f"{op} on {sort.text}")
    if sort not in (FLOAT16, BFLOAT16) or (sort is FLOAT16 and op in ("neg", "abs", "lt", "le", "peq", "max", "min")):
        return plain
    wide = plain

    def call(*args: Array) -> Array:
        out = np.asarray(wide(*[np.asarray(a).astype(np.float32) for a in args]))
        return out if out.dtype == np.bool_ else out.astype(dtype)

    return call


def _in_range(a: Array, bound: float) -> Array:
    cut = np.trunc(a)
    return (cut >= -bound) & (cut < bound)


def _conversion(op: str, source: Sort, to: Sort) -> Function:
    dtype = dtype_of(to)
    if isinstance(source, BitsSort) and op != "cast":
        return unary(lambda a: integers.natural(np.asarray(a), source, to, dtype))
    if isinstance(to, BitsSort):
        if isinstance(source, FloatSort):
            return unary(lambda a: integers.from_float(np.asarray(a).astype(np.float64), to))
        return unary(lambda a: integers.to_bits(np.asarray(a), to))
    if source is INT or isinstance(source, BitsSort):
        if to is INT:
            return unary(lambda a: integers.settled(a) if a.dtype == integers.OBJECT else a.astype(np.int64))
        fmt = to if isinstance(to, FloatSort) else FLOAT64
        return unary(lambda a: integers.to_float(np.asarray(a), fmt, dtype))
    if source in (REAL, EREAL) and isinstance(to, FloatSort):
        return unary(lambda a: rounded(np.asarray(a) + 0.0, to))  # the real 0 gives +0
    if to in (FLOAT16, BFLOAT16) and source not in (FLOAT16, BFLOAT16):
        return unary(lambda a: rounded(np.asarray(a).astype(np.float64), to))
    return unary(lambda a: np.asarray(a).astype(dtype))

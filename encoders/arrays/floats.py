"""IEEE-754 floats on arrays, bit for bit, round to nearest even.

float32 and float64 are NumPy's (correctly rounded by the hardware).  float16 and bfloat16 are computed in float64 and
rounded once more: 53 >= 2p + 2 bits and a wider exponent range make the second rounding innocent for + - * / and sqrt.
``fma`` is exact on integers and rounded once.  min and max are IEEE 754-2019 minimum and maximum.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from ...theories.errors import Unsupported
from ...theories.terms.sorts import FLOAT32, FLOAT64, BitsSort, FloatSort
from .algebra import Algebra, Operation, payload, unary
from .formats import encode, from_patterns, narrow, storage
from .values import Array, Mask


def same(a: Array, b: Array) -> Mask:
    """Identity: one NaN, and +0 differs from −0."""
    return np.where(np.isnan(a) | np.isnan(b), np.isnan(a) & np.isnan(b), (a == b) & (np.signbit(a) == np.signbit(b)))


def minimum(a: Array, b: Array) -> Array:
    """IEEE 754-2019 ``minimum``."""
    return np.where(a == b, np.where(np.signbit(a), a, b), np.minimum(a, b))


def maximum(a: Array, b: Array) -> Array:
    """IEEE 754-2019 ``maximum``."""
    return np.where(a == b, np.where(np.signbit(a), b, a), np.maximum(a, b))


def _fma(a: float, b: float, c: float, fmt: FloatSort) -> int | float:
    """A bit pattern, or the float itself where the result is special or exact."""
    if not (math.isfinite(a) and math.isfinite(b) and math.isfinite(c)):
        if math.isfinite(a) and math.isfinite(b):
            return c
        return a * b + c
    (p, q), (r, s), (t, u) = a.as_integer_ratio(), b.as_integer_ratio(), c.as_integer_ratio()
    num = p * r * u + t * q * s
    if num == 0:
        # An exact zero: the sum of zeros of one sign keeps it, anything else is +0.
        negative = (math.copysign(1.0, a) * math.copysign(1.0, b) < 0) and math.copysign(1.0, c) < 0
        return -0.0 if negative and p * r == 0 and t == 0 else 0.0
    return encode(num, q * s * u, fmt)


def fits(a: Array, sort: BitsSort) -> Mask:
    """Whether ``a`` truncated towards zero is a signed integer of that width."""
    bound = 2.0 ** (sort.width - 1) if sort.width <= 1024 else math.inf
    cut = np.trunc(a.astype(np.float64))
    with np.errstate(invalid="ignore"):
        return np.isfinite(cut) & (cut >= -bound) & (cut < bound)


def truncate(a: Array, sort: BitsSort) -> Array:
    """``a`` towards zero as bits; 0 where it does not fit."""
    full = (1 << sort.width) - 1
    cut = np.where(fits(a, sort), np.trunc(a.astype(np.float64)), 0.0)
    dtype = np.uint64 if sort.width <= 64 else object
    return np.asarray(np.frompyfunc(lambda x: int(x) & full, 1, 1)(cut), dtype)


_INTEGRAL: Final[Mapping[str, Callable[[Array], Array]]] = {
    "floor": np.floor,
    "ceil": np.ceil,
    "trunc": np.trunc,
    "even": np.rint,
}
"""Rounding to integral values, which are values of the same format."""


def floats(fmt: FloatSort) -> Algebra:
    """The values of ``fmt``; both modes share them."""
    native = fmt in (FLOAT32, FLOAT64)
    dtype = storage(fmt)
    tiny = 2.0 ** (2 - (1 << (fmt.exponent - 1)))  # the smallest normal number

    def rounded(function: Callable[..., Array]) -> Operation:
        if native:
            return function
        return lambda *xs: narrow(np.asarray(function(*[x.astype(np.float64) for x in xs])), fmt)

    def fma(a: Array, b: Array, c: Array) -> Array:
        def one(x: Any, y: Any, z: Any) -> int | float:
            return _fma(float(x), float(y), float(z), fmt)

        wide = np.frompyfunc(one, 3, 1)
        out = np.asarray(wide(a, b, c), object)
        special = np.frompyfunc(lambda v: isinstance(v, float), 1, 1)(out)
        bits = np.where(special, 0, out).astype(np.uint64)
        direct = np.where(special, out, 0.0).astype(np.float64)
        return np.where(np.asarray(special, np.bool_), direct.astype(dtype), from_patterns(bits, fmt))

    def unavailable(name: str, _a: Array) -> Array:
        raise Unsupported(f"{name} on {fmt.text}: its result depends on the runtime")

    def accept(value: Any) -> Any:
        """A bit pattern (an int), or a float that the format holds."""
        if isinstance(value, int) and not isinstance(value, bool):
            return from_patterns(np.asarray(value, np.uint64), fmt)[()]
        return narrow(np.asarray(value, np.float64), fmt)[()]

    def normal(a: Array) -> Mask:
        return np.isfinite(a) & (np.abs(a.astype(np.float64)) >= tiny)

    def subnormal(a: Array) -> Mask:
        return (a != 0) & (np.abs(a.astype(np.float64)) < tiny)

    ops: dict[str, Operation] = {
        "add": rounded(np.add),
        "sub": rounded(np.subtract),
        "mul": rounded(np.multiply),
        "div": rounded(np.divide),
        "sqrt": rounded(np.sqrt),
        "fma": fma,
        "neg": np.negative,
        "abs": np.abs,
        "min": minimum,
        "max": maximum,
        "lt": np.less,
        "le": np.less_equal,
        "eq": same,
        "peq": np.equal,
        "fn": unavailable,
        "rint": payload(lambda mode, a: _INTEGRAL[mode](a)),
        "fits": payload(lambda sort, a: fits(a, sort)),
        "isnan": np.isnan,
        "isinf": np.isinf,
        "isfinite": np.isfinite,
        "iszero": unary(lambda a: a == 0),
        "isneg": unary(lambda a: np.signbit(a) & ~np.isnan(a)),
        "isnormal": normal,
        "issubnormal": subnormal,
    }
    return Algebra(fmt.text, dtype, accept, ops, dtype.type(0), dtype.type(1))

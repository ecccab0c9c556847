"""The operations of IEEE 754-2019 on bit patterns, rounded to nearest with ties to even.

MPFR computes them in a context that *is* the format: precision of the significand, its exponent range, subnormals
rounded once.  Every operation takes the format first and bit patterns after it, gives a bit pattern (or a Boolean), and
knows one NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from importlib import import_module
from typing import Any, Final

from . import formats as f
from .formats import Format

_gmpy2: Any = import_module("gmpy2")  # has no type stubs


@cache
def _context(fmt: Format) -> Any:
    """An MPFR context whose values are the format's (MPFR's exponents are one above IEEE's)."""
    e_max = 1 << (fmt.exponent - 1)
    return _gmpy2.context(
        precision=fmt.significand,
        emax=e_max,
        emin=f.quantum(fmt) + 1,
        subnormalize=True,
        round=_gmpy2.RoundToNearest,
    )


@cache
def _wide(precision: int) -> Any:
    """A context in which decoding is exact."""
    return _gmpy2.context(precision=precision, emax=1 << 40, emin=-(1 << 40))


_NAN: Final = _gmpy2.mpfr("nan")
_INFINITIES: Final = (_gmpy2.mpfr("inf"), _gmpy2.mpfr("-inf"))
_ZEROS: Final = (_gmpy2.mpfr("0"), _gmpy2.mpfr("-0"))


@lru_cache(1 << 17)  # every pattern of two 16-bit formats
def _decode(fmt: Format, bits: int) -> Any:
    """The MPFR number that the pattern denotes, exactly."""
    size = f.magnitude(fmt, f.check(fmt, bits))
    sign = bits != size
    if size >= f.infinity(fmt):
        return _NAN if size > f.infinity(fmt) else _INFINITIES[sign]
    if size == 0:
        return _ZEROS[sign]
    m, e = f.scaled(fmt, bits)
    wide = _wide(fmt.significand)
    x = _gmpy2.mpfr(-m if sign else m, fmt.significand)
    return wide.mul_2exp(x, e) if e >= 0 else wide.div_2exp(x, -e)


def _encode(fmt: Format, x: Any) -> int:
    """The pattern of an MPFR number that is a value of the format."""
    if x.is_nan():
        return f.nan(fmt)
    sign = int(x.is_signed())
    if x.is_infinite():
        return f.infinity(fmt, sign)
    if x.is_zero():
        return f.zero(fmt, sign)
    m, e = x.as_mantissa_exp()
    m, e = abs(int(m)), int(e)
    low = max(e + m.bit_length() - fmt.significand, f.quantum(fmt))
    m = m << (e - low) if e >= low else m >> (low - e)
    return f.zero(fmt, sign) | (low - f.quantum(fmt) << (fmt.significand - 1)) + m


# -- arithmetic (5.4.1) ----------------------------------------------------------------------------------------------


def add(fmt: Format, a: int, b: int) -> int:
    """``a + b``."""
    return _encode(fmt, _context(fmt).add(_decode(fmt, a), _decode(fmt, b)))


def sub(fmt: Format, a: int, b: int) -> int:
    """``a - b``."""
    return _encode(fmt, _context(fmt).sub(_decode(fmt, a), _decode(fmt, b)))


def mul(fmt: Format, a: int, b: int) -> int:
    """``a * b``."""
    return _encode(fmt, _context(fmt).mul(_decode(fmt, a), _decode(fmt, b)))


def div(fmt: Format, a: int, b: int) -> int:
    """``a / b``; a finite non-zero number over a zero is an infinity, 0/0 and ∞/∞ are NaN."""
    return _encode(fmt, _context(fmt).div(_decode(fmt, a), _decode(fmt, b)))


def sqrt(fmt: Format, a: int) -> int:
    """The square root; NaN below zero, and −0 of −0."""
    return _encode(fmt, _context(fmt).sqrt(_decode(fmt, a)))


def fma(fmt: Format, a: int, b: int, c: int) -> int:
    """``a * b + c`` with one rounding."""
    return _encode(fmt, _context(fmt).fma(_decode(fmt, a), _decode(fmt, b), _decode(fmt, c)))


# -- rounding to integral values (5.9): a zero has the sign of the operand ----------------------------------------------


def floor(fmt: Format, a: int) -> int:
    """The largest integral value not above ``a``."""
    return _encode(fmt, _context(fmt).rint_floor(_decode(fmt, a)))


def ceil(fmt: Format, a: int) -> int:
    """The smallest integral value not below ``a``."""
    return _encode(fmt, _context(fmt).rint_ceil(_decode(fmt, a)))


def trunc(fmt: Format, a: int) -> int:
    """``a`` without its fraction."""
    return _encode(fmt, _context(fmt).rint_trunc(_decode(fmt, a)))


def roundeven(fmt: Format, a: int) -> int:
    """The nearest integral value, ties to even."""
    return _encode(fmt, _context(fmt).rint(_decode(fmt, a)))


# -- signs (5.5.1), order (5.6.1, 5.11, 9.6) --------------------------------------------------------------------------


def neg(fmt: Format, a: int) -> int:
    """``-a``: the other sign, also of zeros; NaN stays NaN."""
    return f.canonical(fmt, a) if f.is_nan(fmt, a) else f.check(fmt, a) ^ f.sign_bit(fmt)


def absolute(fmt: Format, a: int) -> int:
    """``|a|``; NaN stays NaN."""
    return f.canonical(fmt, f.magnitude(fmt, f.check(fmt, a)))


def minimum(fmt: Format, a: int, b: int) -> int:
    """IEEE 754-2019 ``minimum``: NaN if either is, and −0 < +0."""
    if f.is_nan(fmt, a) or f.is_nan(fmt, b):
        return f.nan(fmt)
    return a if f.order_key(fmt, a) <= f.order_key(fmt, b) else b


def maximum(fmt: Format, a: int, b: int) -> int:
    """IEEE 754-2019 ``maximum``: NaN if either is, and −0 < +0."""
    if f.is_nan(fmt, a) or f.is_nan(fmt, b):
        return f.nan(fmt)
    return b if f.order_key(fmt, a) <= f.order_key(fmt, b) else a


def eq(fmt: Format, a: int, b: int) -> bool:
    """``a == b`` as programs have it: false on a NaN, +0 == −0."""
    return not _unordered(fmt, a, b) and (a == b or f.is_zero(fmt, a | b))


def lt(fmt: Format, a: int, b: int) -> bool:
    """``a < b``: false on a NaN, and on two zeros."""
    return f.order_key(fmt, a) < f.order_key(fmt, b) and not _unordered(fmt, a, b) and not f.is_zero(fmt, a | b)


def le(fmt: Format, a: int, b: int) -> bool:
    """``a <= b``: false on a NaN."""
    return not _unordered(fmt, a, b) and (f.order_key(fmt, a) <= f.order_key(fmt, b) or f.is_zero(fmt, a | b))


def _unordered(fmt: Format, a: int, b: int) -> bool:
    return f.is_nan(fmt, a) or f.is_nan(fmt, b)


# -- conversions (5.4.2, 5.4.1) --------------------------------------------------------------------------------------


def convert(source: Format, target: Format, a: int) -> int:
    """``a`` in another format, rounded to nearest even."""
    return _encode(target, _context(target).plus(_decode(source, a)))


def from_integer(fmt: Format, value: int) -> int:
    """The nearest value to an integer, ties to even; 0 is +0."""
    return f.from_rational(fmt, Fraction(value))


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation within one format: how many operands, whether it gives a Boolean, and its reference."""

    arity: int
    boolean: bool
    reference: Callable[..., int | bool]


OPERATIONS: Final[dict[str, Operation]] = {
    "add": Operation(2, False, add),
    "sub": Operation(2, False, sub),
    "mul": Operation(2, False, mul),
    "div": Operation(2, False, div),
    "sqrt": Operation(1, False, sqrt),
    "fma": Operation(3, False, fma),
    "floor": Operation(1, False, floor),
    "ceil": Operation(1, False, ceil),
    "trunc": Operation(1, False, trunc),
    "roundeven": Operation(1, False, roundeven),
    "neg": Operation(1, False, neg),
    "abs": Operation(1, False, absolute),
    "min": Operation(2, False, minimum),
    "max": Operation(2, False, maximum),
    "eq": Operation(2, True, eq),
    "lt": Operation(2, True, lt),
    "le": Operation(2, True, le),
    "isnan": Operation(1, True, f.is_nan),
    "isinf": Operation(1, True, f.is_inf),
    "isfinite": Operation(1, True, f.is_finite),
    "iszero": Operation(1, True, f.is_zero),
    "isneg": Operation(1, True, f.is_negative),
    "isnormal": Operation(1, True, f.is_normal),
    "issubnormal": Operation(1, True, f.is_subnormal),
}
"""The operations within one format, by the names that boundaries give them."""

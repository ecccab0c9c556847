"""Binary floating-point formats on Python integers: bit patterns to exact values and back.

Rounding is to nearest, ties to even, with gradual underflow (IEEE 754-2019, section 4.3.1); every step is on integers,
so there is no double rounding in any format.
"""

from __future__ import annotations

import math

import numpy as np

from ...theories.terms.sorts import BFLOAT16, FLOAT16, FLOAT32, FloatSort
from .values import Array


def infinity(fmt: FloatSort) -> int:
    """The bit pattern of +∞."""
    return ((1 << fmt.exponent) - 1) << (fmt.significand - 1)


def nan(fmt: FloatSort) -> int:
    """The bit pattern of the one NaN."""
    return infinity(fmt) | 1 << (fmt.significand - 2)


def encode(num: int, den: int, fmt: FloatSort) -> int:
    """The bit pattern of ``num / den`` (``den > 0``) rounded to ``fmt``; 0 gives +0, overflow an infinity."""
    if num == 0:
        return 0
    sign = (1 << (fmt.width - 1)) if num < 0 else 0
    n = abs(num)
    e = n.bit_length() - den.bit_length()
    if (n < den << e) if e >= 0 else (n << -e < den):
        e -= 1
    p, bias = fmt.significand, (1 << (fmt.exponent - 1)) - 1
    if e > bias:
        return sign | infinity(fmt)
    unit = max(e, 1 - bias) - (p - 1)  # the weight of the last place is 2**unit
    top, bottom = (n, den << unit) if unit >= 0 else (n << -unit, den)
    m, r = divmod(top, bottom)
    if 2 * r > bottom or (2 * r == bottom and m & 1):
        m += 1
    # A significand that rounds up to 2**p carries into the exponent field by itself.
    pattern = m if m < 1 << (p - 1) else ((unit + p - 1 + bias) << (p - 1)) + m - (1 << (p - 1))
    return sign | min(pattern, infinity(fmt))


def decode(pattern: int, fmt: FloatSort) -> tuple[int, int] | None:
    """Numerator and denominator of a finite pattern; None for an infinity or NaN."""
    p, bias = fmt.significand, (1 << (fmt.exponent - 1)) - 1
    field = pattern >> (p - 1) & ((1 << fmt.exponent) - 1)
    if field == (1 << fmt.exponent) - 1:
        return None
    m = pattern & ((1 << (p - 1)) - 1)
    if field:
        m |= 1 << (p - 1)
    unit = max(field, 1) - bias - (p - 1)
    m = -m if pattern >> (fmt.width - 1) else m
    return (m << unit, 1) if unit >= 0 else (m, 1 << -unit)


def storage(fmt: FloatSort) -> np.dtype[np.floating]:
    """The NumPy type that holds values of ``fmt``; bfloat16 values are held in float32."""
    if fmt is FLOAT16:
        return np.dtype(np.float16)
    return np.dtype(np.float32) if fmt in (FLOAT32, BFLOAT16) else np.dtype(np.float64)


def patterns(data: Array, fmt: FloatSort) -> Array:
    """Bit patterns (as uint64) of stored values, with the one NaN."""
    if fmt is BFLOAT16:
        raw = np.ascontiguousarray(data, np.float32).view(np.uint32) >> 16
    else:
        raw = np.ascontiguousarray(data, storage(fmt)).view(f"u{fmt.width // 8}")
    return np.where(np.isnan(data), np.uint64(nan(fmt)), raw.astype(np.uint64).reshape(np.shape(data)))


def from_patterns(bits: Array, fmt: FloatSort) -> Array:
    """Stored values of bit patterns."""
    raw = np.asarray(bits, np.uint64)
    if fmt is BFLOAT16:
        return (raw.astype(np.uint32) << np.uint32(16)).view(np.float32).reshape(raw.shape)
    return raw.astype(f"u{fmt.width // 8}").view(storage(fmt)).reshape(raw.shape)


def narrow(data: Array, fmt: FloatSort) -> Array:
    """Float64 values rounded to ``fmt``, directly."""
    if fmt is not BFLOAT16:
        return data.astype(storage(fmt))
    # Round to odd in float32 (16 bits more than bfloat16, same exponents), then to nearest even: no double rounding.
    wide = np.asarray(data, np.float64)
    single = np.atleast_1d(wide.astype(np.float32))
    bits = single.view(np.uint32).reshape(wide.shape)
    bits = np.where(np.abs(single.reshape(wide.shape).astype(np.float64)) > np.abs(wide), bits - np.uint32(1), bits)
    odd = (bits | np.uint32(single.reshape(wide.shape).astype(np.float64) != wide)).astype(np.uint32)
    even = odd + np.uint32(0x7FFF) + (odd >> np.uint32(16) & np.uint32(1))
    out = np.atleast_1d(even & np.uint32(0xFFFF0000)).view(np.float32).reshape(wide.shape)
    return np.where(np.isnan(wide), np.float32(math.nan), out)


def python_float(pattern: int, fmt: FloatSort) -> float:
    """A pattern's value as a Python float, exact (every format here is within float64)."""
    exact = decode(pattern, fmt)
    if exact is None:
        if pattern & ((1 << (fmt.significand - 1)) - 1):
            return math.nan
        return -math.inf if pattern >> (fmt.width - 1) else math.inf
    value = exact[0] / exact[1]
    return math.copysign(value, -1.0 if pattern >> (fmt.width - 1) else 1.0)

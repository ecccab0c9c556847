"""Binary interchange formats: how bit patterns denote values, and how values round to bit patterns.

Source: IEEE 754-2019, 3.4 (encodings), 4.3.1 (roundTiesToEven), 5.7.2 (classification).
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from ..terms.sorts import FloatSort, float_sort

Format = FloatSort
"""A binary format: ``exponent`` bits and ``significand`` bits, the hidden one included."""


def binary(exponent: int, significand: int) -> Format:
    """The binary format with those widths; ValueError unless both are at least 2.

    >>> hex(infinity(binary(5, 11)))
    '0x7c00'
    """
    if exponent < 2 or significand < 2:
        raise ValueError(f"no binary format has {exponent} exponent and {significand} significand bits")
    return float_sort(f"float({exponent},{significand})", exponent, significand)


# -- fields ----------------------------------------------------------------------------------------------------------


@cache
def sign_bit(fmt: Format) -> int:
    """The mask of the sign."""
    return 1 << (fmt.width - 1)


def magnitude(fmt: Format, bits: int) -> int:
    """The pattern without its sign."""
    return bits & (sign_bit(fmt) - 1)


@cache
def quantum(fmt: Format) -> int:
    """The exponent of the smallest subnormal: every finite value is a multiple of ``2**quantum``."""
    return 3 - (1 << (fmt.exponent - 1)) - fmt.significand


def check(fmt: Format, bits: int) -> int:
    """``bits`` itself; ValueError when it is no pattern of the format."""
    if not 0 <= bits < 1 << fmt.width:
        raise ValueError(f"{bits:#x} is no bit pattern of {fmt.text}")
    return bits


# -- special values --------------------------------------------------------------------------------------------------


def zero(fmt: Format, sign: int = 0) -> int:
    """+0, or −0 when ``sign`` is 1."""
    return sign_bit(fmt) if sign else 0


@cache
def infinity(fmt: Format, sign: int = 0) -> int:
    """+∞, or −∞ when ``sign`` is 1."""
    return zero(fmt, sign) | ((1 << fmt.exponent) - 1) << (fmt.significand - 1)


@cache
def nan(fmt: Format) -> int:
    """The one NaN: sign 0, quiet bit only."""
    return infinity(fmt) | 1 << (fmt.significand - 2)


def largest(fmt: Format) -> int:
    """The largest finite value."""
    return infinity(fmt) - 1


@cache
def smallest_normal(fmt: Format) -> int:
    """The smallest positive normal value."""
    return 1 << (fmt.significand - 1)


def canonical(fmt: Format, bits: int) -> int:
    """``bits``, or the one NaN for any NaN pattern."""
    return nan(fmt) if is_nan(fmt, bits) else bits


# -- classification --------------------------------------------------------------------------------------------------


def is_nan(fmt: Format, bits: int) -> bool:
    """Whether the pattern is one of a NaN."""
    return magnitude(fmt, bits) > infinity(fmt)


def is_inf(fmt: Format, bits: int) -> bool:
    """Whether the value is infinite."""
    return magnitude(fmt, bits) == infinity(fmt)


def is_finite(fmt: Format, bits: int) -> bool:
    """Whether the value is zero, subnormal or normal."""
    return magnitude(fmt, bits) < infinity(fmt)


def is_zero(fmt: Format, bits: int) -> bool:
    """Whether the value is a zero of either sign."""
    return magnitude(fmt, bits) == 0


def is_negative(fmt: Format, bits: int) -> bool:
    """Whether the sign is set: true of −0, false of NaN (which has no sign here)."""
    return bool(bits & sign_bit(fmt)) and not is_nan(fmt, bits)


def is_normal(fmt: Format, bits: int) -> bool:
    """Whether the value is finite with a full significand."""
    return smallest_normal(fmt) <= magnitude(fmt, bits) < infinity(fmt)


def is_subnormal(fmt: Format, bits: int) -> bool:
    """Whether the value is non-zero and smaller than every normal one."""
    return 0 < magnitude(fmt, bits) < smallest_normal(fmt)


# -- values ----------------------------------------------------------------------------------------------------------


def scaled(fmt: Format, bits: int) -> tuple[int, int]:
    """``(m, e)`` with the magnitude of the finite value equal to ``m * 2**e``."""
    field, fraction = divmod(magnitude(fmt, bits), 1 << (fmt.significand - 1))
    return (fraction, quantum(fmt)) if field == 0 else (fraction + smallest_normal(fmt), quantum(fmt) + field - 1)


def to_rational(fmt: Format, bits: int) -> Fraction:
    """The exact value; ValueError for infinities and NaN."""
    if not is_finite(fmt, check(fmt, bits)):
        raise ValueError(f"{bits:#x} is not finite in {fmt.text}")
    m, e = scaled(fmt, bits)
    m = -m if bits & sign_bit(fmt) else m
    return Fraction(m << e) if e >= 0 else Fraction(m, 1 << -e)


def to_integer(fmt: Format, bits: int) -> int:
    """The value rounded towards zero; ValueError for infinities and NaN."""
    return int(to_rational(fmt, bits))


def from_rational(fmt: Format, value: Fraction | int, sign: int = 0) -> int:
    """The nearest value, ties to even; beyond the largest finite value by half an ulp or more, an infinity.

    ``sign`` is that of the result when ``value`` is zero; a non-zero value brings its own.
    """
    if value == 0:
        return zero(fmt, sign)
    sign = int(value < 0)
    n, d = abs(value.numerator), value.denominator
    # 2**top <= n/d < 2**(top + 1)
    top = n.bit_length() - d.bit_length()
    if (n if top >= 0 else n << -top) < (d << top if top >= 0 else d):
        top -= 1
    e = max(top - fmt.significand + 1, quantum(fmt))
    m, r = divmod(n << -e if e < 0 else n, d << e if e > 0 else d)
    twice = 2 * r - (d << e if e > 0 else d)
    if twice > 0 or (twice == 0 and m & 1):
        m += 1
    # A carry out of the significand lands in the exponent field, which is what it should do.
    return zero(fmt, sign) | min((e - quantum(fmt) << (fmt.significand - 1)) + m, infinity(fmt))


def order_key(fmt: Format, bits: int) -> int:
    """An integer that orders the values other than NaN, −0 below +0."""
    return ~magnitude(fmt, bits) if bits & sign_bit(fmt) else bits

"""Literals as SMT-LIB text, and the exact roundings of literal casts."""

from __future__ import annotations

import sys
from fractions import Fraction

from ...theories.errors import Unsupported
from ...theories.terms.sorts import FloatSort


def numeral(value: int, point: str = "") -> str:
    """An integer constant; ``point=".0"`` makes it a real one."""
    try:
        return f"{value}{point}" if value >= 0 else f"(- {-value}{point})"
    except ValueError:
        limit = sys.get_int_max_str_digits()
        raise Unsupported(f"a numeral of more than {limit} digits") from None


def real(value: Fraction) -> str:
    """A rational constant, exact: ``3.0``, ``(/ 1.0 3.0)``, ``(- (/ 1.0 3.0))``."""
    if value.denominator == 1:
        return numeral(value.numerator, ".0")
    text = f"(/ {numeral(abs(value.numerator), '.0')} {numeral(value.denominator, '.0')})"
    return text if value > 0 else f"(- {text})"


def bit_vector(value: int, width: int) -> str:
    """A bit pattern: hexadecimal where the width allows it, otherwise binary."""
    value %= 1 << width
    return f"#b{value:0{width}b}" if width % 4 else f"#x{value:0{width // 4}x}"


def floating_point(pattern: int, fmt: FloatSort) -> str:
    """The float of that bit pattern, as its three fields."""
    fraction = fmt.significand - 1
    digits = f"{pattern:0{fmt.width}b}"
    return f"(fp #b{digits[0]} #b{digits[1:-fraction]} #b{digits[-fraction:]})"


def round_nearest_even(value: Fraction, fmt: FloatSort) -> int:
    """The bit pattern of ``value`` rounded to nearest, ties to even (IEEE 754-2019, 4.3.1); exact zero gives +0."""
    sign = 1 << (fmt.width - 1) if value < 0 else 0
    value = abs(value)
    bias = (1 << (fmt.exponent - 1)) - 1
    fraction = fmt.significand - 1
    if not value:
        return 0
    exponent = value.numerator.bit_length() - value.denominator.bit_length()
    if Fraction(2) ** exponent > value:
        exponent -= 1
    exponent = max(exponent, 1 - bias)  # below it numbers are subnormal, and the spacing stays
    steps = round(value / Fraction(2) ** (exponent - fraction))  # Python rounds half to even
    if exponent == 1 - bias and steps < 1 << fraction:
        return sign | steps
    # A carry out of the significand moves into the exponent field, up to infinity.
    infinity = ((1 << fmt.exponent) - 1) << fraction
    return sign | min(((exponent + bias - 1) << fraction) + steps, infinity)


def largest_below(limit: int, fmt: FloatSort) -> int:
    """The bit pattern of the largest finite float strictly below the positive integer ``limit``."""
    largest = (((1 << fmt.exponent) - 1) << (fmt.significand - 1)) - 1
    pattern = min(round_nearest_even(Fraction(limit), fmt), largest)
    return pattern if exact(pattern, fmt) < limit else pattern - 1  # patterns of positive floats are ordered as numbers


def exact(pattern: int, fmt: FloatSort) -> Fraction:
    """The value of a finite bit pattern."""
    fraction = fmt.significand - 1
    sign = -1 if pattern >> (fmt.width - 1) else 1
    biased = (pattern >> fraction) & ((1 << fmt.exponent) - 1)
    steps = pattern & ((1 << fraction) - 1)
    if biased:
        steps |= 1 << fraction
    return sign * steps * Fraction(2) ** (max(biased, 1) - (1 << (fmt.exponent - 1)) + 1 - fraction)

"""The IEEE reference against exact rationals, exhaustively in small formats."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product
from math import ceil, floor, isqrt, trunc
from random import Random

import pytest

from probanda.theories.ieee754 import formats as f
from probanda.theories.ieee754 import reference as r
from probanda.theories.ieee754.formats import Format
from probanda.theories.terms.sorts import BFLOAT16, FLOAT16, FLOAT32, FLOAT64

SMALL = [f.binary(2, 2), f.binary(3, 4), f.binary(4, 3), f.binary(5, 3)]
WIDE = [FLOAT16, BFLOAT16, FLOAT32, FLOAT64, f.binary(15, 113)]


def patterns(fmt: Format) -> Iterator[int]:
    return (x for x in range(1 << fmt.width) if not f.is_nan(fmt, x) or x == f.nan(fmt))


def sign(fmt: Format, bits: int) -> int:
    return bits >> (fmt.width - 1)


def rational_sum(fmt: Format, a: int, b: int) -> int:
    """a + b by the standard's words, from rationals."""
    if f.is_nan(fmt, a) or f.is_nan(fmt, b):
        return f.nan(fmt)
    if f.is_inf(fmt, a) or f.is_inf(fmt, b):
        if f.is_inf(fmt, a) and f.is_inf(fmt, b) and a != b:
            return f.nan(fmt)
        return a if f.is_inf(fmt, a) else b
    both_minus = sign(fmt, a) & sign(fmt, b)
    total = f.to_rational(fmt, a) + f.to_rational(fmt, b)
    return f.from_rational(fmt, total, both_minus)


def rational_product(fmt: Format, a: int, b: int) -> int:
    if f.is_nan(fmt, a) or f.is_nan(fmt, b):
        return f.nan(fmt)
    minus = sign(fmt, a) ^ sign(fmt, b)
    if f.is_inf(fmt, a) or f.is_inf(fmt, b):
        return f.nan(fmt) if f.is_zero(fmt, a) or f.is_zero(fmt, b) else f.infinity(fmt, minus)
    return f.from_rational(fmt, f.to_rational(fmt, a) * f.to_rational(fmt, b), minus)


def rational_quotient(fmt: Format, a: int, b: int) -> int:
    if f.is_nan(fmt, a) or f.is_nan(fmt, b):
        return f.nan(fmt)
    minus = sign(fmt, a) ^ sign(fmt, b)
    if f.is_inf(fmt, a):
        return f.nan(fmt) if f.is_inf(fmt, b) else f.infinity(fmt, minus)
    if f.is_inf(fmt, b):
        return f.zero(fmt, minus)
    if f.is_zero(fmt, b):
        return f.nan(fmt) if f.is_zero(fmt, a) else f.infinity(fmt, minus)
    return f.from_rational(fmt, f.to_rational(fmt, a) / f.to_rational(fmt, b), minus)


PAIRS: list[tuple[Callable[[Format, int, int], int], Callable[[Format, int, int], int]]] = [
    (r.add, rational_sum),
    (r.mul, rational_product),
    (r.div, rational_quotient),
]


@pytest.mark.parametrize("fmt", SMALL, ids=str)
def test_arithmetic_is_the_rounded_rational(fmt: Format) -> None:
    for a, b in product(patterns(fmt), repeat=2):
        for operation, rational in PAIRS:
            assert operation(fmt, a, b) == rational(fmt, a, b), (operation, hex(a), hex(b))
        assert r.sub(fmt, a, b) == r.add(fmt, a, r.neg(fmt, b))


@pytest.mark.parametrize("fmt", WIDE, ids=str)
def test_arithmetic_is_the_rounded_rational_in_wide_formats(fmt: Format) -> None:
    random = Random(7)
    for _ in range(1000):
        a, b = random.getrandbits(fmt.width), random.getrandbits(fmt.width)
        b = random.choice([b, a ^ random.getrandbits(8), a ^ 1 << random.randrange(fmt.width)])
        for operation, rational in PAIRS:
            assert operation(fmt, a, b) == rational(fmt, a, b), (operation, hex(a), hex(b))


@pytest.mark.parametrize("fmt", SMALL, ids=str)
def test_fma_rounds_once(fmt: Format) -> None:
    random = Random(3)
    finite = [x for x in patterns(fmt) if f.is_finite(fmt, x)]
    for _ in range(5000):
        a, b, c = random.choices(finite, k=3)
        exact = f.to_rational(fmt, a) * f.to_rational(fmt, b) + f.to_rational(fmt, c)
        minus = sign(fmt, c) & (sign(fmt, a) ^ sign(fmt, b))
        assert r.fma(fmt, a, b, c) == f.from_rational(fmt, exact, minus)


@pytest.mark.parametrize("fmt", SMALL, ids=str)
def test_sqrt_is_the_nearest(fmt: Format) -> None:
    assert r.sqrt(fmt, f.zero(fmt, 1)) == f.zero(fmt, 1)
    for a in patterns(fmt):
        if not f.is_finite(fmt, a) or f.is_zero(fmt, a):
            continue
        root = r.sqrt(fmt, a)
        if sign(fmt, a):
            assert root == f.nan(fmt)
            continue
        value = f.to_rational(fmt, a)
        scale = 1 << 64
        below = Fraction(isqrt(int(value * scale * scale)), scale)
        exact = below * below == value
        # Off by less than 2**-64, and the square root of a value is never halfway between two values.
        assert root == f.from_rational(fmt, below if exact else below + Fraction(1, 2 * scale))


INTEGRAL: list[tuple[Callable[[Format, int], int], Callable[[Fraction], int]]] = [
    (r.floor, floor),
    (r.ceil, ceil),
    (r.trunc, trunc),
    (r.roundeven, round),
]


@pytest.mark.parametrize("fmt", [*SMALL, FLOAT16], ids=str)
def test_rounding_to_integral_values(fmt: Format) -> None:
    for a in patterns(fmt):
        for operation, rounded in INTEGRAL:
            got = operation(fmt, a)
            if f.is_finite(fmt, a):
                assert got == f.from_rational(fmt, Fraction(rounded(f.to_rational(fmt, a))), sign(fmt, a))
            else:
                assert got == a


@pytest.mark.parametrize("source", SMALL, ids=str)
@pytest.mark.parametrize("target", [*SMALL, FLOAT16], ids=str)
def test_conversion_is_the_rounded_value(source: Format, target: Format) -> None:
    for a in patterns(source):
        got = r.convert(source, target, a)
        if f.is_finite(source, a):
            assert got == f.from_rational(target, f.to_rational(source, a), sign(source, a))
        else:
            assert got == (f.nan(target) if f.is_nan(source, a) else f.infinity(target, sign(source, a)))


@pytest.mark.parametrize("fmt", SMALL, ids=str)
def test_order(fmt: Format) -> None:
    for a, b in product(patterns(fmt), repeat=2):
        if f.is_nan(fmt, a) or f.is_nan(fmt, b):
            assert not r.eq(fmt, a, b) and not r.lt(fmt, a, b) and not r.le(fmt, a, b)
            assert r.minimum(fmt, a, b) == r.maximum(fmt, a, b) == f.nan(fmt)
            continue
        low, high = r.minimum(fmt, a, b), r.maximum(fmt, a, b)
        assert {low, high} == {a, b} and r.le(fmt, low, high)
        assert [r.lt(fmt, a, b), r.eq(fmt, a, b), r.lt(fmt, b, a)].count(True) == 1
        assert r.le(fmt, a, b) == (r.lt(fmt, a, b) or r.eq(fmt, a, b))
        if f.is_finite(fmt, a) and f.is_finite(fmt, b):
            assert r.lt(fmt, a, b) == (f.to_rational(fmt, a) < f.to_rational(fmt, b))
    minus, plus = f.zero(fmt, 1), f.zero(fmt)
    assert r.minimum(fmt, plus, minus) == minus and r.maximum(fmt, minus, plus) == plus


@pytest.mark.parametrize("fmt", [*SMALL, *WIDE], ids=str)
def test_values_round_to_themselves_and_halfway_to_even(fmt: Format) -> None:
    random = Random(5)
    for _ in range(300):
        a = random.randrange(f.largest(fmt))
        x, y = f.to_rational(fmt, a), f.to_rational(fmt, a + 1)
        assert f.from_rational(fmt, x) == a
        assert f.from_rational(fmt, (x + y) / 2) == a + (a & 1)
        assert f.from_rational(fmt, -(3 * x + y) / 4) == f.sign_bit(fmt) | a
    top = f.to_rational(fmt, f.largest(fmt))
    half_ulp = (top - f.to_rational(fmt, f.largest(fmt) - 1)) / 2
    assert f.from_rational(fmt, top + half_ulp) == f.infinity(fmt)
    assert f.from_rational(fmt, top + half_ulp * Fraction(99, 100)) == f.largest(fmt)


def test_every_value_is_in_one_class() -> None:
    for fmt in SMALL:
        for a in range(1 << fmt.width):
            tests = (f.is_nan, f.is_inf, f.is_zero, f.is_subnormal, f.is_normal)
            assert [t(fmt, a) for t in tests].count(True) == 1
            assert f.is_finite(fmt, a) == (not f.is_nan(fmt, a) and not f.is_inf(fmt, a))


def test_bad_formats_and_patterns_are_refused() -> None:
    with pytest.raises(ValueError, match="no binary format"):
        f.binary(1, 8)
    with pytest.raises(ValueError, match="no bit pattern"):
        r.add(FLOAT16, 1 << 16, 0)
    with pytest.raises(ValueError, match="not finite"):
        f.to_rational(FLOAT16, f.infinity(FLOAT16))

"""Operands that make arithmetic show itself: corner values, and random patterns of which many interact."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from random import Random

from . import formats as f
from .formats import Format


def corners(fmt: Format) -> tuple[int, ...]:
    """Zeros, ones, powers of two around the precision, the ends of each range with their neighbours, ∞ and NaN."""
    p = fmt.significand
    one = f.from_rational(fmt, 1)
    ulp = one + 1
    positive = [
        f.zero(fmt),
        1,  # the smallest subnormal
        2,
        f.smallest_normal(fmt) - 1,
        f.smallest_normal(fmt),
        f.smallest_normal(fmt) + 1,
        one - 1,
        one,
        ulp,
        f.from_rational(fmt, 2),
        f.from_rational(fmt, 3),
        f.from_rational(fmt, 10),
        one - ((p - 1) << (p - 1)),  # 2**(1-p), half an ulp either way
        one - (p << (p - 1)) if p < one >> (p - 1) else 3,
        one + ((p - 1) << (p - 1)),  # where the ulp becomes 1
        one + (p << (p - 1)) if p < one >> (p - 1) else 4,
        one + (one >> 1 & -1 << (p - 1)),  # about the square root of the largest
        one - (one >> 1 & -1 << (p - 1)),
        f.largest(fmt) - 1,
        f.largest(fmt),
        f.infinity(fmt),
    ]
    kept = dict.fromkeys(x for x in positive if 0 <= x <= f.infinity(fmt))
    return (*kept, *(x | f.sign_bit(fmt) for x in kept), f.nan(fmt), f.nan(fmt) | f.sign_bit(fmt) | 1)


def corner_tuples(fmt: Format, arity: int) -> Iterator[tuple[int, ...]]:
    """Every tuple of corner values."""
    return product(corners(fmt), repeat=arity)


def random_tuples(fmt: Format, arity: int, count: int, seed: int) -> Iterator[tuple[int, ...]]:
    """``count`` random tuples, the same for the same seed.

    A third of them are uniform patterns, a third have exponents within the precision of each other (so that sums round
    and cancel), and a third have few significant bits (so that ties and exact results are common), half of these with
    the last bit set besides (so that rounding twice shows).
    """
    random = Random(f"{seed}/{fmt.text}/{arity}")
    for k in range(count):
        yield (_uniform, _near, _short)[k % 3](fmt, arity, random)


def _uniform(fmt: Format, arity: int, random: Random) -> tuple[int, ...]:
    return tuple([random.getrandbits(fmt.width) for _ in range(arity)])


def _near(fmt: Format, arity: int, random: Random) -> tuple[int, ...]:
    p, top = fmt.significand, (1 << fmt.exponent) - 1
    centre = random.randrange(top)
    return tuple(
        [
            random.getrandbits(1) << (fmt.width - 1)
            | min(max(centre + random.randint(-p - 1, p + 1), 0), top - 1) << (p - 1)
            | random.getrandbits(p - 1)
            for _ in range(arity)
        ]
    )


def _short(fmt: Format, arity: int, random: Random) -> tuple[int, ...]:
    p = fmt.significand
    keep = -1 << random.randrange(p - 1)
    last = random.getrandbits(1)
    return tuple([x & keep | last for x in _near(fmt, arity, random)])

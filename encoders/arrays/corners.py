"""Values of each sort at which claims tend to break."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from ...theories.errors import Unsupported
from ...theories.terms.sorts import BOOL, EREAL, INT, REAL, BitsSort, FloatSort, Sort
from .formats import encode, infinity, nan


@cache
def corners(sort: Sort) -> tuple[object, ...]:
    """Corner values, the tamest first: numbers for number sorts, bit patterns for float sorts."""
    if sort is BOOL:
        return (False, True)
    if sort is INT:
        return (0, 1, -1, 2, -2, 3, 5, -7, 1000)
    if sort is REAL or sort is EREAL:
        plain: tuple[object, ...] = tuple(
            Fraction(x) for x in (0, 1, -1, 2, -2, "1/2", "-1/2", 3, "-5/4", 10, 1000, -1000, "1/1024", 10**6)
        )
        return (*plain, "-inf", "inf") if sort is EREAL else plain
    if isinstance(sort, BitsSort):
        w = sort.width
        values = (0, 1, -1, 1 << (w - 1), (1 << (w - 1)) - 1, 2, 3, 1 << w // 2, (1 << (w - 1)) + 1, (1 << (w - 1)) - 2)
        return tuple(dict.fromkeys(v % (1 << w) for v in values))
    if isinstance(sort, FloatSort):
        return _float_corners(sort)
    raise Unsupported(f"sample values of {sort.text}")


def _float_corners(fmt: FloatSort) -> tuple[int, ...]:
    top, one, inf = 1 << (fmt.width - 1), encode(1, 1, fmt), infinity(fmt)
    smallest_normal = 1 << (fmt.significand - 1)
    positive = [0, one, encode(2, 1, fmt), encode(1, 2, fmt), encode(3, 1, fmt), one + 1, one - 1, encode(1, 10, fmt)]
    positive += [1, 2, smallest_normal - 1, smallest_normal, smallest_normal + 1, inf - 1, inf - 2, inf]
    return (*[p for x in positive for p in (x, top | x)], nan(fmt))

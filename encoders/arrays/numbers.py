"""Exact numbers: rationals, balls and infinities.

An element is a rational (``fmpq``) for as long as it can be, else a ball (``arb``) that encloses it.  One ball object
stands for one number, so a ball is equal to itself and its difference with itself is 0; two different balls are ordered
only where they are disjoint.  Infinities are the Python floats ±inf.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Final

from flint import arb, fmpq

from ...theories.terms.sorts import FLOATS
from .formats import decode, encode

Number = fmpq | arb
Extended = fmpq | arb | float
ZERO: Final = fmpq(0)
ONE: Final = fmpq(1)
_BITS = 1 << 15
"""Rationals longer than this many bits become balls."""


def rational(value: Fraction | float | fmpq) -> fmpq:
    """An exact number as a rational."""
    if isinstance(value, fmpq):
        return value
    num, den = (value, 1) if isinstance(value, int) else Fraction(value).as_integer_ratio()
    return fmpq(num, den)


def ball(a: Number | int) -> arb:
    """An enclosure of ``a`` at the current precision."""
    return a if isinstance(a, arb) else arb(a)


def bounds(a: Number) -> tuple[Fraction, Fraction] | None:
    """Rational lower and upper bounds of ``a``; None when there are none."""
    if isinstance(a, fmpq):
        exact = Fraction(int(a.p), int(a.q))
        return exact, exact
    if not a.is_finite():
        return None
    lo, hi = a.lower().fmpq(), a.upper().fmpq()
    return Fraction(int(lo.p), int(lo.q)), Fraction(int(hi.p), int(hi.q))


def _short(a: fmpq) -> Number:
    return arb(a) if a.height_bits() > _BITS else a


def add(a: Extended, b: Extended) -> Extended:
    """``a + b``; 0 for ∞ − ∞."""
    if isinstance(a, float) or isinstance(b, float):
        if isinstance(a, float) and isinstance(b, float):
            return a if a == b else ZERO
        return a if isinstance(a, float) else b
    return _short(a + b) if isinstance(a, fmpq) and isinstance(b, fmpq) else ball(a) + ball(b)


def negate(a: Extended) -> Extended:
    """``-a``."""
    return -a


def sub(a: Extended, b: Extended) -> Extended:
    """``a - b``; 0 for a number minus itself."""
    return ZERO if a is b else add(a, -b)


def sign(a: Extended) -> int | None:
    """−1, 0 or 1; None when undecided."""
    if isinstance(a, float):
        return 1 if a > 0 else -1
    return 1 if a > 0 else -1 if a < 0 else 0 if a == 0 else None


def mul(a: Extended, b: Extended) -> Extended:
    """``a * b``; exactly 0 if a factor is."""
    sa, sb = sign(a), sign(b)
    if sa == 0 or sb == 0:
        return ZERO
    if isinstance(a, float) or isinstance(b, float):
        return arb("nan") if sa is None or sb is None else sa * sb * math.inf
    return _short(a * b) if isinstance(a, fmpq) and isinstance(b, fmpq) else ball(a) * ball(b)


def div(a: Extended, b: Extended) -> Extended:
    """``a / b``; 0 where it is undefined."""
    sb = sign(b)
    if sb == 0 or isinstance(b, float):
        return ZERO
    if isinstance(a, float):
        return arb("nan") if sb is None else a * sb
    if a is b and sb is not None:
        return ONE
    if sign(a) == 0 and sb is not None:
        return ZERO
    return _short(a / b) if isinstance(a, fmpq) and isinstance(b, fmpq) else ball(a) / ball(b)


def less(a: Extended, b: Extended) -> bool | None:
    """``a < b``, None when the balls overlap."""
    if a is b:
        return False
    if isinstance(a, float) or isinstance(b, float):
        return (a if isinstance(a, float) else 0.0) < (b if isinstance(b, float) else 0.0)
    if isinstance(a, fmpq) and isinstance(b, fmpq):
        return a < b
    x, y = ball(a), ball(b)
    return True if x < y else False if x >= y else None


def less_equal(a: Extended, b: Extended) -> bool | None:
    """``a <= b``, None when the balls overlap."""
    if a is b:
        return True
    flipped = less(b, a)
    return None if flipped is None else not flipped


def equal(a: Extended, b: Extended) -> bool | None:
    """``a = b``, None when the balls overlap."""
    if a is b:
        return True
    if isinstance(a, float) or isinstance(b, float):
        return isinstance(a, float) and isinstance(b, float) and a == b
    if isinstance(a, fmpq) and isinstance(b, fmpq):
        return a == b
    x, y = ball(a), ball(b)
    return False if x < y or x > y else True if x.is_exact() and y.is_exact() and x == y else None


def smaller(a: Extended, b: Extended) -> Extended:
    """The minimum."""
    order = less_equal(a, b)
    if order is None:
        assert not isinstance(a, float) and not isinstance(b, float)
        return ball(a).min(ball(b))
    return a if order else b


def larger(a: Extended, b: Extended) -> Extended:
    """The maximum."""
    order = less_equal(a, b)
    if order is None:
        assert not isinstance(a, float) and not isinstance(b, float)
        return ball(a).max(ball(b))
    return b if order else a


def power(a: Number, exponent: int) -> Number:
    """``a ** exponent``."""
    if isinstance(a, fmpq) and a.height_bits() * exponent <= 4 * _BITS:
        return a**exponent
    return ONE if exponent == 0 else ball(a) ** exponent


def root(a: Number) -> Number:
    """The square root; 0 below 0."""
    if isinstance(a, fmpq):
        if a <= 0:
            return ZERO
        p, q = math.isqrt(int(a.p)), math.isqrt(int(a.q))
        if p * p == int(a.p) and q * q == int(a.q):
            return fmpq(p, q)
    return ball(a).sqrt()


_AT_INFINITY: Final[dict[tuple[str, float], Extended]] = {
    ("exp", math.inf): math.inf,
    ("exp", -math.inf): ZERO,
    ("log", math.inf): math.inf,
    ("log", -math.inf): ZERO,
}


_UNDEFINED: Final[dict[str, Callable[[fmpq], bool]]] = {
    "log": lambda a: a <= 0,
    "asin": lambda a: abs(a) > 1,
    "acos": lambda a: abs(a) > 1,
    "acosh": lambda a: a < 1,
    "atanh": lambda a: abs(a) >= 1,
}


def function(name: str, a: Extended, extended: bool) -> Extended:
    """An elementary function; exact where the argument and the value are known to be rational, 0 where undefined."""
    if isinstance(a, float):
        return _AT_INFINITY[name, a]
    if isinstance(a, fmpq):
        if a == 0 and name != "acos":
            return ONE if name in ("exp", "cos", "cosh") else -math.inf if name == "log" and extended else ZERO
        if name in _UNDEFINED and _UNDEFINED[name](a):
            return ZERO
        if a == 1 and name in ("log", "acos", "acosh"):
            return ZERO
    x = ball(a)
    value: arb = getattr(x, name)()
    return value


def floor(a: Number) -> int | None:
    """The floor; None when undecided."""
    if isinstance(a, fmpq):
        return int(a.floor())
    ends = bounds(a.floor())
    return None if ends is None or ends[0] != ends[1] else int(ends[0])


def to_format(a: Number, name: str) -> int | None:
    """The bit pattern of ``a`` rounded to a float format; None when undecided."""
    fmt = FLOATS[name]
    ends = bounds(a)
    if ends is None:
        return None
    lo, hi = [encode(x.numerator, x.denominator, fmt) for x in ends]
    return lo if lo == hi else None


def round_to(name: str, a: Number) -> Number:
    """``a`` rounded to a float format, as a real; 0 beyond its range."""
    pattern = to_format(a, name)
    if pattern is None:
        return arb("nan")
    exact = decode(pattern, FLOATS[name])
    return ZERO if exact is None else fmpq(*exact)

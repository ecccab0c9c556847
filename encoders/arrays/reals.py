"""ℝ and ℝ with ±∞ on arrays.

Exact: an element is a rational (``fmpq``) for as long as it can be, else a ball (``arb``) that encloses it.  One ball
object stands for one number, so a ball is equal to itself and its difference with itself is 0; two different balls
are ordered only where they are disjoint.  Infinities are the Python floats ±inf.  Screening runs use float64 and call
numbers equal that agree to about nine digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

import flint
import numpy as np
from flint import arb, fmpq

from ...theories.errors import Unsupported
from ...theories.terms.sorts import FLOATS
from .algebra import Algebra, Mode, Operation, each, each_pair, missing, payload, predicate, unary
from .formats import decode, encode, narrow
from .values import Array, Mask

Number = fmpq | arb
Extended = fmpq | arb | float
_ZERO: Final = fmpq(0)
_ONE: Final = fmpq(1)
_BITS = 1 << 15
"""Rationals longer than this many bits become balls."""
_OBJECT: Final = np.dtype(object)


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
            return a if a == b else _ZERO
        return a if isinstance(a, float) else b
    return _short(a + b) if isinstance(a, fmpq) and isinstance(b, fmpq) else ball(a) + ball(b)


def negate(a: Extended) -> Extended:
    """``-a``."""
    return -a


def sub(a: Extended, b: Extended) -> Extended:
    """``a - b``; 0 for a number minus itself."""
    return _ZERO if a is b else add(a, -b)


def sign(a: Extended) -> int | None:
    """−1, 0 or 1; None when undecided."""
    if isinstance(a, float):
        return 1 if a > 0 else -1
    return 1 if a > 0 else -1 if a < 0 else 0 if a == 0 else None


def mul(a: Extended, b: Extended) -> Extended:
    """``a * b``; exactly 0 if a factor is."""
    sa, sb = sign(a), sign(b)
    if sa == 0 or sb == 0:
        return _ZERO
    if isinstance(a, float) or isinstance(b, float):
        return arb("nan") if sa is None or sb is None else sa * sb * math.inf
    return _short(a * b) if isinstance(a, fmpq) and isinstance(b, fmpq) else ball(a) * ball(b)


def div(a: Extended, b: Extended) -> Extended:
    """``a / b``; 0 where it is undefined."""
    sb = sign(b)
    if sb == 0 or isinstance(b, float):
        return _ZERO
    if isinstance(a, float):
        return arb("nan") if sb is None else a * sb
    if a is b and sb is not None:
        return _ONE
    if sign(a) == 0 and sb is not None:
        return _ZERO
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
    return _ONE if exponent == 0 else ball(a) ** exponent


def root(a: Number) -> Number:
    """The square root; 0 below 0."""
    if isinstance(a, fmpq):
        if a <= 0:
            return _ZERO
        p, q = math.isqrt(int(a.p)), math.isqrt(int(a.q))
        if p * p == int(a.p) and q * q == int(a.q):
            return fmpq(p, q)
    return ball(a).sqrt()


_AT_INFINITY: Final[dict[tuple[str, float], Extended]] = {
    ("exp", math.inf): math.inf,
    ("exp", -math.inf): _ZERO,
    ("log", math.inf): math.inf,
    ("log", -math.inf): _ZERO,
}


def function(name: str, a: Extended, extended: bool) -> Extended:
    """An elementary function; exact where the argument and the value are known to be rational."""
    if isinstance(a, float):
        return _AT_INFINITY[name, a]
    if isinstance(a, fmpq):
        if a == 0:
            return _ONE if name in ("exp", "cos") else -math.inf if name == "log" and extended else _ZERO
        if name == "log" and a <= 1:
            return _ZERO if a == 1 or a < 0 else ball(a).log()
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
    return _ZERO if exact is None else fmpq(*exact)


def _marked(function: Callable[..., Any], dtype: np.dtype[Any], default: Any) -> Operation:
    def apply(*operands: Array) -> tuple[Array, Mask | None]:
        out = np.asarray(np.frompyfunc(function, len(operands), 1)(*operands), object)
        und = missing(out)
        return np.where(und, default, out).astype(dtype), und if und.any() else None

    return apply


def _exact(extended: bool) -> dict[str, Operation]:
    return {
        "add": each_pair(add, _OBJECT),
        "sub": each_pair(sub, _OBJECT),
        "mul": each_pair(mul, _OBJECT),
        "div": each_pair(div, _OBJECT),
        "neg": each(negate, _OBJECT),
        "abs": each(abs, _OBJECT),
        "min": each_pair(smaller, _OBJECT),
        "max": each_pair(larger, _OBJECT),
        "lt": predicate(less),
        "le": predicate(less_equal),
        "eq": predicate(equal),
        "peq": predicate(equal),
        "finite": each(lambda a: not isinstance(a, float), np.dtype(np.bool_)),
        "sqrt": each(root, _OBJECT),
        "floor": _marked(floor, _OBJECT, 0),
        "fn": payload(lambda p, a: each(lambda x: function(p, x, extended), _OBJECT)(a)),
        "pow": payload(lambda p, a: each(lambda x: power(x, p), _OBJECT)(a)),
        "round": payload(lambda p, a: each(lambda x: round_to(p, x), _OBJECT)(a)),
    }


def _near(a: Array, b: Array) -> Mask:
    close = np.abs(a - b) <= 1e-9 * (1 + np.maximum(np.abs(a), np.abs(b)))
    return np.where(np.isfinite(a) & np.isfinite(b), close, (a == b) | np.isnan(a) | np.isnan(b))


_erf = np.frompyfunc(math.erf, 1, 1)
_SCREEN_FUNCTIONS: Final[dict[str, Callable[[Array], Array]]] = {
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
    "tanh": np.tanh,
    "erf": lambda a: np.asarray(_erf(a), np.float64),
}


def _screen() -> dict[str, Operation]:
    limit = 2.0**61
    return {
        "add": np.add,
        "sub": np.subtract,
        "mul": np.multiply,
        "div": np.divide,
        "neg": np.negative,
        "abs": np.abs,
        "min": np.minimum,
        "max": np.maximum,
        "lt": np.less,
        "le": np.less_equal,
        "eq": _near,
        "peq": _near,
        "finite": np.isfinite,
        "sqrt": np.sqrt,
        "floor": unary(lambda a: np.clip(np.nan_to_num(np.floor(a)), -limit, limit).astype(np.int64)),
        "fn": payload(lambda name, a: _SCREEN_FUNCTIONS[name](a)),
        "pow": payload(lambda exponent, a: np.power(a, float(exponent))),
        "round": payload(lambda name, a: narrow(a, FLOATS[name]).astype(np.float64)),
    }


def reals(mode: Mode, extended: bool = False) -> Algebra:
    """ℝ, or ℝ with ±∞ when ``extended``."""
    name = "ereal" if extended else "real"
    if mode is Mode.SCREEN:
        return Algebra(name, np.dtype(np.float64), _as_float, _screen(), 0.0, 1.0)
    return Algebra(name, _OBJECT, _as_number, _exact(extended), _ZERO, _ONE)


def _as_float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        raise Unsupported("a number beyond float64 in a screening run") from None


def _as_number(value: Any) -> Extended:
    if isinstance(value, arb):
        return value
    if isinstance(value, str):
        value = float(value)
    if isinstance(value, float) and not math.isfinite(value):
        if math.isnan(value):
            raise Unsupported("NaN as a real number")
        return value
    return rational(value)


def precision(bits: int) -> None:
    """Sets the precision of balls, in bits."""
    flint.ctx.prec = bits

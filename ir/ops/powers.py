"""Powers with an exponent that is data."""

from __future__ import annotations

from .. import dims
from .. import dtypes as dt
from ..dtypes import FLOAT_TYPES, INT32, INT64, NUMBERS, Reading
from ..elements import Elem, literal, require, where
from ..operators import Call, check_dtype, operator
from ..tensors import Tensor, binary, product
from ..types import TensorType


def _rule(use: Call) -> tuple[TensorType, ...]:
    x, y = use.type(0), use.type(1)
    check_dtype(use, x.dtype, (*FLOAT_TYPES, INT32, INT64))
    check_dtype(use, y.dtype, NUMBERS)
    return (TensorType(x.dtype, dims.broadcast([x.shape, y.shape])),)


@operator(
    "Pow",
    _rule,
    (2, 2),
    conventions=(
        "0⁰ = 1; over ℝ undefined for 0 with y < 0, and for x < 0 with y not integral",
        "IEEE: special values as in pow of C; x², x³, √x, 1/x by their own operations, other powers by exp and log in float64",
        "an integer to a negative power is truncated, and undefined for 0; to an integral power it is a product, which wraps as bits",
    ),
)
def power(use: Call, x: Tensor, y: Tensor) -> Tensor:
    """``xʸ``: ``exp(y · ln x)``, for integral y ``(−1)ʸ · exp(y · ln |x|)`` if x < 0; of the type of x"""
    return binary(_float_power if x.dtype.is_float else _integer_power, x, y)


def _is(c: Elem, value: float) -> Elem:
    """Whether an exponent has that value, decided for a literal."""
    if c.term.op != "lit":
        return c.equals(value)
    return literal(c.term in (c.lit(value).term, c.lit(-value).term if not value else None), dt.BOOL, c.reading)


def _natural(c: Elem) -> int | None:
    """The value of a small natural literal."""
    return next((k for k in range(17) if c.term is c.lit(k).term), None) if c.term.op == "lit" else None


def _float_power(a: Elem, c: Elem) -> Elem:
    """A power of a float, with the cases that are exact or more exact by other operations."""
    known = _natural(c)
    if known is not None and a.reading is not Reading.IEEE:
        return a.power(known)
    wide = _general(a.cast(dt.DOUBLE), c.cast(dt.DOUBLE))
    out = wide.cast(a.dtype) if a.reading is Reading.IEEE else a.like(wide.term)
    if c.dtype.kind != "uint":
        out = where(_is(c, -1), 1 / a, out)
    if c.dtype.is_float:
        out = where(_is(c, 0.5) & (a > 0), a.sqrt(), out)
    out = where(_is(c, 3), a * a * a, where(_is(c, 2), a * a, out))
    return where(_is(c, 0), a.lit(1), where(_is(c, 1), a, out))


def _general(a: Elem, c: Elem) -> Elem:
    """A power of a float64 (or real): magnitude by the logarithm, sign by parity; then zero, one and infinities."""
    half = c * 0.5
    integral = c.is_inf() | c.integral("floor").equals(c)
    odd = ~c.is_inf() & integral & ~half.integral("floor").equals(half)
    base = where(integral | a.is_inf(), a.abs(), a)
    magnitude = (c * base.log()).exp()
    out = where(odd & (a < 0), -magnitude, magnitude)
    out = where(a.equals(1) | (a.equals(-1) & c.is_inf()), a.lit(1), out)
    zero = where(odd, a, a.abs())
    return where(a.equals(0) & ~c.is_nan(), where(c > 0, zero, 1 / zero), out)


def _integer_power(a: Elem, c: Elem) -> Elem:
    known = _natural(c)
    if known is not None:
        return a.power(known)
    if not c.dtype.is_float:
        return _repeated(a, c.index())
    w = c.cast(dt.DOUBLE)
    out = _general(a.cast(dt.DOUBLE), w).cast(a.dtype)
    return where(w.integral("floor").equals(w), _repeated(a, w.cast(INT32).index()), out)


def _repeated(a: Elem, n: Elem) -> Elem:
    """``a · a · … · a``; for negative ``n`` the reciprocal of that, truncated."""
    parity = where((n % 2).equals(0), a * a, a)
    inverse = where(a.abs().equals(1), parity, require(~a.equals(0), a.lit(0)))
    many = product(n, lambda _: a) if a.reading is not Reading.IEEE else _squared(a, n, parity)
    return where(n >= 0, many, inverse)


def _squared(a: Elem, n: Elem, parity: Elem) -> Elem:
    """The product of ``n`` machine integers ``a``; one that overflows for every exponent from 64 on is undefined then."""
    out, square = a.lit(1), a
    for k in range(6):
        out = where((n // (1 << k) % 2).equals(1), out * square, out)
        square = square * square
    return where(n < 64, out, require((a <= 1) & (a >= -1), parity))

"""``a * b + c`` with one rounding, on arrays.

Where the sum is not exact in float64 it is rounded to odd there, so that rounding it once more to a narrower format is
innocuous (Boldo and Melquiond, "Emulation of a FMA and correctly rounded sums", 2008).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from ....theories.terms.sorts import BFLOAT16, FLOAT64, FloatSort
from ..formats import narrow

Array = NDArray[Any]


def _two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def odd_sum(a: Array, b: Array) -> Array:
    """``a + b`` in float64, rounded to odd."""
    s, e = _two_sum(a, b)
    raw = np.atleast_1d(s).view(np.int64).reshape(np.shape(s))
    inexact = np.isfinite(s) & (e != 0) & (raw & 1 == 0)
    towards = np.where((e > 0) == (s > 0), 1, -1)
    fixed = np.atleast_1d(np.where(inexact, raw + towards, raw)).view(np.float64).reshape(np.shape(s))
    return np.where(inexact, fixed, s)


def _one(a: Any, b: Any, c: Any) -> float:
    x, y, z = float(a), float(b), float(c)
    if not (np.isfinite(x) and np.isfinite(y)):
        return x * y + z
    if not np.isfinite(z):
        return z
    exact = Fraction(x) * Fraction(y) + Fraction(z)
    if exact == 0:
        negative = np.signbit(x) != np.signbit(y) and np.signbit(z)
        return -0.0 if negative and (x == 0 or y == 0) and z == 0 else 0.0
    try:
        return float(exact)
    except OverflowError:
        return float("inf") if exact > 0 else float("-inf")


def fused(a: Array, b: Array, c: Array, sort: FloatSort) -> Array:
    """``a * b + c`` rounded once to ``sort``."""
    if sort is FLOAT64:
        return np.asarray(np.frompyfunc(_one, 3, 1)(a, b, c)).astype(np.float64)
    x, y, z = (np.asarray(v).astype(np.float64) for v in (a, b, c))
    out = odd_sum(x * y, z)  # the product is exact: 2 * 24 bits
    if sort is BFLOAT16:
        return narrow(out, sort).astype(ml_dtypes.bfloat16)
    return out.astype(np.asarray(a).dtype)

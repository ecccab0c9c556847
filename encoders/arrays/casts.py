"""Conversions between sorts on arrays."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from ...theories.errors import Unsupported
from ...theories.terms.sorts import EREAL, INT, REAL, BitsSort, ElemSort, FloatSort, Sort
from .algebra import Algebra, Mode, Outcome, each, missing
from .floats import truncate
from .formats import encode, from_patterns, narrow
from .numbers import rational, to_format
from .values import Array

_OBJECT = np.dtype(object)


def _signed(a: Any, width: int) -> int:
    value = int(a)
    return value - (1 << width) if value >> (width - 1) else value


def _rounded(numbers: Array, pattern: Callable[[Any], int | None], fmt: FloatSort) -> Outcome:
    bits = np.asarray(np.frompyfunc(pattern, 1, 1)(numbers), object)
    und = missing(bits)
    values = from_patterns(np.where(und, 0, bits).astype(np.uint64), fmt)
    return values, und if und.any() else None


def convert(a: Array, source: Sort, target: Algebra, to: Sort, mode: Mode) -> Outcome:
    """``cast(a, to)`` on arrays; junk where it is undefined.  ``target`` is the algebra of ``to``."""
    if source is INT:
        return _from_int(a, target, to, mode)
    if source is REAL:
        return _from_real(a, to, mode)
    if source is EREAL and to is REAL:
        if mode is Mode.SCREEN:
            return np.where(np.isfinite(a), a, 0.0)
        return each(lambda x: rational(0) if isinstance(x, float) else x, _OBJECT)(a)
    if isinstance(source, FloatSort):
        return _from_float(a, to, mode)
    if isinstance(source, BitsSort):
        return _from_bits(a, source.width, target, to)
    raise Unsupported(f"the cast from {source.text} to {to.text}")


def _from_int(a: Array, target: Algebra, to: Sort, mode: Mode) -> Outcome:
    if to is REAL or (isinstance(to, ElemSort) and target.dtype == _OBJECT):
        return a.astype(np.float64) if mode is Mode.SCREEN and to is REAL else each(target.accept, _OBJECT)(a)
    if isinstance(to, FloatSort):
        return _rounded(a, lambda x: encode(int(x), 1, to), to)
    return each(target.accept, target.dtype)(a)


def _from_real(a: Array, to: Sort, mode: Mode) -> Outcome:
    if to is EREAL:
        return a
    assert isinstance(to, FloatSort)
    if mode is Mode.SCREEN:
        return narrow(a, to)
    return _rounded(a, lambda x: to_format(x, to.text), to)


def _from_float(a: Array, to: Sort, mode: Mode) -> Outcome:
    wide = a.astype(np.float64)
    if isinstance(to, FloatSort):
        return narrow(wide, to)
    if isinstance(to, BitsSort):
        return truncate(a, to)
    if mode is Mode.SCREEN:
        return np.where(np.isfinite(wide), wide, 0.0)
    return each(lambda x: rational(Fraction(x) if math.isfinite(x) else 0), _OBJECT)(wide)


def _from_bits(a: Array, width: int, target: Algebra, to: Sort) -> Outcome:
    if isinstance(to, FloatSort):
        return _rounded(a, lambda x: encode(_signed(x, width), 1, to), to)
    return each(lambda x: target.accept(_signed(x, width)), target.dtype)(a)

"""Integers that NumPy's types do not have: mathematical ones beyond 64 bits, machine integers of any width.

An array of ``int`` holds int64 where all of its elements fit, else Python integers.  ``bits w`` are signed, in the next
wider native type, as Python integers beyond 64 bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ....theories.errors import Unsupported
from ....theories.terms.sorts import BFLOAT16, FLOAT16, FLOAT64, INT, BitsSort, FloatSort, Sort
from ..formats import encode, from_patterns
from ..integers import bit_vectors
from .graph import HUGE, Node

Array = NDArray[Any]
Function = Callable[..., Array]
MOST: Final = (1 << 63) - 1
OBJECT: Final = np.dtype(object)
NATIVE: Final = (8, 16, 32, 64)
"""Widths of machine integers."""
LONGEST = 1 << 20
"""Bits of the longest integer."""


def bounded(node: Node) -> bool:
    """Whether the elements of an ``int`` are known to fit 64 bits, so that they are int64."""
    return -HUGE < node.lo and node.hi < HUGE


def reach(a: Array) -> int:
    """The largest magnitude in an array."""
    return max(int(np.max(a)), -int(np.min(a))) if np.size(a) else 0


def settled(a: Any) -> Array:
    """Python integers as int64 if all of them fit."""
    data = np.asarray(a, OBJECT)
    try:
        return data.astype(np.int64)
    except OverflowError:
        return data


def objects(a: Any) -> Array:
    """An array of Python integers."""
    return np.asarray(a).astype(OBJECT)


def overflows(bound: int) -> bool:
    """Whether numbers up to ``bound`` need Python integers; Unsupported if they would be longer than a million bits."""
    if bound.bit_length() > LONGEST:
        raise Unsupported("an integer of more than a million bits")
    return bound > MOST


_BOUNDS: dict[str, Callable[[Any, int, int], int]] = {
    "mul": lambda _, a, b: a * b,
    "idiv": lambda _, a, b: a,
    "imod": lambda _, a, b: b,
    "min": lambda _, a, b: max(a, b),
    "max": lambda _, a, b: max(a, b),
    "abs": lambda _, a, b: a,
    "pow": lambda exponent, a, b: power(a, exponent),
}
"""The largest magnitude of a result, from those of its arguments."""


def power(a: int, exponent: int) -> int:
    """``a ** exponent``; Unsupported if it is longer than a million bits."""
    if abs(a) > 1 and a.bit_length() * exponent > 2 * LONGEST:
        raise Unsupported("an integer of more than a million bits")
    return a**exponent


def careful(node: Node, function: Function) -> Function:
    """``function`` of ``int`` arguments: on int64 where nothing overflows, else on Python integers."""
    known = all(bounded(a) for a, _ in node.args)
    if known and bounded(node):
        return function
    bound, data, sure = _BOUNDS[node.op], node.data, bounded(node)

    def call(*arrays: Array) -> Array:
        plain = known or not any(a.dtype == OBJECT for a in arrays)
        if plain and (sure or not overflows(bound(data, reach(arrays[0]), reach(arrays[-1])))):
            return function(*arrays)
        return settled(function(*[objects(a) for a in arrays]))

    return call


def floor(a: Array) -> Array:
    """The floors of float64 values, as integers; 0 where they are not finite."""
    cut = np.asarray(np.floor(a))
    if np.all(np.abs(cut) < 2.0**63):
        return cut.astype(np.int64)
    return settled(np.frompyfunc(lambda v: int(v) if math.isfinite(v) else 0, 1, 1)(cut))


# -- conversions -----------------------------------------------------------------------------------------------------


def to_bits(a: Array, sort: BitsSort) -> Array:
    """Integers modulo ``2**width``."""
    w = sort.width
    if a.dtype == OBJECT or w > 64:
        half = 1 << (w - 1)
        out = np.asarray((objects(a) + half) % (1 << w) - half, OBJECT)
        return out if w > 64 else out.astype(np.int64).astype(storage(w))
    return wrapped(a.astype(storage(w)), w)


def modulo(function: Function, sort: BitsSort) -> Function:
    """``function``, its results modulo ``2**width``."""
    return lambda *arrays: to_bits(np.asarray(function(*arrays)), sort)


def storage(width: int) -> np.dtype[Any]:
    """The type that holds machine integers of that width."""
    return np.dtype(f"i{next(n for n in NATIVE if n >= width) // 8}") if width <= 64 else OBJECT


def wrapped(a: Array, width: int) -> Array:
    """Native integers modulo ``2**width``, sign-extended."""
    spare = a.dtype.itemsize * 8 - width
    return a if not spare else np.right_shift(np.left_shift(a, a.dtype.type(spare)), a.dtype.type(spare))


def unsigned(a: Array, width: int) -> Array:
    """Machine integers as the naturals below ``2**width``."""
    if width > 64:
        return np.asarray(objects(a) % (1 << width), OBJECT)
    plain = np.asarray(a)
    natural = plain.view(f"u{plain.dtype.itemsize}")
    return natural if width in NATIVE else natural & natural.dtype.type((1 << width) - 1)


def to_float(a: Array, sort: FloatSort, dtype: np.dtype[Any]) -> Array:
    """Integers rounded once to a float format."""
    if a.dtype == OBJECT or (sort in (FLOAT16, BFLOAT16) and reach(a) >= 1 << 53):
        patterns = np.frompyfunc(lambda v: encode(int(v), 1, sort), 1, 1)(objects(a))
        return from_patterns(np.asarray(patterns, OBJECT).astype(np.uint64), sort).astype(dtype)
    if sort in (FLOAT16, BFLOAT16):
        return to_float(a, FLOAT64, np.dtype(np.float64)).astype(dtype)
    return a.astype(dtype)


def from_float(a: Array, sort: BitsSort) -> Array:
    """Float64 values towards zero; 0 where the width has no such value."""
    bound = 2.0 ** (sort.width - 1)
    cut = np.trunc(a)
    inside = (cut >= -bound) & (cut < bound)
    cut = cut if np.all(inside) else np.where(inside, cut, 0.0)
    return np.asarray(np.frompyfunc(int, 1, 1)(cut), OBJECT) if sort.width > 64 else cut.astype(storage(sort.width))


def natural(a: Array, source: BitsSort, to: Sort, dtype: np.dtype[Any]) -> Array:
    """Machine integers read as unsigned, as ``to``."""
    value = unsigned(a, source.width)
    if isinstance(to, FloatSort):
        return to_float(value, to, dtype)
    if to is INT:
        fits = value.dtype != OBJECT and (value.dtype.itemsize < 8 or not overflows(reach(value)))
        return value.astype(np.int64) if fits else settled(objects(value))
    assert isinstance(to, BitsSort)
    return to_bits(value, to)


# -- machine integers of odd widths ----------------------------------------------------------------------------------

_NATURAL = frozenset({"udiv", "urem", "lshr"})
_CLOSED = frozenset({"band", "bor", "bxor", "bnot", "lt", "le", "eq", "peq", "ult", "ule", "min", "max", "ashr", "rem"})
"""Operations on sign-extended integers whose results are sign-extended, or Booleans."""


def odd(op: str, sort: BitsSort, native: Function | None) -> Function:
    """The operation ``op`` on a width that machines do not have; ``native`` is that of the next wider type."""
    w = sort.width
    if w > 64:
        return _long(op, sort)
    if native is None:
        raise Unsupported(f"{op} on {sort.text}")
    if op in _CLOSED:
        return native
    without_sign = op in _NATURAL

    def call(*arrays: Array) -> Array:
        given = [a & a.dtype.type((1 << w) - 1) for a in arrays] if without_sign else arrays
        return wrapped(np.asarray(native(*given)), w)

    return call


def _long(op: str, sort: BitsSort) -> Function:
    operation = bit_vectors(sort).operations.get(op)
    if operation is None:
        raise Unsupported(f"{op} on {sort.text}")

    def call(*arrays: Array) -> Array:
        shape = np.broadcast_shapes(*[a.shape for a in arrays])
        out = np.asarray(operation(*[np.atleast_1d(unsigned(a, sort.width)) for a in arrays])).reshape(shape)
        return out if out.dtype == np.bool_ else to_bits(out, sort)

    return call

"""Integers, machine integers, rings and opaque scalars on arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...theories.errors import Unsupported
from ...theories.terms.sorts import BitsSort
from .algebra import Algebra, Mode, Operation, binary, each, each_pair, payload, unary
from .values import Array, Mask

_OBJECT = np.dtype(object)
_INT64 = np.dtype(np.int64)
_BITS = 1 << 20


def product(a: int, b: int) -> int:
    """``a * b``; Unsupported beyond a million bits."""
    if a.bit_length() + b.bit_length() > _BITS:
        raise Unsupported("an integer of more than a million bits")
    return a * b


def power(a: int, exponent: int) -> int:
    """``a ** exponent``; Unsupported beyond a million bits."""
    if a.bit_length() * exponent > _BITS and abs(a) > 1:
        raise Unsupported("an integer of more than a million bits")
    return a ** (exponent if abs(a) > 1 else min(exponent, 2 + exponent % 2))


def _compare() -> dict[str, Operation]:
    return {
        "lt": np.less,
        "le": np.less_equal,
        "eq": np.equal,
        "peq": np.equal,
    }


_EXACT: Mapping[str, Operation] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": each_pair(product, _OBJECT),
    "neg": np.negative,
    "abs": np.abs,
    "min": np.minimum,
    "max": np.maximum,
    "idiv": each_pair(lambda a, b: a // b if b else 0, _OBJECT),
    "imod": each_pair(lambda a, b: a % b if b else 0, _OBJECT),
    "pow": payload(lambda exponent, a: each(lambda x: power(x, exponent), _OBJECT)(a)),
    **_compare(),
}


def _screen_division(ufunc: Callable[[Array, Array], Array]) -> Operation:
    def divide(a: Array, b: Array) -> Array:
        zero = b == 0
        return np.where(zero, 0, ufunc(a, np.where(zero, 1, b)))

    return divide


_SCREEN: Mapping[str, Operation] = {
    **_EXACT,
    "mul": np.multiply,
    "idiv": _screen_division(np.floor_divide),
    "imod": _screen_division(np.remainder),
    "pow": payload(lambda exponent, a: np.power(a, min(exponent, 63))),
}


def _small(value: Any) -> int:
    if not -(2**62) < value < 2**62:
        raise Unsupported("an integer beyond 64 bits in a screening run")
    return int(value)


def integers(mode: Mode) -> Algebra:
    """ℤ: Python integers, or int64 (which may wrap) in screening runs."""
    if mode is Mode.EXACT:
        return Algebra("int", _OBJECT, int, _EXACT, 0, 1)
    return Algebra("int", _INT64, _small, _SCREEN, 0, 1)


# -- machine integers ------------------------------------------------------------------------------------------------


def bit_vectors(sort: BitsSort) -> Algebra:
    """``bits w`` as integers below ``2**w``: uint64 up to 64 bits, Python integers beyond; exact in both modes."""
    w = sort.width
    top, full = 1 << (w - 1), (1 << w) - 1
    dtype = np.dtype(np.uint64) if w <= 64 else _OBJECT

    def pairs(function: Callable[[int, int], int]) -> Operation:
        return each_pair(lambda a, b: function(int(a), int(b)) & full, dtype)

    def wrap(function: Callable[..., Array]) -> Operation:
        return lambda *xs: np.asarray(function(*xs), dtype) & full if w != 64 else function(*xs)

    def key(a: Array) -> Array:
        return a ^ np.asarray(top, dtype)  # order-preserving from signed to unsigned

    def s(a: int) -> int:
        return a - (1 << w) if a & top else a

    def quotient(a: int, b: int) -> int:
        x, y = s(a), s(b)
        return 0 if y == 0 else abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1)

    def negative(a: Array) -> Mask:
        return np.not_equal(a & np.asarray(top, dtype), 0)

    def opposite(a: Array) -> Array:
        return (a ^ np.asarray(full, dtype)) + np.asarray(1, dtype)

    def magnitude(a: Array) -> Array:
        return np.where(negative(a), opposite(a), a)

    def subtract(a: Array, b: Array) -> Array:
        return a + (b ^ np.asarray(full, dtype)) + np.asarray(1, dtype)

    ops: dict[str, Operation] = {
        "add": wrap(np.add),
        "sub": wrap(subtract),
        "mul": wrap(np.multiply),
        "neg": wrap(opposite),
        "div": pairs(quotient),
        "rem": pairs(lambda a, b: s(a) - s(b) * s(quotient(a, b) & full) if b else 0),
        "udiv": pairs(lambda a, b: a // b if b else 0),
        "urem": pairs(lambda a, b: a % b if b else 0),
        "abs": wrap(magnitude),
        "min": binary(lambda a, b: np.where(np.less(key(a), key(b)), a, b)),
        "max": binary(lambda a, b: np.where(np.less(key(a), key(b)), b, a)),
        "lt": binary(lambda a, b: np.less(key(a), key(b))),
        "le": binary(lambda a, b: np.less_equal(key(a), key(b))),
        "band": np.bitwise_and,
        "bor": np.bitwise_or,
        "bxor": np.bitwise_xor,
        "bnot": unary(lambda a: a ^ np.asarray(full, dtype)),
        "zext": unary(lambda a: a),  # the result has the algebra of the wider sort
        "shl": pairs(lambda a, b: a << b if b < w else 0),
        "lshr": pairs(lambda a, b: a >> b if b < w else 0),
        "ashr": pairs(lambda a, b: s(a) >> min(b, w)),
    }
    compare = _compare()
    ops |= {"ult": compare["lt"], "ule": compare["le"], "eq": compare["eq"], "peq": compare["peq"]}
    return Algebra(sort.text, dtype, lambda v: int(v) & full, ops, 0, 1 & full)


# -- element type variables ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ring:
    """A carrier of a ring variable: ℤ, ℤ/modulus or (``rational``) ℚ."""

    modulus: int | None = None
    rational: bool = False

    def __str__(self) -> str:
        return "ℚ" if self.rational else "ℤ" if self.modulus is None else f"ℤ/{self.modulus}"


@dataclass(frozen=True, slots=True, eq=False)
class Scalars:
    """A carrier of a scalar variable: codes ``0..n-1`` and the relation that its ``==`` is (an n × n table)."""

    equal: Mask

    def __str__(self) -> str:
        return f"{len(self.equal)} opaque values"


def ring(carrier: Ring, mode: Mode) -> Algebra:
    """A ring whose elements are integers, perhaps modulo something."""
    m = carrier.modulus
    if m is None:
        base = integers(mode)
        return Algebra(str(carrier), base.dtype, base.accept, base.operations, 0, 1)
    if m >= 1 << 31:
        raise Unsupported(f"the ring {carrier}")
    ops: dict[str, Operation] = {
        "add": binary(lambda a, b: (a + b) % m),
        "sub": binary(lambda a, b: (a - b) % m),
        "mul": binary(lambda a, b: a * b % m),
        "neg": unary(lambda a: -a % m),
        "pow": payload(lambda exponent, a: each(lambda x: pow(int(x), exponent, m), _INT64)(a)),
        **_compare(),
    }
    return Algebra(str(carrier), _INT64, lambda v: int(v) % m, ops, 0, 1 % m)


def scalars(carrier: Scalars) -> Algebra:
    """Opaque scalars: identity, and the carrier's relation as ``==``."""
    n = len(carrier.equal)
    ops: dict[str, Operation] = {
        "eq": _compare()["eq"],
        "peq": binary(lambda a, b: carrier.equal[a, b]),
    }
    return Algebra(str(carrier), _INT64, lambda v: int(v) % n, ops, 0, 0)

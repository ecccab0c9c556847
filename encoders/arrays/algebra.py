"""What an algebra of scalars gives the evaluator: a type of elements, literals, and operations on arrays of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np

from .values import Array, Mask

Outcome = Array | tuple[Array, Mask | None]
"""Values, or values and marks of the undecided ones."""
Operation = Callable[..., Outcome]
"""Takes the payload first if the operation has one (:data:`WITH_PAYLOAD`), then the operands, broadcastable arrays."""
WITH_PAYLOAD = frozenset({"pow", "fn", "round", "rint", "fits"})


class Mode(Enum):
    """``EXACT`` decides; ``SCREEN`` is fast, approximate on the reals, and only proposes candidates."""

    EXACT = "exact"
    SCREEN = "screen"


@dataclass(frozen=True, slots=True, eq=False)
class Algebra:
    """The scalars of one sort.  ``accept`` turns a Python value (a literal's payload, an input) into an element."""

    name: str
    dtype: np.dtype[Any]
    accept: Callable[[Any], Any]
    operations: Mapping[str, Operation]
    zero: Any
    one: Any

    def constant(self, value: object) -> Array:
        """``value`` as a 0-dimensional array."""
        return self.array(self.accept(value))

    def array(self, element: Any) -> Array:
        """An element as a 0-dimensional array."""
        out = np.empty((), self.dtype)
        out[()] = element
        return out


def unary(function: Callable[[Array], Outcome]) -> Operation:
    """An operation of one operand."""
    return function


def binary(function: Callable[[Array, Array], Outcome]) -> Operation:
    """An operation of two operands."""
    return function


def payload(function: Callable[[Any, Array], Outcome]) -> Operation:
    """An operation of a payload and one operand."""
    return function


def each(function: Callable[[Any], Any], dtype: np.dtype[Any]) -> Operation:
    """A Python function on elements as an operation."""
    return _elementwise(function, 1, dtype)


def each_pair(function: Callable[[Any, Any], Any], dtype: np.dtype[Any]) -> Operation:
    """A Python function on pairs of elements as an operation."""
    return _elementwise(function, 2, dtype)


def _elementwise(function: Callable[..., Any], arity: int, dtype: np.dtype[Any]) -> Operation:
    ufunc = np.frompyfunc(function, arity, 1)

    def apply(*operands: Array) -> Array:
        return np.asarray(ufunc(*operands), dtype)

    return apply


_undecided = np.frompyfunc(lambda v: v is None, 1, 1)


def missing(values: Array) -> Mask:
    """Where an object array holds None."""
    return np.asarray(_undecided(values), np.bool_)


def predicate(function: Callable[[Any, Any], bool | None]) -> Operation:
    """A Python relation between elements, None for undecided, as an operation."""
    ufunc = np.frompyfunc(function, 2, 1)

    def apply(a: Array, b: Array) -> Outcome:
        out = np.asarray(ufunc(a, b), object)
        und = missing(out)
        return np.where(und, False, out).astype(np.bool_), und if und.any() else None

    return apply

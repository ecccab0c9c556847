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
WITH_PAYLOAD = frozenset({"pow", "fn", "round", "fits"})


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


def elementwise(function: Callable[..., Any], arity: int, dtype: np.dtype[Any]) -> Operation:
    """A Python function on elements as an operation."""
    ufunc = np.frompyfunc(function, arity, 1)

    def apply(*operands: Array) -> Array:
        return np.asarray(ufunc(*operands), dtype)

    return apply


def predicate(function: Callable[..., bool | None], arity: int) -> Operation:
    """A Python predicate on elements, None for undecided, as an operation."""
    ufunc = np.frompyfunc(function, arity, 1)

    def apply(*operands: Array) -> Outcome:
        out = np.asarray(ufunc(*operands), object)
        und = np.equal(out, None).astype(np.bool_)
        return np.equal(out, True).astype(np.bool_), und if und.any() else None

    return apply

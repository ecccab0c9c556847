"""Sums and products over ranges of integers that may be beyond 64 bits."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....theories.errors import Unsupported
from .align import lay_out
from .graph import Node
from .integers import LONGEST, OBJECT, objects, overflows, reach, settled

Array = NDArray[Any]
Function = Callable[..., Array]
_LARGEST = 1 << 24
"""Elements of the largest array of Python integers."""


def whole_sum(members: int, native: Function, long: Function) -> Function:
    """A sum of products of ``int`` over ``members``: ``native`` where nothing overflows, else ``long``."""

    def call(*arrays: Array) -> Array:
        bound = members
        for a in arrays:
            bound *= 1 if a.dtype == np.bool_ else reach(a)
        if not any(a.dtype == OBJECT for a in arrays) and not overflows(bound):
            return native(*arrays)
        return settled(long(*arrays))

    return call


def whole_product(members: int, native: Function) -> Function:
    """A product of ``int`` over ``members``."""

    def call(a: Array, *guards: Array) -> Array:
        bits = reach(a).bit_length()
        if a.dtype != OBJECT and (bits <= 1 or bits * members < 63):
            return native(a, *guards)
        if bits * members > 2 * LONGEST:
            raise Unsupported("an integer of more than a million bits")
        return settled(native(objects(a), *guards))

    return call


def long_sum(node: Node, rank: int, reduced: tuple[int, ...]) -> Function:
    """The ``sum`` node (see :mod:`.contraction`) on Python integers, its whole space at once."""
    space = (1, *node.shape, *reduced)
    places = [p for _, p in node.args]

    def call(*arrays: Array) -> Array:
        if math.prod(space) > _LARGEST:
            raise Unsupported(f"a sum of {math.prod(space)} integers beyond 64 bits")
        product = np.ones((1,) * len(space), OBJECT)
        for a, p in zip(arrays, places, strict=True):
            product = product * lay_out(objects(a), p, len(space) - 1)[None]
        members = np.broadcast_to(product, space)
        return np.asarray(np.add.reduce(members, axis=tuple(range(1 + rank, len(space))))).reshape(node.shape)

    return call

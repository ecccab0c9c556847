"""Functions as values: arbitrary but repeatable ones, and finite tables with a default."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, cast

import numpy as np
from flint import arb, fmpq

from ....encoders.arrays.corners import corners
from ....encoders.arrays.values import Array
from ....theories.errors import Unsupported
from ....theories.terms import sorts as s


def key(value: Any) -> object:
    """A number in a form in which equal numbers, exact or not, are equal."""
    if isinstance(value, arb):
        raise Unsupported("an arbitrary function of a number that is known by bounds only")
    if isinstance(value, fmpq):
        return Fraction(int(value.p), int(value.q))
    plain = cast(object, value.tolist() if isinstance(value, np.generic) else value)
    if isinstance(plain, float):
        return str(plain) if not math.isfinite(plain) or not plain else Fraction(plain)
    return plain


class Lookup:
    """A function given by a table and a default."""

    def __init__(self, entries: Mapping[tuple[object, ...], object], default: object) -> None:
        self.entries = {tuple(key(k) for k in keys): value for keys, value in entries.items()}
        self.default = default

    def __call__(self, *arguments: Array) -> Array:
        """The values at arrays of arguments."""
        out = np.empty(arguments[0].shape, object)
        for position in np.ndindex(out.shape):
            out[position] = self.entries.get(tuple(key(a[position]) for a in arguments), self.default)
        return out


class Arbitrary:
    """A function whose values are drawn from a pool by a hash of the arguments; it remembers what it was asked."""

    def __init__(self, seed: int, sort: s.Sort) -> None:
        self.seed = seed
        self.sort = sort
        self.pool = pool(sort)
        self.asked: dict[tuple[object, ...], object] = {}

    def __call__(self, *arguments: Array) -> Array:
        """The values at arrays of arguments."""
        out = np.empty(arguments[0].shape, object)
        for position in np.ndindex(out.shape):
            keys = tuple(key(a[position]) for a in arguments)
            if keys not in self.asked:
                text = f"{self.seed} {' '.join(str(k) for k in keys)}".encode()
                self.asked[keys] = self.pool[zlib.crc32(text) % len(self.pool)]
            out[position] = self.asked[keys]
        return out

    def anew(self) -> Arbitrary:
        """The same function with nothing remembered."""
        return Arbitrary(self.seed, self.sort)

    def lookup(self) -> Lookup:
        """The values that it has given, as a table."""
        return Lookup(self.asked, self.pool[0])


def pool(sort: s.Sort) -> tuple[object, ...]:
    """Values to draw from: corner values, codes of scalars, small ring elements."""
    if isinstance(sort, s.ElemSort):
        return tuple(range(8)) if sort.element_class == "scalar" else (0, 1, -1, 2, 3, -2, 5)
    return corners(sort)

"""Concrete values of free variables.

Arrays are given in their natural shape: a group of axes stands for as many dimensions as its rank.  With a batch, every
array has one leading dimension of samples more, and sizes may differ from sample to sample (arrays are then as large as
the largest sample needs; reads never leave a sample's own size where the term is defined).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

import numpy as np

from ...theories.errors import Unsupported
from ...theories.terms.sorts import (
    BOOL,
    EREAL,
    INT,
    REAL,
    AxisSort,
    BitsSort,
    ElemSort,
    FloatSort,
    FnSort,
    Sort,
    uncurry,
)
from ...theories.terms.term import Term
from .algebra import Algebra, Mode
from .floats import floats
from .integers import Ring, Scalars, bit_vectors, integers, ring, scalars
from .reals import reals
from .values import BATCH, Arr, Array, Native, Table, Value

Carrier = Ring | Scalars
"""What stands for an element type variable."""
Concrete = object
"""A number, nested sequence or array (of numbers in natural shape), a closed Term, or a callable on equal-shaped arrays.

Numbers: ``int`` for int, bits and ring elements, codes for scalars; ``Fraction``, ``int`` or ``float`` for reals, also
``±inf`` for extended reals; bit patterns (``int``) or floats for float sorts.
"""


@dataclass(slots=True)
class Env:
    """Ranks of the groups, carriers of the element type variables, values of the free variables, number of samples."""

    ranks: Mapping[str, int] = field(default_factory=dict[str, int])
    values: Mapping[str, Concrete] = field(default_factory=dict[str, Concrete])
    carriers: Mapping[str, Carrier] = field(default_factory=dict[str, Carrier])
    batch: int | None = None

    def rank(self, group: str) -> int:
        """The rank of ``group``; Unsupported if none is given."""
        if group not in self.ranks:
            raise Unsupported(f"no rank is given for the axes {group}")
        return self.ranks[group]


EIGHT = Scalars(np.eye(8, dtype=np.bool_))
"""Eight opaque values whose ``==`` is identity: the carrier of a scalar variable for which none is given."""


class Algebras:
    """The algebra of each sort, in one mode and environment."""

    def __init__(self, env: Env, mode: Mode) -> None:
        self.env = env
        self.mode = mode
        self.known: dict[Sort, Algebra] = {}

    def of(self, sort: Sort) -> Algebra:
        """The algebra of a scalar sort."""
        found = self.known.get(sort)
        if found is None:
            found = self.known[sort] = self._make(sort)
        return found

    def _make(self, sort: Sort) -> Algebra:
        if sort is INT or isinstance(sort, AxisSort):
            return integers(self.mode)
        if sort is BOOL:
            return Algebra("bool", np.dtype(np.bool_), bool, {}, False, True)
        if sort is REAL or sort is EREAL:
            return reals(self.mode, extended=sort is EREAL)
        if isinstance(sort, FloatSort):
            return floats(sort)
        if isinstance(sort, BitsSort):
            return bit_vectors(sort)
        if isinstance(sort, ElemSort):
            carrier = self.env.carriers.get(sort.name)
            if sort.element_class == "ring":
                carrier = carrier if isinstance(carrier, Ring) else Ring()
                return reals(self.mode) if carrier.rational else ring(carrier, self.mode)
            return scalars(carrier if isinstance(carrier, Scalars) else EIGHT)
        raise Unsupported(f"values of sort {sort.text}")

    def elements(self, value: Concrete, sort: Sort) -> Array:
        """A number, sequence or array as an array of elements of ``sort``, of the same shape."""
        algebra = self.of(sort)
        given: Array = cast(Array, value) if isinstance(value, np.ndarray) else _object_array(value)
        if given.dtype == algebra.dtype and given.dtype != object:
            return given
        if given.dtype != object and algebra.dtype != object and not isinstance(sort, FloatSort | ElemSort | BitsSort):
            return given.astype(algebra.dtype)
        if given.dtype.kind == "f" and isinstance(sort, FloatSort):
            from .formats import narrow

            return narrow(given.astype(np.float64), sort)
        accept = np.frompyfunc(lambda x: algebra.accept(x.item() if isinstance(x, np.generic) else x), 1, 1)
        return np.asarray(accept(given.astype(object)), object).astype(algebra.dtype)


def _object_array(value: Concrete) -> Array:
    if isinstance(value, list | tuple):
        parts: list[Array] = [_object_array(v) for v in value]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        if not parts:
            return np.empty((0,), object)
        out = np.empty((len(parts), *parts[0].shape), object)
        for k, part in enumerate(parts):
            out[k] = part[()]
        return out
    out = np.empty((), object)
    out[()] = value
    return out


class Importer:
    """Turns the environment's values into the evaluator's."""

    def __init__(self, env: Env, algebras: Algebras, fresh_axis: Callable[[], int]) -> None:
        self.env = env
        self.algebras = algebras
        self.fresh_axis = fresh_axis

    def value(self, name: str, sort: Sort) -> Value | Term:
        """The value of the free variable ``name``; a closed term stands for itself."""
        if name not in self.env.values:
            raise Unsupported(f"no value is given for {name}")
        given = self.env.values[name]
        if isinstance(given, Term):
            return given
        arguments, result = uncurry(sort)
        if callable(given):
            return Native(cast(Callable[..., Array], given), len(arguments), result)
        data = self.algebras.elements(given, result)
        batch = (BATCH,) if self.env.batch is not None and data.ndim and self._dims(arguments) < data.ndim else ()
        if data.ndim != self._dims(arguments) + len(batch):
            raise Unsupported(f"{name} has {data.ndim} dimensions where its sort needs {self._dims(arguments)}")
        return self._table(data, sort, batch)

    def _dims(self, arguments: tuple[Sort, ...]) -> int:
        return sum(self._span(a) for a in arguments)

    def _span(self, argument: Sort) -> int:
        if isinstance(argument, FnSort):
            if not isinstance(argument.arg, AxisSort):
                raise Unsupported(f"a function of a {argument.text}")
            return self.env.rank(argument.arg.group)
        if argument is INT or isinstance(argument, AxisSort):
            return 1
        raise Unsupported(f"a table over {argument.text}")

    def _table(self, data: Array, sort: Sort, batch: tuple[int, ...]) -> Value:
        """Nested tables; the axes of each group are flattened and empty axes padded."""
        layers: list[tuple[str, int, tuple[int, ...]]] = []
        shape: list[int] = list(data.shape[: len(batch)])
        padded = [max(length, 1) for length in data.shape]
        if list(data.shape) != padded:
            data = np.full(padded, self.algebras.of(uncurry(sort)[1]).zero, data.dtype)
        k, rest = len(batch), sort
        while isinstance(rest, FnSort):
            span = self._span(rest.arg)
            extents = tuple(padded[k : k + span])
            kind = "range" if rest.arg is INT else "axes" if isinstance(rest.arg, AxisSort) else "box"
            layers.append((kind, self.fresh_axis(), extents))
            flat = 1
            for e in extents:
                flat *= e
            shape.append(flat)
            k, rest = k + span, rest.res
        body: Value = Arr((*batch, *[axis for _, axis, _ in layers]), data.reshape(shape))
        for kind, axis, extents in reversed(layers):
            body = Table(kind, axis, extents, None, body)
        return body

"""What a graph says about arrays: exact values, and how far rounding in its float formats may take a runtime from them.

The bound is the first-order running error bound (:mod:`probanda.theories.running_error`), carried from node to node, in the unit
roundoff of the coarsest float format in the graph.  An integer or Boolean may be *undecided*: rounding may turn a decision that it
depends on.  Whatever a runtime has there is within rounding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...ir.dtypes import DType, Reading
from ...ir.graph import Graph, Ref
from ...ir.params import ParamStore
from ...ir.passes.compile import compile_graph
from .align.constants import ROUNDOFF
from .bounded import UNIT, Bounded, BoundedExecutor

Array = NDArray[Any]
CLEAR: Final = 4.0
"""How many times a difference must be what two arrays are off from the exact values together, to be more than rounding."""


def roundoff(graph: Graph) -> float:
    """The unit roundoff of the coarsest float format in a graph; 0 without floats."""
    return max((ROUNDOFF[t.dtype] for n in graph.nodes for t in n.types if t.dtype.is_float), default=0.0)


@dataclass(frozen=True, slots=True)
class Meant:
    """A value: ``exact`` over the reals, with the error of the evaluator itself, and ``slack``, what rounding may add to it.

    An undecided integer or Boolean has an infinite error.
    """

    exact: Bounded
    slack: Array
    dtype: DType

    def away(self, found: Array) -> NDArray[np.bool_]:
        """Where an array of this type is not within rounding of the value; everywhere if it has another shape."""
        value = self.exact.value
        if found.shape != value.shape:
            return np.ones(value.shape, np.bool_)
        if not self.dtype.is_float:
            return np.asarray((found.astype(value.dtype) != value) & (self.exact.error == 0))
        near = _gap(found, value) <= self.slack + _tiny(self.dtype)
        return ~(near | _beyond(found, value, self.slack, self.dtype))

    def moved(self, value: Array) -> Meant:
        """Another value with the same slack."""
        here = value if not self.dtype.is_float else value.astype(np.float64)
        return replace(self, exact=Bounded(here, self.exact.error))

    def ratio(self, found: Array) -> float:
        """The largest ratio of a distance to the slack, where that is at most 1."""
        if not self.dtype.is_float or not found.size:
            return 0.0
        ratio = _gap(found, self.exact.value) / (self.slack + _tiny(self.dtype))
        return float(np.max(ratio, initial=0.0, where=ratio <= 1.0))

    def tells_apart(self, other: Meant, ours: Array, theirs: Array) -> NDArray[np.bool_]:
        """Where two arrays differ by more than rounding explains if they are this value and ``other``.

        That is by more than both bounds, or where the exact values differ by much more than the arrays are off: for bounds that
        are carried through a deep graph are often far from what rounding really does.
        """
        if not self.dtype.is_float:
            return np.asarray(ours != theirs)
        gap = _gap(ours, theirs)
        off = _gap(ours, self.exact.value) + _gap(theirs, other.exact.value)
        explained = _gap(self.exact.value, other.exact.value) > CLEAR * off + _tiny(self.dtype)
        bounded = gap > self.slack + other.slack + _tiny(self.dtype)
        return ((bounded | explained) & (gap > 0)) | (np.isnan(gap) & ~_same_class(ours, theirs))


class Meaning:
    """The values of a graph that ``names`` picks, on arrays; with ``rounded``, inputs and constants count as rounded once.

    Undecided is what the rounding of the evaluator may turn; with ``rounded``, what that in the coarsest format of the graph
    may.  For integers and Booleans, inputs and constants are as they are even then: a runtime may rearrange what it does with
    a number before it decides, but it is that number.
    """

    def __init__(
        self, graph: Graph, params: ParamStore, names: Mapping[str, Ref], reading: Reading, *, rounded: bool = False
    ) -> None:
        self._types = {name: graph.type(ref).dtype for name, ref in names.items()}
        self._scale = roundoff(graph) / UNIT

        def bounded(wanted: Mapping[str, Ref], rounded: bool) -> BoundedExecutor:
            part = compile_graph(replace(graph, outputs=tuple(wanted.items())), params, reading)
            return BoundedExecutor(part, params, reading, rounded=rounded, roundoff=decides)

        decides = max(roundoff(graph), UNIT) if rounded else UNIT
        self._run = bounded(names, rounded)
        decided = {name: ref for name, ref in names.items() if not self._types[name].is_float}
        self._decisions = bounded(decided, False) if rounded and decided else None

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Meant]:
        """The values by name; raises BadInput, UndefinedValue."""
        found = self._run.run(inputs)
        if self._decisions is not None:
            found |= self._decisions.run(inputs)
        return {name: Meant(v, self._slack(name, v), self._types[name]) for name, v in found.items()}

    def _slack(self, name: str, value: Bounded) -> Array:
        return np.asarray(value.error * self._scale if self._types[name].is_float else np.zeros(value.value.shape))


def _gap(ours: Array, theirs: Array) -> NDArray[np.float64]:
    """Distances; 0 between equal infinities, NaN where either is a NaN."""
    x, y = ours.astype(np.float64), theirs.astype(np.float64)
    with np.errstate(invalid="ignore"):
        return np.where(x == y, 0.0, np.abs(x - y))


def _tiny(dtype: DType) -> float:
    """The least normal number: what underflow may cost, which bounds of rounding errors leave out."""
    return _limits(dtype)[0]


def _limits(dtype: DType) -> tuple[float, float]:
    import ml_dtypes

    finfo: Any = ml_dtypes.finfo
    limits: Any = finfo(ml_dtypes.bfloat16 if dtype.name == "bfloat16" else dtype.name)
    return float(limits.tiny), float(limits.max)


def _beyond(found: Array, value: Array, slack: Array, dtype: DType) -> NDArray[np.bool_]:
    """Where the exact value has no finite number of the format near it and an infinity of its sign was found, or both are NaN."""
    x, y = found.astype(np.float64), value.astype(np.float64)
    overflow = np.isinf(x) & (np.sign(x) == np.sign(y)) & (np.abs(y) + slack >= _limits(dtype)[1])
    return overflow | (np.isnan(x) & np.isnan(y))


def _same_class(ours: Array, theirs: Array) -> NDArray[np.bool_]:
    return np.isnan(ours.astype(np.float64)) == np.isnan(theirs.astype(np.float64))

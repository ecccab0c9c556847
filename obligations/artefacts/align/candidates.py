"""Which values of two graphs may be equal, by running both on sample inputs.  It proves nothing: it proposes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ....ir.dtypes import Reading
from ....ir.errors import GraphError
from ....ir.graph import CONST, INPUT, Graph, Ref
from ....ir.params import ParamStore
from ....theories.errors import Unsupported
from ..execute import tracing
from ..inputs import samples
from .interface import Interface

Array = NDArray[Any]
RUNS: Final = 2
TRIES: Final = 12
"""Sample inputs that are tried until :data:`RUNS` of them are in the domain of both graphs."""
CLOSE: Final = {True: 1e-5, False: 2e-3}
"""How far apart equal values may be, relative to the largest element: over the reals in double precision, and in floats.

Over the reals this leaves room for constants that were folded in float32.
"""
LOOKED_AT: Final = 1 << 16
"""Elements of an array that are compared."""
MOST: Final = 4
"""Candidates for one value."""


class Samples:
    """All values of two graphs on the same sample inputs."""

    def __init__(
        self, interface: Interface, before_params: ParamStore, after_params: ParamStore, reading: Reading
    ) -> None:
        self.interface = interface
        try:
            self.before, self.after = _runs(interface, before_params, after_params, reading)
            self.tolerance = CLOSE[True]
        except Unsupported:  # an operator has no real reading
            self.before, self.after = _runs(interface, before_params, after_params, Reading.IEEE)
            self.tolerance = CLOSE[False]
        self.constants = {id(g): _constants(g) for g in (interface.before, interface.after)}
        self._by_shape: dict[tuple[object, ...], list[Ref]] = {}
        for ref in interface.before.values():
            self._by_shape.setdefault(self._key(interface.before, ref), []).append(ref)

    def candidates(self, ref: Ref) -> list[Ref]:
        """Values of the first graph that agree with ``ref`` of the second: of the same name first, then the latest."""
        before, after = self.interface.before, self.interface.after
        name = after.name_of(ref)
        alike = self._by_shape.get(self._key(after, ref), [])
        if not self.before:  # nothing could be run: names are all there is to go by
            return [r for r in alike if before.name_of(r) == name]
        found = [r for r in alike if self._agree(r, ref)]
        return sorted(found, key=lambda r: (before.name_of(r) != name, -r.node))[:MOST]

    def constant(self, graph: Graph, ref: Ref) -> bool:
        """Whether a value does not depend on the inputs."""
        return ref.node in self.constants[id(graph)]

    def _agree(self, before: Ref, after: Ref) -> bool:
        pairs = [(a.get(before), c.get(after)) for a, c in zip(self.before, self.after, strict=True)]
        return all(a is not None and c is not None and close(a, c, self.tolerance) for a, c in pairs)

    @staticmethod
    def _key(graph: Graph, ref: Ref) -> tuple[object, ...]:
        t = graph.type(ref)
        return (t.dtype.name, *[d.digest for d in t.shape])


def close(a: Array, c: Array, tolerance: float) -> bool:
    """Whether two arrays may be one value up to rounding."""
    if a.shape != c.shape:
        return False
    if a.size > LOOKED_AT:  # a proposal needs no more than a sample
        most = max(1, round(LOOKED_AT ** (1 / a.ndim)))
        sample = tuple(slice(None, None, -(-n // most)) for n in a.shape)
        a, c = a[sample], c[sample]
    if a.dtype.kind not in "fV" and a.dtype.name != "bfloat16":
        return bool(np.array_equal(a, c))
    x, y = a.astype(np.float64), c.astype(np.float64)
    scale = float(np.max(np.abs(x), initial=0.0, where=np.isfinite(x)))
    with np.errstate(invalid="ignore"):
        return bool(np.allclose(x, y, rtol=tolerance, atol=tolerance * scale, equal_nan=True))


def _constants(graph: Graph) -> set[int]:
    out: set[int] = set()
    for node in graph.nodes:
        fixed = node.op == CONST or (node.op != INPUT and "key" not in node.attrs)
        if fixed and all(p is None or p.node in out for p in node.parents):
            out.add(node.id)
    return out


def _runs(
    interface: Interface, before_params: ParamStore, after_params: ParamStore, reading: Reading
) -> tuple[list[Mapping[Ref, Array]], list[Mapping[Ref, Array]]]:
    converted: dict[str, Array] = {}
    one, names = tracing(interface.before, before_params, reading, converted)
    two, others = tracing(interface.after, after_params, reading, converted)
    before: list[Mapping[Ref, Array]] = []
    after: list[Mapping[Ref, Array]] = []
    for inputs in islice(samples(interface.before), TRIES):
        try:
            a, c = one.run(inputs), two.run(inputs)
        except GraphError:
            continue
        before.append({names[k]: v for k, v in a.items()})
        after.append({others[k]: v for k, v in c.items()})
        if len(before) == RUNS:
            break
    return before, after

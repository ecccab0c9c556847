"""A difference between two graphs, run again on onnxruntime as the two models are.

Graphs are compared over the reals and by an evaluator of our own.  Whether the models differ is for the runtime to say: a
difference counts only if both models, run from the inputs on in their own float formats, differ by more than rounding
explains, at an element where the exact values differ for certain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

import numpy as np

from ...ir.dtypes import BY_NAME, Reading
from ...ir.errors import GraphError
from ...ir.graph import CONST, INPUT, Graph, Ref
from ..claims import Verdict
from ..results import NONE
from .align.engine import infinite
from .align.interface import Interface, match
from .align.records import Alignment, Difference
from .inputs import Array, samples
from .meaning import Meaning, Meant
from .models import Model
from .runtime import NoRuntime, RuntimeRefuses, Session

RUNTIME: Final = "onnxruntime"
TRIES: Final = 4
"""Sample inputs that are tried at each of :data:`SCALES`, when those of the difference do not show it on the runtime."""
SCALES: Final = (1.0, 1e-3, 1e-6, 32.0)


@dataclass(frozen=True, slots=True)
class Replayed:
    """An alignment with its verdict after the replay.

    ``results`` are the two elements that the runtime computed, ``ends`` the first values of the two models that differ and are
    computed in both, None if that is only the output.
    """

    alignment: Alignment
    results: tuple[float, float] | None = None
    ends: tuple[str, str] | None = None


def replay(before: Model, after: Model, found: Alignment, names: Mapping[str, str] | None = None) -> Replayed:
    """``found``, refuted only if its difference is there on the runtime too.

    Graphs that come from no ONNX file have no runtime: for them our own evaluator decides.
    """
    if found.difference is None or before.onnx is None or after.onnx is None:
        return Replayed(found)
    try:
        shown = _Replay(before, after, names or {}).run(found.difference)
    except (NoRuntime, RuntimeRefuses) as error:
        return Replayed(_not_shown(found, f"the difference was not replayed: {error}"))
    if shown is None:
        return Replayed(_not_shown(found, "the graphs differ, but on onnxruntime only by what rounding explains"))
    difference, results, ends = shown
    return Replayed(replace(found, difference=difference), results, ends)


def _not_shown(found: Alignment, reason: str) -> Alignment:
    assert found.difference is not None
    difference = replace(found.difference, replayed={**found.difference.replayed, RUNTIME: False})
    return replace(found, verdict=Verdict.UNKNOWN, readings=NONE, reason=reason, difference=difference)


def feed(session: Session, inputs: Mapping[str, Array], names: Mapping[str, str]) -> dict[str, Array]:
    """Arrays by the names of the first model, by those of the model of ``session``; ``names`` has new = old."""
    return {new: inputs[names.get(new, new)] for new in session.inputs if names.get(new, new) in inputs}


class _Replay:
    def __init__(self, before: Model, after: Model, names: Mapping[str, str]) -> None:
        self.names = names
        self.models = before, after
        self.interface: Interface = match(before.graph, after.graph, names)
        wide = infinite(before.params) or infinite(after.params)
        self.reading = Reading.EREAL if wide else Reading.REAL
        self.sessions = Session(before.path), Session(after.path)
        outputs = self.interface.outputs
        self.before = self._meaning(0, {name: b for name, b, _ in outputs})
        self.after = self._meaning(1, {name: a for name, _, a in outputs})

    def _meaning(self, side: int, refs: Mapping[str, Ref]) -> Meaning:
        graph = (self.interface.before, self.interface.after)[side]
        return Meaning(graph, self.models[side].params, refs, self.reading)

    def run(self, d: Difference) -> tuple[Difference, tuple[float, float], tuple[str, str] | None] | None:
        """The difference as the runtime shows it, its two results, and where the models begin to differ."""
        for inputs in self._inputs(d):
            try:
                ours, theirs = self.before.run(inputs), self.after.run(inputs)
            except GraphError:
                continue
            shown = self._shown(inputs, ours, theirs)
            if shown is None:
                continue
            output, at, results = shown
            first, ends = self._first(inputs, output)
            exact = float(ours[output].exact.value[at]), float(theirs[output].exact.value[at])
            replayed = {**d.replayed, RUNTIME: True}
            return Difference(dict(inputs), output, at, *exact, *first, replayed), results, ends
        return None

    def _inputs(self, d: Difference) -> Iterator[dict[str, Array]]:
        yield d.inputs
        for scale in SCALES:
            for inputs in islice(samples(self.interface.before, seed=2), TRIES):
                yield {
                    k: (v * np.asarray(scale, v.dtype) if BY_NAME[v.dtype.name].is_float else v)
                    for k, v in inputs.items()
                }

    def _shown(
        self, inputs: Mapping[str, Array], ours: Mapping[str, Meant], theirs: Mapping[str, Meant]
    ) -> tuple[str, tuple[int, ...], tuple[float, float]] | None:
        """Output and element that differ, exactly and on the runtime, and the runtime's two results there."""
        one, two = (s.run(feed(s, inputs, m)) for s, m in zip(self.sessions, ({}, self.names), strict=True))
        theirs_called = {self.names.get(new, new): new for new in two}
        for name, _, _ in self.interface.outputs:
            x, y = one[name], two[theirs_called[name]]
            if x.shape != y.shape or x.shape != ours[name].exact.value.shape:
                continue
            apart = ours[name].exact.apart(theirs[name].exact) & ours[name].tells_apart(theirs[name], x, y)
            if apart.any():
                with np.errstate(invalid="ignore"):
                    gap = np.nan_to_num(np.abs(x.astype(np.float64) - y.astype(np.float64)), nan=np.inf)
                at = np.unravel_index(int(np.argmax(np.where(apart, gap, -1.0))), x.shape)
                element = tuple(int(k) for k in at)
                return name, element, (float(x[element]), float(y[element]))
        return None

    def _first(self, inputs: Mapping[str, Array], output: str) -> tuple[tuple[str, str], tuple[str, str] | None]:
        """The first values of the same name that differ, and the first such values that are computed in both models."""
        graph, other = self.interface.before, self.interface.after
        common = [n for n in other.by_name if _comparable(graph, other, n)]
        ours, theirs = (
            self._meaning(side, {n: g.by_name[n] for n in common}).run(inputs) for side, g in enumerate((graph, other))
        )
        differ = [n for n in common if ours[n].exact.apart(theirs[n].exact).any()]
        computed = [n for n in differ if all(g.node(g.by_name[n]).op not in (CONST, INPUT) for g in (graph, other))]
        last = next((b, a) for name, b, a in self.interface.outputs if name == output)
        at_end = graph.name_of(last[0]), other.name_of(last[1])
        first = (differ[0], differ[0]) if differ else at_end
        return first, (computed[0], computed[0]) if computed else None


def _comparable(graph: Graph, other: Graph, name: str) -> bool:
    if name not in graph.by_name:
        return False
    one, two = graph.type(graph.by_name[name]), other.type(other.by_name[name])
    return one.dtype.is_float and one.agrees(two)

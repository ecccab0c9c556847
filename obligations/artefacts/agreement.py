"""A model on onnxruntime against what its graph means, node by node.

All values that the runtime computes are taken from it.  What a node gives must lie within the rounding error bound of what it means
*on the operands that the runtime had* (:mod:`.meaning`), each of which counts as rounded once, since runtimes rearrange formulas: a bound
that is carried from node to node, from the inputs on, would soon allow anything.  Where rounding decides inside a node (a cast to integers), what the node gives in its own float formats will do too,
and an integer or Boolean that such a decision leaves undecided is no disagreement, whatever it is.
The first node outside its bound is named.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...ir.dtypes import Reading
from ...ir.errors import GraphError
from ...ir.graph import CONST, INPUT, Graph, Node, Ref
from ...ir.operators import find
from ...theories.errors import Unsupported
from .align.engine import infinite
from .execute import Array, Executor, executor
from .inputs import samples
from .meaning import Meaning, Meant
from .models import Model
from .runtime import NoRuntime, RuntimeRefuses, Session, version

TRIES: Final = 6
"""Sample inputs for each run that is asked for: some are outside the domain of a model (an index that is out of range)."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An element of the runtime's that is not within rounding of what its node means: ``value`` is its name.

    ``node`` is the operator and name of the node, ``element`` the index, None where the shape or type is another.
    """

    inputs: dict[str, Array]
    value: str
    node: str
    element: tuple[int, ...] | None
    found: float
    exact: float
    bound: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many inputs were run, and of each how many ``values`` with how many elements in all were compared.

    ``worst`` is the largest ratio of distance to bound among those that agree.  ``reason`` says why nothing was compared, if
    nothing was.
    """

    runtime: str = ""
    runs: int = 0
    values: int = 0
    elements: int = 0
    worst: float = 0.0
    disagreement: Disagreement | None = None
    reason: str | None = None

    @property
    def agrees(self) -> bool:
        """Whether something was compared, and all of it agrees."""
        return self.runs > 0 and self.disagreement is None and self.reason is None


def agreement(model: Model, runs: int) -> Agreement:
    """``model`` run on ``runs`` random inputs.  Raises nothing that a model or runtime can cause."""
    if model.onnx is None:
        return Agreement(reason="a graph as text is no model that a runtime runs")
    drawing = [n for n in model.graph.nodes if n.op not in (INPUT, CONST) and not find(n.op).pure]
    if drawing:
        return Agreement(reason=f"{drawing[0].op} {drawing[0].name} draws random numbers")
    done = Agreement()
    try:
        done = Agreement(f"onnxruntime {version()}")
        for found in islice(_Checker(model).compared(runs * TRIES), runs):
            done = replace(found, runtime=done.runtime, runs=done.runs + 1, elements=done.elements + found.elements,
                           worst=max(done.worst, found.worst))  # fmt: skip
            if done.disagreement is not None:
                return done
    except (NoRuntime, RuntimeRefuses) as error:
        return replace(done, reason=str(error))
    except Unsupported as error:
        return replace(done, reason=f"there is no bound on the rounding errors: {error}")
    if not done.runs:
        return replace(done, reason=f"none of {runs * TRIES} random inputs is in the domain of the model")
    return done


def cut(graph: Graph, names: Collection[str]) -> tuple[Graph, dict[str, Ref]]:
    """``graph`` with the values ``names`` as inputs to whatever reads them, and where these values are computed.

    Outputs keep their names; one whose value is not among ``names`` is computed from those that are.
    """
    nodes: list[Node] = []
    read: dict[Ref, Ref] = {}
    computed: dict[str, Ref] = {}
    for node in graph.nodes:
        here = len(nodes)
        if node.op in (INPUT, CONST):
            nodes.append(replace(node, id=here))
            read[Ref(node.id)] = Ref(here)
            continue
        parents = tuple(None if p is None else read[p] for p in node.parents)
        nodes.append(replace(node, id=here, parents=parents, names=("",) * len(node.types)))
        for k, (name, type_) in enumerate(zip(node.names, node.types, strict=True)):
            read[Ref(node.id, k)] = Ref(here, k)
            if name in names:
                computed[name] = Ref(here, k)
                read[Ref(node.id, k)] = Ref(len(nodes))
                nodes.append(Node(len(nodes), INPUT, (), {}, (type_,), (name,)))
    for name, ref in graph.outputs:
        computed.setdefault(name, read[ref])
    return Graph(graph.name, tuple(nodes), tuple(computed.items())), computed


class _Checker:
    def __init__(self, model: Model) -> None:
        assert model.onnx is not None
        made = {n for node in model.onnx.proto.graph.node for n in node.output}
        self.graph = model.graph
        self.where = str(model.path)
        self.names = [n for n, r in self.graph.by_name.items() if n in made and not self._leaf(r)]
        self.session = Session(model.onnx, self.names)
        reading = Reading.EREAL if infinite(model.params) else Reading.REAL
        self.cut, computed = cut(self.graph, self.names)
        self.meaning = Meaning(self.cut, model.params, computed, reading, rounded=True)
        self.floats = executor(self.cut, model.params)
        self.domain: Executor = executor(self.graph, model.params)

    def compared(self, tries: int) -> Iterator[Agreement]:
        """A run on each of ``tries`` sample inputs that is in the domain of the graph."""
        for inputs in islice(samples(self.graph, seed=4), tries):
            try:
                self.domain.run(inputs)
            except GraphError:
                continue
            yield self._judged(inputs)

    def _judged(self, inputs: dict[str, Array]) -> Agreement:
        results = self.session.run(inputs)
        for name in [n for n, _ in self.cut.outputs if n not in results]:
            raise RuntimeRefuses(f"the value {name} is no tensor", self.where)
        given = {n.names[0]: results.get(n.names[0], inputs.get(n.names[0])) for n in self.cut.inputs}
        arrays = {name: array for name, array in given.items() if array is not None}
        try:
            meant, floats = self.meaning.run(arrays), self.floats.run(arrays)
        except GraphError as error:
            return Agreement(disagreement=self._other(inputs, error))
        done = Agreement(values=len(meant))
        for name, want in meant.items():
            away = _away(want, results[name], floats[name])
            if away.any() or results[name].shape != want.exact.value.shape:
                return replace(done, disagreement=self._disagreement(inputs, name, want, results[name], away))
            worst = max(done.worst, want.ratio(results[name]))
            done = replace(done, elements=done.elements + results[name].size, worst=worst)
        return done

    def _leaf(self, ref: Ref) -> bool:
        return self.graph.node(ref).op in (CONST, INPUT)

    def _node(self, name: str) -> str:
        ref = self.graph.by_name.get(name) or dict(self.graph.outputs)[name]
        node = self.graph.node(ref)
        return f"{node.op} {node.name}"

    def _other(self, inputs: dict[str, Array], error: GraphError) -> Disagreement:
        """A value of another type than the graph's, or one that a node takes and that has no meaning there."""
        name = error.where.removeprefix("input ")
        node = self._node(name) if name in self.names else error.where
        return Disagreement(inputs, name, f"{node}: {error.message}", None, np.nan, np.nan, 0.0)

    def _disagreement(
        self, inputs: dict[str, Array], name: str, want: Meant, found: Array, away: NDArray[np.bool_]
    ) -> Disagreement:
        node = self._node(name)
        if found.shape != want.exact.value.shape:
            shapes = f"{list(found.shape)}, not {list(want.exact.value.shape)}"
            return Disagreement(inputs, name, f"{node}: its shape is {shapes}", None, np.nan, np.nan, 0.0)
        at = tuple(int(k) for k in np.unravel_index(int(np.argmax(away)), away.shape))
        exact, slack = want.exact.value[at], np.broadcast_to(want.slack, away.shape)[at]
        return Disagreement(inputs, name, node, at, float(found[at]), float(exact), float(slack))


def _away(want: Meant, found: Array, floats: Array) -> NDArray[np.bool_]:
    """Where an array is neither near the exact value nor near that of the float formats."""
    away = want.away(found)
    if not away.any() or found.shape != floats.shape:
        return away
    return away & want.moved(floats).away(found)

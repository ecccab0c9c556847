"""Everything that is checked about one model: its graph, its compilation, its runs, and the lemmas about its operators."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...ir.checks import problems
from ...ir.params import ParamStore
from ...ir.passes.compile import compile_graph
from ..ledger.records import Lock
from ..settings import Settings
from .agreement import Agreement, agreement
from .compiled import CompiledAlignment, align_compiled
from .coverage import OperatorCoverage, Rung, coverage, scalar_rung, theorem_rung
from .models import Model, load


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of a model; ``sha256`` is over names and payloads, in order of name."""

    count: int
    elements: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found about a model; ``problems`` are those of its graph, after which nothing is run."""

    model: Model
    parameters: Parameters
    operators: tuple[OperatorCoverage, ...]
    problems: tuple[str, ...]
    compiled: CompiledAlignment | None
    agreement: Agreement
    ladder: tuple[Rung, ...]

    @property
    def accepted(self) -> bool:
        """Whether the graph is well formed, its compilation aligned, and every run within rounding of what it means.

        A graph as text has no runtime to agree with.
        """
        agrees = self.agreement.agrees or (self.model.onnx is None and self.agreement.disagreement is None)
        return not self.problems and self.compiled is not None and self.compiled.aligned and agrees

    @property
    def reason(self) -> str | None:
        """Why the model is not accepted."""
        if self.accepted:
            return None
        if self.problems:
            return self.problems[0]
        if self.compiled is not None and not self.compiled.aligned:
            return str(self.compiled)
        d = self.agreement.disagreement
        return self.agreement.reason if d is None else f"onnxruntime disagrees at {d.node}"


def check_model(
    path: str | Path,
    *,
    runs: int = 5,
    sizes: Mapping[str, int] | None = None,
    lock: Lock | None = None,
    settings: Settings | None = None,
) -> Checked:
    """What there is to say about the model in a file.  Raises GraphError if it is no model or cannot be imported."""
    model = load(path, sizes)
    found = tuple(str(p) for p in problems(model.graph, model.params))
    compiled = None
    ran = Agreement(reason="the graph is not well formed")
    if not found:
        compiled = align_compiled(
            compile_graph(model.graph, model.params), model.graph, model.params, settings=settings
        )
        ran = agreement(model, runs)
    operators = coverage(model.graph, lock)
    return Checked(
        model,
        parameters(model.params),
        operators,
        found,
        compiled,
        ran,
        _ladder(model, found, compiled, ran, operators, lock),
    )


def unsupported_operators(path: str | Path) -> tuple[str, ...]:
    """The operators of a model that have no denotation here, by name; GraphError if it is no model."""
    from ...ir.importers.onnx import load_model
    from ...ir.importers.onnx.survey import unsupported

    return unsupported(load_model(path)) if Path(path).suffix != ".graph" else ()


def parameters(params: ParamStore) -> Parameters:
    """Count, size and digest of parameters."""
    h = hashlib.sha256()
    for name in sorted(params):
        h.update(f"{name}\0{params[name].sha256}\n".encode())
    arrays = [p.array for p in params.values()]
    return Parameters(len(arrays), sum(a.size for a in arrays), sum(a.nbytes for a in arrays), h.hexdigest())


def _ladder(
    model: Model,
    found: tuple[str, ...],
    compiled: CompiledAlignment | None,
    ran: Agreement,
    operators: tuple[OperatorCoverage, ...],
    lock: Lock | None,
) -> tuple[Rung, ...]:
    nodes = len(model.graph.nodes)
    formed = found[0] if found else f"{nodes} nodes, whose declared types are those that their operators give"
    return (
        _runs(ran),
        Rung("well formed and well shaped", not found, formed),
        _accepts(compiled, ran),
        theorem_rung(operators, lock),
        scalar_rung(model.graph, operators, lock),
    )


def _runs(ran: Agreement) -> Rung:
    times = f"{ran.runs} run{'s' if ran.runs != 1 else ''} on {ran.runtime}"
    return Rung("it runs", ran.runs > 0, times if ran.runs else ran.reason or "nothing was run")


def _accepts(compiled: CompiledAlignment | None, ran: Agreement) -> Rung:
    name = "a checker accepts it"
    if compiled is None or not compiled.aligned:
        return Rung(name, False, "nothing was compiled" if compiled is None else str(compiled))
    if ran.disagreement is not None:
        return Rung(name, False, f"the runtime disagrees with its meaning at {ran.disagreement.node}")
    return Rung(name, True, str(compiled))

"""Models from files: ONNX, or a graph as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...ir.checks import check
from ...ir.errors import BadAttribute, GraphError, MalformedModel
from ...ir.graph import Graph
from ...ir.importers.onnx import OnnxModel, import_graph, load_model
from ...ir.params import ParamStore


@dataclass(frozen=True, slots=True)
class Model:
    """A graph with its parameters and the file that it comes from.  ``onnx`` is None for a graph as text."""

    path: Path
    graph: Graph
    params: ParamStore
    onnx: OnnxModel | None = None
    notes: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The name of the file without its ending."""
        return self.path.stem or "model"


def load(path: str | Path, sizes: Mapping[str, int] | None = None) -> Model:
    """The model in a file; ``sizes`` gives symbolic sizes a value.  Raises GraphError with the file in its place."""
    file = Path(path)
    try:
        if file.suffix == ".graph":
            return _text(file, sizes)
        found = import_graph(load_model(file), sizes=sizes)
        return Model(file, found.graph, found.params, found.model, found.notes)
    except GraphError as error:
        if str(file) not in error.where:
            error.where = f"{file}: {error.where}" if error.where else str(file)
        raise


def _text(file: Path, sizes: Mapping[str, int] | None) -> Model:
    from ...ir import text

    if sizes:
        raise BadAttribute("a graph as text has the sizes that are written in it", ", ".join(sizes))
    try:
        graph, params = text.load(file)
    except OSError as error:
        raise MalformedModel(f"the file cannot be read: {error.strerror or error}") from None
    check(graph, params)
    return Model(file, graph, params)

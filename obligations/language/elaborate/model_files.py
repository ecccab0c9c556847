"""The files that ``graph`` declarations name.

Reading a model runs no solver and executes nothing; ``onnx`` is imported when an ``.onnx`` file is read, and not before.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Final

from ....ir.checks import check
from ....ir.graph import Graph
from ....ir.params import ParamStore
from ..ast import GraphDecl
from ..diagnostics import NoGraphFile, TooLarge

MOST_NODES: Final = 2_000
LONGEST_TEXT: Final = 4_000_000
_ENDINGS: Final = {".graph": (".graph", ".npz"), ".onnx": (".onnx",)}
"""What a model's file may end in, and the files that are read then."""


def read_model(path: Path, decl: GraphDecl) -> tuple[Graph, ParamStore]:
    """The graph in a file, checked.  Raises GraphError, and TooLarge."""
    if path.suffix == ".graph":
        if path.stat().st_size > LONGEST_TEXT:
            raise TooLarge(f"the text of the graph {decl.name} is longer than {LONGEST_TEXT} bytes", decl.path_span)
        from ....ir.text import load

        graph, params = load(path)
    else:
        from ....ir.importers.onnx import import_onnx

        found = import_onnx(path)
        graph, params = found.graph, found.params
    if len(graph.nodes) > MOST_NODES:
        count = len(graph.nodes)
        raise TooLarge(f"the graph {decl.name} has {count} nodes; the limit is {MOST_NODES}", decl.path_span)
    check(graph, params)
    return graph, params


def place_of(decl: GraphDecl, folder: Path) -> Path:
    """The file that ``decl`` names, which lies in ``folder`` or below, links followed.  Raises NoGraphFile."""
    given = PurePosixPath(decl.path)
    if given.is_absolute() or ".." in given.parts or any(c in decl.path for c in "\\:\0"):
        raise _refused(decl, "is no path inside the folder of this file")
    if given.suffix not in _ENDINGS:
        raise _refused(decl, "ends neither in .onnx nor in .graph")
    path = folder / given
    root = folder.resolve()
    for ending in _ENDINGS[given.suffix]:
        try:
            inside = path.with_suffix(ending).resolve().is_relative_to(root)
        except (OSError, RuntimeError):
            inside = False
        if not inside:
            raise _refused(decl, "leads out of the folder of this file")
    if not path.is_file():
        raise _refused(decl, "is no file")
    return path


def _refused(decl: GraphDecl, what: str) -> NoGraphFile:
    return NoGraphFile(f"{decl.path[:80]!r} {what}", decl.path_span)

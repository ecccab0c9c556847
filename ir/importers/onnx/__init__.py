"""ONNX models as graphs.

Structure that is fixed up to symbolic sizes is resolved: branches on known conditions, loops with known trip counts,
functions.  Older forms of operators are brought to those of the newest opset.  Whatever is wrong with a file is a
:class:`probanda.ir.errors.GraphError`; no file outside the folder of the model is opened.

Importing this package imports ``onnx``, so it is imported where a model is read and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .extract import extract
from .files import OnnxModel, load_model
from .translate import Imported, import_graph

__all__ = ["Imported", "OnnxModel", "extract", "import_graph", "import_onnx", "load_model"]


def import_onnx(path: str | Path, *, sizes: Mapping[str, int] | None = None, name: str | None = None) -> Imported:
    """The graph of the ONNX model in a file; ``sizes`` gives symbolic sizes a value.  Raises GraphError."""
    return import_graph(load_model(path), sizes=sizes, name=name)

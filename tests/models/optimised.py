"""What onnxruntime makes of a model."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

ort: Any = import_module("onnxruntime")  # no type information

LEVELS = {"basic": "ORT_ENABLE_BASIC", "extended": "ORT_ENABLE_EXTENDED", "all": "ORT_ENABLE_ALL"}


def optimise(model: Path, to: Path, level: str) -> None:
    """Write ``model`` as onnxruntime optimises it at ``level``: ``basic``, ``extended`` or ``all``."""
    options = ort.SessionOptions()
    options.graph_optimization_level = getattr(ort.GraphOptimizationLevel, LEVELS[level])
    options.optimized_model_filepath = str(to)
    options.log_severity_level = 3
    ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def save(model: Any, to: Path) -> Path:
    """Write a ModelProto."""
    to.write_bytes(model.SerializeToString())
    return to

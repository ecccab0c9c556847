"""What two other implementations answer: ``onnx.reference`` and onnxruntime, without optimisations."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import onnx.defs
from onnx.reference import ReferenceEvaluator

from probanda.ir.operators import find

from .trial import Array, Trial, domain_of, model, schema

ort: Any = importlib.import_module("onnxruntime")  # it ships no types that a checker understands
REFERENCE = "onnx.reference"
RUNTIME = "onnxruntime"
LIBRARIES = (REFERENCE, RUNTIME)
Answer = list[Array] | str
"""The results, or why there are none."""
_OLDEST = 13
_NOT_OLDER = frozenset({"GroupNormalization", "DFT", "Resize"})
"""Operators whose older version means something else with the same operands and attributes."""


def _linear(trial: Trial) -> list[Array]:
    x, w = trial.operands[0], trial.operands[1]
    assert x is not None and w is not None
    bias = trial.operands[2] if len(trial.operands) > 2 else None
    out = np.matmul(x.astype(np.float64), w.astype(np.float64).T)
    return [(out if bias is None else out + bias.astype(np.float64)).astype(x.dtype)]


def _mse(trial: Trial) -> list[Array]:
    x, y = trial.operands
    assert x is not None and y is not None
    squares = (x.astype(np.float64) - y.astype(np.float64)) ** 2
    kind = trial.attrs.get("reduction", "mean")
    out = squares if kind == "none" else squares.sum() if kind == "sum" else squares.mean()
    return [np.asarray(out).astype(x.dtype)]


HANDWRITTEN: dict[str, Callable[[Trial], list[Array]]] = {"Linear": _linear, "MseLoss": _mse}
"""Plain NumPy for operators that ONNX has not; the place of ``onnx.reference``."""


def answer(library: str, trial: Trial) -> Answer:
    """What a library gives for a trial."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if not onnx.defs.has(trial.op, trial.domain):
            return HANDWRITTEN[trial.op](trial) if library == REFERENCE else "no operator of ONNX"
        return (reference if library == REFERENCE else runtime)(trial)


def newest(op: str) -> int:
    """The newest opset that has the operator."""
    found = schema(op)
    return found.since_version - 1 if found.deprecated else onnx.defs.onnx_opset_version()


def reference(trial: Trial) -> Answer:
    """The results of ``onnx.reference``."""
    try:
        evaluator: Any = ReferenceEvaluator(model(trial, newest(trial.op), find(trial.op).static))
        got: Any = evaluator.run(None, feed(trial))
        return [np.asarray(y) for y in got]
    except Exception as error:  # noqa: BLE001 - whatever a library raises is its answer
        return _reason(error)


def feed(trial: Trial) -> dict[str, Array]:
    """The operands by name."""
    constants = find(trial.op).static
    return {f"x{k}": x for k, x in enumerate(trial.operands) if x is not None and k not in constants}


def _options() -> Any:
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return options


ort.set_default_logger_severity(4)
_worked: dict[tuple[str, str], int] = {}


_refused: dict[tuple[str, ...], str] = {}
"""Operators with element types for which there is no kernel, so that they are not asked for again."""


def runtime(trial: Trial) -> Answer:
    """The results of onnxruntime: of its newest version of the operator that takes these operands."""
    types = (trial.op, *["" if x is None else x.dtype.name for x in trial.operands])
    if types in _refused:
        return _refused[types]
    reason = "no version"
    for opset in _opsets(trial):
        try:
            text = model(trial, opset, find(trial.op).static).SerializeToString()
            session = ort.InferenceSession(text, _options(), providers=["CPUExecutionProvider"])
        except Exception as error:  # noqa: BLE001 - whatever a library raises is its answer
            reason = _reason(error)
            continue
        _worked[trial.op, trial.dtype] = opset
        try:
            got: Any = session.run(None, feed(trial))
            return [np.asarray(y) for y in got]
        except Exception as error:  # noqa: BLE001 - whatever a library raises is its answer
            return _reason(error)
    if "Type Error" in reason or "NOT_IMPLEMENTED" in reason:
        _refused[types] = reason
    return reason


def _opsets(trial: Trial) -> list[int]:
    known = _worked.get((trial.op, trial.dtype))
    if domain_of(trial.op):
        return [newest(trial.op)]
    out = [known] if known else []
    version = newest(trial.op)
    while True:
        if version not in out:
            out.append(version)
        since = schema(trial.op, version).since_version
        older = since - 1
        if older < _OLDEST or trial.op in _NOT_OLDER or not _same_form(trial, older):
            return out
        version = older


def _same_form(trial: Trial, opset: int) -> bool:
    try:
        older = schema(trial.op, opset)
    except onnx.defs.SchemaError:
        return False
    given = {k for k, v in trial.attrs.items() if v is not None}
    return len(trial.operands) <= older.max_input and given <= set(older.attributes)


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())
    for mark in ("NOT_IMPLEMENTED", "INVALID_GRAPH", "INVALID_ARGUMENT", "FAIL", "RUNTIME_EXCEPTION"):
        if mark in text:
            return f"{mark}: {text.partition(mark)[2].lstrip(' :')[:160]}"
    return f"{type(error).__name__}: {text[:160]}"

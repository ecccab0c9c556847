"""ONNX's own node tests, through the importer and the denotations, in the IEEE reading."""

from __future__ import annotations

import re
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

import numpy as np
import onnx
from onnx import numpy_helper

from probanda.encoders.arrays.machine import Undefined
from probanda.ir.denote import denote_graph
from probanda.ir.dtypes import Reading
from probanda.ir.errors import GraphError, NotStatic
from probanda.ir.graph import CONST, INPUT
from probanda.ir.importers.onnx import Imported, OnnxModel, import_graph
from probanda.ir.operators import find
from probanda.ir.tensors import Tensor
from probanda.theories.errors import Unsupported

from .compare import judge
from .denotation import execute_named, scale_of, typed
from .disagreements import explain
from .trial import NUMPY, Array, Trial

NODE_TESTS = "node tests"
"""The node tests as a library, in the table of disagreements."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one test: ``passed``, ``known`` (a named disagreement), ``failed`` or ``unsupported``, and why."""

    name: str
    op: str
    status: str
    why: str = ""


@cache
def cases() -> tuple[Any, ...]:
    """All node tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx.backend.test.loader import load_model_tests

        return tuple(load_model_tests(kind="node"))


@cache
def operators() -> dict[str, str]:
    """For every test the operator that it is about; an expansion is about the operator that it expands."""
    single = {c.name: c.model.graph.node[0].op_type for c in cases() if len(c.model.graph.node) == 1}
    out: dict[str, str] = {}
    for c in cases():
        base = re.sub(r"(_expanded(_ver\d+)?|_expanded_.*)$", "", c.name)
        several = [n.op_type for n in c.model.graph.node if n.op_type != "Constant"]
        out[c.name] = single.get(c.name) or single.get(base) or several[-1]
    return out


def run(case: Any) -> Outcome:
    """The outcome of one test."""
    op = operators()[case.name]
    try:
        for data in case.data_sets:
            given, wanted = [[_array(x) for x in part] for part in data]
            strange = next((k for x in (*given, *wanted) if (k := _strange(x)) is not None), None)
            if strange is not None:
                return Outcome(case.name, op, "unsupported", strange)
            rows = _compared(case, op, given, wanted)
            if isinstance(rows, str):
                return Outcome(case.name, op, "failed", rows)
            if rows:
                return Outcome(case.name, op, "known", ", ".join(rows))
    except (GraphError, Unsupported, Undefined) as error:
        return Outcome(case.name, op, "unsupported", reason(error))
    return Outcome(case.name, op, "passed")


_NAMES = {kind.name for kind in NUMPY.values()}


def _array(x: Any) -> Any:
    """A value as an array, where it is a tensor or a scalar."""
    if isinstance(x, onnx.TensorProto):
        return numpy_helper.to_array(x)
    return np.asarray(x) if np.isscalar(x) else x


def _strange(x: Any) -> str | None:
    """What is not supported of a value that is given or wanted."""
    if not isinstance(x, np.ndarray):
        return "a sequence or optional"
    dtype = cast(Array, x).dtype
    if dtype.name not in _NAMES:
        return f"element type {'string' if dtype.kind in 'OUST' else dtype.name}"
    return None


def reason(error: Exception) -> str:
    """What was missing, without the place."""
    text = error.message if isinstance(error, GraphError) else str(error)
    return f"{type(error).__name__}: {' '.join(text.split())[:120]}"


def imported(model: onnx.ModelProto, given: dict[str, Array]) -> Imported:
    """The graph; where operands decide shapes, inputs that can are made constants, first those that are no floats."""
    try:
        return import_graph(OnnxModel(model))
    except NotStatic:
        few = [name for name, x in given.items() if x.dtype.kind in "iub"]
    try:
        return import_graph(OnnxModel(fixed(model, {name: given[name] for name in few})))
    except NotStatic:
        return import_graph(OnnxModel(fixed(model, given)))


def fixed(model: onnx.ModelProto, given: dict[str, Array]) -> onnx.ModelProto:
    """The model with inputs as constants."""
    out = onnx.ModelProto()
    out.CopyFrom(model)
    kept = [i for i in out.graph.input if i.name not in given]
    del out.graph.input[:]
    out.graph.input.extend(kept)
    out.graph.initializer.extend([numpy_helper.from_array(np.asarray(x), name) for name, x in given.items()])
    return out


def _compared(case: Any, op: str, given: list[Array], wanted: list[Array]) -> list[str] | str:
    """Names of the disagreements that explain what differs; a line if there is no explanation."""
    named = {i.name: x for i, x in zip(case.model.graph.input, given, strict=False)}
    found = imported(case.model, named)
    if any(n.op not in (INPUT, CONST) and not find(n.op).pure for n in found.graph.nodes):
        raise Unsupported("draws have no value to compare")
    arrays = named | {n.names[0]: found.params[n.names[0]].array for n in found.graph.constants}
    values = denote_graph(found.graph, Reading.IEEE)
    out: list[Tensor] = [values[ref] for _, ref in found.graph.outputs]
    symbols = _symbols(found, named)
    read = {name: arrays[name] for n in found.graph.nodes if n.op in (INPUT, CONST) for name in n.names}
    got = [typed(y, t) for y, t in zip(execute_named([t.lam() for t in out], read, symbols), out, strict=True)]
    trial = Trial(op, tuple(given), {"test": case.name})
    exact = judge(trial, got, wanted, [])
    if not exact:
        return []
    mismatches = judge(trial, got, wanted, [scale_of(t, read, symbols) for t in out])
    if not mismatches:
        return []
    return explain(trial, NODE_TESTS, mismatches) or "; ".join(map(str, mismatches))


def _symbols(found: Imported, named: dict[str, Array]) -> dict[str, int]:
    """The values of the symbols in the shapes of the inputs."""
    out: dict[str, int] = {}
    for node in found.graph.inputs:
        for d, n in zip(node.types[0].shape, named[node.names[0]].shape, strict=True):
            if d.op == "var":
                out[d.name] = n
    return out


@dataclass(slots=True)
class Tally:
    """Outcomes of the tests about one operator."""

    passed: int = 0
    known: int = 0
    failed: list[str] = field(default_factory=list[str])
    unsupported: Counter[str] = field(default_factory=Counter[str])


def tally(outcomes: Iterator[Outcome] | list[Outcome]) -> dict[str, Tally]:
    """Outcomes by operator."""
    out: defaultdict[str, Tally] = defaultdict(Tally)
    for o in outcomes:
        here = out[o.op]
        if o.status == "passed":
            here.passed += 1
        elif o.status == "known":
            here.known += 1
        elif o.status == "failed":
            here.failed.append(f"{o.name}: {o.why}")
        else:
            here.unsupported[o.why] += 1
    return dict(sorted(out.items()))

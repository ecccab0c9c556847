"""Small ONNX models for tests, and what their graphs are compared by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from probanda.ir.checks import check
from probanda.ir.dtypes import DType
from probanda.ir.graph import CONST
from probanda.ir.importers.onnx import Imported, OnnxModel, import_graph
from probanda.obligations.artefacts.execute import executor

NEWEST = onnx.defs.onnx_opset_version()
Array = NDArray[Any]
ONNX: Final[Any] = onnx
"""``onnx`` for functions whose annotations are incomplete."""
node: Final[Any] = helper.make_node


def value(name: str, *shape: int | str | None, kind: int = TensorProto.FLOAT) -> onnx.ValueInfoProto:
    """A declared value."""
    return helper.make_tensor_value_info(name, kind, list(shape))


def model(
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[onnx.ValueInfoProto],
    outputs: Sequence[onnx.ValueInfoProto],
    params: Mapping[str, Array] | None = None,
    opset: int = 21,
    **more: Any,
) -> onnx.ModelProto:
    """A model."""
    tensors = [numpy_helper.from_array(a, k) for k, a in (params or {}).items()]
    graph = helper.make_graph(nodes, "g", inputs, outputs, tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10, **more)


def imported(proto: onnx.ModelProto, **sizes: int) -> Imported:
    """The graph of a model, checked."""
    found = import_graph(OnnxModel(proto), sizes=sizes)
    check(found.graph, found.params)
    return found


def canonical(found: Imported) -> list[Any]:
    """The graph without the names of constants and inner values."""
    names: dict[int, Any] = {}
    out: list[Any] = []
    for n in found.graph.nodes:
        if n.op == CONST:
            names[n.id] = found.params[n.names[0]].sha256
            continue
        names[n.id] = len(out)
        parents = [None if p is None else (names[p.node], p.output) for p in n.parents]
        attrs = sorted((k, v.onnx if isinstance(v, DType) else v) for k, v in n.attrs.items() if v is not None)
        out.append((n.op, parents, attrs, n.types))
    return [*out, [(name, names[r.node], r.output) for name, r in found.graph.outputs]]


def run(proto: onnx.ModelProto, inputs: Mapping[str, Array]) -> list[Array]:
    """The outputs that onnxruntime gives."""
    runtime: Any = ort
    options = runtime.SessionOptions()
    options.log_severity_level = 4
    session = runtime.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return [np.asarray(out) for out in session.run(None, dict(inputs))]


def assert_same_as_runtime(proto: onnx.ModelProto, **inputs: Array) -> Imported:
    """Imports a model and runs it beside onnxruntime."""
    found = imported(proto)
    wanted = run(proto, inputs)
    got = executor(found.graph, found.params).run(inputs)
    for info, want in zip(proto.graph.output, wanted, strict=True):
        assert got[info.name].dtype == want.dtype
        np.testing.assert_allclose(got[info.name], want, rtol=1e-5, atol=1e-6)
    return found

"""The smallest sub-model that computes given values: to replay a counterexample with another runtime."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import onnx

from ...errors import GraphError, UnknownName, UnsupportedOperator
from .files import OnnxModel
from .names import text
from .scope import body_of_graph, reads
from .tensors import array_of


def extract(model: OnnxModel, outputs: Sequence[str], inputs: Sequence[str] | None = None) -> onnx.ModelProto:
    """The smallest sub-model that computes ``outputs`` from the inputs of the graph, or from the values ``inputs``.

    It contains its parameters, in no other file.  Raises UnknownName for a value that the graph does not have or that
    ``inputs`` leave undetermined, UnsupportedOperator for one whose type is not to be found out.
    """
    graph = model.proto.graph
    body = body_of_graph(graph)
    cut = set(inputs if inputs is not None else (n for n in body.inputs if n not in body.initializers))
    for name in (*outputs, *cut):
        if name not in body.producer and name not in body.inputs and name not in body.initializers:
            raise UnknownName(f"no value is called {name}", "extract")
    nodes, used = _needed(model, outputs, cut)

    out = onnx.ModelProto()
    out.CopyFrom(_header(model.proto))
    new = out.graph
    new.name = graph.name or "extract"
    new.node.extend(graph.node[k] for k in sorted(nodes))
    for name in used:
        if name in cut:
            continue
        if name in body.initializers:
            new.initializer.append(_whole(model, body.initializers[name]))
        elif name in body.inputs:
            raise UnknownName(f"the outputs depend on the input {name}, which is not among the given ones", "extract")
    wanted = [n for n in (inputs if inputs is not None else body.inputs) if n in cut and n in used]
    infos = _infos(model, [*wanted, *outputs])
    new.input.extend(infos[n] for n in wanted)
    new.output.extend(infos[n] for n in outputs)
    shown = {n for k in nodes for n in body.entries[k].outputs} - set(outputs)
    new.value_info.extend(i for i in graph.value_info if i.name in shown)
    return out


def _needed(model: OnnxModel, outputs: Sequence[str], cut: set[str]) -> tuple[set[int], dict[str, None]]:
    """The nodes between, and the names that are read."""
    body = body_of_graph(model.proto.graph)
    nodes: set[int] = set()
    used = dict.fromkeys(outputs)
    stack = list(outputs)
    while stack:
        name = stack.pop()
        k = body.producer.get(name)
        if name in cut or k is None or k in nodes:
            continue
        nodes.add(k)
        for read in sorted(reads(body.entries[k].proto) - {""}):
            if read not in used:
                used[read] = None
                stack.append(read)
    return nodes, used


def _header(proto: onnx.ModelProto) -> onnx.ModelProto:
    """The model without its graph."""
    out = onnx.ModelProto(ir_version=proto.ir_version, producer_name="probanda")
    out.opset_import.extend(proto.opset_import)
    out.functions.extend(proto.functions)
    return out


def _whole(model: OnnxModel, tensor: onnx.TensorProto) -> onnx.TensorProto:
    """A tensor with its elements inside."""
    if tensor.data_location != tensor.EXTERNAL:
        return tensor
    array = array_of(model, tensor, f"initializer {tensor.name}")
    return onnx.TensorProto(name=tensor.name, dims=tensor.dims, data_type=tensor.data_type, raw_data=array.tobytes())


def _infos(model: OnnxModel, names: Iterable[str]) -> dict[str, onnx.ValueInfoProto]:
    """The types of values: declared ones, else what ONNX infers."""
    graph = model.proto.graph
    wanted = list(names)
    found = {text(i.name, "extract"): i for i in [*graph.value_info, *graph.output, *graph.input] if i.HasField("type")}
    found |= {
        name: onnx.helper.make_tensor_value_info(name, t.data_type, list(t.dims))
        for t in graph.initializer
        if (name := text(t.name, "extract")) in wanted
    }
    if any(n not in found for n in wanted):
        try:
            inferred = onnx.shape_inference.infer_shapes(model.proto).graph
        except (onnx.shape_inference.InferenceError, RuntimeError, ValueError, TypeError) as error:
            raise UnsupportedOperator(f"ONNX infers no types: {error}", "extract") from None
        found = {text(i.name, "extract"): i for i in inferred.value_info} | found
    found |= _own(model, [n for n in wanted if n not in found])
    missing = [n for n in wanted if n not in found]
    if missing:
        raise UnsupportedOperator(f"the type of {missing[0]} is not known", "extract")
    return found


def _own(model: OnnxModel, names: Sequence[str]) -> dict[str, onnx.ValueInfoProto]:
    """The types that the import finds."""
    from ... import dims
    from .translate import import_graph

    if not names:
        return {}
    try:
        graph = import_graph(model).graph
    except GraphError:
        return {}
    out: dict[str, onnx.ValueInfoProto] = {}
    for name in names:
        if name in graph.by_name:
            type_ = graph.type(graph.by_name[name])
            shape = [repr(d) if (k := dims.literal(d)) is None else k for d in type_.shape]
            out[name] = onnx.helper.make_tensor_value_info(name, type_.dtype.onnx, shape)
    return out

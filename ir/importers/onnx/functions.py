"""Calls of functions written out: those of the model, and operators that ONNX defines by others."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import onnx

from ... import dims
from ...errors import BadArity, BadAttribute, Cycle, UnsupportedOperator
from ...types import TensorType
from .files import opsets
from .names import text
from .schemas import References
from .scope import Absent, Body, Entry, Scope, Value, body_of

if TYPE_CHECKING:
    from .translate import Task, Translator


def call(t: Translator, e: Entry, scope: Scope, function: onnx.FunctionProto, key: object) -> Task:
    """The body of a function of the model in place of a call; Cycle if the function calls itself."""
    if key in scope.calls:
        raise Cycle(f"the function {e.op} calls itself")
    if key not in t.bodies:
        t.bodies[key] = _body(function, e.op)
    names = [text(a, e.where) for a in function.attribute]
    defaults = {text(a.name, e.where): a for a in function.attribute_proto}
    for name in e.attrs:
        if name not in names and name not in defaults:
            raise BadAttribute(f"the function {e.op} has no attribute {name}")
    versions = opsets(function.opset_import, e.op) or dict(scope.opsets)
    return _expand(t, e, scope, t.bodies[key], {**defaults, **e.attrs}, versions, key)


def standard(t: Translator, e: Entry, scope: Scope, schema: Any, version: int) -> Task:
    """The body that ONNX gives an operator without a denotation here; UnsupportedOperator if it gives none."""
    function = _standard_function(t, e, scope, schema, version)
    if function is None:
        raise UnsupportedOperator(f"operator {e.op} of opset {version} has no denotation here")
    for name in e.attrs:
        if name not in schema.attributes:
            raise BadAttribute(f"{e.op} has no attribute {name}")
    defaults = {k: a.default_value for k, a in schema.attributes.items() if a.default_value.type}
    versions = opsets(function.opset_import, e.op) or dict(scope.opsets)
    t.note(f"{e.where} is written out as ONNX defines it")
    return _expand(t, e, scope, _body(function, e.op), {**defaults, **e.attrs}, versions, (e.op, version))


def _body(function: onnx.FunctionProto, op: str) -> Body:
    inputs = [text(n, op) for n in function.input]
    outputs = [text(n, op) for n in function.output]
    return body_of(function.node, inputs, outputs, (), f"{op}: ")


def _standard_function(t: Translator, e: Entry, scope: Scope, schema: Any, version: int) -> onnx.FunctionProto | None:
    plain = [v for v in schema.function_opset_versions if v <= version]
    if plain:
        return onnx.FunctionProto.FromString(schema.get_function_with_opset_version(max(plain)))
    dependent = [v for v in schema.context_dependent_function_opset_versions if v <= version]
    if not dependent:
        return None
    node = onnx.NodeProto()
    node.CopyFrom(e.proto)
    del node.attribute[:]
    node.attribute.extend(e.attrs.values())
    types = [_type(None if v is None else t.builder.type(t.tensor(v))) for v in t.operands(e, scope)]
    try:
        data = schema.get_context_dependent_function_with_opset_version(max(dependent), node.SerializeToString(), types)
    except (RuntimeError, ValueError, TypeError) as error:
        raise UnsupportedOperator(f"{e.op}: ONNX gives no body for this form: {error}") from None
    return onnx.FunctionProto.FromString(data) if data else None


def _type(type_: TensorType | None) -> bytes:
    proto = onnx.TypeProto()
    if type_ is not None:
        proto.tensor_type.elem_type = type_.dtype.onnx
        proto.tensor_type.shape.SetInParent()
        for d in type_.shape:
            size = dims.literal(d)
            added = proto.tensor_type.shape.dim.add()
            if size is None:
                added.dim_param = repr(d)
            else:
                added.dim_value = size
    return proto.SerializeToString()


def _expand(
    t: Translator, e: Entry, scope: Scope, body: Body, references: References, versions: dict[str, int], key: object
) -> Task:
    from .translate import Task

    operands = t.operands(e, scope)
    if len(operands) > len(body.inputs):
        raise BadArity(f"the function {e.op} takes {len(body.inputs)} operands, not {len(operands)}")
    if len(e.outputs) > len(body.outputs):
        raise BadArity(f"the function {e.op} has {len(body.outputs)} values, not {len(e.outputs)}")
    prefix = t.local(f"{next((n for n in e.outputs if n), e.op)}/{e.op}", scope)
    inner = Scope(body, None, versions, references, prefix, calls=(*scope.calls, key), depth=scope.depth + 1)
    for k, name in enumerate(body.inputs):
        value = operands[k] if k < len(operands) else None
        inner.values[name] = Absent() if value is None else value

    def steps() -> Generator[Task, None, None]:
        yield Task(e.where, t.steps(inner))
        values: list[Value] = []
        for name, wanted in zip(body.outputs, e.outputs, strict=False):
            values.append(t.read(name, inner, e.where) if wanted else Absent())
        t.bind(e, scope, values)

    return Task(e.where, steps())

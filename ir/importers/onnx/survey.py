"""Which operators a model uses, and which of them have no denotation here; nothing is imported for that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import onnx

from ...errors import GraphError
from . import nodes, schemas
from .adapters import adapters
from .files import OnnxModel, domain_of, opsets
from .names import text


def used(model: OnnxModel) -> Counter[str]:
    """How often each operator occurs, in bodies of nodes and functions too; those of other domains as ``domain.Operator``."""
    return Counter(_label(n) for n in _nodes(model.proto))


def unsupported(model: OnnxModel) -> tuple[str, ...]:
    """The operators that are sure to be refused, in order of appearance.

    Of an operator that is not among them some form may be refused all the same, for an attribute or an element type.
    """
    versions = opsets(model.proto.opset_import, "model")
    functions = {(domain_of(text(f.domain, "function")), text(f.name, "function")) for f in model.proto.functions}
    out: dict[str, None] = {}
    for node in _nodes(model.proto):
        domain, op = domain_of(text(node.domain, "node")), text(node.op_type, "node")
        if (domain, op) not in functions and not _supported(domain, op, versions.get(domain, 0)):
            out[_label(node)] = None
    return tuple(out)


def _supported(domain: str, op: str, version: int) -> bool:
    if domain:
        return bool(adapters(domain, op, version))
    if op in nodes._SPECIAL or nodes.known(op):
        return True
    try:
        schema = schemas.schema_of(op, version)
    except GraphError:
        return False
    return schema is not None and bool(schema.has_function or schema.has_context_dependent_function)


def _label(node: onnx.NodeProto) -> str:
    domain = domain_of(text(node.domain, "node"))
    op = text(node.op_type, "node")
    return f"{domain}.{op}" if domain else op


def _nodes(proto: onnx.ModelProto) -> Iterator[onnx.NodeProto]:
    """Every node, those in sub-graphs and functions among them."""
    stack: list[Iterable[onnx.NodeProto]] = [*(f.node for f in reversed(proto.functions)), proto.graph.node]
    while stack:
        for node in stack.pop():
            yield node
            for a in node.attribute:
                stack += [g.node for g in [*([a.g] if a.HasField("g") else []), *a.graphs]]

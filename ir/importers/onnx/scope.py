"""Bodies of graphs and functions as lists of nodes, and the values that names have inside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import onnx

from ...errors import Cycle, DuplicateName, ForwardParent, GraphError, MalformedModel, UnknownName
from ...graph import Ref
from .files import domain_of
from .names import text
from .schemas import References


@dataclass(frozen=True, slots=True)
class Items:
    """A sequence of tensors."""

    refs: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class Absent:
    """An optional input of a function that was left out."""


Value = Ref | Items | Absent


@dataclass(frozen=True, slots=True)
class Entry:
    """A node of a model.  ``where`` is its operator and its name, or that of its first value."""

    op: str
    domain: str
    overload: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attrs: Mapping[str, onnx.AttributeProto]
    where: str
    proto: onnx.NodeProto


def entry(node: onnx.NodeProto, inside: str) -> Entry:
    """A node with its texts checked; MalformedModel."""
    first = next((n for n in node.output if n), "")
    op = text(node.op_type, inside)
    where = f"{inside}{op} {text(node.name or first, inside)}".strip()
    if not op:
        raise MalformedModel("a node without an operator (op_type)", where or "node")
    attrs: dict[str, onnx.AttributeProto] = {}
    for a in node.attribute:
        name = text(a.name, where)
        if name in attrs:
            raise MalformedModel(f"attribute {name} is given twice", where)
        attrs[name] = a
    inputs = tuple(text(n, where) for n in node.input)
    outputs = tuple(text(n, where) for n in node.output)
    return Entry(
        op, domain_of(text(node.domain, where)), text(node.overload, where), inputs, outputs, attrs, where, node
    )


@dataclass
class Body:
    """The nodes of a graph or function.  ``cache`` keeps constants that every run of the body shares."""

    entries: tuple[Entry, ...]
    initializers: Mapping[str, onnx.TensorProto]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    producer: Mapping[str, int]
    cache: dict[str, Ref] = field(default_factory=dict[str, Ref])


def body_of(
    nodes: Iterable[onnx.NodeProto],
    inputs: Sequence[str],
    outputs: Sequence[str],
    tensors: Iterable[onnx.TensorProto] = (),
    inside: str = "",
) -> Body:
    """A body with its names checked: DuplicateName, MalformedModel."""
    where = inside.strip(": ") or "graph"
    initializers: dict[str, onnx.TensorProto] = {}
    for t in tensors:
        name = text(t.name, where)
        if not name:
            raise MalformedModel("an initializer without a name", where)
        if name in initializers:
            raise DuplicateName(f"two initializers are called {name}", where)
        initializers[name] = t
    if len(set(inputs)) != len(inputs):
        twice = next(n for n in inputs if inputs.count(n) > 1)
        raise DuplicateName(f"two inputs are called {twice}", where)
    entries = tuple(entry(n, inside) for n in nodes)
    producer: dict[str, int] = {}
    for k, e in enumerate(entries):
        for name in e.outputs:
            if name and (name in producer or name in initializers or name in inputs):
                raise DuplicateName(f"two values are called {name}", e.where)
            producer[name] = k
    producer.pop("", None)
    return Body(entries, initializers, tuple(inputs), tuple(outputs), producer)


def body_of_graph(graph: onnx.GraphProto, inside: str = "") -> Body:
    """The body of a graph."""
    where = inside.strip(": ") or "graph"
    inputs = [text(i.name, where) for i in graph.input]
    outputs = [text(o.name, where) for o in graph.output]
    return body_of(graph.node, inputs, outputs, graph.initializer, inside)


@dataclass
class Scope:
    """Names in sight at a run of a body, and what holds there: versions of operator sets, attributes of the function."""

    body: Body
    parent: Scope | None
    opsets: Mapping[str, int]
    references: References
    prefix: str
    values: dict[str, Value] = field(default_factory=dict[str, Value])
    calls: tuple[object, ...] = ()
    """The functions whose bodies this is inside."""
    depth: int = 0
    at: int = 0
    """The position of the node that is translated."""

    def find(self, name: str) -> Value | tuple[Scope, onnx.TensorProto] | None:
        """The value of a name, or the initializer that it has and the scope that it belongs to."""
        scope: Scope | None = self
        while scope is not None:
            value = scope.values.get(name)
            if value is not None:
                return value
            tensor = scope.body.initializers.get(name)
            if tensor is not None:
                return scope, tensor
            scope = scope.parent
        return None


def missing(scope: Scope, name: str, where: str) -> GraphError:
    """Why a name has no value: its node comes later, on a circle or not, or there is none."""
    here = scope
    while name not in here.body.producer:
        if here.parent is None:
            return UnknownName(f"no value is called {name}", where)
        here = here.parent
    if _depends(here.body, here.body.producer[name], here.at):
        return Cycle(f"{name} depends on its own reader", where)
    return ForwardParent(f"{name} is computed by a node that comes later", where)


def reads(node: onnx.NodeProto) -> set[str]:
    """The names that a node reads, those that its sub-graphs read from outside among them."""
    out: set[str] = set()
    stack = [node]
    while stack:
        n = stack.pop()
        out.update(text(i, "") for i in n.input)
        for a in n.attribute:
            for g in [*([a.g] if a.HasField("g") else []), *a.graphs]:
                stack += g.node
                out.update(text(o.name, "") for o in g.output)
    return out


def _depends(body: Body, start: int, on: int) -> bool:
    stack, seen = [start], {start}
    while stack:
        k = stack.pop()
        if k == on:
            return True
        for name in reads(body.entries[k].proto):
            j = body.producer.get(name)
            if j is not None and j not in seen:
                seen.add(j)
                stack.append(j)
    return False

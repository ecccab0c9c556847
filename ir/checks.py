"""Whether a graph is well formed and well shaped: an error of its own for each thing that can be wrong."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from .errors import (
    BadArity,
    BadAttribute,
    BadNodeId,
    Cycle,
    DoublePayload,
    DuplicateName,
    ForwardParent,
    GraphError,
    MissingKey,
    UnknownName,
    WrongDType,
    WrongShape,
)
from .graph import CONST, INPUT, Graph, Node, Ref
from .operators import call, find, infer
from .params import ParamStore
from .types import TensorType


def check(graph: Graph, params: ParamStore | None = None) -> None:
    """Raises the first of :func:`problems`."""
    for problem in problems(graph, params):
        raise problem


def problems(graph: Graph, params: ParamStore | None = None) -> Iterator[GraphError]:
    """What is wrong with a graph, and with its parameters if they are given."""
    structure = list(chain(_ids(graph), _names(graph), _order(graph), _outputs(graph)))
    yield from structure
    if structure:
        return  # what follows relies on parents that exist and come first
    keys: dict[str, Node] = {}
    for node in graph.nodes:
        try:
            _node(graph, node, keys)
        except GraphError as error:
            yield error.at(f"{node.op} {node.name}")
    if params is not None:
        yield from _payloads(graph, params)


def _ids(graph: Graph) -> Iterator[GraphError]:
    for position, node in enumerate(graph.nodes):
        if node.id != position:
            yield BadNodeId(f"node {position} has id {node.id}", node.name)
        for p in node.parents:
            yield from _reference(graph, p, node.name)


def _reference(graph: Graph, ref: Ref | None, where: str) -> Iterator[GraphError]:
    if ref is None:
        return
    if not 0 <= ref.node < len(graph.nodes):
        yield BadNodeId(f"there is no node {ref.node}", where)
    elif not 0 <= ref.output < len(graph.nodes[ref.node].types):
        yield BadArity(f"node {ref.node} has no value {ref.output}", where)


def _names(graph: Graph) -> Iterator[GraphError]:
    seen: set[str] = set()
    for node in graph.nodes:
        if len(node.names) != len(node.types):
            yield BadArity(f"{len(node.names)} names for {len(node.types)} values", node.name)
        for name in node.names:
            if name and name in seen:
                yield DuplicateName(f"two values are called {name}", node.name)
            seen.add(name)


def _order(graph: Graph) -> Iterator[GraphError]:
    """Forward references, those on a cycle told from the others; nodes count by their position."""
    nodes = list(enumerate(graph.nodes))
    edges = [(p.node, k) for k, n in nodes for p in n.parents if p is not None and 0 <= p.node < len(nodes)]
    if all(p < k for p, k in edges):
        return
    import networkx as nx

    digraph: nx.DiGraph[int] = nx.DiGraph(edges)
    part_of = {v: k for k, part in enumerate(nx.strongly_connected_components(digraph)) for v in part}
    for p, k in dict.fromkeys(edges):
        if p < k:
            continue
        name = graph.nodes[k].name
        if part_of[p] == part_of[k]:
            yield Cycle(f"node {k} depends on its own value through node {p}", name)
        else:
            yield ForwardParent(f"node {k} reads node {p}, which comes later", name)


def _outputs(graph: Graph) -> Iterator[GraphError]:
    seen: set[str] = set()
    for name, ref in graph.outputs:
        yield from _reference(graph, ref, f"output {name}")
        if name in seen:
            yield DuplicateName(f"two outputs are called {name}", graph.name)
        seen.add(name)


def _node(graph: Graph, node: Node, keys: dict[str, Node]) -> None:
    if node.op in (INPUT, CONST):
        if node.parents or len(node.types) != 1:
            raise BadArity(f"{node.op} has no operands and one value")
        if node.attrs:
            raise BadAttribute(f"{node.op} has no attribute {next(iter(node.attrs))}")
        if not node.names[0]:
            raise UnknownName(f"{node.op} has no name, by which its value is given")
        return
    op = find(node.op)
    types = tuple(None if p is None else graph.type(p) for p in node.parents)
    use = call(op, types, node.attrs, n_outputs=len(node.types))
    inferred = infer(op, use)
    if len(inferred) < len(node.types):
        raise BadArity(f"{node.op} has {len(inferred)} values, not {len(node.types)}")
    for name, declared, found in zip(node.names, node.types, inferred, strict=False):
        _same(name or node.name, declared, found)
    if not op.pure:
        key = node.attrs.get("key")
        if not isinstance(key, str) or not key:
            raise MissingKey(f"{node.op} has no key")
        if key in keys:
            raise MissingKey(f"{node.op} has the key of {keys[key].name}")
        keys[key] = node


def _same(name: str, declared: TensorType, found: TensorType) -> None:
    if declared.dtype is not found.dtype:
        raise WrongDType(f"{name} is declared {declared.dtype.name}, but is {found.dtype.name}")
    if not declared.agrees(found):
        raise WrongShape(f"{name} is declared {declared!r}, but is {found!r}")


def _payloads(graph: Graph, params: ParamStore) -> Iterator[GraphError]:
    wanted: set[str] = set()
    for node in graph.constants:
        wanted.add(node.names[0])
        try:
            params.of_type(node.names[0], node.types[0])
        except GraphError as error:
            yield error.at(f"Const {node.name}")
    for name in params:
        if name not in wanted:
            yield DoublePayload(f"no constant is called {name}, but there is a payload for it", graph.name)

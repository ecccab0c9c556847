"""What a graph means: a tensor for each of its values.

Inputs and constants are free variables named after their values.  A node reads its parents' values as comprehensions, so
the meaning of a graph is as large as the graph, whatever it would be when written out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .dtypes import Reading
from .graph import CONST, INPUT, Graph, Node, Ref
from .operators import call, denote, find
from .tensors import Tensor, of_term, variable
from .types import TensorType

Leaf = Callable[[Node], Tensor]


def denote_node(graph: Graph, node: Node, operands: tuple[Tensor | None, ...], reading: Reading) -> tuple[Tensor, ...]:
    """The values of an operator node for given operands."""
    op = find(node.op)
    types: tuple[TensorType | None, ...] = tuple(None if p is None else graph.type(p) for p in node.parents)
    use = call(op, types, node.attrs, reading, len(node.types))
    return denote(op, use, operands)[: len(node.types)]


def denote_graph(graph: Graph, reading: Reading, given: Mapping[Ref, Tensor] | None = None) -> dict[Ref, Tensor]:
    """The tensor of every value.  ``given`` replaces values: a cut point, or the literal of a constant."""
    values: dict[Ref, Tensor] = dict(given or {})
    for node in graph.nodes:
        if node.op in (INPUT, CONST):
            ref = Ref(node.id)
            if ref not in values:
                values[ref] = variable(node.names[0], node.types[0], reading)
            continue
        if all(Ref(node.id, k) in values for k in range(len(node.types))):
            continue
        operands = tuple(None if p is None else values[p] for p in node.parents)
        for k, tensor in enumerate(denote_node(graph, node, operands, reading)):
            values.setdefault(Ref(node.id, k), of_term(tensor.lam(), tensor.type, reading))
    return values

"""Nodes that copy an operand: ``Identity``, a ``Dropout`` at inference, a ``Transpose`` that moves nothing."""

from __future__ import annotations

from collections.abc import Hashable

from ...theories.terms.term import Term
from ..denote import denote_node
from ..dtypes import Reading
from ..graph import CONST, INPUT, Graph, Node, Ref
from ..tensors import variable
from .guards import simplify
from .hashing import hashable


class Copies:
    """Finds nodes whose denotation is that of an operand, element by element."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._known: dict[Hashable, int | None] = {}

    def source(self, node: Node) -> Ref | None:
        """The value that the first value of ``node`` is a copy of, if it is one of its operands."""
        if node.op in (INPUT, CONST) or "key" in node.attrs:
            return None
        types = tuple(None if p is None else self.graph.type(p) for p in node.parents)
        if not any(t is not None and t.agrees(node.types[0]) for t in types):
            return None
        key = (node.op, types, hashable(dict(node.attrs)), len(node.types))
        if key not in self._known:
            self._known[key] = self._operand(node)
        position = self._known[key]
        return None if position is None else node.parents[position]

    def _operand(self, node: Node) -> int | None:
        operands = tuple(
            None if p is None else variable(f"%{k}", self.graph.type(p), Reading.IEEE)
            for k, p in enumerate(node.parents)
        )
        term = simplify(denote_node(self.graph, node, operands, Reading.IEEE)[0].lam(), self.graph.symbols)
        copied = copied_variable(term)
        name = None if copied is None else copied.name
        position = next((k for k in range(len(operands)) if name == f"%{k}"), None)
        if position is None:
            return None
        parent = node.parents[position]
        return position if parent is not None and self.graph.type(parent).agrees(node.types[0]) else None


def copied_variable(term: Term) -> Term | None:
    """The variable that a comprehension copies element by element, if it is that."""
    depth = 0
    while term.op == "lam":
        term, depth = term.body, depth + 1
    for k in range(depth):
        if term.op != "at" or term.args[1].op != "bound" or term.args[1].data != k:
            return None
        term = term.args[0]
    return term if term.op == "var" else None

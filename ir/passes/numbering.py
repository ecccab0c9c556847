"""Value numbering: the same operator with the same attributes on the same operands gives the same value, and so does a copy.

Numbers may be shared between graphs, so that whatever two graphs have in common is found in one walk over each.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from ..graph import CONST, INPUT, Graph, Node, Ref
from ..operators import find
from ..params import ParamStore
from .copies import Copies
from .hashing import hashable


class Numbering:
    """Numbers of values by what they are made of.  ``numbers[key]`` is dense, in order of first appearance."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, key: Hashable) -> int:
        """The number of a key."""
        return self._numbers.setdefault(key, len(self._numbers))

    def graph(self, graph: Graph, params: ParamStore, given: Mapping[Ref, int] | None = None) -> dict[Ref, int]:
        """The number of every value of ``graph``; ``given`` fixes some."""
        out: dict[Ref, int] = {}
        copies = Copies(graph)
        for node in graph.nodes:
            source = copies.source(node)
            for k in range(len(node.types)):
                ref = Ref(node.id, k)
                if given is not None and ref in given:
                    out[ref] = given[ref]
                elif source is not None and k == 0:
                    out[ref] = out[source]
                else:
                    out[ref] = self.number((*self.key(node, params, out), k))
        return out

    def key(self, node: Node, params: ParamStore, known: Mapping[Ref, int]) -> tuple[Hashable, ...]:
        """What a node is made of; a node that draws or acts is itself only, by the names of its values."""
        if node.op == INPUT:
            return (INPUT, node.names[0])
        if node.op == CONST:
            return (CONST, params[node.names[0]].sha256)
        parents = tuple(-1 if p is None else known[p] for p in node.parents)
        identity = () if find(node.op).pure else node.names
        return (node.op, parents, hashable(dict(node.attrs)), len(node.types), identity)

"""Graphs: nodes in an order in which parents come first, and which of their values are outputs.

A node has an operator, parents, attributes and the declared types of its values.  Two tags are no operators: ``Input``,
a value that the caller gives, and ``Const``, one whose payload lies in the parameter store under the value's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from . import dims
from .errors import BadArity, BadNodeId, UnknownName
from .operators import Attrs
from .types import TensorType

INPUT: Final = "Input"
CONST: Final = "Const"


class Ref(NamedTuple):
    """Value ``output`` of node ``node``."""

    node: int
    output: int = 0

    def __repr__(self) -> str:
        return f"%{self.node}" if not self.output else f"%{self.node}.{self.output}"


@dataclass(frozen=True, slots=True)
class Node:
    """A node.  ``id`` is its position in the graph; ``names`` has a name for each value, "" for one without."""

    id: int
    op: str
    parents: tuple[Ref | None, ...]
    attrs: Attrs
    types: tuple[TensorType, ...]
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name of its first named value."""
        return next((n for n in self.names if n), f"%{self.id}")


@dataclass(frozen=True)
class Graph:
    """A graph.  Nothing is checked here: see :mod:`probanda.ir.checks`."""

    name: str
    nodes: tuple[Node, ...]
    outputs: tuple[tuple[str, Ref], ...]

    def node(self, ref: Ref) -> Node:
        """The node of a value; BadNodeId if there is none."""
        if not 0 <= ref.node < len(self.nodes):
            raise BadNodeId(f"there is no node {ref.node}")
        return self.nodes[ref.node]

    def type(self, ref: Ref) -> TensorType:
        """The declared type of a value; BadNodeId, BadArity."""
        node = self.node(ref)
        if not 0 <= ref.output < len(node.types):
            raise BadArity(f"node {ref.node} has no value {ref.output}", node.name)
        return node.types[ref.output]

    def name_of(self, ref: Ref) -> str:
        """The name of a value, or its number."""
        names = self.node(ref).names
        return (names[ref.output] if ref.output < len(names) else "") or repr(ref)

    @cached_property
    def by_name(self) -> dict[str, Ref]:
        """Every named value."""
        return {name: Ref(n.id, k) for n in self.nodes for k, name in enumerate(n.names) if name}

    def find(self, name: str) -> Ref:
        """The value of that name, or of that number (``%3``); UnknownName."""
        found = self.by_name.get(name) or next((ref for ref in self.values() if repr(ref) == name), None)
        if found is None:
            raise UnknownName(f"no value is called {name}")
        return found

    @cached_property
    def inputs(self) -> tuple[Node, ...]:
        """The nodes whose values the caller gives."""
        return tuple(n for n in self.nodes if n.op == INPUT)

    @cached_property
    def constants(self) -> tuple[Node, ...]:
        """The nodes whose values lie in the parameter store."""
        return tuple(n for n in self.nodes if n.op == CONST)

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """The symbols in the shapes of the inputs, in order of appearance; each is at least 1."""
        return tuple(dims.symbols(d for n in self.inputs for d in n.types[0].shape))

    def values(self) -> Iterator[Ref]:
        """Every value, in order."""
        for n in self.nodes:
            for k in range(len(n.types)):
                yield Ref(n.id, k)

    def needed(self, refs: Iterable[Ref]) -> set[Ref]:
        """The values that ``refs`` are computed from, themselves included."""
        out: set[Ref] = set()
        stack = list(refs)
        while stack:
            ref = stack.pop()
            if ref not in out:
                out.add(ref)
                stack += [p for p in self.nodes[ref.node].parents if p is not None]
        return out

    def users(self) -> dict[Ref, list[int]]:
        """For every value the nodes that read it, in order."""
        out: dict[Ref, list[int]] = {ref: [] for ref in self.values()}
        for n in self.nodes:
            for p in dict.fromkeys(n.parents):
                if p is not None:
                    out[p].append(n.id)
        return out

"""Building graphs in Python; types are inferred, shapes that operands decide are resolved.

>>> import numpy as np
>>> from probanda.ir.builder import Builder
>>> from probanda.ir.types import tensor_type
>>> from probanda.ir.dtypes import FLOAT
>>> g = Builder("layer")
>>> x = g.input("x", tensor_type(FLOAT, "batch", 3))
>>> w = g.const("w", np.ones((3, 2), np.float32))
>>> y = g.add("MatMul", x, w, name="y")
>>> g.graph(y).type(y)
float32[batch, 2]
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ..theories.terms.term import Term
from . import known
from .errors import DuplicateName, GraphError, NotStatic
from .graph import CONST, INPUT, Graph, Node, Ref
from .known import Known
from .operators import Attr, Call, Op, call, find, infer
from .params import Array, ParamStore
from .types import TensorType


class Builder:
    """A graph in the making, with its parameter store."""

    def __init__(self, name: str = "graph", params: ParamStore | None = None) -> None:
        self.name = name
        self.params = ParamStore() if params is None else params
        self.nodes: list[Node] = []
        self.known: dict[Ref, Known] = {}
        self._names: set[str] = set()

    def type(self, ref: Ref) -> TensorType:
        """The type of a value."""
        return self.nodes[ref.node].types[ref.output]

    def fresh(self, hint: str) -> str:
        """A name that no value has: ``hint`` or ``hint_2`` …"""
        name, k = hint, 2
        while name in self._names:
            name, k = f"{hint}_{k}", k + 1
        return name

    def input(self, name: str, type_: TensorType) -> Ref:
        """A value that the caller gives."""
        return self._append(INPUT, (), {}, (type_,), (name,))[0]

    def const(self, name: str, array: Array) -> Ref:
        """A constant with its payload; DuplicateName or DoublePayload if the name is taken."""
        self._check_names((name,))
        payload = self.params.add(name, array)
        (ref,) = self._append(CONST, (), {}, (payload.type,), (name,))
        value = known.of_payload(payload)
        if value is not None:
            self.known[ref] = value
        return ref

    def add(self, op: str, *parents: Ref | None, name: str = "", **attrs: Attr) -> Ref:
        """A node with one value."""
        return self.node(op, parents, (name or self.fresh(op.lower()),), attrs)[0]

    def node(
        self, op: str, parents: Sequence[Ref | None], names: Sequence[str], attrs: dict[str, Attr]
    ) -> tuple[Ref, ...]:
        """A node with a value for each of ``names``.

        Raises the errors of the operator's shape rule, located at the node; NotStatic where an operand that decides
        shapes is not known.
        """
        where = next((n for n in names if n), op)
        try:
            operator = find(op)
            kept, full = self._statics(operator, parents, attrs)
            types = tuple(None if p is None else self.type(p) for p in kept)
            use = call(operator, types, full, n_outputs=len(names))
            result = infer(operator, use)[: len(names)]
            while kept and kept[-1] is None:
                kept = kept[:-1]
            refs = self._append(op, kept, use.attrs, result, tuple(names))
        except GraphError as error:
            raise error.at(f"{op} {where}") from None
        self._propagate(operator, use, kept, result, refs)
        return refs

    def graph(self, *outputs: Ref, **named: Ref) -> Graph:
        """The graph with those outputs, called as their values are or as the keyword says."""
        listed = [(self.nodes[r.node].names[r.output] or repr(r), r) for r in outputs] + list(named.items())
        return Graph(self.name, tuple(self.nodes), tuple(listed))

    # -- inside --

    def _append(
        self,
        op: str,
        parents: tuple[Ref | None, ...],
        attrs: Any,
        types: tuple[TensorType, ...],
        names: tuple[str, ...],
    ) -> tuple[Ref, ...]:
        self._check_names(names)
        self._names.update(names)
        node = Node(len(self.nodes), op, parents, attrs, types, names)
        self.nodes.append(node)
        return tuple(Ref(node.id, k) for k in range(len(types)))

    def _check_names(self, names: tuple[str, ...]) -> None:
        given = [n for n in names if n]
        for k, name in enumerate(given):
            if name in self._names or name in given[:k]:
                raise DuplicateName(f"two values are called {name}")

    def _statics(
        self, op: Op, parents: Sequence[Ref | None], attrs: dict[str, Attr]
    ) -> tuple[tuple[Ref | None, ...], dict[str, Attr]]:
        """The operands that stay, and the attributes with those that decide shapes."""
        if not op.static:
            return tuple(parents), attrs
        full = dict(attrs)
        kept: list[Ref | None] = []
        for k, p in enumerate(parents):
            name = op.static.get(k)
            if name is None or p is None:
                kept.append(p)
                continue
            value = self.known.get(p)
            if value is None:
                raise NotStatic(f"operand {k} ({name}) depends on data")
            full[name] = _attribute(value)
            kept.append(None)
        return tuple(kept), full

    def _propagate(
        self, op: Op, use: Call, kept: Sequence[Ref | None], result: Sequence[TensorType], refs: Sequence[Ref]
    ) -> None:
        operands = [None if p is None else self.known.get(p) for p in kept]
        found = known.propagate(op, use, operands, result)
        if found is not None:
            self.known.update(zip(refs, found, strict=False))


def _attribute(value: Known) -> Attr:
    """A known tensor as an attribute: a number or size, or a (nested) tuple of them."""
    if value.ndim == 0:
        term: Term = value.item()
        number = term.data if term.op == "lit" else None
        return term if number is None else float(number) if isinstance(number, Fraction) else number
    return tuple(_attribute(_row(value, k)) for k in range(value.shape[0]))


def _row(value: Known, k: int) -> Known:
    row = np.empty(value.shape[1:], object)
    row[...] = value[k]
    return row

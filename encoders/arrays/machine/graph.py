"""The nodes of a plan: arrays with positional dimensions, hash-consed.

A :class:`Node` is an array to be computed; its dimensions have no names.  A :class:`Ref` says which axis (a number, one
for each open binder) each dimension of a node runs over; the axes of a ref are in ascending order.  So the same
computation under two names of its axes is one node, computed once.  Every axis has length 2 or more: a binder with one
value is that value, and a binder without values has no body.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, Final, NamedTuple

from ....theories.terms.sorts import BOOL, INT, BitsSort, Sort

HUGE: Final = 1 << 62
"""Bounds of an integer of which nothing is known."""
WIDE: Final = 32
"""Parts of the widest conjunction, disjunction or linear form that is opened to be extended."""


class Node:
    """One array: an operation with its payload, and arguments with the positions of their dimensions in this node's."""

    __slots__ = ("args", "constant", "data", "hi", "lo", "number", "op", "shape", "size", "sort")

    op: str
    data: Any
    args: tuple[tuple[Node, tuple[int, ...]], ...]
    shape: tuple[int, ...]
    size: int
    sort: Sort
    constant: bool  # whether no input array is read
    lo: int  # bounds of the elements, of int and bits
    hi: int
    number: int  # in order of creation


class Ref(NamedTuple):
    """A node with the names of its axes, ascending."""

    node: Node
    axes: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of elements."""
        return self.node.size

    @property
    def lengths(self) -> dict[int, int]:
        """The length of each axis."""
        return dict(zip(self.axes, self.node.shape, strict=True))

    def argument(self, k: int) -> Ref:
        """Argument ``k`` of the node, with its axes."""
        child, positions = self.node.args[k]
        return Ref(child, tuple([self.axes[p] for p in positions]))

    def arguments(self) -> list[Ref]:
        """All arguments, with their axes."""
        return [self.argument(k) for k in range(len(self.node.args))]

    @property
    def literal(self) -> Any:
        """The value of a literal, else None."""
        return self.node.data if self.node.op == "lit" else None


def bounds_of(sort: Sort) -> tuple[int, int]:
    """Bounds of all values of a sort."""
    if isinstance(sort, BitsSort):
        return -(1 << (sort.width - 1)), (1 << (sort.width - 1)) - 1
    return -HUGE, HUGE


class Graph:
    """The nodes of one plan."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[Hashable, ...], Node] = {}

    def node(
        self,
        op: str,
        data: Hashable,
        args: Sequence[tuple[Node, tuple[int, ...]]],
        shape: Sequence[int],
        sort: Sort,
        bounds: tuple[int, int] | None = None,
        source: bool = False,
    ) -> Node:
        """The node of that content; ``source`` nodes are inputs."""
        key = (op, data, tuple(args), tuple(shape), sort)
        found = self._nodes.get(key)
        if found is not None:
            return found
        new = Node.__new__(Node)
        new.op, new.data, new.args, new.shape, new.sort = op, data, key[2], key[3], sort
        new.size = math.prod(new.shape)
        new.constant = not source and all(a.constant for a, _ in new.args)
        new.lo, new.hi = bounds_of(sort) if bounds is None else bounds
        new.number = len(self._nodes)
        self._nodes[key] = new
        return new

    def literal(self, value: Hashable, sort: Sort) -> Ref:
        """A scalar literal: a Python bool, int (signed, on bits) or float, or the pattern of a float format."""
        bounds = (value, value) if isinstance(value, int) and (sort is INT or isinstance(sort, BitsSort)) else None
        return Ref(self.node("lit", value, (), (), sort, bounds), ())

    def truth(self, value: bool) -> Ref:
        """``true`` or ``false``."""
        return self.literal(value, BOOL)

    def apply(
        self, op: str, data: Hashable, refs: Sequence[Ref], sort: Sort, bounds: tuple[int, int] | None = None
    ) -> Ref:
        """An element by element operation."""
        axes = union(refs)
        lengths: dict[int, int] = {}
        for r in refs:
            lengths.update(zip(r.axes, r.node.shape, strict=True))
        args = [(r.node, positions(r.axes, axes)) for r in refs]
        return Ref(self.node(op, data, args, [lengths[a] for a in axes], sort, bounds), axes)

    # -- Booleans ----------------------------------------------------------------------------------------------------

    def all(self, refs: Iterable[Ref]) -> Ref:
        """Conjunction, flat, without duplicates and literals."""
        parts: dict[Ref, None] = {}
        for r in refs:
            if r.node.op == "and" and len(r.node.args) <= WIDE:
                parts.update(dict.fromkeys(r.arguments()))
            elif r.literal is False:
                return r
            elif r.literal is not True:
                parts[r] = None
        if len(parts) <= 1:
            return next(iter(parts), self.truth(True))
        return self.apply("and", None, tuple(parts), BOOL)

    def any(self, refs: Iterable[Ref]) -> Ref:
        """Disjunction, flat, without duplicates and literals."""
        parts: dict[Ref, None] = {}
        for r in refs:
            if r.node.op == "or" and len(r.node.args) <= WIDE:
                parts.update(dict.fromkeys(r.arguments()))
            elif r.literal is True:
                return r
            elif r.literal is not False:
                parts[r] = None
        if len(parts) <= 1:
            return next(iter(parts), self.truth(False))
        return self.apply("or", None, tuple(parts), BOOL)

    def negation(self, a: Ref) -> Ref:
        """``not``."""
        if a.literal is not None:
            return self.truth(not a.literal)
        if a.node.op == "not":
            return a.argument(0)
        return self.apply("not", None, (a,), BOOL)

    def select(self, c: Ref, a: Ref, b: Ref) -> Ref:
        """``a`` where ``c``, else ``b``."""
        if c.literal is not None:
            return a if c.literal else b
        if a == b:
            return a
        bounds = (min(a.node.lo, b.node.lo), max(a.node.hi, b.node.hi))
        return self.apply("select", None, (c, a, b), a.node.sort, bounds)


def union(refs: Sequence[Ref]) -> tuple[int, ...]:
    """The axes that some ref has, ascending."""
    axes: tuple[int, ...] = ()
    for r in refs:
        if r.axes != axes and r.axes:
            axes = r.axes if not axes else tuple(sorted({*axes, *r.axes}))
    return axes


def positions(axes: tuple[int, ...], among: tuple[int, ...]) -> tuple[int, ...]:
    """Where each of ``axes`` stands in ``among``."""
    if axes == among:
        return tuple(range(len(axes)))
    return tuple([among.index(a) for a in axes])


def conjuncts(a: Ref) -> list[Ref]:
    """The parts of a conjunction."""
    return a.arguments() if a.node.op == "and" else [] if a.literal is True else [a]

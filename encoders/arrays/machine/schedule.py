"""From nodes to a flat list of steps.

What depends on no input is computed when the plan is made.  An array is dropped after its last use, and an operation
writes over an argument of its own type and shape that nothing else uses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .blocks import Chain, blocked, chain
from .graph import Node
from .integers import OBJECT
from .steps import ALIASING, step, writes

Array = NDArray[Any]
KEEP = 1 << 24
"""Elements of the largest array that is computed when the plan is made."""
OWNED = frozenset({"add", "sub", "mul", "div", "neg", "fn", "sqrt", "abs", "select", "reduce", "sum", "concat", "cast"})
"""Operations whose result shares memory with nothing."""


def reachable(roots: Iterable[Node], known: Mapping[Node, Array]) -> list[Node]:
    """The nodes that ``roots`` are computed from, arguments first, down to the ``known`` ones."""
    out: list[Node] = []
    seen: set[Node] = set(known)
    for root in roots:
        if root in seen:
            continue
        seen.add(root)
        stack: list[tuple[Node, int]] = [(root, 0)]
        while stack:
            node, k = stack.pop()
            if k < len(node.args):
                stack.append((node, k + 1))
                child = node.args[k][0]
                if child not in seen:
                    seen.add(child)
                    stack.append((child, 0))
            else:
                out.append(node)
    return out


class Constants:
    """Values of nodes that depend on no input."""

    def __init__(self) -> None:
        self.values: dict[Node, Array] = {}

    def value(self, node: Node) -> Array:
        """The array of a constant node."""
        if node not in self.values:
            with np.errstate(all="ignore"):
                for n in reachable([node], self.values):
                    self.values[n] = _array(step(n)(*[self.values[a] for a, _ in n.args]))
        return self.values[node]


class Program:
    """Steps that compute ``roots`` from the arrays of the ``input`` nodes."""

    def __init__(self, roots: Sequence[Node], constants: Constants) -> None:
        self.sizes: list[int] = []
        self.given = 0
        slots: dict[Node, int] = {}
        start: list[Array | None] = []
        steps: list[tuple[int, Callable[..., Array], tuple[int, ...], tuple[int, ...]]] = []
        self.inputs: dict[str, int] = {}

        def slot(node: Node, value: Array | None) -> int:
            slots[node] = len(start)
            start.append(value)
            return slots[node]

        order: list[Node] = []
        for node in reachable(roots, {}):
            if node.constant and node.size <= KEEP:
                continue
            order.append(node)
            if node.op == "input":
                self.given = max(self.given, node.size)
            else:
                self.sizes.append(node.size)
        for node in [*roots, *[a for n in order for a, _ in n.args]]:
            if node.constant and node.size <= KEEP and node not in slots:
                slot(node, constants.value(node))
        last: dict[Node, int] = {}
        aliased: set[Node] = set(roots)
        tasks = _tasks(order, roots)
        for k, (node, given, _) in enumerate(tasks):
            for a in given:
                last[a] = k
            if node.op in ALIASING:
                aliased.add(node.args[0][0])
        kept = set(roots)
        for k, (node, given, parts) in enumerate(tasks):
            if node.op == "input":
                self.inputs[node.data] = slot(node, None)
                continue
            arguments = tuple([slots[a] for a in given])
            dying = [a for a in dict.fromkeys(given) if last[a] == k and not a.constant]
            drop = tuple([slots[a] for a in dying if a not in kept and a.op != "input"])
            over = [
                j
                for j, a in enumerate(given)
                if a in dying and a.op in OWNED and a not in aliased and a.shape == node.shape and a.sort is node.sort
            ]
            run = step(node) if parts is None else blocked(parts)
            if over and (parts is not None or writes(node)):
                run = _over(run, over[0])
            steps.append((slot(node, None), run, arguments, drop))
        self.steps = steps
        self.start = start
        self.roots = [slots[r] for r in roots]

    @property
    def largest(self) -> int:
        """Elements of the largest array that is made."""
        return max(self.sizes, default=0)

    def excess(self, limit: int) -> int:
        """Elements of the arrays that are larger than ``limit`` and than every input."""
        bound = max(limit, self.given)
        return sum([n for n in self.sizes if n > bound])

    def __call__(self, inputs: Mapping[str, Array]) -> list[Array]:
        """The arrays of the roots."""
        values: list[Any] = list(self.start)
        for name, k in self.inputs.items():
            values[k] = inputs[name]
        for out, run, arguments, drop in self.steps:
            values[out] = _array(run(*[values[k] for k in arguments]))
            for k in drop:
                values[k] = None
        return [values[k] for k in self.roots]


def _array(value: Any) -> Any:
    """An element of an array of Python integers as an array."""
    return np.asarray(value, OBJECT) if type(value) is int else value


def _tasks(order: Sequence[Node], roots: Sequence[Node]) -> list[tuple[Node, Sequence[Node], Chain | None]]:
    """What is computed one after another: nodes with their arguments, or chains that end in them."""
    users: dict[Node, list[Node]] = {n: [] for n in order}
    for n in order:
        for a, _ in n.args:
            if a in users:
                users[a].append(n)
    kept = set(roots)
    inside: set[Node] = set()
    tasks: list[tuple[Node, Sequence[Node], Chain | None]] = []
    for n in reversed(order):
        if n in inside:
            continue
        parts = chain(n, users, kept)
        if parts is not None:
            inside.update(parts.nodes)
        tasks.append((n, [a for a, _ in n.args] if parts is None else parts.given, parts))
    return tasks[::-1]


def _over(run: Callable[..., Array], position: int) -> Callable[..., Array]:
    """``run``, its result written over an argument that is not needed any more."""

    def call(*arrays: Any) -> Array:
        over = arrays[position]
        return run(*arrays, out=over) if isinstance(over, np.ndarray) else run(*arrays)  # not over a scalar of NumPy

    return call

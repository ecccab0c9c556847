"""Chains of element by element operations, block by block, so that what is between them stays in the cache."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ....theories.terms.sorts import INT, BitsSort
from .arithmetic import dtype_of
from .graph import Node
from .integers import NATIVE
from .steps import ELEMENTWISE, step, writes

Array = NDArray[Any]
BLOCK = 1 << 17
"""Elements of a block."""
LARGE = 1 << 20
"""Elements of the smallest array that is made in blocks; below, what the blocks cost is more than what they save."""
Cut = tuple[int | slice, ...]


class Chain(NamedTuple):
    """Nodes of one shape, arguments first, of which only the last is needed outside, and the arguments from outside."""

    nodes: tuple[Node, ...]
    given: tuple[Node, ...]


def chain(root: Node, users: Mapping[Node, Sequence[Node]], kept: Container[Node]) -> Chain | None:
    """The largest chain that ends in ``root``; None if there is nothing to gain."""
    if root.size < LARGE or not root.shape or not _fits(root, root):
        return None
    members = {root}
    todo = [a for a, _ in root.args]
    while todo:
        node = todo.pop()
        if node in members or node in kept or node.constant or not _fits(node, root):
            continue
        if all(u in members for u in users[node]):
            members.add(node)
            todo += [a for a, _ in node.args]
    if len(members) == 1:
        return None
    nodes = tuple(sorted(members, key=lambda n: n.number))
    given = dict.fromkeys(a for n in nodes for a, _ in n.args if a not in members)
    return Chain(nodes, tuple(given))


def _fits(node: Node, root: Node) -> bool:
    if node.op not in ELEMENTWISE or node.shape != root.shape or node.sort is INT:
        return False
    return not isinstance(node.sort, BitsSort) or node.sort.width in NATIVE


def blocked(parts: Chain) -> Callable[..., Array]:
    """The function that computes a chain from its given arrays, into ``out`` if that is one of them."""
    root = parts.nodes[-1]
    slots = {n: k for k, n in enumerate((*parts.given, *parts.nodes))}
    places = _places(parts)
    last: dict[Node, Node] = {a: n for n in parts.nodes for a, _ in n.args}
    plan: list[tuple[Callable[..., Array], tuple[int, ...], int | None]] = []
    for n in parts.nodes:
        over: int | None = None
        if writes(n):
            free = [a for a, _ in n.args if a in parts.nodes and last[a] is n and a.sort is n.sort]
            over = -1 if n is root else slots[free[0]] if free else None
        plan.append((step(n), tuple([slots[a] for a, _ in n.args]), over))
    cuts = list(_cuts(root.shape))
    indices = [[tuple([cut[p] for p in q]) for q in places] for cut in cuts]
    dtype = dtype_of(root.sort)
    first, shape = len(parts.given), root.shape

    def call(*arrays: Array, out: Array | None = None) -> Array:
        result = np.empty(shape, dtype) if out is None else out
        values: list[Any] = [None] * len(slots)
        for cut, index in zip(cuts, indices, strict=True):
            target = result[cut]
            for k, i in enumerate(index):
                values[k] = arrays[k][i]
            for k, (run, arguments, over) in enumerate(plan, first):
                given = [values[a] for a in arguments]
                values[k] = run(*given) if over is None else run(*given, out=target if over < 0 else values[over])
            if values[-1] is not target:
                target[...] = values[-1]
        return result

    return call


def _places(parts: Chain) -> list[tuple[int, ...]]:
    found: dict[Node, tuple[int, ...]] = {}
    for n in parts.nodes:
        for a, p in n.args:
            found.setdefault(a, p)
    return [found[a] for a in parts.given]


def _cuts(shape: tuple[int, ...]) -> Iterator[Cut]:
    """Slices of every dimension; together they cover ``shape`` in blocks."""
    k = next(k for k in range(len(shape)) if math.prod(shape[k + 1 :]) <= BLOCK)
    rows = max(BLOCK // math.prod(shape[k + 1 :]), 1)
    rest = (slice(None),) * (len(shape) - k - 1)
    for lead in np.ndindex(*shape[:k]):
        ahead = tuple([slice(i, i + 1) for i in lead])
        for start in range(0, shape[k], rows):
            yield (*ahead, slice(start, start + rows), *rest)

"""The meaning of a value over other values: a part of a graph, cut at values that are known to be equal."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from ....ir.denote import denote_node
from ....ir.dtypes import Reading
from ....ir.elements import literal
from ....ir.graph import CONST, INPUT, Graph, Node, Ref
from ....ir.params import ParamStore
from ....ir.tensors import Tensor, filled, of_term, variable
from ....ir.types import TensorType

LIMIT = 400
"""Nodes of the largest part that is looked at as a whole."""


class TooDeep(Exception):
    """The part between a value and the cut is larger than :data:`LIMIT`."""


def cone(
    graph: Graph,
    ref: Ref,
    number: Mapping[Ref, int],
    cut: Callable[[int], bool],
    reading: Reading,
    leaves: dict[str, TensorType],
    literals: ParamStore | None = None,
) -> Tensor:
    """The tensor of ``ref`` over the values whose number is in the cut (never ``ref`` itself), inputs and constants.

    A leaf is the free variable ``v<number>``; ``leaves`` collects their types.  With ``literals``, constants of one element are
    the numbers that they are there.
    """
    memo: dict[Ref, Tensor] = {}
    stack, visited = [ref], 0
    while stack:
        r = stack[-1]
        if r in memo:
            stack.pop()
            continue
        node = graph.nodes[r.node]
        if node.op in (INPUT, CONST) or (r != ref and cut(number[r])):
            known = _number(node, literals, reading)
            if known is not None:
                memo[r] = known
                continue
            name = leaf(number[r])
            leaves[name] = graph.type(r)
            memo[r] = variable(name, graph.type(r), reading)
            continue
        missing = [p for p in node.parents if p is not None and p not in memo]
        if missing:
            stack.extend(missing)
            continue
        visited += 1
        if visited > LIMIT:
            raise TooDeep
        operands = tuple(None if p is None else memo[p] for p in node.parents)
        for k, t in enumerate(denote_node(graph, node, operands, reading)):
            memo[Ref(node.id, k)] = of_term(t.lam(), t.type, reading)
    return memo[ref]


def _number(node: Node, literals: ParamStore | None, reading: Reading) -> Tensor | None:
    """A constant of one finite element as a tensor filled with it."""
    if node.op != CONST or literals is None:
        return None
    payload = literals[node.names[0]]
    if payload.array.size != 1:
        return None
    value = payload.array.reshape(()).item()
    if payload.dtype.is_float and not math.isfinite(value):
        return None
    return filled(literal(value, payload.dtype, reading), node.types[0].shape)


def leaf(number: int) -> str:
    """The variable that stands for the values of a number."""
    return f"v{number}"


def reached(graph: Graph, ref: Ref, number: Mapping[Ref, int], cut: Callable[[int], bool]) -> set[int]:
    """The numbers at which :func:`cone` stops."""
    found: set[int] = set()
    seen, stack = {ref}, [ref]
    while stack:
        r = stack.pop()
        node = graph.nodes[r.node]
        if node.op in (INPUT, CONST) or (r != ref and cut(number[r])):
            found.add(number[r])
            continue
        for p in node.parents:
            if p is not None and p not in seen:
                seen.add(p)
                stack.append(p)
        if len(seen) > LIMIT * 4:
            raise TooDeep
    return found

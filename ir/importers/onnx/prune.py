"""The part of a graph that its outputs need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...builder import Builder
from ...graph import CONST, INPUT, Graph, Ref
from ...params import ParamStore


def shortened(names: Sequence[str]) -> str:
    """The first few of many names."""
    return ", ".join(names[:5]) + (" …" if len(names) > 5 else "")


def prune(
    builder: Builder, outputs: Sequence[tuple[str, Ref]], initializers: set[str]
) -> tuple[Graph, ParamStore, list[str]]:
    """The graph without nodes that no output needs, its parameters, and notes on what was left out.  Inputs stay."""
    needed = [n.op == INPUT for n in builder.nodes]
    for _, ref in outputs:
        needed[ref.node] = True
    for node in reversed(builder.nodes):
        if needed[node.id]:
            for p in node.parents:
                if p is not None:
                    needed[p.node] = True
    place: dict[int, int] = {}
    for node in builder.nodes:
        if needed[node.id]:
            place[node.id] = len(place)

    def moved(ref: Ref | None) -> Ref | None:
        return None if ref is None else Ref(place[ref.node], ref.output)

    nodes = tuple(
        replace(n, id=place[n.id], parents=tuple(map(moved, n.parents))) for n in builder.nodes if needed[n.id]
    )
    params = ParamStore()
    for node in nodes:
        if node.op == CONST:
            payload = builder.params[node.names[0]]
            params.add(node.names[0], payload.array, payload.dtype)
    dropped = sum(not needed[n.id] and n.op not in (CONST, INPUT) for n in builder.nodes)
    unused = sorted(initializers - set(params))
    notes = [f"{dropped} nodes that no output needs were left out"] if dropped else []
    if unused:
        notes.append(f"{len(unused)} initializers are no parameters of the graph: {shortened(unused)}")
    graph = Graph(builder.name, nodes, tuple((name, Ref(place[r.node], r.output)) for name, r in outputs))
    return graph, params, notes

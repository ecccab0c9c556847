"""What rests on what: claims, lemmas, axioms and laws as one directed graph, edges from a claim to what it uses.

Discharge names the facts that each obligation used directly.  This module follows lemmas to the axioms behind them:
a claim rests on an axiom if any chain of uses leads there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from ..claims import Claim, Verdict
from ..language.diagnostics import CircularProof, UnknownFact
from ..results import NONE, ClaimResult, common_readings, union

if TYPE_CHECKING:
    import networkx as nx

    Graph = nx.DiGraph[str]


def dependency_graph(results: Iterable[ClaimResult], axioms: Mapping[str, Claim]) -> Graph:
    """The graph of ``results``; nodes have a ``kind``: ``claim``, ``axiom`` or ``law`` (laws are named ``law:sum_ext``).

    Raises UnknownFact if a result used a fact that is neither among ``results`` nor ``axioms``.
    """
    import networkx as nx

    results = list(results)
    graph = cast("Graph", nx.DiGraph())
    for name in axioms:
        _node(graph, name, "axiom")
    for r in results:
        _node(graph, r.claim.name, "axiom" if r.claim.kind == "axiom" else "claim")
    for r in results:
        for law in r.laws:
            _node(graph, f"law:{law}", "law")
            _edge(graph, r.claim.name, f"law:{law}")
        for fact in r.axioms:
            if fact not in graph:
                raise UnknownFact(
                    f"{r.claim.name} rests on {fact!r}, which is neither a claim nor an axiom of this run"
                )
            _edge(graph, r.claim.name, fact)
    return graph


def check_acyclic(graph: Graph) -> None:
    """Raise CircularProof if some claims rest on one another; the message shows one circle, the same in every run."""
    import networkx as nx

    circles = [sorted(c) for c in cast("Iterable[set[str]]", nx.strongly_connected_components(graph)) if len(c) > 1]
    circles += [[n] for n in _nodes(graph) if graph.has_edge(n, n)]
    if circles:
        start = min(circles)[0]
        path = [start]
        while True:  # every node of a component has a successor in it, so this comes back to a node of the path
            inside = set(next(c for c in circles if start in c))
            path.append(min(n for n in graph.successors(path[-1]) if n in inside))
            if path[-1] in path[:-1]:
                break
        raise CircularProof(" rests on ".join(path[path.index(path[-1]) :]))


def closure(graph: Graph, name: str, kind: str) -> tuple[str, ...]:
    """The nodes of ``kind`` that ``name`` rests on, directly or not, sorted."""
    import networkx as nx

    below: set[str] = nx.descendants(graph, name)  # pyright: ignore[reportUnknownMemberType]  # untyped parameter
    return tuple(sorted(n for n in below if _kind(graph, n) == kind))


def reach(graph: Graph, name: str) -> tuple[str, ...]:
    """The claims that fall if ``name`` does, sorted."""
    import networkx as nx

    above: set[str] = nx.ancestors(graph, name)  # pyright: ignore[reportUnknownMemberType]  # untyped parameter
    return tuple(sorted(n for n in above if _kind(graph, n) == "claim"))


@dataclass(frozen=True, slots=True)
class Settled:
    """A result closed under dependency: ``result.axioms`` are axioms only, all of them; ``lemmas`` the claims it uses."""

    result: ClaimResult
    lemmas: tuple[str, ...]


def settle(
    results: Iterable[ClaimResult], axioms: Mapping[str, Claim], against: Callable[[str], str | None] = lambda _: None
) -> list[Settled]:
    """Close every result under dependency, in the given order.

    Laws and axioms are those of the claim and of its lemmas; the tier is the least and the readings are the common ones
    along the way.  A claim that rests on a lemma which is not proved is not proved either: it becomes ``unknown``.
    ``against`` gives values at which an axiom is false, if any are known; what rests on it becomes an ``error``.

    Raises CircularProof, UnknownFact.
    """
    results = list(results)
    by_name = {r.claim.name: r for r in results}
    uses: dict[str, set[str]] = {}
    for r in results:
        uses.setdefault(r.claim.name, set()).update(r.axioms)
    below = {name: _below(name, uses, axioms) for name in uses}
    if None in below.values():
        check_acyclic(dependency_graph(results, axioms))
    return [_settled(r, below[r.claim.name] or set(), by_name, against) for r in results]


def _below(name: str, uses: Mapping[str, set[str]], axioms: Mapping[str, Claim]) -> set[str] | None:
    """What ``name`` rests on, directly or not; None if that is itself, too, or unknown (most runs need no graph)."""
    found: set[str] = set()
    todo = [name]
    while todo:
        for fact in uses.get(todo.pop(), ()):
            if fact == name or not (fact in uses or fact in axioms):
                return None
            if fact not in found:
                found.add(fact)
                todo.append(fact)
    return found


def _settled(
    r: ClaimResult, below: set[str], by_name: Mapping[str, ClaimResult], against: Callable[[str], str | None]
) -> Settled:
    assumed = {n for n in below if n not in by_name or by_name[n].claim.kind == "axiom"}
    lemmas = sorted(below - assumed)
    used = [by_name[name] for name in lemmas]
    closed = replace(
        r,
        axioms=tuple(sorted(assumed)),
        laws=union([r.laws, *(u.laws for u in used)]),
        flags=union([r.flags, *(u.flags for u in used)]),
    )
    if r.verdict is Verdict.PROVED:
        unproved = [name for name in lemmas if by_name[name].verdict is not Verdict.PROVED]
        false = {name: values for name in closed.axioms if (values := against(name))}
        if false:
            name, values = next(iter(false.items()))
            reason = f"it rests on the axiom {name}, which is false at {values}"
            closed = replace(closed, verdict=Verdict.ERROR, readings=NONE, tier=0, reason=reason)
        elif unproved:
            reason = f"it rests on {unproved[0]}, which is {by_name[unproved[0]].verdict.value}"
            closed = replace(closed, verdict=Verdict.UNKNOWN, readings=NONE, tier=0, reason=reason)
        else:
            closed = replace(
                closed,
                readings=common_readings([r.readings, *(u.readings for u in used)]),
                tier=min([r.tier, *(u.tier for u in used)]),
            )
    return Settled(closed, tuple(name for name in lemmas if name in r.axioms))


def _node(graph: Graph, name: str, kind: str) -> None:
    graph.add_node(name, kind=kind)


def _edge(graph: Graph, source: str, target: str) -> None:
    graph.add_edge(source, target)


def _nodes(graph: Graph) -> list[str]:
    return list(graph.nodes)


def _kind(graph: Graph, name: str) -> str:
    return str(graph.nodes[name]["kind"])

"""Which lemmas the ledger has for the operators of a graph, and the rungs of the claim ladder that a model reaches.

The ladder is that of the documents on reading verification output: the file runs; the graph is well formed and well shaped; a checker
accepts it; a theorem applies to it; a scalar bridge applies.  Every rung is computed from what was run, checked and proved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ...ir.dtypes import BFLOAT16, DOUBLE, FLOAT, FLOAT16
from ...ir.graph import CONST, INPUT, Graph
from ..ledger.records import ClaimEntry, Lock
from ..results import closed
from .comparison import float_formats

PROVED, OPEN, MISSING = "proved", "not proved", "missing"
"""What the ledger says of a lemma: all claims of that name are proved, some are not, there is none."""
KINDS: Final = ("shape", "preservation")
_BOUNDARIES: Final = {FLOAT: "RuntimeFloat32", DOUBLE: "RuntimeFloat64", FLOAT16: "RuntimeFloat16",
                      BFLOAT16: "RuntimeBFloat16"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class OperatorCoverage:
    """An operator, how often it occurs, and what the ledger has of its lemmas ``ops.<Op>.shape`` and ``ops.<Op>.preservation``."""

    name: str
    count: int
    shape: str
    preservation: str


@dataclass(frozen=True, slots=True)
class Rung:
    """A rung of the ladder: whether it holds, and why or why not."""

    name: str
    holds: bool
    why: str


def coverage(graph: Graph, lock: Lock | None) -> tuple[OperatorCoverage, ...]:
    """The operators of a graph in order of name."""
    counts = Counter(n.op for n in graph.nodes if n.op not in (INPUT, CONST))
    return tuple(OperatorCoverage(op, counts[op], *(_state(op, k, lock) for k in KINDS)) for op in sorted(counts))


def theorem_rung(operators: Sequence[OperatorCoverage], lock: Lock | None) -> Rung:
    """Whether every operator has both lemmas proved in the ledger."""
    name = "a theorem applies"
    if lock is None:
        return Rung(name, False, "there is no ledger")
    lacking = [f"{o.name} ({_lacks(o)})" for o in operators if (o.shape, o.preservation) != (PROVED, PROVED)]
    if lacking:
        return Rung(name, False, f"lemmas are missing or not proved in the ledger: {_few(lacking)}")
    return Rung(
        name,
        True,
        f"shape and preservation of all {len(operators)} operators are proved in the ledger, for the uses there",
    )


def scalar_rung(graph: Graph, operators: Sequence[OperatorCoverage], lock: Lock | None) -> Rung:
    """Whether the theorems are about the floats of the graph, and nothing has to be assumed of a runtime's."""
    name = "a scalar bridge applies"
    theorem = theorem_rung(operators, lock)
    if lock is None or not theorem.holds:
        return Rung(name, False, "no theorem applies")
    formats = float_formats(graph)
    weak = [
        o.name for o in operators if not all(formats <= _readings(e) for e in _entries(o.name, "preservation", lock))
    ]
    if weak:
        return Rung(name, False, f"preservation is not proved in {' '.join(sorted(formats))}: {_few(weak)}")
    dtypes = {t.dtype for n in graph.nodes for t in n.types if t.dtype.is_float}
    for boundary in sorted(_BOUNDARIES[d] for d in dtypes):
        assumed = [a for a in lock.axioms if boundary in a]
        if assumed:
            return Rung(name, False, f"assumed of the runtime, not proved: {_few(assumed)}")
        if not any(boundary in c and e.verdict == "proved" for c, e in lock.claims.items()):
            return Rung(name, False, f"the ledger says nothing of a runtime's floats ({boundary})")
    return Rung(name, True, "preservation is proved in the formats of the graph, and nothing is assumed of the runtime")


def _entries(op: str, kind: str, lock: Lock) -> list[ClaimEntry]:
    """The claims ``ops.<op>.<kind>`` of the ledger, those about other uses of the operator (``_2`` …) among them."""
    start = f"ops.{op}.{kind}"
    found = {n: e for n, e in lock.claims.items() if n == start or n.startswith(f"{start}_")}
    return [e for e in found.values() if e.expected != "refuted"]


def _state(op: str, kind: str, lock: Lock | None) -> str:
    entries = _entries(op, kind, lock) if lock is not None else []
    if not entries:
        return MISSING
    return PROVED if all(e.verdict == "proved" for e in entries) else OPEN


def _lacks(o: OperatorCoverage) -> str:
    return ", ".join(
        f"{kind} {state}" for kind, state in zip(KINDS, (o.shape, o.preservation), strict=True) if state != PROVED
    )


def _readings(entry: ClaimEntry) -> frozenset[str]:
    return closed(entry.readings)


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")

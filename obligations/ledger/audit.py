"""Examining a ledger without running a solver: is it up to date, and what in it needs a reader's eye?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..claims import Claim
from .compare import heavier, new_axioms
from .records import Lock, statement_digest


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about an entry; a ``grave`` one makes the audit fail."""

    name: str
    text: str
    grave: bool

    def __str__(self) -> str:
        return f"{'FAILS' if self.grave else 'note '}  {self.name}: {self.text}"


def audit(lock: Lock, claims: Iterable[Claim], axioms: Mapping[str, Claim]) -> list[Finding]:
    """What is wrong with ``lock`` (out of date, verdicts that differ) and what is weak in it."""
    found: list[Finding] = []
    by_name = {c.name: c for c in claims}
    for kind, listed, present in (("claim", lock.claims, by_name), ("axiom", lock.axioms, axioms)):
        for name in sorted({*listed, *present}):
            if name not in listed:
                found.append(Finding(name, f"this {kind} is not in the ledger", True))
            elif name not in present:
                found.append(Finding(name, f"the ledger lists this {kind}, the contracts do not", True))
            elif listed[name].statement != statement_digest(present[name]):
                found.append(Finding(name, "its statement has changed since the ledger was written", True))
    for name, c in lock.claims.items():
        if c.verdict != c.expected:
            found.append(Finding(name, f"{c.verdict} where {c.expected} is expected", True))
        if c.verdict == "refuted" and c.replayed != "yes":
            found.append(Finding(name, "its counterexample has not replayed", True))
        if c.verdict == "proved" and c.satisfiable == "no witness":
            found.append(Finding(name, "no arrays are known on which its hypotheses hold", False))
    for name, a in lock.axioms.items():
        if not a.because:
            found.append(Finding(name, "it does not say why it is not proved", False))
        if not (a.falsified_by or a.discharged_by):
            found.append(Finding(name, "it does not say how it could be shown wrong", False))
    return found


def audit_change(old: Lock, new: Lock) -> list[Finding]:
    """What ``new`` assumes that ``old`` did not."""
    found: list[Finding] = []
    for name in new_axioms(old, new):
        changed = name in old.axioms
        found.append(Finding(name, "this axiom says something else now" if changed else "this axiom is new", True))
    for name, axioms in heavier(old, new).items():
        found.append(Finding(name, f"it did not rest on {', '.join(axioms)} before", False))
    return found

"""Differences between two ledgers: what ``probanda replay`` and ``probanda audit --compare`` fail on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import cast

from .records import AxiomEntry, ClaimEntry, Lock

# Fields whose change is no change of what is known: the text of an axiom is in its digest.
_INFORMATIVE = frozenset({"name", "text", "evidence"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one entry, before and after; ``field`` is ``entry`` when the entry itself came or went."""

    name: str
    field: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.name}: {self.field} was {self.old or 'empty'}, is {self.new or 'empty'}"


def differences(old: Lock, new: Lock) -> list[Difference]:
    """Every difference of verdict, readings, laws, axioms, statement or any other recorded fact, by name."""
    return [*_differences(old.claims, new.claims), *_differences(old.axioms, new.axioms)]


def same(recorded: Lock, run: Lock) -> bool:
    """Whether ``recorded`` need not be written again after ``run``, in which other solvers may have been faster."""
    if any(d.field != "solvers" for d in differences(recorded, run)):
        return False
    now = dict(s.split(" ", 1) for c in run.claims.values() for s in c.solvers)
    then = (s.split(" ", 1) for c in recorded.claims.values() for s in c.solvers)
    return all(now.get(name, version) == version for name, version in then)


def new_axioms(old: Lock, new: Lock) -> list[str]:
    """Axioms of ``new`` that ``old`` has not, or that say something else there."""
    return sorted(n for n, a in new.axioms.items() if n not in old.axioms or old.axioms[n].statement != a.statement)


def heavier(old: Lock, new: Lock) -> dict[str, tuple[str, ...]]:
    """Claims of both ledgers that rest on axioms now on which they did not rest before, with those axioms."""
    both = {n: (old.claims[n], c) for n, c in new.claims.items() if n in old.claims}
    found = {n: tuple(a for a in c.axioms if a not in before.axioms) for n, (before, c) in both.items()}
    return {n: axioms for n, axioms in sorted(found.items()) if axioms}


def _differences(
    old: dict[str, ClaimEntry] | dict[str, AxiomEntry], new: dict[str, ClaimEntry] | dict[str, AxiomEntry]
) -> Iterator[Difference]:
    for name in sorted({*old, *new}):
        before, after = old.get(name), new.get(name)
        if before is None or after is None:
            yield Difference(name, "entry", "listed" if before else "absent", "listed" if after else "absent")
            continue
        for f in fields(before):
            a, b = (_text(f.name, getattr(entry, f.name)) for entry in (before, after))
            if a != b and f.name not in _INFORMATIVE:
                yield Difference(name, f.name, a, b)


def _text(field: str, value: object) -> str:
    if not isinstance(value, tuple):
        return str(value)
    parts = cast("tuple[str, ...]", value)
    # Which solvers vouch counts; that one of them was upgraded does not.
    return ", ".join(p.partition(" ")[0] for p in parts) if field == "solvers" else ", ".join(parts)

"""``probanda axioms``."""

from __future__ import annotations

import argparse
import sys

from ..cli import AS_EXPECTED, NOTHING
from ..obligations.claims import Claim
from ..obligations.ledger.lock import read
from ..obligations.ledger.records import Lock
from ..obligations.reports.document import to_json
from ..obligations.settings import load_settings
from .selection import find, load_stated


def run(args: argparse.Namespace) -> int:
    """Print the axioms of the contracts, how many claims fall with each, and why each is believed."""
    settings = load_settings({"lock_file": args.lock_file})
    axioms = load_stated(settings).axioms
    lock = read(settings.lock_file) if settings.lock_file.is_file() else None
    chosen = find(args.name, axioms.values()) if args.name else [axioms[name] for name in sorted(axioms)]
    if not chosen:
        print("there are no axioms", file=sys.stderr)
        return NOTHING
    if args.output_format == "json":
        print(to_json([_record(a, lock) for a in chosen], indent=2))
    elif args.name:
        print("\n".join(_page(chosen[0], lock)))
    else:
        width = max(len(a.name) for a in chosen)
        for a in sorted(chosen, key=lambda a: -(_reach(a, lock) or 0)):
            reach = _reach(a, lock)
            print(f"{a.name:<{width}}  reach {'?' if reach is None else reach:<4} {_clause(a, 'because')}".rstrip())
    if lock is None:
        print(f"there is no {settings.lock_file}, so reaches are unknown", file=sys.stderr)
    return AS_EXPECTED


def _record(axiom: Claim, lock: Lock | None) -> dict[str, object]:
    entry = lock.axioms.get(axiom.name) if lock else None
    return {
        "name": axiom.name,
        "statement": axiom.source.strip(),
        "reach": entry.reach if entry else None,
        "evidence": entry.evidence if entry else "",
        "because": _clause(axiom, "because"),
        "mitigation": _clause(axiom, "mitigation"),
        "falsified_by": _clause(axiom, "falsified_by"),
        "discharged_by": _clause(axiom, "discharged_by"),
        "claims": _claims(axiom, lock),
    }


def _page(axiom: Claim, lock: Lock | None) -> list[str]:
    record = _record(axiom, lock)
    lines = [str(record["statement"]), ""]
    for word in ("reach", "evidence", "mitigation", "falsified_by", "discharged_by"):
        if record[word] not in (None, ""):
            lines.append(f"{word.replace('_', ' '):<14}{record[word]}")
    return lines + [f"  {name}" for name in _claims(axiom, lock)]


def _claims(axiom: Claim, lock: Lock | None) -> list[str]:
    return [name for name, entry in lock.claims.items() if axiom.name in entry.axioms] if lock else []


def _reach(axiom: Claim, lock: Lock | None) -> int | None:
    return lock.axioms[axiom.name].reach if lock and axiom.name in lock.axioms else None


def _clause(axiom: Claim, word: str) -> str:
    return ", ".join(v for w, values in axiom.clauses if w == word for v in values)

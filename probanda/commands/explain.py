"""``probanda explain``: an error code, a claim or an axiom."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from ..cli import AS_EXPECTED
from ..obligations.claims import Claim
from ..obligations.language.explain import explain_code
from ..obligations.settings import Settings, load_settings


def run(args: argparse.Namespace) -> int:
    """Print the page of an error code, or everything about a claim or axiom."""
    code = args.name.upper()
    if code.startswith("PB") and code[2:].isdecimal():
        print(explain_code(code))
        return AS_EXPECTED
    settings = load_settings({"lock_file": args.lock_file})
    from .selection import find, is_path, load

    contracts = load(settings, [] if is_path(args.name) else [args.name])
    found = find(args.name, [*contracts.available, *contracts.axioms.values()])
    print("\n".join(claim_page(found[0], settings, [c.name for c in found[1:]])))
    return AS_EXPECTED


def claim_page(claim: Claim, settings: Settings, others: Sequence[str]) -> list[str]:
    """The lines about one claim: its text, what it uses, and what the ledger says of it; ``others`` share its text."""
    names = ", ".join([claim.name, *others])
    lines = [f"{claim.kind} {names}   ({claim.location.file}:{claim.location.line})", ""]
    if claim.doc:
        lines += [*claim.doc.strip().splitlines(), ""]
    lines += [f"    {line}".rstrip() for line in claim.source.strip().splitlines()] + [""]
    facts = {
        "expected": claim.expected.value,
        "hypotheses": ", ".join(f.name for f in claim.hypotheses),
        "definitions": ", ".join(claim.definitions),
        "about": ", ".join(claim.subject),
        "twin of": claim.twin_of,
        "cites": ", ".join(claim.cites),
    }
    facts |= {word: ", ".join(values) for word, values in claim.clauses}
    facts |= recorded(claim.name, settings.lock_file)
    width = max(len(word) for word in facts)
    return lines + [f"{word:<{width}}  {text}" for word, text in facts.items() if text]


def recorded(name: str, lock_file: Path) -> dict[str, str]:
    """What the ledger has on ``name``; nothing if there is no ledger."""
    if not lock_file.is_file():
        return {}
    from ..obligations.ledger.lock import read

    lock = read(lock_file)
    if name in lock.claims:
        c = lock.claims[name]
        return {
            "recorded": f"{c.verdict}, {c.obligations} obligations, tier {c.tier}",
            "readings": ", ".join(c.readings),
            "solvers": ", ".join(c.solvers),
            "laws": ", ".join(c.laws),
            "lemmas": ", ".join(c.lemmas),
            "axioms": ", ".join(c.axioms),
        }
    if name in lock.axioms:
        a = lock.axioms[name]
        return {"reach": f"{a.reach} claims", "evidence": a.evidence}
    return {}

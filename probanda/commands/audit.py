"""``probanda audit``."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from ..cli import AS_EXPECTED, DIFFERS
from ..obligations.ledger.audit import audit, audit_change
from ..obligations.ledger.lock import read
from ..obligations.settings import load_settings
from .selection import load


def run(args: argparse.Namespace) -> int:
    """Print what the ledger holds, what is weak in it, and with ``--compare`` what is assumed now and was not before."""
    settings = load_settings({"lock_file": args.lock_file})
    lock = read(settings.lock_file)
    contracts = load(settings)
    findings = audit(lock, contracts.claims, contracts.axioms)
    if args.compare:
        findings += audit_change(read(Path(args.compare)), lock)
    verdicts = Counter(c.verdict for c in lock.claims.values())
    tiers = Counter(c.tier for c in lock.claims.values() if c.verdict == "proved")
    print(" · ".join(f"{n} {verdict}" for verdict, n in sorted(verdicts.items())))
    print(" · ".join(f"{n} of tier {tier}" for tier, n in sorted(tiers.items())))
    proved = verdicts["proved"]
    for a in sorted(lock.axioms.values(), key=lambda a: (-a.reach, a.name)):
        print(f"axiom  {a.name}: reach {a.reach} of {proved}{f' · {a.evidence}' if a.evidence else ''}")
    for finding in findings:
        print(finding)
    return DIFFERS if any(f.grave for f in findings) else AS_EXPECTED

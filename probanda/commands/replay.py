"""``probanda replay``: everything again, without a cache, and compared with the ledger."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from ..cli import AS_EXPECTED, DIFFERS, FAILED, NOTHING
from ..obligations.ledger.lock import read
from ..obligations.settings import load_settings
from .prove import lock_of, report_differences
from .running import discharge
from .selection import select


def run(args: argparse.Namespace) -> int:
    """Prove the claims again and print every difference from the ledger."""
    names = ("jobs", "timeout", "memory", "solvers", "two_solvers", "lock_file")
    settings = replace(load_settings({name: getattr(args, name) for name in names}), designated=True, use_cache=False)
    old = read(settings.lock_file)
    selection = select(settings, args)
    if not selection.claims:
        print("nothing selected", file=sys.stderr)
        return NOTHING
    outcome = discharge(selection, settings, args.output_format)
    if outcome.interrupted:
        return FAILED
    new = lock_of(outcome, selection)
    code = AS_EXPECTED if outcome.as_expected else DIFFERS
    if not selection.whole:
        old, new = old.part(new.claims), new.part(new.claims)
    return max(code, report_differences(old, new, settings))

"""``probanda prove``."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from ..cli import AS_EXPECTED, DIFFERS, FAILED, NOTHING
from ..obligations.language.diagnostics import PartialLock
from ..obligations.ledger.compare import differences
from ..obligations.ledger.evidence import gather
from ..obligations.ledger.lock import read, write
from ..obligations.ledger.records import Lock, make_lock
from ..obligations.settings import Settings, load_settings
from .running import Outcome, discharge
from .selection import Selection, select

SETTINGS = ("jobs", "timeout", "memory", "solvers", "two_solvers", "use_cache", "lock_file")


def run(args: argparse.Namespace) -> int:
    """Prove the selected claims; with ``--lock``, write the ledger or compare with it."""
    settings = load_settings({name: getattr(args, name) for name in SETTINGS})
    if args.lock:  # what is recorded must not depend on what was cached or on who won a race
        settings = replace(settings, designated=True, use_cache=False)
    selection = select(settings, args)
    if not selection.claims:
        print("nothing selected", file=sys.stderr)
        return NOTHING
    if args.lock and not selection.whole:
        raise PartialLock(f"--lock {args.lock} needs all claims of the files, and some were left out")
    outcome = discharge(selection, settings, args.output_format)
    if outcome.interrupted:
        return FAILED
    code = AS_EXPECTED if outcome.as_expected else DIFFERS
    if args.lock:
        return max(code, ledger(args.lock, outcome, selection, settings))
    return code


def ledger(mode: str, outcome: Outcome, selection: Selection, settings: Settings) -> int:
    """Write the ledger of ``outcome``, or print how it differs from the one that is there."""
    new = make_lock(outcome.settled, selection.axioms, gather(selection.axioms))
    if mode == "write":
        write(settings.lock_file, new)
        print(f"wrote {settings.lock_file}", file=sys.stderr)
        return AS_EXPECTED
    return report_differences(read(settings.lock_file), new, settings)


def report_differences(old: Lock, new: Lock, settings: Settings) -> int:
    """Print every difference from the ledger ``old`` on standard error; the exit code."""
    found = differences(old, new)
    for difference in found:
        print(f"differs  {difference}", file=sys.stderr)
    if found:
        return DIFFERS
    print(f"{settings.lock_file} is reproduced: {len(new.claims)} claims, {len(new.axioms)} axioms", file=sys.stderr)
    return AS_EXPECTED

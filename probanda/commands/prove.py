"""``probanda prove``."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace

from ..cli import AS_EXPECTED, DIFFERS, FAILED, NOTHING
from ..obligations.language.diagnostics import PartialLock
from ..obligations.ledger.compare import differences
from ..obligations.ledger.evidence import gather
from ..obligations.ledger.lock import read, render, write
from ..obligations.ledger.records import Lock, make_lock
from ..obligations.settings import Settings, load_settings
from .running import Outcome, discharge
from .selection import Selection, select

SETTINGS = ("jobs", "timeout", "memory", "solvers", "two_solvers", "use_cache", "lock_file")


def run(args: argparse.Namespace) -> int:
    """Prove the selected claims; with ``--lock``, write the ledger or compare with it."""
    settings = load_settings({name: getattr(args, name) for name in SETTINGS})
    if settings.two_solvers or (os.environ.get("CI") and args.use_cache is None):
        settings = replace(settings, use_cache=False)
    if args.lock:  # what is recorded must not depend on who won a race
        settings = replace(settings, designated=True)
    selection = select(settings, args)
    if not selection.claims:
        print("nothing selected", file=sys.stderr)
        return NOTHING
    if args.lock and not selection.whole:
        raise PartialLock(f"--lock {args.lock} needs all claims of the files, and some were left out")
    old = read(settings.lock_file) if args.lock == "check" else None
    if args.lock == "write" and not settings.lock_file.exists():
        settings = replace(settings, use_cache=False)
    outcome = discharge(selection, settings, args.output_format)
    if outcome.interrupted:
        return FAILED
    code = AS_EXPECTED if outcome.as_expected else DIFFERS
    if old is not None:
        return max(code, report_differences(old, lock_of(outcome, selection), settings))
    return write_lock(outcome, selection, settings) if args.lock else code


def lock_of(outcome: Outcome, selection: Selection) -> Lock:
    """The ledger of a run."""
    return make_lock(outcome.settled, selection.axioms, gather(selection.axioms))


def write_lock(outcome: Outcome, selection: Selection, settings: Settings) -> int:
    """Write the ledger if it changes; what is written rests on no cached answer.  The exit code."""
    new = lock_of(outcome, selection)
    path = settings.lock_file
    if path.exists() and path.read_bytes() == render(new).encode():
        print(f"{path} is up to date", file=sys.stderr)
    else:
        if settings.use_cache:
            print(f"{path} changes: proving again without the cache", file=sys.stderr)
            outcome = discharge(selection, replace(settings, use_cache=False), "none")
            if outcome.interrupted:
                return FAILED
            new = lock_of(outcome, selection)
        write(path, new)
        print(f"wrote {path}", file=sys.stderr)
    return AS_EXPECTED if outcome.as_expected else DIFFERS


def report_differences(old: Lock, new: Lock, settings: Settings) -> int:
    """Print every difference from the ledger ``old`` on standard error; the exit code."""
    found = differences(old, new)
    for difference in found:
        print(f"differs  {difference}", file=sys.stderr)
    if found:
        return DIFFERS
    print(f"{settings.lock_file} is reproduced: {len(new.claims)} claims, {len(new.axioms)} axioms", file=sys.stderr)
    return AS_EXPECTED

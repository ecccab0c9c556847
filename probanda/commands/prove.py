"""``probanda prove``."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace

from ..cli import AS_EXPECTED, DIFFERS, FAILED, NOTHING
from ..obligations.language.diagnostics import ContractError, PartialLock
from ..obligations.ledger.compare import differences, same
from ..obligations.ledger.evidence import Evidence
from ..obligations.ledger.lock import read, write
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
    fresh = replace(settings, designated=True, use_cache=False)
    if args.lock == "check" or (args.lock and not settings.lock_file.exists()):
        settings = fresh
    selection = select(settings, args)
    if not selection.claims:
        print("nothing selected", file=sys.stderr)
        return NOTHING
    if args.lock and not selection.whole:
        raise PartialLock(f"--lock {args.lock} needs all claims of the files, and some were left out")
    old = read(settings.lock_file) if args.lock == "check" else None
    outcome = discharge(selection, settings, args.output_format)
    if outcome.interrupted:
        return FAILED
    code = AS_EXPECTED if outcome.as_expected else DIFFERS
    if old is not None:
        return max(code, report_differences(old, lock_of(outcome, selection), settings))
    return write_lock(outcome, selection, settings, fresh) if args.lock else code


def lock_of(outcome: Outcome, selection: Selection, *, evidence: bool = False) -> Lock:
    """The ledger of a run, with what speaks for the axioms if ``evidence`` (which takes seconds)."""
    found = Evidence(selection.axioms).all() if evidence else {}
    return make_lock(outcome.settled, selection.axioms, found)


def write_lock(outcome: Outcome, selection: Selection, settings: Settings, fresh: Settings) -> int:
    """Write the ledger unless it says the same already; the exit code.

    What is written comes from a run with ``fresh`` settings: no cached answer, and no race between solvers.  If
    ``outcome`` is of another run, it only serves to see whether anything has changed.
    """
    path = settings.lock_file
    if settings != fresh:
        try:
            if same(read(path), lock_of(outcome, selection)):
                print(f"{path} is up to date", file=sys.stderr)
                return AS_EXPECTED if outcome.as_expected else DIFFERS
        except ContractError as error:
            print(error.render(), file=sys.stderr)
        print(f"{path} changes: proving again, without cache and without races", file=sys.stderr)
        outcome = discharge(selection, fresh, "none")
        if outcome.interrupted:
            return FAILED
    write(path, lock_of(outcome, selection, evidence=True))
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

"""``probanda smt``: the script of an obligation, printed or run."""

from __future__ import annotations

import argparse
import sys

from ..cli import AS_EXPECTED
from ..obligations.discharge import drivers
from ..obligations.discharge.encode import encode
from ..obligations.discharge.obligation import encodings
from ..obligations.discharge.solve import run_exactly
from ..obligations.goals.generate import goals
from ..obligations.goals.goal import Goal
from ..obligations.language.diagnostics import GoalUnsupported, NoClaim, NoSolver, nearest
from ..obligations.settings import load_settings
from ..theories.errors import Unsupported
from .selection import find, is_path, load


def run(args: argparse.Namespace) -> int:
    """Print the script of the named obligation, or what a solver prints for exactly that text."""
    settings = load_settings({"timeout": args.timeout, "memory": args.memory})
    name, _, wanted = args.name.partition("/")
    claim = find(name, load(settings, [] if is_path(name) else [name]).available)[0]
    try:
        found = goals(claim)
        goal = _choose(claim.name, found, wanted)
        chosen = encodings(goal)
        number = min(max(int(args.encoding), 1), len(chosen))
        text = encode(goal, chosen[number - 1]).script.text
    except Unsupported as error:
        raise GoalUnsupported(str(error), path=claim.location.file) from None
    others = [g.name for g in found if g is not goal]
    if others and not wanted:
        print(f"this is {goal.name}; there are also {', '.join(others)}", file=sys.stderr)
    if args.run:
        if args.run not in drivers.names() or not drivers.get(args.run).available():
            have = [n for n in drivers.names() if drivers.get(n).available()]
            raise NoSolver(f"the solver {args.run!r} is not installed; there are {', '.join(have)}")
        print(run_exactly(text, args.run, settings), end="")
    else:
        print(text, end="" if text.endswith("\n") else "\n")
    return AS_EXPECTED


def _choose(claim: str, found: list[Goal], wanted: str) -> Goal:
    """The obligation called ``wanted``; the last one, which is about the statement itself, if none is named."""
    if not wanted:
        return found[-1]
    fits = [g for g in found if g.name in (wanted, f"{claim}/{wanted}")]
    if not fits:
        names = [g.name for g in found]
        raise NoClaim(
            f"{claim} has no obligation {wanted!r}", hint=nearest(wanted, names) or f"it has {', '.join(names)}"
        )
    return fits[0]

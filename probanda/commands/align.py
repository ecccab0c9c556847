"""``probanda align``."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from ..cli import AS_EXPECTED, DIFFERS
from ..obligations.artefacts.comparison import Comparison, compare
from ..obligations.reports import alignment, ci
from ..obligations.reports.document import Closing, to_json
from ..obligations.reports.text import Style
from ..obligations.settings import load_settings
from .options import pairs, sizes
from .progress import progress

SETTINGS = ("timeout", "memory", "solvers", "two_solvers")


def run(args: argparse.Namespace) -> int:
    """Compare two models and print the verdict; files are written where they differ."""
    settings = load_settings({name: getattr(args, name) for name in SETTINGS})
    names = renamings(args.match or ())
    start = time.perf_counter()
    with progress(f"aligning {args.before} and {args.after}", args.output_format == "text"):
        found = compare(
            args.before,
            args.after,
            settings=settings,
            names=names,
            sizes=sizes(args.sizes),
            requested=args.reading,
            folder=Path(args.save) if args.save else None,
        )
    show(found, args.output_format, time.perf_counter() - start, args.verbose)
    return AS_EXPECTED if found.equal else DIFFERS


def renamings(given: Sequence[str]) -> dict[str, str]:
    """``NEW=OLD`` arguments as a map; BadSetting for one that is no such pair."""
    return dict(pairs("--match", given))


def show(found: Comparison, output_format: str, seconds: float, verbose: bool) -> None:
    """Print a comparison; where files were written is told on standard error too unless the text says it."""
    document = alignment.document(found)
    match output_format:
        case "text":
            print("\n".join(alignment.text(found, Style(sys.stdout), seconds, verbose=verbose)))
        case "json":
            print(to_json(document, indent=2))
        case "jsonl":
            for claim in document.claims:
                print(to_json(claim))
            print(to_json(Closing(document.schema_version, document.outcome, document.axioms)))
        case _:
            print(ci.render(document, output_format))
    difference = found.alignment.difference
    if output_format != "text" and difference is not None and difference.files:
        print(f"wrote {', '.join(difference.files)}", file=sys.stderr)

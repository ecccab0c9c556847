"""``probanda check``."""

from __future__ import annotations

import argparse
import sys
import time

from ..cli import AS_EXPECTED, DIFFERS, FAILED
from ..ir.errors import UnsupportedOperator
from ..obligations.artefacts.check import Checked, check_model, unsupported_operators
from ..obligations.ledger.lock import read
from ..obligations.reports import check as report
from ..obligations.reports.document import to_json
from ..obligations.reports.text import Style
from ..obligations.settings import load_settings
from .options import count, sizes
from .progress import progress


def run(args: argparse.Namespace) -> int:
    """Check a model and print what was found."""
    settings = load_settings({"timeout": args.timeout, "lock_file": args.lock_file})
    lock = read(settings.lock_file) if settings.lock_file.is_file() or args.lock_file else None
    runs, fixed = count("--runs", args.runs), sizes(args.sizes)
    start = time.perf_counter()
    try:
        with progress(f"checking {args.model}", args.output_format == "text"):
            found = check_model(args.model, runs=runs, sizes=fixed, lock=lock, settings=settings)
    except UnsupportedOperator as error:
        return refuse(error, args.model, args.output_format)
    show(found, args.output_format, time.perf_counter() - start, args.verbose)
    return AS_EXPECTED if found.accepted else DIFFERS


def refuse(error: UnsupportedOperator, model: str, output_format: str) -> int:
    """Say which operators of a model have no denotation; the exit code."""
    names = unsupported_operators(model)
    print(error, file=sys.stderr)
    if output_format == "json":
        print(to_json(report.refused(model, str(error), names), indent=2))
    elif names:
        print(f"without denotation here: {', '.join(names)}", file=sys.stderr)
    return FAILED


def show(found: Checked, output_format: str, seconds: float, verbose: bool) -> None:
    """Print what was found."""
    match output_format:
        case "json":
            print(to_json(report.document(found), indent=2))
        case "markdown":
            print(report.markdown(found))
        case _:
            print("\n".join(report.text(found, Style(sys.stdout), seconds, verbose=verbose)))

"""``probanda list``."""

from __future__ import annotations

import argparse
import sys

from ..cli import AS_EXPECTED, NOTHING
from ..obligations.language.elaborate import heads
from ..obligations.reports.document import to_json
from ..obligations.settings import load_settings
from .selection import chosen_names, load_stated, operator_lemmas, stated_files, whole_library


def run(args: argparse.Namespace) -> int:
    """Print name, kind, expected verdict and place of every claim that is selected."""
    settings = load_settings()
    installed = whole_library(settings, args.targets)  # what a file of the user says is checked, too
    stated = heads(stated_files(settings)) if installed else load_stated(settings, args.targets).claims
    listed = [*stated, *operator_lemmas(settings, args.targets, args.pattern)]
    names = set(chosen_names(listed, args))
    claims = [c for c in listed if c.name in names]
    if not claims:
        print("nothing selected", file=sys.stderr)
        return NOTHING
    rows = [
        {
            "name": c.name,
            "kind": c.kind,
            "expected": c.expected.value,
            "doc": c.doc,
            "location": {"file": c.location.file, "line": c.location.line},
        }
        for c in claims
    ]
    match args.output_format:
        case "json":
            print(to_json(rows, indent=2))
        case "jsonl":
            print("\n".join(to_json(row) for row in rows))
        case _:
            width = max(len(c.name) for c in claims)
            for c in claims:
                print(f"{c.kind:<8} {c.name:<{width}}  {c.expected.value:<8} {c.location.file}:{c.location.line}")
    return AS_EXPECTED

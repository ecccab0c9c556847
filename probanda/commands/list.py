"""``probanda list``."""

from __future__ import annotations

import argparse
import sys

from ..cli import AS_EXPECTED, NOTHING
from ..obligations.reports.document import to_json
from ..obligations.settings import load_settings
from .selection import find, is_path, load, matches


def run(args: argparse.Namespace) -> int:
    """Print name, kind, expected verdict and place of every claim that is selected."""
    claims, _ = load(load_settings(), args.targets)
    names = [t for t in args.targets if not is_path(t)]
    if names:
        chosen = {find(name, claims).name for name in names}
        claims = [c for c in claims if c.name in chosen]
    claims = [c for c in claims if not args.pattern or matches(c.name, args.pattern)]
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

"""Write the published schema of the JSON document: ``python -m probanda.obligations.reports.schema FILE``."""

from __future__ import annotations

import sys
from pathlib import Path

from .document import schema, to_json


def text() -> str:
    """The schema as it is published."""
    return to_json(schema(), indent=2) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), encoding="utf-8")

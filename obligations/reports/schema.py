"""Write the published schemas of JSON documents: ``python -m probanda.obligations.reports.schema FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

from .document import schema, to_json


def text() -> str:
    """The schema of claims, of ``prove`` and ``align``, as it is published."""
    return to_json(schema(), indent=2) + "\n"


def check_text() -> str:
    """The schema of ``check`` as it is published."""
    from . import check

    return to_json(check.schema(), indent=2) + "\n"


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    (folder / "schema.json").write_text(text(), encoding="utf-8")
    (folder / "check-schema.json").write_text(check_text(), encoding="utf-8")

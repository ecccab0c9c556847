"""``probanda --version``."""

from __future__ import annotations

import argparse
from importlib.metadata import PackageNotFoundError, version

from .. import __version__
from ..cli import AS_EXPECTED


def run(args: argparse.Namespace) -> int:
    """Print the versions of probanda and of the solvers that are installed."""
    print(f"probanda {__version__}")
    for name in ("z3-solver", "cvc5", "bitwuzla"):
        try:
            print(f"{name} {version(name)}")
        except PackageNotFoundError:
            print(f"{name} not installed")
    return AS_EXPECTED

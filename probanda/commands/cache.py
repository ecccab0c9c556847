"""``probanda cache``."""

from __future__ import annotations

import argparse

from ..cli import AS_EXPECTED
from ..obligations.discharge.cache import Cache
from ..obligations.settings import load_settings


def run(args: argparse.Namespace) -> int:
    """Say where the answers of solvers are kept and how many there are, or forget them."""
    cache = Cache(load_settings({"cache_dir": args.cache_dir}).cache_dir)
    if args.action == "clear":
        cache.clear()
        print(f"cleared {cache.path}")
    else:
        info = cache.info()
        print(f"{info.path}: {info.sat + info.unsat} answers ({info.unsat} unsat, {info.sat} sat), {info.size} bytes")
    cache.close()
    return AS_EXPECTED

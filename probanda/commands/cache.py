"""``probanda cache``."""

from __future__ import annotations

import argparse

from ..cli import AS_EXPECTED
from ..obligations.discharge.cache import Cache
from ..obligations.discharge.memo import Memo
from ..obligations.settings import load_settings


def run(args: argparse.Namespace) -> int:
    """Say where answers of solvers and verdicts are kept and how many there are, or forget them."""
    settings = load_settings({"cache_dir": args.cache_dir})
    cache, memo = Cache(settings.cache_dir), Memo(settings)
    if args.action == "clear":
        for store in (cache, memo):
            store.clear()
            print(f"cleared {store.path}")
    else:
        info = cache.info()
        print(f"{info.path}: {info.sat + info.unsat} answers ({info.unsat} unsat, {info.sat} sat), {info.size} bytes")
        print(f"{memo.path}: {memo.count()} verdicts, {memo.size} bytes")
    cache.close()
    memo.close()
    return AS_EXPECTED

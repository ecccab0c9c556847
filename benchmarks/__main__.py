"""All benchmarks, one after another: run with ``python -m benchmarks [NAME]...``; fails if one misses its target."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def main(names: list[str]) -> int:
    here = Path(__file__).parent
    known = {p.stem: p for p in sorted(here.glob("*.py")) if not p.stem.startswith("_")}
    if unknown := [n for n in names if n not in known]:
        print(f"no benchmark is called {unknown[0]!r}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    failed: list[str] = []
    for name in names or known:
        print(f"== {name}", flush=True)
        if subprocess.run([sys.executable, str(known[name])], check=False).returncode:
            failed.append(name)
    print(f"targets missed or errors: {', '.join(failed)}" if failed else "all targets are met")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

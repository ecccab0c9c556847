"""What starting costs: run with ``python benchmarks/commands.py``.

``probanda --help`` as a multiple of ``python -c "import argparse"`` (at most 5).
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence

TARGET = 5.0


def seconds(command: Sequence[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, capture_output=True, check=False)
    return time.perf_counter() - start


def median(command: Sequence[str], times: int = 11) -> float:
    return statistics.median(seconds(command) for _ in range(times))


def main() -> int:
    probanda = [sys.executable, "-m", "probanda"]
    base = median([sys.executable, "-c", "import argparse"])
    times = median([*probanda, "--help"]) / base
    print(f"--help: {times:.1f} times the import of argparse")
    return int(times > TARGET)


if __name__ == "__main__":
    sys.exit(main())

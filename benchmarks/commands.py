"""What the commands cost: run with ``python benchmarks/commands.py``.

- ``probanda --help`` as a multiple of ``python -c "import argparse"`` (at most 5);
- the whole library with an empty cache and again with a full one, in seconds (at most 30 and 2 on two processors), with
  the counts of claims and obligations;
- median milliseconds a claim outside the solvers, the goal's sanity checks included (at most 40): the time of the second
  run, in which no solver runs, over the claims.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence


def seconds(command: Sequence[str], **env: str) -> tuple[float, str]:
    """The time a command takes, and what it prints."""
    start = time.perf_counter()
    done = subprocess.run(command, env=os.environ | env, capture_output=True, text=True, check=False)
    return time.perf_counter() - start, done.stdout


def median(command: Sequence[str], times: int = 11) -> float:
    return statistics.median(seconds(command)[0] for _ in range(times))


def main() -> None:
    probanda = [sys.executable, "-m", "probanda"]
    base = median([sys.executable, "-c", "import argparse"])
    print(f"--help: {median([*probanda, '--help']) / base:.1f} times the import of argparse")
    with tempfile.TemporaryDirectory() as folder:
        command = [*probanda, "prove", "-j", "2", "--output-format", "json"]
        cold, _ = seconds(command, PROBANDA_CACHE_DIR=folder, CI="")
        warm, text = seconds(command, PROBANDA_CACHE_DIR=folder, CI="")
    claims = json.loads(text)["claims"]
    print(f"library: {len(claims)} claims, {sum(c['obligations'] for c in claims)} obligations")
    print(f"cold {cold:.1f} s, warm {warm:.1f} s, {1000 * warm / len(claims):.1f} ms a claim without solvers")


if __name__ == "__main__":
    main()

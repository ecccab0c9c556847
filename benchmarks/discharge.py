"""What a query costs outside the solver: run with ``python benchmarks/discharge.py [QUERIES]``.

For each way of asking, in milliseconds a query: the median of the wall time from question to answer less the time in the
solver, the 90th percentile, the processor time of the asking process, and the wall time when all are asked at once, solver
included.  The median must stay under 8.  ``first`` is the time to the first answer, with the start of a worker.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from probanda.obligations.discharge.solve import Portfolio
from probanda.obligations.settings import Settings

TARGET = 8.0


def script(i: int, lines: int) -> str:
    """A script of some ``lines`` lines that no two ``i`` share, decided by propagation alone."""
    names = [f"x{k}" for k in range(lines // 2)]
    declared = "\n".join(f"(declare-fun {n} () Int)" for n in names)
    steps = "\n".join(f"(assert (! (< {a} {b}) :named h_{a}))" for a, b in pairwise(names))
    goal = f"(assert (! (> {names[0]} {names[-1]} {i}) :named goal))"
    options = "(set-option :produce-unsat-cores true)\n(set-logic QF_UFLIA)"
    return f"{options}\n{declared}\n{steps}\n{goal}\n(check-sat)\n(get-unsat-core)\n"


def measure(settings: Settings, scripts: list[str]) -> tuple[float, list[float], float]:
    """Seconds to the first answer, milliseconds of every query outside the solver, processor milliseconds a query."""
    outside: list[float] = []
    with Portfolio(settings) as portfolio:
        begin = time.perf_counter()
        portfolio.solve(script(-1, 10))
        first = time.perf_counter() - begin
        processor = time.process_time()
        for text in scripts:
            begin = time.perf_counter()
            answer = portfolio.solve(text)
            solver = 0.0 if answer.cached else answer.seconds
            outside.append(1000 * (time.perf_counter() - begin - solver))
            assert answer.status == "unsat", answer
        processor = time.process_time() - processor
    return first, outside, 1000 * processor / len(scripts)


def together(settings: Settings, scripts: list[str]) -> float:
    """Milliseconds a query when all are asked at once, solvers included."""
    with Portfolio(settings) as portfolio:
        portfolio.solve_many([(script(-k, 10), None, "") for k in range(8)])
        begin = time.perf_counter()
        portfolio.solve_many([(text, None, "") for text in scripts])
        return 1000 * (time.perf_counter() - begin) / len(scripts)


def main() -> int:
    """Print the table; 1 if the target is missed."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    missed = False
    print(f"{'way of asking':<22}{'lines':>6}{'first s':>9}{'median ms':>11}{'p90 ms':>9}{'cpu ms':>9}{'at once':>9}")
    with tempfile.TemporaryDirectory() as folder:
        base = Settings(jobs=2, cache_dir=Path(folder))
        for lines in (20, 400):
            scripts = [script(i, lines) for i in range(count)]
            ways = {
                "no cache": replace(base, use_cache=False),
                "cache, all new": base,
                "cache, all known": base,
                "designated": replace(base, designated=True),
            }
            for way, settings in ways.items():
                first, outside, processor = measure(settings, scripts)
                median, p90 = statistics.median(outside), statistics.quantiles(outside, n=10)[-1]
                new = way == "cache, all new"
                all_at_once = together(settings, [script(count + i, lines) for i in range(count)] if new else scripts)
                missed = missed or median > TARGET
                print(f"{way:<22}{lines:>6}{first:>9.2f}{median:>11.2f}{p90:>9.2f}{processor:>9.2f}{all_at_once:>9.2f}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())

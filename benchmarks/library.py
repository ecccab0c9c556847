"""What the whole library costs: run with ``python benchmarks/library.py``.

- ``probanda prove`` with an empty cache and again with a full one: wall and processor time, and both as multiples of the
  targets (30 and 2 seconds on two idle processors);
- outside the solvers, with the sanity queries: the median of the processor time a claim and a query (targets 40 and 8 ms),
  the slowest claims, and how many claims, obligations and queries there are.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace

from probanda.obligations.claims import Claim
from probanda.obligations.discharge.prove import Engine
from probanda.obligations.discharge.solve import Answer, Portfolio
from probanda.obligations.language.elaborate import CLAIMS, THEORIES, load_files
from probanda.obligations.settings import Settings

TARGETS = {"cold": 30.0, "warm": 2.0}
CLAIM, QUERY = 40.0, 8.0


class Counting(Portfolio):
    """A portfolio that counts what it is asked."""

    asked = 0

    def solve(
        self, text: str, logic: str | None = None, goal_id: str = "", solver: str | None = None, share: float = 1.0
    ) -> Answer:
        self.asked += 1
        return super().solve(text, logic, goal_id, solver, share)


def used() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def run(folder: str) -> tuple[float, float, list[dict[str, object]]]:
    """Wall and processor time of a run, and its claims."""
    command = [sys.executable, "-m", "probanda", "prove", "-j", "2", "--output-format", "json"]
    start, before = time.perf_counter(), used()
    env = os.environ | {"PROBANDA_CACHE": folder, "CI": ""}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    return time.perf_counter() - start, used() - before, json.loads(done.stdout)["claims"]


def library() -> list[Claim]:
    paths = [*sorted(CLAIMS.rglob("*.ob")), *sorted(THEORIES.rglob("*.ob"))]
    return [c for c in load_files(paths).claims if c.kind != "axiom"]


def outside(claims: list[Claim]) -> list[tuple[float, int, str]]:
    """For each claim: milliseconds of this process's time, queries, name."""
    out: list[tuple[float, int, str]] = []
    with Counting(replace(Settings(), jobs=1, use_cache=False)) as portfolio:
        engine = Engine(portfolio)
        for claim in claims:
            asked, start = portfolio.asked, time.process_time()
            engine.claim(claim)
            out.append((1000 * (time.process_time() - start), portfolio.asked - asked, claim.name))
    return out


def main() -> int:
    missed = False
    found: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, target in TARGETS.items():
            wall, processor, found = run(folder)
            missed = missed or wall > target
            verdicts = [c["verdict"] for c in found]
            said = ", ".join(f"{verdicts.count(v)} {v}" for v in sorted(set(verdicts), key=str))
            print(
                f"{name}: {wall:6.2f} s wall ({wall / target:.2f} of the target), {processor:6.2f} s processor; {said}"
            )
        print(f"{len(found)} claims, {sum(int(str(c['obligations'])) for c in found)} obligations")
    rows = outside(library())
    asking = [(cost / queries, name) for cost, queries, name in rows if queries]
    claim = statistics.median(cost for cost, *_ in rows)
    query = statistics.median(cost for cost, _ in asking)
    print(f"{sum(queries for _, queries, _ in rows)} queries, {len(rows) - len(asking)} claims without any")
    print(f"outside the solvers: {claim:.1f} ms a claim ({claim / CLAIM:.2f} of the target)")
    print(f"                     {query:.1f} ms a query ({query / QUERY:.2f} of the target)")
    for cost, queries, name in sorted(rows, reverse=True)[:8]:
        print(f"  {cost:8.0f} ms  {queries:4} queries  {name}")
    return int(missed or claim > CLAIM or query > QUERY)


if __name__ == "__main__":
    sys.exit(main())

"""A run that is ended at any moment leaves no process behind, loses nothing, and leaves nothing wrong."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from probanda.obligations.discharge.cache import Cache

BATCH = """
import json, sys
from pathlib import Path
from probanda.obligations.discharge.solve import Portfolio
from probanda.obligations.settings import Settings

def script(i):
    last = f"(assert (= (mod (* 7 x) {i + 11}) {i % 5}))" if i % 4 else "(assert (< x y 0))"
    return f"(set-logic QF_LIA)(declare-fun x () Int)(declare-fun y () Int)(assert (> x {i} y)){last}(check-sat)"

with Portfolio(Settings(jobs=2, cache_dir=Path(sys.argv[1]), solvers=("z3", "cvc5"))) as portfolio:
    futures = [portfolio.submit(script(i)) for i in range(60)]
    for future in futures:
        future.add_done_callback(lambda f: print(f.result().status, flush=True))
    print("started", flush=True)
    answers = [f.result() for f in futures]
print(json.dumps([a.status for a in answers]))
print(sum(a.cached for a in answers))
"""

HANG = BATCH.replace("(check-sat)", "(assert (= (* x x x y) (* y y z z z)))(check-sat)").replace("LIA", "NIA")


def start(program: str, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error::RuntimeWarning", "-c", program, str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def gone(processes: list[psutil.Process], seconds: float) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return not [p for p in alive if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.skipif(os.name == "nt", reason="no such signals")
def test_killed_at_random_points(tmp_path: Path) -> None:
    whole = start(BATCH, tmp_path / "whole")
    output, _ = whole.communicate(timeout=60)
    statuses, cached = output.splitlines()[-2:]
    expected = json.loads(statuses)
    assert (set(expected), cached) == ({"sat", "unsat"}, "0")
    folder = tmp_path / "interrupted"
    rng = random.Random(1)
    for _ in range(6):
        run = start(BATCH, folder)
        assert run.stdout is not None
        for _ in range(rng.randrange(1, 60)):  # lines: the start, then one for each answer
            run.stdout.readline()
        time.sleep(rng.random() * 0.01)
        workers = psutil.Process(run.pid).children(recursive=True)
        run.send_signal(signal.SIGKILL)
        run.communicate()
        assert gone(workers, 10)
    kept = Cache(folder).info()
    again = start(BATCH, folder)
    output, errors = again.communicate(timeout=60)
    statuses, cached = output.splitlines()[-2:]
    assert json.loads(statuses) == expected, errors
    assert int(cached) == kept.sat + kept.unsat > 0


@pytest.mark.skipif(os.name == "nt", reason="no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_run(tmp_path: Path, number: signal.Signals) -> None:
    program = HANG.replace("[f.result()", "signal.pause() or [f.result()").replace("import json", "import signal, json")
    run = start(program, tmp_path)
    assert run.stdout is not None
    run.stdout.readline()
    time.sleep(1.0)
    workers = psutil.Process(run.pid).children(recursive=True)
    assert len(workers) >= 2
    run.send_signal(number)
    begin = time.monotonic()
    run.communicate(timeout=20)
    assert run.returncode != 0
    assert gone(workers, 20)
    if number == signal.SIGINT:
        assert time.monotonic() - begin < 5

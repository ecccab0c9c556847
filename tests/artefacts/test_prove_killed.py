"""``prove`` killed at any moment, then run again: the same verdicts, a sound cache, a whole ledger, nobody left behind."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from console import ROOT

from probanda.obligations.ledger.lock import parse, render
from probanda.obligations.ledger.records import Lock

LIBRARY = ROOT / "obligations" / "library"
FILES = [str(LIBRARY / name) for name in ("rewrites/xla_slice.ob", "bugzoo/kv_append.ob", "bits/powers.ob")]
OLD = render(Lock())
POINTS = 20

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no such signals")


class Site:
    """A cache and a ledger in a folder of their own."""

    def __init__(self, folder: Path, lock: str = "obligations.lock") -> None:
        folder.mkdir(exist_ok=True)
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PROBANDA") and k != "CI"}
        self.env = kept | {"PYTHONPATH": str(ROOT), "PROBANDA_CACHE": str(folder / "cache")}
        self.folder, self.lock = folder, folder / lock
        self.lock.write_text(OLD, "utf-8")

    def start(self, *args: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-W", "always::RuntimeWarning", "-m", "probanda", *args],
            cwd=self.folder,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def prove(self) -> subprocess.Popen[str]:
        """A run with the cache, which finds that the ledger is old, and then one without it, which writes the ledger."""
        options = ("--lock", "write", "--lock-file", str(self.lock), "--jobs", "2", "--output-format", "json")
        return self.start("prove", *FILES, *options)


def finish(run: subprocess.Popen[str]) -> str:
    out, err = run.communicate(timeout=120)
    assert run.returncode == 0, err
    assert "RuntimeWarning" not in err and "damaged" not in err, err
    return out


def verdicts(out: str) -> dict[str, Any]:
    return {c["name"]: (c["verdict"], c["expected"]) for c in json.loads(out)["claims"]}


def session(number: int) -> list[psutil.Process]:
    """The processes of the session that a run began."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == number and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (ProcessLookupError, PermissionError, psutil.Error):
            continue
    return found


def left(run: subprocess.Popen[str], known: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """What still runs of a run that has ended, after at most some seconds."""
    end = time.monotonic() + seconds
    while True:
        alive = {*psutil.wait_procs(known, timeout=0)[1], *session(run.pid)}
        alive = [p for p in alive if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
        if not alive or time.monotonic() > end:
            return alive
        time.sleep(0.05)


@pytest.mark.slow
def test_killed_at_random_points(tmp_path: Path) -> None:
    whole = Site(tmp_path / "whole")
    begin = time.monotonic()
    expected = verdicts(finish(whole.prove()))
    length = time.monotonic() - begin
    ledger = whole.lock.read_text("utf-8")
    assert len(parse(ledger).claims) >= len(expected) > 20
    assert {v for v, _ in expected.values()} == {"proved", "refuted"}

    site = Site(tmp_path / "killed")
    rng = random.Random(7)
    unfinished = 0
    for k in range(POINTS):
        run = site.prove()
        time.sleep(length * rng.random() * (0.8 if k < POINTS // 2 else 0.5))  # a warm run is shorter
        workers: list[psutil.Process] = []
        if run.poll() is None:
            unfinished += 1
            workers = psutil.Process(run.pid).children(recursive=True)
            (os.kill if k % 2 else os.killpg)(run.pid, signal.SIGKILL)
        run.communicate()
        assert left(run, workers, 10) == []
        found = site.lock.read_text("utf-8")
        assert found in (OLD, ledger)
        site.lock.write_text(OLD, "utf-8")
        shown = finish(site.start("cache"))
        assert "answers" in shown and "verdicts" in shown
    assert unfinished >= POINTS // 4
    assert verdicts(finish(site.prove())) == expected
    assert site.lock.read_text("utf-8") == ledger


@pytest.mark.slow
def test_two_runs_share_a_cache(tmp_path: Path) -> None:
    sites = [Site(tmp_path, name) for name in ("one.lock", "two.lock")]
    runs = [site.prove() for site in sites]
    one, two = [verdicts(finish(run)) for run in runs]
    assert one == two and all(found == stated for found, stated in one.values())
    assert sites[0].lock.read_text("utf-8") == sites[1].lock.read_text("utf-8") != OLD
    assert "answers" in finish(sites[0].start("cache"))

"""Worker processes: one pool for each solver, one solver call at a time in each worker, under limits.

The operating system, the solver and the parent each keep the limits, in that order of patience: the solver heeds its own
time and memory limits, a monitor thread of the parent has workers killed that are over them, and the system ends a
worker that the parent has lost sight of.  A worker that dies costs the job that it ran.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import Any

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from . import child
from .answer import Answer, Status, read
from .drivers import Driver, Limits, RawAnswer, get, target

_TICK = 0.02  # seconds between two rounds of the monitor while something runs
_GRACE = 1.0  # seconds that a solver may be late with its answer


class Run:
    """One solver call under way.  ``interrupt`` says that its answer is no longer wanted."""

    def __init__(self, driver: Driver, text: str, limits: Limits, done: Callable[[Run, Answer], None]) -> None:
        self.driver = driver
        self.text = text
        self.limits = limits
        self.done = done
        self.row = self.ticket = -1
        self.future: ProcessFuture[tuple[RawAnswer, float]] | None = None
        self.started: float | None = None
        self.interrupted: float | None = None
        self.killed: tuple[Status, str] | None = None
        self.rss = 0
        self.attempts = 0


class Workers:
    """The pools.  ``start`` never blocks; the answer of a run goes to its ``done``, in some thread."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        rows = 64 + 16 * jobs  # runs under way at once, all solvers together
        self._context = _Context()
        self._board: Any = self._context.RawArray("q", rows * child.WIDTH)
        self._pools: dict[str, ProcessPool] = {}
        self._rows = list(range(rows))
        self._tickets = 0
        self._active: set[Run] = set()
        self._lock = threading.RLock()
        self._wake = threading.Event()
        self._closed = False
        self._monitor: threading.Thread | None = None

    def warm(self, solver: str) -> None:
        """Have the processes of a solver started."""
        with self._lock:
            self._pool(solver).schedule(child.ping)

    def start(self, solver: str, text: str, limits: Limits, done: Callable[[Run, Answer], None]) -> Run:
        """Start a solver on a script."""
        run = Run(get(solver), text, limits, done)
        self._schedule(solver, run)
        return run

    def interrupt(self, run: Run) -> None:
        """Ask that a run ends: cooperatively if its driver can, by force after a grace time."""
        with self._lock:
            if run in self._active and run.interrupted is None:
                run.interrupted = time.monotonic()
                self._board[run.row * child.WIDTH + child.STOP] = run.ticket
                if not (run.driver.interruptible and run.started):
                    self._kill(run, "unknown", "interrupted")

    def close(self) -> None:
        """End all worker processes at once.  Runs under way end with ``error``."""
        with self._lock:
            self._closed = True
            pools = list(self._pools.values())
            self._pools.clear()
        self._wake.set()
        for pool in pools:
            pool.stop()
        for pool in pools:
            pool.join()

    def _pool(self, solver: str) -> ProcessPool:
        if self._closed:
            raise RuntimeError("the workers are closed")
        pool = self._pools.get(solver)
        if pool is None or not pool.active:
            pool = self._pools[solver] = ProcessPool(
                max_workers=self._jobs,
                initializer=child.start,
                initargs=(target(solver), self._board),
                context=self._context,
            )
        if self._monitor is None:
            self._monitor = threading.Thread(target=self._watch, name="probanda-monitor", daemon=True)
            self._monitor.start()
        return pool

    def _schedule(self, solver: str, run: Run) -> None:
        with self._lock:
            self._tickets += 1
            run.row, run.ticket, run.started = self._rows.pop(), self._tickets, None
            run.attempts += 1
            base = run.row * child.WIDTH
            self._board[base : base + child.WIDTH] = [run.ticket, 0, 0]
            args = (run.row, run.ticket, run.text, run.limits)
            future = self._pool(solver).schedule(child.call, args=args)
            run.future = future
            self._active.add(run)
        self._wake.set()
        future.add_done_callback(lambda f: self._finished(solver, run, f))

    def _finished(self, solver: str, run: Run, future: Future[tuple[RawAnswer, float]]) -> None:
        with self._lock:
            self._active.discard(run)
            self._rows.append(run.row)
            retry = run.attempts < 3 and not self._closed
        try:
            raw, seconds = future.result()
        except CancelledError:
            status, reason = run.killed or ("error", "cancelled")
            answer = self._failed(run, status, reason)
        except ProcessExpired as error:
            answer = self._expired(run, error)
        except Exception as error:
            if retry and run.interrupted is None and run.started is None:
                # An idle worker died, which breaks the whole pool: this job was only waiting in it.
                self._schedule(solver, run)
                return
            answer = self._failed(run, "error", f"{type(error).__name__}: {error}")
        else:
            answer = read(raw, run.driver, seconds)
            if run.interrupted is not None and not answer.definite:
                answer = self._failed(run, "unknown", "interrupted")
        run.done(run, answer)

    def _expired(self, run: Run, error: ProcessExpired) -> Answer:
        if run.killed:
            return self._failed(run, *run.killed)
        if run.rss > 0.6 * run.limits.memory:
            return self._failed(run, "memory", "the process ended when its memory ran out")
        if error.exitcode == -24:  # SIGXCPU
            return self._failed(run, "timeout", "killed at its limit of processor time")
        return self._failed(run, "error", f"the solver's process ended with status {error.exitcode}")

    def _failed(self, run: Run, status: Status, reason: str) -> Answer:
        seconds = time.monotonic() - run.started if run.started else 0.0
        return Answer(status, None, (), run.driver.name, run.driver.version(), reason, seconds)

    def _kill(self, run: Run, status: Status, reason: str) -> None:
        if run.killed is None and run.future is not None:
            run.killed = (status, reason)
            run.future.cancel()

    def _watch(self) -> None:
        from psutil import Error, Process

        processes: dict[int, Process] = {}
        while not self._closed:
            with self._lock:
                runs = list(self._active)
            if not runs:
                self._wake.wait(0.5)
                self._wake.clear()
                continue
            for run in runs:
                pid: int = self._board[run.row * child.WIDTH + child.PID]
                if not pid:
                    continue
                now = time.monotonic()
                run.started = run.started or now
                try:
                    process = processes.get(pid) or processes.setdefault(pid, Process(pid))
                    run.rss = process.memory_info().rss >> 20
                except Error:
                    processes.pop(pid, None)
                with self._lock:
                    if run in self._active:
                        self._enforce(run, now, run.started)
            time.sleep(_TICK)

    def _enforce(self, run: Run, now: float, started: float) -> None:
        if run.rss > run.limits.memory:
            self._kill(run, "memory", f"killed at {run.rss} MB")
        elif now - started > run.limits.timeout + _GRACE:
            self._kill(run, "timeout", f"killed after {now - started:.1f} s")
        elif run.interrupted is not None and now - run.interrupted > _GRACE:
            self._kill(run, "unknown", "interrupted")


_hiding = threading.Lock()


@contextmanager
def _without_main() -> Iterator[None]:
    """Hide the main module while a process is spawned: the child would import it, and needs nothing of it."""
    with _hiding:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main


class _Process(SpawnProcess):
    @staticmethod
    def _Popen(process_obj: BaseProcess) -> Any:  # noqa: N802 - the hook's name in multiprocessing
        with _without_main():
            return SpawnProcess._Popen(process_obj)  # type: ignore[attr-defined]


class _Context(SpawnContext):
    Process = _Process

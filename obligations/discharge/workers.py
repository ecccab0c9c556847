"""Worker processes: one pool for each solver, one solver call at a time in each worker, under limits.

The solver, the parent and the operating system each keep the limits, in that order of patience: the solver heeds its own
time and memory limits, a monitor thread of the parent has workers killed that are over them, and the system ends a
worker that the parent has lost sight of.  A worker that dies costs the job that it ran.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from typing import Any

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from . import child
from .answer import Answer, Status, read
from .drivers import Driver, Limits, RawAnswer, get, target
from .spawn import QuietContext

_TICK = 0.02  # seconds between two rounds of the monitor while something runs
_GRACE = 1.0  # seconds that a solver may be late with its answer
_ATTEMPTS = 3


class Run:
    """One solver call under way."""

    def __init__(self, driver: Driver, text: str, limits: Limits, done: Callable[[Run, Answer], None]) -> None:
        self.driver = driver
        self.text = text
        self.limits = limits
        self.done = done
        self.row = self.ticket = -1
        self.pool: ProcessPool | None = None
        self.future: ProcessFuture[tuple[RawAnswer, float]] | None = None
        self.started: float | None = None
        self.interrupted: float | None = None
        self.killed: tuple[Status, str] | None = None
        self.rss = 0  # MB, what the process held before not counted
        self.attempts = 0

    def failed(self, status: Status, reason: str) -> Answer:
        """The answer of a run that gave none."""
        seconds = time.monotonic() - self.started if self.started else 0.0
        return Answer(status, None, (), self.driver.name, self.driver.version(), reason, seconds)

    def verdict_on_limits(self, now: float) -> tuple[Status, str] | None:
        """Why the run must be killed now, if it must."""
        if self.started is None:
            return None
        if self.rss > self.limits.memory:
            return "memory", f"killed at {self.rss} MB"
        if now - self.started > self.limits.timeout + _GRACE:
            return "timeout", f"killed after {now - self.started:.1f} s"
        if self.interrupted is not None and now - self.interrupted > _GRACE:
            return "unknown", "interrupted"
        return None


class Workers:
    """The pools.  ``start`` never blocks; the answer of a run goes to its ``done``, in some thread."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        rows = 64 + 16 * jobs  # runs under way at once, all solvers together
        self._context = QuietContext()
        self._board: Any = self._context.RawArray("q", rows * child.WIDTH)
        self._rows = list(range(rows))
        self._pools: dict[str, ProcessPool] = {}
        self._retired: list[ProcessPool] = []
        self._spent: list[ProcessPool] = []
        self._tickets = 0
        self._active: set[Run] = set()
        # Never held while a future is cancelled: that runs the callback of the future at once.
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
        try:
            self._schedule(run)
        except (OSError, RuntimeError) as error:  # no process can be started
            answer = run.failed("error", f"{type(error).__name__}: {error}")
            threading.Thread(target=done, args=(run, answer), daemon=True).start()
        return run

    def interrupt(self, run: Run) -> None:
        """Have a run end: cooperatively if its driver can, by force at once or after a grace time."""
        with self._lock:
            if run not in self._active or run.interrupted is not None:
                return
            run.interrupted = time.monotonic()
            self._board[run.row * child.WIDTH + child.STOP] = run.ticket
        if not run.driver.interruptible:
            self._kill(run, "unknown", "interrupted")

    def close(self) -> None:
        """End all worker processes at once.  Runs under way are forgotten."""
        with self._lock:
            self._closed = True
            pools = [*self._pools.values(), *self._retired, *self._spent]
            self._pools.clear()
            self._retired.clear()
            self._spent.clear()
        self._wake.set()
        for pool in pools:
            pool.stop()
        for pool in pools:
            pool.join()

    def _pool(self, solver: str) -> ProcessPool:
        if self._closed:
            raise RuntimeError("the workers are closed")
        pool = self._pools.get(solver)
        if pool is not None and not pool.active:
            self._retired.append(pool)
            pool = None
        if pool is None:
            board = (target(solver), self._board)
            pool = ProcessPool(self._jobs, initializer=child.start, initargs=board, context=self._context)
            self._pools[solver] = pool
        if self._monitor is None:
            self._monitor = threading.Thread(target=self._watch, name="probanda-monitor", daemon=True)
            self._monitor.start()
        return pool

    def _schedule(self, run: Run) -> None:
        with self._lock:
            self._tickets += 1
            run.row, run.ticket, run.started, run.killed = self._rows.pop(), self._tickets, None, None
            run.attempts += 1
            base = run.row * child.WIDTH
            self._board[base : base + child.WIDTH] = [run.ticket, 0, 0, 0]
            run.pool = self._pool(run.driver.name)
            run.future = future = run.pool.schedule(child.call, args=(run.row, run.ticket, run.text, run.limits))
            self._active.add(run)
        self._wake.set()
        future.add_done_callback(lambda f: self._finished(run, f))

    def _finished(self, run: Run, future: Future[tuple[RawAnswer, float]]) -> None:
        with self._lock:
            self._active.discard(run)
            self._board[run.row * child.WIDTH + child.TICKET] = 0
            self._rows.append(run.row)
            retry = run.attempts < _ATTEMPTS and not self._closed and run.interrupted is None
        try:
            raw, seconds = future.result()
        except CancelledError:
            answer = run.failed(*(run.killed or ("error", "cancelled")))
        except ProcessExpired as error:
            answer = _expired(run, error)
        except BrokenProcessPool:
            # A worker died while none of them worked, which ends the pool: this job was only waiting in it.
            if retry:
                with suppress(RuntimeError):
                    self._schedule(run)
                    return
            answer = run.failed("error", "worker processes of this solver cannot be started")
        except Exception as error:  # noqa: BLE001 - whatever came back instead of an answer is this job's answer
            answer = run.failed("error", f"{type(error).__name__}: {error}")
        else:
            answer = read(raw, run.driver, seconds)
            if run.interrupted is not None and not answer.definite:
                answer = run.failed("unknown", "interrupted")
            if answer.status == "memory":
                self._retire(run)
        run.done(run, answer)

    def _retire(self, run: Run) -> None:
        """No further job for processes whose solver has run out of memory: z3 crashes on the next one."""
        pool = run.pool
        with self._lock:
            if pool is None or self._pools.get(run.driver.name) is not pool:
                return
            del self._pools[run.driver.name]
            self._spent.append(pool)
        pool.close()

    def _kill(self, run: Run, status: Status, reason: str) -> None:
        with self._lock:
            if run.killed is not None or run not in self._active:
                return
            run.killed = (status, reason)
        if run.future is not None:
            run.future.cancel()

    def _cells(self, run: Run) -> tuple[int, int]:
        row = run.row * child.WIDTH
        return self._board[row + child.PID], self._board[row + child.BASE]

    def _watch(self) -> None:
        from psutil import Error, Process

        processes: dict[int, Process] = {}
        while not self._closed:
            with self._lock:
                runs = [(run, *self._cells(run)) for run in self._active]
                retired, self._retired = self._retired, []
            for pool in retired:
                pool.stop()
                pool.join()
            if not runs:
                self._wake.wait(1.0)
                self._wake.clear()
                continue
            now = time.monotonic()
            for run, pid, base in runs:
                if run.pool is not None and not run.pool.active:
                    self._kill(run, "error", "the pool of worker processes broke down")
                if not pid:
                    continue
                run.started = run.started or now
                try:
                    process = processes.get(pid) or processes.setdefault(pid, Process(pid))
                    run.rss = (process.memory_info().rss >> 20) - base
                except Error:
                    processes.pop(pid, None)
                if over := run.verdict_on_limits(now):
                    self._kill(run, *over)
            time.sleep(_TICK)


def _expired(run: Run, error: ProcessExpired) -> Answer:
    """The answer of a run whose process ended under it."""
    if run.rss > 0.6 * run.limits.memory:
        return run.failed("memory", "the process ended when its memory ran out")
    if error.exitcode == -getattr(signal, "SIGXCPU", 0):
        return run.failed("timeout", "killed at its limit of processor time")
    return run.failed("error", f"the solver's process ended with status {error.exitcode}")

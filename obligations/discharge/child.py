"""What runs inside a worker process: one solver call at a time, under limits.

It imports the solver that it was started for and nothing else that takes time.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import MutableSequence
from contextlib import suppress

from .drivers import load
from .drivers.driver import OUT_OF_MEMORY, Driver, Limits, RawAnswer, cut

# Cells of the board, one row a job: the job's ticket, the process that runs it, the ticket that is no longer wanted, and
# the memory in MB that the process held before.
TICKET, PID, STOP, BASE, WIDTH = 0, 1, 2, 3, 4
_GRACE = 3.0  # seconds of processor time beyond the limit after which the system ends the process
_KEPT = 64  # MB that a call may leave behind
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096

_board: MutableSequence[int] = []
_driver: list[Driver] = []


def start(target: str, board: MutableSequence[int]) -> None:
    """Prepare a fresh worker process."""
    global _board
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a Python handler would wait for the solver to return
    with suppress(OSError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        os.close(null)
    sys.setrecursionlimit(10_000)
    _board = board
    _driver.append(load(target))
    threading.Thread(target=_leave_with_parent, args=(os.getppid(),), daemon=True).start()


def ping() -> None:
    """Nothing: scheduled to have the workers of a pool started."""


def call(row: int, ticket: int, text: str, limits: Limits) -> tuple[RawAnswer, float]:
    """Run one script; the answer and the seconds that it took."""
    driver = _driver[0]
    base = row * WIDTH
    if _board[base + TICKET] != ticket:  # cancelled while it waited; the row may belong to another job by now
        return RawAnswer(""), 0.0
    _board[base + BASE] = resident = _limit(limits)
    _board[base + PID] = os.getpid()
    begin = time.monotonic()

    def stopped() -> bool:
        return _board[base + STOP] == ticket

    try:
        raw = driver.run(cut(text), limits, stopped)
    except MemoryError:
        raw = RawAnswer("unknown", reason=OUT_OF_MEMORY)
    except Exception as error:  # noqa: BLE001 - whatever a solver's binding raises is this job's answer
        raw = RawAnswer(f"(error {type(error).__name__}: {error})")
    seconds = time.monotonic() - begin
    if _memory()[1] > resident + _KEPT:
        with suppress(OSError, AttributeError):  # glibc keeps what was freed, and the next job would be charged for it
            ctypes.CDLL(None).malloc_trim(0)
    return raw, seconds


def _memory() -> tuple[int, int]:
    """MB of address space and of memory that this process holds; zeros where that cannot be read cheaply."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            mapped, resident = file.read().split()[:2]
    except OSError:
        return 0, 0
    return int(mapped) * _PAGE >> 20, int(resident) * _PAGE >> 20


def _limit(limits: Limits) -> int:
    """Set backstops kept by the operating system; the solver and the parent look at the limits first.

    Returns the MB of memory that the process holds already.
    """
    mapped, resident = _memory()
    try:
        import resource
    except ImportError:  # not on Windows
        return resident
    with suppress(OSError, ValueError):
        usage = resource.getrusage(resource.RUSAGE_SELF)
        seconds = usage.ru_utime + usage.ru_stime + 1.5 * limits.timeout + _GRACE
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, hard))
        if mapped:
            _, hard = resource.getrlimit(resource.RLIMIT_AS)
            resource.setrlimit(resource.RLIMIT_AS, ((mapped + 2 * limits.memory) << 20, hard))
    return resident


def _leave_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)

"""Solvers that misbehave, for the tests of discharge.  They are loaded in worker processes by the name of this module.

A script tells them what to answer in ``(set-info :status sat)``.
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from probanda.obligations.discharge import drivers
from probanda.obligations.discharge.drivers import Driver, Limits, RawAnswer, Script

Stopped = Callable[[], bool]


def _status(script: Script) -> str:
    found = re.search(r":status (\w+)", script.head)
    return found.group(1) if found else "unknown"


def _hang(script: Script, limits: Limits, stopped: Stopped) -> RawAnswer:
    while True:
        time.sleep(1)


def _eat(script: Script, limits: Limits, stopped: Stopped) -> RawAnswer:
    eaten: list[bytes] = []
    while True:
        eaten.append(b"x" * 2**22)
        time.sleep(0.002)


def _gorge(script: Script, limits: Limits, stopped: Stopped) -> RawAnswer:
    size = 64 * limits.memory * 2**20
    return RawAnswer("sat" if b"x" * size else "unsat")


def _die(script: Script, limits: Limits, stopped: Stopped) -> RawAnswer:
    time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGKILL)
    return RawAnswer("sat")


def _babble(script: Script, limits: Limits, stopped: Stopped) -> RawAnswer:
    os.write(1, b"sat\nunsat\n" * 1000)
    return RawAnswer("sat\nunsat\n\0\xffgarbage", "((((", "")


def _raise(script: Script, limits: Limits, stopped: Stopped) -> RawAnswer:
    raise ValueError("a solver's own trouble")


def _honest(script: Script, limits: Limits, stopped: Stopped) -> RawAnswer:
    return RawAnswer(_status(script), script.query(_status(script)))


def _lie(script: Script, limits: Limits, stopped: Stopped) -> RawAnswer:
    return RawAnswer({"sat": "unsat", "unsat": "sat"}.get(_status(script), "unknown"))


def _slow(script: Script, limits: Limits, stopped: Stopped) -> RawAnswer:
    end = time.monotonic() + 0.5
    while time.monotonic() < end and not stopped():
        time.sleep(0.01)
    return RawAnswer("unknown", reason="interrupted") if stopped() else RawAnswer(_status(script))


def _patient(script: Script, limits: Limits, stopped: Stopped) -> RawAnswer:
    while not stopped():
        time.sleep(0.01)
    return RawAnswer("unknown", reason="interrupted")


def _ignorant(script: Script, limits: Limits, stopped: Stopped) -> RawAnswer:
    return RawAnswer("unknown", reason="incomplete")


def _driver(name: str, run: Callable[[Script, Limits, Stopped], RawAnswer], interruptible: bool = True) -> Driver:
    return Driver(name, "", "", frozenset({"ALL"}), True, (), (), run, interruptible=interruptible)


HANGS = _driver("hangs", _hang, interruptible=False)
EATS = _driver("eats", _eat)
GORGES = _driver("gorges", _gorge)
DIES = _driver("dies", _die)
BABBLES = _driver("babbles", _babble)
RAISES = _driver("raises", _raise)
HONEST = _driver("honest", _honest)
LIES = _driver("lies", _lie)
SLOW = _driver("slow", _slow)
PATIENT = _driver("patient", _patient)
IGNORANT = _driver("ignorant", _ignorant)

NAMES = ("hangs", "eats", "gorges", "dies", "babbles", "raises", "honest", "lies", "slow", "patient", "ignorant")


def script(status: str, extra: str = "") -> str:
    """A script to which an honest solver answers ``status``; real solvers find it too."""
    goal = "(assert (< x 0))" if status == "unsat" else ""
    return (
        f"(set-logic QF_LIA)(set-info :status {status})(declare-fun x () Int)(assert (> x 3)){goal}{extra}(check-sat)"
    )


@contextmanager
def registered() -> Generator[None]:
    """The strange solvers beside the real ones, for the length of a test."""
    for name in NAMES:
        drivers.register(name, f"{__name__}:{name.upper()}")
    try:
        yield
    finally:
        for name in NAMES:
            drivers.unregister(name)

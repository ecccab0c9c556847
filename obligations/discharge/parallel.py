"""Claims in several processes at once.

Most of a claim's time is spent in Python, so threads do not help.  Each engine is a copy of this process, made before
it starts any thread, that proves the claims whose numbers it is sent; terms never travel, results do.  An engine that
dies costs the claim that it was proving.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, NamedTuple

from ..claims import Claim, Verdict
from ..results import ClaimResult
from .disagreement import SolverDisagreement

Prove = Callable[[Claim], ClaimResult]
_FIELDS = tuple(f.name for f in fields(ClaimResult) if f.name != "claim")


class _Engine(NamedTuple):
    connection: Connection[Any, Any]
    process: Any  # multiprocessing's ForkProcess, which has no public type


def available() -> bool:
    """Whether this system can copy a process."""
    return "fork" in multiprocessing.get_all_start_methods() and os.name == "posix"


def prove_all(
    claims: Sequence[Claim], jobs: int, serve: Callable[[Callable[[Prove], None]], None]
) -> Iterator[ClaimResult]:
    """The results of ``claims`` as they come, by ``jobs`` engines.

    ``serve`` runs in each engine: it makes what proves claims and hands it to the loop that it is given.
    """
    waiting = deque(range(len(claims)))
    engines: dict[Connection[Any, Any], _Engine] = {}
    running: dict[Connection[Any, Any], int] = {}

    def start() -> None:
        engine = _start(claims, serve, [e.connection for e in engines.values()])
        engines[engine.connection] = engine
        give(engine)

    def give(engine: _Engine) -> None:
        if waiting:
            running[engine.connection] = waiting.popleft()
            engine.connection.send(running[engine.connection])

    try:
        for _ in range(min(jobs, len(claims))):
            start()
        while running:
            for connection in wait(list(running)):
                assert isinstance(connection, Connection)
                number = running.pop(connection)
                try:
                    answer = connection.recv()
                except (EOFError, OSError):
                    _end(engines.pop(connection))
                    yield ClaimResult(claims[number], Verdict.ERROR, reason="the process that proved this claim ended")
                    if waiting:
                        start()
                    continue
                if isinstance(answer, _Disagreed):
                    raise SolverDisagreement(answer.message, Path(answer.folder))
                give(engines[connection])
                yield ClaimResult(claim=claims[number], **dict(zip(_FIELDS, answer, strict=True)))
    finally:
        for engine in engines.values():
            _end(engine)


class _Disagreed(NamedTuple):
    message: str
    folder: str


def _start(
    claims: Sequence[Claim], serve: Callable[[Callable[[Prove], None]], None], others: list[Connection[Any, Any]]
) -> _Engine:
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()

    def run() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
        ours.close()
        for other in others:
            other.close()
        threading.Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()

        def loop(prove: Prove) -> None:
            while True:
                try:
                    number: int = theirs.recv()
                except EOFError:
                    return
                try:
                    result = prove(claims[number])
                    theirs.send(tuple(getattr(result, name) for name in _FIELDS))
                except SolverDisagreement as error:
                    theirs.send(_Disagreed(error.message, str(error.folder)))

        serve(loop)

    process = context.Process(target=run)
    process.start()
    theirs.close()
    return _Engine(ours, process)


def _end(engine: _Engine) -> None:
    engine.connection.close()
    engine.process.join(timeout=1.0)
    if engine.process.is_alive():
        engine.process.terminate()
        engine.process.join(timeout=1.0)
        if engine.process.is_alive():
            engine.process.kill()


def _leave_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)

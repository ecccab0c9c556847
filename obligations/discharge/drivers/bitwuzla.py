"""Bitwuzla, through its parser, which prints its answers on the standard output: they are read back from there."""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any, Self

from psutil import Process

from .driver import Driver, Limits, RawAnswer, Script


class _Capture:
    """What C code writes to the standard output of this process."""

    def __enter__(self) -> Self:
        sys.stdout.flush()
        self._saved = os.dup(1)
        self._file = tempfile.TemporaryFile()
        os.dup2(self._file.fileno(), 1)
        return self

    def take(self) -> str:
        """The text written since the last call."""
        ctypes.CDLL(None).fflush(None)
        self._file.seek(0)
        text = self._file.read().decode(errors="replace")
        self._file.seek(0)
        self._file.truncate()
        return text

    def __exit__(self, *_: object) -> None:
        ctypes.CDLL(None).fflush(None)
        os.dup2(self._saved, 1)
        os.close(self._saved)
        self._file.close()


def run(script: Script, limits: Limits, stopped: Callable[[], bool]) -> RawAnswer:
    """Parse and run the script on a fresh instance; the terminator callback looks at ``stopped()``."""
    lib: Any = import_module("bitwuzla")
    options = lib.Options()
    for name, value in DRIVER.options:
        options.set(getattr(lib.Option, name), int(value))
    options.set(lib.Option.TIME_LIMIT_PER, max(1, int(limits.timeout * 1000)))
    held = Process().memory_info().rss >> 20
    options.set(lib.Option.MEMORY_LIMIT, held + limits.memory)
    parser = lib.Parser(lib.TermManager(), options, language="smt2", base=2)
    looked = time.monotonic()
    stop = False

    def terminate() -> bool:  # called up to 10^5 times a second
        nonlocal looked, stop
        now = time.monotonic()
        if now - looked > 0.01:
            looked, stop = now, stopped()
        return stop

    parser.configure_terminator(terminate)
    start = time.monotonic()
    with _Capture() as output:
        try:
            parser.parse(script.head, False, False)
        except lib.BitwuzlaException as error:
            return RawAnswer(f"(error {str(error)!r})")
        check = output.take()
        if check.strip() == "unknown":  # it does not say why
            return RawAnswer(check, reason=_reason(time.monotonic() - start, held, limits))
        try:
            if query := script.query(check):
                parser.parse(query, False, False)
        except lib.BitwuzlaException as error:
            return RawAnswer(check, f"(error {str(error)!r})")
        return RawAnswer(check, output.take())


def _reason(seconds: float, held: int, limits: Limits) -> str:
    if seconds >= limits.timeout:
        return "timeout"
    return "memory" if Process().memory_info().rss >> 20 >= held + 0.95 * limits.memory else ""


DRIVER = Driver(
    name="bitwuzla",
    package="bitwuzla",
    versions=">=0.7,<2",
    theories=frozenset({"A", "UF", "BV", "FP"}),
    quantifiers=True,
    options=(("SEED", "0"), ("NTHREADS", "1")),
    limits=(("timeout", "timeout"), ("memory", "memory")),
    run=run,
    refusals=("Unsupported experimental floating-point format", "unsupported logic"),
)

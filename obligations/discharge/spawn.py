"""Spawning worker processes that import nothing of the program that spawns them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import Any, cast

_hiding = threading.Lock()


@contextmanager
def _without_main() -> Generator[None]:
    """Hide the main module: a spawned child would import it, pytest or the user's script included."""
    with _hiding:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main


class QuietProcess(SpawnProcess):
    """A spawned process that does not import the main module of its parent."""

    @staticmethod
    def _Popen(process_obj: BaseProcess) -> Any:
        with _without_main():
            return cast(Any, SpawnProcess)._Popen(process_obj)


class QuietContext(SpawnContext):
    """The ``spawn`` start method with :class:`QuietProcess`; scripts need no ``if __name__ == "__main__"``."""

    Process = QuietProcess

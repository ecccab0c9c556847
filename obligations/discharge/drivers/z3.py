"""z3, through its C interface: the Python layer of the package is never imported, which halves the start of a worker."""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from .driver import Driver, Limits, RawAnswer, Script

_LIBRARY = {"darwin": "libz3.dylib", "win32": "libz3.dll"}.get(sys.platform, "libz3.so")
_MOST_STEPS = 2**32 - 1
_POLL = 0.02  # seconds between two looks at whether the answer is still wanted


@cache
def _library() -> ctypes.CDLL:
    spec = find_spec("z3")
    folders = spec.submodule_search_locations if spec else None
    paths = [path for folder in folders or () for path in Path(folder).rglob(_LIBRARY)]
    if not paths:
        raise OSError(f"{_LIBRARY} is not installed")
    lib = ctypes.CDLL(str(paths[0]))
    pointer = ctypes.c_void_p
    lib.Z3_mk_config.restype = pointer
    lib.Z3_del_config.argtypes = [pointer]
    lib.Z3_mk_context.restype, lib.Z3_mk_context.argtypes = pointer, [pointer]
    lib.Z3_del_context.argtypes = [pointer]
    lib.Z3_interrupt.argtypes = [pointer]
    lib.Z3_eval_smtlib2_string.restype = ctypes.c_char_p
    lib.Z3_eval_smtlib2_string.argtypes = [pointer, ctypes.c_char_p]
    lib.Z3_set_error_handler.argtypes = [pointer, pointer]
    lib.Z3_global_param_set.restype, lib.Z3_global_param_set.argtypes = None, [ctypes.c_char_p, ctypes.c_char_p]
    return lib


# Without a handler of its own an error in the text ends the process.
@ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int)
def _quiet(_context: int, _code: int) -> None:
    pass


def run(script: Script, limits: Limits, stopped: Callable[[], bool]) -> RawAnswer:
    """Evaluate the script in a fresh context; a thread interrupts it when ``stopped()``."""
    lib = _library()
    lib.Z3_global_param_set(b"memory_max_size", str(limits.memory).encode())
    config = lib.Z3_mk_config()
    context = lib.Z3_mk_context(config)
    lib.Z3_del_config(config)
    lib.Z3_set_error_handler(context, ctypes.cast(_quiet, ctypes.c_void_p))

    def tell(text: str) -> str:
        answer: bytes | None = lib.Z3_eval_smtlib2_string(context, text.encode())
        return (answer or b"").decode(errors="replace")

    done = threading.Event()

    def watch() -> None:
        while not done.wait(_POLL):
            if stopped():  # again and again: an interrupt that comes before the check begins is forgotten
                lib.Z3_interrupt(context)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        options = [*DRIVER.options, ("timeout", str(max(1, int(limits.timeout * 1000))))]
        if limits.steps is not None:
            options.append(("rlimit", str(min(limits.steps, _MOST_STEPS))))
        said = tell("".join(f"(set-option :{name} {value})" for name, value in options))
        check = said + tell(script.head)
        if query := script.query(check):
            return RawAnswer(check, tell(query))
        reason = tell("(get-info :reason-unknown)") if check.strip() == "unknown" else ""
        return RawAnswer(check, reason=reason.strip().removeprefix("(:reason-unknown").strip(' )"'))
    finally:
        done.set()
        watcher.join()
        lib.Z3_del_context(context)


def run_binary(text: str, timeout: float) -> str:
    """Output of ``z3 -smt2`` on exactly this text.

    Raises OSError when the package ships no executable.
    """
    import subprocess
    import tempfile
    from importlib.metadata import files

    found = [
        Path(str(f.locate())).resolve() for f in files("z3-solver") or () if f.stem == "z3" and f.parent.name == "bin"
    ]
    program = next((p for p in found if p.is_file()), None)
    if program is None:
        raise OSError("the z3-solver package has no z3 executable")
    with tempfile.NamedTemporaryFile("w", suffix=".smt2", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        command = [str(program), "-smt2", f"-T:{max(1, round(timeout))}", file.name]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout


DRIVER = Driver(
    name="z3",
    package="z3-solver",
    versions=">=4.13,<6",
    theories=frozenset({"ALL"}),
    quantifiers=True,
    options=(("smt.random_seed", "0"), ("sat.random_seed", "0"), ("nlsat.seed", "0")),
    limits=(
        ("timeout", "timeout"),
        ("memory", "memory"),
        ("memout", "memory"),
        ("cancel", "timeout"),
        ("resource", "timeout"),
    ),
    run=run,
    steps_per_second=5_000_000,
    binary=run_binary,
)

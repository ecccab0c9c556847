"""What a solver is to probanda: one record of data and one function that feeds it text.

A record says which logics the solver takes, which versions are known to work, which options go beside the text (fixed
seeds, resource limits) and in which words the solver reports that it hit a limit.  The function runs inside a worker
process, feeds the solver exactly the script that it is given, and returns what the solver printed, unread.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

Limit = Literal["timeout", "memory", "unknown"]
"""What a solver's reason for giving up amounts to."""


OUT_OF_MEMORY = "the process could get no more memory"
"""The reason of a call that ended with a MemoryError, whichever solver it was."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one solver call: seconds of wall time, MiB of memory, and steps in the solver's own unit.

    The count of steps does not depend on the machine; a solver without such a count ignores it.
    """

    timeout: float
    memory: int
    steps: int | None = None


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What a solver printed: up to and including the check, for the query that fits, and why it gave up."""

    check: str
    query: str = ""
    reason: str = ""


Runner = Callable[["Script", Limits, Callable[[], bool]], RawAnswer]
"""Feeds a script to the solver; the last argument tells whether the call is to be given up."""


@dataclass(frozen=True, slots=True)
class Driver:
    """One solver.

    ``theories`` are the parts of SMT-LIB logic names that it takes (``ALL``: any logic); ``limits`` pairs a word that
    occurs in its reason for giving up with what it means, first match first; ``refusals`` are words of errors that say
    that the solver does not decide such scripts, which is no fault of the script.  ``interruptible`` says that ``run``
    looks at its third argument often; a solver that does not is killed when its answer is no longer wanted.
    ``steps_per_second`` says how many steps of the solver stand for a second; 0 when it counts none.
    """

    name: str
    package: str
    versions: str
    theories: frozenset[str]
    quantifiers: bool
    options: tuple[tuple[str, str], ...]
    limits: tuple[tuple[str, Limit], ...]
    run: Runner
    refusals: tuple[str, ...] = ()
    interruptible: bool = True
    steps_per_second: int = 0
    binary: Callable[[str, float], str] | None = None

    def version(self) -> str:
        """Version of the installed package; empty when it is not installed."""
        return _installed(self.package) if self.package else "0"

    def available(self) -> bool:
        """Whether an installed version lies in ``versions`` (``>=4.13,<6``)."""
        have = self.version()
        return bool(have) and all(_holds(have, bound) for bound in self.versions.split(",") if bound)

    def takes(self, logic: str) -> bool:
        """Whether the solver takes scripts of this SMT-LIB logic."""
        if "ALL" in self.theories:
            return True
        parts = theories(logic)
        quantified = not logic.startswith("QF_")
        return parts <= self.theories and (self.quantifiers or not quantified)

    def meaning(self, reason: str) -> Limit:
        """What a reason for giving up amounts to."""
        lowered = reason.lower()
        if reason == OUT_OF_MEMORY:
            return "memory"
        for word, limit in self.limits:
            if word in lowered:
                return limit
        return "unknown"


@cache
def _installed(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version  # slow to import, and no worker needs it

    try:
        return version(package)
    except PackageNotFoundError:
        return ""


_PARTS = re.compile(r"AX|A|UF|BV|FP|DT|S|IDL|RDL|[LN](?:IRA|IA|RA)")


def theories(logic: str) -> frozenset[str]:
    """The theories named by an SMT-LIB logic; ``ALL`` for a name outside the scheme.

    >>> sorted(theories("QF_UFNIA")), sorted(theories("QF_ABVFP")), sorted(theories("HORN"))
    (['NIA', 'UF'], ['A', 'BV', 'FP'], ['ALL'])
    """
    name = logic.removeprefix("QF_")
    parts = _PARTS.findall(name)
    return frozenset(parts) if parts and "".join(parts) == name else frozenset({"ALL"})


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:4])


def _holds(have: str, bound: str) -> bool:
    wanted = _numbers(bound)
    if bound.startswith(">="):
        return _numbers(have) >= wanted
    if bound.startswith("<"):
        return _numbers(have) < wanted
    raise ValueError(f"version bound {bound!r}")


@dataclass(frozen=True, slots=True)
class Script:
    """An SMT-LIB script cut after its check: ``head`` verbatim, and the later commands by what they ask for."""

    head: str
    values: str
    core: str

    def query(self, check: str) -> str:
        """The commands that fit the answer to the check: values for ``sat``, the core for ``unsat``."""
        status = check.strip()
        return self.values if status == "sat" else self.core if status == "unsat" else ""


_TOKENS = re.compile(r'\|[^|]*\||"[^"]*"|;[^\n]*|\(\s*check-sat\s*\)')
_COMMANDS = re.compile(r"\|[^|]*\||\"[^\"]*\"|;[^\n]*|[()]")


def cut(text: str) -> Script:
    """Cut a script after its (first) ``(check-sat)``.

    Asking for values after ``unsat``, or for a core after ``sat``, is an error in SMT-LIB; a script that holds both
    questions is legal text, and the driver asks the one that fits.

    >>> cut("(assert true)(check-sat)(get-value (x))(get-unsat-core)(exit)").core
    '(get-unsat-core)'
    """
    end = next((m.end() for m in _TOKENS.finditer(text) if m.group().startswith("(")), None)
    if end is None:
        raise ValueError("the script asks no (check-sat)")
    values: list[str] = []
    core: list[str] = []
    for command in _commands(text[end:]):
        if command.startswith(("(get-value", "(get-model")):
            values.append(command)
        elif command.startswith("(get-unsat-core"):
            core.append(command)
        elif not command.startswith("(exit"):
            raise ValueError(f"unexpected command after (check-sat): {command[:40]}")
    return Script(text[:end], "\n".join(values), "\n".join(core))


def _commands(text: str) -> list[str]:
    found: list[str] = []
    depth = start = 0
    for match in _COMMANDS.finditer(text):
        token = match.group()
        if token == "(":
            if depth == 0:
                start = match.start()
            depth += 1
        elif token == ")":
            depth -= 1
            if depth == 0:
                found.append(text[start : match.end()])
    return found

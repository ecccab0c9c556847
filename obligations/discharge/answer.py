"""The answer of a solver, read from what it printed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from .drivers.driver import Driver, RawAnswer

Status = Literal["sat", "unsat", "unknown", "timeout", "memory", "error"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a script.

    ``values`` is the text printed for ``get-value`` after ``sat``; ``core`` the names of the assertions printed for
    ``get-unsat-core`` after ``unsat``.  ``agreed`` names the further solvers, with versions, that gave the same answer;
    it is filled only where they were asked to.  ``seconds`` is the time spent in the worker.
    """

    status: Status
    values: str | None = None
    core: tuple[str, ...] = ()
    solver: str = ""
    version: str = ""
    reason: str = ""
    seconds: float = 0.0
    agreed: tuple[tuple[str, str], ...] = ()
    cached: bool = False

    @property
    def definite(self) -> bool:
        """Whether the status is ``sat`` or ``unsat``."""
        return self.status in ("sat", "unsat")

    @property
    def tier(self) -> int:
        """Evidence: 1 for one solver's definite answer, 2 when another agrees, else 0."""
        return 0 if not self.definite else 2 if self.agreed else 1


def read(raw: RawAnswer, driver: Driver, seconds: float) -> Answer:
    """Read what a solver printed; whatever is not exactly one answer is an ``error``."""
    said = raw.check.strip()
    status: Status = "error"
    values: str | None = None
    core: tuple[str, ...] = ()
    reason = raw.reason.strip()
    query = raw.query.strip()
    if said == "sat":
        status = "sat"
        if query.startswith("(error"):
            reason = query
        else:
            values = query or None
    elif said == "unsat":
        status = "unsat"
        if query.startswith("(error"):
            reason = query
        else:
            core = core_names(query)
    elif said == "unknown":
        status = driver.meaning(reason)
    elif said.startswith("(error") and any(word in said for word in driver.refusals):
        status, reason = "unknown", said
    else:
        reason = f"not an answer: {said[:300]!r}"
    return Answer(status, values, core, driver.name, driver.version(), reason, seconds)


_SYMBOL = re.compile(r"\|([^|]*)\||([^\s()|;\"]+)")


def core_names(text: str) -> tuple[str, ...]:
    """Names in the answer to ``get-unsat-core``, without their bars, in the order printed.

    >>> core_names("(h1 |a b|\\n h2)")
    ('h1', 'a b', 'h2')
    """
    return tuple(quoted or plain for quoted, plain in _SYMBOL.findall(text))

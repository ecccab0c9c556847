"""Errors that are not about a place in a contract file: settings, the ledger's files, solvers.  Codes PB5xx.

A class is an error; its docstring is the page that ``probanda explain CODE`` prints.
"""

from __future__ import annotations

from typing import ClassVar


class ToolError(Exception):
    """Base of the errors without a place in a contract file."""

    code: ClassVar[str] = ""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def render(self) -> str:
        """The lines that a user reads."""
        return f"error[{self.code}]: {self.message}" + (f"\n  hint: {self.hint}" if self.hint else "")


class SettingError(ToolError):
    """A setting that does not exist, or whose value makes no sense.

    Settings come from the command line, then from ``PROBANDA_*`` in the environment, then from ``[tool.probanda]`` in
    the nearest ``pyproject.toml``; the first that is given counts.  The message names the place.
    """

    code = "PB510"


class NoSuchClaim(ToolError):
    """No claim, axiom or error code has that name.

    Names are dotted: family, file, claim (``bugzoo.attention_mask.future_weight_zero``).  The last parts are enough as
    long as they fit one claim only.  ``probanda list`` prints all of them.
    """

    code = "PB511"


class NoSuchFile(ToolError):
    """A file of contracts, or the lock, cannot be read.

    This is about the file as such (missing, a folder without contracts, no permission, not UTF-8), not about its text.
    """

    code = "PB512"


class LockSyntax(ToolError):
    """The text of ``obligations.lock`` is not a ledger.

    The reader is strict: every line must be one that the writer writes, in its place.  A merge conflict left in the file
    or an edit by hand brings this about.  Nothing is believed of a file that has one bad line; write it anew with
    ``probanda prove --lock write`` and read the difference.
    """

    code = "PB520"


class CircularProof(ToolError):
    """Claims that rest on one another.

    A claim may use lemmas; if a chain of uses comes back to where it began, none of its claims is proved by anything.
    The message shows the circle.
    """

    code = "PB521"


class UnknownFact(ToolError):
    """A verdict rests on a fact that is neither a claim nor an axiom of the run.

    This is an error of probanda, not of a contract: discharge named a lemma that the ledger was not given.
    """

    code = "PB522"


class PartialLock(ToolError):
    """A lock was to be written from a part of the claims.

    The lock lists every claim of the library.  Writing it after ``-k PATTERN`` or for single names would drop the rest;
    name whole files, or give another file with ``--lock-file``.
    """

    code = "PB523"


class NotRunnable(ToolError):
    """``probanda smt NAME --run SOLVER`` names a solver that is not there, or that cannot read the script.

    The message lists the solvers that were found.  A script whose logic has floating point, for instance, is no text for
    a solver without that theory.
    """

    code = "PB530"


def _all(base: type[ToolError]) -> dict[str, type[ToolError]]:
    found: dict[str, type[ToolError]] = {}
    for cls in base.__subclasses__():
        found[cls.code] = cls
        found |= _all(cls)
    return found


CODES: dict[str, type[ToolError]] = _all(ToolError)
"""Every error of this module by its code."""

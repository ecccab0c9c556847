"""Errors of files, settings, solvers and usage: PB5xx."""

from .base import ContractError


class NoFile(ContractError, code="PB501"):
    """A file does not exist or cannot be read.

    What to do: check the path and its permissions; paths are relative to the current directory.
    """


class NoUse(ContractError, code="PB502"):
    """`use NAME` names no file.

    `use softmax` looks for `softmax.ob` beside the file, then in the library of theories, then in the library of
    claims.

    What to do: correct the name; the hint gives the nearest one.
    """


class BadSetting(ContractError, code="PB503"):
    """A setting is unknown or has an impossible value.

    Settings stand in `[tool.probanda]` of `pyproject.toml`, in `PROBANDA_*` variables and on the command line, which
    goes first.

    What to do: the message names the setting and where it was found.
    """


class NoSolver(ContractError, code="PB504"):
    """A solver that was asked for is not installed, or its version is out of range.

    What to do: `pip install z3-solver cvc5 bitwuzla`.
    """


class BadLock(ContractError, code="PB505"):
    """The ledger `obligations.lock` cannot be read, or its text is not a ledger.

    The reader is strict: every line must be one that the writer writes, in its place. Nothing is believed of a file with
    one bad line, such as the mark of a merge conflict.

    What to do: restore it from version control, or write it anew with `probanda prove --lock write`.
    """


class NoClaim(ContractError, code="PB506"):
    """No claim, axiom or error code has that name.

    What to do: `probanda list` shows all names.
    """

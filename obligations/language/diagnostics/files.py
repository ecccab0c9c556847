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


class NoGraphFile(ContractError, code="PB507"):
    """The path of a `graph` declaration leads to no model beside the contract file.

    The path is relative to the folder of the contract file and stays inside it: an absolute path, `..`, or a link that
    leads out is refused, and such a file is never opened. It ends in `.onnx`, or in `.graph` for a graph as text.

    What to do: put the model into the folder of the contract file, or below it, and give its relative path.
    """


class GraphRefused(ContractError, code="PB508"):
    """The model of a `graph` declaration has no meaning in the reading that is asked for.

    The message ends with the error about the model; where it has a code of its own, such as PB612, that page says more.
    Nothing is proved or refuted about a model that is refused.

    What to do: correct or export the model anew, or choose another reading: `as real`, `as ereal`, `as ieee`.
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

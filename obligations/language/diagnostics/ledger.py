"""Errors of the ledger: PB41x."""

from .base import ContractError


class CircularProof(ContractError, code="PB411"):
    """Claims rest on one another.

    If a chain of uses comes back to where it began, none of its claims is proved by anything. The message shows the
    circle.

    What to do: prove one claim of the circle without the others.
    """


class UnknownFact(ContractError, code="PB412"):
    """A verdict rests on a fact that is neither a claim nor an axiom of the run.

    What to do: report it; discharge named a lemma that the ledger was not given.
    """


class PartialLock(ContractError, code="PB413"):
    """The ledger was to be written or compared from a part of the claims.

    The ledger lists every claim of its files. Writing it after `-k PATTERN` or for single names would drop the rest.

    What to do: name whole files, or give another file with `--lock-file`.
    """

"""Errors of goals and their discharge: PB4xx."""

from pathlib import Path

from .base import ContractError


class SolverDisagreement(ContractError, code="PB402"):
    """Two solvers gave opposite answers to the same script.

    One of them is wrong, or the script is read differently. The run stops, since nothing of it can be relied on until it
    is known which; the script is saved in a folder, once for each solver, with its answer.

    What to do: run both scripts by hand, and report the bug to the solver that is wrong.
    """

    def __init__(self, message: str, folder: Path) -> None:
        super().__init__(message)
        self.folder = folder


class GoalUnsupported(ContractError, code="PB405"):
    """A goal lies outside what can be encoded for the solvers.

    Example: quantifiers that alternate in a circle between axes groups. The claim's verdict is `unsupported`.

    What to do: the message names the form; a `calc` chain or `by cases` often splits such a goal into plain ones.
    """

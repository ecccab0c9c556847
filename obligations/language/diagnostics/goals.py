"""Errors of goals and their discharge: PB4xx."""

from .base import ContractError


class Contradiction(ContractError, code="PB401"):
    """The axioms that a claim rests on contradict one another, so that they prove everything.

    No verdict that rests on them means anything, and none is given.

    What to do: look at the axioms in the message; at least one is false.
    """


class Disagreement(ContractError, code="PB402"):
    """Two solvers gave opposite answers to the same script.

    One of them is wrong, or the script is read differently. Both scripts are saved; the run stops.

    What to do: run both scripts by hand, and report the bug to the solver that is wrong.
    """


class NoReplay(ContractError, code="PB403"):
    """A solver's counterexample does not hold up when it is evaluated on arrays.

    The script contained no abstraction that could explain it, so one of our two readings is wrong. The claim's verdict
    is `error`, never `refuted`.

    What to do: report it with the output of `probanda smt NAME`.
    """


class SolverFailed(ContractError, code="PB404"):
    """A solver crashed, or printed something that is no answer.

    The obligation's verdict is `error`; the others are not affected.

    What to do: `probanda smt NAME --run SOLVER` repeats exactly that call.
    """


class GoalUnsupported(ContractError, code="PB405"):
    """A goal lies outside what can be encoded for the solvers.

    Example: quantifiers that alternate in a circle between axes groups. The claim's verdict is `unsupported`.

    What to do: the message names the form; a `calc` chain or `by cases` often splits such a goal into plain ones.
    """


class BadScript(ContractError, code="PB406"):
    """A printed script is not what was meant, as an independent reader found.

    What to do: report it; the obligation's verdict is `error`.
    """

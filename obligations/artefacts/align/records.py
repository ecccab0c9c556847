"""What an alignment found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from ...claims import Verdict
from ...results import NONE, ObligationResult, Readings


@dataclass(frozen=True, slots=True)
class Match:
    """A value of the second graph and the value of the first that it equals.

    ``how``: ``same`` (made of the same things), ``bitwise`` (one term, whatever the element type), ``proved`` (by solvers),
    ``computed`` (constants whose elements were computed and compared), ``constants`` (equal but for constants that lie
    within the rounding error of what they replace).
    """

    before: str
    after: str
    how: str
    readings: Readings
    obligations: tuple[ObligationResult, ...] = ()
    constants: tuple[FoldedConstant, ...] = ()


@dataclass(frozen=True, slots=True)
class FoldedConstant:
    """A constant of the second graph that replaces an expression of constants of the first.

    ``error`` is the largest distance from the exact value, ``bound`` the running error bound at that element, ``ratio`` the
    largest ratio of the two over all elements: at most 1.
    """

    name: str
    error: float
    bound: float
    ratio: float


@dataclass(frozen=True, slots=True)
class Difference:
    """Inputs on which an output differs, and the first pair of values that should agree and does not."""

    inputs: dict[str, NDArray[Any]]
    output: str
    element: tuple[int, ...]
    before: float
    after: float
    first_before: str
    first_after: str
    replayed: dict[str, bool] = field(default_factory=dict[str, bool])
    """Where it was run again: ``numpy``, ``onnxruntime``; whether the outputs differed there too."""
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alignment:
    """The verdict on two graphs.

    ``matches`` has every value of the second graph that is reached from the outputs and has a counterpart; ``open`` names
    those that have none and do not need one, or the reason why the verdict is unknown is among them.
    """

    verdict: Verdict
    readings: Readings = NONE
    matches: tuple[Match, ...] = ()
    unmatched: tuple[str, ...] = ()
    difference: Difference | None = None
    reason: str | None = None
    symbols: tuple[str, ...] = ()
    nodes: int = 0
    draws: tuple[str, ...] = ()
    """Random values of both graphs that are taken to be the same: those with the same key."""
    attempts: tuple[tuple[str, str], ...] = ()
    """Values of the second graph that a step was tried for, and why it is not shown."""

    @property
    def laws(self) -> tuple[str, ...]:
        """The laws that some step used."""
        return tuple(sorted({law for m in self.matches for o in m.obligations for law in o.laws}))

    @property
    def axioms(self) -> tuple[str, ...]:
        """The axioms that some step used."""
        return tuple(sorted({a for m in self.matches for o in m.obligations for a in o.axioms}))

    @property
    def constants(self) -> tuple[FoldedConstant, ...]:
        """The constants that are equal only up to rounding."""
        return tuple(c for m in self.matches for c in m.constants)

    @property
    def tier(self) -> int:
        """Evidence: the least tier of the steps; 1 where nothing had to be proved by a solver."""
        tiers = [o.tier for m in self.matches for o in m.obligations]
        return min(tiers, default=1) if self.verdict is Verdict.PROVED else 0

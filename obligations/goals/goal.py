"""Goals: hypotheses ⊢ conclusion, with what may be used to prove it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from ...theories.terms.build import Domain
from ...theories.terms.term import Term
from ..claims import Fact, Instance, Lemma


class GoalKind(StrEnum):
    """What a goal contributes to its claim."""

    DEFINED = "defined"
    REFINES = "refines"
    HOLDS = "holds"
    EQUAL = "equal"
    BASE = "base"
    STEP = "step"
    CALC = "calc"
    SELF = "self"


@dataclass(frozen=True, slots=True)
class Goal:
    """One obligation.

    ``by_definition`` allows only the laws that define the big operators.  ``derived`` names the hypotheses that other
    goals of the claim establish (an induction hypothesis, the steps of a chain): they are not part of what the claim
    assumes.  Their names end in ``!``, as no name of the language does.
    """

    name: str
    kind: GoalKind
    hypotheses: tuple[Fact, ...]
    conclusion: Term
    indices: tuple[tuple[Term, Domain | None], ...]
    lemmas: tuple[Lemma, ...] = ()
    instances: tuple[Instance, ...] = ()
    by_definition: bool = False
    derived: frozenset[str] = frozenset()

    @property
    def assumed(self) -> tuple[Fact, ...]:
        """The hypotheses that the claim itself makes."""
        return tuple(h for h in self.hypotheses if h.name not in self.derived)

    def under(self, suffix: str, *extra: Fact) -> Goal:
        """The same goal under another name with more hypotheses."""
        return replace(self, name=f"{self.name}/{suffix}", hypotheses=(*self.hypotheses, *extra))

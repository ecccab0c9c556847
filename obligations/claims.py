"""Elaborated claims: what the elaborator makes, goal generation reads and the ledger records."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ..theories.terms.build import Domain
from ..theories.terms.sorts import ElemSort
from ..theories.terms.term import Term


class Verdict(StrEnum):
    """What became of a claim or obligation.  Nothing but ``PROVED`` counts as proved."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNKNOWN = "unknown"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    VACUOUS = "vacuous"
    UNSUPPORTED = "unsupported"
    ASSUMED = "assumed"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Location:
    """Where a claim stands: path as the user gave it, line from 1."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Fact:
    """A named proposition about the parameters."""

    name: str
    formula: Term


@dataclass(frozen=True, slots=True)
class Parameter:
    """A universally quantified parameter of a claim.

    ``dims`` are the domains of its arguments when it is a tensor or function (a group counts as one).  ``role`` is
    ``size``, ``nat``, ``index``, ``sizes`` (the size map of a group), ``map`` (another integer map over axes),
    ``runtime`` (a function of a boundary) or ``value``.
    """

    name: str
    var: Term
    role: str
    dims: tuple[Domain, ...] = ()
    result_domain: Domain | None = None  # functions into ``index n``: where every value lies


@dataclass(frozen=True, slots=True)
class Value:
    """An elaborated expression: its term, its dimensions, and when it is *valid* (shapes and attributes make sense).

    ``valid`` collects the preconditions that do not depend on an element's index, hoisted out of every comprehension,
    so that an invalid operation whose result happens to be empty is invalid all the same.
    """

    term: Term
    dims: tuple[Domain, ...]
    valid: Term


@dataclass(frozen=True, slots=True)
class Lemma:
    """An available fact ``forall variables. formula``: an axiom or a claim proved elsewhere."""

    name: str
    variables: tuple[Term, ...]
    formula: Term
    is_axiom: bool
    auto: bool = False  # offered to every goal whose file uses the theory, by matching


@dataclass(frozen=True, slots=True)
class Instance:
    """A lemma instance that a hint asks for: a closed formula over the claim's parameters."""

    lemma: str
    formula: Term


@dataclass(frozen=True, slots=True)
class CalcGoal:
    """One step of a calc chain."""

    formula: Term
    instances: tuple[Instance, ...]
    lemmas: tuple[Lemma, ...]


@dataclass(frozen=True, slots=True)
class ProofHints:
    """Elaborated hints."""

    cases: tuple[Term, ...] = ()
    induction: Term | None = None
    generalizing: tuple[Term, ...] = ()
    instances: tuple[Instance, ...] = ()
    lemmas: tuple[Lemma, ...] = ()
    calc: tuple[CalcGoal, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether the claim is to be proved automatically."""
        return not (self.cases or self.induction or self.instances or self.lemmas or self.calc)


NO_HINTS: Final = ProofHints()


@dataclass(frozen=True, slots=True)
class Proposition:
    """The statement of a theorem: a formula, and the validity of the operations in it."""

    formula: Term
    valid: Term


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The statement of a rewrite: the right side may replace the left."""

    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim with everything it says and everything that may be used to prove it.

    ``facts`` come from the types of parameters (sizes are not negative, indices are in range) and ``hypotheses`` from
    the claim's own words.  ``groups`` are its axes groups, ``elems`` its element type variables.
    """

    name: str
    kind: str  # theorem, lemma, refuted, rewrite, axiom
    expected: Verdict
    parameters: tuple[Parameter, ...]
    groups: tuple[str, ...]
    elems: tuple[ElemSort, ...]
    facts: tuple[Fact, ...]
    hypotheses: tuple[Fact, ...]
    statement: Proposition | Rewrite
    hints: ProofHints
    auto: tuple[Lemma, ...]
    source: str  # the declaration's text, for reports and for the statement hash
    location: Location
    family: str = ""
    doc: str = ""
    flags: tuple[str, ...] = ()  # nsz, nnan, ninf ... that the claim allows
    readings: tuple[str, ...] = ()  # readings that the claim demands (``expect exact`` demands bits), empty for any
    cites: tuple[str, ...] = ()
    twin_of: str = ""
    definitions: tuple[str, ...] = ()  # names of the definitions used, transitively
    clauses: tuple[tuple[str, tuple[str, ...]], ...] = ()  # an axiom's because, falsified_by, discharged_by ...
    subject: tuple[str, ...] = ()  # what a generated claim is about, where its formula does not show it

    @property
    def shapes(self) -> dict[str, tuple[Domain, ...]]:
        """Dimensions of the parameters, by name."""
        return {p.name: p.dims for p in self.parameters if p.dims}

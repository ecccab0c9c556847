"""Checks that no proof can do without: the encoder agrees with itself, and the axioms do not contradict one another."""

from __future__ import annotations

from ...theories.terms import build as b
from ...theories.terms.binders import fresh, substitute
from ...theories.terms.sorts import FnSort
from ...theories.terms.term import BIG, Term, postorder
from ..claims import Instance, Lemma
from ..goals.goal import Goal, GoalKind
from .encode import tagged


def self_equalities(goal: Goal) -> list[Goal]:
    """Goals that say each side of the conclusion equals itself, encoded twice without sharing under binders.

    They need no hypothesis, and get none.
    """
    out: list[Goal] = []
    for k, side in enumerate(_sides(goal.conclusion)):
        if any(t.op in BIG for t in postorder([side])):
            name, conclusion = f"{goal.name}/self{k + 1}", b.eq(side, tagged(side))
            out.append(Goal(name, GoalKind.SELF, (), conclusion, ()))
    return out


def _sides(conclusion: Term) -> tuple[Term, ...]:
    return conclusion.args if conclusion.op == "eq" else (conclusion,)


def contradiction(lemmas: tuple[Lemma, ...]) -> Goal:
    """The goal ``false`` under the lemmas alone, each at values of its own; a proof of it is a contradiction."""
    instances: list[Instance] = []
    for lemma in lemmas:
        if not any(isinstance(x.sort, FnSort) for x in lemma.variables):
            values = {x: fresh("a", x.sort) for x in lemma.variables}
            instances.append(Instance(lemma.name, substitute(lemma.formula, values)))
    return Goal("axioms/consistent", GoalKind.HOLDS, (), b.FALSE, (), lemmas, tuple(instances))

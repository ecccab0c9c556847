"""Refutations and witnesses: arrays found by search, or read off a solver's model and replayed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from ...encoders.arrays import Env
from ...encoders.smtlib.values import Garbage
from ...theories.errors import Unsupported
from ...theories.terms import build as b
from ..claims import Claim, Verdict
from ..goals.generate import premises
from ..goals.goal import Goal, GoalKind
from ..results import ClaimResult
from .answer import Answer
from .encode import Encoded
from .falsify import Counterexample, Model, falsify, from_models, replay, shrink, witness
from .falsify.judging import Judge
from .falsify.report import describe, jsonable
from .falsify.stored import dump
from .models import model
from .obligation import Solve, discharge


@dataclass(frozen=True, slots=True)
class Refutation:
    """A counterexample that has replayed, ready for a report."""

    values: dict[str, object]
    text: str
    reason: str
    environment: str  # the same values as text that can be replayed


@dataclass(frozen=True, slots=True)
class Satisfied:
    """Values under which everything that a claim assumes holds."""

    values: dict[str, object] | None


def refute(claim: Claim) -> Refutation | None:
    """A counterexample found by evaluation alone."""
    try:
        found = falsify(claim)
    except Unsupported:
        return None  # what cannot be evaluated may still be proved; it is never refuted
    return None if found is None else _refutation(shrink(claim, found))


def _refutation(found: Counterexample) -> Refutation:
    values = {**found.values, "details": found.details, "numpy": found.line}
    return Refutation(values, found.text, found.detail, dump(found.env, found.kind))


def from_answer(claim: Claim, encoded: Encoded, answer: Answer) -> Refutation | None:
    """The counterexample that a solver's model describes, if its arrays replay."""
    for env in _environments(claim, encoded, answer):
        outcome = replay(claim, env)
        if outcome.outcome == "refuted":
            return _refutation(shrink(claim, describe(claim, Judge(claim), env, outcome)))
    return None


def contradicted(claim: Claim, encoded: Encoded, answer: Answer) -> bool:
    """Whether the arrays of a model say, by exact evaluation, that it is no counterexample."""
    outcomes = [replay(claim, env).outcome for env in _environments(claim, encoded, answer)]
    return bool(outcomes) and all(outcome in ("holds", "outside") for outcome in outcomes)


def _environments(claim: Claim, encoded: Encoded, answer: Answer) -> Iterator[Env]:
    if answer.values is None:
        return
    try:
        plain: Model = model(claim, encoded, answer.values)
        yield from islice(from_models(claim, plain), 40)
    except (Unsupported, Garbage, ValueError):
        return


def satisfying(claim: Claim) -> Satisfied | None:
    """Values under which the hypotheses hold, found by evaluation alone."""
    try:
        found = witness(claim)
    except Unsupported:
        return None
    if found is None:
        return None
    return Satisfied({**_values(claim, found.env), **({"relaxed": list(found.relaxed)} if found.relaxed else {})})


def _values(claim: Claim, env: Env) -> dict[str, object]:
    ranks: dict[str, object] = {f"rank of {g}": r for g, r in sorted(env.ranks.items())}
    return ranks | {p.name: jsonable(env.values[p.name], p.var.sort) for p in claim.parameters if p.name in env.values}


def unsatisfiable(claim: Claim, solve: Solve) -> ClaimResult | Satisfied:
    """Ask the solvers whether the hypotheses can hold: ``vacuous`` if not, a witness if their model replays.

    Hypotheses that are neither shown unsatisfiable nor met by arrays make the claim unknown.
    """
    goal = Goal(f"{claim.name}/satisfiable", GoalKind.HOLDS, premises(claim), b.FALSE, (), claim.auto)
    outcome = discharge(goal, solve)
    if outcome.result.verdict is Verdict.PROVED:
        return ClaimResult(claim, Verdict.VACUOUS, reason="no values satisfy the hypotheses")
    for encoded, answer in outcome.models:
        for env in _environments(claim, encoded, answer):
            if replay(claim, env).outcome not in ("outside", "unknown"):
                return Satisfied(_values(claim, env))
    return ClaimResult(claim, Verdict.UNKNOWN, reason="no values were found that satisfy the hypotheses")

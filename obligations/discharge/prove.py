"""The engine: claims in, results out.

For each claim: look for arrays that refute it, then for arrays that satisfy its hypotheses, then prove its goals; a
solver's model counts only when its arrays replay.  Claims run in threads beside one another, and what one of them does
never changes what another says.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from ...theories.errors import Unsupported
from ...theories.terms.binders import restart
from ...theories.terms.sorts import INT, uncurry
from ..claims import Claim, Lemma, Verdict
from ..generated import made
from ..goals.footprint import is_element
from ..goals.generate import goals, reflexive
from ..goals.goal import Goal, GoalKind
from ..results import ALL, ClaimResult, ObligationResult, compose
from ..settings import Settings
from . import parallel
from .counterexamples import Refutation, contradicted, from_answer, refute, satisfying, unsatisfiable
from .encode import Encoded, encode
from .obligation import Outcome, discharge, encodings
from .sanity import contradiction, self_equalities
from .solve import Answer, Portfolio, SolverDisagreement
from .suggest import suggested

SMALL: Final = (3, 8)
"""Bounds on integers under which solvers are asked again when a model does not replay."""

OnResult = Callable[[ClaimResult], None]


def prove_claims(claims: Iterable[Claim], settings: Settings, on_result: OnResult | None = None) -> list[ClaimResult]:
    """The results of ``claims`` in their order; ``on_result`` sees each as it comes.

    Raises SolverDisagreement when two solvers contradict each other: then no result of the run can be trusted.
    """
    ordered = [made(c) for c in claims]
    done: dict[str, ClaimResult] = {}
    for result in _results(ordered, settings):
        done[result.claim.name] = result
        if on_result is not None:
            on_result(result)
    return [done[c.name] for c in ordered]


def _results(claims: Sequence[Claim], settings: Settings) -> Iterator[ClaimResult]:
    if settings.jobs > 1 and len(claims) > 1 and parallel.available():
        alone = replace(settings, jobs=1)

        def serve(loop: Callable[[Callable[[Claim], ClaimResult]], None]) -> None:
            with Portfolio(alone) as portfolio:
                portfolio.warm()
                loop(Engine(portfolio).claim)

        yield from parallel.prove_all(claims, settings.jobs, serve)
        return
    with Portfolio(settings) as portfolio:
        engine = Engine(portfolio)
        for claim in claims:
            yield engine.claim(claim)


def scripts(claim: Claim) -> list[tuple[str, str]]:
    """The name and exact script of each goal of a claim, in its first encoding."""
    return [(g.name, encode(g, encodings(g)[0]).script.text) for g in goals(claim)]


class Engine:
    """Proves claims with one portfolio of solvers."""

    def __init__(self, portfolio: Portfolio) -> None:
        self._portfolio = portfolio
        self._consistent: dict[tuple[str, ...], str | None] = {}

    def claim(self, claim: Claim) -> ClaimResult:
        """The result of one claim."""
        if claim.kind == "axiom":
            return ClaimResult(claim, Verdict.ASSUMED)
        restart()
        try:
            return self._claim(claim)
        except SolverDisagreement:
            raise
        except Unsupported as error:
            return ClaimResult(claim, Verdict.UNSUPPORTED, reason=str(error))
        except Exception as error:  # noqa: BLE001  # one claim's failure is its own verdict, never the end of the run
            where = traceback.extract_tb(error.__traceback__)[-1]
            reason = f"{type(error).__name__}: {error} ({where.name}, line {where.lineno})"
            return ClaimResult(claim, Verdict.ERROR, reason=reason)

    def _solve(self, encoded: Encoded, text: str, share: float = 1.0) -> Answer:
        return self._portfolio.solve(text, encoded.script.logic, encoded.goal.name, share=share)

    def _claim(self, claim: Claim) -> ClaimResult:
        same = reflexive(claim)
        found = None if same else refute(claim)
        if found is not None:
            return _refuted(claim, found, ())
        witness = satisfying(claim)
        if witness is None:
            answer = unsatisfiable(claim, self._solve)
            if isinstance(answer, ClaimResult):
                return answer
            witness = answer
        results: list[ObligationResult] = []
        for goal in goals(claim):
            outcome = discharge(goal, self._solve)
            if outcome.result.verdict is not Verdict.PROVED:
                refutation = self._replay(claim, outcome)
                if refutation is not None:
                    return _refuted(claim, refutation, tuple(results))
            results.append(self._judged(claim, goal, outcome))
        if all(r.verdict is Verdict.PROVED for r in results):
            results.extend(self._sanity(claim, encodings_too=not same))
        results = [_read_over(claim, r) for r in results]
        return suggested(compose(claim, tuple(results), witness=witness.values), self._solve)

    def _replay(self, claim: Claim, outcome: Outcome) -> Refutation | None:
        for encoded, answer in outcome.models:
            found = from_answer(claim, encoded, answer)
            if found is not None:
                return found
        for encoded, _ in outcome.models[:2]:
            for limit in SMALL:
                small = encoded.within(limit)
                answer = self._solve(small, small.script.text, share=0.3)
                found = from_answer(claim, small, answer) if answer.status == "sat" else None
                if found is not None:
                    return found
        return None

    @staticmethod
    def _judged(claim: Claim, goal: Goal, outcome: Outcome) -> ObligationResult:
        """The record of a goal, once it is clear that it says something.

        A model of an interpreted script that does not replay is an error of ours; of an abstract one, an unknown.  A
        goal that its premises prove by contradiction alone means nothing (but a branch of a case split may be dead, and
        so may the base of an induction).
        """
        result = outcome.result
        split = claim.hints.cases or claim.hints.induction is not None
        if outcome.vacuous and goal.kind in (GoalKind.HOLDS, GoalKind.EQUAL) and not split:
            reason = "its premises contradict one another"
            verdict = Verdict.ERROR if goal.kind is GoalKind.HOLDS else Verdict.VACUOUS
            return replace(result, verdict=verdict, reason=reason)
        if not _opaque(claim) and any(e.interpreted and contradicted(claim, e, a) for e, a in outcome.models):
            reason = "a model of a script without abstractions does not replay"
            return ObligationResult(goal.name, Verdict.ERROR, reason=reason, seconds=result.seconds)
        return result

    # -- sanity --

    def _sanity(self, claim: Claim, encodings_too: bool) -> list[ObligationResult]:
        """Obligations that are kept only when they fail: a passing check adds nothing to what the claim rests on."""
        failed: list[ObligationResult] = []
        for goal in goals(claim) if encodings_too else ():
            if goal.kind in (GoalKind.HOLDS, GoalKind.EQUAL):
                for check in self_equalities(goal):
                    result = discharge(check, self._solve).result
                    if result.verdict is not Verdict.PROVED:
                        reason = f"the encoding does not prove a side equal to itself ({result.reason})"
                        failed.append(ObligationResult(check.name, Verdict.UNKNOWN, reason=reason))
        problem = self._contradiction((*claim.auto, *claim.hints.lemmas))
        if problem is not None:
            failed.append(ObligationResult(f"{claim.name}/axioms", Verdict.ERROR, reason=problem))
        return failed

    def _contradiction(self, lemmas: Sequence[Lemma]) -> str | None:
        axioms = tuple(lemma for lemma in lemmas if lemma.is_axiom)
        if not axioms:
            return None
        key = tuple(sorted(lemma.name for lemma in axioms))
        if key not in self._consistent:
            result = discharge(contradiction(axioms), self._solve).result
            bad = result.verdict is Verdict.PROVED
            self._consistent[key] = f"the axioms contradict one another: {', '.join(result.axioms)}" if bad else None
        return self._consistent[key]


def _opaque(claim: Claim) -> bool:
    """Whether a model may fail to replay because of functions that arrays do not stand for."""
    return any(p.role == "runtime" for p in claim.parameters)


def _read_over(claim: Claim, result: ObligationResult) -> ObligationResult:
    """A claim whose only values are integers is a claim about integers."""
    values = [uncurry(p.var.sort)[1] for p in claim.parameters if p.role == "value"]
    if result.readings == ALL and INT in values and not any(is_element(v) for v in values):
        return replace(result, readings=frozenset({"int"}))
    return result


def _refuted(claim: Claim, found: Refutation, obligations: tuple[ObligationResult, ...]) -> ClaimResult:
    return ClaimResult(
        claim,
        Verdict.REFUTED,
        obligations=obligations,
        counterexample=found.values,
        counterexample_text=found.text,
        replayed=True,
        reason=found.reason,
        environment=found.environment,
    )

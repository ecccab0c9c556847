"""One goal against the solvers: encodings, cores, models.

``unsat`` is accepted only of a script that was really run, and is re-run with its unsat core, so that the record says
exactly what closed it.  ``sat`` never decides anything by itself: the model is turned into arrays and replayed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

from ...encoders.smtlib.lower.core import LEVELS
from ...encoders.smtlib.lower.euclid import has_symbolic_division
from ...theories.errors import Unsupported
from ...theories.terms.sorts import INT, REAL, ElemSort, uncurry
from ...theories.terms.term import BIG, Term, postorder
from ..claims import Verdict
from ..goals.footprint import is_element, is_ring_identity, is_scalar, mentions_elements, readings
from ..goals.goal import Goal, GoalKind
from ..results import ALL, RING, ObligationResult, Readings
from .encode import GOAL, Encoded, Encoding, encode, plain
from .solve import Answer


class Solve(Protocol):
    """Runs a script: the text of the second argument, which may be a part of the encoded goal's."""

    def __call__(self, encoded: Encoded, text: str, share: float = 1.0) -> Answer:
        """The answer, within that share of the time limit."""
        ...


FIRST = 0.125
"""Share of the time limit for an encoding's first attempt: what is proved at all is mostly proved at once."""
LATER = ((0.4, 3), (1.0, 2))
"""Shares for further attempts, and how many of the encodings that ran out of time get one."""


@dataclass
class Outcome:
    """What became of a goal: its record, and the encodings with models that are still to be replayed.

    ``vacuous`` is set when the goal was proved from its premises alone: they contradict one another.
    """

    result: ObligationResult
    models: list[tuple[Encoded, Answer]] = field(default_factory=list[tuple[Encoded, Answer]])
    vacuous: bool = False


def encodings(goal: Goal) -> list[Encoding]:
    """The encodings to try, in order: small ones first, since what a proof needs is mostly little."""
    terms = [goal.conclusion, *[h.formula for h in goal.hypotheses], *[i.formula for i in goal.instances]]
    hinted = goal.instances and goal.kind in (GoalKind.DEFINED, GoalKind.REFINES)
    out: list[Encoding] = []
    for base in _kinds(goal, terms):
        if hinted:
            out += [replace(base, without_hints=True, level=level) for level in LEVELS[:2]]
        out += [replace(base, level=level) for level in LEVELS]
    products = {t.sort for t in postorder(terms) if t.op in _PRODUCTS and t.sort in (REAL, INT)}
    if products:
        out += [replace(e, linear=True) for e in out]
    if has_symbolic_division(terms):
        out += [replace(e, linear=True, euclid=True) for e in out if not e.linear]
    # Products of indices come with divisions, which solvers know more about than the facts of a linear encoding say.
    return sorted(out, key=lambda e: (e.level, e.euclid, e.linear is not (REAL in products), not e.without_hints))


_PRODUCTS = ("mul", "div", "pow")


def _kinds(goal: Goal, terms: list[Term]) -> list[Encoding]:
    if not any(isinstance(s, ElemSort) and s.element_class == "ring" for s in _element_sorts(terms)):
        if goal.kind is GoalKind.SELF:
            return [Encoding(normal=False)]
        return [Encoding()] if goal.by_definition else [Encoding(), Encoding(normal=False)]
    indices_only = [h.formula for h in goal.assumed if not mentions_elements(h.formula)]
    if goal.kind is GoalKind.SELF:
        return [Encoding(normal=False)]
    out: list[Encoding] = []
    if _pointwise(terms):
        out.append(Encoding(normal=False))
    if is_ring_identity(goal.conclusion, indices_only) and ring_instances(goal):
        out.append(Encoding(ring_as="Real", without_elements=True))
    return [*out, Encoding()]


def _pointwise(terms: Iterable[Term]) -> bool:
    """Whether no big operator occurs, so that every operation on elements is a function of its arguments in any type."""
    return not any(t.op in BIG and is_element(t.sort) for t in postorder(terms))


def ring_instances(goal: Goal) -> bool:
    """Whether every lemma instance of the goal is itself a ring identity, so true over ℝ for all elements."""
    return all(is_ring_identity(plain(i.formula), ()) for i in goal.instances)


def _element_sorts(terms: Iterable[Term]) -> set[object]:
    return {uncurry(t.sort)[1] for t in postorder(terms) if t.op == "var"}


def discharge(goal: Goal, solve: Solve) -> Outcome:
    """Try to prove ``goal``.  Raises nothing that a solver can cause."""
    verdicts: list[tuple[Verdict, str]] = []
    models: list[tuple[Encoded, Answer]] = []
    seconds = 0.0
    slow: list[Encoded] = []
    for encoded, share in _attempts(goal, slow, verdicts):
        answer = solve(encoded, encoded.script.text, share)
        seconds += answer.seconds
        if answer.status == "unsat":
            return _proved(encoded, answer, solve, seconds)
        if answer.status == "sat":
            models.append((encoded, answer))
            verdicts.append((Verdict.UNKNOWN, "the solver's model is only a candidate"))
            if encoded.interpreted:
                break
        else:
            if answer.status == "timeout":
                slow.append(encoded)
            verdicts.append((_VERDICTS[answer.status], answer.reason or f"{answer.solver} gave no answer"))
    verdict, reason = min(verdicts, key=lambda v: _ORDER.index(v[0]))
    return Outcome(ObligationResult(goal.name, verdict, seconds=seconds, reason=reason), models)


def _attempts(goal: Goal, slow: list[Encoded], verdicts: list[tuple[Verdict, str]]) -> Iterator[tuple[Encoded, float]]:
    """What to ask, with the share of the time limit: every encoding, then those again that were found to be ``slow``."""
    seen: set[str] = set()
    for encoding in encodings(goal):
        try:
            encoded = encode(goal, encoding)
        except Unsupported as error:
            verdicts.append((Verdict.UNSUPPORTED, str(error)))
            continue
        if encoded.script.text not in seen:
            seen.add(encoded.script.text)
            yield encoded, FIRST
    for share, count in LATER:
        again = slow[:count]
        slow.clear()
        yield from ((encoded, share) for encoded in again)


_VERDICTS = {
    "unknown": Verdict.UNKNOWN,
    "timeout": Verdict.TIMEOUT,
    "memory": Verdict.MEMORY,
    "error": Verdict.ERROR,
}
_ORDER = (Verdict.UNKNOWN, Verdict.TIMEOUT, Verdict.MEMORY, Verdict.UNSUPPORTED, Verdict.ERROR)


def _proved(encoded: Encoded, answer: Answer, solve: Solve, seconds: float) -> Outcome:
    labels = [label for label, _ in encoded.assertions]
    text = encoded.script.text
    core = core_labels(encoded, answer)
    if core is not None and len(core) < len(labels):
        small = encoded.restricted(core)
        again = solve(encoded, small.text)
        seconds += again.seconds
        if again.status == "unsat":
            labels, text, answer = core, small.text, again
    origins = {encoded.origin(label) for label in labels}
    laws = {o.removeprefix("law:") for o in origins if o.startswith("law:")}
    laws.update(law for o in origins for law in encoded.laws.get(o, ()))
    facts = {o.removeprefix("lemma:") for o in origins if o.startswith("lemma:")}
    result = ObligationResult(
        name=encoded.goal.name,
        verdict=Verdict.PROVED,
        solvers=((answer.solver, answer.version), *answer.agreed),
        script_sha256=hashlib.sha256(text.encode()).hexdigest(),
        laws=tuple(sorted(laws)),
        axioms=tuple(sorted(facts)),
        readings=_readings(encoded, origins),
        seconds=seconds,
        script=text,
    )
    return Outcome(result, vacuous=GOAL not in origins)


def core_labels(encoded: Encoded, answer: Answer) -> list[str] | None:
    """The labels of the unsat core in the order of the script, or None when the solver gave none."""
    if not answer.core:
        return None
    names = encoded.script.names
    core = {names[symbol] for symbol in answer.core if symbol in names}
    return [label for label, _ in encoded.assertions if label in core]


def _readings(encoded: Encoded, origins: set[str]) -> Readings:
    goal = encoded.goal
    used = [h.formula for h in goal.assumed if f"hyp:{h.name}" in origins]
    facts = [i.formula for i in goal.instances if f"lemma:{i.lemma}" in origins]
    facts += [lemma.formula for lemma in goal.lemmas if f"lemma:{lemma.name}" in origins]
    conclusion = goal.conclusion if GOAL in origins else None
    terms = [t for t in (conclusion, *used, *facts) if t is not None]
    if encoded.encoding.ring_as == "uninterpreted" and any(isinstance(s, ElemSort) for s in _element_sorts(terms)):
        # First-order logic of equality alone: valid in every structure, whatever the hypotheses say about elements.
        as_functions = not encoded.encoding.normal and _pointwise(terms)
        return ALL if is_scalar(terms) or as_functions else RING
    if encoded.encoding.ring_as == "Real":
        return RING
    if conclusion is None:
        return readings(terms[0], terms[1:]) if terms else ALL
    return readings(conclusion, [*used, *facts])

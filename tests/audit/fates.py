"""What becomes of the mutants of an operator in its trials."""

from __future__ import annotations

import signal
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from probanda.ir.dtypes import Reading
from probanda.ir.operators import Op, find
from probanda.theories.terms.term import Term

from . import denotation
from .audit import Judged, judged
from .denotation import Inconsistent, Refused
from .equivalents import equivalent
from .mutants import COUNT, TRIALS, Mutant, mutants
from .trial import Trial


@dataclass(slots=True)
class Fates:
    """The mutants of an operator: killed, with the trial that kills; equivalent, with a reason; gaps; no programs."""

    killed: dict[str, int] = field(default_factory=dict[str, int])
    equivalent: dict[str, str] = field(default_factory=dict[str, str])
    gaps: list[str] = field(default_factory=list[str])
    nothing: list[str] = field(default_factory=list[str])


class Trials:
    """The judged trials of an operator, made when they are asked for."""

    def __init__(self, op: str) -> None:
        self.op = op
        self._made: dict[int, Judged] = {}

    def __getitem__(self, number: int) -> Judged:
        if number not in self._made:
            self._made[number] = judged(self.op, number)
        return self._made[number]


@contextmanager
def _limited(seconds: float) -> Generator[None]:
    """TimeoutError after a while: a change may make a loop endless."""

    def stop(_signal: int, _frame: object) -> None:
        raise TimeoutError

    old = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


def kills(mutant: Mutant, j: Judged) -> bool | None:
    """Whether a trial kills a mutant; None where the mutant gives nothing to compare."""
    library = j.agreeing
    if library is None:
        return None
    try:
        with _limited(5):
            got = mutant.run(j.trial)
    except Inconsistent:
        return True
    except Refused:
        return None
    except Exception:  # noqa: BLE001 - a change that makes no sense
        return None
    return None if got is None else bool(j.judge(got, library))


def fates(name: str, count: int = TRIALS) -> Fates:
    """What becomes of every mutant of an operator, in every third trial."""
    op, trials, out = find(name), Trials(name), Fates()
    terms: dict[int, list[Term]] = {}
    sources = 0
    for m in mutants(op):
        if m.apply is not None and sources == COUNT:
            continue
        tried = unseen = 0
        for number in range(0, 3 * count, 3):
            same = _same_terms(op, m, number, trials[number].trial, terms)
            verdict = None if same else kills(m, trials[number])
            unseen += same
            tried += verdict is not None
            if verdict:
                out.killed[m.key] = number
                break
        sources += m.apply is not None and tried > 0
        if m.key not in out.killed:
            why = equivalent(name, m.key)
            if why is not None and (tried or unseen):
                out.equivalent[m.key] = why
            elif tried:
                out.gaps.append(m.key)
            elif unseen:
                out.equivalent[m.key] = "the term is the same in every trial"
            else:
                out.nothing.append(m.key)
    return out


def _same_terms(op: Op, mutant: Mutant, number: int, trial: Trial, known: dict[int, list[Term]]) -> bool:
    """Whether a mutant of the source gives the very terms of the original."""
    if mutant.apply is None:
        return False
    try:
        if number not in known:
            known[number] = _terms(op, trial)
        with mutant.apply(), _limited(5):
            changed = _terms(op, trial)
    except Exception:  # noqa: BLE001 - a change that makes no sense, or a trial that is refused
        return False
    return known[number] == changed


def _terms(op: Op, trial: Trial) -> list[Term]:
    return [t.lam() for t in denotation.tensors(op, denotation.use_of(op, trial, Reading.IEEE, False))]

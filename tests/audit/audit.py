"""The audit of one operator: its generated trials against both libraries."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

from probanda.ir.operators import OPS, find, load

from . import denotation
from .compare import Mismatch, judge
from .disagreements import explain
from .gen import generate, strategies
from .libraries import LIBRARIES, Answer, answer
from .trial import Array, Trial

FULL = 500
"""Trials of each operator in the full audit."""
SAMPLE = 40
"""Trials of each operator in the tests."""


@dataclass
class Judged:
    """A trial with what came of it: ``agrees``, ``refuses``, names of known disagreements, or ``unexplained``."""

    number: int
    trial: Trial
    results: Answer
    answers: dict[str, Answer]
    mismatches: dict[str, list[Mismatch]] = field(default_factory=dict[str, list[Mismatch]])
    verdicts: dict[str, str] = field(default_factory=dict[str, str])

    @cached_property
    def scales(self) -> list[Array | None]:
        """The sums of magnitudes; they are asked for where results differ by more than their own size allows."""
        return [] if isinstance(self.results, str) else _scales(self.trial)

    def judge(self, got: Answer, library: str) -> list[Mismatch]:
        """How ``got`` differs from what a library answers."""
        want = self.answers[library]
        return judge(self.trial, got, want, []) and judge(self.trial, got, want, self.scales)

    @property
    def unexplained(self) -> list[str]:
        """The libraries whose difference has no explanation."""
        return [name for name, verdict in self.verdicts.items() if verdict == "unexplained"]

    @property
    def agreeing(self) -> str | None:
        """A library that agrees."""
        return next((name for name, verdict in self.verdicts.items() if verdict == "agrees"), None)


def ours(trial: Trial, number: int = 0) -> Answer:
    """What the denotation gives; every third time with symbols for sizes, where the shape rule takes them."""
    try:
        if number % 3 == 2:
            try:
                return denotation.run(trial, symbolic=True)
            except denotation.Refused:
                pass
        return denotation.run(trial)
    except denotation.Refused as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - a fault, which is judged as no result
        return f"fault: {type(error).__name__}: {error}"


def _scales(trial: Trial) -> list[Array | None]:
    try:
        return denotation.scales(trial)
    except Exception:  # noqa: BLE001 - without it results are compared by their own size
        return []


def judged(op: str, number: int) -> Judged:
    """The judgement of one trial."""
    trial = generate(op, number)
    results = ours(trial, number)
    out = Judged(number, trial, results, {name: answer(name, trial) for name in LIBRARIES})
    for name, want in out.answers.items():
        if isinstance(want, str):
            out.verdicts[name] = "refuses"
            continue
        found = out.mismatches[name] = out.judge(results, name)
        names = explain(trial, name, found)
        out.verdicts[name] = "unexplained" if names is None else ", ".join(sorted(set(names))) or "agrees"
    return out


def audited() -> list[str]:
    """The operators that have something to compare: all but those that draw."""
    load()
    return sorted(name for name, op in OPS.items() if op.pure)


def drawing() -> list[str]:
    """The operators that draw: they have a type and no value."""
    load()
    return sorted(name for name, op in OPS.items() if not op.pure)


def without_strategy() -> list[str]:
    """Operators that no strategy covers."""
    return sorted(set(audited()) - set(strategies()))


@dataclass(slots=True)
class Report:
    """What came of an operator's trials."""

    op: str
    trials: int = 0
    agreed: Counter[str] = field(default_factory=Counter[str])  # by library
    refused: Counter[str] = field(default_factory=Counter[str])  # by library
    rejected: int = 0  # by the denotation too
    alone: int = 0  # no library answers
    both: int = 0
    one: int = 0
    none: int = 0
    known: dict[str, tuple[int, str]] = field(default_factory=dict[str, tuple[int, str]])  # row: count, example
    unexplained: list[str] = field(default_factory=list[str])

    def add(self, j: Judged) -> None:
        """Count one judgement."""
        self.trials += 1
        self.agreed.update(name for name, v in j.verdicts.items() if v == "agrees")
        self.refused.update(name for name, v in j.verdicts.items() if v == "refuses")
        answered = [v for v in j.verdicts.values() if v != "refuses"]
        agreeing = answered.count("agrees")
        self.both += agreeing == 2
        self.one += agreeing == 1
        self.none += bool(answered) and not agreeing
        self.alone += not answered and not isinstance(j.results, str)
        self.rejected += not answered and isinstance(j.results, str)
        for name, verdict in j.verdicts.items():
            if verdict in ("agrees", "refuses"):
                continue
            lines = "; ".join(map(str, j.mismatches[name]))
            text = f"#{j.number} {name}: {lines}: {j.trial}"
            if verdict == "unexplained":
                self.unexplained.append(text)
                continue
            for row in verdict.split(", "):
                count, example = self.known.get(f"{name}/{row}", (0, text))
                self.known[f"{name}/{row}"] = (count + 1, example)


def report(op: str, trials: int = FULL) -> Report:
    """The audit of one operator."""
    find(op)
    out = Report(op)
    for number in range(trials):
        out.add(judged(op, number))
    return out

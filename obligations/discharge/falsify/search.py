"""The search for counterexamples and witnesses: few ranks and rounds, many samples each, candidates judged exactly."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ....encoders.arrays import Env, Mode
from ....encoders.arrays.evaluator import Evaluator
from ....encoders.arrays.values import Array
from ....theories.errors import Unsupported
from ....theories.terms.term import free_vars
from ...claims import Claim
from .convert import single
from .hints import hints
from .judging import KINDS, Judge, Replay
from .report import Counterexample, describe
from .runtimes import functions
from .sampling import Sampler, carriers, is_integer


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of a search: seconds in all, samples a round, candidates that are judged exactly."""

    seconds: float = 1.0
    samples: int = 200
    judged: int = 12
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Witness:
    """Values that satisfy everything a claim assumes, and what had to be given up for them."""

    env: Env
    relaxed: tuple[str, ...] = field(default=())


_PLAN = ((2, 1), (1, 2), (0, 3), (2, 4), (3, 5), (1, 6))
"""Ranks of the (first) group and seeds, in the order in which they are tried."""


class _Search:
    def __init__(self, claim: Claim, budget: Budget) -> None:
        self.claim = claim
        self.budget = budget
        self.judge = Judge(claim)
        self.hints = hints([f for _, f in self.judge.premises], claim.shapes)
        self.functions = functions(claim)
        integers = {p.name for p in claim.parameters if is_integer(p)}
        self.early = frozenset(name for name, f in self.judge.premises if free_vars(f).keys() <= integers)
        self.deadline = time.monotonic() + budget.seconds
        self.judged = 0

    def rounds(self) -> Iterator[tuple[dict[str, int], int]]:
        """Ranks of all groups, and the number of the round."""
        groups = self.claim.groups
        if not groups:
            for k in range(3 if any(e.element_class == "ring" for e in self.claim.elems) else 2):
                yield {}, k
            return
        for k, (rank, shift) in enumerate(_PLAN):
            yield {g: (rank + shift * j) % 4 if j else rank for j, g in enumerate(groups)}, k

    def batch(self, ranks: dict[str, int], round_: int) -> tuple[Env, Evaluator] | None:
        """Samples on which every premise holds."""
        seed = self.budget.seed * 1000 + round_ * 17 + 1
        rng = np.random.default_rng(seed)
        total = max(ranks.values(), default=0)
        sampler = Sampler(self.claim, self.hints, ranks, seed, largest=2 if total > 2 else 3)
        env = Env(ranks, {}, carriers(self.claim, round_, rng), 6 * self.budget.samples)
        sampler.integers(env, self.functions)
        holds = self.judge.screen_premises(env, Evaluator(env, Mode.SCREEN), self.early)
        chosen = np.flatnonzero(holds)
        if not len(chosen):
            return None
        rng.shuffle(chosen)
        count = self.budget.samples // (1 if total <= 2 else 2)
        chosen = np.concatenate([self._large(env, chosen)[: count // 2], chosen])[:count]
        env = _pick(env, np.resize(chosen, count))
        sampler.elements(env)
        evaluator = Evaluator(env, Mode.SCREEN)
        holds = self.judge.screen_premises(env, evaluator)
        if not holds.any():
            return None
        kept = np.flatnonzero(holds)
        env = _pick(env, kept)
        return env, Evaluator(env, Mode.SCREEN)

    def _large(self, env: Env, chosen: Array) -> Array:
        """The samples among ``chosen`` whose sizes are all at least 2."""
        return chosen[quality(self.claim, env)[chosen] == 0]

    def candidates(self, env: Env, evaluator: Evaluator) -> list[int]:
        """Samples to judge exactly, the best first."""
        try:
            failing = self.judge.screen_checks(env, evaluator)
        except Unsupported:
            failing = []
        small = quality(self.claim, env)
        ranked: list[tuple[int, int, int]] = []
        for kind, fails in failing:
            ranked += [(KINDS.index(kind), int(small[k]), int(k)) for k in np.flatnonzero(fails)]
        ranked.sort()
        best = [k for _, _, k in ranked[:3]]
        # The screening run cannot see differences far below its precision: look at a sample or two exactly.
        others = [int(k) for k in np.argsort(small, kind="stable")[:2] if int(k) not in best]
        return best if best else others

    def expired(self) -> bool:
        """Whether the time is over, or enough candidates have been judged."""
        return time.monotonic() > self.deadline or self.judged >= self.budget.judged

    def exact(self, env: Env, k: int) -> tuple[Env, Replay]:
        """Sample ``k`` by itself, and the verdict on it."""
        self.judged += 1
        alone = single(self.claim, env, k)
        return alone, self.judge.replay(alone)


def quality(claim: Claim, env: Env) -> Array:
    """For each sample, how many sizes and ranks are smaller than 2."""
    assert env.batch is not None
    out = np.zeros(env.batch, np.int64)
    for p in claim.parameters:
        if p.role in ("size", "sizes"):
            data = np.asarray(env.values[p.name])
            out = out + ((data < 2).sum(axis=1) if p.role == "sizes" else data < 2)
    return out + sum(1 for r in env.ranks.values() if r < 1)


def _pick(env: Env, chosen: Array) -> Env:
    values: dict[str, Any] = {
        name: value[chosen] if isinstance(value, np.ndarray) else value for name, value in env.values.items()
    }
    return Env(env.ranks, values, env.carriers, len(chosen))


def falsify(claim: Claim, budget: Budget | None = None) -> Counterexample | None:
    """A counterexample that has been replayed exactly, or None.  Raises Unsupported for what cannot be evaluated."""
    search = _Search(claim, budget or Budget())
    best: tuple[tuple[int, int], Env, Replay] | None = None
    for ranks, round_ in search.rounds():
        if search.expired():
            break
        found = search.batch(ranks, round_)
        if found is None:
            continue
        env, evaluator = found
        small = quality(claim, env)
        for k in search.candidates(env, evaluator):
            alone, verdict = search.exact(env, k)
            if verdict.outcome == "refuted":
                rank = (KINDS.index(verdict.kind), int(small[k]))
                if best is None or rank < best[0]:
                    best = (rank, alone, verdict)
            if search.expired():
                break
        if best is not None and best[0][0] < 2 and best[0][1] == 0:
            break
    return None if best is None else describe(claim, search.judge, best[1], best[2])


def replay(claim: Claim, env: Env) -> Replay:
    """Exact evaluation of ``claim`` on ``env``: ``refuted``, ``holds``, ``unknown`` or ``outside``."""
    try:
        return Judge(claim).replay(env)
    except Unsupported as error:
        return Replay("unknown", str(error))


def witness(claim: Claim, budget: Budget | None = None) -> Witness | None:
    """Values that satisfy facts, hypotheses and the left side's validity, as large as can be found; None if none are.

    Preferred: every group of two axes, every size at least 2, an index in range where the left side is defined.
    """
    search = _Search(claim, budget or Budget(seed=1))
    best: tuple[int, Env, tuple[str, ...]] | None = None
    for ranks, round_ in search.rounds():
        if best is not None and (best[0] == 0 or time.monotonic() > search.deadline):
            break
        found = search.batch(ranks, round_)
        if found is None:
            continue
        env, _ = found
        small = quality(claim, env)
        for k in np.argsort(small, kind="stable")[:3]:
            alone = single(claim, env, int(k))
            relaxed = _relaxed(search.judge, alone)
            if relaxed is not None and (best is None or len(relaxed) < best[0]):
                best = (len(relaxed), alone, relaxed)
    return None if best is None else Witness(best[1], best[2])


def _relaxed(judge: Judge, env: Env) -> tuple[str, ...] | None:
    """What ``env`` lacks of a full witness; None when it is no witness."""
    from .judging import Decider

    decider = Decider(env)
    if any(decider.decide(f) is not True for _, f in judge.premises):
        return None
    relaxed = [f"the axes {g} number {r}" for g, r in sorted(env.ranks.items()) if r < 2]
    for p in judge.claim.parameters:
        value = env.values.get(p.name)
        if p.role == "size" and isinstance(value, int) and value < 2:
            relaxed.append(f"{p.name} is {value}")
        if p.role == "sizes" and isinstance(value, tuple) and any(v < 2 for v in value):
            relaxed.append(f"{p.name} is {value}")
    if decider.decide(judge.witnessed) is not True:
        relaxed.append("no element of the left side is defined")
    return tuple(relaxed)

"""The search for counterexamples and witnesses: few ranks and rounds, many samples each, candidates judged exactly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

import numpy as np

from ....encoders.arrays import Env, Mode
from ....encoders.arrays.evaluator import Evaluator
from ....encoders.arrays.reading import batched
from ....encoders.arrays.values import Array
from ....theories.errors import Unsupported
from ....theories.terms import build as b
from ....theories.terms import sorts as s
from ....theories.terms.term import free_vars, postorder
from ...claims import Claim, Verdict
from .convert import single
from .hints import hints
from .judging import KINDS, Decider, Judge, Replay
from .report import Counterexample, describe
from .runtimes import functions
from .sampling import Sampler, carriers, is_integer


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of a search.  They count work, not seconds, so that a search ends the same way on every machine.

    ``nodes``: distinct nodes of the claim times rounds.  ``samples`` of a round.  ``judged`` candidates, exactly.
    """

    nodes: int = 1500
    rounds: int = 6
    samples: int = 200
    judged: int = 12
    seed: int = 0


GENEROUS: Final = Budget(nodes=1_000_000)
"""For a claim that is expected to be refuted."""


@dataclass(frozen=True, slots=True)
class Witness:
    """Values that satisfy everything a claim assumes, and what had to be given up for them."""

    env: Env
    relaxed: tuple[str, ...] = field(default=())


_PLAN: Final = ((2, 1), (1, 2), (0, 3), (2, 4), (3, 5), (1, 6))
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
        self.judged = 0
        nodes = list(postorder([*[f for _, f in self.judge.premises], *[c.formula for c in self.judge.checks]]))
        self.approximate = any(t.sort in (s.REAL, s.EREAL) and t.op in ("fn", "sqrt", "div") for t in nodes)
        self.limit = max(2, min(budget.rounds, budget.nodes // max(len(nodes), 1)))

    def rounds(self) -> Iterator[tuple[dict[str, int], int]]:
        """Ranks of all groups, and the number of the round."""
        groups = self.claim.groups
        if not groups:
            for k in range(min(self.limit, 3)):
                yield {}, k
            return
        for k, (rank, shift) in enumerate(_PLAN[: self.limit]):
            yield {g: (rank + shift * j) % 4 if j else rank for j, g in enumerate(groups)}, k

    def batch(self, ranks: dict[str, int], round_: int) -> tuple[Env, Evaluator] | None:
        """Samples on which every premise holds."""
        seed = self.budget.seed * 1000 + round_ * 17 + 1
        rng = np.random.default_rng(seed)
        total = sum(ranks.values())
        sampler = Sampler(self.claim, self.hints, ranks, seed, largest=2 if total > 2 else 4 if round_ == 1 else 3)
        env = Env(ranks, {}, carriers(self.claim, round_, rng), 6 * self.budget.samples)
        sampler.integers(env, self.functions)
        holds = self.judge.screen_premises(env, Evaluator(env, Mode.SCREEN), self.early)
        chosen = np.flatnonzero(holds)
        if not len(chosen):
            return None
        rng.shuffle(chosen)
        count = self.budget.samples // (1 if total < 2 else 2 if total < 3 else 4)
        chosen = np.concatenate([self._large(env, chosen)[: count // 2], chosen])[:count]
        env = _pick(env, np.resize(chosen, count))
        sampler.elements(env)
        evaluator = Evaluator(env, Mode.SCREEN)
        holds = self.judge.screen_premises(env, evaluator)
        if holds.all():
            return env, evaluator
        if not holds.any():
            return None
        env = _pick(env, np.flatnonzero(holds))
        return env, Evaluator(env, Mode.SCREEN)

    def _large(self, env: Env, chosen: Array) -> Array:
        """The samples among ``chosen`` whose sizes are all at least 2."""
        return chosen[quality(self.claim, env)[chosen] == 0]

    def candidates(self, env: Env, evaluator: Evaluator, round_: int) -> list[int]:
        """Samples to judge exactly, the best first."""
        try:
            failing = self.judge.screen_checks(env, evaluator)
        except Unsupported:
            failing = []
        small = quality(self.claim, env)
        wild = self._wildness(env)
        ranked: list[tuple[int, int, int, int]] = []
        for kind, fails in failing:
            ranked += [(KINDS.index(kind), int(small[k]), int(wild[k]), int(k)) for k in np.flatnonzero(fails)]
        ranked.sort()
        if ranked:
            return [k for *_, k in ranked[:4]]
        # The screening run cannot see differences far below its precision: look at a sample exactly.
        return [int(np.argmin(small))] if round_ < 2 and (self.approximate or not failing) else []

    def _wildness(self, env: Env) -> Array:
        """For each sample, how many elements are not 0: at 0 much is rational that is known by bounds only elsewhere."""
        out = np.zeros(env.batch or 1, np.int64)
        for p in self.claim.parameters:
            data = env.values[p.name]
            if self.approximate and isinstance(data, np.ndarray) and s.uncurry(p.var.sort)[1] in (s.REAL, s.EREAL):
                array = cast(Array, data)
                out = out + (array.reshape(len(array), -1) != 0).sum(axis=1)
        return out

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
    search = _Search(claim, budget or (GENEROUS if claim.expected is Verdict.REFUTED else Budget()))
    best: tuple[tuple[int, int], Env, Replay] | None = None
    for ranks, round_ in search.rounds():
        found = search.batch(ranks, round_)
        if found is None:
            continue
        env, evaluator = found
        small = quality(claim, env)
        for k in search.candidates(env, evaluator, round_):
            if search.judged >= search.budget.judged:
                break
            alone, verdict = search.exact(env, k)
            if verdict.outcome == "refuted":
                rank = (KINDS.index(verdict.kind), int(small[k]))
                if best is None or rank < best[0]:
                    best = (rank, alone, verdict)
                break
        if best is not None and best[0][0] < 2 and best[0][1] == 0:
            break
    return None if best is None else describe(claim, search.judge, best[1], best[2])


def replay(claim: Claim, env: Env, only: str = "") -> Replay:
    """Exact evaluation of ``claim`` on ``env``: ``refuted``, ``holds``, ``unknown`` or ``outside``.

    With ``only``, the kind of the counterexample that is expected, nothing else is checked besides the premises.
    """
    try:
        return Judge(claim).replay(env, only)
    except Unsupported as error:
        return Replay("unknown", str(error))
    except MemoryError:
        return Replay("unknown", "arrays of these sizes do not fit into memory")


def witness(claim: Claim, budget: Budget | None = None) -> Witness | None:
    """Values that satisfy facts, hypotheses and the left side's validity, as large as can be found; None if none are.

    Preferred: every group of two axes, every size at least 2, an index in range where the left side is defined.
    """
    search = _Search(claim, budget or replace(GENEROUS, seed=1))
    best: tuple[int, Env, tuple[str, ...]] | None = None
    for ranks, round_ in search.rounds():
        found = search.batch(ranks, round_)
        if found is None:
            continue
        env, evaluator = found
        for k in _promising(search, env, evaluator):
            alone = single(claim, env, k)
            relaxed = _relaxed(search.judge, alone)
            if relaxed is not None and (best is None or len(relaxed) < best[0]):
                best = (len(relaxed), alone, relaxed)
        if best is not None and best[0] == 0:
            break
    return None if best is None else Witness(best[1], best[2])


def _promising(search: _Search, env: Env, evaluator: Evaluator) -> list[int]:
    """A few samples, those that show most first."""
    assert env.batch is not None
    lacking = quality(search.claim, env)
    if search.judge.witnessed is not b.TRUE:
        shown, _ = batched(evaluator.scalar(search.judge.witnessed), env.batch)
        lacking = lacking + 2 * ~shown
    return [int(k) for k in np.argsort(lacking, kind="stable")[:2]]


def _relaxed(judge: Judge, env: Env) -> tuple[str, ...] | None:
    """What ``env`` lacks of a full witness; None when it is no witness."""
    decider = Decider(env)
    if any(decider.decide(f) is not True for _, f in judge.premises):
        return None
    relaxed = [f"the axes {g} number {r}" for g, r in sorted(env.ranks.items()) if r < 2]
    for p in judge.claim.parameters:
        value = env.values.get(p.name)
        if p.role == "size" and isinstance(value, int) and value < 2:
            relaxed.append(f"{p.name} is {value}")
        if p.role == "sizes" and isinstance(value, tuple) and any(v < 2 for v in cast(tuple[int, ...], value)):
            relaxed.append(f"{p.name} is {value}")
    if decider.decide(judge.witnessed) is not True:
        relaxed.append("no element of the left side is defined")
    return tuple(relaxed)

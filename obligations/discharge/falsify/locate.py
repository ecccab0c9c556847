"""Where a refuted claim fails: the index, and the two sides there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ....encoders.arrays import Env
from ....theories.errors import Unsupported
from ....theories.terms import build as b
from ....theories.terms import sorts as s
from ....theories.terms.binders import fresh, instantiate, open_with, var
from ....theories.terms.term import DOM_ARGS, Term
from .judging import Decider, Judge

_POSITIONS = 4096
"""Indices that are tried."""


@dataclass(frozen=True, slots=True)
class Place:
    """The index of a failure as text, values of the two sides, and terms for them over ``env``."""

    index: str
    env: Env
    terms: tuple[Term, ...]
    left: Any = None
    right: Any = None
    sort: s.Sort = s.BOOL
    sorts: dict[str, s.Sort] = field(default_factory=dict[str, s.Sort])


def locate(judge: Judge, env: Env, kind: str) -> Place:
    """Follows the failing check down to an atom that is false."""
    formula = next(c.formula for c in judge.checks if c.kind == kind)
    values: dict[str, Any] = dict(env.values)
    here = Env(env.ranks, values, env.carriers)
    decider = Decider(here)
    index: list[str] = []
    sorts: dict[str, s.Sort] = {}
    while True:
        step = _step(formula, decider, here)
        if step is None:
            break
        formula, bound = step
        for x, value in bound:
            values[x.name] = value
            sorts[x.name] = x.sort
            index.append(str(value))
    text = ", ".join(index)
    if formula.op in ("eq", "peq", "lt", "le") and kind in ("differs", "false", "sizes"):
        left, right = [_value(a, decider) for a in formula.args]
        return Place(text, here, formula.args, left, right, formula.args[0].sort, sorts)
    if kind == "undefined" and judge.results:
        return Place(text, here, tuple([b.at(v.term) for v in judge.results]) if not sorts else (), sorts=sorts)
    return Place(text, here, (formula,), sorts=sorts)


def _value(t: Term, decider: Decider) -> Any:
    return decider.evaluator(64).scalar(t).data[()]


def _step(f: Term, decider: Decider, env: Env) -> tuple[Term, list[tuple[Term, Any]]] | None:
    """A part of the false ``f`` that is false, and the variables that it was opened with."""
    if f.op == "and":
        failing = next((g for g in f.args if decider.decide(g) is False), None)
        return None if failing is None else (failing, [])
    if f.op == "implies":
        return f.args[1], []
    if f.op == "require":
        return f.args[1], []
    if f.op == "let":
        return open_with(f.args[1], f.args[0]), []
    if f.op != "forall":
        return None
    depth = sum(1 for name in env.values if name.startswith("at") and name.endswith("!"))
    x = var(f"at{depth}!", f.dom.sort)
    where, body = open_with(f.filter, x), instantiate(f, x)
    for value in _members(f, decider, env):
        trial = Decider(Env(env.ranks, {**env.values, x.name: value}, env.carriers))
        try:
            if trial.decide(where) and trial.decide(body) is False:
                return body, [(x, value)]
        except Unsupported:
            return None
    return None


def _members(f: Term, decider: Decider, env: Env) -> list[Any]:
    args = f.args[: DOM_ARGS[f.dom.kind]]
    if f.dom.kind == "range":
        lo, hi = [int(_value(a, decider)) for a in args]
        return list(range(lo, min(hi, lo + _POSITIONS)))
    sort = f.dom.sort
    if f.dom.kind == "axes" and isinstance(sort, s.AxisSort):
        return list(range(env.rank(sort.group)))
    if f.dom.kind == "box" and isinstance(sort, s.FnSort) and isinstance(sort.arg, s.AxisSort):
        rank = env.rank(sort.arg.group)
        axes = [b.at(args[0], fresh("c", sort.arg)) for _ in range(rank)]
        lengths: list[int] = []
        for c, t in enumerate(axes):
            trial = Decider(Env(env.ranks, {**env.values, t.args[1].name: c}, env.carriers))
            lengths.append(int(_value(t, trial)))
        if int(np.prod(lengths, dtype=object)) > _POSITIONS:
            return []
        return list(np.ndindex(*lengths))
    return list(range(8)) if f.dom.kind == "nat" else []

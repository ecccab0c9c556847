"""Making a counterexample small: fewer axes, smaller sizes and numbers, simpler elements, and still a counterexample."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, cast

import numpy as np

from ....encoders.arrays import Env, evaluate
from ....encoders.arrays.values import Array, scalar
from ....theories.errors import Unsupported
from ....theories.terms import sorts as s
from ....theories.terms.term import Term
from ...claims import Claim, Parameter
from .convert import fit
from .functions import pool
from .judging import Judge, Replay
from .report import Counterexample, describe
from .sampling import is_integer


def shrink(claim: Claim, found: Counterexample) -> Counterexample:
    """A smaller counterexample of the same kind.

    Sizes of at least 2 stay so, and groups that have axes keep one: an example that fails because something is empty
    says less than one where nothing is.
    """
    judge = Judge(claim)
    env = found.env
    verdict = Replay("refuted", found.detail, found.kind)
    limit = judge.attempts()
    attempts = 0
    progress = True
    while progress and attempts < limit:
        progress = False
        for smaller in _smaller(claim, env):
            attempts += 1
            if attempts >= limit:
                break
            try:
                judged = judge.replay(smaller)
            except (Unsupported, ValueError, IndexError):
                continue
            if judged.outcome == "refuted" and judged.kind == found.kind:
                env, verdict, progress = smaller, judged, True
                break
    return describe(claim, judge, env, verdict)


def _smaller(claim: Claim, env: Env) -> Iterator[Env]:
    yield from _fewer_axes(claim, env)
    yield from _smaller_integers(claim, env)
    yield from _simpler_elements(claim, env)


def _arrays(claim: Claim, env: Env) -> dict[str, Any]:
    return {p.name: env.values[p.name] for p in claim.parameters if isinstance(env.values.get(p.name), np.ndarray)}


def _others(claim: Claim, env: Env) -> dict[str, Any]:
    return {name: v for name, v in env.values.items() if not isinstance(v, np.ndarray)}


def _fewer_axes(claim: Claim, env: Env) -> Iterator[Env]:
    for group, rank in env.ranks.items():
        for c in range(rank if rank > 1 else 0):
            values = _others(claim, env)
            for p in claim.parameters:
                if _over(p.var.sort, group) and isinstance(values.get(p.name), tuple):
                    values[p.name] = values[p.name][:c] + values[p.name][c + 1 :]
            arrays = {
                p.name: _drop(env.values[p.name], p, group, c, env)
                for p in claim.parameters
                if p.name in _arrays(claim, env)
            }
            ranks = {**env.ranks, group: rank - 1}
            yield from _fitted(claim, Env(ranks, values, env.carriers), arrays)


def _over(sort: s.Sort, group: str) -> bool:
    return s.is_index_map(sort) and isinstance(sort, s.FnSort) and sort.arg is s.axis(group)


def _drop(data: Any, p: Parameter, group: str, c: int, env: Env) -> Any:
    k = 0
    for argument in s.uncurry(p.var.sort)[0]:
        if _over(argument, group):
            data = (
                data.take(0, axis=k + c)
                if data.shape[k + c]
                else data.reshape([n for j, n in enumerate(data.shape) if j != k + c])
            )
            k += env.rank(group) - 1
        elif isinstance(argument, s.FnSort) and isinstance(argument.arg, s.AxisSort):
            k += env.rank(argument.arg.group)
        else:
            k += 1
    return np.asarray(data, object)


def _fitted(claim: Claim, env: Env, arrays: dict[str, Any]) -> Iterator[Env]:
    try:
        fit(claim, env, arrays)
        for p in claim.parameters:
            if p.result_domain is not None and p.result_domain[0].kind == "range" and p.name in arrays:
                lo, hi = [int(scalar(v).data) for v in evaluate(p.result_domain[1], env)]
                clipped = np.clip(cast(Array, env.values[p.name]), lo, max(hi - 1, lo))
                env.values = {**env.values, p.name: clipped}
    except (Unsupported, ValueError, IndexError):
        return
    yield env


def _smaller_integers(claim: Claim, env: Env) -> Iterator[Env]:
    for p in claim.parameters:
        if not is_integer(p):
            continue
        floor = 2 if p.role in ("size", "sizes") else 0
        value: Any = env.values[p.name]
        for changed in _nearer(value, floor):
            others = {**_others(claim, env), p.name: changed}
            yield from _fitted(claim, Env(env.ranks, others, env.carriers), _arrays(claim, env))
        if p.role == "size" and value > floor:
            for k in reversed(range(value)):
                yield from _without(claim, env, p, k)


def _without(claim: Claim, env: Env, size: Parameter, k: int) -> Iterator[Env]:
    """Position ``k`` of every dimension of that size left out, and indices into it renumbered."""
    values: dict[str, Any] = _others(claim, env)
    values[size.name] -= 1
    arrays = _arrays(claim, env)
    for p in claim.parameters:
        if p.role == "index" and isinstance(values.get(p.name), int):
            values[p.name] = _renumbered(values[p.name], k)
        if p.name in arrays:
            data = arrays[p.name]
            for axis in _axes_of(p, size.var, env):
                data = np.delete(data, k, axis) if k < data.shape[axis] else data
            if p.result_domain is not None and size.var in p.result_domain[1]:
                data = np.asarray(np.frompyfunc(_renumbered, 2, 1)(data, k), object)
            arrays[p.name] = data
    yield from _fitted(claim, Env(env.ranks, values, env.carriers), arrays)


def _renumbered(index: int, k: int) -> int:
    return index - 1 if index > k or index == k > 0 else index


def _axes_of(p: Parameter, size: Term, env: Env) -> list[int]:
    """The dimensions of the array of ``p`` that have that size."""
    out: list[int] = []
    axis = 0
    for dom, args in p.dims:
        if dom.kind == "range" and args[1] is size:
            out.append(axis)
        spans = isinstance(dom.sort, s.FnSort) and isinstance(dom.sort.arg, s.AxisSort)
        axis += env.rank(dom.sort.arg.group) if spans else 1  # type: ignore[attr-defined]
    return out


def _nearer(value: Any, floor: int) -> Iterator[Any]:
    if isinstance(value, tuple):
        for c, v in enumerate(value):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            for w in _nearer(v, floor):
                yield (*value[:c], w, *value[c + 1 :])
    elif value > floor:
        yield from dict.fromkeys((floor, value - 1))
    elif value < 0:
        yield from dict.fromkeys((0, value + 1))


def _simpler_elements(claim: Claim, env: Env) -> Iterator[Env]:
    for p in claim.parameters:
        value = env.values.get(p.name)
        if is_integer(p) or not isinstance(value, np.ndarray):
            continue
        data = cast(Array, value)
        simple = s.INT if p.result_domain is not None else s.uncurry(p.var.sort)[1]
        choices = (0,) if simple is s.INT else pool(simple)[:4]
        if data.size > 1 and any(v != choices[0] for v in data.flat):
            yield _with(env, p.name, np.full(data.shape, choices[0], object))
        for position in np.ndindex(data.shape):
            for value in choices:
                if _cost(data[position], choices) <= _cost(value, choices):
                    break
                changed = data.copy()
                changed[position] = value
                yield _with(env, p.name, changed)


def _cost(value: Any, choices: tuple[object, ...]) -> tuple[int, float]:
    if value in choices:
        return choices.index(value), 0.0
    return len(choices), float(abs(value)) if isinstance(value, int | Fraction) else 0.0


def _with(env: Env, name: str, value: Any) -> Env:
    return Env(env.ranks, {**env.values, name: value}, env.carriers)

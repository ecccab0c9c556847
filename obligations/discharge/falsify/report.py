"""Counterexamples as text: values, both sides, and a line of NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, cast

import numpy as np
from flint import arb, fmpq

from ....encoders.arrays import Env
from ....encoders.arrays.formats import encode, patterns, python_float
from ....encoders.arrays.script import script
from ....theories.errors import Unsupported
from ....theories.terms import sorts as s
from ....theories.terms.term import Term
from ...claims import Claim
from .functions import Arbitrary, Lookup
from .judging import Judge, Replay
from .locate import Place, locate


@dataclass(frozen=True, slots=True)
class Counterexample:
    """Values that refute a claim, judged by exact evaluation.

    ``kind`` is one of ``differs``, ``false``, ``undefined``, ``sizes``, ``invalid``.  ``values`` is JSON, ``text`` one
    line, ``details`` several: values in decimal, hexadecimal and bits, both sides, and ``line``, a line of NumPy.
    """

    claim: Claim
    env: Env
    kind: str
    detail: str
    values: Mapping[str, object] = field(default_factory=dict[str, object])
    text: str = ""
    details: str = ""
    line: str = ""


def describe(claim: Claim, judge: Judge, env: Env, verdict: Replay) -> Counterexample:
    """The record of a refutation."""
    env = _remembered(judge, env)
    shown = [(p.name, p.var.sort) for p in claim.parameters if p.name in env.values]
    values: dict[str, object] = {f"rank of {g}": r for g, r in sorted(env.ranks.items())}
    values |= {name: jsonable(env.values[name], sort) for name, sort in shown}
    summary = ", ".join(f"{name}={_compact(value)}" for name, value in values.items())
    place = locate(judge, env, verdict.kind)
    lines = [f"{name} = {_long(env.values[name], sort)}" for name, sort in shown]
    lines += [f"{name}: {carrier}" for name, carrier in sorted(env.carriers.items())]
    lines.append(_sides(place, verdict))
    line = _script(claim, env, place)
    lines.append(line)
    return Counterexample(claim, env, verdict.kind, verdict.detail, values, summary, "\n".join(lines), line)


def _remembered(judge: Judge, env: Env) -> Env:
    """``env`` with arbitrary functions replaced by tables of the values that matter."""
    arbitrary = {name: v.anew() for name, v in env.values.items() if isinstance(v, Arbitrary)}
    if not arbitrary:
        return env
    judge.replay(Env(env.ranks, {**env.values, **arbitrary}, env.carriers))
    return Env(env.ranks, {**env.values, **{name: f.lookup() for name, f in arbitrary.items()}}, env.carriers)


def _sides(place: Place, verdict: Replay) -> str:
    where = f" at {place.index}" if place.index else ""
    if place.left is None or place.right is None:
        return f"{verdict.detail}{where}"
    return f"{verdict.detail}{where}: left {element(place.left, place.sort)}, right {element(place.right, place.sort)}"


def _script(claim: Claim, env: Env, place: Place) -> str:
    try:
        return script(place.terms, {**{p.name: p.var.sort for p in claim.parameters}, **place.sorts}, place.env)
    except Unsupported as error:
        return f"# no line of NumPy: {error}"


# -- values ----------------------------------------------------------------------------------------------------------


def shortest(pattern: int, fmt: s.FloatSort) -> str:
    """The shortest decimal that reads back as the float with that bit pattern."""
    value = python_float(pattern, fmt)
    if value == 0 or not np.isfinite(value):
        return str(value)
    magnitude = pattern & ((1 << (fmt.width - 1)) - 1)
    for digits in range(1, 18):
        text = f"{value:.{digits}g}"
        near = abs(Fraction(text))
        if encode(near.numerator, near.denominator, fmt) == magnitude:
            return text if any(c in text for c in ".e") else text + ".0"
    return repr(value)


def element(value: Any, sort: s.Sort) -> str:
    """One value: a float as decimal, hexadecimal and bits; a ball by its digits."""
    if isinstance(sort, s.FloatSort):
        pattern = value if isinstance(value, int) else int(patterns(np.asarray(value), sort))
        number = python_float(pattern, sort)
        hexadecimal = f" {number.hex()}" if np.isfinite(number) else ""
        return f"{shortest(pattern, sort)}{hexadecimal} {pattern:#0{sort.width // 4 + 2}x}"
    if isinstance(value, arb):
        return value.str(12)
    if isinstance(value, fmpq):
        value = Fraction(int(value.p), int(value.q))
    if isinstance(value, np.generic):
        value = cast(Any, value.tolist())
    if isinstance(sort, s.BitsSort):
        signed = int(value) - (1 << sort.width) if int(value) >> (sort.width - 1) else int(value)
        return f"{signed} {int(value):#x}"
    return str(value)


def jsonable(value: Any, sort: s.Sort) -> object:
    """A parameter's value as JSON: exact fractions and floats as strings, functions as lists of pairs."""
    if isinstance(value, Term):
        return "as its axiom says"
    if isinstance(value, Arbitrary | Lookup):
        table = value.lookup() if isinstance(value, Arbitrary) else value
        result = s.uncurry(sort)[1]
        return [[[str(k) for k in keys], _json_element(v, result)] for keys, v in table.entries.items()]
    return _nested(value, s.uncurry(sort)[1] if not s.is_index_map(sort) else s.INT)


def _nested(value: Any, sort: s.Sort) -> object:
    if isinstance(value, np.ndarray):
        return _nested(value[()], sort) if not value.ndim else [_nested(v, sort) for v in value]
    if isinstance(value, list | tuple):
        items: list[Any] = [*value]  # pyright: ignore[reportUnknownArgumentType]
        return [_nested(v, sort) for v in items]
    return _json_element(value, sort)


def _json_element(value: Any, sort: s.Sort) -> object:
    if isinstance(sort, s.FloatSort) and isinstance(value, int):
        return f"{shortest(value, sort)} {value:#x}"
    if isinstance(sort, s.BitsSort):
        return int(value) - (1 << sort.width) if int(value) >> (sort.width - 1) else int(value)
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else str(value)
    return value if isinstance(value, bool | int) else str(value)


def _compact(value: object) -> str:
    if isinstance(value, list):
        items: list[object] = [*value]  # pyright: ignore[reportUnknownArgumentType]
        return "[" + ",".join(_compact(v) for v in items) + "]"
    if isinstance(value, str) and " 0x" in value:
        return value.split(" ")[0]
    return str(value)


def _long(value: Any, sort: s.Sort) -> str:
    result = s.uncurry(sort)[1]
    if not isinstance(sort, s.FnSort) and isinstance(result, s.FloatSort | s.BitsSort):
        return element(value[()] if isinstance(value, np.ndarray) else value, result)
    data = jsonable(value, sort)
    return str(data).replace("'", "")

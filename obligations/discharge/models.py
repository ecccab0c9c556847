"""A solver's model as plain values: ranks, sizes, indices, and the elements that were read."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from ...encoders.arrays.environment import Env
from ...encoders.arrays.reading import evaluate, tabulate
from ...encoders.smtlib.lower.quantified import nonempty_group
from ...encoders.smtlib.values import Enclosure, parse_values
from ...theories.normal.beta import beta
from ...theories.terms import build as b
from ...theories.terms import sorts as s
from ...theories.terms.term import Term, rebuild
from ..claims import Claim
from .encode import Encoded
from .falsify import Model

_SUFFIXES = (".ninf", ".pinf", ".val")


def model(claim: Claim, encoded: Encoded, values_text: str) -> Model:
    """The plain model in an answer.  Raises ValueError on an answer that cannot be read."""
    values = dict(zip(encoded.wants, parse_values(values_text, encoded.script.sorts), strict=True))
    return _Reader(claim, encoded, values).model()


class _Reader:
    def __init__(self, claim: Claim, encoded: Encoded, values: dict[Term, Any]) -> None:
        self.claim = claim
        self.encoded = encoded
        self.values = values
        self.axes = self._axes()
        self.codes: dict[object, int] = {}

    def model(self) -> Model:
        ints = {t.name: v for t, v in self.values.items() if t.op == "var" and t.sort is s.INT}
        ranks = {g: len(self.axes.get(g, ())) for g in self.claim.groups}
        maps = self._maps(ranks)
        reads: list[tuple[str, tuple[Any, ...], Any]] = []
        for t, v in self.values.items():
            scalar = t.op == "var" and t.sort is not s.INT and not isinstance(t.sort, s.AxisSort)
            if scalar and t not in self.encoded.lowered.reads:
                reads.append((t.name, (), self._plain(v, t.sort)))
        env = Env(ranks, {**ints, **maps})
        for element, (head, args) in self.encoded.lowered.reads.items():
            if isinstance(args[0].sort, s.AxisSort) or element not in self.values:
                continue
            index = self._index(args, env)
            if index is not None:
                reads.append((head.name, index, self._plain(self.values[element], element.sort)))
        return Model(ranks=ranks, ints=ints, maps=maps, reads=_joined(reads))

    def _axes(self) -> dict[str, tuple[object, ...]]:
        """The distinct axes of each group: none when the model makes the group empty."""
        out: dict[str, tuple[object, ...]] = {}
        for group, constants in self.encoded.lowered.axes.items():
            if self.values.get(nonempty_group(group), True):
                out[group] = tuple(dict.fromkeys(self.values[c] for c in constants if c in self.values))
        return out

    def _maps(self, ranks: dict[str, int]) -> dict[str, tuple[int, ...]]:
        sizes = {p.name for p in self.claim.parameters if p.role == "sizes"}
        found: dict[str, list[int]] = {}
        for t, v in self.values.items():
            if t.op != "at" or t.args[0].op != "var" or not isinstance(t.args[1].sort, s.AxisSort):
                continue
            group, name = t.args[1].sort.group, t.args[0].name
            axes = self.axes.get(group, ())
            default = 1 if name in sizes else 0
            row = found.setdefault(name, [default] * ranks.get(group, len(axes)))
            axis = self.values.get(t.args[1])
            if axis in axes:
                row[axes.index(axis)] = v
        return {name: tuple(row) for name, row in found.items()}

    def _index(self, args: tuple[Term, ...], env: Env) -> tuple[Any, ...] | None:
        out: list[Any] = []
        for a in args:
            if isinstance(a.sort, s.FnSort):
                array, _ = tabulate(evaluate([self._literal(a)], env)[0])
                out.extend(int(i) for i in np.atleast_1d(array).reshape(-1))
            elif a in self.values:
                out.append(self._plain(self.values[a], a.sort))
            else:
                (value,) = evaluate([self._literal(a)], env)
                out.append(int(tabulate(value)[0]))
        return tuple(out)

    def _literal(self, t: Term) -> Term:
        """``t`` with the reads and constants that the model values replaced by integers."""

        def step(u: Term) -> Term:
            value = self.values.get(u)
            return b.integer(value) if u.sort is s.INT and isinstance(value, int) else u

        return rebuild(beta(t, ranges=False), step)

    def _plain(self, value: Any, sort: s.Sort) -> Any:
        if isinstance(value, Enclosure):
            return (value.low + value.high) / 2
        if isinstance(sort, s.ElemSort) and isinstance(value, str):
            return self.codes.setdefault(value, len(self.codes))
        return value


def _joined(reads: list[tuple[str, tuple[Any, ...], Any]]) -> list[tuple[str, tuple[Any, ...], Any]]:
    """The three parts of each extended real put together again."""
    out: list[tuple[str, tuple[Any, ...], Any]] = []
    parts: dict[tuple[str, tuple[Any, ...]], dict[str, Any]] = {}
    for name, index, value in reads:
        suffix = next((x for x in _SUFFIXES if name.endswith(x)), None)
        if suffix is None:
            out.append((name, index, value))
        else:
            parts.setdefault((name.removesuffix(suffix), index), {})[suffix] = value
    for (name, index), found in parts.items():
        if found.get(".ninf"):
            value: Any = float("-inf")
        elif found.get(".pinf"):
            value = float("inf")
        else:
            value = found.get(".val", Fraction(0))
        out.append((name, index, value))
    return out

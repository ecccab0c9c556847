"""Running a graph over the reals in double precision, with a bound on the error that this makes.

Beside each value goes its first-order running error bound (:mod:`probanda.theories.running_error`), carried from node to node.
So two values are told apart only where their error intervals do not meet.  Decisions on floats (comparisons, roundings to integers,
positions of extrema, reads at computed indices) are told to be undecided where errors of that size may turn them: an undecided
integer or Boolean has an infinite error, and so has whatever is read by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...encoders.arrays.machine import Kernel, Undefined, kernel
from ...ir import dims
from ...ir.dtypes import Reading
from ...ir.exec_graph import ExecGraph, Instruction, Load
from ...ir.params import ParamStore
from ...theories.running_error import ROUNDOFF, propagated
from ...theories.terms.binders import var
from ...theories.terms.sorts import BOOL, EREAL, REAL, fn_sort, uncurry
from ...theories.terms.term import BIG, Term, free_vars, postorder
from .execute import Executor, UndefinedValue, enters, refuse_draws

Array = NDArray[Any]
UNIT: Final = 2.0**-53
LONG: Final = 4096
"""Terms of a sum whose length is a symbol."""
SAFETY: Final = 4.0
"""A factor for terms of second order and for functions that are a few ulps off."""


_MOST: Final = 2.0**1000
"""The largest error that is handed to a kernel, in units: that of a number of which nothing is known."""


@dataclass(frozen=True, slots=True)
class Bounded:
    """Values, and how far each may be from the exact one: integers and Booleans 0, or infinitely where they are undecided."""

    value: Array
    error: Array

    def apart(self, other: Bounded) -> NDArray[np.bool_]:
        """Where the two exact values differ for certain."""
        if self.value.dtype.kind != "f":
            return np.asarray((self.value != other.value) & (self.error == 0) & (other.error == 0))
        with np.errstate(invalid="ignore"):
            gap = np.abs(np.asarray(self.value - other.value, np.float64))
            finite = np.isfinite(self.value) & np.isfinite(other.value)
            differ = finite & (gap > self.error + other.error)
            classes = np.isinf(self.value) != np.isinf(other.value)
            known = np.isfinite(self.error + other.error) & ~np.isnan(self.value) & ~np.isnan(other.value)
            return np.asarray(differ | (classes & known))


class _Step(NamedTuple):
    """An instruction planned: its kernel of values and errors, the unit in which that counts errors (what one rounding does in a
    long sum), of each result whether it has an error and whether that need not be small, and whether it makes infinities."""

    run: Kernel
    factor: float
    carries: tuple[bool, ...]
    coarse: tuple[bool, ...]
    infinite: bool


class BoundedExecutor:
    """A compiled graph of a real reading, run with error bounds.

    With ``rounded``, every float that is loaded counts as rounded once: the bounds then hold for whatever computes the exact
    result of operands that near, such as ``x * s + (b - m * s)`` for ``(x - m) * s + b``.

    With the ``roundoff`` of a coarser format, decisions are undecided where they are in that format.  Errors are bounds for that
    format then, in proportion: to be multiplied by its roundoff over that of double precision.
    """

    def __init__(
        self,
        compiled: ExecGraph,
        params: ParamStore,
        reading: Reading,
        *,
        rounded: bool = False,
        roundoff: float = UNIT,
    ) -> None:
        self.compiled = compiled
        self.params = params
        self.reading = reading
        self.rounded = rounded
        self.roundoff = roundoff
        self._plain = Executor(compiled, params, reading)
        self._steps: dict[tuple[int, frozenset[str], frozenset[str]], _Step] = {}

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Bounded]:
        """The outputs by name; raises what :meth:`Executor.run` raises."""
        sizes = self._plain.sizes(inputs)
        buffers: dict[int, _Buffer] = {}
        for k, step in enumerate(self.compiled.steps):
            if isinstance(step, Load):
                given = inputs[step.name] if not step.payload else self.params[step.name].array
                value = enters(given, step.type.dtype, self.reading)
                buffers[step.result] = self._loaded(value, step.type.dtype.is_float)
                continue
            for buffer, result in zip(step.results, self._call(k, step, buffers, sizes), strict=True):
                buffers[buffer] = result
        return {name: buffers[buffer].bounded for name, buffer, _ in self.compiled.outputs}

    def _loaded(self, value: Array, is_float: bool) -> _Buffer:
        if not self.rounded or not is_float:
            return _Buffer(value, None)
        return _Buffer(value, np.where(np.isfinite(value), np.abs(value), 0.0) * (UNIT * SAFETY))

    def _call(
        self, k: int, step: Instruction, buffers: Mapping[int, _Buffer], sizes: Mapping[str, int]
    ) -> list[_Buffer]:
        given = {a.name: buffers[a.buffer] for a in step.arguments}
        carrying = frozenset([name for name, x in given.items() if x.error is not None])
        key = k, carrying, frozenset([name for name in carrying if given[name].coarse])
        if key not in self._steps:
            refuse_draws(step)
            self._steps[key] = self._planned(step, *key[1:])
        planned = self._steps[key]
        arrays: dict[str, Array] = {name: x.value for name, x in given.items()}
        for name in carrying:
            error = given[name].error
            assert error is not None
            of_number = given[name].value.dtype.kind == "f"
            arrays[_error_name(name)] = np.minimum(error / planned.factor, _MOST) if of_number else error > 0
        try:
            out = planned.run(arrays, sizes)
        except Undefined as undefined:
            raise UndefinedValue(str(undefined), step.label) from None
        bounds = iter(out[len(step.terms) :])
        results = [
            self._result(value, next(bounds) if carries else None, planned.factor, coarse)
            for value, carries, coarse in zip(out[: len(step.terms)], planned.carries, planned.coarse, strict=True)
        ]
        return results if planned.infinite else [_overflown(r, given.values()) for r in results]

    def _result(self, value: Array, bound: Array | None, factor: float, coarse: bool) -> _Buffer:
        """A result; over the reals, a number that double precision does not hold may be anything."""
        if value.dtype.kind != "f":
            return _Buffer(value, None if bound is None else np.where(bound, np.inf, 0.0))
        error = None if bound is None else bound * factor
        if error is not None and np.isnan(error).any():
            error = np.where(np.isnan(error), np.inf, error)
        found = _Buffer(value, error, coarse)
        return _overflown(found, ()) if self.reading is Reading.REAL else found

    def _planned(self, step: Instruction, carrying: frozenset[str], coarse: frozenset[str]) -> _Step:
        free = free_vars(*step.terms)
        errors: dict[Term, Term] = {}
        for name in carrying & free.keys():
            args, element = uncurry(free[name].sort)
            errors[free[name]] = var(_error_name(name), fn_sort(args, REAL if element in (REAL, EREAL) else BOOL))
        depth = max([1.0, *[_depth(t) for t in step.terms]])
        unit = min(Fraction(self.roundoff * SAFETY * depth), ROUNDOFF)
        parts = [propagated(t, errors, unit, frozenset([free[n] for n in coarse & free.keys()])) for t in step.terms]
        run = kernel([*step.terms, *[p.error for p in parts if p.error is not None]])
        carries = tuple([p.error is not None for p in parts])
        infinite = any(_is_infinite(u) for u in postorder(step.terms))
        return _Step(run, UNIT * SAFETY * depth, carries, tuple([p.coarse for p in parts]), infinite)


@dataclass(frozen=True, slots=True)
class _Buffer:
    """A value with its error, None where it is exact; ``coarse`` if an undecided decision may have gone into that."""

    value: Array
    error: Array | None
    coarse: bool = False

    @property
    def bounded(self) -> Bounded:
        """The value with an error that is an array."""
        return Bounded(self.value, np.zeros(self.value.shape) if self.error is None else self.error)


def _is_infinite(t: Term) -> bool:
    """Whether a node may be an infinity though its operands are finite: a literal, or the extremum of nothing."""
    return t.sort is EREAL and (t.op in ("bigmax", "bigmin") or (t.op == "lit" and isinstance(t.data, str)))


def _overflown(found: _Buffer, operands: Iterable[_Buffer]) -> _Buffer:
    """A result of finite operands: where it is not finite, it may be anything."""
    value = found.value
    if value.dtype.kind != "f" or np.isfinite(value).all():
        return found
    if not all(np.isfinite(x.value).all() for x in operands if x.value.dtype.kind == "f"):
        return found
    error = np.where(np.isfinite(value), 0.0 if found.error is None else found.error, np.inf)
    return _Buffer(value, error, True)


def _depth(t: Term) -> float:
    """The number of terms of the longest sum, as far as it is known: how often a summand may be rounded."""
    sizes = [dims.literal(u.dom_args[1]) for u in postorder([t]) if u.op in BIG and u.dom.kind == "range"]
    return float(max([LONG if n is None else n for n in sizes], default=1))


def _error_name(name: str) -> str:
    return f"{name}$error"

"""Running a graph over the reals in double precision, with a bound on the error that this makes.

Beside each value goes its first-order running error bound (:mod:`probanda.theories.running_error`), carried from node to node.
So two values are told apart only where their error intervals do not meet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...encoders.arrays.machine import Kernel, Undefined, kernel
from ...ir import dims
from ...ir.dtypes import Reading
from ...ir.exec_graph import ExecGraph, Instruction, Load
from ...ir.params import ParamStore
from ...theories.running_error import propagated
from ...theories.terms import build as b
from ...theories.terms.binders import fresh, var
from ...theories.terms.sorts import EREAL, INT, REAL, fn_sort, uncurry
from ...theories.terms.term import BIG, Term, free_vars, postorder
from .execute import Executor, UndefinedValue, enters, refuse_draws

Array = NDArray[Any]
UNIT: Final = 2.0**-53
LONG: Final = 4096
"""Terms of a sum whose length is a symbol."""
SAFETY: Final = 4.0
"""A factor for terms of second order and for functions that are a few ulps off."""


@dataclass(frozen=True, slots=True)
class Bounded:
    """Values, and how far each may be from the exact one; integers and Booleans are exact."""

    value: Array
    error: Array

    def apart(self, other: Bounded) -> NDArray[np.bool_]:
        """Where the two exact values differ for certain."""
        with np.errstate(invalid="ignore"):
            gap = np.abs(np.asarray(self.value - other.value, np.float64)) if self.value.dtype.kind == "f" else None
            if gap is None:
                return np.asarray(self.value != other.value)
            finite = np.isfinite(self.value) & np.isfinite(other.value)
            differ = finite & (gap > self.error + other.error)
            classes = np.isinf(self.value) != np.isinf(other.value)
            known = np.isfinite(self.error + other.error) & ~np.isnan(self.value) & ~np.isnan(other.value)
            return np.asarray(differ | (classes & known))


class BoundedExecutor:
    """A compiled graph of a real reading, run with error bounds.

    With ``rounded``, every float that is loaded counts as rounded once: the bounds then hold for whatever computes the exact
    result of operands that near, such as ``x * s + (b - m * s)`` for ``(x - m) * s + b``.
    """

    def __init__(self, compiled: ExecGraph, params: ParamStore, reading: Reading, *, rounded: bool = False) -> None:
        self.compiled = compiled
        self.params = params
        self.reading = reading
        self.rounded = rounded
        self._plain = Executor(compiled, params, reading)
        self._steps: dict[int, tuple[Kernel, float]] = {}

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Bounded]:
        """The outputs by name; raises what :meth:`Executor.run` raises."""
        sizes = self._plain.sizes(inputs)
        buffers: dict[int, Bounded] = {}
        for k, step in enumerate(self.compiled.steps):
            if isinstance(step, Load):
                given = inputs[step.name] if not step.payload else self.params[step.name].array
                value = enters(given, step.type.dtype, self.reading)
                buffers[step.result] = Bounded(value, self._loaded(value, step.type.dtype.is_float))
                continue
            for buffer, result in zip(step.results, self._call(k, step, buffers, sizes), strict=True):
                buffers[buffer] = result
        return {name: buffers[buffer] for name, buffer, _ in self.compiled.outputs}

    def _loaded(self, value: Array, is_float: bool) -> Array:
        if not self.rounded or not is_float:
            return np.zeros(value.shape)
        return np.where(np.isfinite(value), np.abs(value), 0.0) * (UNIT * SAFETY)

    def _call(
        self, k: int, step: Instruction, buffers: Mapping[int, Bounded], sizes: Mapping[str, int]
    ) -> list[Bounded]:
        if k not in self._steps:
            refuse_draws(step)
            self._steps[k] = self._planned(step)
        run, factor = self._steps[k]
        arrays: dict[str, Array] = {}
        for a in step.arguments:
            arrays[a.name] = buffers[a.buffer].value
            arrays[_error_name(a.name)] = buffers[a.buffer].error / factor
        try:
            out = run(arrays, sizes)
        except Undefined as error:
            raise UndefinedValue(str(error), step.label) from None
        bounds = iter(out[len(step.terms) :])
        return [
            self._bounded(value, next(bounds) * factor if type_.dtype.is_float else np.zeros(value.shape))
            for value, type_ in zip(out[: len(step.terms)], step.types, strict=True)
        ]

    def _bounded(self, value: Array, error: Array) -> Bounded:
        """A result; a number that double precision does not hold may be anything."""
        if self.reading is Reading.REAL and value.dtype.kind == "f" and not np.isfinite(value).all():
            error = np.where(np.isfinite(value), error, np.inf)
        return Bounded(value, error)

    def _planned(self, step: Instruction) -> tuple[Kernel, float]:
        """The kernel of values and errors, and the unit that it counts errors in: what one rounding does in a long sum."""
        errors: dict[Term, Term] = {}
        for a in step.arguments:
            v = next((x for t in step.terms for n, x in free_vars(t).items() if n == a.name), None)
            args, element = uncurry(v.sort) if v is not None else ((), None)
            if v is not None and element in (REAL, EREAL):
                errors[v] = var(_error_name(a.name), fn_sort(args, REAL))
        bounds: list[Term] = []
        for t, type_ in zip(step.terms, step.types, strict=True):
            if type_.dtype.is_float:
                bound = propagated(t, errors).error
                bounds.append(_zero(t) if bound is None else bound)
        depth = max([1.0, *[_depth(t) for t in step.terms]])
        return kernel([*step.terms, *bounds]), UNIT * SAFETY * depth


def _zero(t: Term) -> Term:
    """The error 0 everywhere on a tensor."""
    if t.op != "lam":
        return b.rational(0)
    return b.lam_over(b.range_(*t.dom_args), fresh("i", INT), _zero(t.body))


def _depth(t: Term) -> float:
    """The number of terms of the longest sum, as far as it is known: how often a summand may be rounded."""
    sizes = [dims.literal(u.dom_args[1]) for u in postorder([t]) if u.op in BIG and u.dom.kind == "range"]
    return float(max([LONG if n is None else n for n in sizes], default=1))


def _error_name(name: str) -> str:
    return f"{name}$error"

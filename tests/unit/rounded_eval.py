"""Terms over the reals computed by a program in float32: every operation rounded, sums taken in a given order.

Recursive and slow.  Elementary functions are correctly rounded, up to the double rounding of float64 to float32.
"""

from __future__ import annotations

import math
import operator
import random
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial
from typing import Any, cast

import numpy as np

from probanda.theories.terms.sorts import REAL
from probanda.theories.terms.term import Term

Frame = tuple[Any, ...]
Order = Callable[[list[float], Callable[[float, float], float]], float]


def rounded(x: float) -> float:
    return float(np.float32(x))


def forward(xs: list[float], op: Callable[[float, float], float]) -> float:
    total = xs[0]
    for x in xs[1:]:
        total = op(total, x)
    return total


def backward(xs: list[float], op: Callable[[float, float], float]) -> float:
    return forward(xs[::-1], op)


def shuffled(xs: list[float], op: Callable[[float, float], float]) -> float:
    return forward(random.Random(len(xs)).sample(xs, len(xs)), op)


def by_halves(xs: list[float], op: Callable[[float, float], float]) -> float:
    half = len(xs) // 2
    return op(by_halves(xs[:half], op), by_halves(xs[half:], op)) if half else xs[0]


class Program:
    """Evaluates in float32; ``values`` are numbers, or nested lists for tensors."""

    def __init__(self, values: Mapping[str, Any], order: Order = forward) -> None:
        self.values = values
        self.order = order

    def __call__(self, t: Term, frame: Frame = ()) -> Any:
        out = self.of(t, frame)
        return rounded(out) if t.sort is REAL else out

    def of(self, t: Term, frame: Frame) -> Any:
        if t.op == "var":
            return self.values[t.name]
        if t.op == "bound":
            assert isinstance(t.data, int)
            return frame[t.data]
        if t.op == "lit":
            return float(t.data) if isinstance(t.data, Fraction) else t.data
        if t.op in ("lam", "sum", "prod", "bigmax", "bigmin"):
            return self.binder(t, frame)
        if t.op == "let":
            return self(t.args[1], (self(t.args[0], frame), *frame))
        if t.op in ("ite", "require"):
            branch = t.args[1] if t.op == "require" or self(t.args[0], frame) else t.args[2]
            return self(branch, frame)
        args = [self(a, frame) for a in t.args]
        if t.op == "at":
            return args[0](args[1]) if callable(args[0]) else args[0][args[1]]
        if t.op == "fn":
            return getattr(math, t.name)(args[0])
        if t.op == "pow":
            assert isinstance(t.data, int)
            return forward([args[0]] * t.data, lambda x, y: rounded(x * y))
        return OPERATIONS[t.op](*args)

    def element(self, body: Term, frame: Frame, index: Any) -> Any:
        return self(body, (index, *frame))

    def binder(self, t: Term, frame: Frame) -> Any:
        if t.op == "lam":
            return partial(self.element, t.body, frame)
        lo, hi = (self(a, frame) for a in t.dom_args)
        members = [self(t.body, (k, *frame)) for k in range(lo, hi) if self(t.filter, (k, *frame))]
        if t.op in ("bigmax", "bigmin"):
            return max(members) if t.op == "bigmax" else min(members)
        op = operator.add if t.op == "sum" else operator.mul
        return self.order(members, lambda x, y: rounded(op(x, y)))


def _quotient(x: float, y: float) -> float:
    return x / y


OPERATIONS: Mapping[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": _quotient,
    "neg": operator.neg,
    "abs": operator.abs,
    "min": cast("Callable[..., Any]", min),
    "max": cast("Callable[..., Any]", max),
    "sqrt": math.sqrt,
    "cast": float,
    "lt": operator.lt,
    "le": operator.le,
    "eq": operator.eq,
    "not": operator.not_,
}

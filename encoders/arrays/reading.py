"""The reading's entry points: values, decisions, tensors as arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ...theories.errors import Unsupported
from ...theories.terms.term import Term
from .algebra import Mode
from .environment import Env
from .evaluator import Evaluator
from .reals import precision
from .values import BATCH, Arr, Array, Mask, Table, Value, layout, scalar

PRECISIONS = (64, 256, 1024)
"""Bits of the balls, in the order in which they are tried."""


def evaluate(terms: Sequence[Term], env: Env, mode: Mode = Mode.EXACT, bits: int = PRECISIONS[0]) -> list[Value]:
    """The values of locally closed terms.  Unsupported when one has no meaning in this reading."""
    precision(bits)
    evaluator = Evaluator(env, mode)
    return [evaluator.value(t) for t in terms]


def decide(proposition: Term, env: Env) -> bool | None:
    """Whether ``proposition`` holds in ``env`` (which has no batch); None when balls or samples do not decide it."""
    answer: bool | None = None
    for bits in PRECISIONS:
        precision(bits)
        out = Evaluator(env, Mode.EXACT).scalar(proposition)
        if out.axes:
            raise Unsupported("a decision about a batch of samples")
        answer = None if out.und is not None and bool(out.und) else bool(out.data)
        if answer is not None:
            break
    return answer


def batched(value: Arr, count: int) -> tuple[Array, Mask]:
    """Data and marks of a scalar per sample."""
    shape = (count,)
    if value.axes not in ((), (BATCH,)):
        raise Unsupported("a value with open axes")
    und = np.zeros((), np.bool_) if value.und is None else value.und
    return np.broadcast_to(value.data, shape), np.broadcast_to(und, shape)


def tabulate(value: Value) -> tuple[Array, Mask | None]:
    """A tensor as an array in natural shape (a batch axis first, if it depends on one), and its marks.

    Empty axes come out with the padding of length 1 that they are stored with.
    """
    axes: list[int] = []
    shape: list[int] = []
    lengths: dict[int, int] = {}
    while isinstance(value, Table):
        axes.append(value.axis)
        lengths[value.axis] = math.prod(value.extents)
        shape += value.extents
        value = value.body
    arr = scalar(value)
    if BATCH in arr.axes:
        axes.insert(0, BATCH)
        lengths[BATCH] = arr.data.shape[0]
        shape.insert(0, lengths[BATCH])
    order = tuple(sorted(axes))

    def arrange(data: Array) -> Array:
        full = np.broadcast_to(layout(data, arr.axes, order), [lengths[a] for a in order])
        return full.transpose([order.index(a) for a in axes]).reshape(shape)

    return arrange(arr.data), None if arr.und is None else arrange(arr.und)

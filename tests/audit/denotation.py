"""What an operator's denotation gives for a trial, and the sums of magnitudes of its results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from probanda.encoders.arrays.machine import Undefined, kernel
from probanda.ir import operators
from probanda.ir.dtypes import BY_NAME, Reading
from probanda.ir.elements import index
from probanda.ir.errors import GraphError
from probanda.ir.operators import Call, Op
from probanda.ir.tensors import Tensor, variable
from probanda.ir.types import TensorType, tensor_type
from probanda.theories.errors import Unsupported
from probanda.theories.running_error import magnitude
from probanda.theories.terms import build as b
from probanda.theories.terms.binders import fresh
from probanda.theories.terms.sorts import INT
from probanda.theories.terms.term import Term

from .trial import NUMPY, Array, Trial, is_float

Change = Callable[[int | None, Tensor], Tensor]
"""A change of operands (by position) and of results (None)."""


class Refused(Exception):
    """There is no result: the shape rule says no, a value is undefined, or the kernel cannot compute it."""


class Inconsistent(Exception):
    """The shape rule and the denotation do not give the same type."""


def attributes(op: Op, trial: Trial) -> dict[str, Any]:
    """The attributes, with those that operands give."""
    found = {k: v for k, v in trial.attrs.items() if v is not None}
    if trial.op == "Range":  # the importer tells the type of operands that are gone
        found["dtype"] = BY_NAME[trial.dtype]
    for k, name in op.static.items():
        x = trial.operands[k] if k < len(trial.operands) else None
        if x is not None:
            found[name] = x.item() if not x.ndim else tuple(x.tolist())
    return found


def dynamic(op: Op, trial: Trial) -> list[Array | None]:
    """The operands, without those that are read as attributes."""
    return [None if k in op.static else x for k, x in enumerate(trial.operands)]


def _size(n: int, symbolic: bool) -> int | str:
    return f"n{n}" if symbolic and n > 1 else n


def use_of(op: Op, trial: Trial, reading: Reading, symbolic: bool, attrs: Mapping[str, Any] | None = None) -> Call:
    """The use; with ``symbolic`` every size above 1 is a symbol, the same for equal sizes."""
    types: list[TensorType | None] = [
        None if x is None else tensor_type(BY_NAME[x.dtype.name], *[_size(n, symbolic) for n in x.shape])
        for x in dynamic(op, trial)
    ]
    return operators.call(op, types, attributes(op, trial) if attrs is None else attrs, reading, trial.outputs)


def tensors(op: Op, use: Call, change: Change | None = None) -> list[Tensor]:
    """The results as tensors over variables ``x0``, ``x1`` …; Inconsistent if the shape rule says otherwise."""
    inferred = operators.infer(op, use)
    operands = [None if t is None else variable(f"x{k}", t, use.reading) for k, t in enumerate(use.inputs)]
    if change is not None:
        operands = [None if x is None else change(k, x) for k, x in enumerate(operands)]
    out = operators.denote(op, use, operands)[: use.n_outputs]
    for said, found in zip(inferred, out, strict=False):
        if not said.agrees(found.type):
            raise Inconsistent(f"{op.name}: the shape rule says {said!r}, the denotation {found.type!r}")
    return list(out) if change is None else [change(None, y) for y in out]


def machine(x: Array) -> Array:
    """An array as the kernel reads it: unsigned integers viewed as signed."""
    return x.view(x.dtype.str.replace("u", "i")) if x.dtype.kind == "u" else x


def run(
    trial: Trial, symbolic: bool = False, attrs: Mapping[str, Any] | None = None, change: Change | None = None
) -> list[Array]:
    """The results in the IEEE reading; Refused where there are none."""
    op = operators.find(trial.op)
    try:
        out = tensors(op, use_of(op, trial, Reading.IEEE, symbolic, attrs), change)
        got = execute([t.lam() for t in out], dynamic(op, trial), sizes(trial) if symbolic else {})
    except (GraphError, Unsupported, Undefined) as error:
        raise Refused(f"{type(error).__name__}: {error}") from None
    return [typed(y, t) for y, t in zip(got, out, strict=True)]


def sizes(trial: Trial) -> dict[str, int]:
    """The value of each symbol."""
    return {f"n{n}": n for x in trial.operands if x is not None for n in x.shape if n > 1}


def execute(terms: Sequence[Term], operands: Sequence[Array | None], symbols: Mapping[str, int]) -> list[Array]:
    """The terms on the operands, by the machine kernel."""
    return execute_named(terms, {f"x{k}": x for k, x in enumerate(operands) if x is not None}, symbols)


def execute_named(terms: Sequence[Term], arrays: Mapping[str, Array], symbols: Mapping[str, int]) -> list[Array]:
    """The terms on arrays by name."""
    return list(_kernel(tuple(terms))({name: machine(np.asarray(x)) for name, x in arrays.items()}, symbols))


_kernel = lru_cache(64)(kernel)


def typed(y: Array, t: Tensor) -> Array:
    """A result of the kernel with the element type of its tensor."""
    wanted = NUMPY[t.dtype.name]
    return y.view(wanted) if wanted.kind == "u" and y.dtype.itemsize == wanted.itemsize else y


def scales(trial: Trial) -> list[Array | None]:
    """For every float result its sums of magnitudes; None where the real numbers have no such value."""
    op = operators.find(trial.op)
    arrays = {f"x{k}": x for k, x in enumerate(dynamic(op, trial)) if x is not None}
    return [scale_of(t, arrays, {}) for t in tensors(op, use_of(op, trial, Reading.IEEE, False))]


def scale_of(t: Tensor, arrays: Mapping[str, Array], symbols: Mapping[str, int]) -> Array | None:
    """The sums of magnitudes of a tensor of floats, on float64; None where the real numbers have no such value."""
    if not t.dtype.is_float:
        return None
    wide = {name: x.astype(np.float64) if is_float(x) else x for name, x in arrays.items()}
    try:
        return execute_named([_magnitude(t)], wide, symbols)[0]
    except (Unsupported, Undefined):
        return None


_MAGNITUDES: dict[Term, Term] = {}


def _magnitude(t: Tensor) -> Term:
    """The sum of magnitudes of every element, as a function of the index."""
    known = t.lam()
    if known in _MAGNITUDES:
        return _MAGNITUDES[known]
    if len(_MAGNITUDES) > 64:
        _MAGNITUDES.clear()
    xs = [fresh("i", INT) for _ in t.shape]
    body = magnitude(t[tuple(index(x, t.reading) for x in xs)].term)
    for x, d in zip(reversed(xs), reversed(t.shape), strict=True):
        body = b.lam_over(b.below(d), x, body)
    _MAGNITUDES[known] = body
    return body

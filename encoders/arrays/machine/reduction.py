"""Big operators other than sums of products.

A node over a space of axes, those of the result first: ``data`` is the operator, the rank of the result, the lengths of
the reduced axes and whether the last argument is a guard, a mask of the members.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....theories.terms.sorts import BFLOAT16, BOOL, FLOAT16, INT, BitsSort, FloatSort, Sort
from .align import lay_out
from .arithmetic import dtype_of
from .graph import Node
from .integers import NATIVE, OBJECT, modulo
from .long_integers import whole_product

Array = NDArray[Any]
Step = Callable[..., Array]
FEW = 64
"""Members of the largest range that is reduced one after another."""
SHORT = 16
_UFUNCS: dict[str, np.ufunc] = {
    "sum": np.add,
    "prod": np.multiply,
    "bigmax": np.maximum,
    "bigmin": np.minimum,
    "forall": np.logical_and,
    "exists": np.logical_or,
    "count": np.add,
}


def neutral(op: str, sort: Sort) -> Any:
    """The value over nothing; for a maximum of integers the least one."""
    dtype = dtype_of(sort)
    if op in ("forall", "exists"):
        return np.bool_(op == "forall")
    if op in ("sum", "count", "prod"):
        return dtype.type(1 if op == "prod" else 0)
    if sort is INT or isinstance(sort, BitsSort):
        top = 1 << (sort.width if isinstance(sort, BitsSort) else 64) - 1
        value = -top if op == "bigmax" else top - 1
        return value if dtype.kind == "O" else dtype.type(value)
    return dtype.type(-np.inf if op == "bigmax" else np.inf)


def reduced_by(ufunc: np.ufunc, a: Array, axes: tuple[int, ...], dtype: Any = None) -> Array:
    """``ufunc`` over ``axes``, the last ones; where they are few and short, member by member."""
    rank = a.ndim - len(axes)
    members = math.prod(a.shape[rank:])
    if 1 < members <= FEW and math.prod(a.shape[:rank]) >= 16 * FEW:
        inner = min([abs(s) for s in a.strides[rank:]])
        if a.shape[-1] <= SHORT or inner > min([abs(s) for s in a.strides[:rank]]):
            first, *others = itertools.product(*[range(n) for n in a.shape[rank:]])
            out = np.array(a[(..., *first)], dtype, order="C")
            for at in others:
                ufunc(out, a[(..., *at)], out=out)
            return out
    return np.asarray(ufunc.reduce(a, axis=axes, dtype=dtype), OBJECT if a.dtype == OBJECT else None)


def accumulate(op: str, a: Array, axes: tuple[int, ...], sort: Sort) -> Array:
    """``a`` reduced over ``axes``; half precision through float32, rounded once."""
    ufunc = _UFUNCS[op]
    dtype = dtype_of(sort)
    if sort in (FLOAT16, BFLOAT16) and op in ("sum", "prod"):
        return reduced_by(ufunc, a.astype(np.float32), axes).astype(dtype)
    if sort is BFLOAT16:
        return np.asarray(accumulate_extreme(op, a.astype(np.float32), axes)).astype(dtype)
    if op in ("bigmax", "bigmin") and isinstance(sort, FloatSort):
        return accumulate_extreme(op, a, axes)
    if op == "count":
        return np.asarray(np.count_nonzero(a, axis=axes), np.int64)
    if isinstance(sort, BitsSort) and op in ("sum", "prod"):
        return reduced_by(ufunc, a, axes, dtype)
    return reduced_by(ufunc, a, axes)


def accumulate_extreme(op: str, a: Array, axes: tuple[int, ...]) -> Array:
    """The maximum or minimum of floats: NaN if one is, and −0 < +0."""
    out = reduced_by(_UFUNCS[op], a, axes)
    if not np.all(out):
        zeros = np.asarray(a == 0)
        sign = np.signbit(a) if op == "bigmin" else ~np.signbit(a)
        decisive: Array = np.asarray(np.logical_or.reduce(zeros & sign, axis=axes))
        wanted: Array = np.asarray(0.0 if op == "bigmax" else -0.0).astype(a.dtype)
        out = np.where(out == 0, np.where(decisive, wanted, -wanted), out)
    return out


def _masked(guard: Array, a: Array, otherwise: Any) -> Array:
    return np.where(guard, a, otherwise)


def reduction(node: Node) -> Step:
    """The function that computes a ``reduce`` node."""
    data: tuple[str, int, tuple[int, ...], bool] = node.data
    op, rank, reduced, guarded = data
    total = rank + len(reduced)
    space = (*node.shape, *reduced)
    axes = tuple(range(rank, total))
    places = [p for _, p in node.args]
    body = node.args[0][0]
    sort = body.sort if op != "count" else BOOL
    start = neutral(op, BOOL if op in ("count", "forall", "exists") else node.sort)
    if op == "count":
        start = np.bool_(False)

    def call(a: Array, *guards: Array) -> Array:
        a = lay_out(np.asarray(a), places[0], total)
        if guarded:
            otherwise = start
            if a.dtype == OBJECT and op in ("bigmax", "bigmin"):
                otherwise = np.min(a) if op == "bigmax" else np.max(a)
            a = _masked(lay_out(np.asarray(guards[0]), places[1], total), a, otherwise)
        if a.shape != space:
            a = np.broadcast_to(a, space)
        return accumulate(op, a, axes, sort if op != "count" else node.sort)

    if op == "prod" and node.sort is INT:
        return whole_product(math.prod(reduced), call)
    if op == "prod" and isinstance(node.sort, BitsSort) and node.sort.width not in NATIVE:
        return modulo(call, node.sort)
    return call

"""What a node does when the plan runs: a function of the arrays of its arguments."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from ....theories.terms.build import FUNCTIONS
from ....theories.terms.sorts import EREAL, FLOAT32, FLOAT64, INT, REAL, BitsSort
from .align import Index, Step, aligned, expand, lift
from .arithmetic import binary, constant, dtype_of, function, unary
from .contraction import contraction
from .graph import HUGE, Node
from .integers import NATIVE, OBJECT, bounded, careful, objects, overflows, reach, settled
from .patterns import extreme, select
from .reduction import reduction
from .rounding import remainder
from .scalars import PLAIN

Array = NDArray[Any]
ALIASING = frozenset({"view", "flat"})
"""Nodes that may share memory with their argument."""
IN_PLACE = frozenset({"add", "sub", "mul", "div", "neg", "sqrt", "abs"}) | (FUNCTIONS - {"erf"})
"""Operations and functions that are one ufunc on the wider floats."""


def step(node: Node) -> Step:
    """The function that computes ``node`` from the arrays of its arguments."""
    op = node.op
    if op in _STRUCTURE:
        return _STRUCTURE[op](node)
    if op == "sum":
        return contraction(node)
    if op == "reduce":
        return reduction(node)
    found = _extreme(node) if op in ("max", "min") else None
    if found is None:
        source = node.args[0][0].sort
        found = _remainder(node) if op == "remainder" else function(op, node.data, source, node.sort)
        if source is INT and op != "cast":
            found = careful(node, found)
    return lift(found, aligned(node))


def _remainder(node: Node) -> Step:
    return binary(lambda a, b: remainder(a, b, node.data == "floor", node.sort))


def writes(node: Node) -> bool:
    """Whether the step of a node takes ``out``, an array of the type of the node."""
    if node.op in ("max", "min"):
        return _extreme(node) is not None
    if not node.shape or (node.data if node.op == "fn" else node.op) not in IN_PLACE:
        return False
    if isinstance(node.sort, BitsSort):
        return node.sort.width in NATIVE and node.op != "div"
    return node.sort in (FLOAT32, FLOAT64, REAL, EREAL)


def _extreme(node: Node) -> Step | None:
    """NumPy's maximum or minimum where a literal says that zeros of opposite sign do not meet, or which one wins."""
    if node.sort not in (FLOAT32, FLOAT64):
        return None
    for literal, _ in node.args:
        if literal.op != "lit":
            continue
        if constant(literal.data, literal.sort) != 0:
            return extreme(np.maximum if node.op == "max" else np.minimum, add_zero=False)
        if node.op == "max" and literal.data == 0:  # the maximum with +0 is never −0
            return extreme(np.maximum, add_zero=True)
    return None


ELEMENTWISE = PLAIN | {"and", "or", "not", "select", "cast", "zext", "natural", "remainder"}
"""Operations whose steps work on any part of the arguments."""


def _literal(node: Node) -> Step:
    value = constant(node.data, node.sort)

    def call() -> Array:
        return value

    return call


def _zero(node: Node) -> Step:
    value = np.zeros((), dtype_of(node.sort))

    def call() -> Array:
        return value

    return call


def _linear_data(node: Node) -> tuple[int, tuple[tuple[int, int], ...], tuple[int, ...]]:
    return node.data


def _linear(node: Node) -> Step:
    const, coefs, factors = _linear_data(node)
    rank = len(node.shape)
    indices = aligned(node)
    own = abs(const) + sum([abs(c) * (node.shape[p] - 1) for p, c in coefs])
    long = max([abs(c) for c in (const, *factors, *[c for _, c in coefs])]) >= HUGE
    known = bounded(node)

    def combine(atoms: Sequence[Array], dtype: Any) -> Array:
        out = np.full(node.shape, const, dtype)
        for p, c in coefs:
            ramp = np.arange(node.shape[p]).astype(dtype) * c
            out += ramp.reshape([-1 if q == p else 1 for q in range(rank)])
        for a, i, c in zip(atoms, indices, factors, strict=True):
            out += c * (a if i is None else a[i])
        return out

    def call(*atoms: Array) -> Array:
        plain = not long and not any(a.dtype == OBJECT for a in atoms)
        if plain and not known:
            plain = not overflows(own + sum([abs(c) * reach(a) for a, c in zip(atoms, factors, strict=True)]))
        if plain:
            return combine(atoms, np.int64)
        return settled(combine([objects(a) for a in atoms], OBJECT))

    return call


def _connective(ufunc: np.ufunc) -> Callable[[Node], Step]:
    def make(node: Node) -> Step:
        def fold(*arrays: Array) -> Array:
            return functools.reduce(ufunc, arrays)

        return lift(fold, aligned(node))

    return make


def _select(node: Node) -> Step:
    return lift(select, aligned(node))


def _concat(node: Node) -> Step:
    position, lengths = node.data
    dtype = dtype_of(node.sort)
    rank = len(node.shape)
    places: list[tuple[Index, Index | None]] = []
    start = 0
    for length, (_, p) in zip(lengths, node.args, strict=True):
        place = (slice(None),) * position + (slice(start, start + length),)
        places.append((place, expand(p, rank)))
        start += length

    def call(*parts: Array) -> Array:
        out = np.empty(node.shape, OBJECT if any(p.dtype == OBJECT for p in parts) else dtype)
        for (place, i), part in zip(places, parts, strict=True):
            out[place] = part if i is None else part[i]
        return out

    return call


def _cut(offset: int, row: tuple[tuple[int, int], ...], shape: tuple[int, ...]) -> slice:
    """The slice of a dimension along which one axis runs."""
    ((p, c),) = row
    stop = offset + c * (shape[p] - 1) + (1 if c > 0 else -1)
    return slice(offset, stop if stop >= 0 else None, c)


def _strided(offsets: tuple[int, ...], rows: tuple[tuple[tuple[int, int], ...], ...], shape: tuple[int, ...]) -> Step:
    """A view at affine indices."""
    used = [p for row in rows for p, _ in row]
    if all(len(row) <= 1 for row in rows) and sorted(used) == list(range(len(shape))):
        cuts: list[slice | int] = []
        for offset, row in zip(offsets, rows, strict=True):
            if not row:
                cuts.append(offset)
                continue
            cuts.append(_cut(offset, row, shape))
        index = tuple(cuts)
        order = tuple([used.index(p) for p in range(len(shape))])
        if order == tuple(range(len(shape))):
            return unary(lambda a: a[index])
        return unary(lambda a: a[index].transpose(order))
    corner = tuple([slice(o, o + 1) for o in offsets])

    def call(a: Array) -> Array:
        strides = [0] * len(shape)
        for row, s in zip(rows, a.strides, strict=True):
            for p, c in row:
                strides[p] += c * s
        return as_strided(a[corner], shape, strides, writeable=False)

    return call


def _view(node: Node) -> Step:
    offsets, rows = node.data
    return _strided(offsets, rows, node.shape)


def _padded(node: Node) -> Step:
    offsets, rows, pads, fill = node.data
    inner = _strided(offsets, rows, node.shape)
    base = node.args[0][0]
    dtype = dtype_of(node.sort)
    value = np.zeros((), dtype) if fill is None else constant(fill.data, fill.sort)
    shape = tuple([n + b + a for n, (b, a) in zip(base.shape, pads, strict=True)])
    place = tuple([slice(b, b + n) for n, (b, _) in zip(base.shape, pads, strict=True)])

    def call(a: Array) -> Array:
        out = np.full(shape, value, OBJECT if OBJECT in (a.dtype, value.dtype) else dtype)
        out[place] = a
        return inner(out)

    return call


def _gather(node: Node) -> Step:
    plan: tuple[tuple[int, tuple[tuple[int, int], ...]] | None, ...] = node.data
    rank = len(node.shape)
    cuts: list[slice | int] = []
    kept: list[int | None] = []  # result positions of the dimensions that slicing leaves; None where gathered
    for entry in plan:
        if entry is None:
            cuts.append(slice(None))
            kept.append(None)
        elif not entry[1]:
            cuts.append(entry[0])
        else:
            cuts.append(_cut(*entry, node.shape))
            kept.append(entry[1][0][0])
    window = tuple(cuts)
    joint = sorted({q for _, ps in node.args[1:] for q in ps})
    gathered = [k for k, p in enumerate(kept) if p is None]
    if len(gathered) == 1:
        (k,) = gathered
        produced = [q for q, p in enumerate(kept) for q in (joint if p is None else [p])]
        order = tuple([produced.index(q) for q in range(rank)])
        plain = order == tuple(range(rank))

        def take(a: Array, index: Array) -> Array:
            out = np.take(a[window], index, axis=k, mode="clip")
            return out if plain else out.transpose(order)

        return take
    front = tuple(gathered + [k for k, p in enumerate(kept) if p is not None])
    produced = joint + [p for p in kept if p is not None]
    order = tuple([produced.index(q) for q in range(rank)])
    indices = [expand(tuple([joint.index(q) for q in ps]), len(joint)) for _, ps in node.args[1:]]

    def pick(a: Array, *arrays: Array) -> Array:
        at = tuple([x if i is None else x[i] for x, i in zip(arrays, indices, strict=True)])
        return np.asarray(a[window].transpose(front)[at], a.dtype).transpose(order)

    return pick


def _flat(node: Node) -> Step:
    return unary(lambda a: np.ascontiguousarray(a).reshape(-1))


_STRUCTURE: dict[str, Callable[[Node], Step]] = {
    "lit": _literal,
    "zero": _zero,
    "lin": _linear,
    "and": _connective(np.logical_and),
    "or": _connective(np.logical_or),
    "not": lambda node: np.logical_not,
    "select": _select,
    "concat": _concat,
    "view": _view,
    "padded": _padded,
    "gather": _gather,
    "flat": _flat,
    "clamp": lambda node: unary(lambda a: np.asarray(np.minimum(np.maximum(a, 0), node.data - 1)).astype(np.int64)),
    "ge0": lambda node: unary(lambda a: np.greater_equal(a, 0)),
    "is0": lambda node: unary(lambda a: np.equal(a, 0)),
}

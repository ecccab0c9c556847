"""Sums of products, through BLAS.

A ``sum`` node stands over a space of axes, those of the result first (see :mod:`.reduction`); each factor has some of
them.  Factors are multiplied pairwise, smallest first, and an axis is summed as soon as no other factor has it, so the
space itself is never built.  Half precision is computed in float32 and rounded once; machine integers are wrapped, and go
through floats where their bounds say that this is exact.

A guard is a mask of the members.  A factor is set to 0 outside it, which is the same as leaving the member out only
where the other factors are finite; they are asked, and if they are not, members are added one by one.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....theories.terms.sorts import BFLOAT16, FLOAT16, INT, BitsSort
from .align import lay_out
from .arithmetic import dtype_of
from .graph import Node
from .integers import NATIVE, OBJECT, modulo
from .long_integers import long_sum, whole_sum
from .reduction import reduction

Array = NDArray[Any]
Step = Callable[..., Array]
Axes = tuple[int, ...]
_FEW = 32
"""Up to so many members a matrix-vector product is a loop over members."""


def contraction(node: Node) -> Step:
    """The function that computes a ``sum`` node."""
    _, rank, reduced, guarded, negative = node.data
    if isinstance(node.sort, BitsSort) and dtype_of(node.sort) == OBJECT:
        inner = long_sum(node, rank, reduced)
    else:
        plain = _single(node, rank, reduced, guarded)
        inner = plain if plain is not None else _product(node, rank, reduced, guarded)
    if node.sort is INT:
        inner = whole_sum(math.prod(reduced), inner, long_sum(node, rank, reduced))
    out: Step = (lambda *arrays: np.negative(inner(*arrays))) if negative else inner
    return modulo(out, node.sort) if isinstance(node.sort, BitsSort) and node.sort.width not in NATIVE else out


def _single(node: Node, rank: int, reduced: Axes, guarded: bool) -> Step | None:
    if len(node.args) - guarded != 1:
        return None
    size = math.prod((*node.shape, *reduced))
    if guarded and size > 4 * max([a.size for a, _ in node.args]):
        return None
    if not guarded and any(rank + k not in node.args[0][1] for k in range(len(reduced))):
        # An axis that the body does not depend on: a multiple.
        missing = [n for k, n in enumerate(reduced) if rank + k not in node.args[0][1]]
        axes = tuple([k for k, p in enumerate(node.args[0][1]) if p >= rank])
        times = math.prod(missing)
        wide = np.dtype(np.float32) if node.sort in (FLOAT16, BFLOAT16) else dtype_of(node.sort)
        factor = np.asarray(times).astype(wide)

        def multiple(a: Array) -> Array:
            return np.asarray(np.add.reduce(np.asarray(a).astype(wide), axis=axes) * factor).astype(dtype_of(node.sort))

        return multiple
    return reduction(node_like(node))


def node_like(node: Node) -> Node:
    """A ``reduce`` node with the arguments of a ``sum`` node."""
    out = Node.__new__(Node)
    for name in ("op", "data", "args", "shape", "size", "sort", "constant", "lo", "hi", "number"):
        setattr(out, name, getattr(node, name))
    out.op, out.data = "reduce", node.data[:4]
    return out


def _product(node: Node, rank: int, reduced: Axes, guarded: bool) -> Step:
    places = [p for _, p in node.args]
    work = _working_type(node, reduced, guarded)
    dtype = dtype_of(node.sort)
    factors = places[:-1] if guarded else places
    count = len(factors)
    masked: int | None = None
    if guarded:
        fitting = [k for k, p in enumerate(factors) if set(places[-1]) <= set(p)]
        masked = min(fitting, key=lambda k: node.args[k][0].size, default=None)
        if masked is None:
            masked = len(factors)
            factors = [*factors, places[-1]]
    multiply = _chain([tuple(p) for p in factors], [*node.shape, *reduced], rank)
    shape = node.shape

    def call(*arrays: Array) -> Array:
        values = [np.asarray(a) if a.dtype == work else np.asarray(a).astype(work) for a in arrays[:count]]
        if masked is not None:
            guard = np.asarray(arrays[-1])
            others = [v for k, v in enumerate(values) if k != masked]
            if work.kind == "f" and not all(np.all(np.isfinite(v)) for v in others):
                return _one_by_one(values, guard, places, shape, reduced, work).astype(dtype)
            if masked == len(values):
                values.append(guard.astype(work))
            else:
                values[masked] = np.where(_within(guard, places[-1], places[masked]), values[masked], work.type(0))
        out = multiply(values)
        if out.shape != shape:
            out = np.broadcast_to(lay_out(out, tuple(range(rank)), rank), shape)
        if dtype.kind == "i" and work.kind == "f":
            out = out.astype(np.int64)  # exact there, and narrower integers are wrapped below
        return out if out.dtype == dtype else out.astype(dtype)

    return call


def _within(guard: Array, axes: Axes, among: Axes) -> Array:
    return lay_out(guard, tuple([among.index(p) for p in axes]), len(among))


def _working_type(node: Node, reduced: Axes, guarded: bool) -> np.dtype[Any]:
    if node.sort in (FLOAT16, BFLOAT16):
        return np.dtype(np.float32)
    if isinstance(node.sort, BitsSort) or node.sort is INT:
        largest = math.prod(reduced)
        for a, _ in node.args[:-1] if guarded else node.args:
            largest *= max(abs(a.lo), abs(a.hi), 1)
        if largest < 1 << 24:
            return np.dtype(np.float32)
        if largest < 1 << 53:
            return np.dtype(np.float64)
    return dtype_of(node.sort)


def _one_by_one(
    values: Sequence[Array], guard: Array, places: Sequence[Axes], shape: Axes, reduced: Axes, work: np.dtype[Any]
) -> Array:
    rank, total = len(shape), len(shape) + len(reduced)
    wide = [lay_out(v, p, total) for v, p in zip([*values, guard], [*places[: len(values)], places[-1]], strict=True)]
    out = np.zeros(shape, work)
    for at in itertools.product(*[range(n) for n in reduced]):
        here: list[Array] = []
        for w in wide:
            index = tuple([k if w.shape[rank + q] > 1 else 0 for q, k in enumerate(at)])
            here.append(w[(slice(None),) * rank + index])
        member = here[0]
        for h in here[1:-1]:
            member = member * h
        out += np.where(here[-1], member, work.type(0))
    return out


Chain = Callable[[list[Array]], Array]


def _chain(factors: list[Axes], lengths: Sequence[int], rank: int) -> Chain:
    """The product of arrays on ``factors``, summed over the positions from ``rank`` on."""
    pending = list(enumerate(factors))
    moves: list[tuple[int, int, Callable[[Array, Array], Array]]] = []
    first: list[tuple[int, tuple[int, ...]]] = []
    for k, axes in pending:  # axes that one factor alone has
        elsewhere = {p for j, other in pending if j != k for p in other}
        alone = [p for p in axes if p >= rank and p not in elsewhere]
        if alone:
            first.append((k, tuple([axes.index(p) for p in alone])))
            pending[k] = (k, tuple([p for p in axes if p not in alone]))
    while len(pending) > 1:
        pending.sort(key=lambda item: math.prod([lengths[p] for p in item[1]]))
        (i, a), (j, b) = pending[0], pending[1]
        needed = {p for _, other in pending[2:] for p in other} | set(range(rank))
        multiply, axes = _pair(a, b, needed, lengths)
        moves.append((i, j, multiply))
        pending = [(i, axes), *pending[2:]]
    final, axes = pending[0]
    order = tuple([axes.index(p) for p in sorted(axes)])
    present = sorted(axes)
    times = math.prod([n for p, n in enumerate(lengths) if p >= rank and not any(p in f for f in factors)])
    plain = order == tuple(range(len(order)))

    def call(values: list[Array]) -> Array:
        for k, over in first:
            values[k] = np.add.reduce(values[k], axis=over)
        for i, j, multiply in moves:
            values[i] = multiply(values[i], values[j])
        out = np.asarray(values[final])
        out = out if plain else out.transpose(order)
        if times != 1:
            out = out * out.dtype.type(times)
        return lay_out(out, tuple(present), rank)

    return call


def _pair(a: Axes, b: Axes, needed: set[int], lengths: Sequence[int]) -> tuple[Callable[[Array, Array], Array], Axes]:
    """The product of two factors, and its axes in the order of its dimensions."""
    summed = [p for p in a if p in b and p not in needed]
    if not summed:
        axes = tuple(sorted({*a, *b}))
        ra, rb = tuple([axes.index(p) for p in sorted(a)]), tuple([axes.index(p) for p in sorted(b)])
        oa, ob = _order(a, sorted(a)), _order(b, sorted(b))
        return lambda x, y: lay_out(x.transpose(oa), ra, len(axes)) * lay_out(y.transpose(ob), rb, len(axes)), axes
    batch = [p for p in a if p in b and p in needed]
    rows, columns = sorted([p for p in a if p not in b]), sorted([p for p in b if p not in a])
    if rows and (not columns or rows[-1] > columns[-1]):
        multiply, axes = _pair(b, a, needed, lengths)
        return lambda x, y: multiply(y, x), axes
    if not columns:
        return _dot(a, b, sorted(batch), summed)
    if not rows and math.prod([lengths[p] for p in summed]) <= _FEW:
        return _vector(a, b, sorted(batch), columns, summed, lengths)
    lead = [p for p in columns if rows and p < rows[0]]
    if lead and math.prod([lengths[p] for p in columns if p not in lead]) >= _FEW:
        columns = [p for p in columns if p not in lead]
    else:
        lead = []
    return _matmul(a, b, sorted(batch), lead, rows, columns, sorted(summed), lengths)


def _order(axes: Axes, wanted: Sequence[int]) -> Axes:
    return tuple([axes.index(p) for p in wanted])


def _dot(a: Axes, b: Axes, batch: list[int], summed: list[int]) -> tuple[Callable[[Array, Array], Array], Axes]:
    oa, ob = _order(a, [*batch, *summed]), _order(b, [*batch, *summed])
    over = tuple(range(len(batch), len(batch) + len(summed)))

    def call(x: Array, y: Array) -> Array:
        return np.asarray(np.add.reduce(x.transpose(oa) * y.transpose(ob), axis=over, dtype=x.dtype))

    return call, tuple(batch)


def _loop(
    a: Axes, b: Axes, batch: list[int], columns: list[int], summed: list[int], lengths: Sequence[int]
) -> tuple[Callable[[Array, Array], Array], Axes]:
    """Member by member: no copy of what overlaps."""
    axes = tuple(sorted([*batch, *columns]))
    oa, ob = _order(a, [*summed, *batch]), _order(b, [*summed, *axes])
    place = tuple([axes.index(p) for p in batch])
    members = list(itertools.product(*[range(lengths[p]) for p in summed]))

    def call(x: Array, y: Array) -> Array:
        x, y = x.transpose(oa), y.transpose(ob)
        out = lay_out(np.asarray(x[members[0]]), place, len(axes)) * y[members[0]]
        other = np.empty_like(out)
        for at in members[1:]:
            np.multiply(lay_out(np.asarray(x[at]), place, len(axes)), y[at], out=other)
            out += other
        return out

    return call, axes


def _vector(
    a: Axes, b: Axes, batch: list[int], columns: list[int], summed: list[int], lengths: Sequence[int]
) -> tuple[Callable[[Array, Array], Array], Axes]:
    """A vector times a matrix: by members where they are far apart in memory, else a matrix product."""
    loop, axes = _loop(a, b, batch, columns, summed, lengths)
    product, produced = _matmul(a, b, batch, [], [], columns, sorted(summed), lengths)
    order = _order(produced, axes)
    members = [b.index(p) for p in summed]
    others = [b.index(p) for p in columns]

    def call(x: Array, y: Array) -> Array:
        if min([abs(y.strides[k]) for k in others]) < min([abs(y.strides[k]) for k in members]):
            return loop(x, y)
        if min([abs(y.strides[k]) for k in others]) == y.itemsize:  # windows that overlap
            return loop(x, y)
        return product(x, y).transpose(order)

    return call, axes


def _matmul(
    a: Axes,
    b: Axes,
    batch: list[int],
    lead: list[int],
    rows: list[int],
    columns: list[int],
    summed: list[int],
    lengths: Sequence[int],
) -> tuple[Callable[[Array, Array], Array], Axes]:
    def sizes(axes: Sequence[int]) -> list[int]:
        return [lengths[p] for p in axes]

    m, n, k = (math.prod(sizes(x)) for x in (rows, columns, summed))
    oa, ob = _order(a, [*batch, *rows, *summed]), _order(b, [*batch, *lead, *summed, *columns])
    sa = (*sizes(batch), *[1] * len(lead), m, k)
    sb = (*sizes(batch), *sizes(lead), k, n)
    shape = (*sizes(batch), *sizes(lead), *sizes(rows), *sizes(columns))
    outer = (*sizes(batch), *sizes(lead), m, n)

    def call(x: Array, y: Array) -> Array:
        out = np.matmul(x.transpose(oa).reshape(sa), y.transpose(ob).reshape(sb))
        return out if outer == shape else out.reshape(shape)

    return call, (*batch, *lead, *rows, *columns)

"""Values of terms on concrete arrays.

A scalar is an :class:`Arr`: an array with *named axes*.  Every open binder owns one axis, axis 0 is the batch of samples,
and a value carries only the axes that it depends on, so two values are combined by lining up their names.  Functions are
:class:`Table` (a tensor, tabulated over an axis of its own), :class:`Choice` (a conditional not yet read),
:class:`Closure` (a function with an infinite domain) or :class:`Native` (a Python callable).  Every axis has length >= 1:
an empty domain is tabulated over one position that no valid read sees.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...theories.errors import Unsupported
from ...theories.terms.sorts import Sort
from ...theories.terms.term import Term

BATCH = 0
"""The axis of samples."""
LIMIT = 20_000_000
"""Elements of the largest array that is built."""

Array = NDArray[Any]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Arr:
    """A scalar at every position of its axes (ascending names).  ``und`` marks positions whose value is undecided."""

    axes: tuple[int, ...]
    data: Array
    und: Mask | None = None
    iota: bool = False  # one axis, and the value at position k is k


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A function tabulated over ``axis``.

    ``range``: argument k stands at position ``k - lo``; ``box``: an index map stands at its row-major position below
    ``extents``; ``axes``: an axis of a group stands at its number.
    """

    kind: str
    axis: int
    extents: tuple[int, ...]
    lo: Arr | None  # None is 0
    body: Value
    place: tuple[tuple[int, ...], Arr] | None = None  # of the variable of a box: its extents, and its position in them


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """``if condition then yes else no`` between functions."""

    condition: Arr
    yes: Value
    no: Value


@dataclass(frozen=True, slots=True, eq=False)
class Closure:
    """The function ``x => body`` in a frame."""

    body: Term
    frame: tuple[Value, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Native:
    """A Python function on arrays of equal shape, waiting for ``arity - len(given)`` arguments."""

    function: Callable[..., Array]
    arity: int
    result: Sort
    given: tuple[Arr, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """A tuple with named fields."""

    fields: dict[str, Value]


Value = Arr | Table | Choice | Closure | Native | Record


def scalar(value: Value) -> Arr:
    """``value``, which must be a scalar."""
    if not isinstance(value, Arr):
        raise Unsupported(f"a {type(value).__name__.lower()} where a scalar is needed")
    return value


def layout(data: Array, axes: tuple[int, ...], to: tuple[int, ...]) -> Array:
    """``data`` with length-1 axes inserted so that it lines up with ``to``, a superset of ``axes``."""
    if axes == to or not axes:
        return data
    shape = [1] * len(to)
    for name, length in zip(axes, data.shape, strict=True):
        shape[to.index(name)] = length
    return data.reshape(shape)


def union_axes(arrs: Sequence[Arr]) -> tuple[int, ...]:
    """The axes that some of ``arrs`` has, in ascending order."""
    first = arrs[0].axes
    for a in arrs:
        if a.axes != first and a.axes:
            return tuple(sorted({axis for b in arrs for axis in b.axes})) if first else union_axes(arrs[1:])
    return first


def align(arrs: Sequence[Arr]) -> tuple[tuple[int, ...], list[Array], list[Mask | None]]:
    """Common axes, and data and marks that broadcast along them.  Unsupported when the result would be too large."""
    axes = union_axes(arrs)
    datas = [layout(a.data, a.axes, axes) for a in arrs]
    unds = [None if a.und is None else layout(a.und, a.axes, axes) for a in arrs]
    if len(axes) > 1:
        total = 1
        for length in np.broadcast_shapes(*[d.shape for d in datas]):
            total *= length
        if total > LIMIT:
            raise Unsupported("an array of more than 20 million elements")
    return axes, datas, unds


def mark(shape: tuple[int, ...], unds: Sequence[Mask | None]) -> Mask | None:
    """The union of marks, of that shape; None when nothing is marked."""
    out: Mask | None = None
    for u in unds:
        if u is not None:
            out = u if out is None else out | u
    if out is None or not out.any():
        return None
    return np.broadcast_to(out, shape)


def substitute(value: Value, axis: int, at: Arr) -> Value:
    """``value`` read at positions ``at`` (of integer dtype, in range) along ``axis``."""
    if isinstance(value, Arr):
        return _take(value, axis, at)
    if isinstance(value, Table):
        lo = None if value.lo is None else _take(value.lo, axis, at)
        return Table(value.kind, value.axis, value.extents, lo, substitute(value.body, axis, at))
    if isinstance(value, Choice):
        return Choice(_take(value.condition, axis, at), substitute(value.yes, axis, at), substitute(value.no, axis, at))
    if isinstance(value, Record):
        return Record({name: substitute(field, axis, at) for name, field in value.fields.items()})
    if isinstance(value, Native):
        return Native(value.function, value.arity, value.result, tuple(_take(a, axis, at) for a in value.given))
    return Closure(value.body, tuple([substitute(v, axis, at) for v in value.frame]))


def _take(arr: Arr, axis: int, at: Arr) -> Arr:
    if axis not in arr.axes:
        return arr
    k = arr.axes.index(axis)
    rest = arr.axes[:k] + arr.axes[k + 1 :]
    if not at.axes:
        position = int(at.data)
        data = arr.data.take(position, axis=k)
        und = None if arr.und is None else arr.und.take(position, axis=k)
        return Arr(
            rest,
            np.asarray(data, arr.data.dtype),
            mark(np.shape(data), [None if und is None else np.asarray(und), at.und]),
        )
    axes = tuple(sorted({*rest, *at.axes}))
    if len(at.axes) == 1 and at.axes[0] not in rest and at.iota and at.data.shape[0] <= arr.data.shape[k]:
        length, target = at.data.shape[0], axes.index(at.axes[0])
        window = (slice(None),) * k + (slice(0, length),)

        def rename(d: Array) -> Array:
            return np.moveaxis(d[window], k, target) if target != k else d[window]

        und = None if arr.und is None else rename(arr.und)
        return Arr(axes, rename(arr.data), und, arr.iota)
    index: list[Array] = []
    shape: tuple[int, ...] = arr.data.shape
    for name, length in zip(arr.axes, shape, strict=True):
        if name == axis:
            index.append(layout(at.data, at.axes, axes))
        else:
            index.append(layout(np.arange(length), (name,), axes))
    data = arr.data[tuple(index)]
    if data.size > LIMIT:
        raise Unsupported("an array of more than 20 million elements")
    taken = None if arr.und is None else arr.und[tuple(index)]
    return Arr(axes, data, mark(data.shape, [taken, None if at.und is None else layout(at.und, at.axes, axes)]))

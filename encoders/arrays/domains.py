"""Domains of bound variables as axes of arrays, and positions of arguments in tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ...theories.errors import Unsupported
from ...theories.terms.sorts import BOOL, INT, AxisSort, BitsSort, ElemSort, FnSort, Sort
from ...theories.terms.term import Dom
from .algebra import Mode
from .corners import corners
from .environment import EIGHT, Algebras, Env
from .integers import Ring, Scalars
from .logic import conjunction, select
from .values import Arr, Array, Choice, Table, Value, align, mark, scalar, substitute

LONGEST = 1_000_000
"""Values of the longest domain that is enumerated."""
NATURALS = 8
"""How many naturals stand for all of them in a sample."""


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A bound variable with an axis of its own.

    ``mask`` says where the axis holds a member of the domain (None: everywhere); ``complete`` is false when the axis
    holds a sample of an infinite domain.
    """

    axis: int
    length: int
    extents: tuple[int, ...]
    lo: Arr | None
    variable: Value
    mask: Arr | None
    complete: bool = True


def constant(value: int) -> Arr:
    """A position."""
    return Arr((), np.asarray(value))


def components(index: Value, rank: int) -> list[Arr]:
    """The values of an index map at every axis of its group."""
    return [scalar(_at_axis(index, c)) for c in range(rank)]


def _at_axis(index: Value, c: int) -> Value:
    if isinstance(index, Choice):
        return select(index.condition, scalar(_at_axis(index.yes, c)), scalar(_at_axis(index.no, c)))
    if not isinstance(index, Table):
        raise Unsupported("an index map that is no table")
    return substitute(index.body, index.axis, constant(c))


class Domains:
    """Opens binders and finds positions, in one environment."""

    def __init__(self, env: Env, algebras: Algebras, fresh_axis: Callable[[], int]) -> None:
        self.env = env
        self.algebras = algebras
        self.fresh_axis = fresh_axis

    def open(self, dom: Dom, bounds: Sequence[Value]) -> Opened | None:
        """The domain over a fresh axis; None if it is too long."""
        if dom.kind == "range":
            return self._range(scalar(bounds[0]), scalar(bounds[1]))
        if dom.kind == "box":
            return self._box(dom, bounds[0])
        if dom.kind == "axes":
            assert isinstance(dom.sort, AxisSort)
            return self._upto(self.env.rank(dom.sort.group))
        if dom.kind == "nat":
            opened = self._upto(NATURALS)
            return Opened(opened.axis, opened.length, (), None, opened.variable, None, complete=False)
        return self._all(dom.sort)

    def position(self, table: Table, argument: Value) -> Arr:
        """Where ``argument`` stands along the axis of ``table``, clamped into it."""
        if table.kind != "box":
            return self._clamp(scalar(argument), table.lo, table.extents[0])
        if isinstance(argument, Table) and argument.place is not None and argument.place[0] == table.extents:
            return argument.place[1]
        total: Arr = constant(0)
        for length, k in zip(table.extents, components(argument, len(table.extents)), strict=True):
            axes, (t, p), unds = align([total, self._clamp(k, None, length)])
            data = t * length + p
            total = Arr(axes, data, mark(data.shape, unds))
        return total

    def _clamp(self, k: Arr, lo: Arr | None, length: int) -> Arr:
        if lo is None and k.iota and k.data.shape[0] <= length:
            return Arr(k.axes, np.asarray(k.data, np.intp), k.und, iota=True)
        if lo is None:
            return Arr(k.axes, _clip(k.data, length), k.und)
        axes, (a, b), unds = align([k, lo])
        data = _clip(a - b, length)
        return Arr(axes, data, mark(data.shape, unds))

    def _iota(self, length: int) -> Array:
        numbers = np.arange(length)
        return numbers.astype(object) if self.algebras.mode is Mode.EXACT else numbers

    def _upto(self, length: int) -> Opened:
        """``0 <= k < length``."""
        axis, padded = self.fresh_axis(), max(length, 1)
        mask = None if length else Arr((), np.asarray(False))
        return Opened(axis, padded, (padded,), None, Arr((axis,), self._iota(padded), iota=True), mask)

    def _range(self, lo: Arr, hi: Arr) -> Opened | None:
        axes, (a, b), unds = align([lo, hi])
        lengths = np.asarray(b - a)
        longest = max(int(lengths.max()), 0)
        if self.algebras.mode is Mode.SCREEN:
            longest = min(longest, 256)
        if longest > LONGEST:
            return None
        zero = not lo.axes and lo.und is None and not lo.data
        if zero and not hi.axes and hi.und is None:
            return self._upto(longest)
        axis, padded = self.fresh_axis(), max(longest, 1)
        steps = Arr((axis,), self._iota(padded), iota=True)
        mask_axes, (k, n), mask_unds = align([steps, Arr(axes, lengths, mark(lengths.shape, unds))])
        inside = np.asarray(k < n)
        mask = Arr(mask_axes, inside, mark(inside.shape, mask_unds))
        if zero:
            return Opened(axis, padded, (padded,), None, steps, mask)
        axes, (k, a), unds = align([steps, lo])
        variable = Arr(axes, np.asarray(k + a), mark(np.broadcast(k, a).shape, unds))
        return Opened(axis, padded, (padded,), lo, variable, mask)

    def _box(self, dom: Dom, sizes: Value) -> Opened | None:
        assert isinstance(dom.sort, FnSort) and isinstance(dom.sort.arg, AxisSort)
        rank = self.env.rank(dom.sort.arg.group)
        lengths = components(sizes, rank)
        extents = tuple([max(int(n.data.max()), 1) for n in lengths])
        if self.algebras.mode is Mode.SCREEN:
            extents = tuple([min(e, 64) for e in extents])
        total = 1
        for e in extents:
            total *= e
        if total > LONGEST:
            return None
        flat, across = self.fresh_axis(), self.fresh_axis()
        places = np.unravel_index(np.arange(total), extents) if rank else [np.zeros(1, np.intp)]
        data = np.stack(places, axis=1)
        data = data.astype(object) if self.algebras.mode is Mode.EXACT else data
        place = (extents, Arr((flat,), np.arange(total), iota=True))
        variable = Table("axes", across, (max(rank, 1),), None, Arr((flat, across), data), place)
        parts: list[Arr] = []
        for c, n in enumerate(lengths):
            if n.axes or n.und is not None or int(n.data) != extents[c]:
                axes, (k, m), unds = align([Arr((flat,), data[:, c]), n])
                inside = np.asarray(k < m)
                parts.append(Arr(axes, inside, mark(inside.shape, unds)))
        return Opened(flat, total, extents, None, variable, conjunction(parts) if parts else None)

    def _all(self, sort: Sort) -> Opened:
        values, complete = self._members(sort)
        data = self.algebras.elements(values, sort)
        axis = self.fresh_axis()
        return Opened(axis, len(values), (), None, Arr((axis,), data), None, complete)

    def _members(self, sort: Sort) -> tuple[list[object], bool]:
        """Values of ``sort``, and whether they are all there are."""
        if sort is BOOL:
            return [False, True], True
        if isinstance(sort, AxisSort):
            raise Unsupported("quantification over axes as values")
        size = None
        if isinstance(sort, BitsSort) and sort.width <= 8:
            size = 1 << sort.width
        if isinstance(sort, ElemSort):
            carrier = self.env.carriers.get(sort.name)
            if sort.element_class == "scalar":
                size = len(carrier.equal) if isinstance(carrier, Scalars) else len(EIGHT.equal)
            elif isinstance(carrier, Ring):
                size = carrier.modulus
        if size is not None and size <= 256:
            return list(range(size)), True
        return list(corners(INT if isinstance(sort, ElemSort) else sort)), False


def _clip(data: Array, length: int) -> Array:
    return np.asarray(np.clip(data, 0, length - 1)).astype(np.intp)

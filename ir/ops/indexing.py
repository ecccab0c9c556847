"""Elements at positions that are data: gathers and scatters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from .. import dims
from ..dims import Shape
from ..dtypes import INT32, INT64, NUMBERS
from ..elements import Elem, index, require, where
from ..errors import BadAttribute, WrongDType, WrongShape
from ..operators import Call, check_dtype, check_sizes, operator
from ..tensors import Index, Tensor, every, greatest, least, product, some, tensor, total
from ..types import TensorType
from .movement import unflat
from .places import replaced

Condition = Callable[[Elem], Elem]


def wrapped(k: Elem, n: Elem) -> Elem:
    """A position counted from the end if negative."""
    return where(k < 0, k + n, k)


def within(k: Elem, n: Elem) -> Elem:
    """Whether ``-n <= k < n``."""
    return (k >= -n) & (k < n)


def _indices(use: Call) -> TensorType:
    found = use.type(1)
    if found.dtype not in (INT32, INT64):
        raise WrongDType(f"{use.op}: indices of type {found.dtype.name}")
    return found


# -- gathers -----------------------------------------------------------------------------------------------------------


def _gather_rule(use: Call) -> tuple[TensorType, ...]:
    x, at = use.type(0), _indices(use)
    axis = use.axis("axis", x.rank)
    return (TensorType(x.dtype, (*x.shape[:axis], *at.shape, *x.shape[axis + 1 :])),)


@operator("Gather", _gather_rule, (2, 2), attrs={"axis": 0})
def gather(use: Call, x: Tensor, at: Tensor) -> Tensor:
    """``out[i, j, l] = x[i, at[j], l]`` with ``j`` a whole index, defined for ``−n <= at[j] < n``; from the end if < 0"""
    axis = use.axis("axis", x.rank)

    def read(i: Index) -> Elem:
        k = at[i[axis : axis + at.rank]].index()
        n = x.size(axis)
        return require(within(k, n), x[(*i[:axis], wrapped(k, n), *i[axis + at.rank :])])

    return tensor(x, (*x.shape[:axis], *at.shape, *x.shape[axis + 1 :]), read, use.reading)


def _check_cover(use: Call, big: Shape, small: Shape, axis: int) -> None:
    """WrongShape unless indices of shape ``small`` lie inside ``big`` on every axis but ``axis``."""
    if len(big) != len(small):
        raise WrongShape(f"{use.op}: data of rank {len(big)}, indices of rank {len(small)}")
    for k, (d, e) in enumerate(zip(big, small, strict=True)):
        if k != axis and not dims.equal(d, e) and dims.larger(d, e) is not d:
            raise WrongShape(f"{use.op}: {e!r} indices on axis {k} of size {d!r}")


def _gather_elements_rule(use: Call) -> tuple[TensorType, ...]:
    x, at = use.type(0), _indices(use)
    _check_cover(use, x.shape, at.shape, use.axis("axis", x.rank))
    return (TensorType(x.dtype, at.shape),)


@operator("GatherElements", _gather_elements_rule, (2, 2), attrs={"axis": 0})
def gather_elements(use: Call, x: Tensor, at: Tensor) -> Tensor:
    """``out[i, j, l] = x[i, at[i, j, l], l]``, defined for ``−n <= at[..] < n``; from the end if < 0"""
    axis = use.axis("axis", x.rank)

    def read(i: Index) -> Elem:
        k, n = at[i].index(), x.size(axis)
        return require(within(k, n), x[replaced(i, axis, wrapped(k, n))])

    return tensor(x, at.shape, read, use.reading)


def _depth(use: Call, at: Shape) -> int:
    """The number of axes that a row of indices addresses: the last size of ``at``."""
    depth = dims.literal(at[-1]) if at else None
    if depth is None:
        raise WrongShape(f"{use.op}: the last size of indices {dims.show(at)} is not a known number")
    return depth


def _gather_nd_rule(use: Call) -> tuple[TensorType, ...]:
    x, at = use.type(0), _indices(use)
    batch, depth = use.int("batch_dims"), _depth(use, at.shape)
    if not 0 <= batch < min(x.rank, at.rank) or batch + depth > x.rank:
        raise WrongShape(f"GatherND: rows of {depth} indices after {batch} batch axes in rank {x.rank}")
    for d, e in zip(x.shape[:batch], at.shape[:batch], strict=True):
        check_sizes(use, d, e, "batch sizes")
    return (TensorType(x.dtype, (*at.shape[:-1], *x.shape[batch + depth :])),)


@operator("GatherND", _gather_nd_rule, (2, 2), attrs={"batch_dims": 0})
def gather_nd(use: Call, x: Tensor, at: Tensor) -> Tensor:
    """``out[b, j, l] = x[b, at[b, j, 0], …, at[b, j, m − 1], l]``, defined for indices in range; from the end if < 0"""
    batch, depth = use.int("batch_dims"), _depth(use, at.shape)
    rows = at.rank - 1

    def read(i: Index) -> Elem:
        ks = [at[(*i[:rows], index(m, use.reading))].index() for m in range(depth)]
        ns = x.sizes[batch : batch + depth]
        out = x[(*i[:batch], *(wrapped(k, n) for k, n in zip(ks, ns, strict=True)), *i[rows:])]
        for k, n in reversed(list(zip(ks, ns, strict=True))):
            out = require(within(k, n), out)
        return out

    return tensor(x, (*at.shape[:-1], *x.shape[batch + depth :]), read, use.reading)


# -- scatters ----------------------------------------------------------------------------------------------------------


def _last(old: Elem, n: Elem, update: Condition, hits: Condition) -> Elem:
    return update(greatest(n, lambda k: k, hits))


_REDUCTIONS: Final[dict[str, Callable[[Elem, Elem, Condition, Condition], Elem]]] = {
    "none": _last,
    "add": lambda old, n, update, hits: old + total(n, update, hits),
    "mul": lambda old, n, update, hits: old * product(n, update, hits),
    "max": lambda old, n, update, hits: old.max(greatest(n, update, hits)),
    "min": lambda old, n, update, hits: old.min(least(n, update, hits)),
}
"""What ``n`` updates, of which those that ``hits`` reach this element, make of its old value; some do."""

_CONVENTIONS = (
    "of several updates to one element without a reduction the last in row-major order wins; ONNX leaves it open",
    "a NaN wins in max and min",
    "updates are reduced in row-major order, then the old value with their result",
)


def _check_scatter(use: Call) -> tuple[TensorType, TensorType, TensorType]:
    x, at, updates = use.type(0), _indices(use), use.type(2)
    if updates.dtype is not x.dtype:
        raise WrongDType(f"{use.op}: updates of type {updates.dtype.name} for {x.dtype.name}")
    if use.str("reduction") not in _REDUCTIONS:
        raise BadAttribute(f"{use.op}: there is no reduction {use.str('reduction')}")
    if use.str("reduction") != "none":
        check_dtype(use, x.dtype, NUMBERS)
    return x, at, updates


def _check_updates(use: Call, updates: Shape, wanted: Shape) -> None:
    if len(updates) != len(wanted):
        raise WrongShape(f"{use.op}: updates of rank {len(updates)}, not {len(wanted)}")
    for d, e in zip(updates, wanted, strict=True):
        check_sizes(use, d, e, "sizes of updates")


def _scatter_elements_rule(use: Call) -> tuple[TensorType, ...]:
    x, at, updates = _check_scatter(use)
    _check_cover(use, x.shape, at.shape, use.axis("axis", x.rank))
    _check_updates(use, updates.shape, at.shape)
    return (x,)


_SCATTER = {"axis": 0, "reduction": "none"}


@operator("Scatter", _scatter_elements_rule, (3, 3), attrs=_SCATTER, conventions=_CONVENTIONS)
@operator("ScatterElements", _scatter_elements_rule, (3, 3), attrs=_SCATTER, conventions=_CONVENTIONS)
def scatter_elements(use: Call, x: Tensor, at: Tensor, updates: Tensor) -> Tensor:
    """``out[i, j, l] = f(x[i, j, l], updates[i, k, l], …)`` for the ``k`` with ``at[i, k, l] = j``; ``x`` for none"""
    axis = use.axis("axis", x.rank)
    reduce = _REDUCTIONS[use.str("reduction")]

    def read(i: Index) -> Elem:
        n, size = at.size(axis), x.size(axis)

        def target(k: Elem) -> Elem:
            return at[replaced(i, axis, k)].index()

        def hits(k: Elem) -> Elem:
            return wrapped(target(k), size).equals(i[axis])

        old = x[i]
        out = where(some(n, hits), reduce(old, n, lambda k: updates[replaced(i, axis, k)], hits), old)
        out = require(every(n, lambda k: within(target(k), size)), out)
        for m, (d, e) in reversed(list(enumerate(zip(x.shape, at.shape, strict=True)))):
            if m != axis and not dims.equal(d, e):
                out = where(i[m] < index(e, use.reading), out, old)
        return out

    return tensor(x, x.shape, read, use.reading)


def _scatter_nd_rule(use: Call) -> tuple[TensorType, ...]:
    x, at, updates = _check_scatter(use)
    depth = _depth(use, at.shape)
    if depth > x.rank:
        raise WrongShape(f"ScatterND: rows of {depth} indices in rank {x.rank}")
    _check_updates(use, updates.shape, (*at.shape[:-1], *x.shape[depth:]))
    return (x,)


@operator("ScatterND", _scatter_nd_rule, (3, 3), attrs={"reduction": "none"}, conventions=_CONVENTIONS)
def scatter_nd(use: Call, x: Tensor, at: Tensor, updates: Tensor) -> Tensor:
    """``out[j, l] = f(x[j, l], updates[u, l], …)`` for the rows ``u`` with ``at[u] = j``; ``x`` for none"""
    depth = _depth(use, at.shape)
    rows = at.shape[:-1]
    n = index(dims.product(rows), use.reading)
    reduce = _REDUCTIONS[use.str("reduction")]

    def target(k: Elem, m: int) -> Elem:
        return at[(*unflat(k, rows), index(m, use.reading))].index()

    def conjoined(parts: list[Elem]) -> Elem:
        out = index(0, use.reading).equals(0)
        for part in parts:
            out = out & part
        return out

    def read(i: Index) -> Elem:
        def hits(k: Elem) -> Elem:
            return conjoined([wrapped(target(k, m), x.size(m)).equals(i[m]) for m in range(depth)])

        def update(k: Elem) -> Elem:
            return updates[(*unflat(k, rows), *i[depth:])]

        old = x[i]
        out = where(some(n, hits), reduce(old, n, update, hits), old)
        inside = every(n, lambda k: conjoined([within(target(k, m), x.size(m)) for m in range(depth)]))
        return require(inside, out)

    return tensor(x, x.shape, read, use.reading)

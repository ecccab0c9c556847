"""Along one axis: running sums, one-hot rows, positions of extrema, the top k."""

from __future__ import annotations

from collections.abc import Callable

from ...theories.terms import build as b
from .. import dims
from ..dtypes import INDEX, INT64, NUMBERS
from ..elements import Elem, index, where
from ..errors import WrongShape
from ..operators import Call, check_dtype, normal_axis, operator
from ..tensors import Index, Tensor, count, greatest, least, product, tensor, total
from ..types import TensorType
from .places import axis_of, replaced, resized, scalar_size

# -- running sums and products -----------------------------------------------------------------------------------------


def _running_rule(use: Call) -> tuple[TensorType, ...]:
    x = use.type(0)
    check_dtype(use, x.dtype, NUMBERS)
    axis_of(use, x.rank)
    return (x,)


def _running(use: Call, x: Tensor, big: Callable[[Elem, Callable[[Elem], Elem]], Elem]) -> Tensor:
    """``big`` of the elements up to each one (``exclusive``: before it); ``reverse``: from the last one down to it."""
    axis = axis_of(use, x.rank)

    def read(i: Index) -> Elem:
        last = x.size(axis) - 1
        done = last - i[axis] if use.flag("reverse") else i[axis]
        n = done if use.flag("exclusive") else done + 1
        return big(n, lambda k: x[replaced(i, axis, last - k if use.flag("reverse") else k)])

    return tensor(x, x.shape, read, use.reading)


_RUNNING = {"reverse": 0, "exclusive": 0}
_ORDER = ("taken from the first element on, from the last one if reverse",)


@operator("CumSum", _running_rule, (1, 2), attrs=_RUNNING, static={1: "axis"}, conventions=_ORDER)
def cumsum(use: Call, x: Tensor, _axis: None) -> Tensor:
    """``out[.., i, ..] = Σ_{k <= i} x[.., k, ..]`` (``exclusive``: ``k < i``; ``reverse``: ``k >= i``)"""
    return _running(use, x, total)


@operator("CumProd", _running_rule, (1, 2), attrs=_RUNNING, static={1: "axis"}, conventions=_ORDER)
def cumprod(use: Call, x: Tensor, _axis: None) -> Tensor:
    """``out[.., i, ..] = Π_{k <= i} x[.., k, ..]`` (``exclusive``: ``k < i``; ``reverse``: ``k >= i``)"""
    return _running(use, x, product)


# -- one-hot -----------------------------------------------------------------------------------------------------------


def _one_hot_rule(use: Call) -> tuple[TensorType, ...]:
    at, values = use.type(0), use.type(2)
    check_dtype(use, at.dtype, NUMBERS)
    axis = normal_axis(use.int("axis"), at.rank + 1, "OneHot: axis")
    depth = scalar_size(use, "depth")
    if not dims.at_least(depth, 1):
        raise WrongShape(f"OneHot: the depth {depth!r} is not plainly positive")
    if dims.literals(values.shape) != (2,):
        raise WrongShape(f"OneHot: values of shape {dims.show(values.shape)}, not [2]")
    return (TensorType(values.dtype, (*at.shape[:axis], depth, *at.shape[axis:])),)


@operator(
    "OneHot",
    _one_hot_rule,
    (1, 3),
    attrs={"axis": -1},
    static={1: "depth"},
    conventions=("an index that is a float is rounded towards zero", "an index out of range gives no hot place"),
)
def one_hot(use: Call, at: Tensor, _depth: None, values: Tensor) -> Tensor:
    """``out[i, d, j] = values[1] if at[i, j] = d else values[0]``; an index below 0 counts from the end"""
    axis = normal_axis(use.int("axis"), at.rank + 1, "OneHot: axis")
    depth = index(scalar_size(use, "depth"), use.reading)
    off, on = (values[index(k, use.reading)] for k in (0, 1))

    def read(i: Index) -> Elem:
        e = at[(*i[:axis], *i[axis + 1 :])]
        k = (e.cast(INT64) if e.dtype.is_float else e).index()
        return where(where(k < 0, k + depth, k).equals(i[axis]), on, off)

    return tensor(values, (*at.shape[:axis], depth, *at.shape[axis:]), read, use.reading)


# -- positions of extrema ----------------------------------------------------------------------------------------------


def _arg_rule(use: Call) -> tuple[TensorType, ...]:
    x = use.type(0)
    check_dtype(use, x.dtype, NUMBERS)
    axis = use.axis("axis", x.rank)
    if x.shape[axis] is b.ZERO:
        raise WrongShape(f"{use.op}: axis {axis} is empty")
    kept = (b.ONE,) if use.flag("keepdims") else ()
    return (TensorType(INT64, (*x.shape[:axis], *kept, *x.shape[axis + 1 :])),)


def _arg(use: Call, x: Tensor, big: Callable[[Elem, Callable[[Elem], Elem]], Elem]) -> Tensor:
    """The first place (or the last, by ``select_last_index``) whose element equals the extremum or is NaN."""
    axis, keep = use.axis("axis", x.rank), int(use.flag("keepdims"))
    lanes = (*x.shape[:axis], *x.shape[axis + 1 :])
    n = x.size(axis)

    def lane(i: Index, k: Elem) -> Elem:
        return x[(*i[:axis], k, *i[axis:])]

    best = tensor(x, lanes, lambda i: big(n, lambda k: lane(i, k)), use.reading).stored()
    pick = greatest if use.flag("select_last_index") else least

    def read(i: Index) -> Elem:
        at = (*i[:axis], *i[axis + keep :])
        found = pick(n, lambda k: k, lambda k: lane(at, k).equals(best[at]) | lane(at, k).is_nan())
        return found.cast(INT64)

    kept = (b.ONE,) * keep
    return tensor(INT64, (*x.shape[:axis], *kept, *x.shape[axis + 1 :]), read, use.reading)


_ARG = {"axis": 0, "keepdims": 1, "select_last_index": 0}
_FIRST = ("a NaN is the extremum, as in NumPy: the first one, or the last", "zeros of both signs are equal")


@operator("ArgMax", _arg_rule, attrs=_ARG, conventions=_FIRST)
def argmax(use: Call, x: Tensor) -> Tensor:
    """``min {k | x[.., k, ..] = max_l x[.., l, ..]}``, the ``max`` of these by ``select_last_index``"""
    return _arg(use, x, greatest)


@operator("ArgMin", _arg_rule, attrs=_ARG, conventions=_FIRST)
def argmin(use: Call, x: Tensor) -> Tensor:
    """``min {k | x[.., k, ..] = min_l x[.., l, ..]}``, the ``max`` of these by ``select_last_index``"""
    return _arg(use, x, least)


# -- top k -------------------------------------------------------------------------------------------------------------


def _top_rule(use: Call) -> tuple[TensorType, ...]:
    x = use.type(0)
    check_dtype(use, x.dtype, NUMBERS)
    axis = use.axis("axis", x.rank)
    k, n = scalar_size(use, "k"), x.shape[axis]
    if not dims.at_least(k, 0) or (not dims.equal(k, n) and dims.larger(k, n) is not n):
        raise WrongShape(f"TopK: {k!r} elements of an axis of size {n!r}")
    shape = resized(x.shape, axis, k)
    return TensorType(x.dtype, shape), TensorType(INT64, shape)


@operator(
    "TopK",
    _top_rule,
    (1, 2),
    attrs={"axis": -1, "largest": 1, "sorted": 1},
    static={1: "k"},
    conventions=(
        "of equal elements the one with the lower index comes first; zeros of both signs are equal",
        "a NaN is larger than every number, as where NumPy sorts",
        "results are sorted whether or not sorted asks for it; ONNX leaves the other order open",
    ),
)
def top_k(use: Call, x: Tensor, _k: None) -> tuple[Tensor, Tensor]:
    """The elements of rank ``p = 0, …, k − 1``: those with ``p`` elements before them (better, or equal and earlier)"""
    axis = use.axis("axis", x.rank)
    shape = resized(x.shape, axis, scalar_size(use, "k"))
    n = x.size(axis)

    def better(a: Elem, c: Elem) -> Elem:
        if not use.flag("largest"):
            a, c = c, a
        return (a > c) | (a.is_nan() & ~c.is_nan())

    def rank(i: Index) -> Elem:
        mine = x[i]

        def before(j: Elem) -> Elem:
            other = x[replaced(i, axis, j)]
            return better(other, mine) | (~better(mine, other) & (j < i[axis]))

        return count(n, before)

    ranks = tensor(INDEX, x.shape, rank, use.reading).stored()

    def place(i: Index) -> Elem:
        return least(n, lambda j: j, lambda j: ranks[replaced(i, axis, j)].equals(i[axis]))

    places = tensor(INDEX, shape, place, use.reading).stored()
    values = tensor(x, shape, lambda i: x[replaced(i, axis, places[i])], use.reading)
    return values, tensor(INT64, shape, lambda i: places[i].cast(INT64), use.reading)

"""Reductions along axes.

The axes are the second operand; all of them if none are given, unless ``noop_with_empty_axes``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .. import dims
from ..dims import Shape
from ..dtypes import BOOL, DOUBLE, FLOAT_TYPES, INT8, INT32, INT64, UINT8, UINT32, UINT64, DType, Reading
from ..elements import Elem, index, literal, where
from ..operators import Call, Denotation, Rule, check_dtype, operator
from ..tensors import Index, Tensor, binary, every, greatest, least, nested, product, some, tensor, total, unary
from ..types import TensorType

Fold = Callable[[Sequence[Elem], Callable[[Index], Elem]], Elem]
"""What becomes of the elements that are reduced to one: ``fold(sizes, read)``."""

_NUMBERS = (UINT32, UINT64, INT32, INT64, *FLOAT_TYPES)
_ORDERED = (*_NUMBERS, UINT8, INT8, BOOL)

# -- for all families --------------------------------------------------------------------------------------------------


def kept(shape: Shape, axes: Sequence[int]) -> Shape:
    """``shape`` with size 1 on ``axes``."""
    return tuple(dims.size(1) if a in axes else d for a, d in enumerate(shape))


def reduced(x: Tensor, axes: Sequence[int], fold: Fold) -> Tensor:
    """``x`` reduced by ``fold`` along ``axes``, which stay with size 1."""
    sizes = [x.size(a) for a in axes]

    def element(i: Index) -> Elem:
        def read(k: Index) -> Elem:
            inner = dict(zip(axes, k, strict=True))
            return x[tuple(inner.get(a, at) for a, at in enumerate(i))]

        return fold(sizes, read)

    sample = fold(sizes, lambda k: x[tuple(index(0, x.reading) for _ in x.shape)])
    return tensor(sample.dtype, kept(x.shape, axes), element, x.reading)


def squeezed(x: Tensor, axes: Sequence[int]) -> Tensor:
    """``x`` without ``axes``, whose sizes are 1."""
    zero = index(0, x.reading)

    def element(i: Index) -> Elem:
        rest = iter(i)
        return x[tuple(zero if a in axes else next(rest) for a in range(x.rank))]

    return tensor(x, [d for a, d in enumerate(x.shape) if a not in axes], element, x.reading)


def size_along(x: Tensor, axes: Sequence[int]) -> Elem:
    """The number of elements along ``axes``, as an index."""
    return index(dims.product(x.shape[a] for a in axes), x.reading)


def sum_along(x: Tensor, axes: Sequence[int]) -> Tensor:
    """The sum along ``axes``, which stay."""
    return reduced(x, axes, lambda sizes, read: nested(total, sizes, read))


def mean_along(x: Tensor, axes: Sequence[int]) -> Tensor:
    """The mean along ``axes``, which stay; of integers rounded towards zero."""
    n = size_along(x, axes).cast(x.dtype)
    return unary(lambda a: a / n, sum_along(x, axes))


def top_along(x: Tensor, axes: Sequence[int]) -> Tensor:
    """The maximum along ``axes``, which stay; a NaN wins.  Of nothing −∞, which the reals do not have."""
    return _extreme(x, axes, greatest, some, _lowest(x.dtype))


def bottom_along(x: Tensor, axes: Sequence[int]) -> Tensor:
    """The minimum along ``axes``, which stay; a NaN wins.  Of nothing +∞, which the reals do not have."""
    return _extreme(x, axes, least, every, _highest(x.dtype))


def _lowest(dtype: DType) -> float:
    return float("-inf") if dtype.is_float else dtype.low


def _highest(dtype: DType) -> float:
    return float("inf") if dtype.is_float else dtype.high


def _extreme(
    x: Tensor,
    axes: Sequence[int],
    big: Callable[[Elem, Callable[[Elem], Elem]], Elem],
    of_bools: Callable[[Elem, Callable[[Elem], Elem]], Elem],
    none: float,
) -> Tensor:
    if x.dtype is BOOL:
        return reduced(x, axes, lambda sizes, read: nested(of_bools, sizes, read))

    def fold(sizes: Sequence[Elem], read: Callable[[Index], Elem]) -> Elem:
        value = nested(big, sizes, read)
        if x.dtype.is_float and x.reading is not Reading.IEEE:
            return value
        for n in sizes:
            if not dims.at_least(n.term, 1):
                value = where(n.equals(0), literal(none, x.dtype, x.reading), value)
        return value

    return reduced(x, axes, fold)


# -- the operators -----------------------------------------------------------------------------------------------------


def _axes(use: Call, rank: int) -> tuple[int, ...]:
    if use.get("axes") in (None, ()):
        return () if use.flag("noop_with_empty_axes") else tuple(range(rank))
    return use.axes("axes", rank)


def _rule(allowed: Sequence[DType]) -> Rule:
    def rule(use: Call) -> tuple[TensorType, ...]:
        x = use.type(0)
        check_dtype(use, x.dtype, allowed)
        axes = _axes(use, x.rank)
        rest = tuple(d for a, d in enumerate(x.shape) if a not in axes)
        return (TensorType(x.dtype, kept(x.shape, axes) if use.flag("keepdims") else rest),)

    return rule


def _reduction(
    name: str, allowed: Sequence[DType] = _NUMBERS, conventions: Sequence[str] = ()
) -> Callable[[Denotation], Denotation]:
    attrs = {"axes": None, "keepdims": 1, "noop_with_empty_axes": 0}
    return operator(name, _rule(allowed), (1, 2), attrs, {1: "axes"}, conventions)


def _done(use: Call, x: Tensor, reduce: Callable[[Tensor, Sequence[int]], Tensor]) -> Tensor:
    axes = _axes(use, x.rank)
    out = reduce(x, axes)
    return out if use.flag("keepdims") else squeezed(out, axes)


@_reduction("ReduceSum", conventions=("the sum of nothing is 0",))
def reduce_sum(use: Call, x: Tensor, _axes: None) -> Tensor:
    """``Σ x``"""
    return _done(use, x, sum_along)


@_reduction(
    "ReduceMean",
    conventions=("of integers rounded towards zero", "the mean of nothing is undefined over ℝ and NaN in IEEE"),
)
def reduce_mean(use: Call, x: Tensor, _axes: None) -> Tensor:
    """``Σ x / n``"""
    return _done(use, x, mean_along)


@_reduction(
    "ReduceMax",
    _ORDERED,
    ("a NaN wins", "the maximum of nothing is −∞ (undefined over ℝ) or the least value of the type"),
)
def reduce_max(use: Call, x: Tensor, _axes: None) -> Tensor:
    """``max x``; of Booleans, whether any is true"""
    return _done(use, x, top_along)


@_reduction(
    "ReduceMin",
    _ORDERED,
    ("a NaN wins", "the minimum of nothing is +∞ (undefined over ℝ) or the greatest value of the type"),
)
def reduce_min(use: Call, x: Tensor, _axes: None) -> Tensor:
    """``min x``; of Booleans, whether all are true"""
    return _done(use, x, bottom_along)


@_reduction("ReduceProd", conventions=("the product of nothing is 1",))
def reduce_prod(use: Call, x: Tensor, _axes: None) -> Tensor:
    """``Π x``"""
    return _done(use, x, lambda t, axes: reduced(t, axes, lambda sizes, read: nested(product, sizes, read)))


@_reduction("ReduceL1")
def reduce_l1(use: Call, x: Tensor, _axes: None) -> Tensor:
    """``Σ |x|``"""
    return _done(use, unary(lambda a: a.abs(), x), sum_along)


@_reduction("ReduceL2", conventions=("of integers: the root as a double, rounded towards zero",))
def reduce_l2(use: Call, x: Tensor, _axes: None) -> Tensor:
    """``√(Σ x²)``"""

    def root(a: Elem) -> Elem:
        return a.sqrt() if x.dtype.is_float else a.cast(DOUBLE).sqrt().cast(x.dtype)

    return unary(root, _done(use, unary(lambda a: a * a, x), sum_along))


@_reduction("ReduceSumSquare")
def reduce_sum_square(use: Call, x: Tensor, _axes: None) -> Tensor:
    """``Σ x²``"""
    return _done(use, unary(lambda a: a * a, x), sum_along)


@_reduction("ReduceLogSum", FLOAT_TYPES, ("the logarithm of 0 is −∞ (undefined over ℝ)",))
def reduce_log_sum(use: Call, x: Tensor, _axes: None) -> Tensor:
    """``log Σ x``"""
    return unary(lambda a: a.log(), _done(use, x, sum_along))


@_reduction(
    "ReduceLogSumExp",
    FLOAT_TYPES,
    (
        "an infinite maximum is not subtracted, so that nothing but −∞ gives −∞ (onnx.reference: NaN)",
        "of nothing −∞ (undefined over ℝ)",
    ),
)
def reduce_log_sum_exp(use: Call, x: Tensor, _axes: None) -> Tensor:
    """``m + log Σ exp(x − m)`` with the maximum ``m``"""

    def reduce(t: Tensor, axes: Sequence[int]) -> Tensor:
        shift = unary(lambda m: where(m.is_inf(), m.lit(0), m), top_along(t, axes)).stored()
        powers = binary(lambda a, m: (a - m).exp(), t, shift)
        return binary(lambda s, m: s.log() + m, sum_along(powers, axes), shift)

    return _done(use, x, reduce)

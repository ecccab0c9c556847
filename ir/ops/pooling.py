"""Pools: the maximum, mean or norm of every window of an image, or of the whole image."""

from __future__ import annotations

from collections.abc import Sequence

from .. import dims
from ..dims import Shape
from ..dtypes import FLOAT_TYPES, INT8, INT64, UINT8, DType
from ..elements import Elem, index, where
from ..errors import BadAttribute, WrongShape
from ..operators import REQUIRED, Call, Rule, check_dtype, operator
from ..tensors import Index, Tensor, count, greatest, least, nested, tensor, total, unary
from ..types import TensorType
from .reduction import kept, mean_along, sum_along, top_along
from .windows import ATTRS, Window, all_inside, ints, positions, windows

_CEIL = "ceil_mode has no effect beside auto_pad (onnxruntime: it has with VALID)"
_POOL = {**ATTRS, "kernel_shape": REQUIRED, "ceil_mode": 0}


def _windows(use: Call, shape: Shape) -> tuple[Window, ...]:
    kernel = ints(use, "kernel_shape", len(shape) - 2, 1, 1)
    return windows(use, shape[2:], dims.shape(*kernel))


def _check(use: Call, allowed: Sequence[DType]) -> TensorType:
    x = use.type(0)
    check_dtype(use, x.dtype, allowed)
    if x.rank < 3:
        raise WrongShape(f"{use.op} takes a batch of channels of an image")
    return x


def _pooled(x: Tensor | TensorType, found: Sequence[Window]) -> Shape:
    return (*x.shape[:2], *[w.out.term for w in found])


def _rule(use: Call) -> tuple[TensorType, ...]:
    x = _check(use, FLOAT_TYPES)
    return (TensorType(x.dtype, _pooled(x, _windows(use, x.shape))),)


def _max_rule(use: Call) -> tuple[TensorType, ...]:
    x = _check(use, (*FLOAT_TYPES, INT8, UINT8))
    shape = _pooled(x, _windows(use, x.shape))
    return (TensorType(x.dtype, shape), TensorType(INT64, shape))[: max(use.n_outputs, 1)]


@operator(
    "MaxPool",
    _max_rule,
    attrs={**_POOL, "storage_order": 0},
    conventions=(
        "padding never wins; a window of nothing but padding is undefined (−∞ on extended reals)",
        "a NaN wins (onnx.reference leaves NaNs out, onnxruntime's answer depends on their place)",
        _CEIL,
        "of equal maxima, the index of the first in row-major order; +0 and −0 are equal",
    ),
)
def max_pool(use: Call, x: Tensor) -> tuple[Tensor, ...]:
    """``out[n, c, o] = max_k x[n, c, o·stride + k·dilation − pad]`` inside; and where it is in the flattened ``x``"""
    found = _windows(use, x.shape)

    def element(i: Index) -> Elem:
        n, c, *o = i

        def level(done: Index) -> Elem:
            axis = len(done)
            if axis == len(found):
                return x[(n, c, *positions(found, tuple(o), done))]
            w = found[axis]
            return greatest(w.kernel, lambda k: level((*done, k)), lambda k: w.inside(w.position(o[axis], k)))

        return level(())

    out = tensor(x, _pooled(x, found), element, use.reading)
    if use.n_outputs < 2:
        return (out,)
    out = out.stored()
    return out, _places(use, x, found, out)


def _places(use: Call, x: Tensor, found: Sequence[Window], out: Tensor) -> Tensor:
    """Of every window the first place where ``x`` is the maximum ``out``, as a position in the flattened ``x``."""
    kernel, spatial = [w.kernel for w in found], x.sizes[2:]
    volume = index(dims.product(w.kernel.term for w in found), use.reading)

    def element(i: Index) -> Elem:
        n, c, *o = i

        def at(k: Elem) -> Index:
            return positions(found, tuple(o), _unravel(k, kernel))

        def wins(k: Elem) -> Elem:
            value = x[(n, c, *at(k))]
            return all_inside(found, at(k)) & (value.equals(out[i]) | value.is_nan())

        place = _unravel(least(volume, lambda k: k, wins), kernel)
        inner = positions(found, tuple(o), place)
        if use.flag("storage_order"):
            inner, sizes = inner[::-1], spatial[::-1]
        else:
            sizes = spatial
        flat = n * x.size(1) + c
        for p, d in zip(inner, sizes, strict=True):
            flat = flat * d + p
        return flat.cast(INT64)

    return tensor(INT64, out.shape, element, use.reading)


def _unravel(k: Elem, sizes: Sequence[Elem]) -> Index:
    """The index whose place in row-major order is ``k``."""
    out: list[Elem] = []
    for d in reversed(sizes[1:]):
        out.append(k % d)
        k = k // d
    return (k, *reversed(out))


def _sum(found: Sequence[Window], x: Tensor, i: Index) -> Elem:
    """The sum of a window."""
    n, c, *o = i

    def term(k: Index) -> Elem:
        at = positions(found, tuple(o), k)
        return where(all_inside(found, at), x[(n, c, *at)], 0)

    return nested(total, [w.kernel for w in found], term)


def _members(w: Window, o: Elem, padding: bool) -> Elem:
    """How many elements window ``o`` has along an axis, with padding or without."""
    if padding:
        return count(w.kernel, lambda k: w.position(o, k) < w.n + w.after) if w.ragged else w.kernel
    return w.kernel if w.snug else count(w.kernel, lambda k: w.inside(w.position(o, k)))


@operator(
    "AveragePool",
    _rule,
    attrs={**_POOL, "count_include_pad": 0},
    conventions=(
        _CEIL,
        "what ceil_mode reads beyond the padding never counts; such windows start where the others do, one stride apart",
        "a window of nothing but padding is 0 / 0",
    ),
)
def average_pool(use: Call, x: Tensor) -> Tensor:
    """``out[n, c, o] = Σ_k x[n, c, o·stride + k·dilation − pad] / count``: of elements inside, or with the padding"""
    found = _windows(use, x.shape)

    def element(i: Index) -> Elem:
        members = index(1, use.reading)
        for w, o in zip(found, i[2:], strict=True):
            members = members * _members(w, o, use.flag("count_include_pad"))
        return _sum(found, x, i) / members.cast(x.dtype)

    return tensor(x, _pooled(x, found), element, use.reading)


def _power(use: Call) -> int:
    if use.int("p") < 1:
        raise BadAttribute(f"{use.op}: p is {use.int('p')}")
    return use.int("p")


def _root(a: Elem, p: int) -> Elem:
    """The root of that degree of a number that is not negative."""
    while p % 2 == 0:
        a, p = a.sqrt(), p // 2
    return a if p == 1 else where(a.equals(0), a, (a.log() / p).exp())


def _norm_rule(rule: Rule) -> Rule:
    def checked(use: Call) -> Sequence[TensorType]:
        _power(use)
        return rule(use)

    return checked


@operator(
    "LpPool",
    _norm_rule(_rule),
    attrs={**_POOL, "p": 2},
    conventions=(
        _CEIL,
        "the sum is over what lies inside (onnx.reference scales it up in windows that ceil_mode cuts off)",
    ),
)
def lp_pool(use: Call, x: Tensor) -> Tensor:
    """``out[n, c, o] = (Σ_k |x[n, c, o·stride + k·dilation − pad]|^p)^(1/p)``"""
    found, p = _windows(use, x.shape), _power(use)
    powers = unary(lambda a: a.abs().power(p), x)
    return tensor(x, _pooled(x, found), lambda i: _root(_sum(found, powers, i), p), use.reading)


def _global_rule(use: Call) -> tuple[TensorType, ...]:
    x = _check(use, FLOAT_TYPES)
    return (TensorType(x.dtype, kept(x.shape, range(2, x.rank))),)


@operator("GlobalAveragePool", _global_rule)
def global_average_pool(use: Call, x: Tensor) -> Tensor:
    """``out[n, c] = Σ_k x[n, c, k] / count``"""
    return mean_along(x, range(2, x.rank))


@operator("GlobalMaxPool", _global_rule, conventions=("a NaN wins",))
def global_max_pool(use: Call, x: Tensor) -> Tensor:
    """``out[n, c] = max_k x[n, c, k]``"""
    return top_along(x, range(2, x.rank))


@operator("GlobalLpPool", _norm_rule(_global_rule), attrs={"p": 2})
def global_lp_pool(use: Call, x: Tensor) -> Tensor:
    """``out[n, c] = (Σ_k |x[n, c, k]|^p)^(1/p)``"""
    p = _power(use)
    return unary(lambda s: _root(s, p), sum_along(unary(lambda a: a.abs().power(p), x), range(2, x.rank)))

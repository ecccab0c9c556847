"""Convolutions of any rank, and their transposes."""

from __future__ import annotations

from ...theories.terms.term import Term
from .. import dims
from ..dims import Shape
from ..dtypes import FLOAT_TYPES
from ..elements import Elem, index, where
from ..errors import BadAttribute, WrongDType, WrongShape
from ..operators import Call, check_dtype, check_sizes, operator
from ..tensors import Index, Tensor, nested, tensor, total
from ..types import TensorType
from .windows import ATTRS, SAME, Window, all_inside, ints, normal, pads, positions, split, windows


def _check(use: Call) -> int:
    """The number of groups, of operands that are known to be of the right types and ranks."""
    x, w = use.type(0), use.type(1)
    for t in use.inputs:
        if t is not None:
            check_dtype(use, t.dtype, FLOAT_TYPES)
            if t.dtype is not x.dtype:
                raise WrongDType(f"{use.op}: operands of types {x.dtype.name} and {t.dtype.name}")
    if x.rank < 3 or w.rank != x.rank or (use.has(2) and use.type(2).rank != 1):
        raise WrongShape(f"{use.op} takes a batch of channels of an image, as many axes of weights, and a vector")
    if use.get("kernel_shape") is not None:
        given = ints(use, "kernel_shape", x.rank - 2, 1, 0)
        for k, d in zip(given, w.shape[2:], strict=True):
            check_sizes(use, dims.size(k), d, "kernel_shape")
    if use.int("group") < 1:
        raise BadAttribute(f"{use.op}: group is {use.int('group')}")
    return use.int("group")


def _per_group(use: Call, channels: Term, group: int) -> Term:
    found = dims.divide(channels, dims.size(group))
    if found is None:
        raise WrongShape(f"{use.op}: {channels!r} channels do not make {group} groups")
    return found


def _conv_rule(use: Call) -> tuple[TensorType, ...]:
    group, x, w = _check(use), use.type(0), use.type(1)
    _per_group(use, w.shape[0], group)
    check_sizes(use, x.shape[1], dims.product((w.shape[1], dims.size(group))), "channels")
    if use.has(2):
        check_sizes(use, use.type(2).shape[0], w.shape[0], "bias")
    found = windows(use, x.shape[2:], w.shape[2:])
    return (TensorType(x.dtype, (x.shape[0], w.shape[0], *[v.out.term for v in found])),)


@operator(
    "Conv",
    _conv_rule,
    (2, 3),
    {**ATTRS, "group": 1, "kernel_shape": None},
    conventions=("padding is a zero that is multiplied by the weight",),
)
def conv(use: Call, x: Tensor, w: Tensor, bias: Tensor | None) -> Tensor:
    """``out[n, m, o] = Σ_c Σ_k x[n, g·C + c, o·stride + k·dilation − pad] · w[m, c, k] + bias[m]``

    ``C = w.shape[1]`` and ``g = m // (M / group)``; ``x`` is 0 outside.
    """
    found, group = windows(use, x.shape[2:], w.shape[2:]), use.int("group")
    filters = index(_per_group(use, w.shape[0], group), use.reading)

    def element(i: Index) -> Elem:
        n, m, *o = i

        def term(k: Index) -> Elem:
            c, *inner = k
            at = positions(found, tuple(o), tuple(inner))
            channel = c if group == 1 else m // filters * w.size(1) + c
            return where(all_inside(found, at), x[(n, channel, *at)], 0) * w[(m, *k)]

        out = nested(total, w.sizes[1:], term)
        return out if bias is None else out + bias[m]

    return tensor(x, (x.shape[0], w.shape[0], *[v.out for v in found]), element, use.reading)


def _spread(use: Call, spatial: Shape, kernel: Shape) -> tuple[Window, ...]:
    """The windows of the convolution that is transposed: ``n`` is the size of its input, the result here."""
    rank = len(spatial)
    strides, dilations = ints(use, "strides", rank, 1, 1), ints(use, "dilations", rank, 1, 1)
    extra, explicit = ints(use, "output_padding", rank, 0, 0), pads(use, rank)
    wanted = None if use.get("output_shape") is None else use.sizes("output_shape")
    if wanted is not None and len(wanted) == rank + 2:
        wanted = wanted[2:]
    if wanted is not None and len(wanted) != rank:
        raise BadAttribute(f"{use.op}: output_shape has {len(wanted)} sizes, not {rank}")
    out: list[Window] = []
    for a in range(rank):
        count, k, s, d = index(spatial[a], use.reading), index(kernel[a], use.reading), strides[a], dilations[a]
        full = (count - 1) * s + extra[a] + (k - 1) * d + 1
        if wanted is not None or use.str("auto_pad") in SAME:
            n = normal(count * s) if wanted is None else index(wanted[a], use.reading)
            excess = full - n
            before, after = split(use, normal(excess if use.str("auto_pad") in SAME else excess.max(0)))
        else:
            before, after = index(explicit[a], use.reading), index(explicit[a + rank], use.reading)
            n = normal(full - before - after)
        if (dims.literal(n.term) or 0) < 0:
            raise WrongShape(f"{use.op}: nothing is left on axis {a + 2} without its padding")
        out.append(Window(n, k, s, d, before, after, count))
    return tuple(out)


def _conv_transpose_rule(use: Call) -> tuple[TensorType, ...]:
    group, x, w = _check(use), use.type(0), use.type(1)
    check_sizes(use, x.shape[1], w.shape[0], "channels")
    _per_group(use, x.shape[1], group)
    filters = dims.product((w.shape[1], dims.size(group)))
    if use.has(2):
        check_sizes(use, use.type(2).shape[0], filters, "bias")
    found = _spread(use, x.shape[2:], w.shape[2:])
    return (TensorType(x.dtype, (x.shape[0], filters, *[v.n.term for v in found])),)


@operator(
    "ConvTranspose",
    _conv_transpose_rule,
    (2, 3),
    {**ATTRS, "group": 1, "kernel_shape": None, "output_padding": None, "output_shape": None},
    conventions=(
        "output_shape without auto_pad splits the padding as SAME_LOWER does, whatever pads says",
        "an output_shape beyond what the weights reach is filled at the end with the bias",
        "SAME_* with a stride beyond what the weights reach: the padding is negative, its half rounded down",
    ),
)
def conv_transpose(use: Call, x: Tensor, w: Tensor, bias: Tensor | None) -> Tensor:
    """``out[n, m, p] = Σ_c Σ_{q, k: q·stride + k·dilation − pad = p} x[n, g·C + c, q] · w[g·C + c, m mod M, k] + bias[m]``

    ``C`` channels and ``M = w.shape[1]`` filters a group, ``g = m // M``.
    """
    found, group = _spread(use, x.shape[2:], w.shape[2:]), use.int("group")
    channels = index(_per_group(use, x.shape[1], group), use.reading)

    def element(i: Index) -> Elem:
        n, m, *p = i

        def term(k: Index) -> Elem:
            c, *inner = k
            reached = [v.before + at - e * v.dilation for v, at, e in zip(found, p, inner, strict=True)]
            source = tuple(t // v.stride for v, t in zip(found, reached, strict=True))
            channel = c if group == 1 else m // w.size(1) * channels + c
            return x[(n, channel, *source)] * w[(channel, m if group == 1 else m % w.size(1), *inner)]

        def hits(axis: int, k: Elem) -> Elem:
            v = found[axis]
            t = v.before + p[axis] - k * v.dilation
            inside = (t >= 0) & (t // v.stride < v.out)
            return inside if v.stride == 1 else inside & (t % v.stride).equals(0)

        def level(done: Index) -> Elem:
            axis = len(done) - 1
            if axis == len(found):
                return term(done)
            return total(found[axis].kernel, lambda k: level((*done, k)), lambda k: hits(axis, k))

        out = total(channels, lambda c: level((c,)))
        return out if bias is None else out + bias[m]

    filters = dims.product((w.shape[1], dims.size(group)))
    return tensor(x, (x.shape[0], filters, *[v.n for v in found]), element, use.reading)

"""Parts of a tensor: slices, padding, centred windows, triangles, reversed prefixes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...theories.terms import build as b
from ...theories.terms.term import Term
from .. import dims
from ..dims import Shape
from ..dtypes import INT64
from ..elements import Elem, index, require, where
from ..errors import BadAttribute, WrongDType, WrongShape
from ..operators import Call, check_sizes, normal_axis, operator
from ..tensors import Index, Tensor, tensor
from ..types import TensorType
from .places import replaced, scalar_size
from .structure import ceil_div

# -- slices ------------------------------------------------------------------------------------------------------------

_FAR = (1 << 31) - 1


@dataclass(frozen=True, slots=True)
class _Cut:
    """What Slice reads of an axis: ``size`` elements from ``start`` on, ``step`` apart."""

    start: Term
    step: int
    size: Term


def _bound(t: Term, d: Term, low: Term, high: Term) -> Term:
    """A bound of a slice: counted from the end ``d`` if negative, then brought into ``low .. high``."""
    value = dims.literal(t)
    if value is not None and value >= _FAR:
        return high
    if value is not None and value <= -_FAR:
        return dims.smaller(low, high)
    back = dims.size(b.add(t, d))
    if dims.sign(t) == -1:
        if high is d:
            return dims.larger(back, low)
        t = back
    elif not dims.at_least(t, 0):
        t = dims.size(b.ite(b.lt(t, b.ZERO), back, t))
    return dims.smaller(dims.larger(t, low), high)


def _cut(d: Term, start: Term, end: Term, step: int) -> _Cut:
    """The clamping of ONNX Slice."""
    last = dims.size(b.sub(d, b.ONE))
    if step > 0:
        low, high = _bound(start, d, b.ZERO, d), _bound(end, d, b.ZERO, d)
        span, plain = dims.size(b.sub(high, low)), low is b.ZERO or high is d
    else:
        below = b.integer(-1)
        low, high = _bound(end, d, below, last), _bound(start, d, b.ZERO, last)
        span, plain = dims.size(b.sub(high, low)), low is below and dims.at_least(d, 1) or high is last
    size = ceil_div(span if plain else dims.larger(span, b.ZERO), b.integer(abs(step)))
    return _Cut(low if step > 0 else high, step, size)


def _cuts(use: Call, shape: Shape) -> list[_Cut]:
    starts, ends = use.sizes("starts"), use.sizes("ends")
    rank = len(shape)
    axes = tuple(range(len(starts))) if use.get("axes") is None else use.ints("axes")
    steps = (1,) * len(starts) if use.get("steps") is None else use.ints("steps")
    if not len(starts) == len(ends) == len(axes) == len(steps):
        raise BadAttribute("Slice: starts, ends, axes and steps differ in length")
    out = [_Cut(b.ZERO, 1, d) for d in shape]
    seen: set[int] = set()
    for start, end, at, step in zip(starts, ends, axes, steps, strict=True):
        axis = normal_axis(at, rank, "Slice: axes")
        if step == 0 or axis in seen:
            raise BadAttribute("Slice: a step is 0" if step == 0 else "Slice: axes names an axis twice")
        seen.add(axis)
        out[axis] = _cut(shape[axis], start, end, step)
    return out


def _slice_rule(use: Call) -> tuple[TensorType, ...]:
    x = use.type(0)
    return (TensorType(x.dtype, tuple(c.size for c in _cuts(use, x.shape))),)


@operator(
    "Slice",
    _slice_rule,
    (1, 5),
    attrs={"axes": None, "steps": None},
    static={1: "starts", 2: "ends", 3: "axes", 4: "steps"},
    conventions=(
        "a bound of 2³¹ − 1 or more is the end of the axis, one of −2³¹ + 1 or less its start",
        "backwards to an end of 2³¹ − 1 there is nothing, as the clamping of ONNX has it; onnxruntime gives elements",
    ),
)
def slice_(use: Call, x: Tensor, *_: None) -> Tensor:
    """``out[i] = x[start + i · step]``, with bounds counted from the end if negative and brought into range"""
    cuts = _cuts(use, x.shape)

    def read(i: Index) -> Elem:
        return x[tuple(k * c.step + index(c.start, use.reading) for k, c in zip(i, cuts, strict=True))]

    return tensor(x, [c.size for c in cuts], read, use.reading)


# -- padding -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Margin:
    """Padding of an axis: of its ``kept`` elements after the first ``skip``, with ``before`` and ``after`` added."""

    skip: Term
    kept: Term
    before: Term
    after: Term

    @property
    def size(self) -> Term:
        return dims.size(b.add(b.add(self.before, self.kept), self.after))


def _margins(use: Call, shape: Shape) -> list[_Margin]:
    rank = len(shape)
    axes = tuple(range(rank)) if use.get("axes") is None else use.ints("axes")
    pads = use.sizes("pads")
    if len(pads) != 2 * len(axes):
        raise BadAttribute(f"Pad: {len(pads)} pads for {len(axes)} axes")
    out = [_Margin(b.ZERO, d, b.ZERO, b.ZERO) for d in shape]
    seen: set[int] = set()
    for at, low, high in zip(axes, pads[: len(axes)], pads[len(axes) :], strict=True):
        axis = normal_axis(at, rank, "Pad: axes")
        if axis in seen:
            raise BadAttribute("Pad: axes names an axis twice")
        seen.add(axis)
        skip, cut = (dims.larger(dims.size(b.neg(p)), b.ZERO) for p in (low, high))
        kept = dims.size(b.sub(b.sub(shape[axis], skip), cut))
        if kept is not shape[axis] and not dims.at_least(kept, 0):
            raise WrongShape(f"Pad: the pads {low!r} and {high!r} may remove more than the size {shape[axis]!r}")
        out[axis] = _Margin(skip, kept, dims.larger(low, b.ZERO), dims.larger(high, b.ZERO))
    return out


def _pad_rule(use: Call) -> tuple[TensorType, ...]:
    x = use.type(0)
    if use.str("mode") not in ("constant", *_OUTSIDE):
        raise BadAttribute(f"Pad: there is no mode {use.str('mode')}")
    margins = _margins(use, x.shape)
    if use.has(2):
        value = use.type(2)
        if value.dtype is not x.dtype:
            raise WrongDType(f"Pad: constant_value of type {value.dtype.name} for {x.dtype.name}")
        if value.shape not in ((), (b.ONE,)):
            raise WrongShape(f"Pad: constant_value has shape {dims.show(value.shape)}")
    if use.str("mode") != "constant":
        for m, d in zip(margins, x.shape, strict=True):
            sure = (m.kept is d and d is not b.ZERO) or dims.at_least(m.kept, 1)
            if m.size is not m.kept and not sure:
                raise WrongShape(f"Pad: nothing to {use.str('mode')}")
    return (TensorType(x.dtype, tuple(m.size for m in margins)),)


def _reflect(k: Elem, m: _Margin) -> Elem:
    """``|k|`` up to the last element, and back from there: a wave of period ``2 (n − 1)``."""
    n = index(m.kept, k.reading)
    last = n - 1
    once = all(dims.at_least(b.sub(m.kept, p), 1) for p in (m.before, m.after))
    if once:
        out = k if m.after is b.ZERO else where(k > last, last * 2 - k, k)
        return out if m.before is b.ZERO else where(k < 0, -k, out)
    period = index(dims.larger(dims.size(b.mul(last.term, b.integer(2))), b.ONE), k.reading)
    wave = k % period
    return where(wave < n, wave, period - wave)


def _edge(k: Elem, m: _Margin) -> Elem:
    out = k if m.after is b.ZERO else k.min(index(m.kept, k.reading) - 1)
    return out if m.before is b.ZERO else out.max(0)


def _wrap(k: Elem, m: _Margin) -> Elem:
    return k % index(m.kept, k.reading)


_OUTSIDE: dict[str, Callable[[Elem, _Margin], Elem]] = {"reflect": _reflect, "edge": _edge, "wrap": _wrap}


@operator(
    "Pad",
    _pad_rule,
    (1, 4),
    attrs={"mode": "constant", "axes": None},
    static={1: "pads", 3: "axes"},
    conventions=(
        "a negative pad removes elements, before any are added",
        "reflect goes back and forth as often as needed; the only element of an axis of size 1 is repeated",
    ),
)
def pad(use: Call, x: Tensor, _pads: None, value: Tensor | None, _axes: None) -> Tensor:
    """``out[i] = x[i − before]``; outside of ``x`` the constant, or the element that the mode names"""
    margins = _margins(use, x.shape)
    mode = use.str("mode")

    def read(i: Index) -> Elem:
        at: list[Elem] = []
        inside: list[Elem] = []
        for k, m in zip(i, margins, strict=True):
            k = k - index(m.before, use.reading)
            if mode != "constant" and not (m.before is b.ZERO and m.after is b.ZERO):
                k = _OUTSIDE[mode](k, m)
            elif m.before is not b.ZERO:
                inside.append(k >= 0)
            if mode == "constant" and m.after is not b.ZERO:
                inside.append(k < index(m.kept, use.reading))
            at.append(k + index(m.skip, use.reading))
        out = x[tuple(at)]
        if not inside:
            return out
        within = inside[0]
        for condition in inside[1:]:
            within = within & condition
        zero = x.lit(0) if value is None else value[(index(0, use.reading),) * value.rank]
        return where(within, out, zero)

    return tensor(x, [m.size for m in margins], read, use.reading)


# -- centred windows ---------------------------------------------------------------------------------------------------


def _centred(use: Call, shape: Shape) -> list[tuple[Term, Term]]:
    """For each axis its new size, and where the window begins: below 0 if it is larger than the axis."""
    axes = tuple(range(len(shape))) if use.get("axes") is None else use.ints("axes")
    wanted = use.sizes("shape")
    if len(axes) != len(wanted):
        raise BadAttribute(f"CenterCropPad: {len(wanted)} sizes for {len(axes)} axes")
    out = [(d, b.ZERO) for d in shape]
    for at, size in zip(axes, wanted, strict=True):
        axis = normal_axis(at, len(shape), "CenterCropPad: axes")
        if dims.sign(size) == -1:
            raise WrongShape(f"CenterCropPad: the size {size!r} is negative")
        less = dims.size(b.sub(shape[axis], size))
        cut, added = (dims.larger(t, b.ZERO) for t in (less, dims.size(b.neg(less))))
        out[axis] = size, dims.size(b.sub(b.idiv(cut, b.integer(2)), b.idiv(added, b.integer(2))))
    return out


def _centre_rule(use: Call) -> tuple[TensorType, ...]:
    x = use.type(0)
    return (TensorType(x.dtype, tuple(size for size, _ in _centred(use, x.shape))),)


@operator("CenterCropPad", _centre_rule, (1, 2), attrs={"axes": None}, static={1: "shape"})
def center_crop_pad(use: Call, x: Tensor, _shape: None) -> Tensor:
    """``out[i] = x[i + ⌊(n − m) / 2⌋]`` on an axis of size ``n`` cut to ``m``, ``x[i − ⌊(m − n) / 2⌋]`` or 0 if padded"""
    windows = _centred(use, x.shape)

    def read(i: Index) -> Elem:
        at = tuple(k + index(start, use.reading) for k, (_, start) in zip(i, windows, strict=True))
        out = x[at]
        for k, d, (size, _) in reversed(list(zip(at, x.shape, windows, strict=True))):
            if dims.larger(size, d) is not d:
                out = where((k >= 0) & (k < index(d, use.reading)), out, 0)
        return out

    return tensor(x, [size for size, _ in windows], read, use.reading)


# -- triangles and reversed prefixes -----------------------------------------------------------------------------------


def _trilu_rule(use: Call) -> tuple[TensorType, ...]:
    x = use.type(0)
    if x.rank < 2:
        raise WrongShape(f"Trilu takes matrices, not rank {x.rank}")
    scalar_size(use, "k")
    return (x,)


@operator("Trilu", _trilu_rule, (1, 2), attrs={"upper": 1, "k": 0}, static={1: "k"})
def trilu(use: Call, x: Tensor, _k: None) -> Tensor:
    """``out[.., i, j] = x[.., i, j] if j − i >= k else 0`` (``j − i <= k`` for the lower triangle)"""
    k = index(scalar_size(use, "k"), use.reading)

    def read(i: Index) -> Elem:
        row, column = i[-2] + k, i[-1]
        return where(column >= row if use.flag("upper") else column <= row, x[i], 0)

    return tensor(x, x.shape, read, use.reading)


def _reverse_rule(use: Call) -> tuple[TensorType, ...]:
    x, lengths = use.type(0), use.type(1)
    if x.rank < 2:
        raise WrongShape(f"ReverseSequence takes rank 2 or more, not {x.rank}")
    batch, time = use.axis("batch_axis", x.rank), use.axis("time_axis", x.rank)
    if batch == time:
        raise BadAttribute("ReverseSequence: batch_axis and time_axis are one")
    if lengths.dtype is not INT64:
        raise WrongDType(f"ReverseSequence: lengths of type {lengths.dtype.name}")
    if lengths.rank != 1:
        raise WrongShape(f"ReverseSequence: lengths of rank {lengths.rank}")
    check_sizes(use, lengths.shape[0], x.shape[batch], "lengths and batch")
    return (x,)


@operator("ReverseSequence", _reverse_rule, (2, 2), attrs={"batch_axis": 1, "time_axis": 0})
def reverse_sequence(use: Call, x: Tensor, lengths: Tensor) -> Tensor:
    """``out[t, n] = x[L − 1 − t if t < L else t, n]`` with ``L = lengths[n]``, defined for ``0 <= L <= size of t``"""
    batch, time = use.axis("batch_axis", x.rank), use.axis("time_axis", x.rank)

    def read(i: Index) -> Elem:
        t, length = i[time], lengths[i[batch]].index()
        there = where(t < length, length - 1 - t, t)
        return require((length >= 0) & (length <= x.size(time)), x[replaced(i, time, there)])

    return tensor(x, x.shape, read, use.reading)

"""Resizing by interpolation, along every axis in turn.

A place of the result is a place of the operand in between its elements: a rational number, kept as a quotient of
integers, so that symbolic sizes work and which elements are read does not depend on a rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from ...theories.terms import build as b
from ...theories.terms.term import Term
from .. import dims
from ..dims import Shape
from ..dtypes import BFLOAT16, FLOAT, FLOAT16, FLOAT_TYPES, DType
from ..elements import Elem, index, where
from ..errors import BadAttribute, UnsupportedOperator, WrongShape
from ..operators import Call, check_dtype, normal_axis, operator
from ..tensors import Index, Tensor, tensor
from ..types import TensorType

# -- sizes and scales --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Axis:
    """An axis of size ``old`` that becomes ``new``, scaled by ``up / down``; ``roi`` is the part of it that is read."""

    old: Term
    new: Term
    up: Term
    down: Term
    roi: tuple[Fraction, Fraction]

    @property
    def kept(self) -> bool:
        """Whether it stays as it is."""
        return self.up is self.down and self.new is self.old and self.roi == (0, 1)


def _fraction(d: Term) -> int:
    value = dims.literal(d)
    if value is None:
        raise WrongShape(f"Resize: the aspect ratio of size {d!r} is not known")
    return value


def _scaled(d: Term, scale: float, roi: tuple[Fraction, Fraction]) -> _Axis:
    """``⌊d · scale⌋``: the product of a known size is a float32, as in ONNX's shape inference."""
    exact = Fraction(scale)
    if exact <= 0:
        raise BadAttribute(f"Resize: a scale is {scale}")
    up, down = b.integer(exact.numerator), b.integer(exact.denominator)
    known = dims.literal(d)
    if known is not None:
        return _Axis(d, b.integer(int(np.float32(known) * np.float32(scale))), up, down, roi)
    if exact.denominator > 256:
        raise WrongShape(f"Resize: the scale {scale} of a size {d!r} that is not known")
    new = dims.size(b.mul(d, up))
    return _Axis(d, new if down is b.ONE else dims.size(b.idiv(new, down)), up, down, roi)


def _sized(d: Term, new: Term, roi: tuple[Fraction, Fraction]) -> _Axis:
    if dims.sign(new) == -1 or d is b.ZERO:
        raise WrongShape(f"Resize: from size {d!r} to {new!r}")
    up, down = dims.divide(new, d), dims.divide(d, new) if new is not b.ZERO else None
    if up is not None:
        return _Axis(d, new, up, b.ONE, roi)
    return _Axis(d, new, b.ONE, down, roi) if down is not None else _Axis(d, new, new, d, roi)


def _given(use: Call, name: str) -> bool:
    """Whether an optional list is given and not empty."""
    return use.get(name) not in (None, ())


def _axes(use: Call, shape: Shape) -> list[_Axis]:
    rank = len(shape)
    named = tuple(range(rank)) if use.get("axes") is None else use.ints("axes")
    axes = [normal_axis(a, rank, "Resize: axes") for a in named]
    if len(set(axes)) != len(axes):
        raise BadAttribute("Resize: axes names an axis twice")
    if _given(use, "scales") == _given(use, "sizes"):
        raise BadAttribute("Resize takes either scales or sizes")
    roi = [(Fraction(0), Fraction(1))] * len(axes)
    if use.str("coordinate_transformation_mode") == "tf_crop_and_resize":
        bounds = [Fraction(v) for v in use.get("roi") or ()]
        if len(bounds) != 2 * len(axes):
            raise BadAttribute(f"Resize: {len(bounds)} bounds of the region for {len(axes)} axes")
        roi = list(zip(bounds[: len(axes)], bounds[len(axes) :], strict=True))
    out = [_Axis(d, d, b.ONE, b.ONE, (Fraction(0), Fraction(1))) for d in shape]
    scales: tuple[float, ...] = use.get("scales") or ()
    given = use.sizes("sizes") if not scales else ()
    if len(scales or given) != len(axes):
        raise BadAttribute(f"Resize: {len(scales or given)} scales or sizes for {len(axes)} axes")
    if scales:
        for a, scale, part in zip(axes, scales, roi, strict=True):
            out[a] = _scaled(shape[a], scale, part)
    elif use.str("keep_aspect_ratio_policy") == "stretch":
        for a, new, part in zip(axes, given, roi, strict=True):
            out[a] = _sized(shape[a], new, part)
    else:
        pick = {"not_larger": min, "not_smaller": max}.get(use.str("keep_aspect_ratio_policy"))
        if pick is None:
            raise BadAttribute(f"Resize: there is no policy {use.str('keep_aspect_ratio_policy')}")
        scale = pick(Fraction(_fraction(new), _fraction(shape[a])) for a, new in zip(axes, given, strict=True))
        up, down = b.integer(scale.numerator), b.integer(scale.denominator)
        for a, part in zip(axes, roi, strict=True):
            new = b.integer((2 * scale * _fraction(shape[a]) + 1) // 2)
            out[a] = _Axis(shape[a], new, up, down, part)
    return out


# -- coordinates -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """The number ``above / below``, with ``below > 0``."""

    above: Elem
    below: Elem

    def floor(self) -> Elem:
        return self.above // self.below

    def ceil(self) -> Elem:
        return -((-self.above) // self.below)


def _place(mode: str, i: Elem, axis: _Axis) -> _Place:
    """``x_original`` of ONNX Resize for the place ``i`` of the result."""
    old, new, up, down = (index(t, i.reading) for t in (axis.old, axis.new, axis.up, axis.down))
    half = (i * 2 + 1) * down - up  # over 2 up
    width = old * up  # over down: the width before it is rounded
    if mode == "half_pixel":
        return _Place(half, up * 2)
    if mode == "half_pixel_symmetric":
        return _Place(half + (width - new * down), up * 2)
    if mode == "pytorch_half_pixel":
        if dims.at_least(axis.new, 2):
            return _Place(half, up * 2)
        return _Place(where(new > 1, half, 0), up * 2)
    if mode == "asymmetric":
        return _Place(i * down, up)
    gaps = dims.size(b.sub(b.mul(axis.old, axis.up), axis.down))  # the width less 1, over down
    below = index(dims.larger(gaps, b.ONE), i.reading)  # for a width of 1 there is only the place 0
    if mode == "align_corners":
        return _Place(i * (old - 1) * down, below)
    start, end = axis.roi
    if dims.sign(gaps) is None:
        raise WrongShape(f"Resize: whether the size {axis.new!r} is 1 is not known")
    if dims.sign(gaps) == 0:
        middle = (start + end) / 2
        return _Place((old - 1) * middle.numerator, index(middle.denominator, i.reading))
    scale = start.denominator * end.denominator
    span, first = int((end - start) * scale), int(start * scale)
    return _Place(i * span * (old - 1) * down + (old - 1) * first * below, below * scale)


_COORDINATES = (
    "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_crop_and_resize",
)  # fmt: skip
_NEAREST: dict[str, Callable[[_Place], Elem]] = {
    "floor": _Place.floor,
    "ceil": _Place.ceil,
    "round_prefer_floor": lambda p: _Place(p.above * 2 - p.below, p.below * 2).ceil(),
    "round_prefer_ceil": lambda p: _Place(p.above * 2 + p.below, p.below * 2).floor(),
}


# -- interpolation -----------------------------------------------------------------------------------------------------

_Tap = tuple[Elem, Elem | None]
"""An index of the operand with its weight; None for 1."""


def _taps(use: Call, place: _Place, axis: _Axis, dtype: DType) -> list[_Tap]:
    """The elements along an axis that make up one of the result; places outside are those at the border."""
    last = index(axis.old, use.reading) - 1

    def inside(k: Elem) -> Elem:
        return k.max(0).min(last)

    if use.str("mode") == "nearest":
        return [(inside(_NEAREST[use.str("nearest_mode")](place)), None)]
    k = place.floor()
    t = (place.above % place.below).cast(dtype) / place.below.cast(dtype)
    if use.str("mode") == "linear":
        return [(inside(k), 1 - t), (inside(k + 1), t)]
    weights = _cubic(t, use.float("cubic_coeff_a"))
    places = [k - 1, k, k + 1, k + 2]
    if use.flag("exclude_outside"):
        weights = [where((p >= 0) & (p <= last), w, 0) for p, w in zip(places, weights, strict=True)]
        whole = weights[0] + weights[1] + weights[2] + weights[3]
        weights = [w / whole for w in weights]
    return [(inside(p), w) for p, w in zip(places, weights, strict=True)]


def _cubic(t: Elem, a: float) -> list[Elem]:
    """The cubic convolution kernel (Keys 1981, equation 4) at the distances ``1 + t``, ``t``, ``1 − t``, ``2 − t``."""

    def near(s: Elem) -> Elem:
        return ((a + 2) * s - (a + 3)) * s * s + 1

    def far(s: Elem) -> Elem:
        return ((a * s - 5 * a) * s + 8 * a) * s - 4 * a

    return [far(t + 1), near(t), near(1 - t), far(2 - t)]


def _resize_rule(use: Call) -> tuple[TensorType, ...]:
    x = use.type(0)
    mode, coordinates = use.str("mode"), use.str("coordinate_transformation_mode")
    if mode not in ("nearest", "linear", "cubic") or coordinates not in _COORDINATES:
        raise BadAttribute(f"{use.op}: there is no mode {mode} with {coordinates}")
    if use.str("nearest_mode") not in _NEAREST:
        raise BadAttribute(f"{use.op}: there is no nearest_mode {use.str('nearest_mode')}")
    if use.flag("antialias") and mode != "nearest":
        raise UnsupportedOperator(f"{use.op} with antialias")
    if mode != "nearest":
        check_dtype(use, x.dtype, FLOAT_TYPES)
    return (TensorType(x.dtype, tuple(a.new for a in _axes(use, x.shape))),)


@operator(
    "Resize",
    _resize_rule,
    (1, 4),
    attrs={
        "antialias": 0,
        "axes": None,
        "coordinate_transformation_mode": "half_pixel",
        "cubic_coeff_a": -0.75,
        "exclude_outside": 0,
        "extrapolation_value": 0.0,
        "keep_aspect_ratio_policy": "stretch",
        "mode": "nearest",
        "nearest_mode": "round_prefer_floor",
        "roi": None,
        "scales": None,
        "sizes": None,
    },
    static={1: "roi", 2: "scales", 3: "sizes"},
    conventions=(
        "coordinates are exact rational numbers; implementations round them, and may read another element at a tie",
        "align_corners divides by the width before it is rounded, less 1, as ONNX's own tests do",
        "16-bit floats are interpolated in float32",
        "exclude_outside only matters to cubic interpolation",
    ),
)
def resize(use: Call, x: Tensor, *_: None) -> Tensor:
    """``out[i] = Σ_k w(i, k) · x[k]``: the nearest element, or linear or cubic weights on every axis"""
    return _resized(use, x)


def _resized(use: Call, x: Tensor) -> Tensor:
    axes = _axes(use, x.shape)
    wide = FLOAT if x.dtype in (FLOAT16, BFLOAT16) and use.str("mode") != "nearest" else x.dtype
    crop = use.str("coordinate_transformation_mode") == "tf_crop_and_resize"

    def read(i: Index) -> Elem:
        places = [
            None if a.kept else _place(use.str("coordinate_transformation_mode"), k, a)
            for k, a in zip(i, axes, strict=True)
        ]
        taps: list[list[_Tap]] = [
            [(k, None)] if p is None else _taps(use, p, a, wide) for k, a, p in zip(i, axes, places, strict=True)
        ]

        def mixed(at: Index) -> Elem:
            if len(at) == len(axes):
                return x[at].cast(wide)
            out: Elem | None = None
            for k, weight in taps[len(at)]:
                part = mixed((*at, k)) if weight is None else weight * mixed((*at, k))
                out = part if out is None else out + part
            assert out is not None
            return out

        out = mixed(()).cast(x.dtype)
        for p, a in zip(places, axes, strict=True):
            if crop and p is not None:
                last = index(a.old, use.reading) - 1
                out = where((p.above < 0) | (p.above > last * p.below), x.lit(use.float("extrapolation_value")), out)
        return out

    return tensor(x, [a.new for a in axes], read, use.reading)


def _upsampling(use: Call) -> Call:
    """The use of Resize that a use of Upsample is."""
    old = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    return replace(use, attrs={**_RESIZE_DEFAULTS, **use.attrs, **old})


_RESIZE_DEFAULTS = {
    "antialias": 0, "exclude_outside": 0, "cubic_coeff_a": -0.75, "keep_aspect_ratio_policy": "stretch",
}  # fmt: skip


@operator(
    "Upsample",
    lambda use: _resize_rule(_upsampling(use)),
    (1, 2),
    attrs={"mode": "nearest"},
    static={1: "scales"},
    conventions=("as Resize with asymmetric coordinates, and the nearest element below", "ONNX withdrew the operator"),
)
def upsample(use: Call, x: Tensor, _scales: None) -> Tensor:
    """``out[i] = x[⌊i / scale⌋]``, or linear weights"""
    return _resized(_upsampling(use), x)

"""Resizing by interpolation, along every axis in turn."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from ..dtypes import BFLOAT16, FLOAT, FLOAT16, FLOAT_TYPES, DType
from ..elements import Elem, index, where
from ..errors import BadAttribute
from ..operators import Call, check_dtype, operator
from ..tensors import Index, Tensor, tensor, total
from ..types import TensorType
from .coordinates import COORDINATES, NEAREST, Axis, Place, known, place_of, resized_axes

# -- interpolation -----------------------------------------------------------------------------------------------------

_Tap = tuple[Elem, Elem | None]
"""An index of the operand with its weight; None for 1."""


@dataclass(frozen=True, slots=True)
class _Filter:
    """The weights of ``n`` elements, and where these are."""

    n: int
    weight: Callable[[Elem], Elem]
    at: Callable[[Elem], Elem]


def _filter(use: Call, place: Place, axis: Axis, dtype: DType) -> _Filter:
    """The kernel of an interpolation stretched by ``1 / scale``, with its weights made to add up to 1."""
    scale = Fraction(known(axis.up), known(axis.down))
    reach = 1 if use.str("mode") == "linear" else 2
    first = math.floor(-reach / scale) + 1
    n = 2 - 2 * first
    last = index(axis.old, use.reading) - 1
    t = (place.above % place.below).cast(dtype) / place.below.cast(dtype)

    def outer(j: Elem) -> Elem:
        return place.floor() + first + j

    def raw(j: Elem) -> Elem:
        distance = ((j + first).cast(dtype) - t).abs() * scale
        if reach == 1:
            weight = (1 - distance).max(0)
        else:
            near, far = _cubic(distance, use.float("cubic_coeff_a"))
            weight = where(distance <= 1, near, where(distance < 2, far, 0))
        k = outer(j)
        return where((k >= 0) & (k <= last), weight, 0) if use.flag("exclude_outside") else weight

    whole = total(index(n, use.reading), raw)
    return _Filter(n, lambda j: raw(j) / whole, lambda j: outer(j).max(0).min(last))


def _taps(use: Call, place: Place, axis: Axis, dtype: DType) -> list[_Tap] | _Filter:
    """The elements along an axis that make up one of the result; places outside are those at the border."""
    if use.flag("antialias") and axis.shrinks:
        return _filter(use, place, axis, dtype)
    last = index(axis.old, use.reading) - 1

    def inside(k: Elem) -> Elem:
        return k.max(0).min(last)

    if use.str("mode") == "nearest":
        return [(inside(NEAREST[use.str("nearest_mode")](place)), None)]
    k = place.floor()
    t = (place.above % place.below).cast(dtype) / place.below.cast(dtype)
    if use.str("mode") == "linear":
        return [(inside(k), 1 - t), (inside(k + 1), t)]
    a = use.float("cubic_coeff_a")
    weights = [_cubic(t + 1, a)[1], _cubic(t, a)[0], _cubic(1 - t, a)[0], _cubic(2 - t, a)[1]]
    places = [k - 1, k, k + 1, k + 2]
    if use.flag("exclude_outside"):
        weights = [where((p >= 0) & (p <= last), w, 0) for p, w in zip(places, weights, strict=True)]
        whole = weights[0] + weights[1] + weights[2] + weights[3]
        weights = [w / whole for w in weights]
    return [(inside(p), w) for p, w in zip(places, weights, strict=True)]


def _cubic(s: Elem, a: float) -> tuple[Elem, Elem]:
    """The cubic convolution kernel (Keys 1981, equation 4) at a distance of at most 1, and of 1 to 2."""
    near = ((a + 2) * s - (a + 3)) * s * s + 1
    return near, ((a * s - 5 * a) * s + 8 * a) * s - 4 * a


def _resize_rule(use: Call) -> tuple[TensorType, ...]:
    x = use.type(0)
    mode, coordinates = use.str("mode"), use.str("coordinate_transformation_mode")
    if mode not in ("nearest", "linear", "cubic") or coordinates not in COORDINATES:
        raise BadAttribute(f"{use.op}: there is no mode {mode} with {coordinates}")
    if use.str("nearest_mode") not in NEAREST:
        raise BadAttribute(f"{use.op}: there is no nearest_mode {use.str('nearest_mode')}")
    if use.flag("antialias") and mode == "nearest":
        raise BadAttribute(f"{use.op}: antialias with mode nearest")
    if mode != "nearest":
        check_dtype(use, x.dtype, FLOAT_TYPES)
    axes = resized_axes(use, x.shape)
    for a in axes:
        if not a.kept:
            place_of(coordinates, index(0), a)  # refuses what it cannot tell of symbols
        if use.flag("antialias"):
            _ = a.shrinks
    return (TensorType(x.dtype, tuple(a.new for a in axes)),)


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
    axes = resized_axes(use, x.shape)
    wide = FLOAT if x.dtype in (FLOAT16, BFLOAT16) and use.str("mode") != "nearest" else x.dtype
    crop = use.str("coordinate_transformation_mode") == "tf_crop_and_resize"

    def read(i: Index) -> Elem:
        places = [
            None if a.kept else place_of(use.str("coordinate_transformation_mode"), k, a)
            for k, a in zip(i, axes, strict=True)
        ]
        taps = [[(k, None)] if p is None else _taps(use, p, a, wide) for k, a, p in zip(i, axes, places, strict=True)]

        def mixed(at: Index) -> Elem:
            if len(at) == len(axes):
                return x[at].cast(wide)
            along = taps[len(at)]
            if isinstance(along, _Filter):
                n, weigh, where_ = index(along.n, use.reading), along.weight, along.at
                return total(n, lambda j: weigh(j) * mixed((*at, where_(j))))
            out: Elem | None = None
            for k, weight in along:
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

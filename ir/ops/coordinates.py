"""Axes that are resized, and where the places of the result lie in the operand.

A place of the result is a place of the operand in between its elements: a rational number, kept as a quotient of
integers, so that symbolic sizes work and which elements are read does not depend on a rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ...theories.terms import build as b
from ...theories.terms.term import Term
from .. import dims
from ..dims import Shape
from ..elements import Elem, index, where
from ..errors import BadAttribute, WrongShape
from ..operators import Call, normal_axis

# -- sizes and scales --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Axis:
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

    @property
    def shrinks(self) -> bool:
        """Whether the scale is below 1; WrongShape if that is not known, or how much."""
        if dims.sign(b.sub(self.down, self.up)) in (-1, 0):
            return False
        return known(self.up) < known(self.down)


def known(d: Term) -> int:
    """The value of a size; WrongShape if it contains symbols."""
    value = dims.literal(d)
    if value is None:
        raise WrongShape(f"Resize: the size {d!r} is not a known number")
    return value


def _scaled(d: Term, scale: float, roi: tuple[Fraction, Fraction]) -> Axis:
    """``⌊d · scale⌋``: the product of a known size is a float32, as in ONNX's shape inference."""
    exact = Fraction(scale)
    if exact <= 0:
        raise BadAttribute(f"Resize: a scale is {scale}")
    up, down = b.integer(exact.numerator), b.integer(exact.denominator)
    old = dims.literal(d)
    if old is not None:
        return Axis(d, b.integer(int(np.float32(old) * np.float32(scale))), up, down, roi)
    if exact.denominator > 256:
        raise WrongShape(f"Resize: the scale {scale} of a size {d!r} that is not known")
    new = dims.size(b.mul(d, up))
    return Axis(d, new if down is b.ONE else dims.size(b.idiv(new, down)), up, down, roi)


def _sized(d: Term, new: Term, roi: tuple[Fraction, Fraction]) -> Axis:
    if dims.sign(new) == -1 or d is b.ZERO:
        raise WrongShape(f"Resize: from size {d!r} to {new!r}")
    up, down = dims.divide(new, d), dims.divide(d, new) if new is not b.ZERO else None
    if up is not None:
        return Axis(d, new, up, b.ONE, roi)
    return Axis(d, new, b.ONE, down, roi) if down is not None else Axis(d, new, new, d, roi)


def _given(use: Call, name: str) -> bool:
    """Whether an optional list is given and not empty."""
    return use.get(name) not in (None, ())


def resized_axes(use: Call, shape: Shape) -> list[Axis]:
    """What becomes of every axis, by the attributes of ONNX Resize."""
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
    out = [Axis(d, d, b.ONE, b.ONE, (Fraction(0), Fraction(1))) for d in shape]
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
        scale = pick(Fraction(known(new), known(shape[a])) for a, new in zip(axes, given, strict=True))
        up, down = b.integer(scale.numerator), b.integer(scale.denominator)
        for a, part in zip(axes, roi, strict=True):
            new = b.integer((2 * scale * known(shape[a]) + 1) // 2)
            out[a] = Axis(shape[a], new, up, down, part)
    return out


# -- coordinates -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """The number ``above / below``, with ``below > 0``."""

    above: Elem
    below: Elem

    def floor(self) -> Elem:
        """The integer at or below."""
        return self.above // self.below

    def ceil(self) -> Elem:
        """The integer at or above."""
        return -((-self.above) // self.below)


def place_of(mode: str, i: Elem, axis: Axis) -> Place:
    """``x_original`` of ONNX Resize for the place ``i`` of the result."""
    old, new, up, down = (index(t, i.reading) for t in (axis.old, axis.new, axis.up, axis.down))
    half = (i * 2 + 1) * down - up  # over 2 up
    width = old * up  # over down: the width before it is rounded
    if mode == "half_pixel":
        return Place(half, up * 2)
    if mode == "half_pixel_symmetric":
        return Place(half + (width - new * down), up * 2)
    if mode == "pytorch_half_pixel":
        if dims.at_least(axis.new, 2):
            return Place(half, up * 2)
        return Place(where(new > 1, half, 0), up * 2)
    if mode == "asymmetric":
        return Place(i * down, up)
    gaps = dims.size(b.sub(b.mul(axis.old, axis.up), axis.down))  # the width less 1, over down
    below = index(dims.larger(gaps, b.ONE), i.reading)  # for a width of 1 there is only the place 0
    if mode == "align_corners":
        return Place(i * (old - 1) * down, below)
    start, end = axis.roi
    if dims.sign(gaps) is None:
        raise WrongShape(f"Resize: whether the size {axis.new!r} is 1 is not known")
    if dims.sign(gaps) == 0:
        middle = (start + end) / 2
        return Place((old - 1) * middle.numerator, index(middle.denominator, i.reading))
    scale = start.denominator * end.denominator
    span, first = int((end - start) * scale), int(start * scale)
    return Place(i * span * (old - 1) * down + (old - 1) * first * below, below * scale)


COORDINATES = (
    "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_crop_and_resize",
)  # fmt: skip
NEAREST: dict[str, Callable[[Place], Elem]] = {
    "floor": Place.floor,
    "ceil": Place.ceil,
    "round_prefer_floor": lambda p: Place(p.above * 2 - p.below, p.below * 2).ceil(),
    "round_prefer_ceil": lambda p: Place(p.above * 2 + p.below, p.below * 2).floor(),
}

"""Operators whose meaning has changed, or that others have replaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from .... import dims
from ....dtypes import BOOL
from ....errors import BadAttribute, UnsupportedOperator, WrongShape
from ....graph import Ref
from ..site import Site

Adapter = Callable[[Site], tuple[Ref, ...] | None]
Rows = Mapping[str, list[tuple[int, int, Adapter]]]
ALL: Final = 1 << 30


def coerced_to_matrix(site: Site) -> tuple[Ref, ...] | None:
    """Softmax and its kin until opset 12: over all axes from ``axis`` on, as one."""
    x = site.type(0)
    axis = site.attrs.get("axis", 1)
    if not -x.rank <= axis < max(x.rank, 1):
        raise BadAttribute(f"{site.op}: axis is {axis}, but the rank is {x.rank}")
    if axis % max(x.rank, 1) >= x.rank - 1:
        site.attrs["axis"] = -1
        return None
    matrix = site.emit("Flatten", site.needed(0), axis=axis % x.rank)
    result = site.emit(site.op, matrix, axis=-1)
    shape = tuple(d if (k := dims.literal(d)) is None else k for d in x.shape)
    return site.last("Reshape", result, shape=shape)


def batch_normalization(site: Site) -> None:
    """Inference has one value; until opset 8 ``spatial = 0`` normalizes every element on its own."""
    if not site.attrs.get("spatial", 1):
        raise UnsupportedOperator("BatchNormalization with spatial = 0")
    site.drop("spatial")
    if any(site.names[1:]):
        raise UnsupportedOperator("BatchNormalization in training mode")
    site.names = site.names[:1]


def dropout(site: Site) -> tuple[Ref, ...] | None:
    """At inference the operand itself, and a mask that keeps everything."""
    if site.operand(2) is not None and site.known(2) is not False:
        return None
    x = site.needed(0)
    out = site.translator.emit("Identity", (x,), site.names[:1], {})
    if len(site.names) == 1:
        return out
    shape = tuple(d if (k := dims.literal(d)) is None else k for d in site.type(0).shape)
    dtype = BOOL if site.version >= 10 else site.type(0).dtype
    mask = site.translator.emit("ConstantOfShape", (), site.names[1:2], {"shape": shape, "value": (dtype, 1)})
    return (*out, *mask)


def upsample(site: Site) -> tuple[Ref, ...]:
    """Resize with the coordinates and the rounding that Upsample has."""
    scales = site.attrs.pop("scales", None)
    site.op = "Resize"
    if scales is not None:
        site.put(2, None)
        site.give_floats(2, scales)
    else:
        site.put(2, site.operands.pop(1))
    return _asymmetric(site)


def resize_10(site: Site) -> tuple[Ref, ...]:
    """Until opset 10 the scales were the second operand, and coordinates asymmetric."""
    site.put(2, site.operands.pop(1))
    return _asymmetric(site)


def _asymmetric(site: Site) -> tuple[Ref, ...]:
    site.operands = [site.needed(0), None, site.operand(2)]
    mode = site.attrs.get("mode", "nearest")
    if mode not in ("nearest", "linear", "bilinear"):
        raise BadAttribute(f"Resize: mode {mode}")
    site.attrs["mode"] = "linear" if mode == "bilinear" else mode
    site.attrs.update(coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    return site.finish()


def empty_is_absent(*places: int) -> Adapter:
    """Operands that are left out by an empty tensor."""

    def adapt(site: Site) -> None:
        for k in places:
            if k < len(site.operands) and site.empty(k):
                site.operands[k] = None

    return adapt


def group_normalization(site: Site) -> None:
    """Until opset 20 a scale and a bias for each group, not for each channel."""
    groups = site.attrs.get("num_groups", 1)
    channels = dims.literal(site.type(0).shape[1]) if site.type(0).rank > 1 else None
    if channels is None or groups < 1 or channels % groups:
        raise WrongShape(f"GroupNormalization: {groups} groups of {site.type(0)!r}")
    for k in (1, 2):
        column = site.emit("Reshape", site.needed(k), shape=(groups, 1))
        table = site.emit("Expand", column, shape=(groups, channels // groups))
        site.put(k, site.emit("Reshape", table, shape=(channels,)))


def scatter(site: Site) -> None:
    """ScatterElements under its old name."""
    site.op = "ScatterElements"


def range_(site: Site) -> None:
    """The element type is that of the operands, which become attributes."""
    site.attrs["dtype"] = site.type(0).dtype


def grid_sample(site: Site) -> None:
    """Modes under their old names."""
    mode = site.attrs.get("mode", "bilinear")
    site.attrs["mode"] = {"bilinear": "linear", "bicubic": "cubic"}.get(mode, mode)


def roi_align(site: Site) -> None:
    """Coordinates were not shifted by half a pixel."""
    site.attrs.setdefault("coordinate_transformation_mode", "output_half_pixel")


def dft(site: Site) -> None:
    """``axis`` was an attribute."""
    site.give(2, site.attrs.pop("axis", 1))


TABLE: Final[Rows] = {
    **{op: [(1, 12, coerced_to_matrix)] for op in ("Softmax", "LogSoftmax", "Hardmax")},
    "BatchNormalization": [(1, 13, batch_normalization)],
    "DFT": [(17, 19, dft)],
    "Dropout": [(1, ALL, dropout)],
    "GridSample": [(16, 19, grid_sample)],
    "GroupNormalization": [(18, 20, group_normalization)],
    "Range": [(1, ALL, range_)],
    "Resize": [(10, 10, resize_10), (11, ALL, empty_is_absent(1, 2, 3))],
    "RoiAlign": [(10, 15, roi_align)],
    "Scatter": [(1, 10, scatter)],
    "Upsample": [(1, 9, upsample)],
}

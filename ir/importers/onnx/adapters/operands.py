"""Attributes that have become operands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from .... import dims
from ....errors import WrongShape
from ....graph import Ref
from ....operators import normal_axis
from ..site import Site

Adapter = Callable[[Site], tuple[Ref, ...] | None]
Rows = Mapping[str, list[tuple[int, int, Adapter]]]


def integers(**places: int) -> Adapter:
    """Attributes of integers that have become the operands at those places."""

    def adapt(site: Site) -> None:
        for name, k in places.items():
            if name in site.attrs:
                value = site.attrs.pop(name)
                site.give(k, value if isinstance(value, tuple) else (value,))

    return adapt


def clip(site: Site) -> None:
    """``min`` and ``max``; what is left out are the least and the greatest float32, which change nothing but ±∞."""
    low, high = site.attrs.pop("min", None), site.attrs.pop("max", None)
    if low is not None:
        site.put(1, site.scalar(low, "min"))
    if high is not None:
        site.put(2, site.scalar(high, "max"))


def pad(site: Site) -> None:
    """``pads`` and ``value``"""
    value = site.attrs.pop("value", 0.0)
    site.give(1, site.attrs.pop("pads"))
    if value:
        site.put(2, site.scalar(value, "value"))


def split(site: Site) -> None:
    """``split``; without it equal parts, as many as there are values."""
    sizes = site.attrs.pop("split", None)
    if sizes is not None:
        site.give(1, sizes)


def equal_parts(site: Site) -> None:
    """Without ``split`` equal parts, as many as there are values."""
    if site.operand(1) is not None or site.attrs.get("split") is not None:
        return
    x = site.type(0)
    axis = normal_axis(site.attrs.get("axis", 0), x.rank, "Split: axis")
    size = dims.literal(x.shape[axis])
    if size is not None and size % len(site.names):
        raise WrongShape(f"Split: {size} does not make {len(site.names)} equal parts")
    site.attrs["num_outputs"] = len(site.names)


_axes_at_1 = integers(axes=1)
TABLE: Final[Rows] = {
    "Clip": [(6, 10, clip)],
    "Pad": [(2, 10, pad)],
    "Slice": [(1, 9, integers(starts=1, ends=2, axes=3))],
    "Split": [(2, 12, split), (2, 17, equal_parts)],
    "Squeeze": [(1, 12, _axes_at_1)],
    "TopK": [(1, 9, integers(k=1))],
    "Unsqueeze": [(1, 12, _axes_at_1)],
    "ReduceSum": [(1, 12, _axes_at_1)],
    **{
        f"Reduce{kind}": [(1, 17, _axes_at_1)]
        for kind in ("L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "SumSquare")
    },
}

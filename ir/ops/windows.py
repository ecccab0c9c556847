"""Sliding windows of convolutions and pools."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .. import dims
from ..dims import Shape
from ..dtypes import BOOL
from ..elements import Elem, index, literal
from ..errors import BadAttribute, WrongShape
from ..operators import Call
from ..tensors import Index

SAME = ("SAME_UPPER", "SAME_LOWER")
ATTRS = {"auto_pad": "NOTSET", "dilations": None, "pads": None, "strides": None}


@dataclass(frozen=True, slots=True)
class Window:
    """The windows along one axis: window ``o`` reads position ``o·stride + k·dilation − before`` for ``k < kernel``.

    ``n`` is the size of the input, ``out`` the number of windows; with ``ragged`` the last one may reach beyond the
    padding.
    """

    n: Elem
    kernel: Elem
    stride: int
    dilation: int
    before: Elem
    after: Elem
    out: Elem
    ragged: bool = False

    def position(self, o: Elem, k: Elem) -> Elem:
        """Where element ``k`` of window ``o`` lies in the input, if it does."""
        return o * self.stride + k * self.dilation - self.before

    def inside(self, p: Elem) -> Elem:
        """Whether a position lies in the input: plainly true where there is no padding."""
        true = literal(True, BOOL, p.reading)
        return (true if self._none_before else p >= 0) & (true if self._none_after else p < self.n)

    @property
    def _none_before(self) -> bool:
        return dims.literal(self.before.term) == 0

    @property
    def _none_after(self) -> bool:
        return dims.literal(self.after.term) == 0 and not self.ragged

    @property
    def snug(self) -> bool:
        """Whether every window plainly lies in the input."""
        return self._none_before and self._none_after


def ints(use: Call, name: str, count: int, default: int, least: int) -> tuple[int, ...]:
    """A list attribute of ``count`` integers, or as many defaults; BadAttribute."""
    given = (default,) * count if use.get(name) is None else use.ints(name)
    if len(given) != count or min(given, default=least) < least:
        raise BadAttribute(f"{use.op}: {name} must be {count} integers of at least {least}")
    return given


def pads(use: Call, rank: int) -> tuple[int, ...]:
    """The explicit padding, all begins and then all ends; BadAttribute if there is automatic padding too."""
    auto, given = use.str("auto_pad"), ints(use, "pads", 2 * rank, 0, 0)
    if auto not in ("NOTSET", "VALID", *SAME):
        raise BadAttribute(f"{use.op}: auto_pad is {auto}")
    if auto != "NOTSET" and any(given):
        raise BadAttribute(f"{use.op} has both pads and auto_pad")
    return given


def split(use: Call, amount: Elem) -> tuple[Elem, Elem]:
    """Padding before and after; of an odd amount the larger half comes first unless ``SAME_UPPER``."""
    half = normal(amount // 2)
    rest = normal(amount - half)
    return (half, rest) if use.str("auto_pad") == "SAME_UPPER" else (rest, half)


def normal(e: Elem) -> Elem:
    """An index whose term is in normal form."""
    return index(dims.size(e.term), e.reading)


def windows(use: Call, spatial: Shape, kernel: Shape) -> tuple[Window, ...]:
    """The windows along every spatial axis: the shape formulas of ONNX ``Conv`` and ``MaxPool``.

    ``(n + pads − extent) // stride + 1``, rounded up for ``ceil_mode``, but a window that would start in the padding
    after the input is left out; ``⌈n / stride⌉`` for ``SAME_*``.
    """
    rank = len(spatial)
    strides, dilations = ints(use, "strides", rank, 1, 1), ints(use, "dilations", rank, 1, 1)
    explicit = pads(use, rank)
    auto, ceil = use.str("auto_pad"), bool(use.get("ceil_mode")) and use.str("auto_pad") == "NOTSET"
    out: list[Window] = []
    for a in range(rank):
        n, k, s, d = index(spatial[a], use.reading), index(kernel[a], use.reading), strides[a], dilations[a]
        extent = (k - 1) * d + 1
        before, after = index(explicit[a], use.reading), index(explicit[a + rank], use.reading)
        if auto in SAME:
            count = normal((n + (s - 1)) // s)
            before, after = split(use, normal(((count - 1) * s + extent - n).max(0)))
        else:
            room = normal(n + before + after - extent)
            count = (room + (s - 1 if ceil else 0)) // s + 1
            count = normal(count.min((n + before + (s - 1)) // s) if ceil else count)
        if (dims.literal(count.term) or 0) < 0:
            raise WrongShape(f"{use.op}: the window on axis {a + 2} is larger than the padded input")
        out.append(Window(n, k, s, d, before, after, count, ceil and s > 1))
    return tuple(out)


def all_inside(ws: Sequence[Window], at: Index) -> Elem:
    """Whether a position lies in the input on every axis."""
    out = literal(True, BOOL, at[0].reading)
    for w, p in zip(ws, at, strict=True):
        out = out & w.inside(p)
    return out


def positions(ws: Sequence[Window], o: Index, k: Index) -> Index:
    """Where element ``k`` of window ``o`` lies, on every axis."""
    return tuple(w.position(at, inner) for w, at, inner in zip(ws, o, k, strict=True))

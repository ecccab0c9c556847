"""Generated trials: seeded generators, one strategy for each operator.

A strategy is a function of a :class:`Gen` to a :class:`~tests.audit.trial.Trial`.  Trial ``k`` of an operator depends on
the operator and on ``k`` alone.
"""

from __future__ import annotations

import importlib
import pkgutil
import zlib
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

import numpy as np
import onnx.defs

from probanda.ir.dtypes import DTYPES

from .trial import NUMPY, Array, Trial, domain_of, info, integer_limits, schema

T = TypeVar("T")
FLOATS = ("float32", "float64", "float16", "bfloat16")
INTS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")


class Gen:
    """Random choices for one trial of one operator."""

    def __init__(self, op: str, number: int) -> None:
        self.op = op
        self.number = number
        self.rng = np.random.default_rng([zlib.crc32(op.encode()), number])
        self.data = self.rng
        self.style = self.pick("plain", "plain", "plain", "special", "special", "special", "wide", "ties")

    # -- choices --

    def pick(self, *items: T) -> T:
        """One of the items."""
        return items[int(self.rng.integers(len(items)))]

    def chance(self, p: float) -> bool:
        """True with probability ``p``."""
        return bool(self.rng.random() < p)

    def int(self, low: int, high: int) -> int:
        """An integer, ``high`` included."""
        return int(self.rng.integers(low, high + 1))

    def some(self, p: float = 0.5, /, **attrs: Any) -> dict[str, Any]:
        """Each of the attributes with probability ``p``."""
        return {k: v for k, v in attrs.items() if self.chance(p)}

    def perm(self, n: int) -> tuple[int, ...]:
        """A permutation."""
        return tuple(int(i) for i in self.rng.permutation(n))

    def axis(self, rank: int) -> int:
        """An axis, counted from the start or from the end."""
        return self.int(-rank, rank - 1)

    def axes(self, rank: int, least: int = 0) -> tuple[int, ...]:
        """Distinct axes in any order, some counted from the end."""
        chosen = self.perm(rank)[: self.int(least, rank)]
        return tuple(a - rank if self.chance(0.4) else a for a in chosen)

    def keep_form(self, times: int) -> None:
        """From here on choices, but not data, are those of ``times`` trials in a row: where terms are long."""
        self.rng = np.random.default_rng([zlib.crc32(self.op.encode()), 1, self.number // times])

    # -- element types, shapes --

    def dtype(self, operand: int = 0, among: Sequence[str] | None = None) -> str:
        """An element type that the schema allows for an operand; mostly float32 where it is one."""
        allowed = [t for t in allowed_types(self.op, operand) if among is None or t in among]
        if "float32" in allowed and self.chance(0.45):
            return "float32"
        return self.pick(*allowed)

    def shape(self, low: int = 0, high: int = 4, empty: bool = True, most: int = 4) -> tuple[int, ...]:
        """A shape of a rank in that range; sizes are 1 to ``most``, rarely 0."""
        rank = self.int(low, high)
        sizes = [self.int(1, most) if self.chance(0.8) else 1 for _ in range(rank)]
        if rank and empty and self.chance(0.06):
            sizes[self.int(0, rank - 1)] = 0
        return tuple(sizes)

    def broadcastable(self, shape: Sequence[int]) -> tuple[int, ...]:
        """A shape that broadcasts to ``shape``."""
        out = tuple(1 if self.chance(0.25) else n for n in shape)
        return out[self.int(0, len(out)) if self.chance(0.35) else 0 :]

    # -- data --

    def array(self, dtype: str, shape: Sequence[int] = (), style: str | None = None) -> Array:
        """An array in the trial's style, or another."""
        style = style or self.style
        if dtype == "bool":
            return np.asarray(self.data.random(shape) < 0.5)
        return self._ints(dtype, shape, style) if dtype in INTS else self._floats(dtype, shape, style)

    def plain(self, dtype: str, shape: Sequence[int] = ()) -> Array:
        """An array of ordinary numbers."""
        return self.array(dtype, shape, "plain")

    def index(self, shape: Sequence[int], n: int, dtype: str = "int64", negative: bool = True) -> Array:
        """Indices of an axis of size ``n`` (at least 1), negative ones too."""
        low = -n if negative and self.chance(0.6) else 0
        return np.asarray(self.data.integers(low, max(n, 1), shape)).astype(NUMPY[dtype])

    def uniform(self, dtype: str, shape: Sequence[int], low: float, high: float) -> Array:
        """Numbers in a range."""
        return np.asarray(self.data.uniform(low, high, shape)).astype(NUMPY[dtype])

    def ints(self, *values: int) -> Array:
        """A list of int64."""
        return np.asarray(values, np.int64)

    def _ints(self, dtype: str, shape: Sequence[int], style: str) -> Array:
        limits = integer_limits(dtype)
        if style == "wide":
            return np.asarray(self.data.integers(limits.min, limits.max, shape, NUMPY[dtype], endpoint=True))
        span = 2 if style == "ties" else 12
        low = 0 if limits.min == 0 else -span
        small = np.asarray(self.data.integers(low, span + 1, shape)).astype(NUMPY[dtype])
        if style == "special":
            corners = np.asarray([limits.min, limits.max, 0, 1, limits.max - 1], NUMPY[dtype])
            return self._mixed(small, corners, 0.3)
        return small

    def _floats(self, dtype: str, shape: Sequence[int], style: str) -> Array:
        kind = NUMPY[dtype]
        limits = info(kind)
        with np.errstate(all="ignore"):
            if style == "ties":
                corners = np.asarray([-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 2.5]).astype(kind)
                return np.asarray(corners[self.data.integers(len(corners), size=shape)])
            x = np.asarray(self.data.normal(size=shape) * self._draw(0.1, 1.0, 1.0, 3.0, 20.0))
            if style == "wide":
                far = self._draw(0.45, 0.45, 1.0)  # mostly so that a product has no overflow
                exponent = self.data.uniform(far * float(limits.minexp) - 4, far * float(limits.maxexp) - 1, shape)
                wild = np.asarray(self.data.random(shape) < 0.5)
                x = np.asarray(np.where(wild, np.sign(x) * np.exp2(exponent), x))
            out = x.astype(kind)
            if style == "special":
                tiny, most = float(limits.smallest_subnormal), float(limits.max)
                zeros, ends = [-0.0, 0.0, 3 * tiny, -tiny, float(limits.tiny)], [1.0, -1.0]
                infinite = [np.inf, -np.inf, *zeros, *ends]  # with the largest numbers the order of sums would decide
                kept = self._draw(
                    [np.nan, np.nan, *infinite], infinite, [np.nan, 1.0, -0.0], [-np.inf, np.inf], [-np.inf, 0.0, -0.0],
                    zeros, [most, -most, *zeros, *ends],
                )  # fmt: skip
                out = self._mixed(out, np.asarray(kept).astype(kind), self._draw(0.15, 0.4, 0.6))
            return out

    def _mixed(self, x: Array, corners: Array, p: float) -> Array:
        chosen = corners[self.data.integers(len(corners), size=x.shape)]
        return np.asarray(np.where(self.data.random(x.shape) < p, chosen, x).astype(x.dtype))

    def _draw(self, *items: T) -> T:
        return items[int(self.data.integers(len(items)))]

    def trial(self, *operands: Array | None, outputs: int = 1, **attrs: Any) -> Trial:
        """The trial with those operands and attributes."""
        return Trial(self.op, operands, {k: _single(v) for k, v in attrs.items()}, outputs)


def _single(v: Any) -> Any:
    """An attribute as ONNX keeps it: floats are float32."""
    if isinstance(v, float):
        return np.float32(v).item()
    return tuple(_single(x) for x in v) if isinstance(v, tuple) and all(isinstance(x, float) for x in v) else v  # pyright: ignore[reportUnknownVariableType]


@cache
def allowed_types(op: str, operand: int) -> tuple[str, ...]:
    """The element types that the newest schema allows for an operand and that there are here."""
    if not onnx.defs.has(op, domain_of(op)):
        return FLOATS
    inputs = schema(op).inputs
    allowed = inputs[min(operand, len(inputs) - 1)].types
    return tuple(sorted(d.name for d in DTYPES if f"tensor({_NAMES.get(d.name, d.name)})" in allowed))


_NAMES = {"float32": "float", "float64": "double"}
Strategy = Callable[[Gen], Trial]
STRATEGIES: dict[str, Strategy] = {}


def cases(*ops: str) -> Callable[[Strategy], Strategy]:
    """Registers a strategy for operators."""

    def register(strategy: Strategy) -> Strategy:
        for op in ops:
            if op in STRATEGIES:
                raise TypeError(f"two strategies for {op}")
            STRATEGIES[op] = strategy
        return strategy

    return register


def strategies() -> dict[str, Strategy]:
    """The strategies of all families."""
    from . import cases as families

    for module in pkgutil.iter_modules(families.__path__, f"{families.__name__}."):
        importlib.import_module(module.name)
    return STRATEGIES


def generate(op: str, number: int) -> Trial:
    """Trial ``number`` of an operator."""
    return strategies()[op](Gen(op, number))

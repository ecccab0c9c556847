"""Mutants of an operator: of its source, its attributes, its operands and results."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from probanda.ir.dtypes import BFLOAT16, FLOAT, FLOAT16, DType, Reading
from probanda.ir.elements import Elem, where
from probanda.ir.operators import Op
from probanda.ir.tensors import Index, Tensor

from . import denotation
from .mutation import source_mutants
from .trial import Array, Trial

TRIALS = 20
"""Trials that a mutant is tried on at most."""
COUNT = 14
"""Mutants of the source of an operator at most that give other terms."""
OPERANDS = 3
"""Operands that mutants change at most."""
WANTED = 5
"""Mutants that must be killed."""

Run = Callable[[Trial], list[Array] | None]
"""What the mutant gives for a trial; None where it is not different from the original."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed denotation: ``key`` names the change; ``apply``, of a mutant of the source, makes it."""

    key: str
    run: Run
    apply: Callable[[], Any] | None = None


def mutants(op: Op) -> list[Mutant]:
    """The mutants of an operator: of its source, its attributes, its operands and results."""
    found = [
        Mutant(m.key, lambda t, a=m.apply: _source(t, a), m.apply)
        for m in sorted(source_mutants(op), key=lambda m: _hash(m.key))
    ][: 2 * COUNT]
    return [*found, *_attribute_mutants(op), *_operand_mutants(op)]


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _source(trial: Trial, apply: Callable[[], Any]) -> list[Array]:
    with apply():
        return denotation.run(trial)


# -- attributes --------------------------------------------------------------------------------------------------------

_WORDS = {
    "NOTSET": "VALID", "SAME_UPPER": "SAME_LOWER", "SAME_LOWER": "SAME_UPPER", "DCR": "CRD", "CRD": "DCR", "LEFT": "RIGHT",
    "RIGHT": "LEFT", "constant": "edge", "edge": "reflect", "reflect": "edge", "wrap": "edge", "none": "tanh",
    "tanh": "none", "nearest": "linear", "linear": "nearest", "cubic": "linear", "mean": "sum", "sum": "mean",
    "forward": "reverse", "reverse": "forward", "bidirectional": "forward", "half_pixel": "asymmetric",
    "asymmetric": "half_pixel", "align_corners": "half_pixel", "pytorch_half_pixel": "asymmetric", "floor": "ceil",
    "ceil": "floor", "round_prefer_floor": "round_prefer_ceil", "round_prefer_ceil": "floor", "zeros": "border",
    "border": "zeros", "reflection": "border", "add": "mul", "mul": "add", "min": "max", "max": "min", "avg": "max",
    "gated_delta": "gated", "delta": "linear", "gated": "linear", "silu": "none", "swish": "none",
}  # fmt: skip


def _others(value: Any) -> Iterator[Any]:
    """Values of the same kind in the place of an attribute's."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield value + 1
        yield value - 1
        if value in (0, 1):
            yield 1 - value
    elif isinstance(value, float):
        yield value * 10
        yield 0.0
        yield value + 1.0
    elif isinstance(value, str) and value in _WORDS:
        yield _WORDS[value]
    elif isinstance(value, tuple) and value and all(isinstance(v, int) for v in value):  # pyright: ignore[reportUnknownVariableType]
        items: tuple[int, ...] = value  # pyright: ignore[reportUnknownVariableType]
        yield items[::-1]
        yield (items[0] + 1, *items[1:])
        yield (*items[:-1], max(items[-1] - 1, 0))
    elif isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], DType):  # pyright: ignore[reportUnknownArgumentType]
        yield (value[0], 0 if value[1] else 1)


def _attribute_mutants(op: Op) -> Iterator[Mutant]:
    names = {*op.attrs, *op.static.values()}
    for name in sorted(names):
        for k in range(3):
            yield Mutant(f"attribute {name}, change {k + 1}", lambda t, n=name, k=k: _with_attribute(op, t, n, k))
        if name in op.attrs:
            yield Mutant(f"attribute {name} left out", lambda t, n=name: _without_attribute(op, t, n))


def _full(op: Op, trial: Trial) -> dict[str, Any]:
    return {k: v for k, v in denotation.use_of(op, trial, Reading.IEEE, False).attrs.items() if v is not None}


def _with_attribute(op: Op, trial: Trial, name: str, k: int) -> list[Array] | None:
    attrs = _full(op, trial)
    if name not in attrs:
        return None
    choices = list(_others(attrs[name]))
    return denotation.run(trial, attrs=attrs | {name: choices[k]}) if k < len(choices) else None


def _without_attribute(op: Op, trial: Trial, name: str) -> list[Array] | None:
    given = denotation.attributes(op, trial)
    return denotation.run(trial, attrs={k: v for k, v in given.items() if k != name}) if name in given else None


# -- operands and results ----------------------------------------------------------------------------------------------


def _mapped(x: Tensor, f: Callable[[Elem], Elem]) -> Tensor:
    return Tensor(x.dtype, x.shape, lambda i: f(x[i]), x.reading)


def _negated(x: Tensor) -> Tensor | None:
    if x.dtype.kind == "uint":
        return None
    return _mapped(x, lambda a: ~a if a.dtype.kind == "bool" else -a)


def _reversed(x: Tensor) -> Tensor | None:
    def read(i: Index) -> Elem:
        return x[(*i[:-1], x.size(-1) - 1 - i[-1])]

    return Tensor(x.dtype, x.shape, read, x.reading) if x.rank else None


def _incremented(x: Tensor) -> Tensor | None:
    return None if x.dtype.kind == "bool" else _mapped(x, lambda a: a + 1)


def _no_nan(x: Tensor) -> Tensor | None:
    return _mapped(x, lambda a: where(a.is_nan(), a.lit(0), a)) if x.dtype.is_float else None


def _no_infinity(x: Tensor) -> Tensor | None:
    return _mapped(x, lambda a: where(a.is_inf(), a.lit(1), a)) if x.dtype.is_float else None


def _rounded(x: Tensor) -> Tensor | None:
    if not x.dtype.is_float:
        return None
    narrow = BFLOAT16 if x.dtype in (FLOAT, FLOAT16) else FLOAT
    return None if x.dtype is BFLOAT16 else _mapped(x, lambda a: a.cast(narrow).cast(a.dtype))


_SHARED: Mapping[str, Callable[[Tensor], Tensor | None]] = {
    "negated": _negated,
    "in reverse": _reversed,
    "plus 1": _incremented,
    "with 0 for NaN": _no_nan,
    "with 1 for infinities": _no_infinity,
    "rounded": _rounded,
}


def _operand_mutants(op: Op) -> Iterator[Mutant]:
    most = op.operands[1] if op.operands[1] is not None else 3
    places = [k for k in range(most) if k not in op.static][:OPERANDS]
    for what, f in _SHARED.items():
        yield Mutant(f"results {what}", lambda t, f=f: _changed(t, None, f))
        for k in places:
            yield Mutant(f"operand {k} {what}", lambda t, k=k, f=f: _changed(t, k, f))
    for j, k in pairwise(places):
        yield Mutant(f"operands {j} and {k} swapped", lambda t, j=j, k=k: _exchanged(t, j, k))


def _changed(trial: Trial, k: int | None, f: Callable[[Tensor], Tensor | None]) -> list[Array] | None:
    if k is not None and (k >= len(trial.operands) or trial.operands[k] is None):
        return None
    touched: list[bool] = []

    def change(place: int | None, x: Tensor) -> Tensor:
        new = f(x) if place == k else None
        touched.append(new is not None)
        return x if new is None else new

    out = denotation.run(trial, change=change)
    return out if any(touched) else None


def _exchanged(trial: Trial, j: int, k: int) -> list[Array] | None:
    xs = list(trial.operands)
    if k >= len(xs) or xs[j] is None or xs[k] is None:
        return None
    xs[j], xs[k] = xs[k], xs[j]
    return denotation.run(Trial(trial.op, tuple(xs), trial.attrs, trial.outputs))

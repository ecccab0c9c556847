"""Operators on arrays, for the tests of those that work element by element."""

from __future__ import annotations

from typing import Any

import numpy as np

from probanda.encoders.arrays import Env, Mode, evaluate, tabulate
from probanda.ir import operators as o
from probanda.ir.dtypes import DType, Reading
from probanda.ir.tensors import Tensor, variable
from probanda.ir.types import TensorType, tensor_type


def result_types(name: str, *inputs: TensorType | None, **attrs: Any) -> tuple[TensorType, ...]:
    """What the shape rule says."""
    op = o.find(name)
    return o.infer(op, o.call(op, inputs, attrs))


def tensors(name: str, *inputs: TensorType | None, reading: Reading = Reading.REAL, **attrs: Any) -> tuple[Tensor, ...]:
    """The results on variables ``x0``, ``x1``, …, which have the types that the shape rule says."""
    op = o.find(name)
    use = o.call(op, inputs, attrs, reading)
    operands = [None if t is None else variable(f"x{k}", t, reading) for k, t in enumerate(inputs)]
    out = o.denote(op, use, operands)
    assert [t.type for t in out] == list(o.infer(op, use))
    return out


def values(
    name: str, *inputs: tuple[DType, object] | None, reading: Reading = Reading.IEEE, out: int = 0, **attrs: Any
) -> list[Any]:
    """The elements of result ``out`` on these arrays, in order."""
    arrays = [None if t is None else np.asarray(t[1]) for t in inputs]
    types = [
        None if t is None or a is None else tensor_type(t[0], *a.shape) for t, a in zip(inputs, arrays, strict=True)
    ]
    found = tensors(name, *types, reading=reading, **attrs)[out]
    given: dict[str, object] = {f"x{k}": a for k, a in enumerate(arrays) if a is not None}
    value = evaluate([found.lam()], Env(values=given), Mode.SCREEN)[0]
    if found.rank == 0:
        return [np.asarray(value.data).item()]  # type: ignore[union-attr]
    table, undefined = tabulate(value)
    assert undefined is None or not np.any(undefined)
    return np.asarray(table).reshape(-1).tolist()

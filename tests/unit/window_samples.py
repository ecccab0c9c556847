"""What tests of operators with sums and windows share: calls, results and their values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from probanda.encoders.arrays import Env, Mode, evaluate, tabulate
from probanda.ir import operators as o
from probanda.ir.dtypes import Reading, dtype_of_onnx
from probanda.ir.tensors import Tensor, variable
from probanda.ir.types import TensorType, tensor_type

_ONNX = {"float32": 1, "int64": 7, "int32": 6, "bool": 9, "uint8": 2}


def infer(name: str, types: Sequence[TensorType | None], n_outputs: int = 1, **attrs: Any) -> tuple[TensorType, ...]:
    """The types that the shape rule gives."""
    op = o.find(name)
    return o.infer(op, o.call(op, types, attrs, Reading.REAL, n_outputs))


def results(
    name: str, types: Sequence[TensorType | None], n_outputs: int = 1, reading: Reading = Reading.REAL, **attrs: Any
) -> tuple[Tensor, ...]:
    """The denotations on variables ``x0``, ``x1``, …, whose types agree with those of the shape rule."""
    op = o.find(name)
    use = o.call(op, types, attrs, reading, n_outputs)
    out = o.denote(op, use, [None if t is None else variable(f"x{k}", t, reading) for k, t in enumerate(types)])
    for t, declared in zip(out, o.infer(op, use), strict=True):
        assert t.type.agrees(declared)
    return out


def values(name: str, operands: Sequence[np.ndarray[Any, Any]], n_outputs: int = 1, **attrs: Any) -> list[Any]:
    """The values of the results on arrays, over the reals."""
    types = [tensor_type(dtype_of_onnx(_ONNX[x.dtype.name]), *x.shape) for x in operands]
    env = {f"x{k}": x.astype(np.float64) if x.dtype.kind == "f" else x for k, x in enumerate(operands)}
    out: list[Any] = []
    for t in results(name, types, n_outputs, **attrs):
        found: Any = evaluate([t.lam()], Env(values=env), Mode.SCREEN)[0]
        static = t.type.static
        assert static is not None
        whole = np.asarray(tabulate(found)[0]) if t.rank else np.asarray(found.data)
        out.append(whole[tuple(slice(0, d) for d in static)])
    return out

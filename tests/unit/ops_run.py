"""Running single operators: types of results, and values on NumPy arrays in the machine reading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probanda.encoders.arrays.machine import kernel
from probanda.ir import dims
from probanda.ir import operators as ops
from probanda.ir.dtypes import FLOAT, INT32, INT64, DType, Reading
from probanda.ir.tensors import variable
from probanda.ir.types import TensorType, tensor_type
from probanda.theories.terms.term import Term

Array = NDArray[Any]
Given = Array | None
_TYPES: dict[str, DType] = {"float32": FLOAT, "int64": INT64, "int32": INT32}


def f32(*sizes: int | str | Term) -> TensorType:
    return TensorType(FLOAT, dims.shape(*sizes))


def i64(*sizes: int | str | Term) -> TensorType:
    return TensorType(INT64, dims.shape(*sizes))


def gives(wanted: Sequence[TensorType], name: str, *inputs: TensorType | None, **attrs: Any) -> bool:
    """Whether the results have the types ``wanted`` for all values of the symbols."""
    declared = _results(name, inputs, len(wanted), attrs)[0]
    return len(declared) == len(wanted) and all(t.agrees(w) for t, w in zip(declared, wanted, strict=True))


def types(name: str, *inputs: TensorType | None, n: int = 1, **attrs: Any) -> list[str]:
    """The types of the results as text; they are those of the denotation."""
    return [repr(t) for t in _results(name, inputs, n, attrs)[0]]


def _results(name: str, inputs: Sequence[TensorType | None], n: int, attrs: dict[str, Any]) -> tuple[Any, Any]:
    op = ops.find(name)
    use = ops.call(op, inputs, attrs, Reading.IEEE, n)
    declared = ops.infer(op, use)
    operands = [t if t is None else variable(f"x{k}", t, Reading.IEEE) for k, t in enumerate(inputs)]
    results = ops.denote(op, use, operands)
    for t, out in zip(declared, results, strict=True):
        assert t.agrees(out.type), (t, out.type)
    return declared, results


def run(
    name: str,
    *arrays: Given,
    shapes: Sequence[Sequence[int | str]] | None = None,
    sizes: dict[str, int] | None = None,
    n: int = 1,
    resized: Sequence[Any] | None = None,
    **attrs: Any,
) -> list[Array]:
    """The results on ``arrays``, whose shapes are ``shapes`` with ``sizes`` for symbols; Undefined where one is.

    ``resized`` is the attribute that is called ``sizes``.
    """
    if resized is not None:
        attrs["sizes"] = tuple(resized)
    given = [] if shapes is None else [tuple(s) for s in shapes]
    inputs = [
        None if a is None else tensor_type(_TYPES[a.dtype.name], *(given[k] if given else a.shape))
        for k, a in enumerate(arrays)
    ]
    declared, results = _results(name, inputs, n, attrs)
    values = {f"x{k}": a for k, a in enumerate(arrays) if a is not None}
    out = kernel([t.lam() for t in results])(values, sizes or {})
    for t, a in zip(declared, out, strict=True):
        assert tuple(dims.evaluate(d, sizes or {}) for d in t.shape) == np.shape(a)
    return [np.asarray(a) for a in out]

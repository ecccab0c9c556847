"""A trial: one use of an operator with data, as ONNX writes it."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any

import ml_dtypes
import numpy as np
import onnx
import onnx.defs
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from probanda.ir.dtypes import BY_NAME, DType

Array = NDArray[Any]
NUMPY = {
    name: np.dtype(ml_dtypes.bfloat16 if name == "bfloat16" else np.bool_ if name == "bool" else name)
    for name in BY_NAME
}
"""The NumPy type of each element type."""


@dataclass(frozen=True)
class Trial:
    """Operands (None: left out), attributes as the operator table has them, and how many results are asked for."""

    op: str
    operands: tuple[Array | None, ...]
    attrs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    outputs: int = 1

    @property
    def domain(self) -> str:
        """The ONNX domain of the operator."""
        return domain_of(self.op)

    @property
    def dtype(self) -> str:
        """The element type of the first operand."""
        return next((x.dtype.name for x in self.operands if x is not None), "none")

    def features(self) -> frozenset[str]:
        """What can be said of a trial: element types, special values, emptiness, ranks, attributes."""
        found = {f"{k}={v}" for k, v in self.attrs.items()} | {f"attribute-{k}" for k in self.attrs}
        for k, x in enumerate(self.operands):
            if x is None:
                found.add(f"no-operand-{k}")
                continue
            found |= {x.dtype.name, f"rank{x.ndim}", f"operand-{k}"}
            found |= {"empty"} if not x.size else set[str]()
            if is_float(x):
                found |= _specials(x)
        return frozenset(found)

    def __str__(self) -> str:
        """One line that shows the use."""
        args = ", ".join("-" if x is None else show(x) for x in self.operands)
        attrs = "".join(f", {k}={v!r}" for k, v in self.attrs.items() if v is not None)
        return f"{self.op}({args}{attrs})"


def info(dtype: np.dtype[Any]) -> Any:
    """The parameters of a float format: ``eps``, ``max``, ``smallest_normal`` …, as floats."""
    of: Any = ml_dtypes.finfo
    return of(dtype)


def integer_limits(dtype: str) -> np.iinfo[Any]:
    """The bounds of an integer type."""
    return np.iinfo(dtype)


def is_float(x: Array) -> bool:
    """Whether an array holds floating-point numbers."""
    return x.dtype.kind == "f" or x.dtype == NUMPY["bfloat16"]


def _specials(x: Array) -> set[str]:
    wide = x.astype(np.float64)
    found: set[str] = set()
    if np.isnan(wide).any():
        found.add("nan")
    if np.isinf(wide).any():
        found.add("inf")
    if ((wide == 0) & np.signbit(wide)).any():
        found.add("-0")
    tiny = float(info(x.dtype).smallest_normal)
    if ((wide != 0) & (np.abs(wide) < tiny)).any():
        found.add("subnormal")
    if (np.abs(wide) > 1e4).any():
        found.add("huge")
    return found


def show(x: Array, limit: int = 6) -> str:
    """An array in a few characters: type, shape and the first elements."""
    shape = "×".join(map(str, x.shape)) or "scalar"
    flat = x.reshape(-1)
    items = " ".join(_number(v) for v in flat[:limit]) + (" …" if x.size > limit else "")
    return f"{x.dtype.name}[{shape}] {{{items}}}"


def _number(v: Any) -> str:
    return f"{float(v):.9g}" if v.dtype.kind == "f" or v.dtype == NUMPY["bfloat16"] else str(v)


def domain_of(op: str) -> str:
    """The ONNX domain of an operator."""
    return next(
        (d for d in ("", "ai.onnx.preview", "ai.onnx.preview.training", "ai.onnx.ml") if onnx.defs.has(op, d)), ""
    )


def schema(op: str, opset: int | None = None) -> onnx.defs.OpSchema:
    """Its newest schema, or the one of an opset."""
    domain = domain_of(op)
    return onnx.defs.get_schema(op, opset or 1000, domain) if opset else onnx.defs.get_schema(op, domain)


def element_type(x: Array) -> int:
    """The number of an array's element type in ONNX."""
    return BY_NAME[x.dtype.name].onnx


def model(trial: Trial, opset: int, constants: Container[int] = ()) -> onnx.ModelProto:
    """A model of one node, with an input for each operand or, for those in ``constants``, an initializer."""
    names = [f"x{k}" if x is not None else "" for k, x in enumerate(trial.operands)]
    while names and not names[-1]:
        names.pop()
    outputs = [f"y{k}" for k in range(trial.outputs)]
    node = helper.make_node(trial.op, names, outputs, domain=trial.domain)
    node.attribute.extend([_attribute(k, v) for k, v in trial.attrs.items() if v is not None])
    given = [(k, n, x) for k, (n, x) in enumerate(zip(names, trial.operands, strict=False)) if x is not None]
    inputs = [
        helper.make_tensor_value_info(n, element_type(x), [None] * x.ndim) for k, n, x in given if k not in constants
    ]
    fixed = [numpy_helper.from_array(x, n) for k, n, x in given if k in constants]
    results = [onnx.ValueInfoProto(name=n) for n in outputs]
    graph = helper.make_graph([node], "trial", inputs, results, fixed)
    opsets = [helper.make_opsetid("", opset)]
    if trial.domain:
        opsets.append(helper.make_opsetid(trial.domain, schema(trial.op).since_version))
    return helper.make_model(graph, opset_imports=opsets, ir_version=10)


def _attribute(name: str, v: Any) -> onnx.AttributeProto:
    if isinstance(v, DType):
        return helper.make_attribute(name, v.onnx)
    if isinstance(v, tuple) and len(v) == 2 and isinstance(v[0], DType):  # pyright: ignore[reportUnknownArgumentType]
        of: DType = v[0]
        return helper.make_attribute(name, numpy_helper.from_array(np.array([v[1]], NUMPY[of.name])))
    if isinstance(v, tuple):
        items = list(v)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        return helper.make_attribute(name, items, attr_type=None if items else onnx.AttributeProto.INTS)
    return helper.make_attribute(name, v)

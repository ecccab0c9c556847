"""Writing ONNX graphs as exporters do: named nodes, weights as initializers, small integers as constants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, checker, helper, numpy_helper

Array = NDArray[Any]
Size = int | str
KINDS = {"float": TensorProto.FLOAT, "int64": TensorProto.INT64, "bool": TensorProto.BOOL}


# onnx's own annotation of check_model is incomplete.
_CHECKER: Any = checker


class Builder:
    """A graph under construction.  Every method returns the name of the value that it makes."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.nodes: list[NodeProto] = []
        self.initializers: list[TensorProto] = []
        self.inputs: list[ValueInfoProto] = []
        self.outputs: list[ValueInfoProto] = []
        self.counts: dict[str, int] = {}
        self.prefix = ""

    def fresh(self, kind: str) -> str:
        """A name that no value has yet, with the prefix of the layer: ``/layer.0/MatMul_1``."""
        key = f"{self.prefix}/{kind}"
        self.counts[key] = self.counts.get(key, -1) + 1
        return f"{key}_{self.counts[key]}" if self.counts[key] else key

    def input(self, name: str, *shape: Size, kind: str = "float") -> str:
        self.inputs.append(helper.make_tensor_value_info(name, KINDS[kind], list(shape)))
        return name

    def output(self, name: str, value: str, *shape: Size, kind: str = "float") -> None:
        """Declares a value as an output; it is renamed by an Identity, as exporters do for values with another name."""
        self.nodes.append(helper.make_node("Identity", [value], [name], name=f"/{name}/Identity"))
        self.outputs.append(helper.make_tensor_value_info(name, KINDS[kind], list(shape)))

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        return self.ops(kind, *inputs, n=1, **attributes)[0]

    def ops(self, kind: str, *inputs: str, n: int, **attributes: Any) -> list[str]:
        """A node with ``n`` outputs."""
        name = self.fresh(kind)
        outs = [f"{name}_output_{k}" for k in range(n)]
        self.nodes.append(helper.make_node(kind, list(inputs), outs, name=name, **attributes))
        return outs

    def ints(self, *values: int, scalar: bool = False) -> str:
        """An int64 constant: a list, or a scalar."""
        array = np.array(values[0] if scalar else values, np.int64)
        return self.op("Constant", value=numpy_helper.from_array(array))

    def number(self, value: float) -> str:
        """A float32 scalar constant."""
        return self.op("Constant", value=numpy_helper.from_array(np.array(value, np.float32)))

    def stored(self, name: str, array: Array) -> str:
        full = f"{self.prefix.strip('/').replace('/', '.')}.{name}".lstrip(".")
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), full))
        return full

    def weight(self, name: str, *shape: int, fan_in: int) -> str:
        """Normal weights of variance ``1 / fan_in``."""
        array = self.rng.standard_normal(shape, np.float32) * np.float32(fan_in**-0.5)
        return self.stored(name, array)

    def bias(self, name: str, *shape: int) -> str:
        return self.stored(name, self.rng.standard_normal(shape, np.float32) * np.float32(0.1))

    def around_one(self, name: str, *shape: int) -> str:
        """Positive numbers: variances and scales."""
        return self.stored(name, self.rng.uniform(0.5, 1.5, shape).astype(np.float32))

    # -- what exporters write for a layer --

    def dense(self, x: str, name: str, inputs: int, outputs: int) -> str:
        """``x·W + b`` as MatMul and Add, which is what a linear layer on a tensor of rank 3 becomes."""
        product = self.op("MatMul", x, self.weight(f"{name}.weight", inputs, outputs, fan_in=inputs))
        return self.op("Add", self.bias(f"{name}.bias", outputs), product)

    def layer_norm(self, x: str, name: str, width: int, epsilon: float = 1e-5) -> str:
        scale, bias = self.around_one(f"{name}.weight", width), self.bias(f"{name}.bias", width)
        return self.op("LayerNormalization", x, scale, bias, axis=-1, epsilon=epsilon)

    def batch_norm(self, x: str, name: str, channels: int) -> str:
        scale, bias = self.around_one(f"{name}.weight", channels), self.bias(f"{name}.bias", channels)
        mean, variance = self.bias(f"{name}.running_mean", channels), self.around_one(f"{name}.running_var", channels)
        return self.op("BatchNormalization", x, scale, bias, mean, variance, epsilon=1e-5, momentum=0.9)

    def conv(self, x: str, name: str, inputs: int, outputs: int, kernel: int, stride: int = 1) -> str:
        weight = self.weight(f"{name}.weight", outputs, inputs, kernel, kernel, fan_in=inputs * kernel * kernel)
        pads = [kernel // 2] * 4
        window = {"kernel_shape": [kernel] * 2, "strides": [stride] * 2, "dilations": [1, 1]}
        return self.op("Conv", x, weight, pads=pads, group=1, **window)

    def gelu(self, x: str) -> str:
        """``x·(1 + erf(x / √2))·½``"""
        erf = self.op("Erf", self.op("Div", x, self.number(2**0.5)))
        return self.op("Mul", self.op("Mul", x, self.op("Add", erf, self.number(1.0))), self.number(0.5))

    def gelu_tanh(self, x: str) -> str:
        """``½x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))``"""
        cube = self.op("Mul", self.op("Pow", x, self.number(3.0)), self.number(0.044715))
        inner = self.op("Mul", self.op("Add", x, cube), self.number((2 / np.pi) ** 0.5))
        gate = self.op("Add", self.op("Tanh", inner), self.number(1.0))
        return self.op("Mul", self.op("Mul", x, self.number(0.5)), gate)

    def size(self, x: str, axis: int) -> str:
        """The size of an axis, as a list of one, to be put into a shape."""
        size = self.op("Gather", self.op("Shape", x), self.ints(axis, scalar=True), axis=0)
        return self.op("Unsqueeze", size, self.ints(0))

    def reshape(self, x: str, *target: str | int) -> str:
        """A Reshape to sizes that are names of lists of one, or integers."""
        parts = [self.ints(d) if isinstance(d, int) else d for d in target]
        return self.op("Reshape", x, self.op("Concat", *parts, axis=0), allowzero=0)

    def model(self, name: str, opset: int) -> ModelProto:
        graph = helper.make_graph(self.nodes, name, self.inputs, self.outputs, self.initializers)
        imports = [helper.make_opsetid("", opset)]
        made = helper.make_model(
            graph,
            opset_imports=imports,
            ir_version=helper.find_min_ir_version_for(imports),
            producer_name="probanda.tests",
        )
        if made.ByteSize() < 1 << 30:
            _CHECKER.check_model(made)
        return made


def attention(b: Builder, q: str, k: str, v: str, divisor: float, mask: Sequence[str]) -> str:
    """``softmax(mask(q·kᵀ / divisor))·v`` for ``q[b, h, s, d]``, ``k[b, h, d, s]``, ``v[b, h, s, d]``.

    ``mask`` is ``("Add", bias)``, ``("Where", condition, fill)`` or nothing; scores stay where the condition holds.
    """
    scores = b.op("Div", b.op("MatMul", q, k), b.number(divisor))
    if mask and mask[0] == "Add":
        scores = b.op("Add", scores, mask[1])
    elif mask:
        scores = b.op("Where", mask[1], scores, mask[2])
    return b.op("MatMul", b.op("Softmax", scores, axis=-1), v)

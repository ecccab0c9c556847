"""The nine models that ship in the ``onnx`` package, with real weights.

As they ship, every weight is one constant, so that a wrong axis or a swapped operand changes nothing.  Here each is drawn from
a seed: weights of a layer are scaled to keep the size of activations, variances are positive.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, helper, numpy_helper

LIGHT = (
    "bvlc_alexnet", "densenet121", "inception_v1", "inception_v2", "resnet50", "shufflenet", "squeezenet", "vgg19", "zfnet512",
)  # fmt: skip
NORMALISATION = ("scale", "bias", "mean", "variance")


def light(name: str, seed: int = 0) -> ModelProto:
    """The model ``light_<name>`` with its weights drawn anew; IR version 3 and opset 9, as it ships."""
    folder = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
    model = ModelProto.FromString((folder / f"light_{name}.onnx").read_bytes())
    graph = model.graph
    known = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    roles = _roles(list(graph.node))
    rng = np.random.default_rng(seed)
    gain = 0.55 if any(n.op_type == "Sum" for n in graph.node) else 0.9  # sums of branches grow from block to block
    kept: list[NodeProto] = []
    for node in graph.node:
        value = next((a.t for a in node.attribute if a.name == "value"), None)
        if node.op_type != "ConstantOfShape" or value is None or value.data_type != onnx.TensorProto.FLOAT:
            kept.append(node)
            continue
        shape = tuple(int(n) for n in known[node.input[0]])
        array = _drawn(shape, roles.get(node.output[0], ""), gain, rng)
        graph.initializer.append(numpy_helper.from_array(array, node.output[0]))
        graph.input.append(helper.make_tensor_value_info(node.output[0], onnx.TensorProto.FLOAT, shape))
    del graph.node[:]
    graph.node.extend(kept)
    return model


def _roles(nodes: list[NodeProto]) -> dict[str, str]:
    """What each operand is to the node that reads it."""
    roles: dict[str, str] = {}
    for node in nodes:
        if node.op_type == "BatchNormalization":
            roles.update(zip(node.input[1:], NORMALISATION, strict=True))
        elif node.op_type in ("Conv", "Gemm"):
            roles[node.input[1]] = "weight"
    return roles


def _drawn(shape: tuple[int, ...], role: str, gain: float, rng: np.random.Generator) -> NDArray[np.float32]:
    if role == "variance":
        return rng.uniform(0.5, 1.5, shape).astype(np.float32)
    if role == "scale":
        return rng.uniform(gain - 0.3, gain + 0.3, shape).astype(np.float32)
    values = rng.standard_normal(shape, np.float32)
    if role == "weight":
        fan_in = float(np.prod(shape[1:])) if len(shape) > 1 else 1.0
        return values * np.float32((2.0 / fan_in) ** 0.5)
    return values * np.float32(0.1) + np.float32(1.0 if len(shape) == 3 or (len(shape) == 4 and shape[0] == 1) else 0.0)


@cache
def image(seed: int = 1) -> NDArray[np.float32]:
    """An input image ``[1, 3, 224, 224]``."""
    return np.random.default_rng(seed).standard_normal((1, 3, 224, 224), np.float32)

"""A small attention block as an exporter writes it, its wrong twins, and zero padding before a pool."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

from tests.models.building import Builder

WIDTH, HEADS = 6, 3


@dataclass(frozen=True)
class Block:
    """What may be wrong in a block."""

    split: str = "heads"  # how the width is split into heads and their parts: "parts" has the two exchanged
    gamma: str = "gamma"
    beta: str = "beta"
    epsilon: float = 1e-5
    residual: bool = True
    axis: int = -1
    factor: float = 1.0  # of one weight


TWINS = {
    "transposed_head_split": Block(split="parts"),
    "swapped_gamma_and_beta": Block(gamma="beta", beta="gamma"),
    "wrong_epsilon": Block(epsilon=1e-3),
    "dropped_residual": Block(residual=False),
    "wrong_softmax_axis": Block(axis=-2),
    "weight_changed_by_one_percent": Block(factor=1.01),
}


def block(made: Block = Block()) -> ModelProto:
    """``x + attention(layer_norm(x))`` with heads of two, for any batch and sequence."""
    b = Builder(5)
    d = WIDTH // HEADS
    x = b.input("x", "batch", "sequence", WIDTH)
    norm = {"gamma": b.around_one("gamma", WIDTH), "beta": b.bias("beta", WIDTH)}
    weights = b.rng.standard_normal((3, WIDTH, WIDTH)).astype(np.float32)
    weights[0, 0, 0] *= np.float32(made.factor)
    y = b.op("LayerNormalization", x, norm[made.gamma], norm[made.beta], axis=-1, epsilon=made.epsilon)
    sizes = (HEADS, d) if made.split == "heads" else (d, HEADS)
    perm = [0, 2, 1, 3] if made.split == "heads" else [0, 3, 1, 2]

    def heads(name: str, w: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> str:
        product = b.op("MatMul", y, b.stored(name, w))
        split = b.op("Reshape", product, b.ints(0, 0, *sizes))
        return b.op("Transpose", split, perm=perm)

    q, k, v = (heads(n, w) for n, w in zip("qkv", weights, strict=True))
    scores = b.op("MatMul", q, b.op("Transpose", k, perm=[0, 1, 3, 2]))
    mixed = b.op("MatMul", b.op("Softmax", scores, axis=made.axis), v)
    out = b.op("Reshape", b.op("Transpose", mixed, perm=[0, 2, 1, 3]), b.ints(0, 0, WIDTH))
    if made.residual:
        out = b.op("Add", x, out)
    b.output("y", out, "batch", "sequence", WIDTH)
    return b.model("block", 18)


def pooled(*, folded: bool) -> ModelProto:
    """A Pad with zeros and a MaxPool; ``folded`` has the Pad in the pool's own padding, which never wins the maximum."""
    nodes = [
        helper.make_node("Pad", ["x", "pads", "zero"], ["p"], name="pad"),
        helper.make_node("MaxPool", ["p"], ["y"], name="pool", kernel_shape=[2, 2], strides=[2, 2]),
    ]
    stored = {"pads": np.array([0, 0, 1, 1, 0, 0, 1, 1], np.int64), "zero": np.array(0, np.float32)}
    if folded:
        window: dict[str, Any] = {"kernel_shape": [2, 2], "strides": [2, 2], "pads": [1, 1, 1, 1]}
        nodes, stored = [helper.make_node("MaxPool", ["x"], ["y"], name="pool", **window)], {}
    x, y = (helper.make_tensor_value_info(n, TensorProto.FLOAT, ["batch", 2, s, s]) for n, s in (("x", 4), ("y", 3)))
    graph = helper.make_graph(nodes, "pooled", [x], [y], [numpy_helper.from_array(a, n) for n, a in stored.items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def write(model: ModelProto, path: Path) -> Path:
    path.write_bytes(model.SerializeToString())
    return path

"""A perceptron, convolutional networks, a block of a vision transformer."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from onnx import ModelProto

from .building import Builder, Size


def mlp(widths: Sequence[int] = (784, 256, 10), batch: Size = "batch", opset: int = 18) -> ModelProto:
    """Gemm and Relu in turn."""
    b = Builder(1)
    x = b.input("input", batch, widths[0])
    for k, (inputs, outputs) in enumerate(pairwise(widths)):
        weight = b.weight(f"layers.{k}.weight", outputs, inputs, fan_in=inputs)
        x = b.op("Gemm", x, weight, b.bias(f"layers.{k}.bias", outputs), alpha=1.0, beta=1.0, transB=1)
        x = b.op("Relu", x) if k + 2 < len(widths) else x
    b.output("logits", x, batch, widths[-1])
    return b.model("mlp", opset)


def cnn_bn(
    channels: Sequence[int] = (3, 32, 64), size: int = 32, classes: int = 10, batch: Size = "batch", opset: int = 18
) -> ModelProto:
    """Conv-BN-Relu-MaxPool-Conv-BN-Relu-GlobalAveragePool-Gemm."""
    b = Builder(2)
    x = b.input("input", batch, channels[0], size, size)
    for k, (inputs, outputs) in enumerate(pairwise(channels)):
        x = b.op("Relu", b.batch_norm(b.conv(x, f"conv{k + 1}", inputs, outputs, 3), f"bn{k + 1}", outputs))
        if k + 2 < len(channels):
            x = b.op("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2], pads=[0, 0, 0, 0], ceil_mode=0)
    pooled = b.op("Flatten", b.op("GlobalAveragePool", x), axis=1)
    weight = b.weight("fc.weight", classes, channels[-1], fan_in=channels[-1])
    b.output("logits", b.op("Gemm", pooled, weight, b.bias("fc.bias", classes), transB=1), batch, classes)
    return b.model("cnn_bn", opset)


def resnet_block(channels: int = 64, size: int = 56, batch: Size = "batch", opset: int = 18) -> ModelProto:
    """The basic block that halves the image and doubles the channels, with a projection on the shortcut."""
    b = Builder(3)
    x, outputs, half = b.input("input", batch, channels, size, size), 2 * channels, (size + 1) // 2
    y = b.op("Relu", b.batch_norm(b.conv(x, "conv1", channels, outputs, 3, stride=2), "bn1", outputs))
    y = b.batch_norm(b.conv(y, "conv2", outputs, outputs, 3), "bn2", outputs)
    shortcut = b.batch_norm(b.conv(x, "downsample.0", channels, outputs, 1, stride=2), "downsample.1", outputs)
    b.output("output", b.op("Relu", b.op("Add", y, shortcut)), batch, outputs, half, half)
    return b.model("resnet_block", opset)


def vit_block(
    width: int = 192, heads: int = 3, tokens: int = 197, batch: Size = "batch", opset: int = 18
) -> ModelProto:
    """A pre-norm block: one product for query, key and value, which a Transpose and three Gathers take apart."""
    b = Builder(4)
    x, d = b.input("input", batch, tokens, width), width // heads
    y = b.layer_norm(x, "norm1", width, 1e-6)
    qkv = b.reshape(b.dense(y, "attn.qkv", width, 3 * width), b.size(y, 0), tokens, 3, heads, d)
    qkv = b.op("Transpose", qkv, perm=[2, 0, 3, 1, 4])
    q, k, v = (b.op("Gather", qkv, b.ints(n, scalar=True), axis=0) for n in range(3))
    scores = b.op("MatMul", b.op("Mul", q, b.number(d**-0.5)), b.op("Transpose", k, perm=[0, 1, 3, 2]))
    mixed = b.op("Transpose", b.op("MatMul", b.op("Softmax", scores, axis=-1), v), perm=[0, 2, 1, 3])
    mixed = b.reshape(mixed, b.size(y, 0), tokens, width)
    x = b.op("Add", x, b.dense(mixed, "attn.proj", width, width))
    y = b.gelu(b.dense(b.layer_norm(x, "norm2", width, 1e-6), "mlp.fc1", width, 4 * width))
    b.output("output", b.op("Add", x, b.dense(y, "mlp.fc2", 4 * width, width)), batch, tokens, width)
    return b.model("vit_block", opset)

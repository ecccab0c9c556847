"""Recurrent layers and transformers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import ModelProto, numpy_helper

from .building import Builder, Size, attention

# onnx's own annotation of save_model is incomplete.
_ONNX: Any = onnx
LOWEST = float(np.finfo(np.float32).min)


def lstm(
    hidden: int = 128, inputs: int = 64, length: int = 16, direction: str = "forward", batch: Size = "batch",
    opset: int = 18,
) -> ModelProto:  # fmt: skip
    """An LSTM over ``[length, batch, inputs]`` whose first states are zeros, expanded to the size of the batch."""
    return _recurrent("LSTM", 4, hidden, inputs, length, direction, batch, opset)


def gru(
    hidden: int = 128, inputs: int = 64, length: int = 16, direction: str = "forward", batch: Size = "batch",
    opset: int = 18,
) -> ModelProto:  # fmt: skip
    """A GRU in PyTorch's form, which is linear before reset."""
    return _recurrent("GRU", 3, hidden, inputs, length, direction, batch, opset)


def _recurrent(
    kind: str, gates: int, hidden: int, inputs: int, length: int, direction: str, batch: Size, opset: int
) -> ModelProto:
    b, n = Builder(5), 2 if direction == "bidirectional" else 1
    x = b.input("input", length, batch, inputs)
    w = b.weight("weight_ih", n, gates * hidden, inputs, fan_in=inputs)
    r = b.weight("weight_hh", n, gates * hidden, hidden, fan_in=hidden)
    bias = b.bias("bias", n, 2 * gates * hidden)
    shape = b.op("Concat", b.ints(n), b.size(x, 1), b.ints(hidden), axis=0)
    zeros = b.op("Expand", b.number(0.0), shape)
    states = [zeros] * (2 if kind == "LSTM" else 1)
    attributes = {"hidden_size": hidden, "direction": direction}
    if kind == "GRU":
        attributes["linear_before_reset"] = 1
    y, *last = b.ops(kind, x, w, r, bias, "", *states, n=1 + len(states), **attributes)
    if n == 2:
        y = b.op("Reshape", b.op("Transpose", y, perm=[0, 2, 1, 3]), b.ints(0, 0, -1))
    else:
        y = b.op("Squeeze", y, b.ints(1))
    b.output("output", y, length, batch, n * hidden)
    for name, state in zip(("h_n", "c_n"), last, strict=False):
        b.output(name, state, n, batch, hidden)
    return b.model(kind.lower(), opset)


def encoder_block(
    width: int = 256, heads: int = 4, fill: float = LOWEST, batch: Size = "batch", sequence: Size = "sequence",
    opset: int = 18,
) -> ModelProto:  # fmt: skip
    """A post-norm block as in BERT: ``attention_mask[batch, sequence]`` is 1 for tokens and 0 for padding.

    ``(1 − mask)·fill`` is added to the scores, so ``fill`` must be finite.
    """
    b, d = Builder(6), width // heads
    x = b.input("hidden_states", batch, sequence, width)
    given = b.input("attention_mask", batch, sequence, kind="int64")
    kept = b.op("Cast", b.op("Unsqueeze", b.op("Unsqueeze", given, b.ints(1)), b.ints(2)), to=onnx.TensorProto.FLOAT)
    mask = b.op("Mul", b.op("Sub", b.number(1.0), kept), b.number(fill))

    def split(name: str, *perm: int) -> str:
        y = b.dense(x, f"attention.self.{name}", width, width)
        return b.op("Transpose", b.reshape(y, b.size(x, 0), b.size(x, 1), heads, d), perm=perm)

    q, k, v = split("query", 0, 2, 1, 3), split("key", 0, 2, 3, 1), split("value", 0, 2, 1, 3)
    mixed = b.op("Transpose", attention(b, q, k, v, d**0.5, ("Add", mask)), perm=[0, 2, 1, 3])
    mixed = b.reshape(mixed, b.size(mixed, 0), b.size(mixed, 1), width)
    y = b.op("Add", b.dense(mixed, "attention.output.dense", width, width), x)
    y = b.layer_norm(y, "attention.output.LayerNorm", width, 1e-12)
    inner = b.gelu(b.dense(y, "intermediate.dense", width, 4 * width))
    out = b.layer_norm(
        b.op("Add", b.dense(inner, "output.dense", 4 * width, width), y), "output.LayerNorm", width, 1e-12
    )
    b.output("last_hidden_state", out, batch, sequence, width)
    return b.model("encoder_block", opset)


def gpt(
    layers: int = 12, width: int = 768, heads: int = 12, vocab: int = 50257, positions: int = 1024,
    mask: str = "less", fill: float = float("-inf"), batch: Size = "batch", sequence: Size = "sequence",
    opset: int = 18, external_data_dir: Path | None = None,
) -> ModelProto:  # fmt: skip
    """A decoder as GPT-2: learned positions, pre-norm, one product for query, key and value, head tied to the embedding.

    ``mask`` says how the graph makes its causal mask: ``less`` compares two ranges, ``trilu`` cuts a matrix of ones.
    ``fill`` is written into the scores of future positions.  With ``external_data_dir`` the model is saved there as
    ``gpt.onnx`` and its weights in ``gpt.data`` beside it; the model that is returned then refers to that file.
    """
    b, d = Builder(7), width // heads
    ids = b.input("input_ids", batch, sequence, kind="int64")
    table = b.stored("wte.weight", b.rng.standard_normal((vocab, width), np.float32) * np.float32(0.02))
    places = b.stored("wpe.weight", b.rng.standard_normal((positions, width), np.float32) * np.float32(0.02))
    length = b.op("Gather", b.op("Shape", ids), b.ints(1, scalar=True), axis=0)
    steps = b.op("Range", b.ints(0, scalar=True), length, b.ints(1, scalar=True))
    x = b.op("Add", b.op("Gather", table, ids, axis=0), b.op("Gather", places, steps, axis=0))
    visible, filled = _causal(b, mask, steps, length), b.number(fill)
    for n in range(layers):
        b.prefix = f"/h.{n}"
        y = b.layer_norm(x, "ln_1", width)
        batch_size, size = b.size(y, 0), b.size(y, 1)
        parts = b.ops("Split", b.dense(y, "attn.c_attn", width, 3 * width), b.ints(*[width] * 3), n=3, axis=2)
        q, k, v = (b.reshape(part, batch_size, size, heads, d) for part in parts)
        q, k = b.op("Transpose", q, perm=[0, 2, 1, 3]), b.op("Transpose", k, perm=[0, 2, 3, 1])
        y = attention(b, q, k, b.op("Transpose", v, perm=[0, 2, 1, 3]), d**0.5, ("Where", visible, filled))
        y = b.reshape(b.op("Transpose", y, perm=[0, 2, 1, 3]), batch_size, size, width)
        x = b.op("Add", b.dense(y, "attn.c_proj", width, width), x)
        y = b.gelu_tanh(b.dense(b.layer_norm(x, "ln_2", width), "mlp.c_fc", width, 4 * width))
        x = b.op("Add", x, b.dense(y, "mlp.c_proj", 4 * width, width))
    b.prefix = ""
    logits = b.op("MatMul", b.layer_norm(x, "ln_f", width), b.op("Transpose", table, perm=[1, 0]))
    b.output("logits", logits, batch, sequence, vocab)
    made = b.model("gpt", opset)
    if external_data_dir is not None:
        _ONNX.save_model(
            made, external_data_dir / "gpt.onnx", save_as_external_data=True, all_tensors_to_one_file=True,
            location="gpt.data", size_threshold=1024,
        )  # fmt: skip
    return made


def _causal(b: Builder, how: str, steps: str, length: str) -> str:
    """Whether a query (row) may look at a key (column)."""
    if how == "less":
        rows, columns = b.op("Unsqueeze", steps, b.ints(1)), b.op("Unsqueeze", steps, b.ints(0))
        return b.op("Not", b.op("Less", rows, columns))
    if how != "trilu":
        raise ValueError(f"no mask {how}")
    size = b.op("Unsqueeze", length, b.ints(0))
    one = numpy_helper.from_array(np.ones(1, np.float32))
    ones = b.op("ConstantOfShape", b.op("Concat", size, size, axis=0), value=one)
    return b.op("Cast", b.op("Trilu", ones, upper=0), to=onnx.TensorProto.BOOL)

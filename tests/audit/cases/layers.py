"""Normalisation, recurrence, attention."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..gen import Gen, cases
from ..trial import NUMPY, Array, Trial

_EPSILON = (9.999999747378752e-06, 0.0, 0.125, 1.0)


def _epsilon(g: Gen) -> dict[str, Any]:
    return g.some(0.6, epsilon=g.pick(*_EPSILON))


@cases("LayerNormalization")
def layer_normalization(g: Gen) -> Trial:
    g.keep_form(4)
    dtype, shape = g.dtype(), g.shape(low=1, most=5)
    axis = g.axis(len(shape))
    attrs = {"axis": axis} if axis != -1 or g.chance(0.5) else {}
    rest = shape[axis:]
    bias = g.array(dtype, g.broadcastable(rest) if g.chance(0.2) else rest) if g.chance(0.6) else None
    scale = g.array(dtype, g.broadcastable(rest) if g.chance(0.2) else rest)
    return g.trial(g.array(dtype, shape), scale, bias, outputs=g.pick(1, 1, 2, 3), **attrs, **_epsilon(g))


@cases("RMSNormalization")
def rms_normalization(g: Gen) -> Trial:
    g.keep_form(4)
    dtype, shape = g.dtype(), g.shape(low=1, most=5)
    axis = g.axis(len(shape))
    attrs = {"axis": axis} if axis != -1 or g.chance(0.5) else {}
    return g.trial(g.array(dtype, shape), g.array(dtype, shape[axis:]), **attrs, **_epsilon(g))


@cases("BatchNormalization")
def batch_normalization(g: Gen) -> Trial:
    g.keep_form(4)
    dtype, shape = g.dtype(), g.shape(low=2, high=4)
    c = shape[1]
    training = g.chance(0.3)
    attrs = {"training_mode": 1} | g.some(0.5, momentum=g.pick(0.5, 0.9)) if training else {}
    stats = [g.array(dtype, (c,)), g.array(dtype, (c,)), g.array(dtype, (c,)), abs(g.array(dtype, (c,)))]
    return g.trial(g.array(dtype, shape), *stats, outputs=3 if training else 1, **attrs, **_epsilon(g))


@cases("InstanceNormalization")
def instance_normalization(g: Gen) -> Trial:
    g.keep_form(5)
    dtype, shape = g.dtype(), g.shape(low=3, high=4, empty=False)
    return g.trial(g.array(dtype, shape), g.array(dtype, shape[1:2]), g.array(dtype, shape[1:2]), **_epsilon(g))


@cases("GroupNormalization")
def group_normalization(g: Gen) -> Trial:
    g.keep_form(8)
    dtype, groups = g.dtype(), g.int(1, 3)
    shape = (g.int(1, 2), groups * g.int(1, 2), *g.shape(low=1, high=2, empty=False))
    parts = [g.array(dtype, shape[1:2]) for _ in range(2)]
    return g.trial(g.array(dtype, shape), *parts, num_groups=groups, **_epsilon(g))


@cases("LRN")
def lrn(g: Gen) -> Trial:
    g.keep_form(5)
    rank = 2 if g.chance(0.8) else g.int(0, 3)
    x = g.array(g.dtype(), (g.int(1, 2), g.int(1, 6), *g.shape(rank, rank, empty=False)))
    attrs = g.some(0.6, alpha=g.pick(0.5, 0.001), beta=g.pick(0.5, 1.0, 0.75), bias=g.pick(1.0, 2.0))
    return g.trial(x, size=g.pick(1, 3, 3, 5, 5, 2, 4), **attrs)


_ACTIVATIONS = ("Relu", "Tanh", "Sigmoid", "Affine", "LeakyRelu", "ThresholdedRelu", "ScaledTanh", "HardSigmoid", "Elu",
                "Softsign", "Softplus")  # fmt: skip


_PARAMETERS = {
    "activation_alpha": ("Affine", "LeakyRelu", "ThresholdedRelu", "ScaledTanh", "HardSigmoid", "Elu"),
    "activation_beta": ("Affine", "ScaledTanh", "HardSigmoid"),
}


@cases("RNN", "GRU", "LSTM")
def recurrent(g: Gen) -> Trial:
    g.keep_form(10)
    dtype = g.dtype()
    gates = {"RNN": 1, "GRU": 3, "LSTM": 4}[g.op]
    direction = g.pick("forward", "reverse", "bidirectional")
    d = 2 if direction == "bidirectional" else 1
    n, t, width, hidden = g.int(1, 2), g.int(1, 3), g.int(1, 2), g.int(1, 2)
    layout = int(g.chance(0.2))
    given = [g.chance(p) for p in (0.6, 0.3, 0.5, 0.5, 0.4)]
    attrs: dict[str, Any] = {"hidden_size": hidden}
    attrs |= {"direction": direction} if d > 1 or direction != "forward" or g.chance(0.3) else {}
    attrs |= {"layout": 1} if layout else {}
    attrs |= g.some(0.25, clip=g.pick(0.5, 2.0))
    if g.op == "GRU":
        attrs |= g.some(0.5, linear_before_reset=g.int(0, 1))
    if g.op == "LSTM":
        attrs |= g.some(0.2, input_forget=g.int(0, 1))
    if g.chance(0.3):
        count = {"RNN": 1, "GRU": 2, "LSTM": 3}[g.op]
        names = [g.pick(*_ACTIVATIONS) for _ in range(count)] * d
        attrs["activations"] = tuple(names)
        for which, takers in _PARAMETERS.items():
            values = tuple(0.5 if which == "activation_alpha" else 0.25 for name in names if name in takers)
            attrs |= {which: values} if values else {}
    small = g.pick(0.3, 1.0)

    def data(*shape: int) -> Array:
        return (small * g.data.normal(size=shape)).astype(NUMPY[dtype])

    def state(size: int) -> Array:
        return data(n, d, size) if layout else data(d, n, size)

    x = data(n, t, width) if layout else data(t, n, width)
    w, r = data(d, gates * hidden, width), data(d, gates * hidden, hidden)
    bias = data(d, 2 * gates * hidden) if given[0] else None
    lengths = g.rng.integers(1, t + 1, n).astype(np.int32) if given[1] else None
    operands = [x, w, r, bias, lengths, state(hidden) if given[2] else None]
    if g.op == "LSTM":
        operands += [state(hidden) if given[3] else None, data(d, 3 * hidden) if given[4] else None]
    return g.trial(*operands, outputs=3 if g.op == "LSTM" else 2, **attrs)


@cases("Attention")
def attention(g: Gen) -> Trial:
    g.keep_form(8)
    dtype = g.dtype(among=("float32", "float64", "float16"))
    n, kv, ratio, q, k, e, f = (
        g.int(1, 2),
        g.int(1, 2),
        g.pick(1, 1, 2),
        g.int(1, 4),
        g.int(1, 4),
        g.int(1, 4),
        g.int(1, 3),
    )
    heads = kv * ratio
    flat = g.chance(0.3)
    shapes = [(n, heads, q, e), (n, kv, k, e), (n, kv, k, f)]
    attrs: dict[str, Any] = {}
    if flat:
        shapes = [(n, q, heads * e), (n, k, kv * e), (n, k, kv * f)]
        attrs = {"q_num_heads": heads, "kv_num_heads": kv}
    operands: list[Array | None] = [g.plain(dtype, s) for s in shapes]
    past = g.int(0, 3) if g.chance(0.25) else None
    total = k + (past or 0)
    mask = None
    if g.chance(0.4):
        shape = g.pick((q, total), (n, 1, q, total), (n, heads, q, total), (1, q, total))
        mask = g.array("bool", shape) if g.chance(0.4) else g.plain(dtype, shape)
    operands.append(mask)
    if past is not None:
        operands += [g.plain(dtype, (n, kv, past, e)), g.plain(dtype, (n, kv, past, f))]
    attrs |= g.some(0.3, is_causal=g.int(0, 1), scale=g.pick(0.5, 1.0, 0.1), softcap=g.pick(0.0, 2.0))
    outputs = 3 if past is not None else 1
    if g.chance(0.25) and (past is not None or g.chance(0.5)):
        attrs["qk_matmul_output_mode"] = g.int(0, 3)
        outputs = 4
        if past is None:
            operands += [None, None]
    return g.trial(*operands, outputs=outputs, **attrs)


@cases("RotaryEmbedding")
def rotary(g: Gen) -> Trial:
    g.keep_form(6)
    dtype = g.dtype()
    n, t, heads, half = g.int(1, 2), g.int(1, 4), g.int(1, 3), g.int(1, 3)
    width = 2 * half
    part = 2 * g.int(1, half) if g.chance(0.3) else 0
    cached = (part or width) // 2
    attrs = g.some(0.5, interleaved=g.int(0, 1)) | ({"rotary_embedding_dim": part} if part else {})
    if g.chance(0.4):
        shape: tuple[int, ...] = (n, t, heads * width)
        attrs["num_heads"] = heads
    else:
        shape = (n, heads, t, width)
    x = g.array(dtype, shape)
    if g.chance(0.6):
        rows = g.int(t, 6)
        cache = (rows, cached)
        at = g.index((n, t), rows, negative=False)
        return g.trial(x, g.array(dtype, cache), g.array(dtype, cache), at, **attrs)
    return g.trial(x, g.array(dtype, (n, t, cached)), g.array(dtype, (n, t, cached)), **attrs)


@cases("LinearAttention")
def linear_attention(g: Gen) -> Trial:
    g.keep_form(10)
    dtype = g.dtype()
    n, t, heads, dk, dv = g.int(1, 2), g.int(1, 3), g.int(1, 2), g.int(1, 3), g.int(1, 3)
    kv = heads
    rule = g.pick("linear", "gated", "delta", "gated_delta")
    q, k, v = g.plain(dtype, (n, t, heads * dk)), g.plain(dtype, (n, t, kv * dk)), g.plain(dtype, (n, t, kv * dv))
    state = g.plain("float32", (n, kv, dk, dv)) if g.chance(0.5) else None
    decay = -abs(g.plain(dtype, (n, t, kv * dk if g.chance(0.5) else kv))) if rule.startswith("gated") else None
    beta = g.uniform(dtype, (n, t, kv), 0, 1) if "delta" in rule else None
    attrs = g.some(0.3, scale=g.pick(0.5, 1.0))
    return g.trial(
        q, k, v, state, decay, beta, outputs=2, q_num_heads=heads, kv_num_heads=kv, update_rule=rule, **attrs
    )

"""Linear attention, unrolled over time, and the causal convolution that goes before it."""

from __future__ import annotations

import math
from typing import Final

from ...theories.terms import build as b
from .. import dims
from ..dtypes import BFLOAT16, FLOAT, FLOAT16, Reading
from ..elements import Elem, index, where
from ..errors import BadAttribute, NotStatic, WrongDType, WrongShape
from ..operators import REQUIRED, Call, check_dtype, check_sizes, operator
from ..tensors import Index, Tensor, filled, tensor, total
from ..types import TensorType
from .activations import sigmoid_of
from .attention_shapes import divided, expect, heads, packed, unpacked, unpacked_shape
from .recurrent_cells import pick

_FLOATS: Final = (FLOAT, FLOAT16, BFLOAT16)
_RULES: Final = {"linear": (False, False), "gated": (True, False), "delta": (False, True), "gated_delta": (True, True)}
"""Whether an update rule takes a decay, and a rate."""


def _linear_rule(use: Call) -> tuple[TensorType, ...]:
    """The output ``[batch, time, heads·width of v]`` and the state ``[batch, kv heads, width of k, width of v]``."""
    q, k, v = use.type(0), use.type(1), use.type(2)
    check_dtype(use, q.dtype, _FLOATS)
    if (q.rank, k.rank, v.rank) != (3, 3, 3):
        raise WrongShape(f"{use.op} takes query, key and value of rank 3")
    if use.str("update_rule") not in _RULES:
        raise BadAttribute(f"{use.op}: unknown update_rule {use.str('update_rule')}")
    for position, name, wanted in zip((4, 5), ("decay", "beta"), _RULES[use.str("update_rule")], strict=True):
        if use.has(position) != wanted:
            raise BadAttribute(f"{use.op}: {name} does not go with update_rule {use.str('update_rule')}")
    batch, time = q.shape[0], q.shape[1]
    if dims.literal(time) is None:
        raise NotStatic(f"{use.op} is unrolled, so its sequence length {time!r} must be a literal")
    many, few = heads(use, "q_num_heads"), heads(use, "kv_num_heads")
    if many % few:
        raise BadAttribute(f"{use.op}: {few} key heads do not divide {many} query heads")
    width = unpacked_shape(use, q.shape, many)[3]
    wide = divided(use, v.shape[2], dims.size(few), "heads")
    keys = dims.product((dims.size(few), width))
    expect(use, 1, "key", (batch, time, keys), q.dtype)
    expect(use, 2, "value", (batch, time, v.shape[2]), q.dtype)
    state = (batch, dims.size(few), width, wide)
    kind = use.type(3).dtype if use.has(3) else q.dtype
    check_dtype(use, kind, _FLOATS)
    expect(use, 3, "past_state", state, kind)
    if use.has(4):
        per_head = use.type(4).rank == 3 and dims.equal(use.type(4).shape[2], dims.size(few)) is True
        expect(use, 4, "decay", (batch, time, dims.size(few) if per_head else keys), q.dtype)
    if use.has(5):
        one = use.type(5).rank == 3 and use.type(5).shape[2] is b.ONE
        expect(use, 5, "beta", (batch, time, b.ONE if one else dims.size(few)), q.dtype)
    return (TensorType(q.dtype, (batch, time, dims.product((dims.size(many), wide)))), TensorType(kind, state))


_LINEAR_ATTRS: Final = {
    "chunk_size": 64, "kv_num_heads": REQUIRED, "q_num_heads": REQUIRED, "scale": 0.0, "update_rule": "gated_delta",
}  # fmt: skip


@operator(
    "LinearAttention", _linear_rule, (3, 6), _LINEAR_ATTRS, conventions=("the state is a float32 between the steps",)
)
def linear_attention(
    use: Call, q: Tensor, k: Tensor, v: Tensor, past: Tensor | None, decay: Tensor | None, beta: Tensor | None
) -> tuple[Tensor, Tensor]:
    """``S_t = e^{g_t} S_{t−1} + β_t k_t ⊗ (v_t − e^{g_t} S_{t−1}ᵀ k_t)``, ``o_t = scale·q_tᵀ S_t``; ``g``, ``β`` by rule."""
    queries, keys = unpacked(use, q, "q_num_heads"), unpacked(use, k, "kv_num_heads")
    values = unpacked(use, v, "kv_num_heads")
    shape = (q.shape[0], keys.shape[1], keys.shape[3], values.shape[3])
    few, width = keys.size(1), keys.size(3)
    group = queries.size(1) // few
    steps = dims.literal(q.shape[1]) or 0

    def step(t: int, old: Tensor) -> Tensor:
        now = index(t, use.reading)

        def key(i: Index) -> Elem:
            return keys[i[0], i[1], now, i[2]].cast(FLOAT)

        def decayed(i: Index) -> Elem:
            assert decay is not None
            per_head = dims.equal(decay.shape[2], few.term) is True
            rate = decay[i[0], now, i[1] if per_head else i[1] * width + i[2]]
            return old[i] * rate.cast(FLOAT).exp()

        def correction(i: Index) -> Elem:
            value = values[i[0], i[1], now, i[2]].cast(FLOAT)
            if beta is None:
                return value
            found = total(width, lambda d: faded[i[0], i[1], d, i[2]] * key((i[0], i[1], d)))
            rate = beta[i[0], now, index(0, use.reading) if beta.shape[2] is b.ONE else i[1]].cast(FLOAT)
            return rate * (value - found)

        faded = old if decay is None else tensor(old, shape, decayed, use.reading).stored()
        written = tensor(old, (*shape[:2], shape[3]), correction, use.reading)
        written = written if beta is None else written.stored()
        return tensor(
            old, shape, lambda i: faded[i] + key(i) * written[i[0], i[1], i[3]], use.reading
        ).stored()  # fmt: skip

    zero = q.lit(0).cast(FLOAT)
    state = filled(zero, shape) if past is None else tensor(FLOAT, shape, lambda i: past[i].cast(FLOAT), use.reading)
    states: list[Tensor] = []
    for t in range(steps):
        state = step(t, state)
        states.append(state)
    scale = _scale(use, zero, keys)

    def output(i: Index) -> Elem:
        if not states:
            return q.lit(0)
        read = total(
            width,
            lambda d: queries[i[0], i[1], i[2], d].cast(FLOAT) * pick(i[2], states, (i[0], i[1] // group, d, i[3])),
        )
        return (scale * read).cast(q.dtype)

    kind = past.dtype if past is not None else q.dtype
    out = tensor(q, (*queries.shape[:3], shape[3]), output, use.reading)
    return packed(out), tensor(kind, shape, lambda i: state[i].cast(kind), use.reading)


def _scale(use: Call, like: Elem, keys: Tensor) -> Elem:
    given, width = use.float("scale"), dims.literal(keys.shape[3])
    if given:
        return like.lit(given)
    if use.reading is Reading.IEEE and width:
        return like.lit(1 / math.sqrt(width))
    return 1 / keys.size(3).cast(FLOAT).sqrt()


def _conv_rule(use: Call) -> tuple[TensorType, ...]:
    """The type of the input, and ``[batch, channels, k − 1]`` (ONNX CausalConvWithState)."""
    x, w = use.type(0), use.type(1)
    check_dtype(use, x.dtype, _FLOATS)
    if w.dtype is not x.dtype:
        raise WrongDType(f"{use.op}: operands of types {x.dtype.name} and {w.dtype.name}")
    if x.rank != 3 or w.rank != 3:
        raise WrongShape(f"{use.op} takes input and weight of rank 3")
    if use.str("activation") not in ("none", "silu", "swish"):
        raise BadAttribute(f"{use.op}: unknown activation {use.str('activation')}")
    check_sizes(use, w.shape[0], x.shape[1], "channels")
    check_sizes(use, w.shape[1], b.ONE, "middle size of the weight")
    if not dims.at_least(w.shape[2], 1):
        raise WrongShape(f"{use.op}: a kernel of size {w.shape[2]!r}")
    expect(use, 2, "bias", x.shape[1:2], x.dtype)
    state = (*x.shape[:2], dims.size(b.sub(w.shape[2], b.ONE)))
    expect(use, 3, "past_state", state, x.dtype)
    return (x, TensorType(x.dtype, state))


@operator("CausalConvWithState", _conv_rule, (2, 4), {"activation": "none"})
def causal_conv(use: Call, x: Tensor, w: Tensor, bias: Tensor | None, past: Tensor | None) -> tuple[Tensor, Tensor]:
    """``out[n, c, t] = Σ_j z[n, c, t + j]·w[c, 0, j] + bias[c]`` where ``z`` is ``past`` (or zeros), then ``x``."""
    zero, before = index(0, use.reading), w.size(2) - 1

    def z(n: Elem, c: Elem, p: Elem) -> Elem:
        return where(p < before, x.lit(0) if past is None else past[n, c, p], x[n, c, p - before])

    def convolved(i: Index) -> Elem:
        out = total(w.size(2), lambda j: z(i[0], i[1], i[2] + j) * w[i[1], zero, j])
        return out if bias is None else out + bias[i[1]]

    def swish(i: Index) -> Elem:
        v = plain[i].cast(FLOAT)
        return (v * sigmoid_of(v)).cast(x.dtype)

    plain = tensor(x, x.shape, convolved, use.reading)
    out = plain if use.str("activation") == "none" else tensor(x, x.shape, swish, use.reading)
    state = (*x.shape[:2], dims.size(b.sub(w.shape[2], b.ONE)))
    return out, tensor(x, state, lambda i: z(i[0], i[1], x.size(2) + i[2]), use.reading)

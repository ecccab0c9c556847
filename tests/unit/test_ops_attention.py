"""Attention and what stands around it, beside NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from ops_run import f32, i64, run, types

from probanda.ir import operators as ops
from probanda.ir.dtypes import BOOL, DOUBLE, Reading
from probanda.ir.errors import BadAttribute, NotStatic, WrongDType, WrongShape
from probanda.ir.tensors import variable
from probanda.ir.types import TensorType, tensor_type
from probanda.theories.errors import Unsupported

Array = NDArray[Any]


def random(*shape: int) -> Array:
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(np.float32)


def attended(q: Array, k: Array, v: Array, bias: Array) -> Array:
    """One head after the other; a row without keys is 0."""
    out = np.zeros((*q.shape[:3], v.shape[3]))
    group = q.shape[1] // k.shape[1]
    for n, h, i in np.ndindex(q.shape[:3]):
        logits = k[n, h // group] @ q[n, h, i] / np.sqrt(q.shape[3]) + bias[n, h, i]
        if not np.isneginf(bias[n, h, i]).all():
            weights = np.exp(logits - logits.max())
            out[n, h, i] = weights @ v[n, h // group] / weights.sum()
    return out


def test_types() -> None:
    q, k = f32("b", "s", 768), f32("b", "t", 256)
    assert types("Attention", q, k, k, n=4, q_num_heads=12, kv_num_heads=4) == [
        "float32[b, s, 768]", "float32[b, 4, t, 64]", "float32[b, 4, t, 64]", "float32[b, 12, s, t]",
    ]  # fmt: skip
    q, k, past = f32("b", 8, "s", 64), f32("b", 2, "s", 64), f32("b", 2, "p", 64)
    mask = tensor_type(BOOL, "b", 1, "s", "s")
    present = "float32[b, 2, add(s, p), 64]"
    out = types("Attention", q, k, k, mask, past, past, n=3, is_causal=1)
    assert out[:3] == ["float32[b, 8, s, 64]", present, present]


Q, K = f32("b", 4, "s", 8), f32("b", 2, "s", 8)


@pytest.mark.parametrize(
    ("given", "attrs", "error"),
    [
        ((Q, K, f32("b", 2, "t", 8)), {}, WrongShape),
        ((Q, f32("b", 3, "s", 8), f32("b", 3, "s", 8)), {}, WrongShape),
        ((Q, f32("b", "s", 8), f32("b", "s", 8)), {}, WrongShape),
        ((Q, K, tensor_type(DOUBLE, "b", 2, "s", 8)), {}, WrongDType),
        ((Q, K, K), {"q_num_heads": 8}, WrongShape),
        ((f32("b", "s", 8), f32("b", "s", 8), f32("b", "s", 8)), {}, BadAttribute),
        ((Q, K, K, f32("s", "t")), {}, WrongShape),
        ((Q, K, K, f32(3, "s", "s")), {}, WrongShape),
        ((Q, K, K, i64("s", "s")), {}, WrongDType),
        ((Q, K, K, None, f32("b", 2, "p", 8)), {}, BadAttribute),
        ((Q, K, K, None, f32("b", 2, "p", 8), f32("b", 2, "r", 8)), {}, WrongShape),
        ((Q, K, K, None, f32("b", 2, "p", 8), f32("b", 2, "p", 8), i64("b")), {}, BadAttribute),
        ((Q, K, K), {"qk_matmul_output_mode": 4}, BadAttribute),
        ((Q, K, K), {"left_window_size": -2}, BadAttribute),
        ((Q, K, K), {"scale": -1.0}, BadAttribute),
    ],
)
def test_attention_refuses(given: tuple[TensorType | None, ...], attrs: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        types("Attention", *given, n=4, **attrs)


def test_attention_of_groups_with_a_cache() -> None:
    q, k, v = random(2, 4, 2, 3), random(2, 2, 2, 3), random(2, 2, 2, 5)
    past_k, past_v = random(2, 2, 3, 3), random(2, 2, 3, 5)
    whole_k, whole_v = np.concatenate([past_k, k], 2), np.concatenate([past_v, v], 2)
    bias = np.where(np.arange(5) <= np.arange(2)[:, None] + 3, 0.0, -np.inf)
    out = run("Attention", q, k, v, None, past_k, past_v, n=4, is_causal=1)
    np.testing.assert_allclose(out[0], attended(q, whole_k, whole_v, np.broadcast_to(bias, (2, 4, 2, 5))), atol=1e-6)
    np.testing.assert_array_equal(out[1], whole_k)
    np.testing.assert_array_equal(out[2], whole_v)
    shapes = [q.shape, ("b", 2, "s", 3), ("b", 2, "s", 5), (), ("b", 2, "p", 3), ("b", 2, "p", 5)]
    shapes[0] = ("b", 4, "s", 3)
    sizes = {"b": 2, "s": 2, "p": 3}
    again = run("Attention", q, k, v, None, past_k, past_v, n=4, is_causal=1, shapes=shapes, sizes=sizes)
    np.testing.assert_array_equal(again[0], out[0])


def test_mask_with_empty_rows_and_missing_columns() -> None:
    q, k, v = random(1, 2, 3, 4), random(1, 2, 5, 4), random(1, 2, 5, 2)
    mask = random(3, 4)
    mask[1] = -np.inf
    mask[2, :2] = -np.inf
    bias = np.concatenate([mask, np.full((3, 1), -np.inf)], 1)
    out = run("Attention", q, k, v, mask, n=4, qk_matmul_output_mode=3)
    np.testing.assert_allclose(out[0], attended(q, k, v, np.broadcast_to(bias, (1, 2, 3, 5))), atol=1e-6)
    assert not out[0][0, :, 1].any() and not out[3][0, :, 1].any() and not out[3][..., 4].any()


def test_padding_and_window() -> None:
    q, k, v = random(2, 1, 3, 2), random(2, 1, 4, 2), random(2, 1, 4, 2)
    lengths = np.array([4, 2])
    bias = np.full((2, 1, 3, 4), -np.inf)
    for n, i, j in np.ndindex(2, 3, 4):
        place = i + lengths[n] - 3
        if place - 1 <= j <= place and j < lengths[n]:
            bias[n, 0, i, j] = 0
    out = run("Attention", q, k, v, None, None, None, lengths, n=4, left_window_size=1, right_window_size=0)
    np.testing.assert_allclose(out[0], attended(q, k, v, bias), atol=1e-6)


def test_scores_in_the_real_reading() -> None:
    """Keys that are not allowed are left out, so that no -inf is needed; only the biased scores have none."""
    op, given = ops.find("Attention"), [f32("b", 1, "s", 4)] * 3
    operands = [variable(f"x{k}", t, Reading.REAL) for k, t in enumerate(given)]
    use = ops.call(op, given, {"is_causal": 1, "qk_matmul_output_mode": 2}, Reading.REAL, 4)
    out = ops.denote(op, use, operands)
    assert "inf" not in repr(out[0].lam())
    with pytest.raises(Unsupported):
        out[3].lam()


@pytest.mark.parametrize("neighbours", [0, 1])
def test_rotary_embedding(neighbours: int) -> None:
    x, cos, sin = random(2, 3, 12), random(5, 2), random(5, 2) + 1
    positions = np.array([[0, 4, 2], [-1, 1, 1]])
    heads = x.reshape(2, 3, 2, 6)
    want = heads.copy()
    for n, s, h, p in np.ndindex(2, 3, 2, 2):
        first, second = (2 * p, 2 * p + 1) if neighbours else (p, p + 2)
        c, d = cos[positions[n, s], p], sin[positions[n, s], p]
        u, v = heads[n, s, h, first], heads[n, s, h, second]
        want[n, s, h, first], want[n, s, h, second] = c * u - d * v, d * u + c * v
    out = run("RotaryEmbedding", x, cos, sin, positions, num_heads=2, rotary_embedding_dim=4, interleaved=neighbours)
    np.testing.assert_allclose(out[0], want.reshape(2, 3, 12), atol=1e-6)
    whole = (f32("b", 2, "s", 6), f32("b", "s", 3), f32("b", "s", 3))
    assert types("RotaryEmbedding", *whole) == ["float32[b, 2, s, 6]"]


@pytest.mark.parametrize(
    ("given", "attrs", "error"),
    [
        ((f32("b", "s", 12), f32("b", "s", 3), f32("b", "s", 3)), {}, BadAttribute),
        ((f32("b", 2, "s", 5), f32("b", "s", 2), f32("b", "s", 2)), {}, WrongShape),
        ((f32("b", 2, "s", 6), f32("b", "s", 2), f32("b", "s", 3)), {}, WrongShape),
        ((f32("b", 2, "s", 6), f32("b", "s", 4), f32("b", "s", 4)), {"rotary_embedding_dim": 8}, WrongShape),
        ((f32("b", 2, "s", 6), f32("m", 3), f32("m", 3), f32("b", "s")), {}, WrongDType),
    ],
)
def test_rotary_refuses(given: tuple[TensorType, ...], attrs: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        types("RotaryEmbedding", *given, **attrs)


@pytest.mark.parametrize("mode", ["linear", "circular"])
def test_tensor_scatter(mode: str) -> None:
    past, update, starts = random(2, 2, 5, 1), random(2, 2, 3, 1), np.array([2, 0 if mode == "linear" else 4])
    want = past.copy()
    for n, k in np.ndindex(2, 3):
        want[n, :, (starts[n] + k) % 5] = update[n, :, k]
    np.testing.assert_array_equal(run("TensorScatter", past, update, starts, mode=mode)[0], want)
    with pytest.raises(BadAttribute):
        types("TensorScatter", f32("b", 4), f32("b", 4), axis=0)
    with pytest.raises(WrongShape):
        types("TensorScatter", f32("b", 4, 2), f32("b", 5, 2))


def test_linear_attention() -> None:
    q, k, v = random(1, 3, 8), random(1, 3, 4), random(1, 3, 6)
    decay, rate = -abs(random(1, 3, 2)), abs(random(1, 3, 1))
    state, want = np.zeros((2, 2, 3)), np.zeros((3, 4, 3))
    for t, h in np.ndindex(3, 2):
        key, old = k[0, t].reshape(2, 2)[h], np.exp(decay[0, t, h]) * state[h]
        state[h] = old + np.outer(key, rate[0, t, 0] * (v[0, t].reshape(2, 3)[h] - old.T @ key))
        for g in (2 * h, 2 * h + 1):
            want[t, g] = q[0, t].reshape(4, 2)[g] @ state[h] / np.sqrt(2)
    out = run("LinearAttention", q, k, v, None, decay, rate, n=2, q_num_heads=4, kv_num_heads=2)
    np.testing.assert_allclose(out[0], want.reshape(1, 3, 12), atol=1e-6)
    np.testing.assert_allclose(out[1][0], state, atol=1e-6)
    with pytest.raises(NotStatic):
        types("LinearAttention", *[f32("b", "t", 4)] * 3, q_num_heads=2, kv_num_heads=2, update_rule="linear")
    with pytest.raises(BadAttribute):
        types("LinearAttention", *[f32("b", 2, 4)] * 3, q_num_heads=2, kv_num_heads=2)


def test_causal_convolution() -> None:
    x, w, bias = random(1, 2, 3), random(2, 1, 3), random(2)
    padded = np.concatenate([np.zeros((1, 2, 2), np.float32), x], 2)
    plain = sum(padded[:, :, j : j + 3] * w[:, 0, j, None] for j in range(3)) + bias[:, None]
    out = run("CausalConvWithState", x, w, bias, n=2, activation="silu")
    np.testing.assert_allclose(out[0], plain / (1 + np.exp(-plain)), atol=1e-6)
    np.testing.assert_array_equal(out[1], padded[:, :, 3:])
    assert types("CausalConvWithState", f32("b", "c", "l"), f32("c", 1, 4)) == ["float32[b, c, l]", "float32[b, c, 3]"]

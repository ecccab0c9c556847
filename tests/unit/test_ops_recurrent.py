"""Recurrent layers beside loops over NumPy arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from ops_run import f32, run, types

from probanda.ir import operators as ops
from probanda.ir.dtypes import INT32, INT64, Reading
from probanda.ir.errors import BadAttribute, NotStatic, WrongDType, WrongShape
from probanda.ir.tensors import variable
from probanda.ir.types import TensorType, tensor_type
from probanda.theories.terms.term import postorder

Array = NDArray[Any]
STEPS, BATCH, INPUTS, HIDDEN = 4, 3, 2, 3


def random(*shape: int) -> Array:
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(np.float32)


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def test_types() -> None:
    lstm = (f32(5, "b", "i"), f32(2, 16, "i"), f32(2, 16, 4))
    state = "float32[2, b, 4]"
    assert types("LSTM", *lstm, n=3, direction="bidirectional") == ["float32[5, 2, b, 4]", state, state]
    batch_first = (f32("b", 5, 3), f32(1, 12, 3), f32(1, 12, 4))
    assert types("GRU", *batch_first, n=2, layout=1) == ["float32[b, 5, 1, 4]", "float32[b, 1, 4]"]
    assert types("RNN", f32(0, "b", 3), f32(1, 4, 3), f32(1, 4, 4))[0] == "float32[0, 1, b, 4]"


@pytest.mark.parametrize(
    ("changed", "attrs", "error"),
    [
        ({0: f32("t", 2, 3)}, {}, NotStatic),
        ({0: f32(2, 3)}, {}, WrongShape),
        ({1: f32(1, 4, 7)}, {}, WrongShape),
        ({1: tensor_type(INT32, 1, 4, 3)}, {}, WrongDType),
        ({2: f32(1, 5, 4)}, {}, WrongShape),
        ({3: f32(1, 4)}, {}, WrongShape),
        ({4: tensor_type(INT64, 2)}, {}, WrongDType),
        ({4: tensor_type(INT32, 3)}, {}, WrongShape),
        ({5: f32(2, 4)}, {}, WrongShape),
        ({}, {"direction": "sideways"}, BadAttribute),
        ({}, {"direction": "bidirectional"}, WrongShape),
        ({}, {"hidden_size": 5}, WrongShape),
        ({}, {"layout": 2}, BadAttribute),
        ({}, {"activations": ("Sine",)}, BadAttribute),
        ({}, {"activations": ()}, None),
        ({}, {"activations": ("Affine",)}, BadAttribute),
        ({}, {"activations": ("Affine",), "activation_alpha": (2.0,), "activation_beta": (1.0,)}, None),
        ({}, {"activations": ("Tanh",), "activation_alpha": (2.0,)}, None),
    ],
)
def test_rnn_refuses(changed: dict[int, TensorType], attrs: dict[str, Any], error: type[Exception] | None) -> None:
    given = {0: f32(5, 2, 3), 1: f32(1, 4, 3), 2: f32(1, 4, 4), 3: None, 4: None, 5: None, **changed}
    if error is None:
        types("RNN", *given.values(), n=2, **attrs)
        return
    with pytest.raises(error):
        types("RNN", *given.values(), n=2, **attrs)


@pytest.mark.parametrize("back", [False, True])
def test_rnn_with_lengths(back: bool) -> None:
    x, w, r, b = random(STEPS, BATCH, INPUTS), random(1, HIDDEN, INPUTS), random(1, HIDDEN, HIDDEN), random(1, 6)
    h0, lengths = random(1, BATCH, HIDDEN), np.array([4, 2, 0], np.int32)
    y, last = np.zeros((STEPS, 1, BATCH, HIDDEN), np.float32), np.zeros((1, BATCH, HIDDEN), np.float32)
    for n, length in enumerate(lengths):
        h = h0[0, n]
        for t in sorted(range(length), reverse=back):
            h = np.tanh(x[t, n] @ w[0].T + h @ r[0].T + b[0, :3] + b[0, 3:])
            y[t, 0, n] = h
        last[0, n] = h if length else 0
    out = run("RNN", x, w, r, b, lengths, h0, n=2, direction="reverse" if back else "forward")
    np.testing.assert_allclose(out[0], y, atol=1e-6)
    np.testing.assert_allclose(out[1], last, atol=1e-6)


@pytest.mark.parametrize("coupled", [0, 1])
def test_lstm_with_peepholes_and_clip(coupled: int) -> None:
    x, w, r = random(STEPS, BATCH, INPUTS), random(1, 4 * HIDDEN, INPUTS), random(1, 4 * HIDDEN, HIDDEN)
    p, c0 = random(1, 3 * HIDDEN), 5 * random(1, BATCH, HIDDEN)
    h, c = np.zeros((BATCH, HIDDEN), np.float32), c0[0]
    p_in, p_out, p_forget = np.split(p[0], 3)

    def clipped(v: Array) -> Array:
        return np.clip(v, -0.75, 0.75)

    for t in range(STEPS):
        i, o, f, g = np.split(x[t] @ w[0].T + h @ r[0].T, 4, axis=1)
        take = sigmoid(clipped(i + p_in * c))
        keep = 1 - take if coupled else sigmoid(clipped(f + p_forget * c))
        c = keep * c + take * np.tanh(clipped(g))
        h = sigmoid(clipped(o + p_out * c)) * np.tanh(clipped(c))
    assert abs(c).max() > 0.75
    out = run("LSTM", x, w, r, None, None, None, c0, p, n=3, clip=0.75, input_forget=coupled)
    np.testing.assert_allclose(out[1][0], h, atol=1e-6)
    np.testing.assert_allclose(out[2][0], c, atol=1e-6)


@pytest.mark.parametrize("linear", [0, 1])
def test_gru_batch_first(linear: int) -> None:
    x, w, r, b = random(BATCH, STEPS, INPUTS), random(1, 9, INPUTS), random(1, 9, HIDDEN), random(1, 18)
    h = np.zeros((BATCH, HIDDEN), np.float32)
    (wz, wr, wh), (rz, rr, rh) = np.split(b[0, :9], 3), np.split(b[0, 9:], 3)
    for t in range(STEPS):
        xz, xr, xh = np.split(x[:, t] @ w[0].T, 3, axis=1)
        hz, hr, hh = np.split(h @ r[0].T, 3, axis=1)
        z, reset = sigmoid(xz + hz + wz + rz), sigmoid(xr + hr + wr + rr)
        recalled = reset * (hh + rh) if linear else (reset * h) @ r[0, 6:].T + rh
        h = (1 - z) * np.tanh(xh + recalled + wh) + z * h
    out = run("GRU", x, w, r, b, n=2, layout=1, linear_before_reset=linear)
    np.testing.assert_allclose(out[1][:, 0], h, atol=1e-6)
    np.testing.assert_allclose(out[0][:, -1, 0], h, atol=1e-6)


def test_activations() -> None:
    """In the order of ONNX's list, with its defaults; alphas and betas go to the functions that take them."""
    x = np.array([[[-2.0, -0.25, 0.5, 1.0, 3.0]]], np.float32)
    v = x[0, 0].astype(np.float64)
    eye, zero = np.eye(5, dtype=np.float32)[None], np.zeros((1, 5, 5), np.float32)
    expected: dict[str, Array] = {
        "Relu": np.maximum(v, 0),
        "Sigmoid": 1 / (1 + np.exp(-v)),
        "LeakyRelu": np.where(v < 0, 0.01 * v, v),
        "ThresholdedRelu": np.where(v < 1, 0, v),
        "HardSigmoid": np.clip(0.2 * v + 0.5, 0, 1),
        "Elu": np.where(v < 0, np.exp(v) - 1, v),
        "Softsign": v / (1 + abs(v)),
        "Softplus": np.log1p(np.exp(v)),
    }
    for name, values in expected.items():
        out = run("RNN", x, eye, zero, n=2, activations=(name,))
        np.testing.assert_allclose(out[1][0, 0], values, atol=1e-6, err_msg=name)
    scaled = run("RNN", x, eye, zero, n=2, activations=("ScaledTanh",), activation_alpha=(2.0,), activation_beta=(0.5,))
    np.testing.assert_allclose(scaled[1][0, 0], 2 * np.tanh(v / 2), atol=1e-6)


def test_softplus_does_not_overflow() -> None:
    x, eye = np.array([[[-200.0, 200.0]]], np.float32), np.eye(2, dtype=np.float32)[None]
    out = run("RNN", x, eye, np.zeros((1, 2, 2), np.float32), n=2, activations=("Softplus",))
    np.testing.assert_array_equal(out[1][0, 0], [0, 200])


def test_terms_grow_with_the_number_of_steps_only() -> None:
    def size(steps: int) -> int:
        given = [f32(steps, "b", 3), f32(1, 8, 3), f32(1, 8, 2)]
        op = ops.find("LSTM")
        operands = [variable(f"x{k}", t, Reading.REAL) for k, t in enumerate(given)]
        return sum(1 for _ in postorder([ops.denote(op, ops.call(op, given, {}), operands)[0].lam()]))

    assert size(16) - size(12) == size(12) - size(8)

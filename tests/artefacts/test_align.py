"""Alignment of real models with what onnxruntime makes of them, and of small graphs with their twins."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from onnx import ModelProto

from probanda.ir.builder import Builder
from probanda.ir.dtypes import FLOAT, INT64
from probanda.ir.graph import Graph, Ref
from probanda.ir.importers.onnx import import_onnx
from probanda.ir.params import ParamStore
from probanda.ir.types import tensor_type
from probanda.obligations.artefacts.align.engine import align
from probanda.obligations.artefacts.align.interface import InterfacesDiffer
from probanda.obligations.artefacts.align.records import Alignment
from probanda.obligations.artefacts.align.refute import shows
from probanda.obligations.claims import Verdict
from probanda.obligations.settings import Settings
from tests import models
from tests.models.optimised import optimise, save

SETTINGS = Settings(use_cache=False, jobs=1)
Made = tuple[Graph, ParamStore]


def optimised(model: ModelProto, folder: Path, level: str) -> Alignment:
    """``model`` against what onnxruntime writes at a level of optimisation."""
    before, after = save(model, folder / "before.onnx"), folder / "after.onnx"
    optimise(before, after, level)
    one, two = import_onnx(before), import_onnx(after)
    return align(one.graph, one.params, two.graph, two.params, SETTINGS)


REAL_WIDTHS: dict[str, Callable[[], ModelProto]] = {
    "mlp": models.mlp,
    "cnn_bn": models.cnn_bn,
    "resnet_block": models.resnet_block,
    "vit_block": models.vit_block,
    "encoder_block": models.encoder_block,
    "gpt_block": partial(models.gpt, layers=1, vocab=1000),
    "lstm": models.lstm,
    "gru": models.gru,
}


@pytest.mark.parametrize("name", REAL_WIDTHS)
def test_the_basic_level_of_onnxruntime_computes_the_same(name: str, tmp_path: Path) -> None:
    found = optimised(REAL_WIDTHS[name](), tmp_path, "basic")
    assert found.verdict is Verdict.PROVED, (found.reason, found.attempts)
    assert "real" in found.readings or "ereal" in found.readings
    folded = name in ("cnn_bn", "resnet_block")
    assert bool(found.constants) is folded
    assert all(0 < c.ratio <= 1 for c in found.constants)


def build(make: Callable[[Builder, Ref], Ref], *sizes: int | str) -> Made:
    g = Builder("g")
    return g.graph(y=make(g, g.input("x", tensor_type(FLOAT, *sizes)))), g.params


def weights(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.random.default_rng(7).standard_normal(shape).astype(np.float32)


def run(before: Made, after: Made) -> Alignment:
    return align(*before, *after, SETTINGS)


def dense(g: Builder, x: Ref) -> Ref:
    return g.add("Add", g.add("MatMul", x, g.const("w", weights(6, 5))), g.const("c", weights(5)))


def test_a_product_and_a_sum_are_one_gemm_over_the_reals_only() -> None:
    after = build(lambda g, x: g.add("Gemm", x, g.const("w", weights(6, 5)), g.const("c", weights(5))), "n", 6)
    found = run(build(dense, "n", 6), after)
    assert found.verdict is Verdict.PROVED
    assert "real" in found.readings and "f32" not in found.readings
    assert found.symbols == ("n",)


def test_an_identity_of_floats_is_proved_in_floats() -> None:
    def scaled(g: Builder, x: Ref) -> Ref:
        return g.add("Mul", x, g.const("one", np.asarray(1, np.float32)))

    found = run(build(scaled, "n"), build(lambda g, x: x, "n"))
    assert found.verdict is Verdict.PROVED and {"f32", "real"} <= found.readings

    def shifted(g: Builder, x: Ref) -> Ref:
        return g.add("Add", x, g.const("zero", np.asarray(0, np.float32)))

    found = run(build(shifted, "n"), build(lambda g, x: x, "n"))  # not for -0
    assert found.verdict is Verdict.PROVED and "real" in found.readings and "f32" not in found.readings


def test_a_normalisation_in_parts_is_the_operator() -> None:
    gamma, beta = weights(6), weights(6)[::-1].copy()

    def parts(g: Builder, x: Ref) -> Ref:
        last = g.const("last", np.asarray([-1]))
        away = g.add("Sub", x, g.add("ReduceMean", x, last))
        square = g.add("Pow", away, g.const("two", np.asarray(2, np.float32)))
        spread = g.add("Add", g.add("ReduceMean", square, last), g.const("epsilon", np.asarray(1e-5, np.float32)))
        scaled = g.add("Mul", g.add("Div", away, g.add("Sqrt", spread)), g.const("gamma", gamma))
        return g.add("Add", scaled, g.const("beta", beta))

    def whole(g: Builder, x: Ref) -> Ref:
        operands = x, g.const("gamma", gamma), g.const("beta", beta)
        return g.add("LayerNormalization", *operands, epsilon=float(np.float32(1e-5)))

    found = run(build(parts, "n", 6), build(whole, "n", 6))
    assert found.verdict is Verdict.PROVED and "real" in found.readings and "f32" not in found.readings


def test_moves_are_bitwise() -> None:
    def twice(g: Builder, x: Ref) -> Ref:
        return g.add("Transpose", g.add("Transpose", x, perm=(1, 2, 0)), perm=(1, 2, 0))

    found = run(build(twice, "a", "b", 4), build(lambda g, x: g.add("Transpose", x, perm=(2, 0, 1)), "a", "b", 4))
    assert found.verdict is Verdict.PROVED and "bits" in found.readings
    assert {m.how for m in found.matches} <= {"same", "bitwise"}


def test_a_row_of_a_product_is_not_claimed_in_floats() -> None:
    w = weights(6, 5)

    def sliced(g: Builder, x: Ref) -> Ref:
        one = g.const("one", np.asarray([0]))
        two = g.const("two", np.asarray([2]))
        return g.add("Slice", g.add("MatMul", x, g.const("w", w)), one, two)

    def of_slice(g: Builder, x: Ref) -> Ref:
        one = g.const("one", np.asarray([0]))
        two = g.const("two", np.asarray([2]))
        return g.add("MatMul", g.add("Slice", x, one, two), g.const("w", w))

    found = run(build(sliced, 8, 6), build(of_slice, 8, 6))
    assert found.verdict is Verdict.PROVED
    assert "f32" not in found.readings and "bits" not in found.readings


def folded_norm(factor: float) -> tuple[Made, Made]:
    w, scale, shift, mean = weights(8, 3, 3, 3), weights(8), weights(8) + 1, weights(8) - 1
    variance = np.abs(weights(8)) + np.float32(0.5)

    def before(g: Builder, x: Ref) -> Ref:
        y = g.add("Conv", x, g.const("w", w), pads=(1, 1, 1, 1), kernel_shape=(3, 3))
        parts = [g.const(n, a) for n, a in (("s", scale), ("b", shift), ("m", mean), ("v", variance))]
        return g.add("BatchNormalization", y, *parts, epsilon=float(np.float32(1e-5)))

    gain = scale / np.sqrt(variance + np.float32(1e-5))
    kernel = (w * gain[:, None, None, None] * np.float32(factor)).astype(np.float32)

    def after(g: Builder, x: Ref) -> Ref:
        bias = g.const("c", (shift - mean * gain).astype(np.float32))
        return g.add("Conv", x, g.const("k", kernel), bias, pads=(1, 1, 1, 1), kernel_shape=(3, 3))

    return build(before, "n", 3, 8, 8), build(after, "n", 3, 8, 8)


def test_folded_weights_are_equal_up_to_rounding() -> None:
    found = run(*folded_norm(1.0))
    assert found.verdict is Verdict.PROVED
    assert {c.name for c in found.constants} == {"k", "c"}
    assert "real" in found.readings and "f32" not in found.readings


@pytest.mark.parametrize("factor", [1.00001, 1.01, -1.0])
def test_folded_weights_that_are_off_are_refuted(factor: float) -> None:
    found = run(*folded_norm(factor))
    assert found.verdict is Verdict.REFUTED and found.difference is not None
    assert found.difference.before != found.difference.after


def attention(g: Builder, x: Ref, swap: bool = False, axis: int = -1, residual: bool = True) -> Ref:
    """One head of four; ``swap`` splits heads by a bare reshape."""
    heads, d = 2, 3

    def split(name: str) -> Ref:
        y = g.add("MatMul", x, g.const(name, weights(6, 6) * {"q": 1, "k": 2, "v": 3}[name]))
        if swap and name == "v":
            return g.add("Reshape", y, g.const("bare", np.asarray([-1, heads, 4, d])))
        y = g.add("Reshape", y, g.const(f"shape_{name}", np.asarray([-1, 4, heads, d])))
        return g.add("Transpose", y, perm=(0, 2, 1, 3))

    q, k, v = split("q"), split("k"), split("v")
    scores = g.add("Softmax", g.add("MatMul", q, g.add("Transpose", k, perm=(0, 1, 3, 2))), axis=axis)
    mixed = g.add("Transpose", g.add("MatMul", scores, v), perm=(0, 2, 1, 3))
    out = g.add("Reshape", mixed, g.const("back", np.asarray([-1, 4, 6])))
    return g.add("Add", out, x) if residual else out


@pytest.mark.parametrize("twin", ["swap", "axis", "residual"])
def test_twins_of_attention_are_refuted(twin: str) -> None:
    changed: dict[str, Callable[[Builder, Ref], Ref]] = {
        "swap": lambda g, x: attention(g, x, swap=True),
        "axis": lambda g, x: attention(g, x, axis=-2),
        "residual": lambda g, x: attention(g, x, residual=False),
    }
    found = run(build(attention, "n", 4, 6), build(changed[twin], "n", 4, 6))
    assert found.verdict is Verdict.REFUTED and found.difference is not None
    assert found.difference.replayed["numpy"]
    assert set(found.difference.inputs) == {"x"}


def norm(swapped: bool = False, epsilon: float = 1e-5, nudge: float = 1.0) -> Made:
    gamma, beta = weights(6), weights(6)[::-1].copy()

    def make(g: Builder, x: Ref) -> Ref:
        w = weights(6, 6)
        w[2, 3] *= np.float32(nudge)
        one, two = g.const("gamma", beta if swapped else gamma), g.const("beta", gamma if swapped else beta)
        y = g.add("LayerNormalization", x, one, two, epsilon=float(np.float32(epsilon)))
        return g.add("MatMul", y, g.const("w", w))

    return build(make, "n", 6)


@pytest.mark.parametrize("twin", [norm(swapped=True), norm(epsilon=1e-3), norm(nudge=1.01)])
def test_twins_of_a_normalisation_are_refuted(twin: Made) -> None:
    found = run(norm(), twin)
    assert found.verdict is Verdict.REFUTED


def pooled(folded: bool) -> Made:
    def make(g: Builder, x: Ref) -> Ref:
        if not folded:
            x = g.add(
                "Pad",
                x,
                g.const("pads", np.asarray([0, 0, 1, 1, 0, 0, 1, 1])),
                g.const("zero", np.asarray(0, np.float32)),
            )
        return g.add("MaxPool", x, kernel_shape=(3, 3), pads=(1, 1, 1, 1) if folded else (0, 0, 0, 0))

    return build(make, "n", 1, 5, 5)


def test_padding_by_zero_is_not_the_padding_of_max_pool() -> None:
    found = run(pooled(False), pooled(True))
    assert found.verdict is Verdict.REFUTED and found.difference is not None
    assert found.difference.before >= 0 > found.difference.after


def test_what_is_not_shown_is_unknown() -> None:
    before = build(lambda g, x: g.add("Sin", g.add("Add", x, x)), "n")

    def after(g: Builder, x: Ref) -> Ref:
        two = g.const("two", np.asarray(2, np.float32))
        return g.add("Mul", two, g.add("Mul", g.add("Sin", x), g.add("Cos", x)))

    found = run(before, build(after, "n"))
    assert found.verdict is Verdict.UNKNOWN and found.reason


def test_a_graph_that_is_never_defined_equals_nothing() -> None:
    def out_of_range(g: Builder, x: Ref) -> Ref:
        table, at = g.const("table", np.ones(3, np.float32)), g.const("at", np.asarray([5]))
        return g.add("Add", x, g.add("Gather", table, at, name="picked"))

    def constant(g: Builder, x: Ref) -> Ref:
        return g.add("Add", x, g.const("picked", np.ones(1, np.float32)))

    found = run(build(out_of_range, "n"), build(constant, "n"))
    assert found.verdict is Verdict.UNKNOWN and found.reason


def test_a_size_is_no_constant() -> None:
    def scaled(g: Builder, x: Ref) -> Ref:
        size = g.add("Cast", g.add("Size", x), to=1)
        return g.add("Mul", x, size)

    def by_two(g: Builder, x: Ref) -> Ref:
        return g.add("Mul", x, g.const("two", np.asarray(2, np.float32)))

    assert run(build(scaled, "n"), build(by_two, "n")).verdict is Verdict.REFUTED
    assert run(build(scaled, "n"), build(scaled, "n")).verdict is Verdict.PROVED


def test_interfaces_must_agree() -> None:
    one = build(lambda g, x: g.add("Relu", x), "n", 3)
    with pytest.raises(InterfacesDiffer):
        run(one, build(lambda g, x: g.add("Relu", x), "n", 4))
    g = Builder("other")
    with pytest.raises(InterfacesDiffer):
        run(one, (g.graph(y=g.input("x", tensor_type(INT64, "n", 3))), g.params))
    g = Builder("renamed")
    after = g.graph(z=g.add("Relu", g.input("u", tensor_type(FLOAT, "m", 3)))), g.params
    with pytest.raises(InterfacesDiffer):
        run(one, after)
    assert align(*one, *after, SETTINGS, names={"u": "x", "z": "y"}).verdict is Verdict.PROVED


def test_draws_are_the_same_if_their_keys_are() -> None:
    def noisy(key: str) -> Callable[[Builder, Ref], Ref]:
        return lambda g, x: g.add("Add", x, g.add("RandomNormalLike", x, key=key, name=key))

    found = run(build(noisy("noise"), "n"), build(noisy("noise"), "n"))
    assert found.verdict is Verdict.PROVED and found.draws == ("noise",)
    other = run(build(noisy("noise"), "n"), build(noisy("sound"), "n"))
    assert other.verdict is Verdict.UNKNOWN and other.draws == ()


def test_rounding_is_no_difference() -> None:
    assert shows(1.0, 2.0, 1.0, 2.0)
    assert not shows(1.0, 1.0 + 1e-9, 1.0, 1.0 - 1e-7)
    assert not shows(1.0, 1.0 + 1e-9, 1.0, 1.0 + 1e-7)
    assert not shows(1.0, 2.0, 1.0, 1.0)
    assert shows(float("-inf"), 0.0, float("-inf"), 0.0)

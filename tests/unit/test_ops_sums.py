"""Reductions, contractions, softmax, normalizations and losses: shapes with symbols, errors, values."""

from __future__ import annotations

import numpy as np
import pytest

from probanda.ir.dtypes import BOOL, DOUBLE, FLOAT, FLOAT16, INT32, INT64, UINT8, Reading
from probanda.ir.errors import BadArity, BadAttribute, UnsupportedOperator, WrongDType, WrongShape
from probanda.ir.ops.equations import parse
from probanda.ir.types import tensor_type
from probanda.theories.definedness import defined
from probanda.theories.terms import build as b
from tests.unit.window_samples import infer, results, values

X = tensor_type(FLOAT, "n", 3, "m")
RANDOM = np.random.default_rng(7)


def floats(*shape: int) -> np.ndarray:
    return RANDOM.standard_normal(shape).astype(np.float32)


def test_shapes_of_reductions() -> None:
    assert infer("ReduceSum", [X], axes=(-1,))[0].agrees(tensor_type(FLOAT, "n", 3, 1))
    assert infer("ReduceSum", [X], axes=(0, 2), keepdims=0)[0].agrees(tensor_type(FLOAT, 3))
    assert infer("ReduceMax", [X], keepdims=0)[0].shape == ()
    assert infer("ReduceL1", [X], axes=(), noop_with_empty_axes=1)[0].agrees(X)
    with pytest.raises(BadAttribute):
        infer("ReduceSum", [X], axes=(3,))
    with pytest.raises(BadAttribute, match="twice"):
        infer("ReduceSum", [X], axes=(0, -3))
    with pytest.raises(WrongDType):
        infer("ReduceSum", [tensor_type(BOOL, 3)])
    with pytest.raises(WrongDType):
        infer("ReduceLogSum", [tensor_type(INT32, 3)])


def test_reducing_no_axis_still_takes_absolute_values() -> None:
    x = floats(2, 3)
    assert (values("ReduceL1", [x], noop_with_empty_axes=1)[0] == np.abs(x)).all()


def test_extremes() -> None:
    truth = np.array([[True, False], [False, False]])
    assert values("ReduceMax", [truth], axes=(1,), keepdims=0)[0].tolist() == [True, False]
    assert values("ReduceMin", [truth], axes=(1,), keepdims=0)[0].tolist() == [False, False]
    (empty,) = results("ReduceMax", [tensor_type(FLOAT, 0)], keepdims=0)
    assert "exists" in repr(defined(empty.lam(), {"x0": (b.below(b.ZERO),)}))
    (least,) = results("ReduceMax", [tensor_type(UINT8, 0)], keepdims=0)
    assert least.lam() is b.ZERO
    # Bits are ordered as signed numbers, so unsigned ones are shifted there and back.
    (bits,) = results("ReduceMax", [tensor_type(UINT8, 3)], keepdims=0, reading=Reading.IEEE)
    assert repr(bits.lam()) == "add(bigmax:range(0, 3, True, add(at(x0, #0), 128)), 128)"


def test_mean_of_integers_is_truncated() -> None:
    assert values("ReduceMean", [np.array([-3, -4], np.int64)], keepdims=0)[0].item() == -3


def test_log_sum_exp_of_large_numbers() -> None:
    x = np.array([1000, 1000], np.float32)
    np.testing.assert_allclose(values("ReduceLogSumExp", [x], keepdims=0)[0], 1000 + np.log(2))


def test_gemm() -> None:
    a, c, d = floats(3, 2), floats(4, 3), floats(4)
    (out,) = values("Gemm", [a, c, d], transA=1, transB=1, alpha=0.5, beta=2.0)
    np.testing.assert_allclose(out, 0.5 * a.T @ c.T + 2 * d, atol=1e-6)
    m, k = tensor_type(FLOAT, "m", 2), tensor_type(FLOAT, 2, "k")
    assert infer("Gemm", [m, k, tensor_type(FLOAT, 1, "k")])[0].agrees(tensor_type(FLOAT, "m", "k"))
    with pytest.raises(WrongShape, match="broadcast"):
        infer("Gemm", [tensor_type(FLOAT, 1, 2), k, tensor_type(FLOAT, 5, "k")])
    with pytest.raises(WrongShape, match="inner"):
        infer("Gemm", [m, k], transB=1)
    with pytest.raises(WrongShape, match="matrices"):
        infer("Gemm", [tensor_type(FLOAT, 2), k])
    with pytest.raises(UnsupportedOperator):
        infer("Gemm", [tensor_type(INT32, 2, 2)] * 2, alpha=0.5)
    (plain,) = results("Gemm", [m, k, tensor_type(FLOAT, "k")], beta=0.0)
    assert "x2" not in repr(plain.lam())


def test_linear() -> None:
    x, w, bias = floats(2, 3, 4), floats(5, 4), floats(5)
    np.testing.assert_allclose(values("Linear", [x, w, bias])[0], x @ w.T + bias, atol=1e-6)
    with pytest.raises(WrongShape, match="features"):
        infer("Linear", [X, tensor_type(FLOAT, 5, 4)])


def test_equations() -> None:
    assert parse("ij, jk", [2, 2]).result == ("i", "k")
    assert parse("bA", [2]).result == ("A", "b")
    assert parse("a...b->...", [4]).operands == (("a", "...0", "...1", "b"),)
    for text, ranks, error in [
        ("ij,jk->ik", [2], BadArity),
        ("ij->ik", [2], BadAttribute),
        ("ij->ii", [2], BadAttribute),
        ("i1", [2], BadAttribute),
        ("i......", [3], BadAttribute),
        ("...i->i", [2], BadAttribute),
        ("...i,...j->...", [2, 3], WrongShape),
        ("ijk", [2], WrongShape),
    ]:
        with pytest.raises(error):
            parse(text, ranks)


def test_einsum() -> None:
    q, k = tensor_type(FLOAT, "b", "s", 8), tensor_type(FLOAT, "b", "t", 8)
    assert infer("Einsum", [q, k], equation="bsd,btd->bst")[0].agrees(tensor_type(FLOAT, "b", "s", "t"))
    x, y = floats(3, 3), floats(3, 1)
    np.testing.assert_allclose(values("Einsum", [x, y], equation="ii,ij->j")[0], np.einsum("ii,ik->k", x, y), atol=1e-6)
    with pytest.raises(WrongShape):
        infer("Einsum", [q], equation="iij->j")
    with pytest.raises(WrongShape):
        infer("Einsum", [q, tensor_type(FLOAT, "b", "t", 7)], equation="bsd,btd->bst")


def test_softmax_and_hardmax() -> None:
    x = np.array([[1000, 1001, 1001]], np.float32)
    e = np.exp([-1.0, 0, 0])
    np.testing.assert_allclose(values("Softmax", [x])[0][0], e / e.sum())
    np.testing.assert_allclose(values("LogSoftmax", [x])[0][0], np.log(e / e.sum()))
    assert values("Hardmax", [x])[0].tolist() == [[0, 1, 0]]
    assert infer("Softmax", [X], axis=-2)[0].agrees(X)
    with pytest.raises(BadAttribute):
        infer("Softmax", [X], axis=3)


def test_layer_normalization_types() -> None:
    half, scale = tensor_type(FLOAT16, "n", 4), tensor_type(FLOAT16, 4)
    out, mean, inverse = infer("LayerNormalization", [half, scale], 3)
    assert out.agrees(half) and mean.agrees(tensor_type(FLOAT, "n", 1)) and inverse.agrees(mean)
    with pytest.raises(WrongDType):
        infer("LayerNormalization", [half, tensor_type(FLOAT, 4)])
    with pytest.raises(WrongShape):
        infer("LayerNormalization", [half, tensor_type(FLOAT16, 5)])
    with pytest.raises(BadAttribute):
        infer("LayerNormalization", [half, scale], stash_type=7)
    # No narrowing of doubles: over the reals that would be a rounding.
    (wide,) = results("LayerNormalization", [tensor_type(DOUBLE, "n", 4), tensor_type(DOUBLE, 4)])
    assert "round" not in repr(wide.lam())


def test_group_normalization() -> None:
    x, s, c = floats(2, 4, 3), floats(4), floats(4)
    (out,) = values("GroupNormalization", [x, s, c], num_groups=2)
    g = x.reshape(2, 2, 6).astype(np.float64)
    normal = ((g - g.mean(2, keepdims=True)) / np.sqrt(g.var(2, keepdims=True) + 1e-5)).reshape(2, 4, 3)
    np.testing.assert_allclose(out, normal * s[:, None] + c[:, None], atol=1e-6)
    with pytest.raises(WrongShape, match="groups"):
        infer("GroupNormalization", [tensor_type(FLOAT, "n", 4, 3)] + [tensor_type(FLOAT, 4)] * 2, num_groups=3)


def test_batch_normalization_in_training() -> None:
    x, v = floats(5, 2, 3), [floats(2), floats(2), floats(2), np.abs(floats(2))]
    out, mean, variance = values("BatchNormalization", [x, *v], 3, training_mode=1, momentum=0.75)
    m, s = x.mean((0, 2), dtype=np.float64), x.var((0, 2), dtype=np.float64)
    want = (x - m[:, None]) / np.sqrt(s + 1e-5)[:, None] * v[0][:, None] + v[1][:, None]
    np.testing.assert_allclose(out, want, atol=1e-6)
    np.testing.assert_allclose(mean, v[2] * 0.75 + m * 0.25, atol=1e-6)
    np.testing.assert_allclose(variance, v[3] * 0.75 + s * 0.25, atol=1e-6)
    with pytest.raises(WrongShape):
        infer("BatchNormalization", [X, *[tensor_type(FLOAT, 4)] * 4])


def test_lp_normalization_of_zeros_is_zero() -> None:
    assert values("LpNormalization", [np.zeros((1, 2), np.float32)])[0].tolist() == [[0, 0]]
    assert values("LpNormalization", [np.array([1, -3], np.float32)], p=1)[0].tolist() == [0.25, -0.75]
    with pytest.raises(BadAttribute):
        infer("LpNormalization", [X], p=3)


def test_local_response_normalization_of_even_size() -> None:
    x = np.array([[1, 2, 3]], np.float32)  # the region of size 2 is a channel and the one after it
    (out,) = values("LRN", [x], size=2, alpha=2.0, beta=1.0)
    np.testing.assert_allclose(out, x / (1 + np.array([[5, 13, 9]])))


@pytest.mark.parametrize("weighted", [False, True])
def test_losses_ignore(weighted: bool) -> None:
    x, target, w = floats(3, 4), np.array([1, 9, 3], np.int64), np.abs(floats(4))
    operands = [x, target, *([w] if weighted else [])]
    share = w[[1, 3]] if weighted else np.ones(2)
    each = -x[[0, 2], [1, 3]] * share
    (out,) = values("NegativeLogLikelihoodLoss", operands, ignore_index=9)
    np.testing.assert_allclose(out, each.sum() / share.sum(), atol=1e-6)
    (plain,) = values("NegativeLogLikelihoodLoss", operands, ignore_index=9, reduction="none")
    np.testing.assert_allclose(plain, [each[0], 0, each[1]], atol=1e-6)


def test_losses_refuse() -> None:
    scores = tensor_type(FLOAT, "n", 4)
    loss, logs = infer("SoftmaxCrossEntropyLoss", [scores, tensor_type(INT64, "n")], 2, reduction="none")
    assert loss.agrees(tensor_type(FLOAT, "n")) and logs.agrees(scores)
    with pytest.raises(WrongShape):
        infer("NegativeLogLikelihoodLoss", [scores, tensor_type(INT64, "m")])
    with pytest.raises(BadAttribute):
        infer("NegativeLogLikelihoodLoss", [scores, tensor_type(INT64, "n")], reduction="max")
    with pytest.raises(WrongShape):
        infer("MseLoss", [scores, tensor_type(FLOAT, "n", 1)])
    assert values("MseLoss", [np.array([1, 2], np.float32), np.array([3, 2], np.float32)])[0].item() == 2

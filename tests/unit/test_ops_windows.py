"""Convolutions and pools: shapes with symbols, errors, and values against loops written by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from probanda.ir import dims
from probanda.ir.dtypes import DOUBLE, FLOAT, INT64
from probanda.ir.errors import BadAttribute, WrongDType, WrongShape
from probanda.ir.types import tensor_type
from probanda.theories.definedness import defined
from probanda.theories.terms import build as b
from tests.unit.window_samples import infer, results, values

IMAGE = tensor_type(FLOAT, "n", 4, "h", 5)
WEIGHTS = tensor_type(FLOAT, 6, 4, 3, 3)
RANDOM = np.random.default_rng(5)


def floats(*shape: int) -> np.ndarray:
    return RANDOM.standard_normal(shape).astype(np.float32)


def test_conv_of_a_symbolic_image() -> None:
    (same,) = infer("Conv", [IMAGE, WEIGHTS], pads=(1, 1, 1, 1))
    assert same.agrees(tensor_type(FLOAT, "n", 6, "h", 5))
    (automatic,) = infer("Conv", [IMAGE, WEIGHTS], auto_pad="SAME_LOWER")
    assert automatic.agrees(same)
    (halved,) = infer("Conv", [IMAGE, WEIGHTS], pads=(1, 1, 1, 1), strides=(2, 2))
    assert dims.evaluate(halved.shape[2], {"h": 7}) == 4 and halved.shape[3] is b.integer(3)


def test_conv_without_padding_reads_unguarded() -> None:
    (out,) = results("Conv", [IMAGE, WEIGHTS])
    assert "ite" not in repr(out.lam())
    (padded,) = results("Conv", [IMAGE, WEIGHTS], pads=(1, 0, 0, 0))
    assert "ite(le(0, sub(add(" in repr(padded.lam())


def test_conv_refuses() -> None:
    with pytest.raises(WrongShape, match="channels"):
        infer("Conv", [IMAGE, tensor_type(FLOAT, 6, 3, 3, 3)])
    with pytest.raises(WrongShape, match="groups"):
        infer("Conv", [IMAGE, tensor_type(FLOAT, 5, 2, 3, 3)], group=2)
    with pytest.raises(WrongShape, match="larger than the padded input"):
        infer("Conv", [IMAGE, tensor_type(FLOAT, 6, 4, 3, 7)])
    with pytest.raises(WrongShape, match="kernel_shape"):
        infer("Conv", [IMAGE, WEIGHTS], kernel_shape=(3, 2))
    with pytest.raises(WrongShape, match="bias"):
        infer("Conv", [IMAGE, WEIGHTS, tensor_type(FLOAT, 5)])
    with pytest.raises(WrongDType):
        infer("Conv", [IMAGE, tensor_type(DOUBLE, 6, 4, 3, 3)])
    with pytest.raises(BadAttribute, match="both"):
        infer("Conv", [IMAGE, WEIGHTS], auto_pad="SAME_UPPER", pads=(1, 1, 1, 1))
    with pytest.raises(BadAttribute, match="strides"):
        infer("Conv", [IMAGE, WEIGHTS], strides=(0, 1))


@pytest.mark.parametrize("group", [1, 2])
def test_conv_and_its_transpose_by_hand(group: int) -> None:
    x, w, bias = floats(2, 4, 6), floats(4, 4 // group, 3), floats(4)
    (out,) = values("Conv", [x, w, bias], group=group, strides=(2,), dilations=(2,), pads=(1, 2))
    want = np.tile(bias[None, :, None], (2, 1, out.shape[2])).astype(np.float64)
    for n, m, o, c, k in itertools.product(range(2), range(4), range(out.shape[2]), range(4 // group), range(3)):
        p = 2 * o + 2 * k - 1
        want[n, m, o] += x[n, m // (4 // group) * (4 // group) + c, p] * w[m, c, k] if 0 <= p < 6 else 0
    assert out.shape == (2, 4, 3)
    np.testing.assert_allclose(out, want, atol=1e-6)

    (back,) = values("ConvTranspose", [x, w, bias], group=group, strides=(2,), pads=(1, 0)) if group == 1 else (None,)
    if back is not None:
        spread = np.zeros((2, 4, 13))
        for n, m, q, c, k in itertools.product(range(2), range(4), range(6), range(4), range(3)):
            spread[n, m, 2 * q + k] += x[n, c, q] * w[c, m, k]
        np.testing.assert_allclose(back, spread[:, :, 1:] + bias[None, :, None], atol=1e-6)


def test_conv_transpose_shapes() -> None:
    x, w = tensor_type(FLOAT, "n", 4, "h"), tensor_type(FLOAT, 4, 2, 3)
    (out,) = infer("ConvTranspose", [x, w], group=2, strides=(2,))
    assert dims.evaluate(out.shape[2], {"h": 5}) == 11 and out.shape[1] is b.integer(4)
    (double,) = infer("ConvTranspose", [x, w], auto_pad="SAME_UPPER", strides=(2,))
    assert dims.equal(double.shape[2], dims.size(b.mul(b.integer(2), x.shape[2])))
    (given,) = infer("ConvTranspose", [x, w], output_shape=(9,))
    assert given.shape[2] is b.integer(9)
    with pytest.raises(BadAttribute):
        infer("ConvTranspose", [x, w], output_shape=(9, 9))
    with pytest.raises(WrongShape, match="nothing is left"):
        infer("ConvTranspose", [tensor_type(FLOAT, 1, 4, 1), w], pads=(2, 2))


def test_max_pool_with_places() -> None:
    x = np.array([[[[1, 5, 5, 2], [5, 0, 3, 9], [4, 4, 8, 8]]]], np.float32)
    top, places = values("MaxPool", [x], 2, kernel_shape=(2, 2), pads=(0, 1, 0, 0), strides=(1, 2))
    assert top.tolist() == [[[[5, 5], [5, 8]]]]
    assert places.tolist() == [[[[4, 1], [4, 10]]]]
    _, columns = values("MaxPool", [x], 2, kernel_shape=(2, 2), pads=(0, 1, 0, 0), strides=(1, 2), storage_order=1)
    assert columns.tolist() == [[[[1, 3], [1, 8]]]]


def test_pool_shapes() -> None:
    (floor,) = infer("MaxPool", [tensor_type(FLOAT, 1, 1, 6)], kernel_shape=(3,), strides=(2,))
    (ceil,) = infer("MaxPool", [tensor_type(FLOAT, 1, 1, 6)], kernel_shape=(3,), strides=(2,), ceil_mode=1)
    assert floor.static == (1, 1, 2) and ceil.static == (1, 1, 3)
    # A window that would start in the padding at the end is left out.
    (cut,) = infer(
        "AveragePool", [tensor_type(FLOAT, 1, 1, 2)], kernel_shape=(3,), strides=(3,), pads=(1, 1), ceil_mode=1
    )
    assert cut.static == (1, 1, 1)
    both = infer("MaxPool", [IMAGE], 2, kernel_shape=(1, 1))
    assert both[1].agrees(tensor_type(INT64, "n", 4, "h", 5))
    with pytest.raises(BadAttribute, match="kernel_shape"):
        infer("AveragePool", [IMAGE], kernel_shape=(2,))
    with pytest.raises(BadAttribute, match="p is 0"):
        infer("LpPool", [IMAGE], kernel_shape=(2, 2), p=0)
    with pytest.raises(WrongShape):
        infer("GlobalAveragePool", [tensor_type(FLOAT, 2, 3)])


def test_average_pool_counts() -> None:
    x = np.array([[[3, 6, 9]]], np.float32)
    assert values("AveragePool", [x], kernel_shape=(2,), pads=(1, 0))[0].tolist() == [[[3, 4.5, 7.5]]]
    counted = values("AveragePool", [x], kernel_shape=(2,), pads=(1, 0), count_include_pad=1)
    assert counted[0].tolist() == [[[1.5, 4.5, 7.5]]]
    beyond = values("AveragePool", [x], kernel_shape=(2,), strides=(2,), ceil_mode=1, count_include_pad=1)
    assert beyond[0].tolist() == [[[4.5, 9]]]


def test_norms_of_windows() -> None:
    x = np.array([[[3, -4, 0]]], np.float32)
    np.testing.assert_allclose(values("LpPool", [x], kernel_shape=(2,))[0], [[[5, 4]]])
    np.testing.assert_allclose(values("LpPool", [x], kernel_shape=(2,), p=1)[0], [[[7, 4]]])
    np.testing.assert_allclose(values("GlobalLpPool", [x], p=3)[0], [[[91 ** (1 / 3)]]])


def test_an_unpadded_pool_reads_inside() -> None:
    (out,) = results("MaxPool", [IMAGE], kernel_shape=(1, 1))
    condition = repr(defined(out.lam(), {"x0": tuple(b.below(d) for d in IMAGE.shape)}))
    assert "div" not in condition

"""Quantization: granularities, saturation, and the products of quantized tensors."""

from __future__ import annotations

import numpy as np
import pytest
from ops_pointwise import result_types, values

from probanda.ir.dtypes import FLOAT, INT8, INT16, INT32, UINT8
from probanda.ir.errors import BadAttribute, GraphError, WrongDType, WrongShape
from probanda.ir.types import tensor_type

X, S = tensor_type(FLOAT, "n", 6), tensor_type(FLOAT)
Q = tensor_type(UINT8, "n", 6)


def test_granularities_with_symbols() -> None:
    assert result_types("QuantizeLinear", X, S) == (Q,)
    assert result_types("QuantizeLinear", X, tensor_type(FLOAT, "n"), tensor_type(INT8, "n"), axis=0) == (
        tensor_type(INT8, "n", 6),
    )
    assert result_types("QuantizeLinear", X, tensor_type(FLOAT, "n", 2), block_size=4) == (Q,)
    assert result_types("DequantizeLinear", Q, tensor_type(FLOAT, 6)) == (X,)
    assert result_types("DynamicQuantizeLinear", X) == (Q, S, tensor_type(UINT8))
    assert result_types("MatMulInteger", Q, tensor_type(INT8, 6, "m")) == (tensor_type(INT32, "n", "m"),)


@pytest.mark.parametrize(
    ("name", "inputs", "attrs", "error"),
    [
        ("QuantizeLinear", (X, tensor_type(FLOAT, "n")), {}, WrongShape),
        ("QuantizeLinear", (X, tensor_type(FLOAT, "n", 3)), {"block_size": 4}, WrongShape),
        ("QuantizeLinear", (X, S), {"block_size": -1}, BadAttribute),
        ("QuantizeLinear", (X, S, tensor_type(INT8)), {"output_dtype": UINT8}, WrongDType),
        ("QuantizeLinear", (X, S, tensor_type(INT8, 6)), {}, WrongShape),
        ("QuantizeLinear", (X, tensor_type(FLOAT, 6)), {"axis": 2}, BadAttribute),
        ("QuantizeLinear", (X, S), {"output_dtype": INT32}, WrongDType),
        ("DequantizeLinear", (Q, S, tensor_type(INT8)), {}, WrongDType),
        ("MatMulInteger", (Q, tensor_type(INT8, 6, 2), tensor_type(UINT8, 6)), {}, WrongShape),
        ("MatMulInteger", (Q, tensor_type(INT16, 6, 2)), {}, WrongDType),
    ],
)
def test_refusals(name: str, inputs: tuple[object, ...], attrs: dict[str, object], error: type[GraphError]) -> None:
    with pytest.raises(error):
        result_types(name, *inputs, **attrs)  # type: ignore[arg-type]


def test_rounds_to_even_then_moves_then_saturates() -> None:
    x = np.array([0.5, 1.5, 2.5, -0.5, -1.5, 3e38, -3e38, 252.4], np.float32)
    got = values("QuantizeLinear", (FLOAT, x), (FLOAT, np.float32(1)), (UINT8, np.array(3)))
    assert got == [3, 5, 5, 3, 1, 255, 0, 255]


def test_blocks() -> None:
    x = np.arange(10, dtype=np.int64).reshape(2, 5)
    scale = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], np.float32)
    got = values("DequantizeLinear", (INT8, x), (FLOAT, scale), block_size=2)
    want = [[float(x[i, j] * scale[i, j // 2]) for j in range(5)] for i in range(2)]
    assert got == [v for row in want for v in row]


def test_dynamic_scale() -> None:
    x = np.array([1.0, 2.0, 3.3, -5.0], np.float32)
    assert values("DynamicQuantizeLinear", (FLOAT, x)) == [185, 215, 255, 0]
    assert values("DynamicQuantizeLinear", (FLOAT, x), out=2) == [154]


def test_product_of_shifted_integers() -> None:
    a, c = np.array([[1, 200], [3, 255]]), np.array([[-1, 2], [100, -128]])
    zeros = np.array([5, -3])
    got = values("MatMulInteger", (UINT8, a), (INT8, c), (UINT8, np.array(7)), (INT8, zeros))
    assert [v - (1 << 32) * (v >> 31) for v in got] == ((a - 7) @ (c - zeros)).reshape(-1).tolist()

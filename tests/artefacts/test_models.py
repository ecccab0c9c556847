"""The models of tests/models load and run in onnxruntime, and compute what they should."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from numpy.typing import NDArray
from onnx.reference import ReferenceEvaluator

from tests import models

Array = NDArray[Any]
SIZES = {"batch": 2, "sequence": 5}


def session(model: onnx.ModelProto | Path) -> Any:
    given = str(model) if isinstance(model, Path) else model.SerializeToString()
    return ort.InferenceSession(given, providers=["CPUExecutionProvider"])


def feed(model: onnx.ModelProto, high: int = 2) -> dict[str, Array]:
    """Inputs of the declared shapes: normal numbers, or integers below ``high``."""
    rng, out = np.random.default_rng(0), dict[str, Array]()
    for given in model.graph.input:
        kind = given.type.tensor_type
        shape = [SIZES[d.dim_param] if d.dim_param else d.dim_value for d in kind.shape.dim]
        numbers = kind.elem_type == onnx.TensorProto.FLOAT
        out[given.name] = rng.standard_normal(shape, np.float32) if numbers else rng.integers(0, high, shape)
    return out


def run(model: onnx.ModelProto, inputs: dict[str, Array]) -> list[Array]:
    outputs: list[Array] = session(model).run(None, inputs)
    for declared, array in zip(model.graph.output, outputs, strict=True):
        dims = declared.type.tensor_type.shape.dim
        assert tuple(SIZES.get(d.dim_param, 0) if d.dim_param else d.dim_value for d in dims) == array.shape
        assert np.isfinite(array).all()
    return outputs


SMALL_GPT: dict[str, Any] = {"layers": 2, "width": 24, "heads": 3, "vocab": 31, "positions": 16}
BUILDERS: dict[str, Callable[..., onnx.ModelProto]] = {
    "mlp": models.mlp,
    "cnn_bn": models.cnn_bn,
    "resnet_block": models.resnet_block,
    "vit_block": models.vit_block,
    "lstm": models.lstm,
    "lstm_both_ways": partial(models.lstm, direction="bidirectional"),
    "gru": models.gru,
    "encoder_block": models.encoder_block,
    "gpt": partial(models.gpt, **SMALL_GPT),
}


@pytest.mark.parametrize("opset", [18, 20])
@pytest.mark.parametrize("name", BUILDERS)
def test_model_runs(name: str, opset: int) -> None:
    model = BUILDERS[name](opset=opset)
    assert [o.version for o in model.opset_import] == [opset]
    assert BUILDERS[name](opset=opset).SerializeToString() == model.SerializeToString()
    run(model, feed(model))


@pytest.mark.parametrize("name", ["mlp", "cnn_bn", "encoder_block", "gpt"])
def test_model_agrees_with_the_reference(name: str) -> None:
    model = BUILDERS[name]()
    inputs = feed(model)
    reference: Any = ReferenceEvaluator(model)
    want: list[Array] = reference.run(None, inputs)
    for got, expected in zip(run(model, inputs), want, strict=True):
        np.testing.assert_allclose(got, expected, atol=1e-4)


def test_variances_are_positive() -> None:
    for model in (models.cnn_bn(), models.resnet_block()):
        found = [onnx.numpy_helper.to_array(w) for w in model.graph.initializer if w.name.endswith("running_var")]
        assert len(found) >= 2 and all((v > 0).all() for v in found)


@pytest.mark.parametrize("mask", ["less", "trilu"])
@pytest.mark.parametrize("fill", [float("-inf"), -3.4e38])
def test_gpt_is_causal(mask: str, fill: float) -> None:
    model = models.gpt(**SMALL_GPT, mask=mask, fill=fill)
    ids = np.arange(10).reshape(2, 5)
    changed = ids.copy()
    changed[:, 3:] += 7
    (before,), (after,) = run(model, {"input_ids": ids}), run(model, {"input_ids": changed})
    np.testing.assert_array_equal(before[:, :3], after[:, :3])
    assert (before[:, 3:] != after[:, 3:]).any()


def test_padding_has_no_influence() -> None:
    model = models.encoder_block()
    inputs = feed(model) | {"attention_mask": np.array([[1, 1, 1, 0, 0]] * 2)}
    (before,) = run(model, inputs)
    inputs["hidden_states"][:, 3:] += 1
    (after,) = run(model, inputs)
    np.testing.assert_array_equal(before[:, :3], after[:, :3])


def test_gpt_with_external_data(tmp_path: Path) -> None:
    model = models.gpt(**SMALL_GPT, external_data_dir=tmp_path)
    assert any(w.data_location == onnx.TensorProto.EXTERNAL for w in model.graph.initializer)
    inputs = {"input_ids": np.arange(10).reshape(2, 5)}
    outside: list[Array] = session(tmp_path / "gpt.onnx").run(None, inputs)
    np.testing.assert_array_equal(outside[0], run(models.gpt(**SMALL_GPT), inputs)[0])

"""Models of operator sets so old that ONNX's own converter must bring them forward first."""

from __future__ import annotations

from typing import Any, cast

import onnx

from ...errors import UnsupportedOperator
from .files import OnnxModel
from .tensors import array_of

_TARGET = 7
_FAILURES = (RuntimeError, ValueError, TypeError, LookupError)


def upgraded(model: OnnxModel) -> tuple[OnnxModel, tuple[str, ...]]:
    """A model of an opset from 7 on, and a note if it has been converted; UnsupportedOperator."""
    if not 0 < model.opset < _TARGET:
        return model, ()
    from onnx import checker, shape_inference, version_converter

    whole = onnx.ModelProto()
    whole.CopyFrom(model.proto)
    for tensor in whole.graph.initializer:
        if tensor.data_location == tensor.EXTERNAL:
            data = array_of(model, tensor, f"initializer {tensor.name}").tobytes()
            tensor.ClearField("external_data")
            tensor.ClearField("data_location")
            tensor.raw_data = data
    try:
        check = cast("Any", checker).check_model  # its annotation is incomplete
        check(whole)
        converted = version_converter.convert_version(whole, _TARGET)
    except (
        *_FAILURES,
        checker.ValidationError,
        shape_inference.InferenceError,
        version_converter.ConvertError,
    ) as error:
        reason = str(error).strip().split("\n")[0][:200]
        raise UnsupportedOperator(f"opset {model.opset} cannot be brought to opset {_TARGET}: {reason}") from None
    return OnnxModel(converted, model.path), (f"opset {model.opset} was converted to opset {_TARGET}",)

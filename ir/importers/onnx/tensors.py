"""Tensors of a model as arrays that share its memory."""

from __future__ import annotations

from math import prod
from typing import Any, Final

import ml_dtypes
import numpy as np
import onnx

from ....theories.errors import Unsupported
from ...dtypes import DType, dtype_of_onnx
from ...errors import GraphError, MalformedModel, TooLarge, UnsafePath, UnsupportedOperator
from ...params import Array
from .files import OnnxModel
from .names import text

LARGEST: Final = 1 << 40
"""Elements of the largest tensor."""
# the field of a TensorProto that holds elements of a type when raw_data does not, by element type
_FIELDS: Final = {
    **dict.fromkeys((1,), "float_data"),
    **dict.fromkeys((2, 3, 4, 5, 6, 9, 10, 16), "int32_data"),
    **dict.fromkeys((7,), "int64_data"),
    **dict.fromkeys((11,), "double_data"),
    **dict.fromkeys((12, 13), "uint64_data"),
}


def element_type(number: int, where: str) -> DType:
    """The element type with that number; UnsupportedOperator for one without a denotation, MalformedModel for none."""
    try:
        return dtype_of_onnx(number)
    except Unsupported:
        if number in onnx.TensorProto.DataType.values() and number:
            name = onnx.TensorProto.DataType.Name(number)
            raise UnsupportedOperator(f"element type {name} has no denotation here", where) from None
        raise MalformedModel(f"there is no element type {number}", where) from None


def checked_shape(dims: list[int], where: str) -> tuple[int, ...]:
    """A literal shape; MalformedModel for a negative size, TooLarge for more elements than anyone can hold."""
    if any(d < 0 for d in dims):
        raise MalformedModel(f"a negative size in {dims}", where)
    if prod(d for d in dims if d) > LARGEST:
        raise TooLarge(f"a tensor of shape {dims}", where)
    return tuple(dims)


def array_of(model: OnnxModel, tensor: onnx.TensorProto, where: str) -> Array:
    """The elements of a tensor, read-only where they lie in a file.

    Raises MalformedModel where the data do not fit the declared type and shape, UnsafePath, TooLarge and
    UnsupportedOperator.
    """
    try:
        dtype = element_type(tensor.data_type, where)
        shape = checked_shape(list(tensor.dims), where)
        if tensor.HasField("segment"):
            raise UnsupportedOperator("a tensor in segments", where)
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            return _shaped(_external(model, tensor, dtype, prod(shape), where), dtype, shape, where)
        if tensor.external_data:
            raise MalformedModel("external data without data_location EXTERNAL", where)
        if tensor.HasField("raw_data"):
            return _shaped(memoryview(tensor.raw_data), dtype, shape, where)
        return _listed(tensor, dtype, shape, where)
    except (OverflowError, ValueError) as error:
        raise MalformedModel(f"the data of the tensor: {error}", where) from None


def numpy_type(dtype: DType) -> np.dtype[Any]:
    """The type of the arrays of an element type."""
    return np.dtype(ml_dtypes.bfloat16 if dtype.name == "bfloat16" else dtype.name)


def _shaped(data: memoryview, dtype: DType, shape: tuple[int, ...], where: str) -> Array:
    kind = numpy_type(dtype)
    if len(data) != prod(shape) * kind.itemsize:
        raise MalformedModel(
            f"{len(data)} bytes for a tensor {dtype.name}{list(shape)} of {prod(shape) * kind.itemsize}", where
        )
    if not len(data):
        return np.zeros(shape, kind)
    if dtype.kind == "bool":
        bits = np.frombuffer(data, np.uint8)
        return (bits.view(np.bool_) if bits.max() <= 1 else bits != 0).reshape(shape)
    return np.frombuffer(data, kind.newbyteorder("<")).astype(kind, copy=False).reshape(shape)


def _external(model: OnnxModel, tensor: onnx.TensorProto, dtype: DType, count: int, where: str) -> memoryview:
    if tensor.HasField("raw_data"):
        raise MalformedModel("a tensor with raw and external data", where)
    entries: dict[str, str] = {}
    for entry in tensor.external_data:
        key = text(entry.key, where)
        if key in entries:
            raise MalformedModel(f"external data give {key} twice", where)
        entries[key] = text(entry.value, where)
    if "location" not in entries:
        raise MalformedModel("external data without a location", where)
    try:
        data = model.external(entries["location"])
    except GraphError as error:
        if isinstance(error, UnsafePath):
            raise error.at(where) from None
        raise MalformedModel(f"external data {entries['location']!r}: {error.message}", where) from None
    nbytes = count * numpy_type(dtype).itemsize
    offset = _number(entries.get("offset", "0"), where)
    length = _number(entries["length"], where) if "length" in entries else nbytes
    if offset + length > len(data):
        raise MalformedModel(f"external data end at byte {offset + length} of a file of {len(data)}", where)
    return data[offset : offset + length]


def _number(digits: str, where: str) -> int:
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20):
        raise MalformedModel(f"an offset or length of external data is {digits[:40]!r}", where)
    return int(digits)


def _listed(tensor: onnx.TensorProto, dtype: DType, shape: tuple[int, ...], where: str) -> Array:
    name = _FIELDS[dtype.onnx]
    others = [f for f in ("float_data", "int32_data", "int64_data", "double_data", "uint64_data", "string_data")]
    if any(len(getattr(tensor, f)) for f in others if f != name):
        raise MalformedModel(f"elements of {dtype.name} belong into {name}", where)
    values: Any = getattr(tensor, name)
    if len(values) != prod(shape):
        raise MalformedModel(f"{len(values)} elements for a tensor {dtype.name}{list(shape)}", where)
    kind = numpy_type(dtype)
    if dtype.width == 16 and dtype.is_float:
        bits = np.fromiter(values, np.int64, len(values))
        if bits.size and not (0 <= bits.min() and bits.max() < 1 << 16):
            raise MalformedModel("a pattern of 16 bits is out of range", where)
        return bits.astype(np.uint16).view(kind).reshape(shape)
    if dtype.is_float or dtype.width >= 32:
        return np.fromiter(values, kind, len(values)).reshape(shape)
    wide = np.fromiter(values, np.int64, len(values))
    if wide.size and not (dtype.low <= wide.min() and wide.max() <= (1 if dtype.kind == "bool" else dtype.high)):
        raise MalformedModel(f"an element is no {dtype.name}", where)
    return wide.astype(kind).reshape(shape)

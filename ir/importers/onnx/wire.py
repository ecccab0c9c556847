"""Large tensors taken out of a serialized model before it is parsed, so that their bytes are never copied.

A tensor's payload becomes a reference to its place in the file, written as ONNX writes external data: location, offset
and length.  The format is that of Protocol Buffers: fields of a tag (number and wire type) and a payload.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from ...errors import MalformedModel

THRESHOLD: Final = 4096
"""Bytes of the smallest payload that is taken out."""
_DEPTH: Final = 110
"""Deeper than any nesting that a parser of Protocol Buffers accepts."""
# message -> field -> message, for the fields on the way to a tensor
_INSIDE: Final[dict[str, dict[int, str]]] = {
    "Model": {7: "Graph", 25: "Function"},
    "Graph": {1: "Node", 5: "Tensor"},
    "Function": {7: "Node"},
    "Node": {5: "Attribute"},
    "Attribute": {5: "Tensor", 6: "Graph"},
}
_FLOATS: Final = {9: None, 4: 1, 10: 11}
"""Fields of a tensor whose bytes are its elements: raw_data, and packed floats and doubles with their element type."""
_DATA: Final = (4, 5, 6, 7, 9, 10, 11, 13, 14)

Bytes = memoryview


class _Field(NamedTuple):
    number: int
    start: int
    low: int
    high: int
    value: int


def detach(data: Bytes, location: str) -> bytes:
    """``data`` without its large tensors, which become external data in ``location``; MalformedModel."""
    pieces = _rewrite(data, "Model", 0, len(data), location, 0)
    return b"".join(pieces if pieces is not None else [data])


def _varint(data: Bytes, at: int, high: int) -> tuple[int, int]:
    value = shift = 0
    while at < high and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    raise MalformedModel("the file is truncated or no Protocol Buffer")


def _fields(data: Bytes, low: int, high: int) -> Iterator[_Field]:
    at = low
    while at < high:
        start = at
        tag, at = _varint(data, at, high)
        kind, value = tag & 7, 0
        if kind == 0:
            value, end = _varint(data, at, high)
        elif kind == 1:
            end = at + 8
        elif kind == 2:
            length, at = _varint(data, at, high)
            end = at + length
        elif kind == 5:
            end = at + 4
        else:
            raise MalformedModel("the file is truncated or no Protocol Buffer")
        if end > high:
            raise MalformedModel("the file is truncated or no Protocol Buffer")
        yield _Field(tag >> 3 if kind == 2 else -(tag >> 3), start, at, end, value)
        at = end


def _rewrite(data: Bytes, kind: str, low: int, high: int, location: str, depth: int) -> list[Bytes | bytes] | None:
    """The new bytes of a message in pieces, None if nothing changes."""
    if kind == "Tensor":
        return _tensor(data, low, high, location)
    if depth > _DEPTH:
        return None
    inside = _INSIDE[kind]
    out: list[Bytes | bytes] = []
    kept = low
    for field in _fields(data, low, high):
        if field.number not in inside or field.high - field.low < THRESHOLD:
            continue
        pieces = _rewrite(data, inside[field.number], field.low, field.high, location, depth + 1)
        if pieces is None:
            continue
        out += [data[kept : field.start], _header(field.number, sum(map(len, pieces))), *pieces]
        kept = field.high
    return [*out, data[kept:high]] if out else None


def _tensor(data: Bytes, low: int, high: int, location: str) -> list[Bytes | bytes] | None:
    found: _Field | None = None
    element_type = count = 0
    for field in _fields(data, low, high):
        if field.number == -2:
            element_type = field.value
        if abs(field.number) in _DATA:
            found, count = field, count + 1
    if found is None or count != 1 or found.number not in _FLOATS or found.high - found.low < THRESHOLD:
        return None
    if _FLOATS[found.number] not in (None, element_type):
        return None
    entries = {"location": location, "offset": str(found.low), "length": str(found.high - found.low)}
    external = b"".join(_message(13, _text(1, k) + _text(2, v)) for k, v in entries.items())
    return [data[low : found.start], external + b"\x70\x01", data[found.high : high]]


def _text(number: int, value: str) -> bytes:
    return _message(number, value.encode())


def _message(number: int, payload: bytes) -> bytes:
    return _header(number, len(payload)) + payload


def _header(number: int, length: int) -> bytes:
    return _encode(number << 3 | 2) + _encode(length)


def _encode(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)

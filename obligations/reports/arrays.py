"""Numbers and arrays of counterexamples, as text and as JSON."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
FEW: Final = 32
"""Elements of an array that are printed."""
RECORDED: Final = 4096
"""Elements of an array that are put into a record."""


def both(value: float) -> str:
    """A number in decimal and as a hexadecimal float.

    >>> both(-0.0)
    '-0.0 (-0x0.0p+0)'
    """
    return f"{value!r} ({value.hex()})" if math.isfinite(value) else repr(value)


def json_number(value: float) -> float | str:
    """A number as JSON has it; infinities and NaN, which it has not, as text."""
    return value if math.isfinite(value) else repr(value)


def heading(array: Array) -> str:
    """Element type and shape: ``float32[2, 8]``."""
    return f"{array.dtype.name}{list(array.shape)}"


def lines(name: str, array: Array) -> list[str]:
    """An array: its elements in decimal, and below each row the same floats in hexadecimal; only its type if it is large."""
    if array.size > FEW:
        return [f"{name}: {heading(array)}"]
    out = [f"{name}: {heading(array)} = {_text(array, _decimal)}"]
    if _is_float(array):
        out.append(f"{'':{len(name)}}  {'':{len(heading(array))}} = {_text(array, _hex)}")
    return out


def as_json(array: Array) -> dict[str, object]:
    """An array with its type; ``values`` is null if it is large."""
    small = array.size <= RECORDED
    return {
        "dtype": array.dtype.name,
        "shape": list(array.shape),
        "values": _nested(array.astype(np.float64) if _is_float(array) else array) if small else None,
    }


def _is_float(array: Array) -> bool:
    return array.dtype.kind == "f" or array.dtype.name == "bfloat16"


def _nested(array: Array) -> object:
    if array.ndim:
        return [_nested(row) for row in array]
    value: Any = array.item()
    return json_number(value) if isinstance(value, float) else value


def _text(array: Array, show: Any) -> str:
    if array.ndim:
        return f"[{', '.join(_text(row, show) for row in array)}]"
    return str(show(array))


def _decimal(element: Array) -> str:
    return str(element[()]) if element.dtype.kind == "f" else str(element.item())


def _hex(element: Array) -> str:
    value = float(element)
    return value.hex() if math.isfinite(value) else repr(value)

"""Element types of tensors, and the sort that each has in a reading."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from ..theories.errors import Unsupported
from ..theories.terms import sorts as s
from ..theories.terms.sorts import Sort


class Reading(Enum):
    """What the numbers of a graph are taken to be.

    ``REAL``   floats are real numbers, machine integers are integers
    ``EREAL``  floats are real numbers with ±∞, machine integers are integers
    ``IEEE``   floats are those of their format, integers are bits of their width
    """

    REAL = "real"
    EREAL = "ereal"
    IEEE = "ieee"


@dataclass(frozen=True, slots=True)
class DType:
    """An element type.  ``kind`` is ``float``, ``int``, ``uint``, ``bool`` or ``index``; ``onnx`` its number there."""

    name: str
    kind: str
    width: int
    onnx: int

    def __repr__(self) -> str:
        return self.name

    @property
    def is_float(self) -> bool:
        """Whether it is a floating-point format."""
        return self.kind == "float"

    @property
    def is_integer(self) -> bool:
        """Whether it is an integer type, signed or not."""
        return self.kind in ("int", "uint", "index")

    @property
    def low(self) -> int:
        """The least value of an integer type."""
        return -(1 << (self.width - 1)) if self.kind == "int" else 0

    @property
    def high(self) -> int:
        """The greatest value of an integer type."""
        return (1 << (self.width - (self.kind == "int"))) - 1


FLOAT: Final = DType("float32", "float", 32, 1)
DOUBLE: Final = DType("float64", "float", 64, 11)
FLOAT16: Final = DType("float16", "float", 16, 10)
BFLOAT16: Final = DType("bfloat16", "float", 16, 16)
INT8: Final = DType("int8", "int", 8, 3)
INT16: Final = DType("int16", "int", 16, 5)
INT32: Final = DType("int32", "int", 32, 6)
INT64: Final = DType("int64", "int", 64, 7)
UINT8: Final = DType("uint8", "uint", 8, 2)
UINT16: Final = DType("uint16", "uint", 16, 4)
UINT32: Final = DType("uint32", "uint", 32, 12)
UINT64: Final = DType("uint64", "uint", 64, 13)
BOOL: Final = DType("bool", "bool", 1, 9)
INDEX: Final = DType("index", "index", 0, 0)
"""Mathematical integers: indices and sizes.  No tensor has this element type."""

DTYPES: Final = (
    FLOAT, DOUBLE, FLOAT16, BFLOAT16, INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64, BOOL,
)  # fmt: skip
BY_NAME: Final = {d.name: d for d in DTYPES}
BY_ONNX: Final = {d.onnx: d for d in DTYPES}
FLOAT_TYPES: Final = (FLOAT, DOUBLE, FLOAT16, BFLOAT16)
SIGNED: Final = (INT8, INT16, INT32, INT64)
UNSIGNED: Final = (UINT8, UINT16, UINT32, UINT64)
INTEGERS: Final = (*SIGNED, *UNSIGNED)
NUMBERS: Final = (*FLOAT_TYPES, *INTEGERS)
_FORMATS: Final = {"float32": s.FLOAT32, "float64": s.FLOAT64, "float16": s.FLOAT16, "bfloat16": s.BFLOAT16}


def sort_of(dtype: DType, reading: Reading) -> Sort:
    """The sort of the elements of a tensor of ``dtype``; Unsupported where the reading has none."""
    if dtype.kind == "bool":
        return s.BOOL
    if dtype.kind == "index":
        return s.INT
    if dtype.is_float:
        if reading is Reading.IEEE:
            return _FORMATS[dtype.name]
        return s.REAL if reading is Reading.REAL else s.EREAL
    return s.bits(dtype.width) if reading is Reading.IEEE else s.INT


def dtype_of_onnx(number: int) -> DType:
    """The element type with that number in ONNX; Unsupported for strings, 4- and 8-bit floats and the like."""
    if number not in BY_ONNX:
        raise Unsupported(f"element type {number} of ONNX")
    return BY_ONNX[number]

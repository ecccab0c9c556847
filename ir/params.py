"""Parameters: the arrays of a graph's constants, apart from the graph and shared by name.

An array may be a view of a memory-mapped file; its digest is computed when it is first asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import dims
from .dtypes import BY_NAME, DType
from .errors import DoublePayload, MissingPayload, WrongDType, WrongShape
from .types import TensorType

Array = NDArray[Any]


class Payload:
    """One array with its element type, in the machine's order of bytes.  ``array`` is never written to."""

    __slots__ = ("_sha256", "array", "dtype")

    def __init__(self, array: Array, dtype: DType | None = None) -> None:
        if dtype is None:
            dtype = BY_NAME.get(array.dtype.name)
            if dtype is None:
                raise WrongDType(f"no element type for arrays of {array.dtype.name}")
        if array.dtype.name != dtype.name:
            raise WrongDType(f"an array of {array.dtype.name} as {dtype.name}")
        self.array = array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))
        self.dtype = dtype
        self._sha256: str | None = None

    @property
    def type(self) -> TensorType:
        """The element type and shape."""
        return TensorType(self.dtype, dims.shape(*self.array.shape))

    @property
    def sha256(self) -> str:
        """The digest of element type, shape and elements (little-endian, row-major)."""
        if self._sha256 is None:
            h = hashlib.sha256(f"{self.dtype.name}{list(self.array.shape)}\0".encode())
            data = np.ascontiguousarray(self.array)
            if data.size:
                h.update(data.reshape(-1).view(np.uint8).data)
            self._sha256 = h.hexdigest()
        return self._sha256


class ParamStore(Mapping[str, Payload]):
    """Payloads by the name of the constant that they belong to; each is given exactly once."""

    def __init__(self) -> None:
        self._payloads: dict[str, Payload] = {}

    def add(self, name: str, array: Array, dtype: DType | None = None) -> Payload:
        """Store the payload of ``name``; DoublePayload if there is one, WrongDType for an array without element type."""
        if name in self._payloads:
            raise DoublePayload(f"the payload of {name} is given twice")
        found = self._payloads[name] = Payload(array, dtype)
        return found

    def __getitem__(self, name: str) -> Payload:
        if name not in self._payloads:
            raise MissingPayload(f"{name} has no payload")
        return self._payloads[name]

    def __contains__(self, name: object) -> bool:
        return name in self._payloads

    def __iter__(self) -> Iterator[str]:
        return iter(self._payloads)

    def __len__(self) -> int:
        return len(self._payloads)

    def of_type(self, name: str, type_: TensorType) -> Payload:
        """The payload of ``name``; MissingPayload, or WrongDType or WrongShape if it is not of that type."""
        found = self[name]
        if found.dtype is not type_.dtype:
            raise WrongDType(f"the payload of {name} is {found.dtype.name}, not {type_.dtype.name}")
        if found.type.shape != type_.shape:
            raise WrongShape(f"the payload of {name} is {found.type!r}, not {type_!r}")
        return found

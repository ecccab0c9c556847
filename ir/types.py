"""Types of tensors: an element type and a shape."""

from __future__ import annotations

from dataclasses import dataclass

from . import dims
from .dims import Shape
from .dtypes import DType


@dataclass(frozen=True, slots=True)
class TensorType:
    """An element type and a shape whose sizes may contain symbols."""

    dtype: DType
    shape: Shape

    def __repr__(self) -> str:
        return f"{self.dtype.name}{dims.show(self.shape)}"

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def static(self) -> tuple[int, ...] | None:
        """The shape as integers, None if a symbol occurs in it."""
        return dims.literals(self.shape)

    def agrees(self, other: TensorType) -> bool:
        """Whether both are the same type for all values of the symbols."""
        return (
            self.dtype is other.dtype
            and self.rank == other.rank
            and all(dims.equal(a, c) is True for a, c in zip(self.shape, other.shape, strict=True))
        )


def tensor_type(dtype: DType, *sizes: int | str) -> TensorType:
    """``dtype[sizes]``.

    >>> from probanda.ir.dtypes import FLOAT
    >>> tensor_type(FLOAT, "batch", 3)
    float32[batch, 3]
    """
    return TensorType(dtype, dims.shape(*sizes))

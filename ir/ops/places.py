"""Components of indices and shapes, and static operands that are one number."""

from __future__ import annotations

from ...theories.terms.term import Term
from .. import dims
from ..dims import Shape
from ..elements import Elem
from ..errors import BadAttribute
from ..operators import Call, normal_axis
from ..tensors import Index


def replaced(i: Index, axis: int, by: Elem) -> Index:
    """An index with its component on ``axis`` replaced."""
    return (*i[:axis], by, *i[axis + 1 :])


def resized(shape: Shape, axis: int, size: Term) -> Shape:
    """A shape with its size on ``axis`` replaced."""
    return (*shape[:axis], size, *shape[axis + 1 :])


def axis_of(use: Call, rank: int) -> int:
    """The static operand ``axis``, a scalar or a list of one number, counted from the start."""
    return normal_axis(scalar(use, "axis"), rank, f"{use.op}: axis")


def scalar(use: Call, name: str) -> int:
    """A static operand that is one integer: a scalar, or a list of one."""
    value = use.get(name)
    if isinstance(value, tuple):
        values = use.ints(name)
        if len(values) != 1:
            raise BadAttribute(f"{use.op}: {name} is no single number")
        return values[0]
    return use.int(name)


def scalar_size(use: Call, name: str) -> Term:
    """A static operand that is one size: a scalar, or a list of one."""
    value = use.get(name)
    if isinstance(value, tuple):
        sizes = use.sizes(name)
        if len(sizes) != 1:
            raise BadAttribute(f"{use.op}: {name} is no single number")
        return sizes[0]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int | Term):
        raise BadAttribute(f"{use.op}: {name} is {'missing' if value is None else 'no integer'}")
    return dims.size(value)

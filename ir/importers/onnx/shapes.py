"""Declared types: symbols for symbolic dimensions, and the types of a file against the inferred ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import onnx

from ... import dims
from ...dtypes import DType
from ...errors import BadAttribute, MalformedModel, NotStatic, UnknownName, UnsupportedOperator, WrongDType, WrongShape
from ...types import TensorType
from .names import Names, identifier, text
from .tensors import LARGEST, checked_shape, element_type

_KINDS: Final = ("tensor_type", "sequence_type", "map_type", "optional_type", "sparse_tensor_type", "opaque_type")


@dataclass(frozen=True, slots=True)
class Declared:
    """A declared type: sizes are numbers, texts, or None for an unknown one; ``shape`` is None for an unknown rank."""

    dtype: DType
    shape: tuple[int | str | None, ...] | None


def declared(info: onnx.ValueInfoProto, where: str) -> Declared | None:
    """The type that a file declares for a value, None if it says nothing; UnsupportedOperator for no tensor."""
    if not info.HasField("type"):
        return None
    kind = info.type.WhichOneof("value")
    if kind is None:
        return None
    if kind != "tensor_type":
        raise UnsupportedOperator(f"a value of {kind.replace('_type', '')} type has no denotation here", where)
    tensor = info.type.tensor_type
    dtype = element_type(tensor.elem_type, where)
    if not tensor.HasField("shape"):
        return Declared(dtype, None)
    sizes: list[int | str | None] = []
    for d in tensor.shape.dim:
        if d.HasField("dim_value"):
            sizes.append(d.dim_value)
        else:
            sizes.append((text(d.dim_param, where) or None) if d.HasField("dim_param") else None)
    checked_shape([d for d in sizes if isinstance(d, int)], where)
    return Declared(dtype, tuple(sizes))


class Symbols:
    """The symbols of a model.  ``fixed`` gives sizes, by the name of a dimension in the file or of its symbol."""

    def __init__(self, fixed: Mapping[str, int], values: Iterable[str]) -> None:
        self._names = Names(values)
        self._found: dict[str, dims.Term] = {}
        self._fixed = dict(fixed)
        self._unused = set(fixed)
        self.notes: list[str] = []
        for name, value in fixed.items():
            if not 0 <= value <= LARGEST:
                raise BadAttribute(f"the size {name} = {value} is out of range", name)

    def type(self, name: str, info: onnx.ValueInfoProto) -> TensorType:
        """The type of an input."""
        where = f"input {name}"
        found = declared(info, where)
        if found is None:
            raise MalformedModel("an input without a type", where)
        if found.shape is None:
            raise NotStatic("the rank is not declared", where)
        shape: list[dims.Term] = []
        for axis, d in enumerate(found.shape):
            key = d if isinstance(d, str) else f"{name}_{axis}"
            shape.append(dims.size(d) if isinstance(d, int) else self._symbol(key))
        checked_shape([k for k in map(dims.literal, shape) if k is not None], where)
        return TensorType(found.dtype, tuple(shape))

    def unused(self) -> None:
        """UnknownName if a given size belongs to no symbol."""
        for name in sorted(self._unused):
            raise UnknownName(f"no input has a symbolic size {name}", name)

    def _symbol(self, key: str) -> dims.Term:
        if key in self._found:
            return self._found[key]
        clean = identifier(key)
        for name in (key, clean):
            if name in self._fixed:
                self._unused.discard(name)
                self._found[key] = dims.size(self._fixed[name])
                return self._found[key]
        symbol = self._names.fresh(clean)
        if symbol != key:
            self.notes.append(f"the size {key!r} is called {symbol}")
        self._found[key] = dims.size(symbol)
        return self._found[key]


def compare(name: str, found: TensorType, said: Declared) -> None:
    """WrongDType or WrongShape where a declared type contradicts the inferred one; named sizes are not compared."""
    if said.dtype is not found.dtype:
        raise WrongDType(f"declared {said.dtype.name}, but it is {found.dtype.name}", name)
    if said.shape is None:
        return
    if len(said.shape) != found.rank:
        raise WrongShape(f"declared of rank {len(said.shape)}, but it is {found!r}", name)
    for k, (want, have) in enumerate(zip(said.shape, found.shape, strict=True)):
        if isinstance(want, int) and dims.equal(dims.size(want), have) is False:
            raise WrongShape(f"declared with size {want} at axis {k}, but it is {found!r}", name)

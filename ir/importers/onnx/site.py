"""A node of a model on its way to the newest form of its operator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ... import operators
from ...errors import BadArity, NotStatic, UnsupportedOperator
from ...graph import Ref
from ...operators import Attr
from ...params import Array
from ...types import TensorType
from . import schemas
from .tensors import numpy_type

if TYPE_CHECKING:
    from .translate import Translator


_LISTS: Final = ("axes", "ends", "pads", "repeats", "scales", "shape", "sizes", "split", "starts", "steps")
_SCALARS: Final = ("axis", "delta", "depth", "limit", "start")


class Site:
    """Operator, operands, attributes and names of values of one node; adapters change them or emit nodes themselves."""

    def __init__(
        self,
        translator: Translator,
        op: str,
        version: int,
        operands: list[Ref | None],
        attrs: dict[str, Attr],
        names: list[str],
        schema: Any,
    ) -> None:
        self.translator = translator
        self.op = op
        self.version = version
        self.operands = operands
        self.attrs = attrs
        self.names = names
        self.schema = schema

    @property
    def hint(self) -> str:
        """What intermediate values are called after."""
        return next(n for n in self.names if n)

    def operand(self, k: int) -> Ref | None:
        """Operand ``k``, None if it is left out."""
        return self.operands[k] if k < len(self.operands) else None

    def needed(self, k: int) -> Ref:
        """Operand ``k``; BadArity if it is left out."""
        found = self.operand(k)
        if found is None:
            raise BadArity(f"{self.op} needs operand {k}")
        return found

    def type(self, k: int) -> TensorType:
        """The type of operand ``k``."""
        return self.translator.builder.type(self.needed(k))

    def put(self, k: int, value: Ref | None) -> None:
        """Set operand ``k``."""
        self.operands += [None] * (k + 1 - len(self.operands))
        self.operands[k] = value

    def give(self, k: int, value: Attr) -> None:
        """Set operand ``k`` to integers: an attribute if it decides shapes, else a constant."""
        name = operators.find(self.op).static.get(k)
        if name is not None:
            self.attrs[name] = value
        else:
            self.put(k, self.const(np.array(value, np.int64), f"operand_{k}"))

    def give_floats(self, k: int, value: tuple[float, ...]) -> None:
        """Set operand ``k`` to floats: an attribute if it decides shapes, else a constant of float32."""
        name = operators.find(self.op).static.get(k)
        if name is not None:
            self.attrs[name] = value
        else:
            self.put(k, self.const(np.array(value, np.float32), f"operand_{k}"))

    def const(self, array: Array, hint: str) -> Ref:
        """A constant."""
        return self.translator.const(f"{self.hint}/{hint}", array)

    def scalar(self, value: float, hint: str, like: int = 0) -> Ref:
        """A constant number of the element type of operand ``like``."""
        return self.const(np.array(value, numpy_type(self.type(like).dtype)), hint)

    def emit(self, op: str, *operands: Ref | None, **attrs: Attr) -> Ref:
        """A node for an intermediate value."""
        return self.translator.fresh(op, *operands, hint=f"{self.hint}/{op.lower()}", **attrs)

    def last(self, op: str, *operands: Ref | None, **attrs: Attr) -> tuple[Ref, ...]:
        """The node whose values are those of the site."""
        return self.translator.emit(op, operands, self.names, dict(attrs))

    def finish(self) -> tuple[Ref, ...]:
        """The node as it has become."""
        op = operators.find(self.op)
        self._ranks(op)
        known = {*op.attrs, *op.static.values()}
        for name in [k for k in self.attrs if k not in known]:
            if not schemas.is_default(self.schema, name, self.attrs[name]):
                raise UnsupportedOperator(
                    f"{self.op} with attribute {name} = {self.attrs[name]} has no denotation here"
                )
            del self.attrs[name]
        if not op.pure and "key" not in self.attrs:
            self.attrs["key"] = self.hint
        return self.last(self.op, *self.operands, **self.attrs)

    def _ranks(self, op: operators.Op) -> None:
        """A scalar for a list that decides shapes is a list of one, and the other way round."""
        for k, name in op.static.items():
            if self.operand(k) is None:
                continue
            static = self.type(k).static
            if name in _LISTS and static == ():
                self.put(k, self.emit("Reshape", self.operand(k), shape=(1,)))
            elif name in _SCALARS and static == (1,):
                self.put(k, self.emit("Reshape", self.operand(k), shape=()))

    def drop(self, name: str) -> None:
        """Forget an attribute that means nothing here."""
        self.attrs.pop(name, None)

    def known(self, k: int) -> Any | None:
        """The one number or truth value that operand ``k`` is known to be, else None."""
        found = self.operand(k)
        if found is None:
            return None
        try:
            return self.translator.static(found, self.op)
        except NotStatic:
            return None

    def empty(self, k: int) -> bool:
        """Whether operand ``k`` is left out, or an empty tensor as a sign for that."""
        found = self.operand(k)
        return found is None or self.translator.builder.type(found).static == (0,)

"""How instances are written: types as text, such as ``int64[b, 2*h, n + 1]``; without an element type ``float32``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

from ....ir import dims
from ....ir.dtypes import BY_NAME, FLOAT
from ....ir.passes.hashing import hashable
from ....ir.types import TensorType
from ....theories.terms import build as b
from ....theories.terms.binders import var
from ....theories.terms.sorts import INT
from ....theories.terms.term import Term

_TYPE: Final = re.compile(r"(\w*)\[([^\]]*)\]|(-)")


@dataclass(frozen=True, slots=True)
class Instance:
    """One use of an operator with symbolic sizes, each at least 1: what its lemmas are about.

    ``attrs`` has the operands that decide shapes as attributes; ``note`` says what the instance is there for.  Where no
    solver shows the shape lemma, ``unproved`` says why, and there is none.
    """

    op: str
    operands: tuple[TensorType | None, ...]
    attrs: dict[str, Any]
    outputs: int = 1
    note: str = ""
    unproved: str = ""

    @property
    def identity(self) -> tuple[str, ...]:
        """Operator, operands and attributes, in full."""
        return (self.op, *map(repr, self.operands), repr(hashable(self.attrs)), str(self.outputs))


def case(op: str, operands: str, /, *, outputs: int = 1, note: str = "", unproved: str = "", **attrs: Any) -> Instance:
    """The instance with operands of the types in ``operands`` (``-`` for one that is left out)."""
    return Instance(op, types(operands), attrs, outputs, note, unproved)


def types(text: str) -> tuple[TensorType | None, ...]:
    """The types in a text.

    >>> types("[n, 2*m] - bool[n]")
    (float32[n, mul(2, m)], None, bool[n])
    """
    rest = _TYPE.sub("", text).strip()
    if rest:
        raise ValueError(f"{rest!r} is no type")
    return tuple(None if m[3] else _type(m[1], m[2]) for m in _TYPE.finditer(text))


def _type(dtype: str, sizes: str) -> TensorType:
    return TensorType(BY_NAME[dtype] if dtype else FLOAT, tuple(size(s) for s in sizes.split(",") if s.strip()))


def size(text: str) -> Term:
    """A sum of products of symbols and numbers, in normal form."""
    parts = [reduce(b.mul, [_factor(f.strip()) for f in part.split("*")]) for part in text.split("+")]
    return dims.size(reduce(b.add, parts))


def _factor(text: str) -> Term:
    return b.integer(int(text)) if text.isdecimal() else var(text, INT)

"""Operators: what one is, and the table of all.

An operator has a *shape rule* (types of operands and attributes to types of results, or an error), a *denotation*
(tensors to tensors, written once for every reading), and conventions in words.  Its name and attributes are those of
the newest ONNX opset; importers bring older forms to it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ..theories.terms.term import Term
from . import dims
from .dims import Shape
from .dtypes import DType, Reading, dtype_of_onnx
from .errors import BadArity, BadAttribute, UnsupportedOperator, WrongDType, WrongShape
from .tensors import Tensor
from .types import TensorType

Attr = Any
"""``int``, ``float``, ``str``, ``bool``, :class:`DType`, a size (Term), or a tuple of those."""
Attrs = Mapping[str, Attr]
_REQUIRED: Final = object()


@dataclass(frozen=True, slots=True)
class Call:
    """One use of an operator: types of operands (None for an optional one that is left out) and all attributes."""

    op: str
    inputs: tuple[TensorType | None, ...]
    attrs: Attrs
    reading: Reading = Reading.REAL
    n_outputs: int = 1

    def type(self, k: int) -> TensorType:
        """The type of operand ``k``; BadArity if it is absent."""
        found = self.inputs[k] if k < len(self.inputs) else None
        if found is None:
            raise BadArity(f"{self.op} needs operand {k}")
        return found

    def has(self, k: int) -> bool:
        """Whether operand ``k`` is given."""
        return k < len(self.inputs) and self.inputs[k] is not None

    def int(self, name: str) -> int:
        """An integer attribute."""
        return self._get(name, int)

    def float(self, name: str) -> float:
        """A float attribute."""
        value = self._get(name, (float, int))
        return float(value)

    def str(self, name: str) -> str:
        """A string attribute."""
        return self._get(name, str)

    def flag(self, name: str) -> bool:
        """An attribute that is 0 or 1."""
        return bool(self._get(name, (int, bool)))

    def ints(self, name: str) -> tuple[int, ...]:
        """A tuple of integers."""
        value = self._get(name, tuple)
        if not all(isinstance(v, int) for v in value):
            raise BadAttribute(f"{self.op}: {name} is not a list of integers")
        return value

    def sizes(self, name: str) -> Shape:
        """A tuple of sizes: integers or integer terms, as terms."""
        return tuple(dims.size(v) for v in self._get(name, tuple))

    def dtype(self, name: str) -> DType:
        """An element type, given as such or by its number in ONNX."""
        value = self._get(name, (DType, int))
        return value if isinstance(value, DType) else dtype_of_onnx(value)

    def get(self, name: str) -> Attr:
        """An attribute, or None."""
        return self.attrs.get(name)

    def axis(self, name: str, rank: int) -> int:
        """An axis attribute, counted from the start; BadAttribute when it is out of range."""
        return normal_axis(self.int(name), rank, f"{self.op}: {name}")

    def axes(self, name: str, rank: int) -> tuple[int, ...]:
        """A list of distinct axes, counted from the start, sorted."""
        out = sorted(normal_axis(a, rank, f"{self.op}: {name}") for a in self.ints(name))
        if len(set(out)) != len(out):
            raise BadAttribute(f"{self.op}: {name} names an axis twice")
        return tuple(out)

    def _get(self, name: str, kind: Any) -> Any:
        value = self.attrs.get(name)
        if value is None or not isinstance(value, kind):
            raise BadAttribute(f"{self.op}: attribute {name} is {'missing' if value is None else 'of the wrong type'}")
        return value


def normal_axis(axis: int, rank: int, what: str = "axis") -> int:
    """An axis counted from the start; BadAttribute when there is no such axis."""
    if not -rank <= axis < rank:
        raise BadAttribute(f"{what} is {axis}, but the rank is {rank}")
    return axis % rank


Rule = Callable[[Call], Sequence[TensorType]]
Denotation = Callable[..., Tensor | tuple[Tensor, ...]]
"""``denote(call, *operands)``: operands are Tensors, None for one that is left out."""


@dataclass(frozen=True, slots=True)
class Op:
    """An operator.

    ``operands`` is the least and the greatest number (None: any).  ``static`` says which operands decide shapes: these
    become attributes of that name when a graph is made.  ``attrs`` gives defaults; an attribute that is not among them
    is an error.  ``conventions`` says in words what the formula leaves open: NaN, ties, rounding, the sign of zero.
    ``pure`` is false for operators whose nodes draw or act, so that two of them are never one.
    """

    name: str
    rule: Rule
    denote: Denotation
    operands: tuple[int, int | None] = (1, 1)
    attrs: Attrs = field(default_factory=dict[str, Attr])
    static: Mapping[int, str] = field(default_factory=dict[int, str])
    conventions: tuple[str, ...] = ()
    pure: bool = True

    @property
    def doc(self) -> str:
        """The formula in words: the docstring of the denotation."""
        return (self.denote.__doc__ or "").strip()


OPS: Final[dict[str, Op]] = {}


def operator(
    name: str,
    rule: Rule,
    operands: tuple[int, int | None] = (1, 1),
    attrs: Attrs | None = None,
    static: Mapping[int, str] | None = None,
    conventions: Sequence[str] = (),
    pure: bool = True,
) -> Callable[[Denotation], Denotation]:
    """Registers the denotation that it decorates."""

    def register(denote: Denotation) -> Denotation:
        if name in OPS:
            raise TypeError(f"operator {name} is defined twice")
        OPS[name] = Op(name, rule, denote, operands, attrs or {}, static or {}, tuple(conventions), pure)
        return denote

    return register


REQUIRED: Final = _REQUIRED
"""Default of an attribute that must be given."""


def load() -> dict[str, Op]:
    """All operators by name: those of the modules of :mod:`probanda.ir.ops`, one a family."""
    from . import ops

    for module in pkgutil.iter_modules(ops.__path__, f"{ops.__name__}."):
        importlib.import_module(module.name)
    return OPS


def find(name: str) -> Op:
    """The operator of that name; UnsupportedOperator if there is none."""
    found = OPS.get(name) or load().get(name)
    if found is None:
        raise UnsupportedOperator(f"operator {name} has no denotation here")
    return found


def call(
    op: Op, inputs: Sequence[TensorType | None], attrs: Attrs, reading: Reading = Reading.REAL, n_outputs: int = 1
) -> Call:
    """A use of ``op`` with defaults filled in; BadArity, BadAttribute."""
    given = list(inputs)
    while given and given[-1] is None:
        given.pop()
    low, high = op.operands
    if len(given) < low or (high is not None and len(given) > high):
        wanted = f"{low}" if high == low else f"{low} or more" if high is None else f"{low} to {high}"
        raise BadArity(f"{op.name} takes {wanted} operands, not {len(given)}")
    unknown = sorted(set(attrs) - set(op.attrs) - set(op.static.values()))
    if unknown:
        raise BadAttribute(f"{op.name} has no attribute {unknown[0]}")
    full = {**op.attrs, **attrs}
    missing = sorted(k for k, v in full.items() if v is _REQUIRED)
    if missing:
        raise BadAttribute(f"{op.name}: attribute {missing[0]} is missing")
    return Call(op.name, tuple(given), full, reading, n_outputs)


def infer(op: Op, use: Call) -> tuple[TensorType, ...]:
    """The types of the results: what the shape rule says."""
    return tuple(op.rule(use))


def denote(op: Op, use: Call, operands: Sequence[Tensor | None]) -> tuple[Tensor, ...]:
    """The tensors that a use of ``op`` gives."""
    padded = [*operands, *[None] * ((op.operands[1] or len(operands)) - len(operands))]
    out = op.denote(use, *padded)
    return out if isinstance(out, tuple) else (out,)


# -- rules that many operators share -----------------------------------------------------------------------------------


def check_dtype(use: Call, dtype: DType, allowed: Sequence[DType] | None) -> None:
    """WrongDType unless ``dtype`` is among ``allowed`` (None: any)."""
    if allowed is not None and dtype not in allowed:
        raise WrongDType(f"{use.op} does not take {dtype.name}")


def same_type(allowed: Sequence[DType] | None = None) -> Rule:
    """One result, of the type of the first operand."""

    def rule(use: Call) -> tuple[TensorType, ...]:
        check_dtype(use, use.type(0).dtype, allowed)
        return (use.type(0),)

    return rule


def broadcast_rule(allowed: Sequence[DType] | None = None, result: DType | None = None) -> Rule:
    """One result, of the common element type (or ``result``) and the shape that the operands broadcast to."""

    def rule(use: Call) -> tuple[TensorType, ...]:
        types = [use.type(k) for k in range(len(use.inputs))]
        for t in types:
            check_dtype(use, t.dtype, allowed)
            if t.dtype is not types[0].dtype:
                raise WrongDType(f"{use.op}: operands of types {types[0].dtype.name} and {t.dtype.name}")
        return (TensorType(result or types[0].dtype, dims.broadcast([t.shape for t in types])),)

    return rule


def check_sizes(use: Call, a: Term, c: Term, what: str) -> None:
    """WrongShape unless two sizes agree for all values of the symbols."""
    if dims.equal(a, c) is not True:
        raise WrongShape(f"{use.op}: {what}: {a!r} is not {c!r}")

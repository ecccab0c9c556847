"""What the lemmas of an instance say, in words, and what identifies them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from ....ir.dtypes import DType, Reading
from ....ir.operators import Attr, Op
from ....ir.passes.numbering import hashable
from ....ir.types import TensorType
from ....theories.terms.term import Term, free_vars
from .notation import Instance

_READINGS = {
    Reading.IEEE: "floats are those of their format, integers are bits",
    Reading.REAL: "floats are real numbers, since the order of a reduction of floats is open",
    Reading.EREAL: "floats are extended real numbers",
}


def shape_text(name: str, instance: Instance, output: int, said: TensorType, reading: Reading) -> str:
    """The text of a shape lemma."""
    return "\n".join(
        [
            f"theorem {name}",
            *use_lines(instance),
            f"  declared    {output}: {type_text(said)}",
            f"  reading     {reading.value}: {_READINGS[reading]}",
            f"  claim       {_sizes(instance, said)}the sizes of the denotation are those declared, and at every index within",
            "              them every read of an operand is in range; the operator's conditions on its data are assumed",
        ]
    )


def preservation_text(name: str, instance: Instance, output: int, type_: TensorType, reading: Reading) -> str:
    """The text of a preservation lemma."""
    return "\n".join(
        [
            f"rewrite {name}",
            *use_lines(instance),
            f"  result      {output}: {type_text(type_)}",
            f"  reading     {reading.value}: {_READINGS[reading]}",
            f"  claim       {_sizes(instance, type_)}the instruction that compilation makes of the node has the sizes of the",
            "              denotation, is defined wherever that is, and equals it at every index",
        ]
    )


def use_lines(instance: Instance) -> list[str]:
    """Operator, operands and attributes, a line each."""
    operands = [f"x{k}: {type_text(t)}" for k, t in enumerate(instance.operands) if t is not None]
    lines = [f"  operator    {instance.op}", f"  operands    {', '.join(operands) or 'none'}"]
    if instance.attrs:
        lines.append(f"  attributes  {', '.join(f'{k} = {_value(v)}' for k, v in instance.attrs.items())}")
    return lines


def _value(value: Attr) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(_value, value))})"  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, Term):
        return size_text(value)
    return value.name if isinstance(value, DType) else repr(value)


def type_text(t: TensorType) -> str:
    """A type with its sizes as they are written: ``float32[n, 2*m + 1]``."""
    return f"{t.dtype.name}[{', '.join(map(size_text, t.shape))}]"


def size_text(t: Term, tight: bool = False) -> str:
    """A size, in parentheses where it is ``tight``: part of a product."""
    if t.op in _INFIX:
        product = t.op not in ("add", "sub")
        left, right = size_text(t.args[0], product), size_text(t.args[1], product or t.op == "sub")
        text = f"{left}{_INFIX[t.op]}{right}"
        return f"({text})" if tight and t.op != "mul" else text
    if t.op in ("var", "lit"):
        return str(t.data)
    return f"{t.op}({', '.join(map(size_text, t.args))})"


_INFIX = {"add": " + ", "sub": " - ", "mul": "*", "idiv": " // ", "imod": " % "}


def _sizes(instance: Instance, said: TensorType) -> str:
    names = list(free_vars(*[d for t in (*instance.operands, said) if t is not None for d in t.shape]))
    return f"for all {', '.join(names)} >= 1, " if names else ""


def subject(instance: Instance, said: Sequence[TensorType], terms: Iterable[Term], *more: str) -> tuple[str, ...]:
    """What a lemma is about, beyond its formula: operator, operands, attributes, results, and the terms in full."""
    return (
        instance.op,
        *map(repr, instance.operands),
        repr(hashable(instance.attrs)),
        *map(repr, said),
        *[t.digest.hex() for t in terms],
        *more,
    )


def location(op: Op) -> tuple[str, int]:
    """Where an operator's denotation stands: the path from the folder that holds the package, and the line."""
    code = op.denote.__code__  # type: ignore[attr-defined]  # denotations are functions
    path, root = Path(code.co_filename), Path(__file__).parents[4]
    return str(path.relative_to(root) if path.is_relative_to(root) else path), code.co_firstlineno

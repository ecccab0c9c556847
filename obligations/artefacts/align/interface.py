"""What two graphs must share to be compared: inputs and outputs by name, and the symbols in their shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ....ir import dims
from ....ir.errors import GraphError
from ....ir.graph import INPUT, Graph, Node, Ref
from ....ir.operators import Attr
from ....ir.types import TensorType
from ....theories.terms.binders import substitute
from ....theories.terms.term import Term


class InterfacesDiffer(GraphError, code="PB622"):
    """Two graphs cannot be compared: an input or output of one has no counterpart of the same type in the other.

    What to do: say which names belong together, or compare graphs with the same inputs and outputs.
    """


@dataclass(frozen=True, slots=True)
class Interface:
    """Two graphs over the same input names and symbols, and the pairs of outputs, by name of the first."""

    before: Graph
    after: Graph
    outputs: tuple[tuple[str, Ref, Ref], ...]


def match(before: Graph, after: Graph, names: Mapping[str, str] | None = None) -> Interface:
    """The second graph in terms of the first: ``names`` maps input and output names of ``after`` to those of ``before``."""
    names = names or {}
    theirs = {names.get(n.names[0], n.names[0]): n for n in after.inputs}
    ours = {n.names[0]: n for n in before.inputs}
    for name in [*theirs.keys() - ours.keys(), *ours.keys() - theirs.keys()]:
        raise InterfacesDiffer("only one of the graphs has it", f"input {name}")
    symbols: dict[Term, Term] = {}
    for name, node in theirs.items():
        _unify(name, node.types[0], ours[name].types[0], symbols)
    renamed = _with(after, symbols, {n.id: name for name, n in theirs.items()})
    for name, node in ours.items():
        found = next(n for n in renamed.inputs if n.names[0] == name).types[0]
        if not found.agrees(node.types[0]):
            raise InterfacesDiffer(f"{node.types[0]!r} before, {found!r} after", f"input {name}")
    return Interface(before, renamed, _outputs(before, renamed, names))


def _unify(name: str, type_: TensorType, with_: TensorType, symbols: dict[Term, Term]) -> None:
    if type_.dtype is not with_.dtype or type_.rank != with_.rank:
        raise InterfacesDiffer(f"{with_!r} before, {type_!r} after", f"input {name}")
    for d, e in zip(type_.shape, with_.shape, strict=True):
        if d.op == "var" and symbols.setdefault(d, e) is not e:
            raise InterfacesDiffer(f"{d!r} is both {symbols[d]!r} and {e!r}", f"input {name}")


def _with(graph: Graph, symbols: Mapping[Term, Term], inputs: Mapping[int, str]) -> Graph:
    def size(d: Term) -> Term:
        return dims.size(substitute(d, symbols)) if d.op != "lit" else d

    def attribute(value: Attr) -> Attr:
        if isinstance(value, Term):
            return size(value)
        return tuple(attribute(v) for v in value) if isinstance(value, tuple) else value  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]

    def renamed(node: Node) -> Node:
        types = tuple(TensorType(t.dtype, tuple(size(d) for d in t.shape)) for t in node.types)
        names = (inputs[node.id],) if node.op == INPUT else node.names
        return replace(node, types=types, names=names, attrs={k: attribute(v) for k, v in node.attrs.items()})

    return Graph(graph.name, tuple(renamed(n) for n in graph.nodes), graph.outputs)


def _outputs(before: Graph, after: Graph, names: Mapping[str, str]) -> tuple[tuple[str, Ref, Ref], ...]:
    theirs = {names.get(name, name): ref for name, ref in after.outputs}
    out: list[tuple[str, Ref, Ref]] = []
    for name, ref in before.outputs:
        if name not in theirs:
            raise InterfacesDiffer("only the first graph has it", f"output {name}")
        other = theirs.pop(name)
        if not after.type(other).agrees(before.type(ref)):
            raise InterfacesDiffer(f"{before.type(ref)!r} before, {after.type(other)!r} after", f"output {name}")
        out.append((name, ref, other))
    for name in theirs:
        raise InterfacesDiffer("only the second graph has it", f"output {name}")
    return tuple(out)

"""Graphs as text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

from ...theories.terms.sorts import INT
from ...theories.terms.term import Term, free_vars, postorder
from ..dtypes import DType
from ..errors import BadArity, BadAttribute, TooLarge
from ..graph import CONST, INPUT, Graph, Node, Ref
from ..operators import Attr
from ..params import ParamStore
from ..types import TensorType
from .words import DIGITS, RESERVED, float_text, name, quoted

_SIGNS: Final = {"add": (" + ", 1), "sub": (" - ", 1), "mul": (" * ", 2), "idiv": (" div ", 2), "imod": (" mod ", 2)}
"""The sign of an operation and how tightly it binds; all group to the left."""
FUNCTIONS: Final = {
    "max": "max", "min": "min", "abs": "abs", "ite": "if", "require": "require",
    "lt": "lt", "le": "le", "eq": "eq", "and": "and", "or": "or", "not": "not",
}  # fmt: skip
"""Other operations on sizes, written as calls."""
EXTENT: Final = 1000
"""Operations of the longest size."""
_UNARY, _POWER, _ATOM = 3, 4, 5


def write(graph: Graph, params: ParamStore | None = None) -> str:
    """The text of a graph, with the digests of its payloads if ``params`` are given.

    Raises MissingPayload for a constant that has none there, BadAttribute for an attribute that has no text, TooLarge
    for a size without end, and BadArity for a node whose names do not go with its values.
    """
    lines = [f"graph {name(graph.name)}"]
    symbols = _symbols(graph)
    if symbols:
        lines.append("symbols " + ", ".join(name(s, RESERVED) for s in symbols))
    lines += [_node(n, params) for n in graph.nodes]
    lines += [f"output {name(key)} = {_ref(ref)}" for key, ref in graph.outputs]
    return "\n".join(lines) + "\n"


def graph_digest(graph: Graph, params: ParamStore | None = None) -> str:
    """The SHA-256 of the text: two graphs have the same digest if they are the same, payloads included."""
    return hashlib.sha256(write(graph, params).encode("utf-8", "surrogatepass")).hexdigest()


def _symbols(graph: Graph) -> list[str]:
    """Every symbol in a shape or an attribute, in order of appearance."""
    terms = [
        t for n in graph.nodes for t in (*_terms(tuple(n.attrs.values())), *(d for ty in n.types for d in ty.shape))
    ]
    return list(free_vars(*terms))


def _terms(value: Attr) -> Iterator[Term]:
    if isinstance(value, Term):
        yield value
    elif isinstance(value, tuple):
        for v in value:  # pyright: ignore[reportUnknownVariableType]  # an attribute is anything
            yield from _terms(v)


def _node(node: Node, params: ParamStore | None) -> str:
    where = f"{node.op} {node.name}"
    if len(node.names) != len(node.types):
        raise BadArity(f"{len(node.names)} names for {len(node.types)} values", where)
    out = f"%{node.id} "
    if any(node.names):
        out += ", ".join(name(n) for n in node.names) + " "
    out += f"= {name(node.op)}"
    if node.parents or node.op not in (INPUT, CONST):
        out += "(" + ", ".join("_" if p is None else _ref(p) for p in node.parents) + ")"
    if node.attrs:
        out += (
            " {"
            + ", ".join(f"{name(k)} = {_attribute(v, f'{where}: {k}')}" for k, v in sorted(node.attrs.items()))
            + "}"
        )
    if node.types:
        out += " : " + ", ".join(type_text(t) for t in node.types)
    if node.op == CONST and params is not None:
        out += f" sha256:{params[node.names[0]].sha256}"
    return out


def _ref(ref: Ref) -> str:
    return repr(ref)


def extent(t: Term) -> int:
    """How many operations a size is made of when it is written out."""
    counts: dict[Term, int] = {}
    for u in postorder([t]):
        counts[u] = 1 + sum(counts[a] for a in u.args)
    return counts[t]


def type_text(t: TensorType) -> str:
    """A type, such as ``float32[batch, 2 * n]``."""
    return f"{t.dtype.name}[{', '.join(size_text(d) for d in t.shape)}]"


def _attribute(value: Attr, where: str) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case int() if abs(value) < 10**DIGITS:
            return int.__repr__(value)
        case float():
            return float_text(value)
        case str():
            return quoted(value, '"')
        case DType():
            return value.name
        case Term() if value.sort is INT:
            return f"size({size_text(value)})" if value.op == "lit" else size_text(value)
        case tuple():
            parts = [_attribute(v, where) for v in value]  # pyright: ignore[reportUnknownVariableType]
            return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"
        case _:
            raise BadAttribute(f"{value!r} has no text", where)


def size_text(t: Term, level: int = 0) -> str:
    """A size; in brackets where its surroundings bind more tightly.

    Raises BadAttribute if it is no expression of sizes, TooLarge if it is longer than any that a model has.
    """
    if not level and extent(t) > EXTENT:
        raise TooLarge(f"a size has more than {EXTENT} operations")
    text, own = _size(t)
    return f"({text})" if own < level else text


def _size(t: Term) -> tuple[str, int]:
    if t.op == "lit" and isinstance(t.data, bool):
        return ("true" if t.data else "false"), _ATOM
    if t.op == "lit" and isinstance(t.data, int):
        return str(t.data), _ATOM if t.data >= 0 else _UNARY
    if t.op == "var" and t.sort is INT:
        return name(t.name, RESERVED), _ATOM
    if t.op in _SIGNS:
        return _chain(t)
    if t.op == "neg":
        return "-" + size_text(t.args[0], _UNARY), _UNARY
    if t.op == "pow":
        return f"{size_text(t.args[0], _ATOM)}^{t.data}", _POWER
    if t.op in FUNCTIONS:
        return f"{FUNCTIONS[t.op]}({', '.join(size_text(a) for a in t.args)})", _ATOM
    raise BadAttribute(f"{t!r} is no expression of sizes")


def _chain(t: Term) -> tuple[str, int]:
    """Operations that group to the left, however many."""
    level = _SIGNS[t.op][1]
    parts: list[str] = []
    while t.op in _SIGNS and _SIGNS[t.op][1] == level:
        flat = t.op == "mul" and _is_product(t.args[1])
        parts += [size_text(t.args[1], level if flat else level + 1), _SIGNS[t.op][0]]
        t = t.args[0]
    return "".join(reversed([*parts, size_text(t, level)])), level


def _is_product(t: Term) -> bool:
    """Whether ``t`` is a product, no quotient of one: that needs no brackets in a product."""
    while t.op == "mul":
        t = t.args[0]
    return t.op not in ("idiv", "imod")

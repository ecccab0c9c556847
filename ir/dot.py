"""Graphs as Graphviz text, to be looked at."""

from __future__ import annotations

from .graph import CONST, INPUT, Graph, Node, Ref
from .text.writer import type_text

_SHAPES = {INPUT: "ellipse", CONST: "cylinder"}


def dot(graph: Graph) -> str:
    """The graph in the language of Graphviz.

    A node shows its operator, name and type.  An edge says which operand it is where there is more than one, and which
    value it carries where its source has more than one.
    """
    lines = [f"digraph {_quoted(graph.name)} {{", "  node [shape=box];"]
    for node in graph.nodes:
        lines.append(f"  n{node.id} [shape={_SHAPES.get(node.op, 'box')}, label={_label(node)}];")
    for node in graph.nodes:
        for k, ref in enumerate(node.parents):
            if ref is not None:
                lines.append(f"  n{ref.node} -> n{node.id}" + _edge(graph, ref, k if len(node.parents) > 1 else None))
    for k, (name, ref) in enumerate(graph.outputs):
        lines.append(f"  o{k} [shape=ellipse, style=dashed, label={_quoted(name)}];")
        lines.append(f"  n{ref.node} -> o{k}" + _edge(graph, ref, None))
    return "\n".join([*lines, "}"]) + "\n"


def _label(node: Node) -> str:
    types = [type_text(t) for t in node.types]
    values = [f"{name} : {t}" if name else t for name, t in zip(node.names, types, strict=False)]
    return _quoted("\n".join([node.op, *values]))


def _edge(graph: Graph, ref: Ref, operand: int | None) -> str:
    words = [f'label="{operand}"'] if operand is not None else []
    if len(graph.node(ref).types) > 1:
        words.append(f'taillabel="{ref.output}"')
    return f" [{', '.join(words)}];" if words else ";"


def _quoted(text: str) -> str:
    r"""A string of Graphviz; every backslash is doubled, since ``\N`` and the like mean something in a label."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return '"' + "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in escaped) + '"'

"""Graphs as Graphviz text."""

from __future__ import annotations

import re

from graph_samples import graphs, mlp
from hypothesis import given
from syrupy.assertion import SnapshotAssertion

from probanda.ir.dot import dot
from probanda.ir.dtypes import FLOAT
from probanda.ir.graph import Graph, Node, Ref
from probanda.ir.types import tensor_type

_STRING = r'"(?:[^"\\]|\\["\\n])*"'
_WORDS = rf"(?:shape=\w+|style=\w+|(?:tail)?label={_STRING})"
_LINE = re.compile(rf"  (?:\w+(?: -> \w+)?(?: \[{_WORDS}(?:, {_WORDS})*\])?|node \[shape=box\]);")


def test_snapshot(snapshot: SnapshotAssertion) -> None:
    graph, _ = mlp()
    assert dot(graph) == snapshot
    assert dot(graph) == dot(mlp()[0])


def test_names_are_escaped() -> None:
    node = Node(0, "Input", (), {}, (tensor_type(FLOAT, 2),), ('a"b\\N\n',))
    text = dot(Graph('"', (node,), (("\x00", Ref(0)),)))
    assert 'digraph "\\"" {' in text
    assert 'label="Input\\na\\"b\\\\N\\n : float32[2]"' in text
    assert 'label="\N{REPLACEMENT CHARACTER}"' in text


@given(graphs())
def test_every_line_is_a_statement(graph: Graph) -> None:
    first, *body, last = dot(graph).split("\n")[:-1]
    assert re.fullmatch(rf"digraph {_STRING} \{{", first) and last == "}"
    assert [line for line in body if not _LINE.fullmatch(line)] == []
    assert sum(" -> " in line for line in body) == sum(
        p is not None for n in graph.nodes for p in n.parents
    ) + len(graph.outputs)  # fmt: skip

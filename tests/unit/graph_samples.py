"""Graphs for tests: small valid ones, and random ones that need only be written down."""

from __future__ import annotations

import math
import struct
from typing import Any

import numpy as np
from hypothesis import strategies as st

from probanda.ir import dims
from probanda.ir.builder import Builder
from probanda.ir.dtypes import DTYPES, FLOAT, INT64
from probanda.ir.graph import CONST, INPUT, Graph, Node, Ref
from probanda.ir.operators import REQUIRED, load
from probanda.ir.params import ParamStore
from probanda.ir.types import TensorType, tensor_type
from probanda.theories.terms import build as b
from probanda.theories.terms.term import Term

SYMBOLS = ("batch", "n", "div", "a b", "float32", "é`\\\n")


def mlp() -> tuple[Graph, ParamStore]:
    """Two layers, a split, a random draw, sizes out of shapes: a node of every kind."""
    g = Builder("mlp")
    x = g.input("x", tensor_type(FLOAT, "batch", 6))
    shift = g.input("shift", tensor_type(FLOAT, "batch", 4))
    w = g.const("w", np.arange(24, dtype=np.float32).reshape(6, 4) / 8)
    h = g.add("Relu", g.add("Add", g.add("MatMul", x, w), shift), name="h")
    left, right = g.node("Split", [h], ["left", "right"], {"axis": 1, "num_outputs": 2})
    noise = g.add("RandomNormalLike", left, key="noise", name="noise")
    clipped = g.add("Clip", g.add("Add", left, noise), None, g.const("top", np.array(6, np.float32)), name="clipped")
    halves = g.const("halves", np.array([-1, 1], np.int64))
    flat = g.add("Reshape", right, halves, name="flat")
    return g.graph(clipped, flat=flat), g.params


# -- random --


def sizes(depth: int = 3) -> st.SearchStrategy[Term]:
    """Sizes in normal form, with every operation that sizes have."""
    leaves = st.one_of(st.integers(-9, 99).map(dims.size), st.sampled_from(SYMBOLS).map(dims.size))
    if not depth:
        return leaves
    inner = sizes(depth - 1)
    pairs = st.tuples(st.sampled_from([b.add, b.sub, b.mul, b.idiv, b.imod, b.maximum, b.minimum]), inner, inner)
    choices = st.tuples(st.sampled_from([b.lt, b.le, b.eq]), inner, inner, inner, inner)
    return st.one_of(
        leaves,
        pairs.map(lambda p: dims.size(p[0](p[1], p[2]))),
        inner.map(lambda x: dims.size(b.absolute(x))),
        inner.map(lambda x: dims.size(b.power(x, 3))),
        choices.map(lambda c: dims.size(b.ite(c[0](c[1], c[2]), c[3], c[4]))),
    )


TEXTS = st.text(max_size=6)
FLOATS = st.one_of(
    st.floats(),
    st.integers(0, 2**52 - 1).map(lambda k: struct.unpack(">d", struct.pack(">Q", 0xFFF << 52 | k))[0]),
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), FLOATS, TEXTS, st.sampled_from(DTYPES), sizes(2)
)  # fmt: skip
ATTRIBUTES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=6)
TYPES = st.builds(TensorType, st.sampled_from(DTYPES), st.lists(sizes(2), max_size=3).map(tuple))


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Graphs whose operators, attributes and types have nothing to do with one another."""
    nodes: list[Node] = []
    names = iter(draw(st.lists(TEXTS.filter(bool), min_size=12, max_size=12, unique=True)))
    for k in range(draw(st.integers(0, 4))):
        values = [ref for n in nodes for ref in (Ref(n.id, j) for j in range(len(n.types)))]
        parents = draw(st.lists(st.one_of(st.none(), st.sampled_from(values)), max_size=3)) if values else []
        op = draw(st.sampled_from([INPUT, CONST, "MatMul", "com.example::Op"]))
        types = draw(st.lists(TYPES, min_size=1, max_size=1 if op in (INPUT, CONST) else 3))
        attrs = draw(st.dictionaries(TEXTS, ATTRIBUTES, max_size=3))
        named = [next(names) if draw(st.booleans()) else "" for _ in types]
        nodes.append(Node(k, op, tuple(parents), attrs, tuple(types), tuple(named)))
    values = [Ref(n.id, j) for n in nodes for j in range(len(n.types))]
    outputs = draw(st.lists(st.tuples(TEXTS, st.sampled_from(values)), max_size=2)) if values else []
    return Graph(draw(TEXTS), tuple(nodes), tuple(outputs))


def of_every_operator() -> Graph:
    """A node for each operator, with all its attributes, and operands of a type that it need not take."""
    x = Node(0, INPUT, (), {}, (tensor_type(INT64, "batch", 4),), ("x",))
    nodes = [x]
    for name, op in sorted(load().items()):
        attrs = {k: (3, dims.size("batch")) if v is REQUIRED else v for k, v in op.attrs.items()}
        attrs |= {k: (dims.size("batch"), -1) for k in op.static.values()}
        parents = (Ref(0), *[None, Ref(0)] * 3)[: op.operands[1] if op.operands[1] is not None else 5]
        nodes.append(Node(len(nodes), name, parents, attrs, x.types * 2, (name, f"{name}/second")))
    return Graph("all", tuple(nodes), tuple((n.op, Ref(n.id, 0)) for n in nodes))


def bits(value: Any) -> Any:
    """A value, with what Python's ``==`` passes over: kinds of numbers, and the bits of floats."""
    if isinstance(value, tuple):
        return tuple(bits(v) for v in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, float):
        return "float", struct.pack(">d", value), math.isnan(value)
    return type(value), value


def picture(graph: Graph) -> Any:
    """A graph, to be compared."""
    return (
        graph.name,
        [(n.id, n.op, n.parents, {k: bits(v) for k, v in n.attrs.items()}, n.types, n.names) for n in graph.nodes],
        graph.outputs,
    )

"""Building graphs: types are inferred, and operands that decide shapes are resolved through known sizes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from probanda.ir import dims
from probanda.ir.builder import Builder
from probanda.ir.checks import check
from probanda.ir.dtypes import FLOAT, INT64
from probanda.ir.errors import BadArity, BadAttribute, DoublePayload, DuplicateName, NotStatic, WrongShape
from probanda.ir.graph import Ref
from probanda.ir.text.writer import type_text
from probanda.ir.types import tensor_type


def ints(g: Builder, name: str, *values: Any) -> Ref:
    return g.const(name, np.array(values, np.int64))


def scalar(g: Builder, name: str, value: int) -> Ref:
    return g.const(name, np.array(value, np.int64))


def start(*sizes: int | str) -> tuple[Builder, Ref]:
    g = Builder("g")
    return g, g.input("x", tensor_type(FLOAT, *(sizes or ("batch", "n", 12))))


def shown(g: Builder, ref: Ref) -> str:
    """The type of a value of a graph that checks."""
    check(g.graph(ref), g.params)
    return type_text(g.type(ref))


def heads(g: Builder, x: Ref) -> Ref:
    """A reshape to the shape that is put together out of parts of another: as exporters write attention."""
    shape = g.add("Shape", x)
    parts = [
        g.add("Unsqueeze", g.add("Gather", shape, scalar(g, f"at{k}", k)), ints(g, f"axes{k}", 0)) for k in range(2)
    ]
    return g.add("Concat", *parts, ints(g, "split", 3, 4), axis=0)


def test_reshape_to_a_shape_put_together() -> None:
    g, x = start()
    y = g.add("Reshape", x, heads(g, x))
    assert shown(g, y) == "float32[batch, n, 3, 4]"
    assert g.nodes[y.node].parents == (x,), "what decides the shape is no operand any more"
    z = g.add("Transpose", y, perm=(0, 2, 1, 3))
    assert shown(g, g.add("Reshape", z, ints(g, "flat", 0, 0, -1))) == "float32[batch, 3, 4 * n]"


def test_expand_and_constant_of_shape() -> None:
    g, x = start()
    shape = g.add("Shape", x)
    one = g.const("one", np.ones((1, 12), np.float32))
    assert shown(g, g.add("Expand", one, shape)) == "float32[batch, n, 12]"
    assert (
        shown(g, g.add("ConstantOfShape", g.add("Slice", shape, ints(g, "s", 0), ints(g, "e", 2))))
        == "float32[batch, n]"
    )


def test_slice_by_computed_bounds() -> None:
    g, x = start()
    n = g.add("Gather", g.add("Shape", x), ints(g, "one", 1))
    ends = g.add("Sub", n, ints(g, "two", 2))
    last = g.type(g.add("Slice", x, ends, n, ints(g, "axis", 1))).shape[1]
    assert [dims.evaluate(last, {"n": k}) for k in (1, 2, 3, 7)] == [1, 2, 2, 2], "x[:, n - 2 : n], and -1 is n - 1"
    twice = g.add("Concat", x, x, x, axis=1)
    start_ = g.add("Mul", n, ints(g, "factor", 2))
    assert shown(g, g.add("Slice", twice, n, start_, ints(g, "axis1", 1))) == "float32[batch, n, 12]"


def test_range_of_a_size() -> None:
    g, x = start()
    n = g.add("Gather", g.add("Shape", x), scalar(g, "one", 1))
    y = g.add("Range", scalar(g, "zero", 0), n, scalar(g, "step", 1))
    assert shown(g, y) == "int64[n]"
    assert shown(g, g.add("Range", n, g.add("Add", n, n), scalar(g, "step1", 1))) == "int64[n]"


def test_products_of_sizes() -> None:
    g, x = start()
    count = g.add("ReduceProd", g.add("Shape", x), keepdims=1)
    assert shown(g, g.add("Reshape", x, count)) == "float32[12 * n * batch]"
    half = g.add("Div", count, ints(g, "six", 6))
    assert (
        shown(g, g.add("Reshape", x, g.add("Concat", half, ints(g, "rest", -1), axis=0))) == "float32[2 * n * batch, 6]"
    )


def test_choices_that_sizes_decide() -> None:
    g, x = start()
    shape = g.add("Shape", x)
    minus = g.add("Mul", g.add("ConstantOfShape", ints(g, "three", 3), value=(INT64, 1)), ints(g, "minus", -1))
    asked = ints(g, "asked", -1, -1, 12)
    chosen = g.add("Where", g.add("Equal", asked, minus), shape, asked)
    assert shown(g, g.add("Expand", g.const("c", np.ones(12, np.float32)), chosen)) == "float32[batch, n, 12]"


def test_axes_and_counts() -> None:
    g, x = start()
    assert shown(g, g.add("ReduceSum", x, ints(g, "axes", -1), keepdims=0)) == "float32[batch, n]"
    values, indices = g.node("TopK", [x, ints(g, "k", 5)], ["v", "i"], {})
    assert shown(g, values) == "float32[batch, n, 5]" and shown(g, indices) == "int64[batch, n, 5]"
    assert shown(g, g.add("Tile", x, ints(g, "repeats", 1, 2, 1))) == "float32[batch, 2 * n, 12]"
    a, c = g.node("Split", [x, ints(g, "parts", 4, 8)], ["a", "c"], {"axis": 2})
    assert [shown(g, r) for r in (a, c)] == ["float32[batch, n, 4]", "float32[batch, n, 8]"]
    assert shown(g, g.add("Pad", x, ints(g, "pads", 0, 1, 0, 0, 1, 0))) == "float32[batch, n + 2, 12]"


def test_operands_that_depend_on_data() -> None:
    g, x = start()
    data = g.input("data", tensor_type(INT64, 3))
    for op, operands in (
        ("Reshape", [x, data]),
        ("Expand", [x, data]),
        ("Tile", [x, data]),
        ("ConstantOfShape", [data]),
    ):
        with pytest.raises(NotStatic) as e:
            g.add(op, *operands)
        assert e.value.where.startswith(op)
    with pytest.raises(NotStatic):
        g.add("Reshape", x, g.add("Add", data, g.add("Shape", x)))
    with pytest.raises(NotStatic):
        g.add("TopK", x, g.add("Gather", data, ints(g, "at", 0)))


def test_large_tensors_are_not_looked_into() -> None:
    g, x = start(100)
    big = g.const("big", np.ones(100, np.int64))
    with pytest.raises(NotStatic):
        g.add("Reshape", x, big)


def test_an_error_leaves_the_builder_as_it_was() -> None:
    g, x = start()
    before = list(g.nodes)
    for op, attrs, error in (
        ("MatMul", {}, BadArity),
        ("Softmax", {"axis": 9}, BadAttribute),
        ("Softmax", {"b": 1}, BadAttribute),
    ):
        with pytest.raises(error) as e:
            g.add(op, x, name="y", **attrs)
        assert e.value.where == f"{op} y"
    with pytest.raises(WrongShape):
        g.add("Add", x, g.const("c", np.ones(5, np.float32)), name="y")
    assert g.nodes[:1] == before and len(g.nodes) == 2
    assert g.add("Relu", x, name="y") == Ref(2)


def test_names() -> None:
    g, x = start()
    with pytest.raises(DuplicateName):
        g.input("x", tensor_type(FLOAT, 1))
    assert [g.nodes[g.add("Relu", x).node].name for _ in range(3)] == ["relu", "relu_2", "relu_3"]
    with pytest.raises(DuplicateName):
        g.add("Relu", x, name="relu_2")
    with pytest.raises(DuplicateName):
        g.node("Split", [x], ["p", "p"], {"axis": 2, "num_outputs": 2})
    assert g.add("Relu", x, name="p") and len(g.nodes) == 5
    g.const("w", np.ones(2))
    with pytest.raises((DoublePayload, DuplicateName)):
        g.const("w", np.ones(2))
    with pytest.raises(DuplicateName):
        g.const("x", np.ones(2))
    assert "x" not in g.params, "a constant that is refused leaves no payload"


def test_outputs_and_lookup() -> None:
    g, x = start()
    left, right = g.node("Split", [x], ["left", ""], {"axis": 2, "num_outputs": 2})
    graph = g.graph(left, right, total=x)
    assert graph.outputs == (("left", left), ("%1.1", right), ("total", x))
    assert graph.find("left") == left and graph.name_of(right) == "%1.1" and graph.find("%1.1") == right
    assert graph.symbols == ("batch", "n")
    assert graph.users()[x] == [1]


def test_trailing_operands_that_are_left_out_are_dropped() -> None:
    g, x = start()
    assert g.nodes[g.add("Clip", x, None, None).node].parents == (x,)
    top = g.const("top", np.array(6, np.float32))
    assert g.nodes[g.add("Clip", x, None, top).node].parents == (x, None, top)

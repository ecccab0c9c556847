"""Compilation of graphs: what is computed, where it lies, what it means."""

from __future__ import annotations

import numpy as np
import pytest

from probanda.ir.builder import Builder
from probanda.ir.denote import denote_graph
from probanda.ir.dtypes import FLOAT, INT64, Reading
from probanda.ir.errors import Cycle, GraphError
from probanda.ir.exec_denote import denote_compiled
from probanda.ir.exec_graph import ExecGraph, Load
from probanda.ir.graph import Graph, Node, Ref
from probanda.ir.params import ParamStore
from probanda.ir.passes.compile import compile_graph
from probanda.ir.passes.numbering import Numbering
from probanda.ir.passes.validate import Mismatch, Pair, validate
from probanda.ir.types import tensor_type
from probanda.obligations.artefacts.execute import Executor, executor
from probanda.theories.normal.beta import beta


def layer() -> tuple[Graph, ParamStore]:
    g = Builder("layer")
    x = g.input("x", tensor_type(FLOAT, "batch", 4))
    w = g.const("w", np.arange(12, dtype=np.float32).reshape(4, 3))
    c = g.const("c", np.asarray([1, -2, 3], np.float32))
    product = g.add("MatMul", x, w, name="product")
    shifted = g.add("Add", product, c, name="shifted")
    copied = g.add("Identity", shifted, name="copied")
    again = g.add("Add", product, c, name="again")
    y = g.add("Sub", g.add("Relu", copied, name="relu"), again, name="y")
    g.add("Exp", y, name="dead")
    return g.graph(y), g.params


def labels(compiled: ExecGraph) -> list[str]:
    return [s.label for s in compiled.instructions]


def test_dead_nodes_copies_and_repetitions_are_not_computed() -> None:
    graph, params = layer()
    compiled = compile_graph(graph, params)
    text = " ".join(labels(compiled))
    assert "dead" not in text and "copied" not in text and "again" not in text


def test_a_producer_with_one_reader_is_computed_where_it_is_read() -> None:
    graph, params = layer()
    assert "Relu relu + Sub y" in labels(compile_graph(graph, params))


def test_buffers_are_used_again() -> None:
    g = Builder("chain")
    x = g.input("x", tensor_type(FLOAT, "n"))
    for k in range(20):
        x = g.add("Softmax", x, axis=0, name=f"s{k}")
    compiled = compile_graph(g.graph(x), g.params)
    assert len(compiled.instructions) == 20
    assert compiled.buffers <= 2


def test_the_compiled_graph_means_what_the_graph_means() -> None:
    graph, params = layer()
    compiled = denote_compiled(compile_graph(graph, params), Reading.IEEE)
    direct = denote_graph(graph, Reading.IEEE)
    for name, ref in graph.outputs:
        assert beta(compiled[name].lam(), ranges=False) is beta(direct[ref].lam(), ranges=False)


def test_every_step_of_the_alignment_is_identical() -> None:
    graph, params = layer()
    steps = list(validate(compile_graph(graph, params), graph, params))
    assert steps and all(isinstance(s, Pair) and s.identical for s in steps)


def test_it_computes() -> None:
    graph, params = layer()
    x = np.asarray([[1, 2, 3, 4], [-1, 0, 0.5, 2]], np.float32)
    z = x @ params["w"].array + params["c"].array
    np.testing.assert_allclose(executor(graph, params).run({"x": x})["y"], np.maximum(z, 0) - z, rtol=1e-6)


def test_an_output_may_be_an_input_a_constant_or_twice_the_same() -> None:
    g = Builder("through")
    x = g.input("x", tensor_type(FLOAT, "n"))
    c = g.const("c", np.asarray([2.0], np.float32))
    graph = g.graph(a=x, b=c, c=x)
    out = executor(graph, g.params).run({"x": np.asarray([1.0, 5.0], np.float32)})
    assert out["a"].tolist() == out["c"].tolist() == [1.0, 5.0]
    assert out["b"].tolist() == [2.0]
    assert list(validate(compile_graph(graph, g.params), graph, g.params)) == []


def test_a_malformed_graph_is_not_compiled() -> None:
    t = tensor_type(FLOAT, 2)
    nodes = (Node(0, "Relu", (Ref(1),), {}, (t,), ("a",)), Node(1, "Relu", (Ref(0),), {}, (t,), ("b",)))
    with pytest.raises(Cycle):
        compile_graph(Graph("g", nodes, (("b", Ref(1)),)), ParamStore())


def test_bad_inputs_are_refused() -> None:
    graph, params = layer()
    run = executor(graph, params).run
    good = np.zeros((2, 4), np.float32)
    for bad in ({}, {"x": good.astype(np.float64)}, {"x": good[:, :3]}, {"x": good[:0]}, {"x": good, "z": good}):
        with pytest.raises(GraphError, match="PB620"):
            run(bad)


def test_an_undefined_value_is_named() -> None:
    g = Builder("lookup")
    x = g.input("x", tensor_type(INT64, "n"))
    table = g.const("table", np.ones((3, 2), np.float32))
    y = g.add("Gather", table, x, axis=0, name="y")
    with pytest.raises(GraphError, match="PB621"):
        executor(g.graph(y), g.params).run({"x": np.asarray([0, 3])})


def test_numbers_tell_signed_zeros_apart_and_share_what_is_equal() -> None:
    g = Builder("elus")
    x = g.input("x", tensor_type(FLOAT, "n"))
    refs = [g.add("Elu", x, alpha=a, name=f"e{k}") for k, a in enumerate((0.0, -0.0, 0.0))]
    numbers = Numbering().graph(g.graph(*refs), g.params)
    assert numbers[refs[0]] == numbers[refs[2]] != numbers[refs[1]]


def test_random_nodes_are_never_one() -> None:
    g = Builder("noise")
    attrs = {"shape": (2,), "dtype": 1}
    one = g.add("RandomNormal", key="a", name="one", **attrs)
    two = g.add("RandomNormal", key="b", name="two", **attrs)
    numbers = Numbering().graph(g.graph(one, two), g.params)
    assert numbers[one] != numbers[two]


def test_a_tampered_payload_is_a_mismatch() -> None:
    graph, params = layer()
    other = ParamStore()
    other.add("w", params["w"].array + 1)
    other.add("c", params["c"].array)
    found = list(validate(compile_graph(graph, params), graph, other))
    assert any(isinstance(s, Mismatch) and "payload" in s.reason for s in found)
    assert isinstance(compile_graph(graph, params).steps[0], Load)


def test_executors_share_nothing_but_the_graph() -> None:
    graph, params = layer()
    compiled = compile_graph(graph, params)
    x = np.ones((1, 4), np.float32)
    one, two = Executor(compiled, params), Executor(compiled, params)
    assert np.array_equal(one.run({"x": x})["y"], two.run({"x": x * 1})["y"])

"""Branches, loops, scans, functions and sequences of ONNX models, written out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx_models import Array, assert_same_as_runtime, imported, model, node, value

from probanda.ir.errors import Cycle, NotStatic, TooLarge, UnsupportedOperator
from probanda.ir.importers.onnx import Imported, translate

RNG = np.random.default_rng(1)
BOOL, INT = TensorProto.BOOL, TensorProto.INT64


def floats(*shape: int) -> Array:
    return RNG.standard_normal(shape, dtype=np.float32)


def body(
    nodes: Sequence[onnx.NodeProto],
    outputs: Sequence[onnx.ValueInfoProto],
    inputs: Sequence[onnx.ValueInfoProto] = (),
    params: dict[str, Array] | None = None,
) -> onnx.GraphProto:
    tensors = [numpy_helper.from_array(a, k) for k, a in (params or {}).items()]
    return helper.make_graph(nodes, "body", inputs, outputs, tensors)


def ops(found: Imported) -> list[str]:
    return [n.op for n in found.graph.nodes if n.op not in ("Input", "Const")]


# -- If ----------------------------------------------------------------------------------------------------------------


def branching(condition: Sequence[onnx.NodeProto], inputs: Sequence[onnx.ValueInfoProto]) -> onnx.ModelProto:
    yes = body([node("Mul", ["x", "k"], ["t"])], [value("t", 3)], (), {"k": np.array(2, np.float32)})
    no = body([node("Neg", ["x"], ["u"])], [value("u", 3)])
    branch = node("If", ["c"], ["z"], then_branch=yes, else_branch=no)
    return model([*condition, branch, node("Relu", ["z"], ["y"])], [value("x", 3), *inputs], [value("y", 3)])


@pytest.mark.parametrize("least", [2, 4])
def test_if_on_a_shape(least: int) -> None:
    condition = [
        node("Size", ["x"], ["n"]),
        node("Constant", [], ["m"], value_int=least),
        node("Less", ["m", "n"], ["c"]),
    ]
    found = assert_same_as_runtime(branching(condition, ()), x=floats(3))
    assert ops(found) == [("Mul" if least < 3 else "Neg"), "Relu"]
    assert any("always" in n for n in found.notes)


@pytest.mark.parametrize("shape", [(), (1,)])
@pytest.mark.parametrize("truth", [True, False])
def test_if_on_data(shape: tuple[int, ...], truth: bool) -> None:
    proto = branching((), [value("c", *shape, kind=BOOL)])
    found = assert_same_as_runtime(proto, x=floats(3), c=np.full(shape, truth))
    assert ops(found)[-2:] == ["Where", "Relu"]


def test_branches_of_different_shapes() -> None:
    yes = body([node("Identity", ["x"], ["t"])], [value("t", 3)])
    no = body([node("Concat", ["x", "x"], ["u"], axis=0)], [value("u", 6)])
    proto = model(
        [node("If", ["c"], ["y"], then_branch=yes, else_branch=no)],
        [value("x", 3), value("c", kind=BOOL)],
        [value("y", None)],
    )
    with pytest.raises(NotStatic, match="If y.*branches"):
        imported(proto)


# -- Loop --------------------------------------------------------------------------------------------------------------


def looping(count: Sequence[int] | None, keep_going: Sequence[onnx.NodeProto], trips: int = 3) -> onnx.ModelProto:
    step = body(
        [
            node("Cast", ["i"], ["f"], to=TensorProto.FLOAT),
            node("Add", ["state", "f"], ["sum"]),
            node("Mul", ["sum", "w"], ["next"]),
            *keep_going,
        ],
        [value("again", kind=BOOL), value("next", 2), value("sum", 2)],
        [value("i", kind=INT), value("go", kind=BOOL), value("state", 2)],
        {"bound": np.array(1, np.int64)},
    )
    params = {"w": floats(2)}
    if count is not None:
        params["count"] = np.array(trips, np.int64).reshape(count)
    loop = node("Loop", ["" if count is None else "count", "", "x"], ["last", "y"], body=step)
    return model([loop], [value("x", 2)], [value("last", 2), value("y", None, 2)], params)


@pytest.mark.parametrize("shape", [(), (1,)])
def test_loop_with_a_trip_count(shape: tuple[int, ...]) -> None:
    found = assert_same_as_runtime(looping(shape, [node("Identity", ["go"], ["again"])]), x=floats(2))
    assert ops(found).count("Add") == 3 and ops(found)[-1] == "Concat"
    assert any("3 iterations" in n for n in found.notes)
    assert set(found.params) == {"w", "last/0/iteration", "last/1/iteration", "last/2/iteration"}


def test_loop_that_stops_by_its_condition() -> None:
    found = assert_same_as_runtime(looping(None, [node("Less", ["i", "bound"], ["again"])]), x=floats(2))
    assert ops(found).count("Add") == 2


def test_loop_without_iterations() -> None:
    assert_same_as_runtime(looping((), [node("Identity", ["go"], ["again"])], 0), x=floats(2))


def test_loop_on_data() -> None:
    stop = [node("ReduceSum", ["sum"], ["total"], keepdims=0), node("Less", ["total", "total"], ["again"])]
    with pytest.raises(NotStatic, match="the condition after iteration 0"):
        imported(looping((), stop))
    proto = looping((), [node("Identity", ["go"], ["again"])])
    del proto.graph.initializer[1]
    proto.graph.input.append(value("count", kind=INT))
    with pytest.raises(NotStatic, match="Loop last.*trip count"):
        imported(proto)


def test_endless_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translate, "NODES", 2000)
    with pytest.raises(TooLarge):
        imported(looping(None, [node("Identity", ["go"], ["again"])]))


def test_nested_loops_see_outer_values() -> None:
    inner = body(
        [node("Identity", ["c2"], ["d2"]), node("Add", ["b", "outer"], ["b2"]), node("Add", ["b2", "a"], ["b3"])],
        [value("d2", kind=BOOL), value("b3", 2)],
        [value("j", kind=INT), value("c2", kind=BOOL), value("b", 2)],
    )
    outer = body(
        [node("Identity", ["c"], ["d"]), node("Loop", ["two", "", "a"], ["a2"], body=inner)],
        [value("d", kind=BOOL), value("a2", 2)],
        [value("i", kind=INT), value("c", kind=BOOL), value("a", 2)],
    )
    nodes = [node("Relu", ["x"], ["outer"]), node("Loop", ["two", "", "x"], ["y"], body=outer)]
    assert_same_as_runtime(model(nodes, [value("x", 2)], [value("y", 2)], {"two": np.array(2, np.int64)}), x=floats(2))


# -- Scan --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("backwards", [0, 1])
@pytest.mark.parametrize("out", [0, 1])
def test_scan(axis: int, backwards: int, out: int) -> None:
    step = body(
        [node("Add", ["s", "e"], ["s2"]), node("Mul", ["s2", "e"], ["o"])],
        [value("s2", 3), value("o", 3)],
        [value("s", 3), value("e", 3)],
    )
    scan = node(
        "Scan", ["s0", "x"], ["last", "y"], body=step, num_scan_inputs=1, scan_input_axes=[axis],
        scan_input_directions=[backwards], scan_output_axes=[out], scan_output_directions=[out],
    )  # fmt: skip
    shape = (4, 3) if axis == 0 else (3, 4)
    proto = model([scan], [value("s0", 3), value("x", *shape)], [value("last", 3), value("y", None, None)])
    assert_same_as_runtime(proto, s0=floats(3), x=floats(*shape))


def test_scan_with_batches() -> None:
    step = body([node("Add", ["s", "e"], ["s2"]), node("Neg", ["s2"], ["o"])], [value("s2", 3), value("o", 3)],
                [value("s", 3), value("e", 3)])  # fmt: skip
    scan = node("Scan", ["", "s0", "x"], ["last", "y"], body=step, num_scan_inputs=1)
    proto = model([scan], [value("s0", 2, 3), value("x", 2, 4, 3)], [value("last", 2, 3), value("y", 2, 4, 3)], {}, 8)
    assert_same_as_runtime(proto, s0=floats(2, 3), x=floats(2, 4, 3))


def test_scan_of_a_symbolic_length() -> None:
    step = body([node("Add", ["s", "e"], ["s2"])], [value("s2", 3)], [value("s", 3), value("e", 3)])
    scan = node("Scan", ["s0", "x"], ["y"], body=step, num_scan_inputs=1)
    proto = model([scan], [value("s0", 3), value("x", "n", 3)], [value("y", 3)])
    with pytest.raises(NotStatic, match="the length of Scan is n"):
        imported(proto)
    assert ops(imported(proto, n=5)).count("Add") == 5


# -- functions ---------------------------------------------------------------------------------------------------------


def function(name: str, nodes: Sequence[onnx.NodeProto], attributes: Sequence[str] = ()) -> onnx.FunctionProto:
    opset = [helper.make_opsetid("", 21), helper.make_opsetid("f", 1)]
    return helper.make_function("f", name, ["a"], ["b"], list(nodes), opset, list(attributes))


def calling(*functions: onnx.FunctionProto, **attributes: float) -> onnx.ModelProto:
    nodes = [
        node("Outer", ["x"], ["h"], domain="f", **attributes),
        node("Outer", ["h"], ["y"], domain="f", **attributes),
    ]
    proto = model(nodes, [value("x", 2)], [value("y", 2)], functions=list(functions))
    proto.opset_import.append(helper.make_opsetid("f", 1))
    return proto


def test_functions_with_attributes() -> None:
    leaky = node("LeakyRelu", ["a"], ["t"])
    leaky.attribute.append(onnx.AttributeProto(name="alpha", ref_attr_name="slope", type=onnx.AttributeProto.FLOAT))
    one = node("Constant", [], ["k"], value_float=3.0)
    inner = function("Inner", [one, node("Mul", ["a", "k"], ["b"])])
    outer = function("Outer", [leaky, node("Inner", ["t"], ["b"], domain="f")], ["slope"])
    found = assert_same_as_runtime(calling(inner, outer, slope=0.25), x=floats(2))
    assert ops(found) == ["LeakyRelu", "Mul"] * 2
    assert [n.attrs["alpha"] for n in found.graph.nodes if n.op == "LeakyRelu"] == [0.25, 0.25]


def test_function_that_calls_itself() -> None:
    inner = function("Inner", [node("Outer", ["a"], ["b"], domain="f")])
    with pytest.raises(Cycle, match="calls itself"):
        imported(calling(function("Outer", [node("Inner", ["a"], ["b"], domain="f")]), inner))


def test_chain_of_functions() -> None:
    chain = [function(f"F{k}", [node(f"F{k + 1}", ["a"], ["b"], domain="f")]) for k in range(300)]
    first = function("Outer", [node("F0", ["a"], ["b"], domain="f")])
    with pytest.raises(TooLarge):
        imported(calling(first, *chain, function("F300", [node("Neg", ["a"], ["b"])])))


def test_functions_that_double(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translate, "NODES", 5000)
    doubling = [
        function(f"F{k}", [node(f"F{k + 1}", ["a"], ["t"], domain="f"), node(f"F{k + 1}", ["t"], ["b"], domain="f")])
        for k in range(40)
    ]
    first = function("Outer", [node("F0", ["a"], ["b"], domain="f")])
    with pytest.raises(TooLarge):
        imported(calling(first, *doubling, function("F40", [node("Neg", ["a"], ["b"])])))


def test_operators_that_onnx_defines_by_others() -> None:
    nodes = [node("Constant", [], ["size"], value_ints=[2, 1, 2, 3]), node("AffineGrid", ["t", "size"], ["y"])]
    proto = model(nodes, [value("t", 2, 2, 3)], [value("y", 2, 2, 3, 2)], {}, 20)
    assert any("as ONNX defines it" in n for n in imported(proto).notes)


# -- sequences ---------------------------------------------------------------------------------------------------------


def test_sequences() -> None:
    nodes = [
        node("SplitToSequence", ["x", "two"], ["s"], axis=0),
        node("SequenceAt", ["s", "last"], ["tail"]),
        node("SequenceInsert", ["s", "tail", "zero"], ["longer"]),
        node("SequenceLength", ["longer"], ["n"]),
        node("ConcatFromSequence", ["longer"], ["y"], axis=0),
    ]
    params = {"two": np.array(2, np.int64), "last": np.array(-1, np.int64), "zero": np.array(0, np.int64)}
    outputs = [value("y", 6, 3), value("n", kind=INT)]
    assert_same_as_runtime(model(nodes, [value("x", 5, 3)], outputs, params), x=floats(5, 3))


def test_sequences_as_outputs() -> None:
    proto = model([node("SequenceConstruct", ["x"], ["y"])], [value("x", 2)], [])
    proto.graph.output.append(helper.make_tensor_sequence_value_info("y", TensorProto.FLOAT, None))
    with pytest.raises(UnsupportedOperator, match="output y"):
        imported(proto)

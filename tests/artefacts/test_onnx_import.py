"""ONNX models as graphs: types, old forms of operators, parameters, sub-models."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx_models import NEWEST, ONNX, Array, assert_same_as_runtime, canonical, imported, model, node, run, value

from probanda.ir.checks import check
from probanda.ir.dtypes import FLOAT
from probanda.ir.errors import NotStatic, UnknownName, UnsupportedOperator, WrongDType, WrongShape
from probanda.ir.importers.onnx import extract, import_onnx, load_model
from probanda.ir.types import tensor_type

LIGHT = sorted((Path(onnx.__file__).parent / "backend/test/data/light").glob("*.onnx"))
RNG = np.random.default_rng(0)


def floats(*shape: int) -> Array:
    return RNG.standard_normal(shape, dtype=np.float32)


@pytest.mark.parametrize("path", LIGHT, ids=lambda p: p.stem)
def test_light_models(path: Path) -> None:
    found = import_onnx(path)
    check(found.graph, found.params)
    (name, ref), *_ = found.graph.outputs
    proto = ONNX.load(path)
    assert next(n.names[0] for n in found.graph.inputs) in {i.name for i in proto.graph.input}
    assert name == proto.graph.output[0].name
    assert found.graph.type(ref).static is not None


def test_nothing_imports_onnx_before_a_model_is_read() -> None:
    code = "import sys, probanda, probanda.cli, probanda.ir.operators as o; o.load(); sys.exit('onnx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# -- operators of every opset ------------------------------------------------------------------------------------------


def everything(opset: int) -> onnx.ModelProto:
    """One computation in the forms of an opset."""
    params = {"two": np.array([2], np.int64), "scale": np.ones(4, np.float32), "zero": np.zeros(4, np.float32)}

    def ints(name: str, *numbers: int) -> str:
        params[name] = np.array(numbers, np.int64)
        return name

    def number(name: str, x: float) -> str:
        params[name] = np.array(x, np.float32)
        return name

    pads, axes, halves = [0, 0, 1, 1, 0, 0, 1, 1], [2, 3], [2, 2]
    nodes = [
        node("BatchNormalization", ["x", "scale", "zero", "zero", "scale"], ["norm"]),
        node("Dropout", ["norm"], ["kept"]),
        node("Clip", ["kept"], ["clipped"], min=-1.5, max=1.5)
        if opset < 11
        else node("Clip", ["kept", number("low", -1.5), number("high", 1.5)], ["clipped"]),
        node("Pad", ["clipped"], ["padded"], pads=pads, value=0.5)
        if opset < 11
        else node("Pad", ["clipped", ints("pads", *pads), number("half", 0.5)], ["padded"]),
        node("Slice", ["padded"], ["sliced"], starts=[1, 0], ends=[7, 6], axes=axes)
        if opset < 10
        else node("Slice", ["padded", ints("starts", 1, 0), ints("ends", 7, 6), ints("axes", 2, 3)], ["sliced"]),
        node("Split", ["sliced"], ["left", "right"], axis=1, split=halves)
        if opset < 13
        else node("Split", ["sliced", ints("halves", *halves)], ["left", "right"], axis=1),
        node("ReduceMean", ["left"], ["mean"], axes=axes, keepdims=1)
        if opset < 18
        else node("ReduceMean", ["left", ints("reduced", *axes)], ["mean"], keepdims=1),
        node("ReduceSum", ["right"], ["sum"], axes=axes, keepdims=1)
        if opset < 13
        else node("ReduceSum", ["right", ints("summed", *axes)], ["sum"], keepdims=1),
        node("Add", ["mean", "sum"], ["both"]),
        node("Squeeze", ["both"], ["flat"], axes=axes)
        if opset < 13
        else node("Squeeze", ["both", ints("squeezed", *axes)], ["flat"]),
        node("Softmax", ["flat"], ["soft"], axis=1),
        node("TopK", ["soft"], ["top", "where"], k=1)
        if opset < 10
        else node("TopK", ["soft", ints("k", 1)], ["top", "where"]),
        node("Unsqueeze", ["top"], ["y"], axes=[0])
        if opset < 13
        else node("Unsqueeze", ["top", ints("new", 0)], ["y"]),
    ]
    params = {k: v for k, v in params.items() if any(k in n.input for n in nodes)}
    return model(nodes, [value("x", 3, 4, 6, 6)], [value("y", 1, 3, 1)], params, opset)


@pytest.mark.parametrize("opset", [7, 9, 11, 13, 18])
def test_opsets_give_one_graph(opset: int) -> None:
    now = canonical(imported(everything(NEWEST)))
    then = canonical(imported(everything(opset)))
    for row in now + then:
        if row[0] == "Softmax":
            row[2][:] = [("axis", -1)]
    assert then == now


@pytest.mark.parametrize("opset", [7, 11, 13, 21])
def test_old_forms_mean_what_the_runtime_says(opset: int) -> None:
    assert_same_as_runtime(everything(opset), x=floats(3, 4, 6, 6))


@pytest.mark.parametrize("op", ["Softmax", "LogSoftmax", "Hardmax"])
@pytest.mark.parametrize("axis", [0, 1, 2, -2])
def test_softmax_of_a_matrix(op: str, axis: int) -> None:
    assert_same_as_runtime(
        model([node(op, ["x"], ["y"], axis=axis)], [value("x", 2, 3, 4)], [value("y", 2, 3, 4)], {}, 11),
        x=floats(2, 3, 4),
    )


@pytest.mark.parametrize("mode", ["nearest", "linear"])
def test_upsample(mode: str) -> None:
    scales = np.array([1, 1, 2, 1.5], np.float32)
    x = floats(1, 2, 3, 4)
    out = [value("y", 1, 2, 6, 6)]
    seven = model(
        [node("Upsample", ["x"], ["y"], scales=list(scales), mode=mode)], [value("x", 1, 2, 3, 4)], out, {}, 7
    )
    nine = model([node("Upsample", ["x", "s"], ["y"], mode=mode)], [value("x", 1, 2, 3, 4)], out, {"s": scales}, 9)
    ten = model([node("Resize", ["x", "s"], ["y"], mode=mode)], [value("x", 1, 2, 3, 4)], out, {"s": scales}, 10)
    found = assert_same_as_runtime(nine, x=x)
    assert canonical(imported(seven)) == canonical(found) == canonical(imported(ten))


def test_scales_computed_from_shapes() -> None:
    nodes = [
        node("Shape", ["x"], ["s"]),
        node("Cast", ["s"], ["f"], to=TensorProto.FLOAT),
        node("Mul", ["f", "scale"], ["m"]),
        node("Floor", ["m"], ["whole"]),
        node("Cast", ["whole"], ["sizes"], to=TensorProto.INT64),
        node("Resize", ["x", "", "", "sizes"], ["y"], mode="nearest"),
    ]
    scale = {"scale": np.array([1, 1, 1.7, 2], np.float32)}
    found = imported(model(nodes, [value("x", 1, 2, 3, 4)], [value("y", 1, 2, 5, 8)], scale))
    assert [n.op for n in found.graph.nodes] == ["Input", "Resize"]


def test_constants_that_overflow_are_data() -> None:
    nodes = [node("Constant", [], ["big"], value_floats=[1e6]), node("Cast", ["big"], ["y"], to=TensorProto.FLOAT16)]
    assert_same_as_runtime(model(nodes, [], [value("y", 1, kind=TensorProto.FLOAT16)]))


def test_groups_have_channels() -> None:
    params = {"scale": floats(2), "bias": floats(2)}
    nodes = [node("GroupNormalization", ["x", "scale", "bias"], ["y"], num_groups=2)]
    assert_same_as_runtime(model(nodes, [value("x", 1, 4, 3)], [value("y", 1, 4, 3)], params, 18), x=floats(1, 4, 3))


def test_draws_are_keyed_by_name() -> None:
    found = imported(model([node("RandomNormal", [], ["noise"], shape=[2])], [], [value("noise", 2)]))
    assert found.graph.nodes[0].attrs["key"] == "noise"


@pytest.mark.parametrize(
    ("op", "shapes", "attrs"),
    [
        ("FusedMatMul", [(2, 4, 3), (4, 5)], {"transA": 1, "alpha": 0.5}),
        ("FusedMatMul", [(2, 3, 4), (5, 4)], {"transB": 1}),
        ("FusedMatMul", [(5, 2, 3, 4), (2, 3, 4, 6)], {"transBatchA": 1}),
        ("FusedMatMul", [(2, 3, 5, 4), (6, 2, 3, 4)], {"transBatchB": 1, "transB": 1}),
        ("BiasGelu", [(2, 4), (4,)], {}),
        ("Gelu", [(2, 4)], {}),
        ("FastGelu", [(2, 4), (4,)], {}),
        ("FastGelu", [(2, 4)], {}),
        ("QuickGelu", [(2, 4)], {"alpha": 1.5}),
        ("FusedGemm", [(2, 3), (3, 4), (4,)], {"activation": "Relu"}),
        ("FusedGemm", [(2, 3), (3, 4), (4,)], {"activation": "LeakyRelu", "activation_alpha": 0.25}),
        ("FusedConv", [(1, 2, 5, 5), (3, 2, 3, 3), (3,), (1, 3, 3, 3)], {"activation": "Relu"}),
        ("FusedConv", [(1, 2, 5, 5), (3, 2, 3, 3)], {"activation": "Clip", "activation_params": [-0.5, 0.5]}),
        ("SkipLayerNormalization", [(1, 2, 4), (1, 2, 4), (4,), (4,), (4,)], {"epsilon": 1e-5}),
    ],
)
def test_fused_operators(op: str, shapes: list[tuple[int, ...]], attrs: dict[str, Any]) -> None:
    names = [f"x{k}" for k in range(len(shapes))]
    outputs = ["y", "", "", "total"] if op.startswith("Skip") else ["y"]
    proto = model(
        [node(op, names, outputs, domain="com.microsoft", **attrs)],
        [value(n, *s) for n, s in zip(names, shapes, strict=True)],
        [helper.make_tensor_value_info(n, 1, None) for n in outputs if n],
    )
    proto.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    assert_same_as_runtime(proto, **{n: floats(*s) for n, s in zip(names, shapes, strict=True)})


# -- types -------------------------------------------------------------------------------------------------------------

RELU = [node("Relu", ["x"], ["y"])]


def test_symbols() -> None:
    proto = model(
        [node("Add", ["x", "z"], ["batch"]), node("MatMul", ["batch", "w"], ["y"])],
        [value("x", "batch", "seq len", None), value("z", "batch", "seq len", None), value("w", 4, 3)],
        [value("y", "batch", "whatever", 3)],
    )
    with pytest.raises(WrongShape):  # unnamed sizes are different symbols
        imported(proto)
    for i in proto.graph.input[:2]:
        i.type.tensor_type.shape.dim[2].dim_value = 4
    found = imported(proto)
    assert found.graph.symbols == ("batch_2", "seq_len")
    assert "the size 'batch' is called batch_2" in found.notes
    fixed = imported(proto, batch=5, seq_len=7)
    assert fixed.graph.type(fixed.graph.outputs[0][1]) == tensor_type(FLOAT, 5, 7, 3)
    with pytest.raises(UnknownName):
        imported(proto, nothing=1)
    assert imported(model(RELU, [value("x", None, 2)], [value("y", "a", 2)])).graph.symbols == ("x_0",)


def test_declared_types_are_compared() -> None:
    with pytest.raises(WrongShape, match="^y: "):
        imported(model(RELU, [value("x", 2)], [value("y", 3)]))
    with pytest.raises(WrongDType, match="^y: "):
        imported(model(RELU, [value("x", 2)], [value("y", 2, kind=TensorProto.DOUBLE)]))
    with pytest.raises(NotStatic, match="input x"):
        imported(model(RELU, [helper.make_tensor_value_info("x", 1, None)], [value("y", 2)]))


def test_shapes_that_depend_on_data() -> None:
    proto = model(
        [node("Reshape", ["x", "s"], ["y"])],
        [value("x", 4), value("s", 1, kind=TensorProto.INT64)],
        [value("y", None)],
    )
    with pytest.raises(NotStatic, match="Reshape y.*operand 1"):
        imported(proto)


def test_unsupported() -> None:
    with pytest.raises(UnsupportedOperator, match="Foo of the domain my.ops"):
        imported(model([node("Foo", ["x"], ["y"], domain="my.ops")], [value("x", 2)], [value("y", 2)]))
    with pytest.raises(UnsupportedOperator, match="STRING"):
        imported(model(RELU, [value("x", 2, kind=TensorProto.STRING)], [value("y", 2)]))
    with pytest.raises(UnsupportedOperator, match=f"opset {NEWEST + 1}"):
        imported(model(RELU, [value("x", 2)], [value("y", 2)], {}, NEWEST + 1))


# -- structure ---------------------------------------------------------------------------------------------------------


def test_initializers_and_outputs() -> None:
    proto = model(
        [node("Add", ["x", "w"], ["y"]), node("Relu", ["x"], ["dead"])],
        [value("x", 2), value("w", 2)],
        [value("y", 2), value("x", 2), value("w", 2)],
        {"w": np.ones(2, np.float32), "unused": np.ones(3, np.float32)},
    )
    found = imported(proto)
    assert [n.names[0] for n in found.graph.inputs] == ["x"] and set(found.params) == {"w"}
    assert [name for name, _ in found.graph.outputs] == ["y", "x", "w"]
    assert any("default values, which they keep: w" in n for n in found.notes)
    assert any("unused" in n for n in found.notes) and any("1 nodes that no output needs" in n for n in found.notes)


def test_constants() -> None:
    nodes = [
        node("Constant", [], ["a"], value_floats=[1.0, 2.0]),
        node("Constant", [], ["b"], value_float=3.0),
        node("Constant", [], ["c"], value=numpy_helper.from_array(np.array([4, 5], np.float32))),
        node("Sum", ["a", "b", "c"], ["y"]),
        node("Constant", [], ["i"], value_ints=[2, 1]),
        node("Reshape", ["y", "i"], ["z"]),
    ]
    found = assert_same_as_runtime(model(nodes, [], [value("z", 2, 1)]))
    assert set(found.params) == {"a", "b", "c"}


@pytest.mark.parametrize("external", [False, True])
@pytest.mark.parametrize("fields", ["raw", "typed"])
def test_large_parameters_are_views_of_the_file(tmp_path: Path, external: bool, fields: str) -> None:
    w = floats(200, 100)
    proto = model([node("MatMul", ["x", "w"], ["y"])], [value("x", "n", 200)], [value("y", "n", 100)])
    raw = fields == "raw"
    proto.graph.initializer.append(
        numpy_helper.from_array(w, "w") if raw else helper.make_tensor("w", TensorProto.FLOAT, w.shape, w.reshape(-1))
    )
    path = tmp_path / "m.onnx"
    ONNX.save(proto, path, save_as_external_data=external, location="w.bin", size_threshold=0)
    found = import_onnx(path)
    array = found.params["w"].array
    assert np.array_equal(array, w) and not array.flags.writeable and not array.flags.owndata
    assert found.model.path == path and found.model.opset == 21
    part = extract(found.model, ["y"])
    x = floats(3, 200)
    np.testing.assert_allclose(run(part, {"x": x})[0], x @ w, rtol=1e-4, atol=1e-4)


def test_extract(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    ONNX.save(everything(21), path)
    part = extract(load_model(path), ["both"], ["left", "right"])
    assert [n.op_type for n in part.graph.node] == ["ReduceMean", "ReduceSum", "Add"]
    assert [i.name for i in part.graph.input] == ["left", "right"]
    assert_same_as_runtime(part, left=floats(3, 2, 6, 6), right=floats(3, 2, 6, 6))
    with pytest.raises(UnknownName):
        extract(load_model(path), ["both"], ["left"])
    with pytest.raises(UnknownName):
        extract(load_model(path), ["nowhere"])

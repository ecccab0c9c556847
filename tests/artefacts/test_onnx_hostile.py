"""Files that are no models, or wrong ones: each an error with a code and a place, and no other file is opened."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx_models import ONNX, Array, imported, model, node, value

from probanda.ir.errors import (
    BadAttribute,
    Cycle,
    DuplicateName,
    ForwardParent,
    GraphError,
    MalformedModel,
    TooLarge,
    UnknownName,
    UnsafePath,
    UnsupportedOperator,
    WrongDType,
)
from probanda.ir.importers.onnx import import_onnx, load_model
from probanda.ir.importers.onnx.wire import detach

X, Y = value("x", 2), value("y", 2)


def plain(**params: Array) -> onnx.ModelProto:
    return model([node("Add", ["x", "w"], ["y"])], [X], [Y], params or {"w": np.ones(2, np.float32)})


# -- files -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"\x00", b"\xff" * 100, b"not a model", b"\x0a\xff\xff\xff\xff\x7f"])
def test_no_model(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(content)
    with pytest.raises(MalformedModel, match="m.onnx"):
        import_onnx(path)


def test_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("", "missing.onnx", "pipe", "a\0b"):
        with pytest.raises(MalformedModel):
            load_model(tmp_path / name)


def test_truncated(tmp_path: Path) -> None:
    data = plain(w=np.ones((2, 40_000), np.float32)).SerializeToString()
    path = tmp_path / "m.onnx"
    for size in [*range(0, 400, 7), len(data) // 2, len(data) - 1]:
        path.write_bytes(data[:size])
        with pytest.raises(GraphError):
            import_onnx(path)


def test_changed_at_random(tmp_path: Path) -> None:
    rng = random.Random(3)
    data = plain(w=np.ones(2, np.float32)).SerializeToString()
    path = tmp_path / "m.onnx"
    for _ in range(400):
        changed = bytearray(data)
        for _ in range(rng.randrange(1, 5)):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        path.write_bytes(changed)
        try:
            import_onnx(path)
        except GraphError as error:
            assert error.code and error.where
        try:
            detach(memoryview(bytes(changed)), "m.onnx")
        except MalformedModel:
            pass


def test_deep_nesting(tmp_path: Path) -> None:
    def wrap(tag: int, payload: bytes) -> bytes:
        size, n = bytearray(), len(payload)
        while n > 127:
            size.append(n & 127 | 128)
            n >>= 7
        return bytes([tag]) + bytes(size) + bytes([n]) + payload

    graph = b""
    for _ in range(10_000):
        graph = wrap(0x0A, wrap(0x2A, wrap(0x32, graph)))  # node, attribute, graph
    path = tmp_path / "m.onnx"
    path.write_bytes(wrap(0x3A, graph) + b"\x42\x02\x10\x15")
    with pytest.raises(MalformedModel):
        import_onnx(path)


# -- external data -----------------------------------------------------------------------------------------------------


def external(folder: Path, **entries: str) -> Path:
    tensor = TensorProto(name="w", dims=[2], data_type=TensorProto.FLOAT, data_location=TensorProto.EXTERNAL)
    for key, entry in entries.items():
        tensor.external_data.add(key=key, value=entry)
    proto = plain()
    del proto.graph.initializer[:]
    proto.graph.initializer.append(tensor)
    path = folder / "m.onnx"
    path.write_bytes(proto.SerializeToString())
    return path


@pytest.mark.parametrize(
    "location",
    [
        "/etc/passwd",
        "../secret",
        "a/../../secret",
        "link",
        "folder/secret",
        "..\\secret",
        "C:\\x",
        "",
        "a\0b",
        ".",
        "loop",
    ],
)
def test_data_outside_the_folder(tmp_path: Path, location: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "secret").write_bytes(b"12345678")
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "folder").symlink_to(tmp_path)
    (folder / "loop").symlink_to("loop")
    loaded = load_model(external(folder, location=location))

    def refuse(*args: object, **kwargs: object) -> int:
        raise AssertionError(f"opened {args}")

    monkeypatch.setattr(os, "open", refuse)
    from probanda.ir.importers.onnx import import_graph

    with pytest.raises(UnsafePath, match="initializer w"):
        import_graph(loaded)


def test_data_inside_the_folder(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/w.bin").write_bytes(np.array([0, 5, 7], np.float32).tobytes())
    (tmp_path / "link").symlink_to("data/w.bin")
    for location in ("data/w.bin", "link", "./data//w.bin"):
        found = import_onnx(external(tmp_path, location=location, offset="4", length="8"))
        assert found.params["w"].array.tolist() == [5, 7]


@pytest.mark.parametrize(
    "entries",
    [
        {},
        {"location": "missing"},
        {"location": "pipe"},
        {"location": "w.bin", "offset": "8"},
        {"location": "w.bin", "offset": "-4"},
        {"location": "w.bin", "offset": "9" * 30},
        {"location": "w.bin", "length": "4"},
        {"location": "w.bin", "length": "12"},
        {"location": "w.bin", "offset": "x"},
    ],
)
def test_wrong_data(tmp_path: Path, entries: dict[str, str]) -> None:
    (tmp_path / "w.bin").write_bytes(bytes(12))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(MalformedModel, match="initializer w"):
        import_onnx(external(tmp_path, **entries))


# -- tensors -----------------------------------------------------------------------------------------------------------


def tensor(dims: list[int], kind: int = TensorProto.FLOAT, **data: object) -> onnx.ModelProto:
    proto = plain()
    del proto.graph.initializer[:]
    proto.graph.initializer.append(TensorProto(name="w", dims=dims, data_type=kind, **data))  # type: ignore[arg-type]
    return proto


@pytest.mark.parametrize(
    ("proto", "error"),
    [
        (tensor([2], raw_data=bytes(7)), MalformedModel),
        (tensor([2], float_data=[1.0]), MalformedModel),
        (tensor([2], int64_data=[1, 2]), MalformedModel),
        (tensor([-2], raw_data=bytes(8)), MalformedModel),
        (tensor([1 << 30, 1 << 30]), TooLarge),
        (tensor([0, 1 << 62]), TooLarge),
        (tensor([2], 99), MalformedModel),
        (tensor([2], 0), MalformedModel),
        (tensor([2], TensorProto.FLOAT8E4M3FN, raw_data=bytes(2)), UnsupportedOperator),
        (tensor([2], TensorProto.UINT8, int32_data=[1, 256]), MalformedModel),
        (tensor([2], TensorProto.BOOL, int32_data=[1, 2]), MalformedModel),
        (tensor([2], TensorProto.FLOAT16, int32_data=[-1, 2]), MalformedModel),
        (tensor([2], TensorProto.DOUBLE, double_data=[1.0, 2.0]), WrongDType),
    ],
)
def test_wrong_tensors(proto: onnx.ModelProto, error: type[GraphError]) -> None:
    with pytest.raises(error) as caught:
        imported(proto)
    assert caught.value.where


def test_wrong_inputs() -> None:
    for d, error in ((-1, MalformedModel), (1 << 50, TooLarge)):
        with pytest.raises(error, match="input x|^x"):
            imported(model([node("Relu", ["x"], ["y"])], [value("x", d)], [Y]))


# -- graphs ------------------------------------------------------------------------------------------------------------


def relus(*pairs: tuple[str, str]) -> onnx.ModelProto:
    return model([node("Relu", [a], [c]) for a, c in pairs], [X], [Y])


def changed(change: Callable[[onnx.ModelProto], object]) -> onnx.ModelProto:
    proto = relus(("x", "y"))
    change(proto)
    return proto


def wrong_attribute(proto: onnx.ModelProto) -> None:
    proto.graph.node[0].op_type = "LeakyRelu"
    proto.graph.node[0].attribute.append(helper.make_attribute("alpha", "text"))


def bad_text(proto: onnx.ModelProto) -> None:
    proto.graph.node[0].MergeFromString(b"\x0a\x02\xff\xfe")


@pytest.mark.parametrize(
    ("proto", "error"),
    [
        (relus(("a", "y")), UnknownName),
        (relus(("x", "a")), UnknownName),
        (relus(("a", "y"), ("x", "a")), ForwardParent),
        (relus(("a", "y"), ("y", "a")), Cycle),
        (relus(("y", "y")), Cycle),
        (relus(("x", "y"), ("x", "y")), DuplicateName),
        (relus(("x", "x")), DuplicateName),
        (model([node("Add", ["x", "w"], ["y"])], [X, X], [Y]), DuplicateName),
        (changed(lambda m: m.graph.node[0].ClearField("op_type")), MalformedModel),
        (changed(lambda m: m.graph.node[0].ClearField("output")), MalformedModel),
        (changed(lambda m: m.graph.ClearField("output")), MalformedModel),
        (changed(lambda m: m.graph.input[0].ClearField("type")), MalformedModel),
        (changed(lambda m: m.opset_import.append(helper.make_opsetid("", 3))), MalformedModel),
        (changed(lambda m: m.graph.node[0].attribute.append(helper.make_attribute("nope", 1))), BadAttribute),
        (changed(wrong_attribute), BadAttribute),
        (changed(bad_text), MalformedModel),
    ],
)
def test_wrong_graphs(proto: onnx.ModelProto, error: type[GraphError]) -> None:
    with pytest.raises(error) as caught:
        imported(proto)
    assert caught.value.where


def test_no_opset(tmp_path: Path) -> None:
    proto = relus(("x", "y"))
    proto.ClearField("opset_import")
    ONNX.save(proto, tmp_path / "m.onnx")
    with pytest.raises(MalformedModel, match="opset_import"):
        import_onnx(tmp_path / "m.onnx")


def test_strange_names() -> None:
    proto = model([node("Relu", ["../x\0"], ["/etc/y"])], [value("../x\0", "../n\0", 2)], [value("/etc/y", None, 2)])
    assert [name for name, _ in imported(proto).graph.outputs] == ["/etc/y"]
    assert imported(proto).graph.symbols == ("___n_",)


def test_long_chains() -> None:
    n = 100_000
    start = time.perf_counter()
    found = imported(relus(("x", "0"), *((str(k), str(k + 1)) for k in range(n)), (str(n), "y")))
    assert len(found.graph.nodes) == n + 3 and time.perf_counter() - start < 60
    proto = relus(*((str(k), str(k + 1)) for k in range(n)), (str(n), "0"), ("x", "y"))
    with pytest.raises(Cycle):
        imported(proto)


def test_duplicate_initializers() -> None:
    proto = plain()
    proto.graph.initializer.append(numpy_helper.from_array(np.ones(2, np.float32), "w"))
    with pytest.raises(DuplicateName, match="two initializers are called w"):
        imported(proto)

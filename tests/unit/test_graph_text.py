"""Graphs as text: reading gives back what was written, and a wrong text is refused where it is wrong."""

from __future__ import annotations

import dataclasses
import math
import zipfile
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from graph_samples import graphs, mlp, of_every_operator, picture, sizes
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from probanda.ir import checks, dims
from probanda.ir.builder import Builder
from probanda.ir.dtypes import FLOAT
from probanda.ir.errors import (
    BadArity,
    BadAttribute,
    BadText,
    GraphError,
    MalformedModel,
    MissingPayload,
    TooLarge,
    WrongPayload,
)
from probanda.ir.graph import CONST, Graph, Node, Ref
from probanda.ir.params import ParamStore
from probanda.ir.text import graph_digest, load, read, save, write
from probanda.ir.text.writer import size_text
from probanda.ir.types import tensor_type
from probanda.theories.terms import build as b
from probanda.theories.terms.term import Term


def lone(attrs: dict[str, Any], symbol: str = "n") -> Graph:
    return Graph("g", (Node(0, "Op", (), attrs, (tensor_type(FLOAT, symbol),), ("x",)),), (("x", Ref(0)),))


def test_snapshot(snapshot: SnapshotAssertion) -> None:
    graph, params = mlp()
    assert write(graph, params) == snapshot


def test_a_built_graph_comes_back() -> None:
    graph, params = mlp()
    for given_params in (None, params):
        found = read(write(graph, given_params), given_params)
        assert found == graph
        assert write(found, given_params) == write(graph, given_params)
        checks.check(found, params)


@given(graphs())
def test_random_graphs_come_back(graph: Graph) -> None:
    text = write(graph)
    assert picture(read(text)) == picture(graph)
    assert all(c.isprintable() or c == "\n" for c in text)
    assert len(text.split("\n")) == len(graph.nodes) + len(graph.outputs) + 2 + ("\nsymbols" in text)


def test_every_operator_comes_back() -> None:
    graph = of_every_operator()
    assert len(graph.nodes) > 150
    assert picture(read(write(graph))) == picture(graph)


@given(sizes())
def test_sizes_come_back(size: Term) -> None:
    graph = lone({"size": size})
    assert read(write(graph)).nodes[0].attrs["size"] is size


VALUES: dict[str, Any] = {
    "none": None, "true": True, "false": False, "0": 0, "-7": -7, "0.0": 0.0, "-0.0": -0.0, "1.0": 1.0, "1e+16": 1e16,
    "5e-324": 5e-324, "0.1": 0.1, "inf": math.inf, "-inf": -math.inf, "nan": math.nan, '""': "", '"a\\"b\\\\`"': 'a"b\\`',
    '"\\u{a}\\u{1f}é"': "\n\x1fé", "float32": FLOAT, "()": (), "(1,)": (1,), "(1, (2, (3,)))": (1, (2, (3,))),
    "(float32, 0.5)": (FLOAT, 0.5), "n": dims.size("n"), "size(3)": dims.size(3), "(n, 3)": (dims.size("n"), 3),
}  # fmt: skip


@pytest.mark.parametrize("text", VALUES)
def test_values(text: str) -> None:
    graph = lone({"v": VALUES[text]})
    assert f"{{v = {text}}}" in write(graph)
    assert picture(read(write(graph))) == picture(graph)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("2 * n + n", "3 * n"),
        ("(n + 1) * (n - 1)", "n^2 - 1"),
        ("4 * n div 2", "2 * n"),
        ("n div 2 * 2", "2 * (n div 2)"),
        ("-n - -n + 5", "5"),
        ("2 * 3 ^ 2", "18"),
        ("2 div 0 + 1 - 1", "2 div 0"),
        ("(7 - 9) mod 5", "3"),
        ("max(n, 1 + n)", "max(n, n + 1)"),
        ("if(lt(n, 3), n, 3)", "if(lt(n, 3), n, 3)"),
    ],
)
def test_sizes_are_read_in_normal_form(text: str, size: str) -> None:
    found = read(f"graph g\nsymbols n\n%0 x = Input : float32[{text}]").nodes[0].types[0].shape[0]
    again = read(f"graph g\nsymbols n\n%0 x = Input : float32[{size}]").nodes[0].types[0].shape[0]
    assert found is again and dims.size(found) is found
    assert read(f"graph g\nsymbols n\n%0 x = Input : float32[{size_text(found)}]").nodes[0].types[0].shape == (found,)


def test_layout_is_free() -> None:
    text = "# a graph\n\ngraph g # name\r\n  symbols  n\n%0 x=Input:float32[ n , 2, ]\n%1=Relu(%0,){}:float32[n,2]\noutput y=%1"
    graph = read(text)
    assert [n.names for n in graph.nodes] == [("x",), ("",)]
    assert graph.outputs == (("y", Ref(1)),) and graph.type(Ref(1)) == tensor_type(FLOAT, "n", 2)


HEAD = "graph g\nsymbols n\n"
BAD = {
    "": (1, 1),
    "\n# nothing": (2, 1),
    "symbols n": (1, 1),
    "graph": (1, 6),
    "graph g g": (1, 9),
    "graph g\ngraph h": (2, 1),
    HEAD + "symbols n": (3, 9),
    HEAD + "x = Input : float32[]": (3, 1),
    HEAD + "%0.1 = Input : float32[]": (3, 1),
    HEAD + "%0 x Input : float32[]": (3, 6),
    HEAD + "%0 x = : float32[]": (3, 8),
    HEAD + "%0 x, y = Op() : float32[]": (3, 1),
    HEAD + "%0 x = Input : float31[]": (3, 16),
    HEAD + "%0 x = Input : float32[m]": (3, 24),
    HEAD + "%0 x = Input : float32[0.5]": (3, 24),
    HEAD + "%0 x = Input : float32[true]": (3, 24),
    HEAD + "%0 x = Input : float32[lt(n, 1)]": (3, 24),
    HEAD + "%0 x = Input : float32[n": (3, 25),
    HEAD + "%0 x = Input : float32[] extra": (3, 26),
    HEAD + "%0 x = Input : float32[] $": (3, 26),
    HEAD + "%0 x = Op(%0 %1) : float32[]": (3, 14),
    HEAD + "%0 x = Op(x) : float32[]": (3, 11),
    HEAD + "%0 x = Op() {a = 1, a = 2} : float32[]": (3, 21),
    HEAD + "%0 x = Op() {a} : float32[]": (3, 15),
    HEAD + "%0 x = Op() {a = } : float32[]": (3, 18),
    HEAD + '%0 x = Op() {a = "\\q"} : float32[]': (3, 18),
    HEAD + '%0 x = Op() {a = "\\u{110000}"} : float32[]': (3, 18),
    HEAD + '%0 x = Op() {a = "} : float32[]': (3, 18),
    HEAD + "%0 x = Op() {a = nan:7ff0000000000000} : float32[]": (3, 18),
    HEAD + '%0 x = Op() {a = 1 + "b"} : float32[]': (3, 20),
    HEAD + "%0 x = Op() {a = (lt(n, 1), 1)} : float32[]": (3, 19),
    HEAD + "%0 x = Op() {a = max(n)} : float32[]": (3, 18),
    HEAD + "%0 x = Op() {a = sin(n)} : float32[]": (3, 18),
    HEAD + "%0 x = Op() {a = n^n} : float32[]": (3, 20),
    HEAD + "%0 x = Op() {a = n^99} : float32[]": (3, 20),
    HEAD + "%0 x = Op() {a = ((9^64)^64)^64} : float32[]": (3, 25),
    HEAD + f"%0 x = Op() {{a = {'(' * 99}}}": (3, 79),
    HEAD + f"%0 x = Op() {{a = {'-' * 99}1}}": (3, 79),
    HEAD + f"%0 x = Op() {{a = {'9' * 500}}} : float32[]": (3, 18),
    HEAD + "output y = 3": (3, 12),
    HEAD + "output y = %3 : float32[]": (3, 15),
    HEAD + f"%0 x = Input : float32[] sha256:{'0' * 64}": (3, 26),
}


@pytest.mark.parametrize("text", BAD)
def test_texts_that_are_refused(text: str) -> None:
    with pytest.raises(BadText) as e:
        read(text, file="bad.graph")
    line, column = BAD[text]
    assert e.value.where == f"bad.graph:{line}:{column}"


@given(st.data())
def test_damaged_texts_are_read_or_refused(data: st.DataObject) -> None:
    text = write(*mlp())
    at = data.draw(st.integers(0, len(text)))
    damage = data.draw(st.sampled_from(["", "(", ")", "%", "`", '"', "^99", "-", "9" * 30, "\n", "\x00", "n", "= "]))
    changed = text[:at] + damage + text[at + data.draw(st.integers(0, 3)) :]
    try:
        found = read(changed)
    except BadText as error:
        assert error.where.startswith("<graph>:")
    else:
        assert read(write(found)) == found


def test_sizes_without_end() -> None:
    names = [f"s{k}" for k in range(40)]
    text = (
        f"graph g\nsymbols {', '.join(names)}\n%0 x = Input : float32[" + " * ".join(f"({n} + 1)" for n in names) + "]"
    )
    with pytest.raises(BadText):
        read(text)
    sum_ = dims.size("n")
    for _ in range(40):
        sum_ = b.add(sum_, sum_)
    with pytest.raises(TooLarge):
        write(lone({"a": sum_}))


def test_graphs_that_have_no_text() -> None:
    with pytest.raises(BadAttribute):
        write(lone({"a": [1]}))
    with pytest.raises(BadArity):
        write(Graph("g", (dataclasses.replace(lone({}).nodes[0], names=()),), ()))
    with pytest.raises(MissingPayload):
        write(mlp()[0], ParamStore())


def test_digests_bind_payloads() -> None:
    graph, params = mlp()
    text = write(graph, params)
    with pytest.raises(WrongPayload):
        read(text.replace("sha256:" + params["w"].sha256, "sha256:" + "0" * 64), params)
    with pytest.raises(MissingPayload):
        read(text, ParamStore())
    assert read(text) == graph
    other = ParamStore()
    for key in params:
        other.add(key, params[key].array + params[key].array.dtype.type(1))
    assert len({graph_digest(graph), graph_digest(graph, params), graph_digest(graph, other)}) == 3
    assert graph_digest(graph, params) == graph_digest(*mlp())


# -- files --


def stored() -> tuple[Graph, ParamStore]:
    g = Builder("stored")
    arrays = [
        np.array(1.5, ml_dtypes.bfloat16), np.arange(6, dtype=np.float16).reshape(2, 3).T, np.array([True, False]),
        np.zeros((0, 3), np.int8), np.array([np.nan, -0.0]), np.array([2**64 - 1], np.uint64),
    ]  # fmt: skip
    return g.graph(*[g.const(f"/c{k}:0", a) for k, a in enumerate(arrays)]), g.params


@pytest.mark.parametrize("make", [mlp, stored])
def test_files(make: Any, tmp_path: Path) -> None:
    graph, params = make()
    path = tmp_path / "model.graph"
    save(graph, params, path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["model.graph", "model.npz"]
    found, arrays = load(path)
    assert found == graph and list(arrays) == [n.names[0] for n in graph.nodes if n.op == CONST]
    assert all(arrays[k].sha256 == params[k].sha256 for k in params)
    checks.check(found, arrays)
    before = [p.read_bytes() for p in sorted(tmp_path.iterdir())]
    save(found, arrays, path)
    assert [p.read_bytes() for p in sorted(tmp_path.iterdir())] == before


def test_an_interrupted_save_leaves_the_old_files(tmp_path: Path) -> None:
    graph, params = mlp()
    path = tmp_path / "model.graph"
    save(graph, params, path)
    with pytest.raises(MissingPayload):
        save(graph, ParamStore(), path)
    assert load(path)[0] == graph
    assert len(list(tmp_path.iterdir())) == 2


def changed(tmp_path: Path, change: str) -> Path:
    path, arrays = tmp_path / "model.graph", tmp_path / "model.npz"
    save(*mlp(), path)
    given_arrays = dict(np.load(arrays))
    match change:
        case "no text":
            path.unlink()
        case "no UTF-8":
            path.write_bytes(b"\xff")
        case "no arrays":
            arrays.unlink()
        case "no archive":
            arrays.write_bytes(b"PK")
        case "one array less":
            np.savez(arrays, **{k: v for k, v in given_arrays.items() if k != "n2"})  # type: ignore[arg-type]
        case "other elements":
            np.savez(arrays, **{k: v + 1 for k, v in given_arrays.items()})  # type: ignore[arg-type]
        case "other shape":
            np.savez(arrays, **{k: v.reshape(-1, 1) for k, v in given_arrays.items()})  # type: ignore[arg-type]
        case "objects":
            np.savez(arrays, **{k: v.astype(object) for k, v in given_arrays.items()})  # type: ignore[arg-type]
        case "longer":
            np.savez_compressed(arrays, **{k: np.zeros(10**6, v.dtype) for k, v in given_arrays.items()})  # type: ignore[arg-type]
        case "no array":
            with zipfile.ZipFile(arrays, "w") as archive:
                archive.writestr("n2.npy", "text")
        case _:
            path.write_text(path.read_text("utf-8").replace("[6, 4]", "[batch, 4]"), "utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ("no text", MalformedModel),
        ("no UTF-8", MalformedModel),
        ("no arrays", MissingPayload),
        ("no archive", MalformedModel),
        ("one array less", MissingPayload),
        ("other elements", WrongPayload),
        ("other shape", MalformedModel),
        ("objects", MalformedModel),
        ("longer", MalformedModel),
        ("no array", MalformedModel),
        ("symbolic constant", MalformedModel),
    ],
)
def test_files_that_are_refused(change: str, error: type[GraphError], tmp_path: Path) -> None:
    with pytest.raises(error):
        load(changed(tmp_path, change))

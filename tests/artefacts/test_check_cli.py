"""``probanda check`` as a user meets it, and the runs behind it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from console import ROOT
from onnx import ModelProto, TensorProto, helper, numpy_helper
from twin_models import TWINS, block, pooled, write

from probanda.cli import run
from probanda.ir.builder import Builder
from probanda.ir.dtypes import FLOAT
from probanda.ir.graph import Graph, Ref
from probanda.ir.types import tensor_type
from probanda.obligations.artefacts import agreement as agreements
from probanda.obligations.artefacts.agreement import agreement, cut
from probanda.obligations.artefacts.check import parameters
from probanda.obligations.artefacts.coverage import MISSING, OPEN, PROVED, coverage, scalar_rung, theorem_rung
from probanda.obligations.artefacts.models import Model, load
from probanda.obligations.ledger.records import AxiomEntry, ClaimEntry, Lock
from tests import models

Run = Callable[..., tuple[int, str, str]]
SCHEMA = json.loads((ROOT / "docs" / "check-schema.json").read_text("utf-8"))
FLOATS = ("f16", "bf16", "f32", "f64", "real")


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)

    def call(*argv: str | Path) -> tuple[int, str, str]:
        code = run([str(a) for a in argv])
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.mark.parametrize(
    "name, make",
    [
        ("block", block),
        ("pool", lambda: pooled(folded=False)),
        ("cnn", lambda: models.cnn_bn((3, 4, 5), 8)),
        ("gpt", lambda: models.gpt(layers=1, width=24, heads=3, vocab=31, positions=16)),
        ("encoder", models.encoder_block),
    ],
)
def test_models_are_accepted(name: str, make: Callable[[], ModelProto], cli: Run, tmp_path: Path) -> None:
    write(make(), tmp_path / f"{name}.onnx")
    code, out, err = cli("check", f"{name}.onnx", "--runs", "2")
    assert code == 0 and not err, out + err
    assert out.startswith(f"accepted {name}")
    assert "compiled graph aligned: " in out and ": 2 runs agree" in out
    ladder = out[out.index("  ladder ") :].splitlines()
    assert [" yes  " in line for line in ladder] == [True, True, True, False, False], out


def test_json_follows_the_published_schema(cli: Run, tmp_path: Path) -> None:
    write(models.mlp((5, 4, 3)), tmp_path / "mlp.onnx")
    code, out, _ = cli("check", "mlp.onnx", "--runs", "3", "--output-format", "json")
    found = json.loads(out)
    jsonschema.validate(found, SCHEMA)
    assert code == 0 and found["outcome"] == "accepted" and found["symbols"] == ["batch"]
    assert found["parameters"] | {"sha256": ""} == {"count": 4, "elements": 39, "bytes": 156, "sha256": ""}
    assert {o["name"]: o["count"] for o in found["operators"]} == {"Gemm": 2, "Identity": 1, "Relu": 1}
    assert found["runtime"]["runs"] == 3 and found["runtime"]["values"] == 4 and found["runtime"]["worst"] < 1
    assert [r["holds"] for r in found["ladder"]] == [True, True, True, False, False]
    assert "# mlp: accepted" in cli("check", "mlp.onnx", "--output-format", "markdown")[1]


def test_unsupported_operators_are_named(cli: Run, tmp_path: Path) -> None:
    x, y = (helper.make_tensor_value_info(n, TensorProto.FLOAT, ["n"]) for n in "xy")
    nodes = [helper.make_node("NonZero", ["x"], ["z"]), helper.make_node("Foo", ["x"], ["y"], domain="my.ops")]
    graph = helper.make_graph(nodes, "g", [x], [y])
    imports = [helper.make_opsetid("", 18), helper.make_opsetid("my.ops", 1)]
    write(helper.make_model(graph, opset_imports=imports, ir_version=9), tmp_path / "m.onnx")
    code, out, err = cli("check", "m.onnx")
    assert code == 2 and not out and "PB612" in err and "without denotation here: NonZero, my.ops.Foo" in err
    code, out, _ = cli("check", "m.onnx", "--output-format", "json")
    found = json.loads(out)
    jsonschema.validate(found, SCHEMA)
    assert code == 2 and found["outcome"] == "unsupported" and found["unsupported"] == ["NonZero", "my.ops.Foo"]


def test_errors_of_usage(cli: Run, tmp_path: Path) -> None:
    write(block(), tmp_path / "block.onnx")
    assert cli("check", "missing.onnx")[0] == 2
    assert "PB503" in cli("check", "block.onnx", "--runs", "0")[2]
    assert cli("check", "block.onnx", "--lock-file", "missing.lock")[0] == 2
    code, out, _ = cli("check", "block.onnx", "--sizes", "batch=2,sequence=3", "--runs", "1")
    assert code == 0 and "symbols: none" in out


def runs_as(meant: ModelProto, ran: ModelProto, folder: Path) -> Model:
    """A model whose graph is that of ``meant`` and which the runtime runs as ``ran``."""
    one, two = load(write(meant, folder / "meant.onnx")), load(write(ran, folder / "ran.onnx"))
    return replace(one, path=two.path, onnx=two.onnx)


@pytest.mark.parametrize(
    ("name", "node"),
    [
        ("swapped_gamma_and_beta", "LayerNormalization"),
        ("wrong_epsilon", "LayerNormalization"),
        ("wrong_softmax_axis", "Softmax"),
        ("weight_changed_by_one_percent", "MatMul"),
    ],
)
def test_a_runtime_that_computes_something_else_is_found(name: str, node: str, tmp_path: Path) -> None:
    found = agreement(runs_as(block(), block(TWINS[name]), tmp_path), 3)
    d = found.disagreement
    assert not found.agrees and d is not None and d.node.startswith(f"{node} /{node}")
    assert d.element is not None and abs(d.found - d.exact) > d.bound
    assert agreement(load(tmp_path / "meant.onnx"), 3).agrees


def test_another_shape_is_a_disagreement(tmp_path: Path) -> None:
    def reduced(keep: int) -> ModelProto:
        nodes = [
            helper.make_node("ReduceSum", ["x"], ["s"], name="sum", keepdims=keep),
            helper.make_node("Relu", ["s"], ["r"], name="relu"),
            helper.make_node("ReduceSum", ["r"], ["y"], name="all", keepdims=0),
        ]
        x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 2])
        y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [])
        graph = helper.make_graph(nodes, "g", [x], [y])
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)

    assert agreement(load(write(reduced(1), tmp_path / "good.onnx")), 1).agrees
    d = agreement(runs_as(reduced(0), reduced(1), tmp_path), 1).disagreement
    assert d is not None and d.value == "s" and d.element is None


def test_values_are_inputs_where_they_are_read() -> None:
    assert cut(Graph("g", (), ()), ()) == (Graph("g", (), ()), {})
    b = Builder("g")
    x = b.input("x", tensor_type(FLOAT, "n"))
    y = b.add("Exp", b.add("Exp", x, name="e"), name="y")
    made, computed = cut(b.graph(y), {"e", "y"})
    assert [n.op for n in made.nodes] == ["Input", "Exp", "Input", "Exp", "Input"]
    assert made.nodes[3].parents == (Ref(2),) and computed == {"e": Ref(1), "y": Ref(3)}


def test_without_a_runtime_nothing_is_accepted(cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(block(), tmp_path / "block.onnx")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    code, out, _ = cli("check", "block.onnx")
    assert code == 1 and out.startswith("rejected block   error[PB650]: onnxruntime is not installed")
    assert "1 it runs                      no" in out and "3 a checker accepts it         yes" in out


def test_random_models_are_not_compared(tmp_path: Path) -> None:
    x, y = (helper.make_tensor_value_info(n, TensorProto.FLOAT, ["n"]) for n in "xy")
    graph = helper.make_graph([helper.make_node("RandomNormalLike", ["x"], ["y"], name="draw")], "g", [x], [y])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    found = agreement(load(write(model, tmp_path / "m.onnx")), 1)
    assert not found.agrees and found.reason == "RandomNormalLike y draws random numbers"


def test_indices_out_of_range_are_other_inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = helper.make_tensor_value_info("ids", TensorProto.INT64, ["n"])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 2])
    table = numpy_helper.from_array(np.eye(2, dtype=np.float32), "table")
    graph = helper.make_graph([helper.make_node("Gather", ["table", "ids"], ["y"])], "g", [ids], [y], [table])
    model = load(write(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9),
                       tmp_path / "m.onnx"))  # fmt: skip
    assert agreement(model, 3).runs == 3
    monkeypatch.setattr(agreements, "TRIES", 0)
    assert agreement(model, 3).reason == "none of 0 random inputs is in the domain of the model"


def ledger(readings: tuple[str, ...], *more: str, verdict: str = "proved", axioms: tuple[str, ...] = ()) -> Lock:
    names = [f"ops.{op}.{kind}" for op in ("Gemm", "Relu", "Identity") for kind in ("shape", "preservation")]
    claims = {n: ClaimEntry(n, "theorem", "", "proved", "proved", readings=readings) for n in names}
    claims |= {n: ClaimEntry(n, "theorem", "", "proved", verdict, readings=readings) for n in more}
    claims["ops.Relu.shape_twin"] = ClaimEntry("ops.Relu.shape_twin", "refuted", "", "refuted", "refuted")
    return Lock(claims, {a: AxiomEntry(a, "") for a in axioms})


def test_rungs_are_computed_from_the_ledger(tmp_path: Path) -> None:
    graph = load(write(models.mlp((5, 4, 3)), tmp_path / "mlp.onnx")).graph

    def rungs(lock: Lock | None) -> tuple[bool, bool]:
        operators = coverage(graph, lock)
        return theorem_rung(operators, lock).holds, scalar_rung(graph, operators, lock).holds

    bridge = "boundary.RuntimeFloat32_is_ieee32"
    assert rungs(None) == rungs(Lock()) == (False, False)
    assert rungs(ledger(FLOATS)) == (True, False)
    assert rungs(ledger(("real",), bridge)) == (True, False)
    assert rungs(ledger(FLOATS, bridge)) == (True, True)
    assert rungs(ledger(FLOATS, bridge, axioms=("boundary.RuntimeFloat32Matches.add",))) == (True, False)
    assert rungs(ledger(FLOATS, "ops.Gemm.preservation_2", verdict="timeout")) == (False, False)
    states = {
        o.name: (o.shape, o.preservation)
        for o in coverage(graph, ledger(FLOATS, "ops.Gemm.shape_2", verdict="unknown"))
    }
    assert states["Gemm"] == (OPEN, PROVED) and states["Relu"] == (PROVED, PROVED)
    assert {o.shape for o in coverage(graph, Lock())} == {MISSING}


def test_the_digest_of_parameters_is_that_of_names_and_elements(tmp_path: Path) -> None:
    one = load(write(block(), tmp_path / "a.onnx")).params
    two = load(write(block(TWINS["weight_changed_by_one_percent"]), tmp_path / "b.onnx")).params
    assert parameters(one) == parameters(load(tmp_path / "a.onnx").params)
    assert parameters(one).sha256 != parameters(two).sha256 and parameters(one).bytes == parameters(two).bytes

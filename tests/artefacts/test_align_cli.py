"""``probanda align`` as a user meets it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import jsonschema
import numpy as np
import pytest
from console import ROOT
from onnx import numpy_helper
from twin_models import TWINS, block, pooled, write

from probanda.cli import run
from tests import models
from tests.models.optimised import optimise

Run = Callable[..., tuple[int, str, str]]
SCHEMA = json.loads((ROOT / "docs" / "schema.json").read_text("utf-8"))


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in an empty folder with two models that differ and one that is optimised: code, output, errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROBANDA_CACHE", str(tmp_path / "cache"))
    write(pooled(folded=False), tmp_path / "pad.onnx")
    write(pooled(folded=True), tmp_path / "pool.onnx")

    def call(*argv: str | Path) -> tuple[int, str, str]:
        code = run([str(a) for a in argv])
        out, err = capsys.readouterr()
        return code, out, err

    return call


def lines(text: str) -> dict[str, list[str]]:
    """The rows below the verdict, by their first word."""
    out: dict[str, list[str]] = {}
    word = ""
    for line in text.splitlines()[1:]:
        word = line[2:12].strip() or word
        out.setdefault(word, []).append(line[13:])
    return out


def folded(folder: Path) -> None:
    before = write(models.cnn_bn((3, 4, 5), 8), folder / "cnn.onnx")
    optimise(before, folder / "fast.onnx", "basic")


def test_equal_models(cli: Run, tmp_path: Path) -> None:
    folded(tmp_path)
    code, out, err = cli("align", "cnn.onnx", "fast.onnx")
    assert code == 0 and not err
    assert out.startswith("proved   cnn = fast   real, up to 4 constants · tier 1")
    rows = lines(out)
    assert rows["sizes"] == ["for all batch >= 1"] and rows["readings"] == ["real"]
    assert "2 constants (up to constants within rounding)" in rows["values"][0]
    assert len(rows["constant"]) == 4 and all("bound" in r and "error" in r for r in rows["constant"])
    assert not (tmp_path / "cnn-vs-fast").exists()


def test_equal_only_in_a_weaker_reading(cli: Run, tmp_path: Path) -> None:
    folded(tmp_path)
    for reading in ("ieee", "bits"):
        code, out, _ = cli("align", "cnn.onnx", "fast.onnx", "--reading", reading)
        assert code == 1 and f"equal in real, which is not what was asked for: {reading}" in out.splitlines()[0]
    assert cli("align", "cnn.onnx", "cnn.onnx", "--reading", "bits")[0] == 0
    code, out, _ = cli("align", "cnn.onnx", "fast.onnx", "--reading", "bits", "--output-format", "json")
    assert code == 1 and json.loads(out)["outcome"] == "differs"


def test_models_that_differ(cli: Run, tmp_path: Path) -> None:
    code, out, err = cli("align", "pad.onnx", "pool.onnx")
    assert code == 1 and not err
    first = out.splitlines()[0]
    assert first.startswith("refuted  pad = pool   y[") and " 0.0 before, -" in first and "replayed" in first
    rows = lines(out)
    assert rows["inputs"][0].startswith("x: float32[2, 2, 4, 4]")
    assert "= 0.0 (0x0.0p+0) on onnxruntime" in rows["before"][0] and "(-0x1." in rows["after"][0]
    assert rows["first"] == ["y is the first pair of values that differs"]
    assert rows["replayed"] == ["numpy: yes", "onnxruntime: yes"]
    for path in rows["written"]:
        assert (tmp_path / path).is_file()
    assert {Path(p).parent.name for p in rows["written"]} == {"pad-vs-pool"}


def test_small_arrays_are_printed(cli: Run, tmp_path: Path) -> None:
    write(models.mlp((3, 2)), tmp_path / "one.onnx")
    two = models.mlp((3, 2))
    weight = numpy_helper.to_array(two.graph.initializer[0]) * np.float32(1.01)
    two.graph.initializer[0].CopyFrom(numpy_helper.from_array(weight, two.graph.initializer[0].name))
    write(two, tmp_path / "two.onnx")
    code, out, _ = cli("align", "one.onnx", "two.onnx", "--save", "shown")
    rows = lines(out)
    assert code == 1 and rows["first"] == ["layers.0.weight is the first pair of values that differs"]
    decimal, hexadecimal = (json.loads(r.partition(" = ")[2].replace("0x", "").replace("p", "e"))
                            if k == 0 else r.partition("= ")[2] for k, r in enumerate(rows["inputs"]))  # fmt: skip
    exact = [[float.fromhex(x) for x in row.split(", ")] for row in hexadecimal.strip("[]").split("], [")]
    np.testing.assert_array_equal(np.array(decimal, np.float32), np.array(exact, np.float32))
    with np.load(tmp_path / "shown" / "inputs.npz") as arrays:
        np.testing.assert_array_equal(arrays["input"], np.array(exact, np.float32))


def test_json_follows_the_published_schema(cli: Run, tmp_path: Path) -> None:
    folded(tmp_path)
    for pair, outcome, verdict in (
        (("cnn.onnx", "fast.onnx"), "as-expected", "proved"),
        (("pad.onnx", "pool.onnx"), "differs", "refuted"),
    ):
        _, out, _ = cli("align", *pair, "--output-format", "json")
        found = json.loads(out)
        jsonschema.validate(found, SCHEMA)
        (claim,) = found["claims"]
        assert (found["outcome"], claim["kind"], claim["verdict"]) == (outcome, "align", verdict)
        assert claim["matches"] and claim["symbols"] == ["batch"]
        if verdict == "proved":
            assert claim["readings"] == ["real"] and claim["counterexample"] is None and not claim["files"]
            assert any(m["how"] == "constants" and m["constants"][0]["ratio"] <= 1 for m in claim["matches"])
        else:
            shown = claim["counterexample"]
            assert claim["replayed"] is True and np.array(shown["inputs"]["x"]["values"]).shape == (2, 2, 4, 4)
            assert shown["before"]["onnxruntime"] == 0.0 and shown["after"]["onnxruntime"] < 0


@pytest.mark.parametrize("output_format", ["jsonl", "junit", "sarif", "github", "markdown"])
def test_other_formats(cli: Run, output_format: str) -> None:
    code, out, err = cli("align", "pad.onnx", "pool.onnx", "--output-format", output_format)
    assert code == 1 and err.startswith("wrote pad-vs-pool/inputs.npz, ")
    text = "pad = pool: refuted, expected proved"
    match output_format:
        case "jsonl":
            claim, closing = map(json.loads, out.splitlines())
            assert claim["verdict"] == "refuted" and closing["outcome"] == "differs"
        case "junit":
            (suite,) = ET.fromstring(out)
            assert suite.attrib["failures"] == "1" and text in suite[0][0].attrib["message"]
        case "sarif":
            result = json.loads(out)["runs"][0]["results"][0]
            assert result["ruleId"] == "refuted" and result["message"]["text"].startswith(text)
        case "github":
            assert out.startswith(f"::error file=pool.onnx,line=1,title=pad = pool::{text}")
        case _:
            assert "| pad = pool | refuted |" in out and text in out
    assert cli("align", "pad.onnx", "pad.onnx", "--output-format", output_format)[0] == 0


def test_sizes_and_names(cli: Run, tmp_path: Path) -> None:
    code, out, _ = cli("align", "pad.onnx", "pad.onnx", "--sizes", "batch=1")
    assert code == 0 and lines(out)["sizes"] == ["as they are in the models"]
    renamed = pooled(folded=False)
    renamed.graph.input[0].name = renamed.graph.node[0].input[0] = "image"
    write(renamed, tmp_path / "renamed.onnx")
    assert "PB622" in cli("align", "pad.onnx", "renamed.onnx")[2]
    assert cli("align", "pad.onnx", "renamed.onnx", "--match", "image=x")[0] == 0


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["missing.onnx", "pool.onnx"], "missing.onnx: error[PB614]"),
        (["pad.onnx", "broken.onnx"], "broken.onnx: error[PB614]"),
        (["pad.onnx", "other.onnx"], "error[PB622]"),
        (["pad.onnx", "pool.onnx", "--match", "x"], "error[PB503]: --match takes NAME=VALUE, not 'x'"),
        (["pad.onnx", "pool.onnx", "--sizes", "batch=some"], "error[PB503]: --sizes: batch must be a whole number"),
        (["pad.onnx", "pool.onnx", "--sizes", "depth=1"], "no input has a symbolic size depth"),
        (["pad.onnx", "pool.onnx", "--save", "broken.onnx"], "broken.onnx: error[PB652]"),
        (["pad.onnx"], "the following arguments are required: B"),
    ],
)
def test_errors_of_usage_and_of_files(cli: Run, tmp_path: Path, argv: Sequence[str], message: str) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"\x08no model")
    write(models.mlp((3, 2)), tmp_path / "other.onnx")
    code, out, err = cli("align", *argv)
    assert code == 2 and message in err and not out


def test_unknown_is_not_equal(cli: Run, tmp_path: Path) -> None:
    """The twin differs by less than any solver or sample shows within the limits: whatever is said, it is not 'proved'."""
    write(block(), tmp_path / "block.onnx")
    write(block(TWINS["wrong_epsilon"]), tmp_path / "twin.onnx")
    code, out, _ = cli("align", "block.onnx", "twin.onnx", "--timeout", "0.05", "-v")
    assert code == 1 and not out.startswith("proved")
    assert len(lines(out)["match"]) > 3


def test_a_full_disk(tmp_path: Path) -> None:
    write(pooled(folded=False), tmp_path / "pad.onnx")
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "probanda", "align", "pad.onnx", "pad.onnx"],
            cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2 and done.stderr == "cannot write: No space left on device\n"


SLOW = """
import sys, time
from probanda.cli import run
from probanda.commands import align

def compare(*args, **kwargs):
    print("ready", flush=True)
    time.sleep(60)

align.compare = compare
sys.exit(run(["align", "a.onnx", "b.onnx"]))
"""


def test_an_interrupt(tmp_path: Path) -> None:
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", SLOW]
    going = subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert going.stdout is not None and going.stdout.readline() == "ready\n"
    going.send_signal(signal.SIGINT)
    out, err = going.communicate(timeout=60)
    assert (going.returncode, out, err) == (2, "", "interrupted\n")


def test_graphs_as_text(cli: Run, tmp_path: Path) -> None:
    from probanda.ir.importers.onnx import import_onnx
    from probanda.ir.text import save

    for name in ("pad", "pool"):
        found = import_onnx(tmp_path / f"{name}.onnx")
        save(found.graph, found.params, tmp_path / f"{name}.graph")
    assert cli("align", "pad.graph", "pad.onnx")[0] == 0
    code, out, _ = cli("align", "pad.graph", "pool.graph")
    assert code == 1 and out.startswith("refuted") and lines(out)["written"] == ["pad-vs-pool/inputs.npz"]
    assert "PB609" in cli("align", "pad.graph", "pool.graph", "--sizes", "batch=1")[2]


def test_an_output_that_is_another_value_in_other_words(cli: Run) -> None:
    one, two = ROOT / "docs/models/transposed_twice.graph", ROOT / "docs/models/unchanged.graph"
    assert cli("align", one, two, "--reading", "bits")[0] == cli("align", two, one, "--reading", "bits")[0] == 0


def test_records_of_large_arrays_have_no_values() -> None:
    from probanda.obligations.reports.arrays import as_json

    small: Any = as_json(np.array([np.inf, 1.5], np.float32))
    assert small == {"dtype": "float32", "shape": [2], "values": ["inf", 1.5]}
    assert cast("Any", as_json(np.zeros(5000)))["values"] is None

"""Differences on onnxruntime: what is refuted differs there, and what is written shows it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from twin_models import TWINS, block, pooled, write

from probanda.obligations.artefacts import runtime
from probanda.obligations.artefacts.align.records import Alignment, Difference
from probanda.obligations.artefacts.comparison import Comparison, compare
from probanda.obligations.artefacts.models import load
from probanda.obligations.artefacts.replay import replay
from probanda.obligations.artefacts.runtime import NoRuntime, RuntimeRefuses, Session
from probanda.obligations.claims import Verdict
from probanda.obligations.settings import Settings
from tests.models.optimised import LEVELS, optimise

QUICK = Settings(timeout=1.0, use_cache=False)


def compared(before: onnx.ModelProto, after: onnx.ModelProto, folder: Path) -> Comparison:
    one, two = write(before, folder / "one.onnx"), write(after, folder / "two.onnx")
    return compare(one, two, settings=QUICK, folder=folder / "out")


def loaded(path: Path) -> onnx.ModelProto:
    return onnx.ModelProto.FromString(path.read_bytes())


def assert_written_files_show_it(found: Comparison, folder: Path) -> None:
    d = found.alignment.difference
    assert d is not None
    assert [Path(f).name for f in d.files] == ["inputs.npz", "before.onnx", "after.onnx", "replay.py"]
    with np.load(folder / "inputs.npz") as arrays:
        assert {n: a.tolist() for n, a in arrays.items()} == {n: a.tolist() for n, a in d.inputs.items()}
    done = subprocess.run([sys.executable, folder / "replay.py"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "elements differ" in done.stdout, done.stdout + done.stderr


def assert_whole_models_differ(found: Comparison, folder: Path) -> None:
    d = found.alignment.difference
    assert d is not None and found.replayed.results is not None
    results = [runtime.run(folder / f"{n}.onnx", d.inputs)[d.output][d.element] for n in ("one", "two")]
    assert tuple(map(float, results)) == found.replayed.results and results[0] != results[1]


@pytest.mark.parametrize("name", TWINS)
def test_twins_are_refuted(name: str, tmp_path: Path) -> None:
    found = compared(block(), block(TWINS[name]), tmp_path)
    assert found.alignment.verdict is Verdict.REFUTED, found.alignment.reason
    d = found.alignment.difference
    assert d is not None and d.replayed == {"numpy": True, "onnxruntime": True}
    assert_whole_models_differ(found, tmp_path)
    assert_written_files_show_it(found, tmp_path / "out")


def test_the_first_pair_is_where_the_models_begin_to_differ(tmp_path: Path) -> None:
    found = compared(block(), block(TWINS["wrong_softmax_axis"]), tmp_path)
    assert found.replayed.ends == ("/Softmax_output_0", "/Softmax_output_0")
    small = loaded(tmp_path / "out" / "before.onnx")
    assert [o.name for o in small.graph.output] == ["/Softmax_output_0"]
    assert "v" not in {t.name for t in small.graph.initializer}


def test_a_changed_weight_is_the_first_difference(tmp_path: Path) -> None:
    found = compared(block(), block(TWINS["weight_changed_by_one_percent"]), tmp_path)
    d = found.alignment.difference
    assert d is not None and d.first_after == "q"
    assert found.replayed.ends is not None and "MatMul" in found.replayed.ends[0]


def test_zero_padding_is_not_the_padding_of_a_maximum(tmp_path: Path) -> None:
    """onnxruntime 1.31 folds the Pad into the pool.  Where this version does not, the folded model is written by hand."""
    before = write(pooled(folded=False), tmp_path / "before.onnx")
    after = write(pooled(folded=True), tmp_path / "after.onnx")
    for level in LEVELS:
        optimise(before, tmp_path / f"{level}.onnx", level)
        if "Pad" not in {n.op_type for n in loaded(tmp_path / f"{level}.onnx").graph.node}:
            after = tmp_path / f"{level}.onnx"
            break
    found = compared(loaded(before), loaded(after), tmp_path)
    assert found.alignment.verdict is Verdict.REFUTED
    assert_whole_models_differ(found, tmp_path)
    assert_written_files_show_it(found, tmp_path / "out")
    d = found.alignment.difference
    assert d is not None and d.before == 0.0 and d.after < 0


def test_equal_models_write_nothing(tmp_path: Path) -> None:
    found = compared(block(), block(), tmp_path)
    assert found.equal and not (tmp_path / "out").exists()


def claimed(folder: Path) -> tuple[Alignment, Path, Path]:
    """The claim that two equal models differ, and their files."""
    one, two = write(block(), folder / "one.onnx"), write(block(), folder / "two.onnx")
    x = np.ones((2, 3, 6), np.float32)
    d = Difference({"x": x}, "y", (0, 0, 0), 1.0, 2.0, "y", "y", {"numpy": True})
    return Alignment(Verdict.REFUTED, difference=d), one, two


def test_a_difference_that_the_runtime_does_not_show_is_no_refutation(tmp_path: Path) -> None:
    wrong, one, two = claimed(tmp_path)
    found = replay(load(one), load(two), wrong)
    assert found.alignment.verdict is Verdict.UNKNOWN and found.results is None
    assert found.alignment.reason is not None and "rounding" in found.alignment.reason
    assert found.alignment.difference is not None and found.alignment.difference.replayed["onnxruntime"] is False


def test_without_a_runtime_nothing_is_refuted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong, one, two = claimed(tmp_path)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert not runtime.available()
    with pytest.raises(NoRuntime, match="PB650"):
        Session(one)
    found = replay(load(one), load(two), wrong)
    assert found.alignment.verdict is Verdict.UNKNOWN
    assert found.alignment.reason is not None and "onnxruntime is not installed" in found.alignment.reason


def test_a_model_that_the_runtime_refuses(tmp_path: Path) -> None:
    wrong, one, two = claimed(tmp_path)
    broken = load(two)
    two.write_bytes(b"no model")
    with pytest.raises(RuntimeRefuses, match="two.onnx"):
        Session(two)
    found = replay(load(one), broken, wrong)
    assert found.alignment.verdict is Verdict.UNKNOWN and "PB651" in (found.alignment.reason or "")
    with pytest.raises(RuntimeRefuses, match="no array is given for the input x"):
        Session(one).run({})


def test_graphs_as_text_have_no_runtime(tmp_path: Path) -> None:
    wrong, one, two = claimed(tmp_path)
    text = replace(load(one), onnx=None)
    found = replay(text, load(two), wrong)
    assert found.alignment is wrong


def test_renamed_inputs_and_outputs(tmp_path: Path) -> None:
    after = block(TWINS["dropped_residual"])
    after.graph.input[0].name = "rows"
    for node in after.graph.node:
        node.input[:] = ["rows" if n == "x" else n for n in node.input]
    after.graph.node[-1].output[0] = after.graph.output[0].name = "out"
    one, two = write(block(), tmp_path / "one.onnx"), write(after, tmp_path / "two.onnx")
    names = {"rows": "x", "out": "y"}
    found = compare(one, two, settings=QUICK, names=names, folder=tmp_path / "out")
    assert found.alignment.verdict is Verdict.REFUTED
    assert_written_files_show_it(found, tmp_path / "out")

"""The files that show a difference to whoever has numpy and onnxruntime."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import onnx

from ...ir.errors import GraphError
from ...ir.importers.onnx import OnnxModel, extract
from .align.records import Difference
from .inputs import Array
from .models import Model
from .replay import Replayed, feed
from .runtime import RuntimeRefuses, Session


class CannotWrite(GraphError, code="PB652"):
    """A file cannot be written: the disk is full, the folder is not writable, or something else is in its place.

    What to do: free space, or name another place with `--save`.
    """


def save(
    folder: Path, before: Model, after: Model, replayed: Replayed, names: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Write the inputs, and for ONNX models the parts of both that show the difference with a script; their paths.

    Raises CannotWrite.
    """
    d = replayed.alignment.difference
    assert d is not None
    names = names or {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_arrays(folder / "inputs.npz", d.inputs)
        written = ["inputs.npz"]
        if before.onnx is not None and after.onnx is not None:
            parts = _parts(before.onnx, after.onnx, d, replayed.ends, names)
            for name, (model, _) in zip(("before.onnx", "after.onnx"), parts, strict=True):
                (folder / name).write_bytes(model.SerializeToString())
            ends = parts[0][1], parts[1][1]
            (folder / "replay.py").write_text(_script(ends, names), "utf-8")
            written += ["before.onnx", "after.onnx", "replay.py"]
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise CannotWrite(f"the files that show the difference cannot be written: {reason}", str(folder)) from None
    return tuple(str(folder / name) for name in written)


def write_arrays(path: Path, arrays: Mapping[str, Array]) -> None:
    """Arrays by name, as ``numpy.load`` reads them; any name is possible."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w") as out:
                np.lib.format.write_array(out, np.ascontiguousarray(array), allow_pickle=False)


def _parts(
    before: OnnxModel, after: OnnxModel, d: Difference, ends: tuple[str, str] | None, names: Mapping[str, str]
) -> list[tuple[onnx.ModelProto, str]]:
    """The smallest parts of both models that differ on the inputs, each with the value that it ends in."""
    called = {old: new for new, old in names.items()}
    outputs = d.output, called.get(d.output, d.output)
    for pair in (ends, outputs):
        if pair is None:
            continue
        try:
            models = [extract(m, [end]) for m, end in zip((before, after), pair, strict=True)]
            results = [_run(m, d.inputs, w) for m, w in zip(models, ({}, names), strict=True)]
        except (GraphError, ValueError):
            continue
        if _differ(*results):
            return list(zip(models, pair, strict=True))
    raise CannotWrite("no part of the models by itself shows the difference on onnxruntime")


def _run(model: onnx.ModelProto, inputs: Mapping[str, Array], names: Mapping[str, str]) -> Array:
    session = Session(model)
    found = session.run(feed(session, inputs, names))
    if not found:
        raise RuntimeRefuses("no array comes out", model.graph.name)
    return next(iter(found.values()))


def _differ(ours: Array, theirs: Array) -> bool:
    return ours.shape != theirs.shape or not np.array_equal(ours, theirs, equal_nan=ours.dtype.kind == "f")


def _script(ends: tuple[str, str], names: Mapping[str, str]) -> str:
    return _SCRIPT.format(before=ends[0], after=ends[1], names=dict(sorted(names.items())))


_SCRIPT: Final = '''\
"""Runs before.onnx and after.onnx on inputs.npz and shows where they differ: exit code 0 if they do, 1 if not."""

import sys
from pathlib import Path

import numpy as np
import onnxruntime as ort

HERE = Path(__file__).parent
NAMES = {names!r}  # inputs of after.onnx that are called otherwise in before.onnx
ENDS = {{"before.onnx": {before!r}, "after.onnx": {after!r}}}


def run(model):
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(str(HERE / model), options, providers=["CPUExecutionProvider"])
    with np.load(HERE / "inputs.npz") as inputs:
        names = NAMES if model == "after.onnx" else {{}}
        feed = {{i.name: inputs[names.get(i.name, i.name)] for i in session.get_inputs()}}
    return session.run(None, feed)[0]


before, after = run("before.onnx"), run("after.onnx")
print(f"before: {{ENDS['before.onnx']}} {{before.dtype}}{{list(before.shape)}}")
print(f"after:  {{ENDS['after.onnx']}} {{after.dtype}}{{list(after.shape)}}")
if before.shape != after.shape:
    sys.exit(0)
x, y = before.astype(np.float64), after.astype(np.float64)
gap = np.where((x == y) | (np.isnan(x) & np.isnan(y)), 0.0, np.nan_to_num(np.abs(x - y), nan=np.inf))
differing = int(np.count_nonzero(gap))
print(f"{{differing}} of {{before.size}} elements differ")
if differing:
    at = tuple(int(k) for k in np.unravel_index(int(np.argmax(gap)), gap.shape))
    print(f"most at {{list(at)}}: before {{before[at]!r}}, after {{after[at]!r}}")
sys.exit(0 if differing else 1)
'''

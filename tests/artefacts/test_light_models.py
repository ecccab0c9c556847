"""The nine models that ship in the ``onnx`` package, weights drawn anew: imported, checked, compiled, and run beside onnxruntime."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from probanda.obligations.artefacts.check import check_model
from tests.models.light import LIGHT, light
from tests.models.optimised import save


@pytest.mark.slow
@pytest.mark.parametrize("name", LIGHT)
def test_a_model_that_ships_with_onnx_runs_as_onnxruntime_runs_it(name: str, tmp_path: Path) -> None:
    found = check_model(save(light(name), tmp_path / "model.onnx"), runs=1)
    assert found.problems == ()
    assert found.compiled is not None and found.compiled.aligned
    assert found.agreement.runs == 1 and found.agreement.agrees, found.reason
    assert found.accepted


def test_weights_differ_from_one_another_and_variances_are_positive() -> None:
    model = light("shufflenet")
    arrays = [np.frombuffer(t.raw_data, np.float32) for t in model.graph.initializer if t.data_type == 1]
    assert all(len(set(a.tolist())) > 1 for a in arrays if a.size > 1)
    variances = {n.input[4] for n in model.graph.node if n.op_type == "BatchNormalization"}
    named = {t.name: np.frombuffer(t.raw_data, np.float32) for t in model.graph.initializer}
    assert variances and all((named[v] > 0).all() for v in variances)

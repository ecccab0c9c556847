"""Running models on onnxruntime: the real runtime that a statement about an artefact is about.

Nothing else imports onnxruntime.  Unless told otherwise its graph optimisations are off and it has one thread, so that
what runs is the model as it is written, and the same twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray

from ...ir.errors import GraphError
from ...ir.importers.onnx import OnnxModel

Array = NDArray[Any]
LEVELS: Final = {"none": "ORT_DISABLE_ALL", "basic": "ORT_ENABLE_BASIC", "extended": "ORT_ENABLE_EXTENDED",
                 "all": "ORT_ENABLE_ALL"}  # fmt: skip
"""Levels of onnxruntime's graph optimisations."""
_FOLDER: Final = "session.model_external_initializers_file_folder_path"


class NoRuntime(GraphError, code="PB650"):
    """onnxruntime is not installed, and something was to be run on it.

    What to do: `pip install onnxruntime`.
    """


class RuntimeRefuses(GraphError, code="PB651"):
    """onnxruntime does not load the model, or fails while it runs it.

    The message is the runtime's own.  Nothing is said about what the model computes.

    What to do: see whether the model is valid (`onnx.checker`), and whether this version of onnxruntime has a kernel for each
    operator and element type in it.
    """


def available() -> bool:
    """Whether onnxruntime can be imported."""
    try:
        _ort()
    except NoRuntime:
        return False
    return True


def version() -> str:
    """The version of onnxruntime; NoRuntime."""
    return str(_ort().__version__)


class Session:
    """A model loaded into onnxruntime.

    ``extra`` names values of its main graph that are to be outputs too.  ``optimized`` is where the runtime writes the
    model that it makes of it.  Raises NoRuntime, RuntimeRefuses.
    """

    def __init__(
        self,
        model: OnnxModel | onnx.ModelProto | Path,
        extra: Sequence[str] = (),
        *,
        level: str = "none",
        optimized: Path | None = None,
    ) -> None:
        ort = _ort()
        options = ort.SessionOptions()
        options.graph_optimization_level = getattr(ort.GraphOptimizationLevel, LEVELS[level])
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        if optimized is not None:
            options.optimized_model_filepath = str(optimized)
        self.where = _where(model)
        given = _given(model, extra, options)
        try:
            self._session: Any = ort.InferenceSession(given, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # noqa: BLE001  # the runtime's exceptions have no common base
            raise RuntimeRefuses(_reason(error), self.where) from None
        self.inputs: tuple[str, ...] = tuple(i.name for i in self._session.get_inputs())
        self.outputs: tuple[str, ...] = tuple(o.name for o in self._session.get_outputs())

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """The outputs by name; ``inputs`` may have more arrays than the model takes.  Raises RuntimeRefuses."""
        missing = [name for name in self.inputs if name not in inputs]
        if missing:
            raise RuntimeRefuses(f"no array is given for the input {missing[0]}", self.where)
        feed = {name: np.ascontiguousarray(inputs[name]) for name in self.inputs}
        try:
            results: list[Any] = self._session.run(None, feed)
        except Exception as error:  # noqa: BLE001  # the runtime's exceptions have no common base
            raise RuntimeRefuses(_reason(error), self.where) from None
        named = zip(self.outputs, results, strict=True)
        return {name: result for name, result in named if isinstance(result, np.ndarray)}


def run(
    model: OnnxModel | onnx.ModelProto | Path, inputs: Mapping[str, Array], extra: Sequence[str] = ()
) -> dict[str, Array]:
    """The outputs of a model, and the values ``extra`` inside it, by name.  Raises NoRuntime, RuntimeRefuses."""
    return Session(model, extra).run(inputs)


def _ort() -> Any:
    try:
        import onnxruntime
    except ImportError:
        raise NoRuntime("onnxruntime is not installed") from None
    return onnxruntime


def _where(model: OnnxModel | onnx.ModelProto | Path) -> str:
    if isinstance(model, onnx.ModelProto):
        return model.graph.name
    return str(model.path) if isinstance(model, OnnxModel) else str(model)


def _given(model: OnnxModel | onnx.ModelProto | Path, extra: Sequence[str], options: Any) -> str | bytes:
    """What a session is made of: the path of a file as it is, or the bytes of a model."""
    if isinstance(model, Path) and not extra:
        return str(model)
    if isinstance(model, Path):
        from ...ir.importers.onnx import load_model

        model = load_model(model)
    proto = model.proto if isinstance(model, OnnxModel) else model
    if isinstance(model, OnnxModel) and model.path != Path(""):
        options.add_session_config_entry(_FOLDER, str(model.path.resolve().parent))
    have = {o.name for o in proto.graph.output}
    wanted = [name for name in dict.fromkeys(extra) if name not in have]
    if wanted:
        whole = onnx.ModelProto()
        whole.CopyFrom(proto)
        whole.graph.output.extend(onnx.ValueInfoProto(name=name) for name in wanted)
        proto = whole
    try:
        return proto.SerializeToString()
    except ValueError as error:
        raise RuntimeRefuses(f"the model cannot be serialized: {error}", proto.graph.name) from None


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines)[:400] or type(error).__name__

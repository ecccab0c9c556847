"""Reading model files and the external data beside them: mapped into memory, never copied, never outside the folder."""

from __future__ import annotations

import mmap
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Final

import onnx
from google.protobuf.message import DecodeError

from ...errors import GraphError, MalformedModel, UnsafePath
from .names import text
from .wire import detach

_SMALL: Final = 1 << 16
"""Bytes up to which a model is parsed as it is."""


@dataclass
class OnnxModel:
    """A model: its protocol buffer and the path of its file, "" for none.

    In ``proto`` the payloads of large tensors of a file are references into it, as of external data.
    """

    proto: onnx.ModelProto
    path: Path = Path("")
    _maps: dict[Path, memoryview] = field(default_factory=dict[Path, memoryview], repr=False)
    _own: memoryview | None = field(default=None, repr=False)

    @property
    def opset(self) -> int:
        """The version of the default operator set, 0 if the model does not import it."""
        return opsets(self.proto.opset_import, str(self.path)).get("", 0)

    def external(self, location: str) -> memoryview:
        """The bytes of the file of that name beside the model; UnsafePath, MalformedModel."""
        if self._own is not None and location == self.path.name:
            return self._own
        if self.path == Path(""):
            raise UnsafePath(f"a model without a file has no external data: {location!r}")
        path = inside(self.path.parent, location)
        if path not in self._maps:
            self._maps[path] = map_file(path)
        return self._maps[path]


def load_model(path: str | Path) -> OnnxModel:
    """The model in a file.

    Raises MalformedModel for a file that is none, UnsafePath where external data that is asked for lies outside its folder.
    """
    file = Path(path)
    try:
        data = map_file(file)
        small = len(data) <= _SMALL
        proto = onnx.ModelProto.FromString(bytes(data) if small else detach(data, file.name))
        _recognized(proto)
    except GraphError as error:
        raise error.at(str(path)) from None
    except (DecodeError, ValueError, RecursionError) as error:
        raise MalformedModel(f"no ONNX model: {error}", str(path)) from None
    return OnnxModel(proto, file, {}, data)


def _recognized(proto: onnx.ModelProto) -> None:
    if not proto.HasField("graph"):
        raise MalformedModel("no ONNX model: it has no graph")
    if not proto.opset_import:
        raise MalformedModel("the model does not say which operator set it is written in (opset_import)")


def opsets(entries: Iterable[onnx.OperatorSetIdProto], where: str) -> dict[str, int]:
    """The versions of operator sets by domain, "" for the default one; MalformedModel where one has two."""
    out: dict[str, int] = {}
    for entry in entries:
        domain = domain_of(text(entry.domain, where))
        if out.setdefault(domain, entry.version) != entry.version:
            raise MalformedModel(f"two versions of the operator set {domain!r}", where)
    return out


def domain_of(domain: str) -> str:
    """A domain, the default one as ""."""
    return "" if domain == "ai.onnx" else domain


def map_file(path: Path) -> memoryview:
    """The bytes of a regular file; MalformedModel if there is none or it is empty."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise MalformedModel("not a regular file", str(path))
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        try:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise MalformedModel("not a regular file", str(path))
            if not status.st_size:
                raise MalformedModel("the file is empty", str(path))
            return memoryview(mmap.mmap(handle, 0, access=mmap.ACCESS_READ))
        finally:
            os.close(handle)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise MalformedModel(f"the file cannot be read: {reason}", str(path)) from None


def inside(folder: Path, location: str) -> Path:
    """The file that external data names, links resolved; UnsafePath unless it lies in ``folder``."""
    if not location or "\0" in location:
        raise UnsafePath(f"external data at {location!r}")
    windows = PureWindowsPath(location)
    absolute = PurePosixPath(location).is_absolute() or windows.root or windows.drive
    if absolute or ".." in windows.parts:
        raise UnsafePath(f"external data at {location!r}, outside the folder of the model")
    try:
        root = folder.resolve(strict=True)
        path = (root / location).resolve()
    except (OSError, RuntimeError, ValueError):
        raise UnsafePath(f"external data at {location!r} cannot be found") from None
    if not path.is_relative_to(root) or path == root:
        raise UnsafePath(f"external data at {location!r}, outside the folder of the model")
    return path

"""Graphs in files: the text, and beside it the payloads as ``.npz``.

``model.graph`` has its payloads in ``model.npz``, one array a constant, called after the constant's node (``n3``).
Arrays of a type that NumPy does not have are stored as integers of the same width; the text has their type.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Final

import ml_dtypes
import numpy as np

from ..dtypes import BFLOAT16, DType
from ..errors import MalformedModel, MissingPayload
from ..graph import Graph, Node
from ..params import Array, ParamStore
from .reader import read
from .writer import write

_HEADER: Final = 4096
"""Bytes of a stored array beside its elements, at most."""


def save(graph: Graph, params: ParamStore, path: str | Path) -> None:
    """Write a graph and its payloads; whoever is interrupted leaves the old files, or payloads that the text disowns.

    Raises what :func:`~probanda.ir.text.write` raises.
    """
    path = Path(path)
    text = write(graph, params)
    _replace(path.with_suffix(".npz"), lambda out: _write_arrays(out, graph, params))
    _replace(path, lambda out: out.write(text.encode("utf-8", "surrogatepass")))


def load(path: str | Path) -> tuple[Graph, ParamStore]:
    """Read a graph and its payloads.

    Raises BadText, MissingPayload, WrongPayload, or MalformedModel for a file that cannot be read.
    """
    path = Path(path)
    try:
        text = path.read_bytes().decode("utf-8", "surrogatepass")
    except (OSError, UnicodeDecodeError) as error:
        raise MalformedModel(f"the text cannot be read: {error}", str(path)) from None
    graph = read(text, file=str(path))
    params = ParamStore()
    if graph.constants:
        _read_arrays(path.with_suffix(".npz"), graph, params)
    read(text, params, str(path))  # now the digests too
    return graph, params


def _stored(dtype: DType) -> np.dtype[Any]:
    return np.dtype(np.uint16) if dtype is BFLOAT16 else np.dtype(dtype.name)


def _write_arrays(out: IO[bytes], graph: Graph, params: ParamStore) -> None:
    arrays = {f"n{n.id}": params.of_type(n.names[0], n.types[0]) for n in graph.constants}
    np.savez(out, allow_pickle=False, **{k: p.array.view(_stored(p.dtype)) for k, p in arrays.items()})


def _read_arrays(path: Path, graph: Graph, params: ParamStore) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = {i.filename: i for i in archive.infolist()}
            for node in graph.constants:
                member = members.get(f"n{node.id}.npy")
                if member is None:
                    raise MissingPayload(f"{node.name} has no payload", str(path))
                params.add(node.name, _array(archive, member, node), node.types[0].dtype)
    except FileNotFoundError:
        raise MissingPayload("there is no such file", str(path)) from None
    except (OSError, EOFError, ValueError, MemoryError, RuntimeError, zipfile.BadZipFile) as error:
        raise MalformedModel(f"the payloads cannot be read: {error}", str(path)) from None


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo, node: Node) -> Array:
    """The payload of ``node``; ValueError unless it has the element type and shape that the text says."""
    type_ = node.types[0]
    shape = type_.static
    if shape is None or min(shape, default=0) < 0:
        raise ValueError(f"{node.name} has no literal shape")
    if member.file_size > _stored(type_.dtype).itemsize * int(np.prod(shape, dtype=object)) + _HEADER:
        raise ValueError(f"{node.name} is longer than its type")
    with archive.open(member) as file:
        array: Array = np.lib.format.read_array(file, allow_pickle=False)
    if array.dtype != _stored(type_.dtype) or array.shape != shape:
        raise ValueError(f"{node.name} is {array.dtype.name}{list(array.shape)}, not {type_!r}")
    return array.view(ml_dtypes.bfloat16) if type_.dtype is BFLOAT16 else array


def _replace(path: Path, fill: Callable[[IO[bytes]], object]) -> None:
    """Write ``path`` by a rename, after its contents have reached the disk."""
    path = path.resolve()
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            fill(out)
            out.flush()
            os.fsync(out.fileno())
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise

"""Models beside contract files: what the tests of ``graph`` declarations share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from probanda.ir import dims, text
from probanda.ir.builder import Builder
from probanda.ir.dtypes import FLOAT, INT64, DType
from probanda.ir.graph import Ref
from probanda.ir.types import TensorType
from probanda.obligations.claims import Claim
from probanda.obligations.language.diagnostics import ContractError
from probanda.obligations.language.elaborate import Modules, elaborate_text


def of(dtype: DType, *sizes: int | str) -> TensorType:
    return TensorType(dtype, dims.shape(*sizes))


def floats(*sizes: int | str) -> TensorType:
    return of(FLOAT, *sizes)


def save(folder: Path, g: Builder, *outputs: Ref) -> Path:
    path = folder / f"{g.name}.graph"
    text.save(g.graph(*outputs), g.params, path)
    return path


def layer(folder: Path) -> None:
    """``y = relu(x + c)`` with ``x : [n, k]`` and ``c : [k]``."""
    g = Builder("layer")
    x, c = g.input("x", floats("n", "k")), g.input("c", floats("k"))
    save(folder, g, g.add("Relu", g.add("Add", x, c, name="a"), name="y"))


def weighted(folder: Path, seed: int = 1, name: str = "weighted") -> None:
    """``y = x w + 0.5`` with ``w : [9, 8]`` of the file."""
    g = Builder(name)
    x = g.input("x", floats("n", 9))
    w = g.const("layers.0/w", np.random.default_rng(seed).normal(size=(9, 8)).astype(np.float32))
    half = g.const("half", np.array(0.5, np.float32))
    save(folder, g, g.add("Add", g.add("MatMul", x, w, name="p"), half, name="y"))


def two_outputs(folder: Path) -> None:
    """``sum`` and ``2nd`` of a row and its negation."""
    g = Builder("two")
    x = g.input("x", floats("n"))
    save(folder, g, g.add("Neg", x, name="minus/x"), g.add("Abs", x, name="2nd"))


def picked(folder: Path) -> None:
    """``x[at]``, with integer indices as an input, and a table of integers."""
    g = Builder("picked")
    x, at = g.input("x", floats("n")), g.input("at", of(INT64, "m"))
    table = g.const("table", np.array([[3, 5], [7, 5]], np.int64))
    save(folder, g, g.add("Gather", x, at, name="y", axis=0), g.add("Identity", table, name="t"))


def elaborated(folder: Path, source: str) -> Modules:
    return elaborate_text(source, str(folder / "t.ob"))


def last(folder: Path, source: str) -> Claim:
    """The last claim of a file in ``folder``."""
    return elaborated(folder, source).claims[-1]


def refused(folder: Path, source: str, code: str) -> ContractError:
    """The error, of that code, that a file in ``folder`` gives."""
    with pytest.raises(ContractError) as caught:
        elaborated(folder, source)
    assert caught.value.code == code, caught.value.render()
    assert caught.value.line > 0
    return caught.value

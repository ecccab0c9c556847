"""Gathers and scatters: indices from the end, out of range, twice the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from ops_run import Array, f32, i64, run, types

from probanda.encoders.arrays.machine import Undefined
from probanda.ir.errors import BadAttribute, WrongDType, WrongShape

X = np.arange(12, dtype=np.float32).reshape(3, 4)


def test_gather() -> None:
    at = np.array([[0, -1], [2, 1]])
    np.testing.assert_array_equal(run("Gather", X, at)[0], X[at])
    np.testing.assert_array_equal(run("Gather", X, at, axis=1)[0], X[:, at])
    np.testing.assert_array_equal(run("Gather", X, np.array(-3), axis=0)[0], X[0])
    assert types("Gather", f32("v", 768), i64("b", "s")) == ["float32[b, s, 768]"]
    for wrong in (3, -4):
        with pytest.raises(Undefined):
            run("Gather", X, np.array([wrong]))
    with pytest.raises(WrongDType):
        types("Gather", f32(3), f32(2))
    with pytest.raises(BadAttribute):
        types("Gather", f32(3), i64(2), axis=1)


def test_gather_elements() -> None:
    at = np.array([[0, -1, 2], [1, 1, -3]])
    np.testing.assert_array_equal(run("GatherElements", X, at)[0], np.take_along_axis(X[:, :3], at, 0))
    with pytest.raises(WrongShape):
        types("GatherElements", f32(3, 4), i64(3, 5))
    with pytest.raises(WrongShape):
        types("GatherElements", f32(3, "n"), i64(3, "m"))
    with pytest.raises(WrongShape):
        types("GatherElements", f32(3, 4), i64(3))


def test_gather_nd() -> None:
    assert run("GatherND", X, np.array([[0, 1], [-1, -1]]))[0].tolist() == [1, 11]
    np.testing.assert_array_equal(run("GatherND", X, np.array([[2], [0]]))[0], X[[2, 0]])
    assert run("GatherND", X, np.array([[1], [0], [-1]]), batch_dims=1)[0].tolist() == [1, 4, 11]
    assert types("GatherND", f32("b", "n", 5), i64("b", 7, 1), batch_dims=1) == ["float32[b, 7, 5]"]
    for at in (i64(2, 3), i64(2, "n")):
        with pytest.raises(WrongShape):
            types("GatherND", f32(3, 4), at)


REDUCE: dict[str, Callable[[Any, Any], Any]] = {
    "none": lambda old, new: new,
    "add": lambda old, new: old + new,
    "mul": lambda old, new: old * new,
    "max": max,
    "min": min,
}


@pytest.mark.parametrize("reduction", list(REDUCE))
def test_scatters_in_order(reduction: str) -> None:
    rows = np.array([[1, 1, -1], [0, 1, 2]])
    updates = np.array([[5, 6, 7], [8, 9, 3]], np.float32)
    want = X.copy()
    for at in np.ndindex(2, 3):
        want[rows[at], at[1]] = REDUCE[reduction](want[rows[at], at[1]], updates[at])
    np.testing.assert_array_equal(run("ScatterElements", X, rows, updates, reduction=reduction)[0], want)
    want = X.reshape(-1).copy()
    for at in np.ndindex(2, 3):
        want[rows[at]] = REDUCE[reduction](want[rows[at]], updates[at])
    out = run("ScatterND", X.reshape(-1), rows[..., None], updates, reduction=reduction)[0]
    np.testing.assert_array_equal(out, want)


def test_scatter_of_slices_with_symbols() -> None:
    for n in (1, 3):
        at = np.arange(n)[:, None]
        updates = np.full((n, 4), 7, np.float32)
        shapes = [(3, 4), ("n", 1), ("n", 4)]
        out = run("ScatterND", X, at, updates, shapes=shapes, sizes={"n": n})[0]
        want: Array = X.copy()
        want[:n] = 7
        np.testing.assert_array_equal(out, want)


def test_nothing_scattered_leaves_minus_zero() -> None:
    x = np.array([-0.0, 1], np.float32)
    out = run("ScatterElements", x, np.array([1]), np.array([2], np.float32), reduction="add")[0]
    assert np.signbit(out[0]) and out[1] == 3


def test_scatter_errors() -> None:
    with pytest.raises(Undefined):
        run("ScatterND", X, np.array([[3]]), np.zeros((1, 4), np.float32))
    with pytest.raises(Undefined):
        run("ScatterElements", X, np.array([[-4]]), np.zeros((1, 1), np.float32))
    with pytest.raises(WrongShape):
        types("ScatterND", f32(3, 4), i64(2, 1), f32(2, 3))
    with pytest.raises(WrongShape):
        types("ScatterElements", f32(3, 4), i64(1, 2), f32(1, 3))
    with pytest.raises(WrongDType):
        types("ScatterND", f32(3, 4), i64(2, 1), i64(2, 4))
    with pytest.raises(BadAttribute):
        types("ScatterND", f32(3, 4), i64(2, 1), f32(2, 4), reduction="mean")

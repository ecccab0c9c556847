"""Running sums, one-hot rows, positions of extrema, the top k."""

from __future__ import annotations

import numpy as np
import pytest
from ops_run import f32, i64, run, types

from probanda.ir import dims
from probanda.ir.errors import BadAttribute, WrongShape

X = np.array([[3, 1, 2], [4, 6, 5]], np.float32)
NAN, INF = np.nan, np.inf


@pytest.mark.parametrize(("exclusive", "reverse"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_running(exclusive: int, reverse: int) -> None:
    for name, f, one in (("CumSum", np.cumsum, 0), ("CumProd", np.cumprod, 1)):
        x = X[:, ::-1] if reverse else X
        want = f(x, axis=1)
        if exclusive:
            want = np.concatenate([np.full((2, 1), one, np.float32), want[:, :-1]], axis=1)
        want = want[:, ::-1] if reverse else want
        for shape, sizes in (((2, 3), {}), (("m", "n"), {"m": 2, "n": 3})):
            out = run(name, X, shapes=[shape], sizes=sizes, axis=-1, exclusive=exclusive, reverse=reverse)[0]
            np.testing.assert_array_equal(out, want)
    with pytest.raises(BadAttribute):
        types("CumSum", f32(3), axis=1)


def test_one_hot() -> None:
    values = np.array([2, 7], np.float32)
    out = run("OneHot", np.array([0, 3, -3, -4]), None, values, depth=3)[0]
    assert out.tolist() == [[7, 2, 2], [2, 2, 2], [7, 2, 2], [2, 2, 2]]
    assert run("OneHot", np.array([1.5, -1.5], np.float32), None, values, depth=3, axis=0)[0].tolist() == [
        [2, 2],
        [7, 2],
        [2, 7],
    ]
    assert types("OneHot", i64("b", "s"), None, f32(2), depth=dims.size("v"), axis=1) == ["float32[b, v, s]"]
    for depth, given in ((0, f32(2)), (3, f32(3))):
        with pytest.raises(WrongShape):
            types("OneHot", i64(2), None, given, depth=depth)


def test_positions_of_extrema() -> None:
    x = np.array([[1, 5, 5], [NAN, 9, NAN], [-0.0, 0.0, -1], [-INF, -INF, -INF]], np.float32)
    assert run("ArgMax", x, axis=1, keepdims=0)[0].tolist() == [1, 0, 0, 0]
    assert run("ArgMax", x, axis=-1, keepdims=0, select_last_index=1)[0].tolist() == [2, 2, 1, 2]
    assert run("ArgMin", x, axis=1)[0].tolist() == [[0], [0], [2], [0]]
    assert run("ArgMin", x, axis=0, shapes=[("n", 3)], sizes={"n": 4})[0].tolist() == [[1, 3, 1]]
    assert types("ArgMax", f32("b", "s", 7), axis=1) == ["int64[b, 1, 7]"]
    with pytest.raises(WrongShape):
        types("ArgMax", f32(0, 2))


def test_top_k() -> None:
    x = np.array([[1, 5, NAN, 5, 0.0, -0.0]], np.float32)
    values, places = run("TopK", x, k=5, n=2)
    np.testing.assert_array_equal(values, [[NAN, 5, 5, 1, 0]])
    assert places.tolist() == [[2, 1, 3, 0, 4]]
    values, places = run("TopK", x, k=(6,), largest=0, n=2)
    np.testing.assert_array_equal(values, [[0, 0, 1, 5, 5, NAN]])
    assert places.tolist() == [[4, 5, 0, 1, 3, 2]]
    assert types("TopK", f32("b", "n"), k=1, n=2) == ["float32[b, 1]", "int64[b, 1]"]
    for k in (4, -1, dims.size("m")):
        with pytest.raises(WrongShape):
            types("TopK", f32(3), k=k, n=2)

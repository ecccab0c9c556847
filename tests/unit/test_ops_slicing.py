"""Slices, padding, triangles, reversed prefixes: clamping, symbols, and values beside NumPy's."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from ops_run import Array, f32, gives, i64, run, types

from probanda.encoders.arrays.machine import Undefined
from probanda.ir import dims
from probanda.ir.errors import BadAttribute, WrongDType, WrongShape
from probanda.theories.terms import build as b

FAR = 2**63 - 1
N_LESS_1 = b.sub(dims.size("n"), b.ONE)
BOUNDS = (-FAR - 1, -6, -2, -1, 0, 1, 3, 6, FAR)


def sliced(x: Array, start: int, end: int, step: int) -> Array:
    """The clamping of ONNX Slice, in words of its own."""
    d = len(x)
    start, end = (k + d if k < 0 else k for k in (start, end))
    if step > 0:
        start, end = min(max(start, 0), d), min(max(end, 0), d)
    else:
        start, end = min(max(start, 0), d - 1), min(max(end, -1), d - 1)
    return x[[k for k in range(start, end, step) if 0 <= k < d]]


@pytest.mark.parametrize("step", [-3, -1, 1, 2])
def test_slice_values(step: int) -> None:
    for d, start, end in product((0, 1, 4), BOUNDS, BOUNDS):
        x = np.arange(d, dtype=np.float32)
        out = run("Slice", x, starts=(start,), ends=(end,), steps=(step,), axes=(-1,))[0]
        np.testing.assert_array_equal(out, sliced(x, start, end, step))


@pytest.mark.parametrize("step", [-2, -1, 1, 2])
def test_slice_of_a_symbolic_size(step: int) -> None:
    for n, start, end in product((1, 2, 5), (-FAR - 1, -2, 0, 1, 3, FAR), (-FAR - 1, -1, 0, 2, FAR)):
        x = np.arange(n, dtype=np.float32)
        out = run("Slice", x, shapes=[("n",)], sizes={"n": n}, starts=(start,), ends=(end,), steps=(step,))[0]
        np.testing.assert_array_equal(out, sliced(x, start, end, step))


def test_slice_types() -> None:
    assert gives([f32(N_LESS_1, 4)], "Slice", f32("n", 4), starts=(1,), ends=(FAR,))
    assert types("Slice", f32("n", 4), starts=(0,), ends=(dims.size("n"),), axes=(0,)) == ["float32[n, 4]"]
    assert gives([f32(N_LESS_1)], "Slice", f32("n"), starts=(0,), ends=(-1,))
    assert types("Slice", f32("n"), starts=(-1,), ends=(-FAR - 1,), steps=(-1,)) == ["float32[n]"]
    wrong: list[dict[str, Any]] = [{"steps": (0,)}, {"axes": (1,)}, {"axes": (0, 0)}]
    for bad in wrong:
        with pytest.raises(BadAttribute):
            types("Slice", f32(3), starts=(0,), ends=(1,), **bad)


@pytest.mark.parametrize("mode", ["constant", "reflect", "edge", "wrap"])
def test_pad_values(mode: Any) -> None:
    for n, (low, high) in product((1, 2, 5), ((0, 0), (1, 1), (3, 0), (0, 4), (7, 9))):
        x = np.arange(1, n + 1, dtype=np.float32)
        want = np.pad(x, (low, high), mode=mode)
        np.testing.assert_array_equal(run("Pad", x, pads=(low, high), mode=mode)[0], want)
        out = run("Pad", x, shapes=[("n",)], sizes={"n": n}, pads=(low, high), mode=mode)[0]
        np.testing.assert_array_equal(out, want)


def test_pad_removes_before_it_adds() -> None:
    x = np.arange(5, dtype=np.float32)
    assert run("Pad", x, pads=(-1, 2), mode="edge")[0].tolist() == [1, 2, 3, 4, 4, 4]
    assert run("Pad", x, None, np.array(9, np.float32), pads=(1, -3), mode="constant")[0].tolist() == [9, 0, 1]
    assert types("Pad", f32("n", 3), pads=(-1, 1), axes=(0,)) == ["float32[n, 3]"]
    for given, pads, mode in (
        (f32(3), (-2, -2), "constant"),
        (f32("n"), (-2, 0), "constant"),
        (f32(0), (1, 0), "edge"),
    ):
        with pytest.raises(WrongShape):
            types("Pad", given, pads=pads, mode=mode)
    with pytest.raises(WrongShape):
        types("Pad", f32("n"), pads=(-1, 1), mode="edge")
    with pytest.raises(WrongDType):
        types("Pad", f32(3), None, i64(), pads=(1, 1))
    wrong: list[dict[str, Any]] = [{"pads": (1,)}, {"pads": (1, 1), "mode": "mirror"}]
    for bad in wrong:
        with pytest.raises(BadAttribute):
            types("Pad", f32(3), **bad)


def test_trilu() -> None:
    x = np.arange(1, 25, dtype=np.float32).reshape(2, 3, 4)
    for k in (-4, -1, 0, 2, 5):
        np.testing.assert_array_equal(run("Trilu", x, k=k)[0], np.triu(x, k))
        np.testing.assert_array_equal(run("Trilu", x, k=k, upper=0)[0], np.tril(x, k))
    with pytest.raises(WrongShape):
        types("Trilu", f32(3))


def test_reverse_sequence() -> None:
    x = np.arange(8, dtype=np.float32).reshape(4, 2)
    out = run("ReverseSequence", x, np.array([3, 0]))[0]
    assert out.tolist() == [[4, 1], [2, 3], [0, 5], [6, 7]]
    with pytest.raises(Undefined):
        run("ReverseSequence", x, np.array([5, 0]))
    with pytest.raises(WrongShape):
        types("ReverseSequence", f32("t", "n"), i64("t"))


def test_center_crop_pad() -> None:
    for n in (1, 2, 4, 5):
        x = np.arange(1, n + 1, dtype=np.float32)
        for size in (0, 1, 3, 4, 6):
            low, cut = max(size - n, 0) // 2, max(n - size, 0) // 2
            want = np.pad(x, (low, max(size - n, 0) - low))[cut : cut + size]
            np.testing.assert_array_equal(run("CenterCropPad", x, shape=(size,))[0], want)
            out = run("CenterCropPad", x, shapes=[("n",)], sizes={"n": n}, shape=(size,), axes=(-1,))[0]
            np.testing.assert_array_equal(out, want)
    with pytest.raises(BadAttribute):
        types("CenterCropPad", f32(3), shape=(2, 2))

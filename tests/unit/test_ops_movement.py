"""Reshapes, transpositions, joins: shapes with symbols, and values beside NumPy's."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from ops_run import f32, gives, i64, run, types

from probanda.ir import dims
from probanda.ir import operators as ops
from probanda.ir.dtypes import Reading
from probanda.ir.errors import BadAttribute, WrongDType, WrongShape
from probanda.ir.tensors import variable
from probanda.ir.types import TensorType
from probanda.theories.terms import build as b

BS = b.mul(dims.size("b"), dims.size("s"))
N_LESS_1 = b.sub(dims.size("n"), b.ONE)


@pytest.mark.parametrize(
    ("given", "shape", "out"),
    [
        (f32("b", "s", 768), (0, 0, 12, 64), f32("b", "s", 12, 64)),
        (f32("b", "s", 12, 64), (0, 0, -1), f32("b", "s", 768)),
        (f32("b", "s", 768), (-1, 768), f32(BS, 768)),
        (f32("b", 3, 4), (0, -1), f32("b", 12)),
        (f32("b", 3, 4), ("b", 2, 6), f32("b", 2, 6)),
        (f32(1, "b"), (-1,), f32("b")),
    ],
)
def test_reshape_types(given: TensorType, shape: tuple[int | str, ...], out: TensorType) -> None:
    assert gives([out], "Reshape", given, shape=tuple(dims.size(d) for d in shape))


@pytest.mark.parametrize("shape", [(-1, -1), (5,), (0, 0, 0), (-1, 7), (-4, -6)])
def test_reshape_refuses(shape: tuple[int, ...]) -> None:
    with pytest.raises(WrongShape):
        types("Reshape", f32(4, 6), shape=shape)


def test_reshape_allowzero() -> None:
    assert types("Reshape", f32(0, 3), shape=(5, 0), allowzero=1) == ["float32[5, 0]"]
    with pytest.raises(WrongShape):
        types("Reshape", f32(0, 3), shape=(-1, 0), allowzero=1)


def test_heads_are_split_without_division() -> None:
    op = ops.find("Reshape")
    given = f32("b", "s", 768)
    out = ops.denote(op, ops.call(op, [given], {"shape": (0, 0, 12, 64)}), [variable("x", given, Reading.REAL)])
    assert not any(op in repr(out[0].lam()) for op in ("idiv", "imod"))


@pytest.mark.parametrize("target", [(4, 6), (2, 2, 6), (6, 4), (24,), (3, 8), (1, 4, 6, 1), (4, 3, 1, 2)])
def test_reshape_values(target: tuple[int, ...]) -> None:
    x = np.arange(24, dtype=np.float32)
    for start in ((4, 6), (2, 12), (24,), (2, 3, 4)):
        np.testing.assert_array_equal(run("Reshape", x.reshape(start), shape=target)[0], x.reshape(target))


def test_reshape_symbolic_values() -> None:
    for n, s in product((1, 2, 3), (1, 4)):
        x = np.arange(n * s * 6, dtype=np.float32).reshape(n, s, 6)
        sizes, shapes = {"n": n, "s": s}, [("n", "s", 6)]
        np.testing.assert_array_equal(run("Reshape", x, shapes=shapes, sizes=sizes, shape=(-1, 2))[0], x.reshape(-1, 2))
        np.testing.assert_array_equal(run("Reshape", x, shapes=shapes, sizes=sizes, shape=(6, -1))[0], x.reshape(6, -1))


def test_squeeze_and_unsqueeze() -> None:
    assert types("Squeeze", f32("b", 1, 3, 1), axes=(1, -1)) == ["float32[b, 3]"]
    assert types("Squeeze", f32(1, 3, 1)) == ["float32[3]"]
    assert types("Unsqueeze", f32("b", 3), axes=(0, -1)) == ["float32[1, b, 3, 1]"]
    with pytest.raises(WrongShape):
        types("Squeeze", f32("b", 1))
    with pytest.raises(WrongShape):
        types("Squeeze", f32("b", 1), axes=(0,))
    with pytest.raises(BadAttribute):
        types("Unsqueeze", f32(2), axes=(0, 0))


def test_transpose() -> None:
    assert types("Transpose", f32("b", "s", 3)) == ["float32[3, s, b]"]
    x = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    np.testing.assert_array_equal(run("Transpose", x, perm=(1, 2, 0))[0], x.transpose(1, 2, 0))
    with pytest.raises(BadAttribute):
        types("Transpose", f32(2, 3), perm=(0, 0))


def test_expand_and_tile() -> None:
    assert types("Expand", f32(1, "s"), shape=(dims.size("b"), 1)) == ["float32[b, s]"]
    assert types("Tile", f32("b", 3), repeats=(1, 2)) == ["float32[b, 6]"]
    with pytest.raises(WrongShape):
        types("Expand", f32("s"), shape=(4,))
    with pytest.raises(WrongShape):
        types("Tile", f32(2, 3), repeats=(2,))
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.testing.assert_array_equal(run("Tile", x, repeats=(2, 3))[0], np.tile(x, (2, 3)))


def test_blocks_are_inverse() -> None:
    x = np.arange(2 * 8 * 2 * 3, dtype=np.float32).reshape(2, 8, 2, 3)
    for mode in ("DCR", "CRD"):
        wide = run("DepthToSpace", x, blocksize=2, mode=mode)[0]
        assert wide.shape == (2, 2, 4, 6)
        np.testing.assert_array_equal(run("SpaceToDepth", wide, blocksize=2, mode=mode)[0], x)
    with pytest.raises(WrongShape):
        types("DepthToSpace", f32("n", 6, "h", "w"), blocksize=2)
    with pytest.raises(BadAttribute):
        types("SpaceToDepth", f32("n", 4, 2, 2), blocksize=2, mode="RCD")


def test_concat() -> None:
    for n in (1, 3):
        x, y, z = (np.arange(k, dtype=np.float32) + 10 * k for k in (n, 3, 2 * n))
        out = run("Concat", x, y, z[:n], shapes=[("n",), (3,), ("n",)], sizes={"n": n}, axis=0)[0]
        np.testing.assert_array_equal(out, np.concatenate([x, y, z[:n]]))
    with pytest.raises(WrongShape):
        types("Concat", f32(2, "n"), f32(2, "m"), axis=0)
    with pytest.raises(WrongDType):
        types("Concat", f32(2), i64(2), axis=0)


def test_split() -> None:
    x = np.arange(14, dtype=np.float32).reshape(7, 2)
    for a, c in zip(run("Split", x, n=3, num_outputs=3), (x[:3], x[3:6], x[6:]), strict=True):
        np.testing.assert_array_equal(a, c)
    for a, c in zip(run("Split", x, n=3, split=(0, 2, 5)), (x[:0], x[:2], x[2:]), strict=True):
        np.testing.assert_array_equal(a, c)
    assert types("Split", f32("n", 4), n=2, num_outputs=2, axis=1) == ["float32[n, 2]"] * 2
    for n in (1, 2, 5):
        y = np.arange(n, dtype=np.float32)
        half = (n + 1) // 2
        low, high = run("Split", y, shapes=[("n",)], sizes={"n": n}, n=2, num_outputs=2)
        np.testing.assert_array_equal(low, y[:half])
        np.testing.assert_array_equal(high, y[half:])
    for bad in ({"split": (1, 2)}, {"num_outputs": 4}, {"split": (-1, 6)}):
        with pytest.raises(WrongShape):
            types("Split", f32(5), n=2, **bad)
    with pytest.raises(WrongShape):
        types("Split", f32("n"), n=3, num_outputs=3)


def test_sizes() -> None:
    x = np.zeros((2, 3, 4), np.float32)
    assert run("Shape", x, shapes=[("n", 3, 4)], sizes={"n": 2}, start=-3, end=-1)[0].tolist() == [2, 3]
    assert run("Shape", x, start=2, end=1)[0].tolist() == []
    assert run("Size", x, shapes=[("n", 3, 4)], sizes={"n": 2})[0] == 24


def test_ranges() -> None:
    assert run("Range", start=3, limit=9, delta=3)[0].tolist() == [3, 6]
    assert run("Range", start=10, limit=4, delta=-2)[0].tolist() == [10, 8, 6]
    assert run("Range", start=5, limit=2, delta=1)[0].tolist() == []
    assert types("Range", start=0, limit=dims.size("n"), delta=1) == ["int64[n]"]
    assert gives([i64(N_LESS_1)], "Range", start=1, limit=dims.size("n"), delta=1)
    third = np.float32(0.3)
    out = run("Range", start=1.0, limit=2.0, delta=float(third))[0]
    np.testing.assert_array_equal(out, np.float32(1) + np.arange(4, dtype=np.float32) * third)
    for limit, delta, dtype in ((3, 0, None), (float("inf"), 1, None), (3, 0.5, 7), (None, 1, None)):
        with pytest.raises(BadAttribute):
            types("Range", start=0, limit=limit, delta=delta, dtype=dtype)
    with pytest.raises(WrongShape):
        types("Range", start=0, limit=3, delta=dims.size(b.sub(dims.size("n"), b.integer(2))))


def test_constants() -> None:
    assert types("ConstantOfShape", shape=(2, dims.size("n"))) == ["float32[2, n]"]
    with pytest.raises(WrongShape):
        types("ConstantOfShape", shape=(-1,))
    np.testing.assert_array_equal(
        run("EyeLike", np.zeros((3, 4), np.float32), k=1)[0], np.eye(3, 4, 1, dtype=np.float32)
    )
    with pytest.raises(WrongShape):
        types("EyeLike", f32(2))

"""Float remainders in the machine reading: exact, however large the quotient."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from ops_run import run

from probanda.encoders.arrays.formats import encode
from probanda.encoders.arrays.machine import kernel
from probanda.ir import operators as ops
from probanda.ir.dtypes import DOUBLE, FLOAT, FLOAT16, DType, Reading
from probanda.ir.tensors import variable
from probanda.ir.types import tensor_type
from probanda.theories.terms.sorts import FLOATS

Array = NDArray[Any]


def wide(seed: int, count: int, reach: int, dtype: Any) -> Array:
    rng = np.random.default_rng(seed)
    return (rng.standard_normal(count) * 10.0 ** rng.uniform(-reach, reach, count)).astype(dtype)


def mod(x: Array, y: Array, fmod: int, of: DType, reading: Reading = Reading.IEEE) -> Array:
    types = [tensor_type(of, len(x)), tensor_type(of, len(y))]
    op = ops.find("Mod")
    use = ops.call(op, types, {"fmod": fmod}, reading, 1)
    operands = [variable(n, t, reading) for n, t in zip("xy", types, strict=True)]
    (out,) = ops.denote(op, use, operands)
    return kernel([out.lam()])({"x": x, "y": y}, {})[0]


def test_quotients_beyond_64_bits() -> None:
    x, y = np.array([1e30, -1e30, 1e38, 7.5], np.float32), np.array([2, 3, 1e-38, -2], np.float32)
    (cut,) = run("Mod", x, y, fmod=1)
    np.testing.assert_array_equal(cut, np.fmod(x, y))
    (down,) = run("Mod", x, y, fmod=0)
    np.testing.assert_array_equal(down[[0, 3]], np.array([0.0, -0.5], np.float32))


@pytest.mark.parametrize(("of", "reach"), [(FLOAT16, 4), (FLOAT, 37), (DOUBLE, 300)])
def test_rounded_once(of: DType, reach: int) -> None:
    dtype: Any = {FLOAT16: np.float16, FLOAT: np.float32, DOUBLE: np.float64}[of]
    x, y = wide(1, 500, reach, dtype), wide(2, 500, reach, dtype)
    y[y == 0] = 1
    keep = np.isfinite(x) & np.isfinite(y)
    x, y = x[keep], y[keep]
    np.testing.assert_array_equal(mod(x, y, 1, of), np.fmod(x, y))
    for p, q, value in zip(x.tolist(), y.tolist(), mod(x, y, 0, of), strict=True):
        exact = Fraction(p) - (Fraction(p) // Fraction(q)) * Fraction(q)
        if exact:
            pattern = encode(exact.numerator, exact.denominator, FLOATS[of.name])
            assert pattern == int(np.asarray(value).view(f"u{value.dtype.itemsize}")), (p, q)
        else:
            assert value == 0 and np.signbit(value) == (q < 0)


@pytest.mark.parametrize("reading", [Reading.REAL, Reading.EREAL])
def test_over_the_reals(reading: Reading) -> None:
    x, y = np.array([1e30, 7.5, -7.5]), np.array([3.0, 2.0, 2.0])
    exact = [
        Fraction(p) - (Fraction(p) // Fraction(q)) * Fraction(q) for p, q in zip(x.tolist(), y.tolist(), strict=True)
    ]
    assert mod(x, y, 0, DOUBLE, reading).tolist() == [float(v) for v in exact]
    assert mod(x, y, 1, DOUBLE, reading).tolist() == np.fmod(x, y).tolist()

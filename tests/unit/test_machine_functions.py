"""The elementary functions in the machine reading: every one, in every format."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from numpy.typing import NDArray

from probanda.encoders.arrays.machine import kernel
from probanda.theories.terms import build as b
from probanda.theories.terms.binders import var
from probanda.theories.terms.sorts import BFLOAT16, EREAL, FLOAT16, FLOAT32, FLOAT64, INT, REAL, Sort, fn

POINTS = {"acosh": (1.0, 1.5, 20.0), "log": (0.125, 1.0, 20.0)}
DTYPES: dict[Sort, Any] = {FLOAT16: np.float16, BFLOAT16: ml_dtypes.bfloat16, FLOAT32: np.float32, FLOAT64: np.float64}
UNITS = {FLOAT16: 2.0**-10, BFLOAT16: 2.0**-7, FLOAT32: 2.0**-21, FLOAT64: 2.0**-49, REAL: 2.0**-49}


@pytest.mark.parametrize("sort", [*DTYPES, REAL], ids=lambda s: s.text)
@pytest.mark.parametrize("name", sorted(b.FUNCTIONS))
def test_values(name: str, sort: Sort) -> None:
    x = var("x", fn(INT, sort))
    points: NDArray[Any] = np.array(POINTS.get(name, (-0.75, 0.0, 0.125, 0.5)), DTYPES.get(sort, np.float64))
    element = b.lam(b.below(b.integer(len(points))), lambda i: b.apply(name, b.at(x, i)))
    in_place = b.lam(b.below(b.integer(len(points))), lambda i: b.apply(name, b.neg(b.neg(b.at(x, i)))))
    plain: Callable[[float], float] = getattr(math, name)
    expected = [plain(float(p)) for p in points]
    for out in kernel([element, in_place])({"x": points}, {}):
        assert out.dtype == points.dtype
        assert out.astype(np.float64).tolist() == pytest.approx(expected, rel=UNITS[sort], abs=UNITS[sort])


def test_outside_their_domains_floats_are_nan() -> None:
    x = var("x", FLOAT32)
    for name, point in {"asin": 1.5, "acos": -1.5, "acosh": 0.5, "atanh": 1.5, "tan": math.inf}.items():
        assert np.isnan(kernel([b.apply(name, x)])({"x": np.array(point, np.float32)}, {})[0])


def test_extended_reals_have_exp_and_log() -> None:
    top = b.lam(b.below(b.integer(2)), lambda i: b.apply("exp", b.ite(b.eq(i, b.ZERO), b.ereal("-inf"), b.ereal(1))))
    assert kernel([top])({}, {})[0].tolist() == [0.0, math.e]
    assert kernel([b.apply("log", var("x", EREAL))])({"x": np.array(0.0)}, {})[0] == -math.inf

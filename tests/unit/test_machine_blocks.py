"""Elementwise chains in blocks, and choices on bit patterns: the same bits as all at once and as NumPy's."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from ops_run import run as run_operator
from terms_random import Generator

from probanda.encoders.arrays.machine import Undefined, blocks, kernel
from probanda.encoders.arrays.machine.patterns import extreme, select
from probanda.theories.errors import Unsupported
from probanda.theories.terms import build as b
from probanda.theories.terms.binders import var
from probanda.theories.terms.sorts import BFLOAT16, BOOL, FLOAT16, FLOAT32, FLOAT64, INT, REAL, bits, fn_sort
from probanda.theories.terms.term import Term

Array = NDArray[Any]
SORTS = (INT, REAL, bits(3), bits(32), bits(65), FLOAT32, FLOAT64, FLOAT16, BFLOAT16)
X, Y = var("x", fn_sort([INT, INT], FLOAT32)), var("y", fn_sort([INT], FLOAT32))


def both(term: Term, arrays: dict[str, Array]) -> tuple[Array, Array]:
    """The term all at once and in blocks of a few elements."""
    plain = kernel([term])(arrays, {})[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "LARGE", 2)
        patch.setattr(blocks, "BLOCK", 3)
        return plain, kernel([term])(arrays, {})[0]


def same_bits(p: Array, q: Array) -> bool:
    """Equal in type, shape and bits; all NaNs are one."""
    if p.dtype.hasobject:
        return p.tolist() == q.tolist()
    p, q = (
        np.where(np.isnan(v), np.full((), np.nan).astype(v.dtype), v) if v.dtype.kind in "fV" else v for v in (p, q)
    )
    return p.dtype == q.dtype and p.shape == q.shape and p.tobytes() == q.tobytes()


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.integers(0, 1 << 32))
def test_random_terms(seed: int) -> None:
    g = Generator(seed, SORTS)
    i, j = var("i", INT), var("j", INT)
    x, y = b.at(X, i, j), b.at(Y, j)
    g.scope += [x, y, b.at(X, i, b.ZERO)]
    body = g.under(i, True, lambda: g.under(j, True, lambda: g.term(g.random.choice((BOOL, *SORTS)), 4)))
    t = b.lam_over(b.below(b.integer(5)), i, b.lam_over(b.below(b.integer(7)), j, body))
    arrays: dict[str, Array] = {"x": np.linspace(-2, 2, 35, dtype=np.float32).reshape(5, 7)}
    arrays["y"] = np.array([0, -0.0, np.nan, np.inf, 1, -1, 0.5], np.float32)
    try:
        plain, cut = both(t, arrays)
    except (Unsupported, Undefined):
        return
    assert same_bits(plain, cut)


@pytest.mark.parametrize("name", ["Relu", "Sigmoid", "Gelu", "Tanh", "Softmax", "Selu", "HardSwish", "Mish"])
def test_operators(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(0).standard_normal((3, 4, 50)).astype(np.float32)
    x[0, 0, :4] = [np.nan, np.inf, -np.inf, -0.0]
    plain = run_operator(name, x)[0]
    monkeypatch.setattr(blocks, "LARGE", 2)
    for block in (1, 7, 100, 400):
        monkeypatch.setattr(blocks, "BLOCK", block)
        np.testing.assert_array_equal(run_operator(name, x)[0], plain)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, ml_dtypes.bfloat16, np.int8, np.int64, object])
def test_select(dtype: Any) -> None:
    rng = np.random.default_rng(0)
    p, q = (rng.integers(-9, 9, (40, 50)).astype(dtype) for _ in range(2))
    for condition in (rng.random((40, 50)) < 0.5, rng.random((1, 50)) < 0.5):
        for a in (p, p[:1], p[:, :1], p[0, 0:1].reshape(())):
            for other in (q, q[::-1, ::-1], q[:1]):
                assert same_bits(select(condition, a, other), np.where(condition, a, other))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extremes_with_literals(dtype: Any) -> None:
    x = np.resize(np.array([0.0, -0.0, np.nan, -np.nan, np.inf, -np.inf, 3, -3]), (50, 3, 200)).astype(dtype)
    for data in (x, x[:, 0], x[0, 0], x[::2, :, ::2], x[0, 0, 1]):
        relu = extreme(np.maximum, add_zero=True)(data, np.zeros((), dtype))
        assert not np.signbit(relu[relu == 0]).any()
        np.testing.assert_array_equal(relu, np.maximum(data, 0))
        np.testing.assert_array_equal(
            extreme(np.minimum, add_zero=False)(np.ones((), dtype), data), np.minimum(data, 1)
        )

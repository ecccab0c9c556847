"""The machine reading against the exact evaluator, and where terms are undefined."""

from __future__ import annotations

import math
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from terms_random import Generator

from probanda.encoders.arrays import Env, decide, evaluate, tabulate
from probanda.encoders.arrays.machine import Undefined, kernel
from probanda.encoders.arrays.machine.erf import erf
from probanda.theories.definedness import defined
from probanda.theories.errors import Unsupported
from probanda.theories.terms import build as b
from probanda.theories.terms.binders import var
from probanda.theories.terms.sorts import (
    BFLOAT16,
    BOOL,
    EREAL,
    FLOAT16,
    FLOAT32,
    FLOAT64,
    INT,
    REAL,
    BitsSort,
    FloatSort,
    Sort,
    bits,
    fn,
    fn_sort,
)
from probanda.theories.terms.term import Term

Array = NDArray[Any]
SORTS: tuple[Sort, ...] = (
    INT,
    *[bits(w) for w in (1, 3, 8, 16, 17, 32, 63, 64, 65, 100)],
    FLOAT32,
    FLOAT64,
    FLOAT16,
    BFLOAT16,
)
A = var("a", fn_sort([INT, INT], FLOAT32))
V = var("v", fn(INT, FLOAT32))


def run(term: Term, arrays: dict[str, Array] | None = None, **sizes: int) -> Array:
    (out,) = kernel([term])(arrays or {}, sizes)
    return out


def comparable(data: Array, sort: Sort) -> list[Any]:
    """Elements as Python values, floats with the sign of zero, bits unsigned."""
    flat = [x for x in np.asarray(data).reshape(-1).tolist()]
    if isinstance(sort, FloatSort):
        values = [float(x) for x in flat]
        return ["nan" if math.isnan(x) else (x, math.copysign(1.0, x)) for x in values]
    full = (1 << sort.width) - 1 if isinstance(sort, BitsSort) else -1
    return [int(x) & full for x in flat]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 1 << 32))
def test_random_terms(seed: int) -> None:
    g = Generator(seed, SORTS)
    sort = g.random.choice((BOOL, *SORTS))
    i, j = var("i", INT), var("j", INT)
    n, m = g.random.choice([1, 2, 3, 5]), g.random.choice([1, 2, 4])
    depth = g.random.choice([2, 3, 4, 5])
    body = g.under(i, True, lambda: g.under(j, True, lambda: g.term(sort, depth)))
    t = b.lam_over(b.below(b.integer(n)), i, b.lam_over(b.below(b.integer(m)), j, body))
    try:
        (value,) = evaluate([t], Env())
        expected = tabulate(value)[0]
        meaningful = decide(defined(t, {}), Env())
    except Unsupported:
        return
    try:
        out = run(t)
    except Unsupported:
        return
    except Undefined:
        assert not meaningful
        return
    if meaningful:
        assert out.shape == (n, m)
        assert comparable(out, sort) == comparable(expected, sort)


def test_deep_terms() -> None:
    t: Term = b.at(V, b.ZERO)
    for k in range(50_000):
        t = b.add(t, b.at(V, b.integer(k % 3)))
    assert run(t, {"v": np.ones(3, np.float32)}) == 50_001
    c: Term = b.TRUE
    for k in range(20_000):
        atom = b.lt(b.at(V, b.integer(k % 3)), b.float_bits(k, FLOAT32))
        c = b.conj(atom, c) if k % 2 else b.disj(atom, c)
    assert run(c, {"v": np.ones(3, np.float32)}).shape == ()


# -- definedness -----------------------------------------------------------------------------------------------------


def shifted(guarded: bool) -> Term:
    """``v[i - 1]`` for i < 5, perhaps under a guard."""

    def body(i: Term) -> Term:
        k = b.sub(i, b.ONE)
        read = b.at(V, k)
        return b.ite(b.le(b.ZERO, k), read, b.float_bits(0, FLOAT32)) if guarded else read

    return b.lam(b.below(b.integer(5)), body)


def test_reads_out_of_range() -> None:
    v = np.arange(1, 5, dtype=np.float32)
    assert run(shifted(True), {"v": v}).tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(Undefined, match=r"at \[0\]: a read of v is out of range"):
        run(shifted(False), {"v": v})
    with pytest.raises(Undefined, match="at .4."):
        run(shifted(True), {"v": v[:3]})


def test_reads_at_data() -> None:
    ids = var("ids", fn(INT, bits(64)))
    t = b.lam(b.below(b.integer(3)), lambda i: b.at(V, b.cast(b.at(ids, i), INT)))
    v = np.arange(4, dtype=np.float32)
    assert run(t, {"v": v, "ids": np.array([3, 0, 3])}).tolist() == [3, 0, 3]
    for bad in (4, -1):
        with pytest.raises(Undefined, match=r"at \[1\]"):
            run(t, {"v": v, "ids": np.array([3, bad, 3])})
    filtered = b.big("sum", b.below(b.integer(3)), lambda i: b.at(t, i), lambda i: b.lt(b.ZERO, i))
    assert run(filtered, {"v": v, "ids": np.array([9, 1, 3])}) == 4
    with pytest.raises(Undefined):
        run(filtered, {"v": v, "ids": np.array([0, 1, 9])})


def test_reads_of_nothing() -> None:
    empty = np.zeros(0, np.float32)
    with pytest.raises(Undefined):
        run(b.at(V, b.ZERO), {"v": empty})
    n = var("n", INT)
    guarded = b.ite(b.lt(b.ZERO, n), b.at(V, b.ZERO), b.float_bits(0, FLOAT32))
    assert run(guarded, {"v": empty}, n=0) == 0
    t = b.lam(b.below(n), lambda i: b.lam(b.below(b.integer(2)), lambda j: b.at(A, i, j)))
    assert run(t, {"a": np.zeros((0, 2), np.float32)}, n=0).shape == (0, 2)


def test_requirements() -> None:
    positive = b.lt(b.float_bits(0, FLOAT32), b.at(V, b.ZERO))
    t = b.lam(b.below(b.integer(2)), lambda i: b.require(positive, b.at(V, i)))
    whole = b.require(positive, b.lam(b.below(b.integer(2)), lambda i: b.at(V, i)))
    for term in (t, whole):
        assert run(term, {"v": np.array([1, 2], np.float32)}).tolist() == [1, 2]
        with pytest.raises(Undefined, match="a required condition is false"):
            run(term, {"v": np.array([-1, 2], np.float32)})


def test_what_is_given() -> None:
    k = kernel([b.at(V, b.ZERO)])
    with pytest.raises(ValueError, match="no array or size is given for v"):
        k({}, {})
    with pytest.raises(ValueError, match="float64 where float32 needs float32"):
        k({"v": np.zeros(3)}, {})
    with pytest.raises(ValueError, match="v has 2 dimensions where its sort needs 1"):
        k({"v": np.zeros((3, 1), np.float32)}, {})


# -- elements --------------------------------------------------------------------------------------------------------

CORNERS = np.array([0.0, -0.0, 1.5, -2.5, np.inf, -np.inf, np.nan, 1e-3, 3e4])


@pytest.mark.parametrize("sort", [FLOAT16, BFLOAT16, FLOAT32, FLOAT64])
@pytest.mark.parametrize("op", ["bigmax", "bigmin"])
def test_extremes_of_floats(sort: FloatSort, op: str) -> None:
    dtype = {FLOAT16: np.float16, BFLOAT16: ml_dtypes.bfloat16, FLOAT32: np.float32, FLOAT64: np.float64}[sort]
    x = var("x", fn_sort([INT, INT], sort))
    pairs = np.array([[p, q] for p in CORNERS for q in CORNERS]).astype(dtype)
    n = b.integer(len(pairs))
    t = b.lam(b.below(n), lambda i: b.big(op, b.below(b.integer(2)), lambda k: b.at(x, i, k)))
    binary = b.maximum if op == "bigmax" else b.minimum
    u = b.lam(b.below(n), lambda i: binary(b.at(x, i, b.ZERO), b.at(x, i, b.ONE)))
    first, second = kernel([t, u])({"x": pairs}, {})
    assert first.dtype == second.dtype == dtype
    assert comparable(first, sort) == comparable(second, sort)
    pick = max if op == "bigmax" else min
    key = [
        "nan" if math.isnan(p) or math.isnan(q) else pick((p, math.copysign(1.0, p)), (q, math.copysign(1.0, q)))
        for p, q in pairs.astype(np.float64).tolist()
    ]
    assert comparable(first, sort) == key


def test_half_precision_sums_round_once() -> None:
    for sort, dtype in ((FLOAT16, np.float16), (BFLOAT16, ml_dtypes.bfloat16)):
        x = var("x", fn(INT, sort))
        data = (np.arange(200) % 7 + 0.125).astype(dtype)
        total = run(b.big("sum", b.below(b.integer(200)), lambda k, x=x: b.at(x, k)), {"x": data})
        assert total == data.astype(np.float32).sum().astype(dtype)
        square = run(b.big("sum", b.below(b.integer(200)), lambda k, x=x: b.mul(b.at(x, k), b.at(x, k))), {"x": data})
        assert abs(float(square) / float((data.astype(np.float64) ** 2).sum()) - 1) < 2.0**-7


def test_unsigned_data() -> None:
    x = var("x", fn(INT, bits(8)))
    data = np.array([200, 3], np.uint8)
    wide = b.lam(b.below(b.integer(2)), lambda i: b.zero_extend(b.at(x, i), bits(32)))
    assert run(wide, {"x": data}).tolist() == [200, 3]
    order = b.unsigned("ult", b.at(x, b.ONE), b.at(x, b.ZERO))
    assert run(order, {"x": data}) and not run(b.lt(b.at(x, b.ONE), b.at(x, b.ZERO)), {"x": data})


def test_extended_reals() -> None:
    n = var("n", INT)
    x = var("x", fn(INT, REAL))
    top = b.big("bigmax", b.below(n), lambda k: b.cast(b.at(x, k), EREAL))
    assert run(top, {"x": np.zeros(0)}, n=0) == -math.inf
    assert run(top, {"x": np.array([1.0, 2.0])}, n=2) == 2.0


def test_erf() -> None:
    rng = np.random.default_rng(0)
    x = np.concatenate([np.linspace(-6, 6, 8001), 10.0 ** rng.uniform(-38, 0, 500), [0.85, np.inf, -np.inf, 0.0]])
    for dtype, ulps in ((np.float32, 2), (np.float64, 3)):
        given_ = x.astype(dtype)
        expected = np.array([math.erf(v) for v in given_.tolist()])
        unit = np.spacing(np.abs(expected).astype(dtype)).astype(np.float64)
        assert np.max(np.abs(erf(given_).astype(np.float64) - expected) / unit) <= ulps
        assert np.isnan(erf(np.array([np.nan], dtype)))[0] and np.signbit(erf(np.array([-0.0], dtype)))[0]

"""Integers beyond 64 bits and machine integers of any width in the machine reading."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from numpy.typing import NDArray

from probanda.encoders.arrays import Env, evaluate, tabulate
from probanda.encoders.arrays.machine import Undefined, kernel
from probanda.ir import dtypes as dt
from probanda.ir.dtypes import DType, Reading
from probanda.ir.tensors import Tensor, unary, variable
from probanda.ir.types import tensor_type
from probanda.theories.terms import build as b
from probanda.theories.terms.binders import var
from probanda.theories.terms.sorts import FLOAT16, FLOAT32, FLOAT64, INT, REAL, FloatSort, bits, fn
from probanda.theories.terms.term import Term

Array = NDArray[Any]
c = b.integer
X = var("x", fn(INT, INT))
R = var("r", fn(INT, REAL))
BIG = [-(1 << 63), -(1 << 62) - 1, -3, 0, 1, 5, 1 << 62, (1 << 63) - 1]


def run(term: Term, **arrays: Any) -> Array:
    return kernel([term])({k: np.asarray(v) for k, v in arrays.items()}, {})[0]


def each(n: int, body: Callable[[Term], Term]) -> Term:
    return b.lam(b.below(c(n)), body)


# -- mathematical integers -------------------------------------------------------------------------------------------


def test_arithmetic_beyond_64_bits() -> None:
    n = len(BIG)
    operations: dict[str, tuple[Callable[[Term], Term], Callable[[int], int]]] = {
        "add": (lambda x: b.add(x, x), lambda v: v + v),
        "sub": (lambda x: b.sub(c(1), x), lambda v: 1 - v),
        "square": (lambda x: b.mul(x, x), lambda v: v * v),
        "cube": (lambda x: b.power(x, 3), lambda v: v**3),
        "scaled": (lambda x: b.mul(x, c(1 << 70)), lambda v: v << 70),
        "offset": (lambda x: b.add(x, c(1 << 64)), lambda v: v + (1 << 64)),
        "negative": (b.neg, lambda v: -v),
        "absolute": (b.absolute, abs),
        "quotient": (lambda x: b.idiv(x, c(-1)), lambda v: v // -1),
        "modulus": (lambda x: b.imod(b.mul(x, x), c(7)), lambda v: v * v % 7),
        "larger": (lambda x: b.maximum(b.mul(x, x), c(1 << 80)), lambda v: max(v * v, 1 << 80)),
        "chosen": (lambda x: b.ite(b.lt(x, c(0)), b.mul(x, x), x), lambda v: v * v if v < 0 else v),
        "compared": (lambda x: b.lt(b.mul(x, x), c(1 << 64)), lambda v: v * v < 1 << 64),
        "equal": (lambda x: b.eq(b.add(x, x), b.mul(x, c(2))), lambda v: True),
        "long bound": (lambda x: b.le(x, c(1 << 63)), lambda v: True),
    }
    for name, (build, plain) in operations.items():
        out = run(each(n, lambda i, build=build: build(b.at(X, i))), x=BIG)
        assert [int(v) for v in out.tolist()] == [int(plain(v)) for v in BIG], name


def test_division_of_a_long_literal() -> None:
    n = var("n", INT)
    for op, want in ((b.idiv, [-(1 << 64) // 3, 0]), (b.imod, [2, 0])):
        assert [int(run(op(b.neg(c(1 << 64)), n), n=k)) for k in (3, 0)] == want


def test_what_fits_is_int64() -> None:
    assert run(each(3, lambda i: b.mul(b.at(X, i), b.at(X, i))), x=[3, 4, 5]).dtype == np.int64
    there_and_back = each(3, lambda i: b.sub(b.mul(b.at(X, i), c(1 << 70)), b.mul(b.at(X, i), c((1 << 70) - 1))))
    assert run(there_and_back, x=[3, 4, 5]).dtype == np.int64
    assert run(each(2, lambda i: b.at(X, i)), x=np.array([1, (1 << 64) - 1], np.uint64)).tolist() == [1, (1 << 64) - 1]


def test_ranges_of_long_integers() -> None:
    n = len(BIG)
    y = var("y", fn(INT, INT))
    total = b.big("sum", b.below(c(n)), lambda i: b.mul(b.at(X, i), b.at(y, i)))
    assert int(run(total, x=BIG, y=BIG)) == sum(v * v for v in BIG)
    some = b.big("sum", b.below(c(n)), lambda i: b.at(X, i), lambda i: b.lt(c(0), b.at(X, i)))
    assert int(run(some, x=BIG)) == sum(v for v in BIG if v > 0)
    outer = each(2, lambda i: b.big("sum", b.below(c(2)), lambda j: b.mul(b.at(X, i), b.at(y, j))))
    assert run(outer, x=[1 << 62, 3], y=[1 << 62, 1]).tolist() == [v * ((1 << 62) + 1) for v in (1 << 62, 3)]
    product = b.big("prod", b.below(c(4)), lambda i: b.at(X, i))
    assert int(run(product, x=[1 << 40, -3, 1 << 40, 7])) == -21 << 80
    for op, pick in (("bigmax", max), ("bigmin", min)):
        square = b.big(op, b.below(c(n)), lambda i: b.mul(b.at(X, i), b.at(X, i)), lambda i: b.lt(c(0), b.at(X, i)))
        assert int(run(square, x=BIG)) == pick(v * v for v in BIG if v > 0)


def test_floors_of_large_reals() -> None:
    points = [1e30, -1e30, 2.0**63, -(2.0**63), 1.5, -1.5]
    floors = each(6, lambda i: b.floor(b.at(R, i)))
    assert [int(v) for v in run(floors, r=points)] == [math.floor(p) for p in points]
    assert run(each(6, lambda i: b.le(b.floor(b.at(R, i)), c(1 << 63))), r=points).tolist() == [
        p <= 2.0**63 for p in points
    ]
    x = variable("x", tensor_type(dt.FLOAT, 1), Reading.REAL)
    whole = unary(lambda a: a.cast(dt.INT64), x).lam()
    assert run(whole, x=np.array([-7.5])).tolist() == [-7]
    with pytest.raises(Undefined):
        run(whole, x=np.array([1e30]))


def test_long_integers_as_floats() -> None:
    values = [(1 << 80) + 1, (1 << 25) + 1, (1 << 200)]
    for sort in (FLOAT16, FLOAT32, FLOAT64):
        t = each(3, lambda i, sort=sort: b.cast(b.at(X, i), sort))
        (exact,) = evaluate([t], Env(values={"x": np.array(values, object)}))
        assert run(t, x=np.array(values, object)).tolist() == tabulate(exact)[0].tolist()
    assert run(each(3, lambda i: b.cast(b.at(X, i), bits(16))), x=np.array(values, object)).tolist() == [1, 1, 0]
    ids = each(1, lambda i: b.at(X, b.imod(b.mul(b.at(X, i), b.at(X, i)), c(3))))
    assert run(ids, x=[1 << 40, 7, 9]).tolist() == [7]


# -- reals -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["floor", "ceil", "trunc", "even"])
def test_reals_rounded_to_integers(mode: str) -> None:
    points = [0.5, 1.5, -0.5, -2.5, 2.0**52 + 1, 2.0**53 + 2, -(2.0**52) - 1, 1e300, -7.25]
    x = variable("r", tensor_type(dt.DOUBLE, len(points)), Reading.REAL)
    plain = {"floor": math.floor, "ceil": math.ceil, "trunc": math.trunc, "even": round}[mode]
    out = run(unary(lambda a: a.integral(mode), x).lam(), r=points)
    assert out.tolist() == [float(plain(p)) for p in points] and not np.signbit(out[out == 0]).any()


# -- machine integers ------------------------------------------------------------------------------------------------


def element_cast(of: DType, to: DType, data: Array) -> Array:
    x = variable("x", tensor_type(of, len(data)), Reading.IEEE)
    cast: Tensor = unary(lambda a: a.cast(to), x)
    return run(cast.lam(), x=data)


def test_unsigned_64_bits_to_floats() -> None:
    data = np.array([0, 1, (1 << 63) - 1, 1 << 63, (1 << 64) - 1, (1 << 64) - (1 << 39) - 1, (1 << 60) + 1], np.uint64)
    for to, plain in ((dt.FLOAT, np.float32), (dt.DOUBLE, np.float64)):
        assert element_cast(dt.UINT64, to, data).tolist() == data.astype(plain).tolist()
    assert element_cast(dt.UINT64, dt.FLOAT16, data).tolist() == [0.0, 1.0, *[math.inf] * 5]
    tie = np.array([(1 << 60) + (1 << 52) + 1], np.uint64)  # rounded to float64 first it would be a tie
    out = element_cast(dt.UINT64, dt.BFLOAT16, tie)
    assert out.dtype == ml_dtypes.bfloat16 and float(out[0]) == 2.0**60 + 2.0**53


def test_floats_to_unsigned_64_bits() -> None:
    data = np.array([0.0, 1.9, 2.0**63, 2.0**64 - 2048, -0.5])
    assert element_cast(dt.DOUBLE, dt.UINT64, data).view(np.uint64).tolist() == [0, 1, 1 << 63, (1 << 64) - 2048, 0]
    with pytest.raises(Undefined):
        element_cast(dt.DOUBLE, dt.UINT64, np.array([-1.0]))


def test_unsigned_64_bits_as_indices() -> None:
    x = variable("x", tensor_type(dt.FLOAT, 3), Reading.IEEE)
    ids = variable("k", tensor_type(dt.UINT64, 2), Reading.IEEE)
    read = Tensor(x.dtype, ids.shape, lambda i: x[ids[i].index()], Reading.IEEE).lam()
    data = np.arange(3, dtype=np.float32)
    assert run(read, x=data, k=np.array([2, 1], np.uint64)).tolist() == [2, 1]
    with pytest.raises(Undefined, match=r"at \[1\]"):
        run(read, x=data, k=np.array([2, (1 << 64) - 1], np.uint64))


@pytest.mark.parametrize("width", [1, 3, 7, 12, 33, 63, 65, 128])
def test_odd_widths(width: int) -> None:
    sort = bits(width)
    x, y = var("p", fn(INT, sort)), var("q", fn(INT, sort))
    rng = np.random.default_rng(width)
    values = [int.from_bytes(rng.bytes(16), "big") % (1 << width) for _ in range(20)] + [0, 1, 1 << (width - 1)]
    others = [v or 1 for v in reversed(values)]
    n = len(values)
    signed = [[v - (v >> (width - 1) << width) for v in column] for column in (values, others)]
    p, q = (np.array(v, np.int64 if width <= 64 else object) for v in signed)
    amounts = b.lam(b.below(c(n)), lambda i: b.bit_op("urem", b.at(y, i), b.bit_vector(max(width - 1, 1), sort)))
    env = Env(values={"p": np.array(values, object), "q": np.array(others, object)})

    def pair(op: Callable[[Term, Term], Term]) -> Term:
        return each(n, lambda i: op(b.at(x, i), b.at(y, i)))

    names = ("band", "bor", "bxor", "udiv", "urem")
    terms = [pair(op) for op in (b.add, b.sub, b.mul, b.minimum, b.maximum, b.div, b.rem, b.lt, b.le, b.eq)]
    terms += [pair(lambda u, v, name=name: b.bit_op(name, u, v)) for name in names]
    terms += [pair(lambda u, v, name=name: b.unsigned(name, u, v)) for name in ("ult", "ule")]
    terms += [pair(lambda u, v, f=f: f(u)) for f in (b.neg, b.absolute, b.bit_not)]
    terms += [pair(lambda u, v, w=w: b.zero_extend(u, bits(w))) for w in (width, width + 1, 150)]
    terms += [pair(lambda u, v, w=w: b.cast(u, bits(w))) for w in (1, 8, width + 1, 150)]
    terms += [pair(lambda u, v, to=to: b.cast(u, to)) for to in (INT, FLOAT32, FLOAT64)]
    terms += [each(n, lambda i, s=s: b.bit_op(s, b.at(x, i), b.at(amounts, i))) for s in ("shl", "lshr", "ashr")]
    terms += [b.big(op, b.below(c(n)), lambda i: b.at(x, i)) for op in ("sum", "prod", "bigmax", "bigmin")]
    terms.append(b.big("sum", b.below(c(n)), lambda i: b.neg(b.mul(b.at(x, i), b.at(y, i)))))
    for t, out in zip(terms, kernel(terms)({"p": p, "q": q}, {}), strict=True):
        (exact,) = evaluate([t], env)
        want = np.asarray(tabulate(exact)[0])
        element = t.body.sort if t.op == "lam" else t.sort
        if isinstance(element, FloatSort) or element is INT:
            assert out.tolist() == want.tolist()
        else:
            full = (1 << getattr(element, "width", 1)) - 1
            assert [int(v) & full for v in out.reshape(-1)] == [int(v) for v in want.reshape(-1)], t


def test_literals_of_reals_are_rounded_once() -> None:
    assert run(b.cast(b.rational(Fraction(1, 3)), FLOAT32)) == np.float32(1 / 3)

"""Floats of the NumPy reading, bit for bit, against MPFR (gmpy2), an implementation that shares nothing with it."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import gmpy2 as untyped  # no stubs
import numpy as np
import pytest

from probanda.encoders.arrays import Env, evaluate
from probanda.encoders.arrays.corners import corners
from probanda.encoders.arrays.formats import decode, encode, from_patterns, infinity, nan, narrow, patterns
from probanda.encoders.arrays.values import BATCH, Arr
from probanda.theories.errors import Unsupported
from probanda.theories.terms import build as b
from probanda.theories.terms import sorts as s
from probanda.theories.terms.binders import var
from probanda.theories.terms.sorts import FloatSort

gmpy2: Any = untyped
FORMATS = list(s.FLOATS.values())
COUNT = 2000


def context(fmt: FloatSort) -> Any:
    emax = 1 << (fmt.exponent - 1)
    return gmpy2.context(
        precision=fmt.significand,
        emax=emax,
        emin=4 - emax - fmt.significand,
        subnormalize=True,
        round=gmpy2.RoundToNearest,
    )


def mpfr(bits: int, fmt: FloatSort) -> Any:
    exact = decode(bits, fmt)
    negative = bits >> (fmt.width - 1)
    if exact is None:
        return gmpy2.nan() if bits == nan(fmt) else gmpy2.inf(-1 if negative else 1)
    if exact[0] == 0:
        return gmpy2.zero(-1 if negative else 1)
    with context(fmt):
        return gmpy2.mpfr(gmpy2.mpq(*exact))


def pattern(x: Any, fmt: FloatSort) -> int:
    if gmpy2.is_nan(x):
        return nan(fmt)
    sign = 1 << (fmt.width - 1) if gmpy2.is_signed(x) else 0
    if gmpy2.is_infinite(x):
        return sign | infinity(fmt)
    if x == 0:
        return sign
    mantissa, exponent = x.as_mantissa_exp()
    m, e = abs(int(mantissa)), int(exponent)
    # The number is m * 2**e exactly; put it into the format's fields.
    bias, p = (1 << (fmt.exponent - 1)) - 1, fmt.significand
    unit = max(m.bit_length() + e - 1, 1 - bias) - (p - 1)
    m = m << (e - unit) if e >= unit else m >> (unit - e)
    field = 0 if m < 1 << (p - 1) else unit + p - 1 + bias
    return sign | (field << (p - 1) | m & ((1 << (p - 1)) - 1))


def operands(fmt: FloatSort, arity: int) -> list[np.ndarray[Any, Any]]:
    rng = np.random.default_rng(7)
    out: list[np.ndarray[Any, Any]] = []
    for k in range(arity):
        bits = rng.integers(0, 1 << fmt.width, COUNT, np.uint64, endpoint=False)
        special = np.asarray(corners(fmt), np.uint64)
        grid = np.resize(np.repeat(special, len(special) ** k), COUNT // 2)
        bits[: COUNT // 2] = grid
        # Near one another in magnitude, so that sums cancel and products meet ties.
        near = rng.integers(0, 1 << (fmt.significand + 2), COUNT // 4, np.uint64)
        bits[COUNT // 2 : COUNT // 2 + COUNT // 4] = np.uint64(encode(1, 1, fmt)) ^ near
        out.append(patterns(from_patterns(bits, fmt), fmt))
    return out


OPERATIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "add": (2, b.add),
    "sub": (2, b.sub),
    "mul": (2, b.mul),
    "div": (2, b.div),
    "sqrt": (1, b.sqrt),
    "fma": (3, b.fma),
}


@pytest.mark.parametrize("fmt", FORMATS, ids=lambda f: f.text)
@pytest.mark.parametrize("op", OPERATIONS)
def test_against_mpfr(op: str, fmt: FloatSort) -> None:
    arity, constructor = OPERATIONS[op]
    names = [var(n, fmt) for n in "xyz"[:arity]]
    given = operands(fmt, arity)
    values = {t.name: from_patterns(bits, fmt) for t, bits in zip(names, given, strict=True)}
    (out,) = evaluate([constructor(*names)], Env(values=values, batch=COUNT))
    assert isinstance(out, Arr) and out.axes == (BATCH,)
    got = patterns(out.data, fmt)
    reference = getattr(context(fmt), op)
    for k in range(COUNT):
        bits = [int(g[k]) for g in given]
        want = pattern(reference(*[mpfr(x, fmt) for x in bits]), fmt)
        assert int(got[k]) == want, (op, fmt, [hex(x) for x in bits], hex(int(got[k])), hex(want))


@pytest.mark.parametrize("source", FORMATS, ids=lambda f: f.text)
@pytest.mark.parametrize("target", FORMATS, ids=lambda f: f.text)
def test_casts_round_once(source: FloatSort, target: FloatSort) -> None:
    x = var("x", source)
    (given,) = operands(source, 1)
    out = evaluate([b.cast(x, target)], Env(values={"x": from_patterns(given, source)}, batch=COUNT))[0]
    assert isinstance(out, Arr)
    got = patterns(np.broadcast_to(out.data, (COUNT,)), target)
    for k in range(COUNT):
        exact = decode(int(given[k]), source)
        if exact is None:
            continue
        sign = (int(given[k]) >> (source.width - 1)) << (target.width - 1)
        want = sign | encode(abs(exact[0]), exact[1], target)
        assert int(got[k]) == want


@pytest.mark.parametrize("fmt", FORMATS, ids=lambda f: f.text)
def test_patterns_survive_decoding(fmt: FloatSort) -> None:
    rng = np.random.default_rng(3)
    for bits in [*corners(fmt), *rng.integers(0, 1 << fmt.width, 2000, np.uint64, endpoint=False)]:
        exact = decode(int(str(bits)), fmt)
        if exact is not None and exact[0]:
            sign = int(str(bits)) >> (fmt.width - 1) << (fmt.width - 1)
            assert sign | encode(abs(exact[0]), exact[1], fmt) == int(str(bits))


def test_ties_and_double_rounding() -> None:
    # Just above a tie of bfloat16, but a tie after rounding to float32.
    tie = Fraction(257, 256)
    above = tie + Fraction(1, 2**40)
    assert encode(tie.numerator, tie.denominator, s.BFLOAT16) == 0x3F80
    assert encode(above.numerator, above.denominator, s.BFLOAT16) == 0x3F81
    assert int(patterns(narrow(np.asarray(float(above)), s.BFLOAT16), s.BFLOAT16)) == 0x3F81
    tiny = Fraction(1, 2**134)  # half the smallest subnormal
    assert encode(tiny.numerator, tiny.denominator, s.BFLOAT16) == 0
    assert int(patterns(narrow(np.asarray(float(tiny) * (1 + 2**-30)), s.BFLOAT16), s.BFLOAT16)) == 1
    assert encode(65520, 1, s.FLOAT16) == infinity(s.FLOAT16)
    assert encode(65519, 1, s.FLOAT16) == infinity(s.FLOAT16) - 1


@pytest.mark.parametrize("fmt", FORMATS, ids=lambda f: f.text)
def test_minimum_maximum_identity(fmt: FloatSort) -> None:
    plus, minus, special = b.float_bits(0, fmt), b.float_bits(1 << (fmt.width - 1), fmt), b.float_bits(nan(fmt), fmt)
    one = b.float_bits(encode(1, 1, fmt), fmt)
    true = [
        b.eq(b.minimum(plus, minus), minus),
        b.eq(b.minimum(minus, plus), minus),
        b.eq(b.maximum(minus, plus), plus),
        b.eq(b.maximum(one, special), special),
        b.eq(b.minimum(special, one), special),
        b.eq(special, special),
        b.negate(b.program_eq(special, special)),
        b.program_eq(plus, minus),
        b.negate(b.eq(plus, minus)),
        b.float_test("isneg", minus),
        b.float_test("issubnormal", b.float_bits(1, fmt)),
        b.float_test("isnormal", one),
        b.negate(b.float_test("isnormal", plus)),
    ]
    for value in evaluate(true, Env()):
        assert isinstance(value, Arr) and bool(value.data)


def test_conversions_from_and_to_integers() -> None:
    checks = [
        (b.cast(b.integer(2**24 + 1), s.FLOAT32), 2**24),
        (b.cast(b.integer(2**24 + 3), s.FLOAT32), 2**24 + 4),
        (b.cast(b.bit_vector(-1, s.bits(8)), s.FLOAT16), -1),
        (b.cast(b.rational(Fraction(1, 3)), s.FLOAT16), np.float16(1 / 3)),
    ]
    for term, want in checks:
        (value,) = evaluate([term], Env())
        assert isinstance(value, Arr) and value.data == want
    w8 = s.bits(8)
    cut = b.cast(b.float_bits(encode(-7, 2, s.FLOAT32), s.FLOAT32), w8)
    (value,) = evaluate([cut], Env())
    assert isinstance(value, Arr) and int(value.data) == 256 - 3


def test_what_depends_on_the_runtime_is_unsupported() -> None:
    x = b.float_bits(0, s.FLOAT32)
    with pytest.raises(Unsupported):
        evaluate([b.apply("exp", x)], Env())
    with pytest.raises(Unsupported):
        evaluate([b.big("sum", b.below(b.integer(3)), lambda _k: x)], Env())

"""Literals of terms as text, and the types that they take from their surroundings.

A numeral has the type that its place asks for.  An expression that is built from numerals alone is *loose*: where
nothing around it tells its type, one numeral is written with its type, ``literal(1, float32)``.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Final

from ...theories.terms.sorts import BOOL, INT, REAL, FloatSort, Sort, uncurry
from ...theories.terms.term import Term
from .ast import Big, Binary, Call, Comprehension, Expr, If, Let, Name, Number, Unary
from .sort_types import type_argument

_SHORT: Final = 12
CONSTANTS: Final = frozenset({"inf", "nan"})


def literal(t: Term) -> Expr:
    """The literal ``t``; a rational without a finite decimal expansion becomes a quotient."""
    sort, value = t.sort, t.data
    if sort is BOOL:
        return Name("true" if value else "false")
    if isinstance(sort, FloatSort):
        assert isinstance(value, int)
        return _float(value, sort)
    if isinstance(value, str):
        return Unary("-", Name("inf")) if value.startswith("-") else Name("inf")
    assert isinstance(value, int | Fraction)
    q = Fraction(value)
    decimal = _decimal(abs(q))
    if decimal is None:
        return Binary("/", _signed(str(q.numerator), q < 0), Number(str(q.denominator)))
    return _signed(decimal, q < 0)


def _signed(text: str, negative: bool) -> Expr:
    return Unary("-", Number(text.removeprefix("-"))) if negative else Number(text)


def _decimal(q: Fraction) -> str | None:
    if q.denominator == 1:
        return str(q.numerator)
    rest, digits = q.denominator, 0
    while rest % 10 == 0:
        rest, digits = rest // 10, digits + 1
    for p in (2, 5):
        while rest % p == 0:
            rest, digits = rest // p, digits + 1
    if rest != 1:
        return None
    text = str(q.numerator * 10**digits // q.denominator).zfill(digits + 1)
    return f"{text[:-digits]}.{text[-digits:]}".rstrip("0")


def _float(bits: int, sort: FloatSort) -> Expr:
    """Exact: short decimals, and hexadecimal with a binary exponent for all other values."""
    fraction_bits = sort.significand - 1
    negative = bool(bits >> (sort.width - 1))
    exponent = (bits >> fraction_bits) & ((1 << sort.exponent) - 1)
    fraction = bits & ((1 << fraction_bits) - 1)
    if exponent == (1 << sort.exponent) - 1:
        return Name("nan") if fraction else Unary("-", Name("inf")) if negative else Name("inf")
    bias = (1 << (sort.exponent - 1)) - 1
    mantissa = fraction if exponent == 0 else fraction | 1 << fraction_bits
    power = max(exponent, 1) - bias - fraction_bits
    value = mantissa * Fraction(2) ** power
    decimal = _decimal(value)
    if decimal is not None and len(decimal) <= _SHORT:
        return _signed(decimal, negative)
    shift = (mantissa & -mantissa).bit_length() - 1
    return _signed(f"0x{mantissa >> shift:x}p{power + shift}", negative)


def ascribe(e: Expr, sort: Sort) -> Expr:
    """The loose ``e`` with its first numeral typed, so that it (or its elements) have type ``sort``.

    A real numeral is typed by its point, which tells nothing to its neighbours, so all get one.
    """
    sort = uncurry(sort)[1]
    if sort is INT:
        return e
    every = sort is REAL
    match e:
        case Number(text):
            if sort is REAL:
                return e if not text.isdecimal() else Number(f"{text}.0")
            return _typed(e, sort)
        case Name():
            return _typed(e, sort)
        case Unary("-", Number() | Name()) if sort is not REAL:
            return _typed(e, sort)
        case Unary(_, value):
            return replace(e, value=ascribe(value, sort))
        case Binary(_, left, _):
            left = ascribe(left, sort)
            return replace(e, left=left, right=ascribe(e.right, sort) if every and e.op != "^" else e.right)
        case If(_, then, _):
            return replace(e, then=ascribe(then, sort), other=ascribe(e.other, sort) if every else e.other)
        case Let(_, _, body) | Comprehension(_, body) | Big(_, _, _, body):
            return replace(e, body=ascribe(body, sort))
        case Call(_, args):
            return replace(e, args=tuple(ascribe(a, sort) if every or a is args[0] else a for a in args))
        case _:
            return e


def _typed(e: Expr, sort: Sort) -> Expr:
    return Call(Name("literal"), (e, type_argument(sort)))

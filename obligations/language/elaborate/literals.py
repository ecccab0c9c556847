"""Numerals: exact rationals, given a sort by their surroundings."""

from __future__ import annotations

from fractions import Fraction

from ....theories.terms import build as b
from ....theories.terms.sorts import EREAL, INT, REAL, BitsSort, ElemSort, FloatSort, Sort
from ....theories.terms.term import Term
from ..ast import Big, Binary, Call, Comprehension, Expr, If, Let, Name, Number, Span, Unary
from ..diagnostics import BadLiteral, NumberTooLarge

CONSTANTS = frozenset({"inf", "nan"})
_LONGEST = 4_000
_KEEPING = frozenset(
    {"min", "max", "abs", "bnot", "fma", "sqrt", "ceil", "trunc", "roundeven", "lshr", "ashr", "shl"} | b.FUNCTIONS
)
"""Functions whose result has the type of their arguments."""


def exact(number: Number) -> Fraction:
    """The exact value of a numeral: decimal, with an exponent, or hexadecimal with a binary exponent."""
    text = number.text.lower()
    hexadecimal = text.startswith("0x")
    digits, _, exponent = text.removeprefix("0x").partition("p" if hexadecimal else "e")
    if len(text) > _LONGEST or len(exponent.lstrip("+-0")) > 5:
        raise NumberTooLarge("a number with too many digits or too large an exponent", number.span)
    base = 16 if hexadecimal else 10
    whole, _, fraction = digits.partition(".")
    try:
        mantissa = Fraction(int(whole + fraction, base), base ** len(fraction))
        return mantissa * Fraction(2 if hexadecimal else 10) ** int(exponent or "0")
    except ValueError:
        raise BadLiteral(f"{number.text[:40]} is no number", number.span) from None


def is_integer_text(text: str) -> bool:
    """Whether a numeral is written as an integer."""
    return text[:2].lower() == "0x" and "." not in text and "p" not in text.lower() or text.replace("_", "").isdigit()


def literal(q: Fraction, negative: bool, sort: Sort | None, integral: bool, span: Span) -> Term:
    """The literal ``-q`` if ``negative`` else ``q``; without a sort an ``int``, or a ``real`` if written with a point."""
    if sort is None or (sort is INT and not integral):
        sort = INT if integral else REAL
    value = -q if negative else q
    if sort is REAL:
        return b.rational(value)
    if sort is EREAL:
        return b.ereal(value)
    if isinstance(sort, FloatSort):
        bits = round_to_float(q, sort)
        if bits >> (sort.significand - 1) == (1 << sort.exponent) - 1:
            raise BadLiteral(f"the literal overflows {sort.text}", span)
        return b.float_bits(bits | (int(negative) << (sort.width - 1)), sort)
    if value.denominator != 1:
        raise BadLiteral(f"the literal is no {sort.text}", span)
    n = value.numerator
    if sort is INT:
        return b.integer(n)
    if isinstance(sort, BitsSort):
        if not -(1 << (sort.width - 1)) <= n < 1 << sort.width:
            raise BadLiteral(f"{str(n)[:40]} does not fit {sort.text}", span)
        return b.bit_vector(n, sort)
    if isinstance(sort, ElemSort) and sort.element_class == "ring":
        return b.ring_integer(n, sort)
    raise BadLiteral(f"a {sort.text} has no literals", span)


def constant(name: str, negative: bool, sort: Sort | None, span: Span) -> Term:
    """``inf`` or ``nan`` of a float format, or ``inf`` of the extended reals (also where no type is known)."""
    if name == "inf" and (sort is None or sort is EREAL):
        return b.ereal("-inf" if negative else "inf")
    if not isinstance(sort, FloatSort):
        raise BadLiteral(f"{name} is no value of {sort.text if sort else 'an unknown type'}", span)
    ones = ((1 << sort.exponent) - 1) << (sort.significand - 1)
    if name == "nan":
        return b.float_bits(ones | 1, sort)
    return b.float_bits(ones | (int(negative) << (sort.width - 1)), sort)


def round_to_float(q: Fraction, sort: FloatSort) -> int:
    """The bit pattern of the nearest value to ``q >= 0`` (ties to even), infinity where it overflows.

    Floats of one sign are ordered as their bit patterns, so adding one to the pattern is rounding up, whatever it
    carries into.
    """
    if q == 0:
        return 0
    bias = (1 << (sort.exponent - 1)) - 1
    fraction = sort.significand - 1
    exponent = max(q.numerator.bit_length() - q.denominator.bit_length(), 1 - bias)
    if exponent > bias + 1:
        return ((1 << sort.exponent) - 1) << fraction
    if q < Fraction(2) ** exponent:
        exponent = max(exponent - 1, 1 - bias)
    scaled = q / Fraction(2) ** (exponent - fraction)
    mantissa = round(scaled)  # Python rounds halves to even
    pattern = ((exponent + bias - 1) << fraction) + mantissa
    return min(pattern, ((1 << sort.exponent) - 1) << fraction)


def is_literal_like(e: Expr, locals_: frozenset[str] | set[str]) -> bool:
    """Whether ``e`` is built from literals alone, so that its type must come from its surroundings."""
    stack: list[Expr] = [e]
    while stack:
        t = stack.pop()
        match t:
            case Number():
                pass
            case Name(name):
                if name not in CONSTANTS or name in locals_:
                    return False
            case Unary("-", value):
                stack.append(value)
            case Binary("+" | "-" | "*" | "/" | "^", left, right):
                stack += [left, right]
            case If(_, then, other):
                stack += [then, other]
            case Let(_, _, body) | Comprehension(_, body):
                stack.append(body)
            case Big("sum" | "prod" | "max" | "min", _, _, body):
                stack.append(body)
            case Call(Name(name), args) if name in _KEEPING:
                stack += args
            case _:
                return False
    return True

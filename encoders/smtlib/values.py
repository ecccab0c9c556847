"""Values in the answers of z3, cvc5 and bitwuzla, as Python values.

| sort | value |
|---|---|
| bool | ``bool`` |
| int | ``int`` |
| real | ``Fraction``, or :class:`Enclosure` of an algebraic number |
| floats | the bit pattern, an ``int`` (of NaN the one of ``build.float_bits``) |
| bits | ``int``, from 0 |
| element types, axes | ``str``, an opaque name; equal names are equal values |
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from ...theories.terms.sorts import BOOL, INT, REAL, AxisSort, BitsSort, ElemSort, FloatSort, Sort
from .sexpr import Garbage, Sexp, read, shown
from .symbols import bare


class Enclosure(NamedTuple):
    """An irrational algebraic number: it lies strictly between two rationals."""

    low: Fraction
    high: Fraction


Value = bool | int | Fraction | Enclosure | str


def parse_values(text: str, sorts: Sequence[Sort]) -> list[Value]:
    """The values in the answer to a ``get-value`` command over terms of those ``sorts``, in order.

    ``text`` may hold other answers as well (``sat``, errors): the first list of that many pairs is taken.  Raises
    Garbage when there is none, or when a value is none of its sort.
    """
    for answer in read(text):
        if not isinstance(answer, str) and len(answer) == len(sorts):
            pairs = [pair for pair in answer if not isinstance(pair, str) and len(pair) == 2]
            if len(pairs) == len(sorts):
                return [parse_value(value, sort) for (_, value), sort in zip(pairs, sorts, strict=True)]
    raise Garbage(f"no {len(sorts)} values in {shown(text)!r}")


def parse_core(text: str, names: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the assertions in the answer to ``get-unsat-core``, sorted; ``names`` is that of the script."""
    for answer in reversed(read(text)):
        if not isinstance(answer, str) and all(isinstance(a, str) and bare(a) in names for a in answer):
            return tuple(sorted({names[bare(a)] for a in answer if isinstance(a, str)}))
    raise Garbage(f"no unsat core in {shown(text)!r}")


def parse_value(expression: Sexp, sort: Sort) -> Value:
    """The value that ``expression`` denotes."""
    value: Value | None = None
    try:
        if sort is BOOL:
            value = {"true": True, "false": False}.get(expression) if isinstance(expression, str) else None
        elif sort is INT:
            rational = _rational(expression)
            value = int(rational) if rational is not None and rational.denominator == 1 else None
        elif sort is REAL:
            value = _real(expression)
        elif isinstance(sort, FloatSort):
            value = _float(expression, sort)
        elif isinstance(sort, BitsSort):
            found = _bits(expression)
            value = found[0] if found is not None and found[1] == sort.width else None
        elif isinstance(sort, ElemSort | AxisSort):
            value = _opaque(expression)
    except (ValueError, ZeroDivisionError) as error:  # digits beyond Python's limit, no digits, (/ 1 0)
        raise Garbage(f"{shown(expression)} is no {sort.text}: {error}") from error
    if value is None:
        raise Garbage(f"{shown(expression)} is no {sort.text}")
    return value


_DECIMAL = re.compile(r"[0-9]+(\.[0-9]*)?\Z", re.ASCII)
_PATTERN = re.compile(r"#(b[01]+|x[0-9a-fA-F]+)\Z")
_DEPTH = 5


def _rational(e: Sexp, depth: int = _DEPTH) -> Fraction | None:
    if isinstance(e, str):
        return Fraction(e) if _DECIMAL.match(e) else None
    if not e or not depth:
        return None
    args = [_rational(a, depth - 1) for a in e[1:]]
    known = [a for a in args if a is not None]
    if len(known) != len(args):
        return None
    if len(known) == 1:
        return -known[0] if e[0] == "-" else known[0] if e[0] == "to_real" else None
    return known[0] / known[1] if len(known) == 2 and e[0] == "/" else None


def _real(e: Sexp) -> Fraction | Enclosure | None:
    if isinstance(e, str) or not e:
        return _rational(e)
    if e[0] == "root-obj":
        return _root_of(e)
    if list(e[:2]) == ["_", "real_algebraic_number"]:
        # cvc5: <polynomial, (low, high)>
        interval = e[-2] if len(e) > 3 else ()
        ends = "".join(i for i in interval if isinstance(i, str)).split(",")
        return Enclosure(Fraction(ends[0]), Fraction(ends[1])) if len(ends) == 2 else None
    return _rational(e)


def _root_of(e: Sequence[Sexp]) -> Fraction | Enclosure | None:
    """z3: ``(root-obj polynomial k)``, the k-th real root in ascending order."""
    from .algebraic import polynomial, real_roots

    coefficients = polynomial(e[1]) if len(e) == 3 else None
    if coefficients is None or not isinstance(e[2], str):
        return None
    roots = real_roots(coefficients)
    k = int(e[2])
    if not 1 <= k <= len(roots):
        return None
    low, high = roots[k - 1]
    return low if low == high else Enclosure(low, high)


def _bits(e: Sexp) -> tuple[int, int] | None:
    """Value and width."""
    if isinstance(e, str):
        if not _PATTERN.match(e):
            return None
        return int(f"0{e[1:]}", 0), (len(e) - 2) * (1 if e[1] == "b" else 4)
    match list(e):
        case ["_", str(value), str(width)] if value.startswith("bv"):
            return int(value[2:]) % (1 << int(width)), int(width)
        case _:
            return None


def _float(e: Sexp, sort: FloatSort) -> int | None:
    ones = ((1 << sort.exponent) - 1) << (sort.significand - 1)
    sign = 1 << (sort.width - 1)
    nan = ones | 1 << (sort.significand - 2)
    match list(e):
        case ["fp", s, exponent, fraction]:
            fields = [_bits(f) for f in (s, exponent, fraction)]
            if [f and f[1] for f in fields] != [1, sort.exponent, sort.significand - 1]:
                return None
            value = 0
            for f in fields:
                assert f is not None
                value = value << f[1] | f[0]
            return nan if value & ~sign > ones else value
        case ["_", str(name), str(exponent), str(significand)]:
            special = {"+zero": 0, "-zero": sign, "+oo": ones, "-oo": ones | sign, "NaN": nan}
            right = (int(exponent), int(significand)) == (sort.exponent, sort.significand)
            return special.get(name) if right else None
        case _:
            return None


def _opaque(e: Sexp) -> str | None:
    """``A!val!0`` of z3, ``(as @A_0 A)`` of cvc5."""
    if isinstance(e, str):
        return bare(e)
    match list(e):
        case ["as", str(name), str()]:
            return bare(name)
        case _:
            return None

"""How tightly signs bind: one table for the parser, the printer and the language reference.

An expression arrives as a flat sequence of prefixes, operands and infix signs.  A prefix such as ``forall (i < n)`` has
a level like a sign: its body takes in every sign that binds more tightly, whatever stands to the left of the prefix.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from .ast import Binary, Expr, Number, Span
from .diagnostics import BadExponent, Misplaced

COMPARISON: Final = 60
LEVELS: Final[tuple[tuple[int, str, tuple[str, ...]], ...]] = (
    (10, "left", ("iff",)),
    (20, "right", ("implies",)),
    (30, "left", ("or",)),
    (40, "left", ("and",)),
    (COMPARISON, "chain", ("=", "!=", "=nan=", "==", "<", "<=", ">", ">=")),
    (70, "left", ("|",)),
    (80, "left", ("xor",)),
    (90, "left", ("&",)),
    (100, "left", ("<<", ">>", ">>>")),
    (110, "left", ("+", "-")),
    (120, "left", ("*", "/", "div", "mod", "rem")),
    (140, "right", ("^",)),
)
"""Infix signs from the loosest to the tightest: level, associativity, signs."""

OPEN: Final = 0  # forall, exists, if, let, comprehensions: as far right as possible
NOT: Final = 50
REDUCTION: Final = 115  # sum, prod, max, min, count: over a product
MINUS: Final = 130
ATOM: Final = 1000

LEVEL: Final = {sign: level for level, _, signs in LEVELS for sign in signs}
RIGHT: Final = frozenset(level for level, side, _ in LEVELS if side == "right")
CHAINABLE: Final = frozenset({"=", "<", "<=", ">", ">="})
LARGEST_EXPONENT: Final = 1000


@dataclass(frozen=True, slots=True)
class Prefix:
    """A prefix with its level; ``build`` makes the node from the span and the body."""

    level: int
    start: int
    build: Callable[[Span, Expr], Expr]


@dataclass(frozen=True, slots=True)
class Infix:
    """An infix sign in its ASCII spelling."""

    sign: str
    span: Span


@dataclass(slots=True)
class _Chain:
    """A comparison that a further sign may extend: ``whole`` so far, and its last side."""

    whole: Binary
    last: Expr


def group(items: Iterable[Prefix | Infix | Expr]) -> Expr:
    """The expression that a flat sequence denotes; iterative, so its length does not matter."""
    out: list[Expr | _Chain] = []
    waiting: list[Prefix | Infix] = []
    for item in items:
        if isinstance(item, Prefix):
            waiting.append(item)
        elif isinstance(item, Infix):
            level = LEVEL[item.sign]
            while waiting and _binds_first(waiting[-1], level):
                _reduce(waiting.pop(), out)
            waiting.append(item)
        else:
            out.append(item)
    while waiting:
        _reduce(waiting.pop(), out)
    return _plain(out[0])


def _binds_first(earlier: Prefix | Infix, level: int) -> bool:
    own = earlier.level if isinstance(earlier, Prefix) else LEVEL[earlier.sign]
    return own > level or (own == level and level not in RIGHT)


def _plain(value: Expr | _Chain) -> Expr:
    return value.whole if isinstance(value, _Chain) else value


def _reduce(sign: Prefix | Infix, out: list[Expr | _Chain]) -> None:
    right = _plain(out.pop())
    if isinstance(sign, Prefix):
        out.append(sign.build(Span(sign.start, right.span.end), right))
        return
    left = out.pop()
    if LEVEL[sign.sign] == COMPARISON:
        out.append(_compare(left, sign, right))
        return
    if sign.sign == "^":
        _check_exponent(right)
    left = _plain(left)
    out.append(Binary(sign.sign, left, right, span=Span(left.span.start, right.span.end)))


def _compare(left: Expr | _Chain, sign: Infix, right: Expr) -> _Chain:
    if not isinstance(left, _Chain):
        return _Chain(Binary(sign.sign, left, right, span=Span(left.span.start, right.span.end)), right)
    before = left.whole.right.op if left.whole.op == "and" and isinstance(left.whole.right, Binary) else left.whole.op
    if sign.sign not in CHAINABLE or before not in CHAINABLE:
        culprit = sign.sign if sign.sign not in CHAINABLE else before
        raise Misplaced(f"`{culprit}` does not chain", sign.span, hint="put one of the comparisons in parentheses")
    link = Binary(sign.sign, left.last, right, span=Span(left.last.span.start, right.span.end))
    return _Chain(Binary("and", left.whole, link, span=Span(left.whole.span.start, right.span.end)), right)


def _check_exponent(exponent: Expr) -> None:
    if not (isinstance(exponent, Number) and exponent.text.isdecimal()):
        raise BadExponent("the exponent of ^ must be a natural literal", exponent.span)
    if len(exponent.text) > 5 or int(exponent.text) > LARGEST_EXPONENT:
        raise BadExponent(f"the exponent of ^ must be at most {LARGEST_EXPONENT}", exponent.span)

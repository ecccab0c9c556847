"""Values with their errors, and how errors are added and multiplied."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from ..terms import build as b
from ..terms.sorts import EREAL, REAL, FnSort, Sort, TupleSort
from ..terms.term import Term
from . import reals

Error = Term | None
ZERO: Final = b.rational(0)
ONE: Final = b.rational(1)
HUGE: Final = b.rational(1 << 1000)
"""The error of a number that nothing is known about."""
FAR: Final = b.rational(1 << 800)
"""The distance of an infinity from every number: less than one unit of an error ``HUGE``."""


@dataclass(frozen=True, slots=True)
class Part:
    """A value and its error, None where it has none.

    Of a number the error is a real, in units; of a Boolean or an integer a Boolean, whether it is *undecided*; of a function
    or tuple the function or tuple of these.  ``coarse``: an undecided decision may have gone into the error, so that it need
    not be small.  ``unknown``: a condition under which nothing is known about any element of a function or tuple.
    ``partial``: the value is defined only under conditions that may themselves be undecided.  ``whole``: it is a real, and an
    integer.
    """

    value: Term
    error: Error
    coarse: bool = False
    unknown: Error = None
    partial: bool = False
    whole: bool = False


def finite(value: Term) -> Term:
    """``value`` as a real: of an extended real, 0 where it is infinite."""
    return b.ite(b.is_finite(value), b.cast(value, REAL), ZERO) if value.sort is EREAL else value


_NEST: Final = 8


def size(x: Term, nest: int = _NEST) -> Term:
    """``|x|``; of a product the product of the factors' (down to some depth), so that a sum of products stays one."""
    if x.op == "neg" and nest:
        return size(x.args[0], nest - 1)
    if x.op == "mul" and x.sort is REAL and nest:
        return b.mul(*[size(a, nest - 1) for a in x.args])
    if x.op == "ite" and nest:
        return b.ite(x.args[0], *[size(a, nest - 1) for a in x.args[1:]])
    if x.op == "lit" and isinstance(x.data, Fraction):
        return b.rational(abs(x.data))
    nonnegative = x.op in ("abs", "sqrt") or (x.op == "fn" and x.name in ("exp", "cosh"))
    return x if nonnegative else b.absolute(x)


def plus(*errors: Error) -> Error:
    """The sum of errors."""
    total: Error = None
    for e in errors:
        total = e if total is None else total if e is None else b.add(total, e)
    return total


def times(factor: Term, error: Error) -> Error:
    """``factor * error``."""
    return None if error is None else error if factor is ONE else b.mul(factor, error)


def over(error: Error, divisor: Term) -> Error:
    """``error / divisor``."""
    return None if error is None else b.div(error, divisor)


def over_unless_zero(error: Error, divisor: Term) -> Error:
    """``error / divisor``, 0 where the divisor is."""
    return None if error is None else b.ite(b.eq(divisor, ZERO), ZERO, b.div(error, divisor))


def no_error(sort: Sort) -> Term:
    """The error of an exact value of ``sort``."""
    if isinstance(sort, FnSort):
        inner = no_error(sort.res)
        return b.lam(b.everything(reals.real_sort(sort.arg)), lambda _x: inner)
    if isinstance(sort, TupleSort):
        return b.record([(name, no_error(field)) for name, field in sort.fields])
    return ZERO if reals.is_rounded(sort) else b.FALSE


def written(error: Error, sort: Sort) -> Term:
    """An error as a term."""
    return no_error(sort) if error is None else error


def addends(error: Error) -> list[Term]:
    """What an error is the sum of."""
    out: list[Term] = []
    stack = [] if error is None else [error]
    while stack:
        t = stack.pop()
        if t.op == "add":
            stack += reversed(t.args)
        else:
            out.append(t)
    return out


def any_of(*conditions: Error) -> Error:
    """Whether one of ``conditions`` holds; None where there is none."""
    present = list(dict.fromkeys(c for c in conditions if c is not None and c is not b.FALSE))
    return b.disj(*present) if present else None


def all_of(*conditions: Error) -> Error:
    """Whether all of ``conditions`` hold; None where one is absent."""
    present: list[Term] = []
    for c in conditions:
        if c is None or c is b.FALSE:
            return None
        if c is not b.TRUE and c not in present:
            present.append(c)
    return b.conj(*present)

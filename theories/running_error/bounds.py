"""The value of a term over the reals, and bounds of the error with which it is computed."""

from __future__ import annotations

from collections.abc import Container, Mapping
from fractions import Fraction

from ..errors import Unsupported
from ..terms.sorts import FnSort, TupleSort
from ..terms.term import Term
from . import reals
from .analysis import Analysis
from .parts import ZERO, Part, finite, plus, size
from .rules import ROUNDOFF


def over_reals(t: Term) -> Term:
    """``t`` with reals for floats: nothing is rounded, casts between formats and ``round`` are left out.

    Variables keep their names.  Float literals become rationals; Unsupported for infinities and NaN.  Floats are read as
    finite numbers, so ``isnan`` is false; there is one zero.
    """
    return Analysis(None, errors=False).of(t).value


def running_error(t: Term, exact: Container[Term] | None = None) -> Term:
    """E(t): a first-order bound of ``|fl(t) - t|`` in units of the unit roundoff, over the reals.

    ``t`` is a locally closed scalar over ``real``, ``ereal`` or floats.  ``exact`` holds the leaves (variables and
    literals of ``t``) that are given without error; None for all.  Unsupported for terms that have no such bound, or
    none over the reals.
    """
    error = _analysed(t, exact).error
    return ZERO if error is None else error


def magnitude(t: Term, exact: Container[Term] | None = None) -> Term:
    """``|t| + E(t)``, the sum of magnitudes that an error relative to the size of intermediate results is measured by."""
    part = _analysed(t, exact)
    out = plus(size(finite(part.value)), part.error)
    assert out is not None
    return out


def propagated(
    t: Term, errors: Mapping[Term, Term], unit: Fraction | None = None, coarse: Container[Term] = ()
) -> Part:
    """``t`` over the reals, a number or a tensor, with its error, for leaves that carry errors themselves.

    ``errors`` gives the error of a variable as a term: a real, or a function of the same arguments.  Other leaves are exact.

    With ``unit``, the size of one unit of error, decisions are no longer taken as made on exact values.  ``errors`` may then
    have variables of Boolean and integer type too, of which it says by a Boolean where they are *undecided*; ``t`` may be of
    such a type, and so is its error then.  ``coarse`` holds the variables whose errors need not be small.  ``round`` stays.  ValueError if ``unit`` is above ``ROUNDOFF``.
    """
    if unit is not None and not 0 < unit <= ROUNDOFF:
        raise ValueError(f"a unit of error of {unit}")
    return Analysis(None, given=errors, unit=unit, coarse=coarse).of(t)


def _analysed(t: Term, exact: Container[Term] | None) -> Part:
    if isinstance(t.sort, FnSort | TupleSort) or not reals.is_rounded(t.sort):
        raise Unsupported(f"the rounding error of a {t.sort.text}")
    return Analysis(exact).of(t)

"""Running error analysis: a bound on the rounding error of a term, as a term.

Source: N. J. Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd edition, section 3.3 (Wilkinson's running
error analysis): beside each intermediate result one computes a bound on its error in units of the unit roundoff u.
Here the bound is not computed but written down, as a term E(t) over the reals, such that to first order

    |fl(t) - t|  <=  u E(t),        where t is read over the reals (:func:`over_reals`)

when ``+ - * /``, ``sqrt`` and elementary functions are computed with relative error at most u each, and no result
overflows or underflows.  Where formats are mixed, u is the unit roundoff of the coarsest.

- **Sums.** A member of a big sum is charged for one addition.  A summation tree of depth h charges it h times, so for
  sums of n members in unknown order, multiply E by n - 1; for a sum by halves, by the logarithm of n.  A big product
  is charged for all its multiplications.
- **Leaves** are exact; with ``exact`` given, all variables and literals that are not in it carry one rounding.
- **Decisions** (comparisons, ``floor``, ``rint``, conversions to integers) are taken as made on exact values: their error
  is 0, and where a perturbed argument decides otherwise, E is no bound.  Not so in :func:`propagated` with ``unit``, the
  size of one unit of error: Booleans and integers then have a condition under which they are *undecided*
  (:mod:`.decisions`), a number that is chosen by an undecided condition is off by the distance of the choices, and one of
  which nothing is known has the error ``HUGE`` = 2^1000.  Errors that come from choices need not be small, so rules for
  these are bounds, not of first order (:mod:`.coarse`).
- **Singular points.** Where the derivative of ``sqrt``, ``asin``, ``acos`` or ``acosh`` is infinite, the error of the
  argument counts as 0, so that E is defined wherever the term is.
- Functions of numbers that are free variables are leaves that take exact arguments and round their results.
"""

from .bounds import magnitude, over_reals, propagated, running_error
from .parts import HUGE, Part
from .rules import ROUNDOFF

__all__ = ["HUGE", "ROUNDOFF", "Part", "magnitude", "over_reals", "propagated", "running_error"]

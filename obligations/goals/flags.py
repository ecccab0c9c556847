"""Fast-math flags: what a rewrite under ``nsz``, ``nnan`` or ``ninf`` claims.

``nsz`` relaxes the equation of a rewrite's sides (zeros of either sign count as one); it says so of the sides only, since
no operation above them has been proved to respect it.  ``nnan`` and ``ninf`` are hypotheses: neither the elements that a
rewrite reads nor its result are NaN (infinite).
"""

from __future__ import annotations

from typing import Final

from ...theories.errors import Unsupported
from ...theories.terms import build as b
from ...theories.terms.sorts import FloatSort
from ...theories.terms.term import Term, postorder
from ..claims import Claim

_TESTS: Final = {"nnan": "isnan", "ninf": "isinf"}
_KNOWN: Final = frozenset({"nsz", *_TESTS})


def check_flags(claim: Claim) -> None:
    """Raise Unsupported for a flag whose meaning is not fixed here."""
    unknown = set(claim.flags) - _KNOWN
    if unknown:
        raise Unsupported(f"rewrites under {', '.join(sorted(unknown))}")


def not_special(claim: Claim, element: Term) -> list[Term]:
    """The hypotheses that ``nnan`` and ``ninf`` put on the left side's ``element`` (beta-normal)."""
    if not isinstance(element.sort, FloatSort):
        return []
    tests = [_TESTS[flag] for flag in claim.flags if flag in _TESTS]
    affected = dict.fromkeys([element])
    for t in postorder([element]):
        if isinstance(t.sort, FloatSort) and t.op in ("at", "var") and not t.loose:
            affected[t] = None
    return [b.negate(b.float_test(test, a)) for test in tests for a in affected]


def same(claim: Claim, left: Term, right: Term) -> Term:
    """What the claim says of two elements."""
    if "nsz" in claim.flags and isinstance(left.sort, FloatSort):
        return b.disj(b.eq(left, right), b.conj(b.float_test("iszero", left), b.float_test("iszero", right)))
    return b.eq(left, right)

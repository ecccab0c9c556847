"""Errors of big operators, and where they are undecided."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ..terms import build as b
from ..terms.binders import fresh, substitute
from ..terms.sorts import EREAL, FnSort, is_index_map
from ..terms.term import Dom, Term
from .decisions import distance, lost
from .parts import ONE, ZERO, Error, Part, addends, all_of, any_of, finite, plus, size, times
from .rules import beyond, perturbed


@dataclass(frozen=True, slots=True)
class Big:
    """A big operator ``op``, opened: its domain over the reals, its variable, filter and body, and its value.

    ``unit`` is None where decisions count as made on exact values.
    """

    op: str
    dom: Dom
    outside: tuple[Term, ...]
    x: Term
    where: Part
    body: Part
    value: Term
    unit: Fraction | None

    def total(self, op: str, of: Term, where: Term | None = None) -> Term:
        """Another operator over the same members, or over those that satisfy ``where``."""
        return b.big_over(op, (self.dom, self.outside), self.x, self.where.value if where is None else where, of)

    def some(self, condition: Error, where: Term | None = None) -> Error:
        """Whether ``condition`` holds for some member."""
        return None if condition is None else self.total("exists", condition, where)

    @property
    def possible(self) -> Term:
        """Whether the filter may hold."""
        return b.TRUE if self.where.value is b.TRUE else b.disj(self.where.value, self.where.error or b.FALSE)


# -- numbers ---------------------------------------------------------------------------------------------------------


def error(big: Big) -> tuple[Error, bool]:
    """The error of a sum, a product or an extremum of numbers, and whether it is coarse."""
    undecided = big.where.error
    if undecided is None:
        return _decided(big), big.body.coarse
    if big.op == "sum" and not big.body.partial:
        assert big.unit is not None
        # A member that may or may not be one counts with its size.
        whole = times(b.rational(1 / big.unit), size(finite(big.body.value)))
        doubtful = big.total("sum", plus(whole, big.body.error) or ZERO, undecided)
        return plus(_decided(big), doubtful), True
    return lost(big.some(undecided, b.TRUE), _decided(big)), True


def _decided(big: Big) -> Error:
    if big.op in ("bigmax", "bigmin"):
        # Only members that rounding may make the extremum count.
        if big.body.error is None:
            return None
        largest = big.total("bigmax", _within_reach(big))
        return b.ite(big.total("exists", b.TRUE), largest, ZERO) if big.value.sort is EREAL else largest
    of = finite(big.body.value)
    if big.op == "sum":
        # Addend by addend, so that a sum of products stays one.
        return plus(*[big.total("sum", a) for a in [*addends(big.body.error), size(of)]])
    assert big.op == "prod"
    roundings = times(size(finite(big.value)), big.total("sum", ONE))
    if big.body.error is None:
        return roundings
    # The error of each factor times the other factors, which may be 0; to first order these count without their errors.
    y = fresh("r", big.dom.sort)
    factor = size(of)
    if big.body.coarse and big.unit is not None:
        factor = b.add(factor, distance(big.unit, big.body.error))
    where, factor = (substitute(t, {big.x: y}) for t in (big.where.value, factor))
    others = b.big_over("prod", (big.dom, big.outside), y, b.conj(where, b.negate(_same(y, big.x))), factor)
    return plus(big.total("sum", b.mul(big.body.error, others)), roundings)


def _within_reach(big: Big) -> Term:
    """The error of a member where, perturbed, it may be the extremum; elsewhere 0."""
    of = big.body.error
    assert of is not None
    sign = 1 if big.op == "bigmax" else -1
    y = fresh("r", big.dom.sort)
    where, nearest = (substitute(t, {big.x: y}) for t in (big.where.value, perturbed(big.body.value, of, -sign)))
    certain = b.big_over(big.op, (big.dom, big.outside), y, where, nearest)
    return b.ite(beyond(certain, perturbed(big.body.value, of, sign), sign), of, ZERO)


def _same(x: Term, y: Term) -> Term:
    """Whether two members of a domain are one."""
    if not is_index_map(x.sort):
        return b.eq(x, y)
    assert isinstance(x.sort, FnSort)
    return b.big("forall", (Dom("axes", x.sort.arg), ()), lambda c: b.eq(b.at(x, c), b.at(y, c)))


# -- Booleans and integers -------------------------------------------------------------------------------------------


def undecided(big: Big) -> Error:
    """Where a quantifier, a count, or a sum, product or extremum of integers is undecided."""
    where, body = big.where.error, big.body.error
    if where is None and body is None:
        return None
    guard = big.where.value if big.body.partial else big.possible
    inside = body if guard is b.TRUE else all_of(guard, body)
    if big.op in ("forall", "exists", "count"):
        return _counted(big, inside)
    if big.op in ("bigmax", "bigmin") and where is not None and not big.body.partial:
        return any_of(_moved(big), big.some(inside, b.TRUE))
    return big.some(any_of(where, inside), b.TRUE)


def _counted(big: Big, inside: Error) -> Error:
    """Some member is undecided; of a quantifier, and none that is decided settles it."""
    where, body = big.where.error, big.body.error
    if big.body.partial:
        return big.some(any_of(where, inside), b.TRUE)
    counts = b.negate(big.body.value) if big.op == "forall" else big.body.value
    if where is not None:
        where = all_of(where, counts if body is None else b.disj(counts, body))
    open_ = big.some(any_of(where, inside), b.TRUE)
    if big.op == "count":
        return open_
    decided = [b.negate(u) for u in (big.where.error, body) if u is not None]
    settled = big.total("exists", b.conj(big.where.value, counts, *decided), b.TRUE)
    return all_of(open_, b.negate(settled))


def _moved(big: Big) -> Error:
    """Of an extremum of integers: an undecided member is further out, or no decided one is where the extremum is.

    Members that satisfy the filter for certain and have the extremal value keep it.  Without one, the extremum is that of
    some members that may satisfy it, all of which must have that value.
    """
    doubtful = big.where.error
    assert doubtful is not None
    of, best = big.body.value, big.value
    out = b.lt(best, of) if big.op == "bigmax" else b.lt(of, best)
    further = big.some(out, doubtful)
    held = big.some(b.eq(of, best), b.conj(big.where.value, b.negate(doubtful)))
    other = big.some(b.negate(b.eq(of, best)), big.possible)
    assert held is not None
    return any_of(further, all_of(b.negate(held), other))

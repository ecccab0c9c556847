"""Elaborated expressions while they are being built, and the pointwise lifting of operations.

A tensor is a term of function sort with one domain per argument; an index map is one too, whose only domain is the axes
of its group.  A tuple is a list of named values, never a term of tuple sort, so a tensor of tuples is a tuple of tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from ....theories.terms import build as b
from ....theories.terms.binders import fresh, open_with
from ....theories.terms.build import Domain
from ....theories.terms.sorts import INT, REAL, AxisSort, FnSort, Sort
from ....theories.terms.term import Term, free_vars
from ..ast import Span
from ..diagnostics import ShapeMismatch, WrongType
from .sizes import agreement, show_dims


@dataclass(frozen=True, slots=True)
class Val:
    """A value: its term, the domains of its arguments, and the conditions under which it is valid.

    For a tuple, ``fields`` are its values and ``term`` means nothing.
    """

    term: Term
    dims: tuple[Domain, ...] = ()
    valid: tuple[Term, ...] = ()
    fields: tuple[tuple[str, Val], ...] = ()

    @property
    def elem(self) -> Sort:
        """The sort of an element."""
        sort = self.term.sort
        for _ in self.dims:
            assert isinstance(sort, FnSort)
            sort = sort.res
        return sort

    @property
    def is_tuple(self) -> bool:
        """Whether this is a tuple."""
        return bool(self.fields)


def merge_valid(*parts: Iterable[Term]) -> tuple[Term, ...]:
    """The conditions of all ``parts``, each once, in order."""
    return tuple(dict.fromkeys(c for part in parts for c in part if c is not b.TRUE))


def tuple_of(fields: Sequence[tuple[str, Val]]) -> Val:
    """The tuple with those fields."""
    return Val(b.TRUE, (), merge_valid(*[v.valid for _, v in fields]), tuple(fields))


def map_fields(v: Val, step: Callable[[Val], Val]) -> Val:
    """``step`` at ``v``, or at every field of a tuple."""
    if not v.is_tuple:
        return step(v)
    return tuple_of([(n, map_fields(f, step)) for n, f in v.fields])


def whole_term(v: Val) -> Term:
    """The value as one term; tuples become records."""
    return b.record([(n, whole_term(f)) for n, f in v.fields]) if v.is_tuple else v.term


def is_axis_map(v: Val) -> bool:
    """Whether ``v`` is a map over the axes of a group."""
    return len(v.dims) == 1 and v.dims[0][0].kind == "axes"


def require_all(conditions: Sequence[Term], v: Val) -> Val:
    """``v``, defined and valid only where all ``conditions`` hold."""
    wanted = merge_valid(conditions)
    if not wanted:
        return v
    condition = b.conj(*wanted)

    def guard(part: Val) -> Val:
        return replace(part, term=b.require(condition, part.term), valid=merge_valid(part.valid, wanted))

    return map_fields(v, guard)


def element(v: Val, indices: Sequence[Term], same: bool = True) -> Term:
    """The element of ``v`` at variables that range over its dimensions (over equal ones when not ``same``)."""
    t = v.term
    for (dom, _), i in zip(v.dims, indices, strict=True):
        t = open_with(t.body, i) if t.op == "lam" and (same or dom.kind == "axes") else b.at(t, i)
    return t


def index_variables(dims: Sequence[Domain]) -> list[Term]:
    """A fresh variable for every dimension."""
    return [fresh("i", dom.sort) for dom, _ in dims]


def tabulate(dims: Sequence[Domain], indices: Sequence[Term], body: Term) -> Term:
    """The tensor whose element at ``indices`` is ``body``."""
    for domain, i in zip(reversed(dims), reversed(indices), strict=True):
        body = b.lam_over(domain, i, body)
    return body


def join(terms: Sequence[Term], span: Span) -> list[Term]:
    """Scalars of one sort: integers become reals where they meet reals."""
    found = list(dict.fromkeys(t.sort for t in terms))
    if len(found) <= 1:
        return list(terms)
    if set(found) == {INT, REAL}:
        return [b.cast(t, REAL) for t in terms]
    raise mismatch(found[0], found[1], span)


def mismatch(wanted: Sort, got: Sort, span: Span) -> WrongType:
    """The error that two sorts do not go together, with the conversion that would mend it."""
    texts = {wanted.text, got.text}
    hint = (
        "say ereal(x)"
        if texts in ({"real", "ereal"}, {"int", "ereal"})
        else f"say cast(x, {wanted.text if got is INT else got.text})"
        if INT in (wanted, got) and not isinstance(wanted, AxisSort | FnSort) and not isinstance(got, AxisSort | FnSort)
        else None
    )
    return WrongType(f"types do not agree: {wanted.text} and {got.text}", span, hint=hint)


def lift(make: Callable[[list[Term]], Term], values: Sequence[Val], span: Span) -> Val:
    """``make`` at every index: tensors of the same dimensions, and scalars, give a tensor of those dimensions.

    Sizes that are not plainly equal are required to be; raises :class:`ShapeMismatch` when they cannot be.
    """
    valid = merge_valid(*[v.valid for v in values])
    shaped = [v for v in values if v.dims]
    for v in values:
        if v.is_tuple:
            raise WrongType("a tuple stands where a number must", span)
    if not shaped:
        return Val(make([v.term for v in values]), (), valid)
    dims = shaped[0].dims
    conditions: list[Term] = []
    same: list[bool] = []
    for v in values:
        found = agreement(dims, v.dims) if v.dims else ()
        if found is None:
            raise ShapeMismatch(f"dimensions {show_dims(dims)} and {show_dims(v.dims)} do not agree", span)
        conditions.extend(found)
        same.append(not found)
    indices = index_variables(dims)
    parts = [element(v, indices, exact) if v.dims else v.term for v, exact in zip(values, same, strict=True)]
    body = make(parts)
    return require_all(conditions, Val(tabulate(dims, indices, body), dims, valid))


def everywhere(v: Val, span: Span) -> Val:
    """The proposition that a tensor of Booleans is true at every index."""
    if not v.dims:
        return v
    indices = index_variables(v.dims)
    body = element(v, indices)
    for domain, i in zip(reversed(v.dims), reversed(indices), strict=True):
        body = b.big_over("forall", domain, i, b.TRUE, body)
    return Val(body, (), v.valid)


def hoist(conditions: Iterable[Term], bound: Iterable[Term]) -> tuple[Term, ...]:
    """The conditions that do not mention the variables ``bound``: those that may leave their binder."""
    names = {x.name for x in bound}
    return tuple([c for c in conditions if names.isdisjoint(free_vars(c))])


def dims_mention(dims: Iterable[Domain], x: Term) -> bool:
    """Whether a size mentions ``x``."""
    return any(x.name in free_vars(*args) for _, args in dims)

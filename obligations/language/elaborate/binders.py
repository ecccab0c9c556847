"""Comprehensions and big operators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ....theories.terms import build as b
from ....theories.terms.binders import fresh
from ....theories.terms.build import Domain
from ....theories.terms.sorts import EREAL, INT, Sort
from ....theories.terms.term import Term, free_vars
from ..ast import Big, Binder, Comprehension
from ..diagnostics import DimensionUnknown, DuplicateName, NotSupported, UnknownName, WrongGroup, WrongType
from .core import Elab
from .types import domain_of_type
from .values import Val, dims_mention, element, hoist, index_variables, is_axis_map, map_fields, merge_valid, tabulate

_OPS: Final = {"max": "bigmax", "min": "bigmin"}


def bind(elab: Elab, binders: Sequence[Binder]) -> tuple[Elab, list[tuple[Domain, Term]], tuple[Term, ...]]:
    """The place under ``binders``, the bound variables with their domains, and the validity of the bounds."""
    bound: list[tuple[Domain, Term]] = []
    valid: tuple[Term, ...] = ()
    names: set[str] = set()
    for binder in binders:
        if binder.name in names:
            raise DuplicateName(f"two bound variables are called {binder.name}", binder.span)
        names.add(binder.name)
        if binder.rest:
            elab = _bind_group(elab, binder, bound)
            continue
        domain, conditions = _domain(elab, binder)
        valid = merge_valid(valid, hoist(conditions, [x for _, x in bound]))
        x = fresh(binder.name, domain[0].sort)
        bound.append((domain, x))
        dims = (b.axes(_group_of(domain)),) if domain[0].kind == "box" else ()
        elab = elab.at(elab.scope.with_value(binder.name, Val(x, dims)).inside(domain, x))
    return elab, bound, valid


def _group_of(domain: Domain) -> str:
    from .sizes import axes_of

    return axes_of(domain[1][0])[0].sort.text.removeprefix("axis ")


def _bind_group(elab: Elab, binder: Binder, bound: list[tuple[Domain, Term]]) -> Elab:
    group = elab.scope.groups.get(binder.name)
    if group is None:
        raise UnknownName(f"unknown group `{binder.name}`", binder.span)
    if group.dims is None:
        raise WrongGroup(f"no tensor has dimensions {binder.name}.. here, so their sizes are not known", binder.span)
    variables = index_variables(group.dims)
    bound.extend(zip(group.dims, variables, strict=True))
    scope = elab.scope.with_group(replace(group, index=tuple(variables)))
    for domain, x in zip(group.dims, variables, strict=True):
        scope = scope.inside(domain, x)
    return elab.at(scope)


def _domain(elab: Elab, binder: Binder) -> tuple[Domain, tuple[Term, ...]]:
    if binder.type is not None:
        return domain_of_type(elab, binder.type)
    assert binder.hi is not None
    hi = elab.value(binder.hi, INT)
    if hi.is_tuple or hi.elem is not INT:
        raise WrongType("a bound must be an integer or a size map", binder.hi.span)
    if binder.lo is None and is_axis_map(hi):
        return b.box(hi.term), hi.valid
    lo = Val(b.ZERO) if binder.lo is None else elab.value(binder.lo, INT)
    if lo.dims or hi.dims or lo.is_tuple or lo.elem is not INT:
        raise WrongType("the bounds of a range must be integers", binder.span)
    return b.range_(lo.term, hi.term), merge_valid(lo.valid, hi.valid)


def comprehension(elab: Elab, e: Comprehension, want: Sort | None) -> Val:
    """``[i < n, …] => body``."""
    inner, bound, valid = bind(elab, e.binders)
    for domain, _ in bound:
        if domain[0].kind == "range" and domain[1][0] is not b.ZERO:
            raise NotSupported("the indices of a tensor start at 0", e.span, hint="write i < n")
    body = inner.value(e.body, want)
    dims = tuple([d for d, _ in bound])
    for k, (_, x) in enumerate(bound):
        if dims_mention(dims[k + 1 :], x):
            raise DimensionUnknown("a dimension depends on another index", e.span)

    def build(v: Val) -> Val:
        if any(dims_mention(v.dims, x) for _, x in bound):
            raise DimensionUnknown("the dimensions of the elements depend on the index", e.body.span)
        term = tabulate(dims, [x for _, x in bound], v.term)
        return Val(term, (*dims, *v.dims), merge_valid(valid, hoist(v.valid, [x for _, x in bound])))

    return map_fields(body, build)


def big(elab: Elab, e: Big, want: Sort | None) -> Val:
    """``sum (k < n | p) body`` and its kin."""
    inner, bound, valid = bind(elab, e.binders)
    variables = [x for _, x in bound]
    where = b.TRUE
    if e.where is not None:
        condition = inner.prop(e.where)
        where = condition.term
        valid = merge_valid(valid, hoist(condition.valid, variables))
        inner = inner.at(inner.scope.knowing([where]))
    truth = e.op in ("forall", "exists", "count")
    body = inner.prop(e.body) if truth else inner.value(e.body, want)
    if body.is_tuple:
        raise WrongType(f"{e.op} of tuples", e.body.span)
    if any(dims_mention(body.dims, x) for x in variables):
        raise DimensionUnknown("the dimensions of the body depend on a bound variable", e.body.span)
    indices = index_variables(body.dims)
    term = _fold(e.op, bound, where, element(body, indices) if body.dims else body.term)
    return Val(tabulate(body.dims, indices, term), body.dims, merge_valid(valid, hoist(body.valid, variables)))


def big_proposition(elab: Elab, e: Big) -> Val | None:
    """``forall`` and ``exists`` are propositions already."""
    return big(elab, e, None) if e.op in ("forall", "exists") else None


def _fold(op: str, bound: Sequence[tuple[Domain, Term]], where: Term, body: Term) -> Term:
    """Nested one-variable operators, each index filtered as soon as the filter speaks of no later one.

    Where the maximum of nothing is undefined, an outer index with an empty inner range is filtered out as well.
    """
    for k in reversed(range(len(bound))):
        domain, x = bound[k]
        here = where if k == 0 or x.name in free_vars(where) else b.TRUE
        outer = [] if here is where else [where]
        body = b.big_over(_OPS.get(op, op), domain, x, here, body)
        if op in _OPS and body.sort is not EREAL and (here is not b.TRUE or _depends(bound, k)):
            outer.append(b.big_over("exists", domain, x, b.TRUE, here))
        where = b.conj(*outer)
        if op == "count":
            op = "sum"
    return body


def _depends(bound: Sequence[tuple[Domain, Term]], k: int) -> bool:
    (_, args), _ = bound[k]
    return not {x.name for _, x in bound[:k]}.isdisjoint(free_vars(*args))

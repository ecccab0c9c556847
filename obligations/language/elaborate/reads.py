"""Reading tensors: ``x[.., i, _]`` and the application of function values."""

from __future__ import annotations

from collections.abc import Sequence

from ....theories.terms import build as b
from ....theories.terms.binders import fresh
from ....theories.terms.build import Domain
from ....theories.terms.sorts import INT, AxisSort, FnSort, Sort
from ....theories.terms.term import Term
from ..ast import Expr, Hole, Index, Rest, Span
from ..diagnostics import NotAFunction, WrongArity, WrongGroup, WrongType
from .core import Elab
from .operators import coerce
from .scope import Group
from .sizes import agreement, show_dims
from .values import Val, is_axis_map, map_fields, merge_valid


def index(elab: Elab, e: Index, want: Sort | None) -> Val:
    """``x[i, …]``; dimensions that get no index stay open."""
    return read(elab, elab.value(e.tensor), e.indices, e.span)


def read(elab: Elab, v: Val, items: Sequence[Expr], span: Span) -> Val:
    """``v`` at ``items``."""
    if v.is_tuple:
        return map_fields(v, lambda f: read(elab, f, items, span))
    if not v.dims and not all(isinstance(i, Rest) for i in items):
        raise NotAFunction(f"a value of type {v.elem.text} is no tensor", span)
    places: list[Term | Domain] = []
    valid: list[Term] = []
    for k, item in enumerate(items):
        rest = v.dims[len(places) :]
        if isinstance(item, Rest):
            after = sum(not isinstance(i, Rest) for i in items[k + 1 :])
            places.extend(_implicit(elab, item, rest, after))
            continue
        if not rest:
            raise WrongArity(f"{len(items)} indices for dimensions {show_dims(v.dims)}", span)
        if isinstance(item, Hole):
            places.append(rest[0])
            continue
        found = index_value(elab, item, rest[0])
        valid.extend(found.valid)
        places.append(found.term)
    while places and isinstance(places[-1], tuple):
        places.pop()
    return _at(Val(v.term, v.dims, merge_valid(v.valid, valid)), places)


def _at(v: Val, places: Sequence[Term | Domain]) -> Val:
    holes: list[tuple[Domain, Term]] = []
    t = v.term
    for place in places:
        if isinstance(place, tuple):
            x = fresh("h", place[0].sort)
            holes.append((place, x))
            t = b.at(t, x)
        elif isinstance(place.sort, AxisSort) and t.op == "lam":
            from .sizes import at_axis

            t = at_axis(t, place)
        else:
            t = b.at(t, place)
    for domain, x in reversed(holes):
        t = b.lam_over(domain, x, t)
    return Val(t, (*[d for d, _ in holes], *v.dims[len(places) :]), v.valid)


def _implicit(elab: Elab, item: Rest, rest: Sequence[Domain], after: int) -> tuple[Term, ...]:
    """The current index of the group that ``..`` stands for, in front of ``after`` other indices."""
    groups = elab.scope.groups
    if item.group is not None:
        if item.group not in groups:
            raise WrongGroup(f"unknown group {item.group}", item.span)
        candidates = [groups[item.group]]
    else:
        candidates = [g for g in groups.values() if g.dims is not None]
    fitting = [g for g in candidates if _fits(g, rest, after)]
    if not fitting:
        what = f"group {item.group}" if item.group else "any group"
        raise WrongGroup(f"`..` stands at dimensions {show_dims(rest)}, which are not those of {what}", item.span)
    if len(fitting) > 1:
        fitting = [g for g in fitting if g.index is not None] or fitting
    found = {_position(elab, g, item.span) for g in fitting}
    if len(found) > 1:
        names = ", ".join(g.name for g in fitting)
        raise WrongGroup(f"`..` may mean any of the groups {names}", item.span, hint=f"say {fitting[0].name}..")
    return found.pop()


def _fits(g: Group, rest: Sequence[Domain], after: int) -> bool:
    dims = g.dims
    if dims is None or len(dims) + after > len(rest):
        return False
    return agreement(dims, rest[: len(dims)]) == ()


def _position(elab: Elab, g: Group, span: Span) -> tuple[Term, ...]:
    if g.index is not None:
        return g.index
    if not g.dims:
        return ()
    if elab.scope.batch is None:
        raise WrongGroup(f"`..` needs an index of group {g.name}", span, hint=f"write [{g.name}.., …] => … around it")
    return elab.scope.batch.index(g)


def index_value(elab: Elab, item: Expr, domain: Domain) -> Val:
    """An index into ``domain``: an integer, an index map (an integer is the constant one), an axis, or any value."""
    dom, _ = domain
    if dom.kind == "axes" or isinstance(dom.sort, AxisSort):
        v = elab.value(item)
        if v.is_tuple or v.term.sort is not dom.sort:
            raise WrongGroup(f"this index is no axis of {dom.sort.text.removeprefix('axis ')}", item.span)
        return v
    if dom.kind == "box":
        return as_map(elab.value(item, INT), dom.sort, item.span)
    v = coerce(elab.value(item, dom.sort), dom.sort, item.span)
    if v.dims:
        what = "an index map" if is_axis_map(v) else "a tensor"
        raise WrongType(f"{what} stands where an index of type {dom.sort.text} must", item.span)
    return v


def as_map(v: Val, sort: Sort, span: Span) -> Val:
    """``v`` as a map over the axes that ``sort`` maps; an integer is the constant map."""
    if v.is_tuple or v.elem is not INT:
        raise WrongType("an index map has integer values", span)
    if not v.dims:
        assert isinstance(sort, FnSort) and isinstance(sort.arg, AxisSort)
        axes = b.axes(sort.arg.group)
        return Val(b.lam(axes, lambda _: v.term), (axes,), v.valid)
    if v.term.sort is not sort:
        raise WrongGroup(f"an index of another group: {v.term.sort.text} for {sort.text}", span)
    return v

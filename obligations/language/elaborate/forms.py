"""``if``, ``let``, tuples, fields and names."""

from __future__ import annotations

from ....theories.terms import build as b
from ....theories.terms.sorts import BOOL, Sort
from ..ast import Field, Hole, If, Let, Name, Rest, Span, TupleExpr
from ..diagnostics import (
    CannotInfer,
    Misplaced,
    NotAProposition,
    UnknownField,
    UnknownName,
    WrongGroup,
    WrongType,
    nearest,
)
from .core import Elab
from .literals import CONSTANTS, constant
from .operators import guard_conditions, operands
from .values import Val, is_axis_map, join, lift, merge_valid, tuple_of


def conditional(elab: Elab, e: If, want: Sort | None) -> Val:
    """``if c then a else b``, pointwise in tensors.

    A condition on maps over axes (``lo <= i``) means every axis, unless a branch is a map over those axes itself.
    """
    condition = elab.value(e.condition, BOOL)
    if condition.is_tuple or condition.elem is not BOOL:
        what = "a tuple" if condition.is_tuple else f"a value of type {condition.elem.text}"
        raise NotAProposition(f"{what} stands where a condition must", e.condition.span)
    places = [elab, elab]
    if not condition.dims:
        places = [elab.at(elab.scope.knowing([c])) for c in (condition.term, b.negate(condition.term))]
    then, other = operands(elab, [e.then, e.other], want, places)
    branches = [*_leaves(then), *_leaves(other)]
    if is_axis_map(condition) and all(v.dims != condition.dims for v in branches):
        condition = elab.prop(e.condition)
    return _choose(condition, then, other, e.span)


def _leaves(v: Val) -> list[Val]:
    return [leaf for _, f in v.fields for leaf in _leaves(f)] if v.is_tuple else [v]


def _choose(c: Val, then: Val, other: Val, span: Span) -> Val:
    if then.is_tuple or other.is_tuple:
        if [n for n, _ in then.fields] != [n for n, _ in other.fields]:
            raise WrongType("the branches are tuples of different fields, or one is no tuple", span)
        return tuple_of([(n, _choose(c, p, q, span)) for (n, p), (_, q) in zip(then.fields, other.fields, strict=True)])
    valid = merge_valid(c.valid, then.valid, other.valid)
    if not c.dims:
        yes = guard_conditions(c.term, then.valid)
        no = guard_conditions(b.negate(c.term), other.valid)
        valid = merge_valid(c.valid, yes, no)
    plain = [Val(v.term, v.dims) for v in (c, then, other)]
    chosen = lift(lambda ts: b.ite(ts[0], *join(ts[1:], span)), plain, span)
    return Val(chosen.term, chosen.dims, merge_valid(valid, chosen.valid))


def conditional_proposition(elab: Elab, e: If) -> Val:
    """``if c then p else q`` of propositions."""
    c = elab.prop(e.condition)
    then = elab.at(elab.scope.knowing([c.term])).prop(e.then)
    return _choose(c, then, elab.prop(e.other), e.span)


def let(elab: Elab, e: Let, want: Sort | None) -> Val:
    """``let x = value in body``: ``x`` abbreviates the value."""
    inner = elab.scope.with_value(e.name, elab.value(e.value))
    return elab.at(inner).value(e.body, want)


def let_proposition(elab: Elab, e: Let) -> Val:
    """A ``let`` whose body is a proposition."""
    inner = elab.scope.with_value(e.name, elab.value(e.value))
    return elab.at(inner).prop(e.body)


def record(elab: Elab, e: TupleExpr, want: Sort | None) -> Val:
    """``(m = a, l = b)``."""
    return tuple_of([(n, elab.value(v)) for n, v in e.fields])


def field(elab: Elab, e: Field, want: Sort | None) -> Val:
    """``t.m``."""
    return project(elab.value(e.value), e.name, e.span)


def project(v: Val, name: str, span: Span) -> Val:
    """Field ``name`` of a tuple."""
    for n, f in v.fields:
        if n == name:
            return f
    if not v.is_tuple:
        raise UnknownField(f"a value that is no tuple has no field {name}", span)
    names = [n for n, _ in v.fields]
    raise UnknownField(f"no field {name} among {', '.join(names)}", span, hint=nearest(name, names))


def name(elab: Elab, e: Name, want: Sort | None) -> Val:
    """A name: local, of a tuple's field, of a group's sizes, a constant, or a definition without arguments."""
    found = local_name(elab, e)
    if found is not None:
        return found
    if e.name in ("true", "false"):
        return Val(b.boolean(e.name == "true"))
    if e.name in CONSTANTS:
        return Val(constant(e.name, False, want, e.span))
    from .calls import definition_without_arguments

    found = definition_without_arguments(elab, e, want)
    if found is None:
        raise unknown(elab, e.name, e.span)
    return found


def local_name(elab: Elab, e: Name) -> Val | None:
    """The local value that ``e`` names, fields included."""
    scope = elab.scope
    head, *path = e.name.split(".")
    if e.name in scope.values:
        return scope.values[e.name]
    if head in scope.values:
        v = scope.values[head]
        for part in path:
            v = project(v, part, e.span)
        return v
    if head in scope.groups and path == ["size"]:
        dims = scope.groups[head].dims
        if dims is None or len(dims) != 1 or dims[0][0].kind not in ("range", "box"):
            raise WrongGroup(f"the dimensions of group {head} are no single size map here", e.span)
        return Val(dims[0][1][-1], (b.axes(scope.groups[head].axes or ""),) if dims[0][0].kind == "box" else ())
    if head in scope.runtimes and len(path) == 1:
        function = scope.runtimes[head].function(path[0])
        if function is None:
            raise CannotInfer(f"the type of {e.name} is not known before its first use", e.span)
        return runtime_value(function)
    return None


def runtime_value(function: b.Term) -> Val:
    """A runtime's function as a value."""
    from ....theories.terms.sorts import uncurry

    args, _ = uncurry(function.sort)
    return Val(function, tuple([b.everything(s) for s in args]))


def unknown(elab: Elab, what: str, span: Span) -> UnknownName:
    """The error about a name that means nothing."""
    known = [*elab.scope.values, *elab.view.names()]
    return UnknownName(f"unknown name `{what[:80]}`", span, hint=nearest(what, known))


def misplaced(elab: Elab, e: Rest | Hole, want: Sort | None) -> Val:
    """``..`` and ``_`` outside an index list."""
    raise Misplaced(f"`{'..' if isinstance(e, Rest) else '_'}` may stand in an index list only", e.span)

"""Calls: built-in functions, functions of runtimes, function values, and definitions, which are unfolded."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol, runtime_checkable

from ....theories.definedness import in_domain
from ....theories.terms.sorts import Sort
from ....theories.terms.term import Term
from ..ast import Call, Def, Expr, Name, Param, Span, TypeExpr
from ..diagnostics import NotAFunction, ShapeMismatch, TooDeep, TooLarge, WrongArity
from .annotations import hypothesis_expression
from .builtins import NAMES, builtin, runtime_call
from .core import Elab, FileView, located
from .forms import local_name, unknown
from .graphs import as_graph, call_graph, weight_named
from .match import Matcher
from .operators import coerce
from .reads import read
from .sizes import agreement, show_dims
from .types import Shape, shape_of
from .values import Val, index_variables, map_fields, merge_valid, require_all, tabulate, tuple_of

_UNFOLDING = 100  # levels of definitions that use definitions
_UNFOLDED = 2_000  # different calls of definitions that one declaration unfolds


@runtime_checkable
class Declared(Protocol):
    """A declaration as a file's names know it."""

    @property
    def name(self) -> str:
        """Its qualified name."""
        ...

    @property
    def decl(self) -> object:
        """Its syntax."""
        ...

    @property
    def view(self) -> FileView:
        """What it sees."""
        ...


def call(elab: Elab, e: Call, want: Sort | None) -> Val:
    """``f(a, b)``."""
    if not isinstance(e.function, Name):
        return read(elab, elab.value(e.function), e.args, e.span)
    name = e.function.name
    found = runtime_call(elab, name, e, want)
    if found is not None:
        return found
    local = local_name(elab, e.function)
    if local is not None:
        if len(e.args) > len(local.dims) and not local.is_tuple:
            if not local.dims:
                raise NotAFunction(f"{name} is no function", e.function.span)
            raise WrongArity(f"{name} takes {len(local.dims)} arguments, not {len(e.args)}", e.span)
        return read(elab, local, e.args, e.span)
    entry = elab.view.find(name, e.function.span)
    if entry is None and name in NAMES:
        return builtin(elab, name, e, want)
    graph = as_graph(entry)
    if graph is not None:
        return call_graph(elab, graph, e.args, e.span)
    definition = as_definition(entry)
    if definition is None:
        if entry is not None:
            raise NotAFunction(f"{name} is no function but a statement", e.function.span)
        raise unknown(elab, name, e.function.span)
    return unfold(elab, definition, e.args, want, e.span)


def as_definition(entry: object) -> tuple[Declared, Def] | None:
    """``entry`` with its syntax, if it is a definition."""
    return (entry, entry.decl) if isinstance(entry, Declared) and isinstance(entry.decl, Def) else None


def definition_without_arguments(elab: Elab, e: Name, want: Sort | None) -> Val | None:
    """The value of a definition or graph that takes no arguments, or of a weight; None when ``e`` names nothing such."""
    entry = elab.view.find(e.name, e.span)
    graph = as_graph(entry)
    if graph is not None:
        return call_graph(elab, graph, (), e.span)
    definition = as_definition(entry)
    if definition is None:
        if e.name in NAMES:
            raise WrongArity(f"the function {e.name} needs its arguments", e.span)
        return weight_named(elab, e)
    if any(not p.implicit and not p.is_hypothesis for p in definition[1].params):
        raise WrongArity(f"the definition {e.name} needs its arguments", e.span)
    return unfold(elab, definition, (), want, e.span)


def unfold(elab: Elab, found: tuple[Declared, Def], args: tuple[Expr, ...], want: Sort | None, span: Span) -> Val:
    """The body of a definition at arguments, under its preconditions."""
    session = elab.session
    definition, original = found
    decl = session.overrides.get(id(original), original)
    callee = replace(elab, view=definition.view)
    with located(definition.view.file):
        m = Matcher(elab, callee, decl.params, span)
    m.arguments(args, decl.result, want)
    m.finish(decl.result, want)
    scope = m.callee.scope
    key = (
        id(original),
        tuple(sorted([(n, v) for n, v in scope.values.items()], key=lambda x: x[0])),
        tuple(sorted(scope.groups)),
        tuple([(g.dims, g.axes) for _, g in sorted(scope.groups.items())]),
        tuple(sorted([(n, s.text) for n, s in scope.types.items()])),
        tuple(sorted([(n, r.name) for n, r in scope.runtimes.items()])),
        scope.known,
        want,
    )
    known = session.cache.get(key)
    if known is None:
        outer, session.used = session.used, {}
        session.unfolding += 1
        session.unfolded += 1
        if session.unfolding > _UNFOLDING:
            raise TooDeep("definitions are nested too deeply", span)
        if session.unfolded > _UNFOLDED:
            raise TooLarge("the declaration unfolds too many definitions", span)
        try:
            with located(definition.view.file):
                body = body_of(m.callee, decl, m.hypotheses)
        finally:
            inner, session.used = session.used, outer
            session.unfolding -= 1
        known = (body, tuple(inner))
        session.cache[key] = known
    body, used = known
    session.used[definition.name] = None
    session.used.update(dict.fromkeys(used))
    guarded = require_all(m.conditions, body)
    return map_fields(guarded, lambda v: replace(v, valid=merge_valid(m.valid, v.valid)))


def body_of(elab: Elab, decl: Def, hypotheses: list[Param]) -> Val:
    """The body of ``decl`` where its parameters are bound, with its preconditions and the type of its result."""
    conditions: list[Term] = []
    for e in [*[hypothesis_expression(p) for p in hypotheses], *decl.requires]:
        p = elab.prop(e)
        conditions += [*p.valid, p.term]
        elab = elab.at(elab.scope.knowing([p.term]))
    return require_all(conditions, fit(elab, decl.result, decl.body))


def fit(elab: Elab, t: TypeExpr, e: Expr) -> Val:
    """``e`` as a value of type ``t``: a scalar fills a tensor, sizes must agree, integers must lie in range."""
    shape = shape_of(elab, t)
    return _fit(elab.value(e, None if shape.fields else shape.elem), shape, e.span)


def _fit(v: Val, shape: Shape, span: Span) -> Val:
    if shape.fields:
        if [n for n, _ in v.fields] != [n for n, _ in shape.fields]:
            raise ShapeMismatch("the body is no tuple with the declared fields", span)
        return tuple_of([(n, _fit(f, s, span)) for (n, f), (_, s) in zip(v.fields, shape.fields, strict=True)])
    v = coerce(v, shape.elem, span)
    if shape.dims and not v.dims:
        v = replace(v, term=tabulate(shape.dims, index_variables(shape.dims), v.term), dims=shape.dims)
    conditions = agreement(shape.dims, v.dims)
    if conditions is None:
        raise ShapeMismatch(
            f"the body has dimensions {show_dims(v.dims)}, the declared ones are {show_dims(shape.dims)}", span
        )
    out = require_all([*shape.valid, *conditions], v)
    if shape.result is not None and not shape.dims:
        return require_all([in_domain(shape.result, v.term)], out)
    return out

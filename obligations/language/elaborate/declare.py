"""Parameters of claims, lemmas and definitions: their variables, the facts of their types, their hypotheses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ....theories.terms import build as b
from ....theories.terms.binders import var
from ....theories.terms.sorts import INT, ElemSort, Sort, elem, index_map
from ....theories.terms.term import Term
from ...claims import Fact, Parameter
from ..ast import BaseType, Expr, FunctionType, IndexType, Param, Span, TypeExpr
from ..diagnostics import BadParameter, DuplicateName
from .annotations import hypothesis_expression, is_hypothesis, parameter_type, unbound_names
from .core import Elab
from .forms import runtime_value
from .scope import Batch, Group, Runtime
from .types import CLASSES, KINDS, NATURALS, Shape, is_map_type, range_fact, reject_kind, shape_of
from .values import Val, tuple_of


@dataclass(slots=True)
class Declared:
    """The parameters of a declaration, and the place in which they are in scope."""

    elab: Elab
    prefix: str = ""
    parameters: list[Parameter] = field(default_factory=list[Parameter])
    facts: list[Fact] = field(default_factory=list[Fact])
    hypotheses: list[Fact] = field(default_factory=list[Fact])
    elems: list[ElemSort] = field(default_factory=list[ElemSort])
    groups: list[str] = field(default_factory=list[str])
    valid: list[Term] = field(default_factory=list[Term])

    def add(self, parameter: Parameter, value: Val) -> None:
        """A new parameter with its value in scope."""
        scope = self.elab.scope
        if parameter.dims:
            scope = replace(scope, shapes={**scope.shapes, parameter.var.name: parameter.dims})
        self.elab = self.elab.at(scope.with_value(parameter.name, value))
        self.parameters.append(parameter)

    def fact(self, name: str, formula: Term) -> None:
        """A fact that the types of parameters give."""
        self.facts.append(Fact(name, formula))
        self.elab = self.elab.at(self.elab.scope.knowing([formula]))

    def finish(self, span: Span) -> None:
        """Add what the statement brought up: the batch indices of its ``..``, functions of its runtimes, weights of graphs."""
        scope = self.elab.scope
        for group, indices in scope.batch.used.values() if scope.batch else ():
            for x, domain in zip(indices, group.dims or (), strict=True):
                dims = (b.axes(group.axes),) if group.axes is not None and domain[0].kind == "box" else ()
                self.parameters.append(Parameter(x.name, x, "index", dims))
                from ....theories.definedness import in_domain

                self.facts.append(Fact(f"{x.name}_in_range", in_domain(domain, x)))
        for runtime in scope.runtimes.values():
            for name in runtime.functions:
                f = runtime.function(name)
                assert f is not None
                self.parameters.append(Parameter(f.name, f, "runtime", runtime_value(f).dims))
        for name, (_, weight) in self.elab.session.weights.items():
            if any(p.var.name == weight.term.name for p in self.parameters):
                raise DuplicateName(f"{name} is a parameter and a weight of a graph", span, hint="rename the parameter")
            self.parameters.append(Parameter(name, weight.term, "value", weight.dims))


def declare(
    elab: Elab,
    params: Sequence[Param],
    requires: Sequence[Expr],
    formats: Mapping[str, Sort],
    prefix: str = "",
) -> Declared:
    """Declare ``params`` with ``{F : float}`` standing for ``formats``; variables' names get ``prefix``."""
    d = Declared(elab.at(replace(elab.scope, batch=Batch(prefix))), prefix)
    later = [n for p in params for n in p.names]
    for n in later:
        if later.count(n) > 1:
            span = next(p.span for p in reversed(params) if n in p.names)
            raise DuplicateName(f"two parameters are called {n}", span)
    for p in params:
        if is_hypothesis(d.elab, p):
            _hypothesis(d, p)
        else:
            _parameter(d, p, formats, later)
    for k, e in enumerate(requires):
        _assume(d, f"requires_{k + 1}", e)
    return d


def _hypothesis(d: Declared, p: Param) -> None:
    if p.implicit:
        raise BadParameter("a hypothesis stands in parentheses", p.span)
    e = hypothesis_expression(p)
    for n in p.names:
        _assume(d, n, e)


def _assume(d: Declared, name: str, e: Expr) -> None:
    p = d.elab.prop(e)
    d.hypotheses.append(Fact(name, b.conj(*p.valid, p.term)))
    d.elab = d.elab.at(d.elab.scope.knowing([p.term]))


def _parameter(d: Declared, p: Param, formats: Mapping[str, Sort], later: Sequence[str]) -> None:
    t = parameter_type(p)
    if isinstance(t, BaseType) and (t.name in KINDS or _is_boundary(d.elab, t)):
        for n in p.names:
            _kind(d, n, t, p, formats)
        return
    if p.implicit and not _may_be_implicit(t):
        raise BadParameter("a value stands in parentheses", p.span, hint="implicit are sizes, indices, maps and kinds")
    for kind, name in _unbound(d.elab, t):
        if name in later and not (kind == "rest" and name in d.elab.scope.groups):
            raise BadParameter(f"{name} is used before its declaration", p.span, hint=f"declare {name} first")
        _auto(d, kind, name)
    for n in p.names:
        declare_value(d, n, t, p.span)


def _may_be_implicit(t: TypeExpr) -> bool:
    return isinstance(t, IndexType) or is_map_type(t) or (isinstance(t, BaseType) and t.name in ("size", "nat", "int"))


def _unbound(elab: Elab, t: TypeExpr) -> list[tuple[str, str]]:
    out = list(unbound_names(elab, t))
    if is_map_type(t):
        assert isinstance(t, FunctionType) and isinstance(t.arg, BaseType)
        if t.arg.name not in elab.scope.groups and t.arg.name not in elab.scope.types:
            out.append(("group", t.arg.name))
    return list(dict.fromkeys(out))


def _is_boundary(elab: Elab, t: BaseType) -> bool:
    if t.name in elab.scope.types or t.name in elab.scope.groups:
        return False
    entry = elab.view.find(t.name, t.span)
    return entry is not None and entry.is_boundary


def _kind(d: Declared, name: str, t: BaseType, p: Param, formats: Mapping[str, Sort]) -> None:
    scope = d.elab.scope
    if t.name in CLASSES:
        if not p.implicit:
            raise reject_kind(t)
        sort = formats[name] if t.name == "float" else elem(name, t.name)
        if isinstance(sort, ElemSort):
            d.elems.append(sort)
        d.elab = d.elab.at(replace(scope, types={**scope.types, name: sort}))
    elif t.name == "axes":
        if not p.implicit:
            raise reject_kind(t)
        _auto(d, "group", name)
    else:
        entry = None if t.name == "runtime" else d.elab.view.find(t.name, t.span)
        runtime = Runtime(d.prefix + name, entry.name, entry.functions) if entry else Runtime(d.prefix + name)
        d.elab = d.elab.at(replace(scope, runtimes={**scope.runtimes, name: runtime}))


def _auto(d: Declared, kind: str, name: str) -> None:
    scope = d.elab.scope
    if kind == "group":
        if name in scope.groups:
            return
        d.groups.append(name)
        d.elab = d.elab.at(scope.with_group(Group(name, name, None)))
    elif kind == "rest":
        group = scope.groups[name]
        if group.dims is None:
            sizes = _size_map(d, f"{name}.size", name)
            d.elab = d.elab.at(d.elab.scope.with_group(replace(group, dims=(b.box(sizes),))))
    elif kind == "type":
        if name not in scope.types:
            sort = elem(name, "scalar")
            d.elems.append(sort)
            d.elab = d.elab.at(replace(scope, types={**scope.types, name: sort}))
    elif name not in scope.values:
        if kind == "size":
            x = var(d.prefix + name, INT)
            d.add(Parameter(name, x, "size"), Val(x))
            d.fact(f"{name}_nonneg", b.le(b.ZERO, x))
        else:
            _size_map(d, name, kind.removeprefix("sizes "))


def _size_map(d: Declared, name: str, group: str) -> Term:
    from .sizes import nonnegative

    axes = d.elab.scope.groups[group].axes
    assert axes is not None
    x = var(d.prefix + name, index_map(axes))
    d.add(Parameter(name, x, "sizes", (b.axes(axes),)), Val(x, (b.axes(axes),)))
    if "." not in name:
        d.elab = d.elab.at(d.elab.scope.with_group(d.elab.scope.groups[group].sized(b.box(x))))
    d.fact(f"{name}_nonneg", nonnegative(x))
    return x


def declare_value(d: Declared, name: str, t: TypeExpr, span: Span) -> None:
    """A parameter of type ``t``: one variable, or one for each field of a tuple."""
    if name in d.elab.scope.values:
        raise DuplicateName(f"two parameters are called {name}", span)
    shape = shape_of(d.elab, t)
    d.valid += shape.valid
    value = _variables(d, name, shape, _role(t, shape))
    d.elab = d.elab.at(d.elab.scope.with_value(name, value))


def _variables(d: Declared, name: str, shape: Shape, role: str) -> Val:
    if shape.fields:
        return tuple_of([(n, _variables(d, f"{name}.{n}", f, "value")) for n, f in shape.fields])
    x = var(d.prefix + name, shape.sort)
    value = Val(x, shape.dims)
    result = shape.result if shape.dims and role != "index" and role != "sizes" else None
    d.add(Parameter(name, x, role, shape.dims, result), value)
    if shape.result is not None:
        kind = "nonneg" if shape.result[0].kind == "nat" else "in_range"
        d.fact(f"{name}_{kind}", range_fact(shape, x))
    return value


def _role(t: TypeExpr, shape: Shape) -> str:
    if isinstance(t, BaseType):
        return t.name if t.name in NATURALS else "value"
    if isinstance(t, IndexType):
        return "index"
    if is_map_type(t) and shape.dims and shape.dims[0][0].kind == "axes":
        return "sizes" if shape.result is not None else "map"
    return "value"

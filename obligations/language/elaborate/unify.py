"""Matching of types with values: what the names in the type of a parameter stand for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ....theories.terms import build as b
from ....theories.terms.build import Domain
from ....theories.terms.sorts import INT, AxisSort, Sort
from ....theories.terms.term import Term
from ..ast import BaseType, Dimension, FunctionType, IndexType, Span, TensorType, TupleType, TypeExpr
from ..diagnostics import CannotInfer, NotSupported, ShapeMismatch, WrongGroup, WrongType
from .core import Elab, located
from .operators import coerce
from .reads import as_map
from .scope import Group, Scope
from .sizes import agreement, axes_of, show_dims
from .types import KINDS, NATURALS, SORTS, class_accepts, domain_of_type, is_map_type, plain_name, shape_of
from .values import Val, is_axis_map, mismatch, tuple_of


class Unifier:
    """The place of a callee, whose names are bound as the types of its parameters meet values."""

    def __init__(self, callee: Elab, span: Span) -> None:
        self.callee = callee
        self.span = span
        self.classes: dict[str, str] = {}  # type variables and their classes
        self.declared: set[str] = set()  # names of parameters
        self.conditions: list[Term] = []  # what must hold of the values
        self.inferred: list[Term] = []  # sizes that were read off the values
        self.late: list[tuple[Dimension, Domain, Span]] = []  # dimensions to compare when all names are bound

    def _scope(self, scope: Scope) -> None:
        self.callee = self.callee.at(scope)

    def bind_type(self, name: str, sort: Sort, span: Span) -> None:
        """Let the type variable ``name`` stand for ``sort``."""
        bound = self.callee.scope.types.get(name)
        if bound is sort:
            return
        if bound is not None:
            raise mismatch(bound, sort, span)
        kind = self.classes.get(name, "scalar")
        if not class_accepts(kind, sort):
            raise WrongType(f"{sort.text} is not of class {kind}, which {name} must be", span)
        self._scope(replace(self.callee.scope, types={**self.callee.scope.types, name: sort}))

    def is_variable(self, name: str) -> bool:
        """Whether ``name`` may be a type variable of the callee."""
        return name in self.classes or (
            name not in SORTS and name not in KINDS and name not in self.callee.scope.groups
        )

    def unify(self, t: TypeExpr, v: Val, span: Span) -> Val:
        """Match the type ``t`` with the value ``v``, which is returned with the elements that ``t`` asks for."""
        if isinstance(t, TupleType):
            return self._tuple(t, v, span)
        if is_map_type(t) and not v.is_tuple and (not v.dims or is_axis_map(v)):
            return self._map(t, v, span)
        dims, base = self._domains(t, v.dims, v, span)
        if isinstance(base, TupleType):
            return self._tuple(base, v, span)
        return self._element(base, v, dims, span)

    def _element(self, t: TypeExpr, v: Val, used: int, span: Span) -> Val:
        if v.is_tuple:
            raise WrongType("a tuple stands where a single value must", span)
        rest = v.dims[used:]
        if isinstance(t, IndexType):
            if rest and not is_axis_map(Val(v.term, rest)):
                raise ShapeMismatch(f"dimensions {show_dims(v.dims)} are more than the parameter has", span)
            if v.elem is not INT:
                raise mismatch(INT, v.elem, span)
            self._bind_index_size(t, rest)
            return v
        if rest:
            raise ShapeMismatch(f"dimensions {show_dims(v.dims)} are more than the parameter has", span)
        if isinstance(t, BaseType) and t.name not in SORTS and self.is_variable(t.name):
            known = self.callee.scope.types.get(t.name)
            if known is None:
                self.bind_type(t.name, v.elem, span)
                return v
            return coerce(v, known, span)
        with located(self.callee.view.file):
            sort = shape_of(self.callee, t).elem
        return coerce(v, sort, span)

    def _bind_index_size(self, t: IndexType, rest: Sequence[Domain]) -> None:
        name = plain_name(t.size)
        if rest and name is not None and name in self.callee.scope.values:
            n = self.callee.scope.values[name]
            if not n.dims:
                raise WrongGroup("an index map stands where an integer index must", self.span)

    def _tuple(self, t: TupleType, v: Val, span: Span) -> Val:
        if [n for n, _ in v.fields] != [n for n, _ in t.fields]:
            wanted = ", ".join(n for n, _ in t.fields)
            raise WrongType(f"a tuple with fields {wanted} is needed", span)
        return tuple_of([(n, self.unify(f, x, span)) for (n, f), (_, x) in zip(t.fields, v.fields, strict=True)])

    def _map(self, t: TypeExpr, v: Val, span: Span) -> Val:
        assert isinstance(t, FunctionType) and isinstance(t.arg, BaseType)
        name = t.arg.name
        groups = self.callee.scope.groups
        if name not in groups:
            if not v.dims:
                raise CannotInfer(f"the group {name} of this map is not known", span)
            self._bind_axes(name, v.dims[0])
        axes = self.callee.scope.groups[name].axes
        if axes is None:
            raise NotSupported(f"{name} stands for single dimensions here, so there are no maps over its axes", span)
        if v.elem is not INT:
            raise mismatch(INT, v.elem, span)
        return as_map(v, b.s.index_map(axes), span)

    def _bind_axes(self, name: str, domain: Domain) -> None:
        sort = domain[0].sort
        if domain[0].kind == "box":
            sort = axes_of(domain[1][0])[0].sort
        assert isinstance(sort, AxisSort)
        self._scope(self.callee.scope.with_group(Group(name, sort.group, None)))

    def _domains(self, t: TypeExpr, dims: Sequence[Domain], v: Val, span: Span) -> tuple[int, TypeExpr]:
        """Match the dimensions of ``t`` from the left; how many were used, and the type of what they lead to."""
        used = 0
        while isinstance(t, TensorType | FunctionType):
            if v.is_tuple:
                raise NotSupported("tensors of tuples cannot be arguments", span)
            if isinstance(t, TensorType):
                used += self._tensor(t, dims[used:], span)
                t = t.element
            else:
                if used == len(dims):
                    raise ShapeMismatch("a function or tensor is needed", span)
                self._argument(t.arg, dims[used], span)
                used += 1
                t = t.res
        return used, t

    def _tensor(self, t: TensorType, dims: Sequence[Domain], span: Span) -> int:
        single = sum(not (d.group is not None and d.size is None) for d in t.dims)
        rests = [(d, self.callee.scope.groups.get(d.group or "")) for d in t.dims if d.size is None]
        known = sum([len(g.dims) for _, g in rests if g is not None and g.dims is not None])
        open_groups = [d for d, g in rests if g is None or g.dims is None]
        spare = len(dims) - single - known
        if spare < 0 or (spare > 0 and not open_groups):
            raise ShapeMismatch(f"dimensions {show_dims(dims)} where {len(t.dims)} are declared", span)
        if len(open_groups) > 1:
            raise CannotInfer(f"how the dimensions are shared by {len(open_groups)} groups is not known", span)
        k = 0
        for d in t.dims:
            if d.size is None:
                k += self._rest(d, dims[k:], spare, span)
            else:
                self._size(d, dims[k], span)
                k += 1
        return k

    def _rest(self, d: Dimension, dims: Sequence[Domain], spare: int, span: Span) -> int:
        assert d.group is not None
        group = self.callee.scope.groups.get(d.group)
        if group is None or group.dims is None:
            taken = tuple(dims[:spare])
            axes = axes_of(taken[0][1][0])[0].sort if len(taken) == 1 and taken[0][0].kind == "box" else None
            name = axes.group if isinstance(axes, AxisSort) else None
            if group is not None and group.axes is not None and group.axes != name:
                raise WrongGroup(f"group {d.group} stands for other axes already", span)
            self._scope(self.callee.scope.with_group(Group(d.group, name, taken)))
            self.inferred += [args[-1] for dom, args in taken if dom.kind in ("range", "box")]
            return spare
        self._agree(group.dims, dims[: len(group.dims)], span)
        return len(group.dims)

    def _agree(self, wanted: Sequence[Domain], found: Sequence[Domain], span: Span) -> None:
        conditions = agreement(wanted, found)
        if conditions is None:
            raise ShapeMismatch(f"dimensions {show_dims(found)} where {show_dims(wanted)} are needed", span)
        self.conditions += conditions

    def _size(self, d: Dimension, domain: Domain, span: Span) -> None:
        dom, args = domain
        if dom.kind not in ("range", "box"):
            raise ShapeMismatch(
                f"a function of {dom.kind} stands where a tensor must", span, hint="write [i < n] => f(i)"
            )
        if d.group is not None:
            if dom.kind != "box":
                raise NotSupported(f"{d.group} must be a group of axes here, not a single dimension", span)
            if d.group not in self.callee.scope.groups:
                self._bind_axes(d.group, domain)
        name = plain_name(d.size)
        if (
            name is not None
            and name not in self.callee.scope.values
            and (name in self.declared or not self.callee.view.find_quietly(name))
        ):
            n = args[-1]
            dims = (axes_of(n),) if dom.kind == "box" else ()
            scope = self.callee.scope.with_value(name, Val(n, dims))
            self._scope(scope.with_group(scope.groups[d.group].sized(domain)) if d.group is not None else scope)
            self.inferred.append(n)
            return
        self.late.append((d, domain, span))

    def _argument(self, t: TypeExpr, domain: Domain, span: Span) -> None:
        """Match the type of a function's argument with the domain of a function value."""
        dom, args = domain
        if isinstance(t, IndexType) and dom.kind in ("range", "box"):
            self._size(Dimension(None, t.size, span=t.span), (dom, args), span)
            return
        if isinstance(t, BaseType):
            if t.name in NATURALS and dom.kind == "nat":
                return
            if dom.kind == "axes" and t.name not in SORTS:
                if t.name not in self.callee.scope.groups:
                    self._bind_axes(t.name, domain)
                self._agree([b.axes(self.callee.scope.groups[t.name].axes or "")], [domain], span)
                return
            if dom.kind == "all" and t.name not in SORTS and t.name not in self.callee.scope.types:
                self.bind_type(t.name, dom.sort, span)
                return
        wanted, _ = domain_of_type(self.callee, t)
        self._agree([wanted], [domain], span)

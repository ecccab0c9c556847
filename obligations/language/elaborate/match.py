"""Matching of arguments with parameters: what implicit parameters stand for, and what the types of parameters ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ....theories.terms import build as b
from ....theories.terms.build import Domain
from ....theories.terms.sorts import INT, AxisSort, Sort
from ....theories.terms.term import Term
from ..ast import BaseType, BitsType, Dimension, Expr, FunctionType, IndexType, Param, Span, TensorType, TupleType, TypeExpr
from ..diagnostics import CannotInfer, NotSupported, ShapeMismatch, WrongArity, WrongGroup, WrongType
from .annotations import is_hypothesis, parameter_type
from .core import Elab, located
from .literals import is_literal_like
from .operators import coerce
from .reads import as_map
from .scope import Batch, Group, Scope
from .sizes import agreement, axes_of, equal_sizes, nonnegative, plainly_nonnegative, show_dims
from .types import CLASSES, KINDS, NATURALS, SORTS, class_accepts, dimension, is_map_type, plain_name, range_fact, shape_of
from .values import Val, is_axis_map, mismatch


class Matcher:
    """One call: ``caller`` elaborates the arguments, ``callee`` is the place of the definition's own words."""

    def __init__(self, caller: Elab, callee: Elab, params: Sequence[Param], span: Span) -> None:
        outer = caller.scope
        self.caller = caller
        self.callee = callee.at(Scope(known=outer.known, shapes=outer.shapes))
        self.params = params
        self.span = span
        self.classes: dict[str, str] = {}
        self.declared: set[str] = set()
        self.conditions: list[Term] = []
        self.inferred: list[Term] = []
        self.late: list[tuple[Dimension, Domain, Span]] = []
        self.valid: list[Term] = []
        self.explicit: list[tuple[str, TypeExpr]] = []
        self.implicit: list[tuple[str, TypeExpr]] = []
        self.hypotheses: list[Param] = []
        for p in params:
            if is_hypothesis(self.callee, p):
                self.hypotheses.append(p)
                continue
            t = parameter_type(p)
            self.declared.update(p.names)
            for n in p.names:
                if isinstance(t, BaseType) and t.name in CLASSES:
                    self.classes[n] = t.name
                elif isinstance(t, BaseType) and t.name == "axes":
                    self.implicit.append((n, t))
                else:
                    (self.implicit if p.implicit else self.explicit).append((n, t))

    # -- names of the callee --

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
        return name in self.classes or (name not in SORTS and name not in KINDS and name not in self.callee.scope.groups)

    # -- arguments --

    def arguments(self, args: Sequence[Expr]) -> None:
        """Bind the explicit parameters; literals wait until their type is known."""
        if len(args) != len(self.explicit):
            raise WrongArity(f"{len(self.explicit)} arguments are needed, not {len(args)}", self.span)
        pending = list(zip(self.explicit, args, strict=True))
        while pending:
            rest = [x for x in pending if not self._try(*x[0], x[1], last=False)]
            if len(rest) == len(pending):
                (name, t), e = rest.pop(0)
                self._try(name, t, e, last=True)
            pending = rest

    def _try(self, name: str, t: TypeExpr, e: Expr, last: bool) -> bool:
        runtime = self._runtime(name, t, e)
        if runtime:
            return True
        want = self.element_sort(t)
        literal = is_literal_like(e, frozenset(self.caller.scope.values))
        if literal and want is None and not last:
            return False
        if literal and want is None and self._type_name(t) is not None:
            raise CannotInfer(f"the type of this literal, argument {name}, is not known", e.span, hint="say cast(1, float32)")
        v = self.caller.value(e, want)
        if not last and is_map_type(t) and not v.dims and not v.is_tuple and not self._group_known(t):
            return False
        self.valid += v.valid
        found = self.unify(t, replace(v, valid=()), e.span)
        earlier = self.callee.scope.values.get(name)
        if earlier is not None:  # a size that an argument before this one has fixed
            self.conditions.append(_same(earlier, found, e.span))
        self._scope(self.callee.scope.with_value(name, found))
        return True

    def _runtime(self, name: str, t: TypeExpr, e: Expr) -> bool:
        from ..ast import Name

        if not isinstance(t, BaseType) or (t.name != "runtime" and not self._is_boundary(t)):
            return False
        runtime = self.caller.scope.runtimes.get(e.name) if isinstance(e, Name) else None
        if runtime is None:
            raise WrongType("a runtime must be named here", e.span)
        scope = self.callee.scope
        self._scope(replace(scope, runtimes={**scope.runtimes, name: runtime}))
        return True

    def _is_boundary(self, t: BaseType) -> bool:
        if t.name in SORTS or t.name in KINDS or self.callee.scope.types.get(t.name) is not None:
            return False
        entry = self.callee.view.find(t.name, t.span)
        return entry is not None and entry.is_boundary

    def _group_known(self, t: TypeExpr) -> bool:
        return isinstance(t, FunctionType) and isinstance(t.arg, BaseType) and t.arg.name in self.callee.scope.groups

    def _type_name(self, t: TypeExpr) -> str | None:
        while isinstance(t, TensorType | FunctionType):
            t = t.element if isinstance(t, TensorType) else t.res
        return t.name if isinstance(t, BaseType) and t.name not in SORTS else None

    def element_sort(self, t: TypeExpr) -> Sort | None:
        """The sort of elements that ``t`` states, as far as it is known."""
        while isinstance(t, TensorType | FunctionType):
            t = t.element if isinstance(t, TensorType) else t.res
        if isinstance(t, BaseType):
            return SORTS.get(t.name) or self.callee.scope.types.get(t.name)
        if isinstance(t, BitsType):
            return shape_of(self.callee, t).elem
        return INT if isinstance(t, IndexType) else None

    # -- types --

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
        from .values import tuple_of

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
        groups = self.callee.scope.groups
        single = sum(not (d.group is not None and d.size is None) for d in t.dims)
        known = sum(
            len(groups[d.group].dims or ())
            for d in t.dims
            if d.size is None and d.group in groups and groups[d.group].dims is not None
        )
        open_groups = [d for d in t.dims if d.size is None and (d.group not in groups or groups[d.group].dims is None)]
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
            raise ShapeMismatch(f"a function of {dom.kind} stands where a tensor must", span, hint="write [i < n] => f(i)")
        if d.group is not None:
            if dom.kind != "box":
                raise NotSupported(f"{d.group} must be a group of axes here, not a single dimension", span)
            if d.group not in self.callee.scope.groups:
                self._bind_axes(d.group, domain)
        name = plain_name(d.size)
        if name is not None and name not in self.callee.scope.values and (
            name in self.declared or not self.callee.view.find_quietly(name)
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
        from .types import domain_of_type

        wanted, _ = domain_of_type(self.callee, t)
        self._agree([wanted], [domain], span)

    # -- afterwards --

    def finish(self, result: TypeExpr | None, want: Sort | None) -> None:
        """Check that everything implicit is known, and collect what the types of parameters ask of their values."""
        self._result(result, want)
        scope = self.callee.scope
        for name in self.classes:
            if name not in scope.types:
                raise CannotInfer(f"what type {name} stands for does not follow from the arguments", self.span)
        for name, t in self.implicit:
            if isinstance(t, BaseType) and t.name == "axes":
                known = name in scope.groups
            elif isinstance(t, BaseType) and (t.name == "runtime" or self._is_boundary(t)):
                known = self._infer_runtime(name, t)
            else:
                known = name in scope.values
            if not known:
                raise CannotInfer(f"what {name} stands for does not follow from the arguments", self.span)
        for d, domain, span in self.late:
            with located(self.callee.view.file):
                wanted, valid = dimension(self.callee, d)
            self.conditions += valid
            self._agree(wanted, [domain], span)
        known_facts = self.callee.scope.known
        self.conditions += [nonnegative(n) for n in self.inferred if not plainly_nonnegative(n, known_facts)]
        for name, t in (*self.implicit, *self.explicit):
            if name in self.callee.scope.values:
                self._range(t, self.callee.scope.values[name])
        self.conditions = list(dict.fromkeys(self.conditions))
        self._scope(self.callee.scope.knowing(self.conditions))

    def _range(self, t: TypeExpr, v: Val) -> None:
        if v.is_tuple or v.elem is not INT:
            return
        with located(self.callee.view.file):
            shape = shape_of(self.callee, t)
        if shape.result is None:
            return
        if len(shape.dims) != len(v.dims):
            raise ShapeMismatch("an index and its size belong to different groups", self.span)
        fact = range_fact(shape, v.term)
        known = self.callee.scope.known
        number = not v.dims or is_axis_map(v)
        if fact in known or (shape.result[0].kind == "nat" and number and plainly_nonnegative(v.term, known)):
            return
        parts = fact.args if fact.op == "and" else (fact,)
        self.conditions += [p for p in parts if p not in known and not _holds(p)]

    def _result(self, result: TypeExpr | None, want: Sort | None) -> None:
        name = None if result is None else self._type_name(result)
        if name is not None and want is not None and name in self.classes and name not in self.callee.scope.types:
            self.bind_type(name, want, self.span)

    def _infer_runtime(self, name: str, t: BaseType) -> bool:
        scope = self.callee.scope
        if name in scope.runtimes:
            return True
        wanted = None
        if t.name != "runtime":
            entry = self.callee.view.find(t.name, t.span)
            wanted = entry.name if entry else None
        fitting = [r for r in self.caller.scope.runtimes.values() if wanted is None or r.boundary == wanted]
        if len(fitting) != 1:
            return False
        self._scope(replace(scope, runtimes={**scope.runtimes, name: fitting[0]}))
        return True

    def with_batch(self) -> Batch:
        """Let ``..`` in the callee's statement mean variables that are closed over later."""
        batch = Batch(None)
        self._scope(replace(self.callee.scope, batch=batch))
        return batch


def _same(p: Val, q: Val, span: Span) -> Term:
    condition = equal_sizes(p.term, q.term) if p.term.sort is q.term.sort else None
    if condition is None:
        raise ShapeMismatch("a size differs from the one that the other arguments have", span)
    return condition


def _holds(p: Term) -> bool:
    """Whether ``p`` is a true comparison of literals."""
    if p.op not in ("le", "lt") or any(a.op != "lit" for a in p.args):
        return False
    left, right = (a.data for a in p.args)
    assert isinstance(left, int) and isinstance(right, int)
    return left <= right if p.op == "le" else left < right

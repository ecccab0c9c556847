"""Matching of arguments with parameters: what implicit parameters stand for, and what the types of parameters ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ....theories.terms.sorts import INT, Sort
from ....theories.terms.term import Term
from ..ast import BaseType, BitsType, Expr, FunctionType, IndexType, Name, Param, Span, TensorType, TypeExpr
from ..diagnostics import CannotInfer, ShapeMismatch, WrongArity, WrongType
from .annotations import is_hypothesis, parameter_type
from .core import Elab, located
from .literals import is_literal_like
from .scope import Batch, Scope
from .sizes import equal_sizes, nonnegative, plainly_nonnegative
from .types import CLASSES, KINDS, SORTS, dimension, is_map_type, range_fact, shape_of
from .unify import Unifier
from .values import Val, is_axis_map


class Matcher(Unifier):
    """One call: ``caller`` elaborates the arguments, ``callee`` is the place of the definition's own words."""

    def __init__(self, caller: Elab, callee: Elab, params: Sequence[Param], span: Span) -> None:
        outer = caller.scope
        super().__init__(callee.at(Scope(known=outer.known, shapes=outer.shapes)), span)
        self.caller = caller
        self.boundary: str | None = None  # what the runtimes that are not named must satisfy
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

    # -- arguments --

    def arguments(self, args: Sequence[Expr], result: TypeExpr | None = None, want: Sort | None = None) -> None:
        """Bind the explicit parameters; literals wait until their type is known.

        ``want`` is the sort of elements that the place of the call asks of the ``result``.
        """
        if len(args) != len(self.explicit):
            raise WrongArity(f"{len(self.explicit)} arguments are needed, not {len(args)}", self.span)
        pending = list(zip(self.explicit, args, strict=True))
        while pending:
            rest = [x for x in pending if not self._try(*x[0], x[1], last=False)]
            if len(rest) == len(pending) and not self._result(result, want):
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
            raise CannotInfer(
                f"the type of this literal, argument {name}, is not known", e.span, hint="say cast(1, float32)"
            )
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
        if not isinstance(t, BaseType) or (t.name != "runtime" and not self._is_boundary(t)):
            return False
        runtime = self.caller.scope.runtimes.get(e.name) if isinstance(e, Name) else None
        if runtime is None:
            raise WrongType("a runtime must be named here", e.span)
        entry = None if t.name == "runtime" else self.callee.view.find(t.name, t.span)
        if entry is not None and runtime.boundary != entry.name:
            raise WrongType(f"this runtime is not declared to be of {t.name}", e.span, hint=f"declare (r : {t.name})")
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

    def _result(self, result: TypeExpr | None, want: Sort | None) -> bool:
        """Let the place of the call say what the result's type variable stands for; whether it was open."""
        name = None if result is None else self._type_name(result)
        if name is not None and want is not None and name in self.classes and name not in self.callee.scope.types:
            self.bind_type(name, want, self.span)
            return True
        return False

    def _infer_runtime(self, name: str, t: BaseType) -> bool:
        scope = self.callee.scope
        if name in scope.runtimes:
            return True
        wanted = self.boundary
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

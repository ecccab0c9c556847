"""The pass over a term that gives every node its value over the reals and its error."""

from __future__ import annotations

from collections.abc import Container, Mapping

from ..errors import Unsupported
from ..terms import build as b
from ..terms.binders import close, fresh, open_with, substitute
from ..terms.sorts import EREAL, FnSort, Sort, TupleSort, fn, is_index_map, uncurry
from ..terms.term import DOM_ARGS, Dom, Term, make
from . import reals, rules
from .rules import ZERO, Error, Part, finite, plus, size, times


def over_reals(t: Term) -> Term:
    """``t`` with reals for floats: nothing is rounded, casts between formats and ``round`` are left out.

    Variables keep their names.  Float literals become rationals; Unsupported for infinities and NaN.  Floats are read as
    finite numbers, so ``isnan`` is false; there is one zero.
    """
    return _Analysis(None, errors=False).of(t).value


def running_error(t: Term, exact: Container[Term] | None = None) -> Term:
    """E(t): a first-order bound of ``|fl(t) - t|`` in units of the unit roundoff, over the reals.

    ``t`` is a locally closed scalar over ``real``, ``ereal`` or floats.  ``exact`` holds the leaves (variables and
    literals of ``t``) that are given without error; None for all.  Unsupported for terms that have no such bound, or
    none over the reals.
    """
    error = _analysed(t, exact).error
    return ZERO if error is None else error


def magnitude(t: Term, exact: Container[Term] | None = None) -> Term:
    """``|t| + E(t)``, the sum of magnitudes that an error relative to the size of intermediate results is measured by."""
    value, error = _analysed(t, exact)
    out = plus(size(finite(value)), error)
    assert out is not None
    return out


def propagated(t: Term, errors: Mapping[Term, Term]) -> Part:
    """``t`` over the reals, a number or a tensor, with its error, for leaves that carry errors themselves.

    ``errors`` gives the error of a variable as a term: a real, or a function of the same arguments.  Other leaves are exact.
    """
    return _Analysis(None, errors=True, given=errors).of(t)


def _analysed(t: Term, exact: Container[Term] | None) -> Part:
    if isinstance(t.sort, FnSort | TupleSort) or not reals.is_rounded(t.sort):
        raise Unsupported(f"the rounding error of a {t.sort.text}")
    return _Analysis(exact, errors=True).of(t)


def _no_error(sort: Sort) -> Term:
    """The error 0 of a value of ``sort``: a real for every scalar in it."""
    if isinstance(sort, FnSort):
        inner = _no_error(sort.res)
        return b.lam(b.everything(reals.real_sort(sort.arg)), lambda _x: inner)
    if isinstance(sort, TupleSort):
        return b.record([(name, _no_error(field)) for name, field in sort.fields])
    return ZERO


def _written(error: Error, sort: Sort) -> Term:
    return _no_error(sort) if error is None else error


def _addends(error: Error) -> list[Term]:
    """What an error is the sum of."""
    out: list[Term] = []
    stack = [] if error is None else [error]
    while stack:
        t = stack.pop()
        if t.op == "add":
            stack += reversed(t.args)
        else:
            out.append(t)
    return out


class _Analysis:
    """Bottom-up over locally closed terms; binders are opened with one variable per binder node, ``let`` with its value.

    The error of a function is the function of the errors of its values, that of a tuple the tuple of those of its fields.
    """

    def __init__(self, exact: Container[Term] | None, errors: bool, given: Mapping[Term, Term] | None = None) -> None:
        self.given = given or {}
        self.exact = exact
        self.errors = errors
        self.memo: dict[Term, Part] = {}
        self.opened: dict[Term, tuple[Term, ...]] = {}
        self.bound: dict[Term, Term] = {}

    def of(self, root: Term) -> Part:
        stack = [root]
        while stack:
            t = stack[-1]
            if t in self.memo:
                stack.pop()
                continue
            operands = self.opened.get(t)
            if operands is None:
                operands = self.opened[t] = self.open(t)
            missing = [a for a in operands if a not in self.memo]
            if missing:
                stack.extend(missing)
                continue
            self.memo[t] = self.combine(t, operands, [self.memo[a] for a in operands])
            stack.pop()
        return self.memo[root]

    def open(self, t: Term) -> tuple[Term, ...]:
        """The locally closed terms that the value and error of ``t`` are made of."""
        if t.op == "let":
            return (open_with(t.args[1], t.args[0]),)
        if t.op == "at" and t.args[0].op == "lam" and reals.is_rounded(t.args[1].sort):
            return (open_with(t.args[0].body, t.args[1]),)
        if not isinstance(t.data, Dom):
            return t.args
        sort = t.data.sort
        if reals.real_sort(sort) is not sort:
            raise Unsupported(f"{t.op} over all values of {sort.text}, over the reals")
        k = DOM_ARGS[t.data.kind]
        x = self.bound[t] = fresh("r", sort)
        self.memo[x] = Part(x, None)
        return (*t.args[:k], *[open_with(a, x) for a in t.args[k:]])

    def combine(self, t: Term, operands: tuple[Term, ...], parts: list[Part]) -> Part:
        if not t.args:
            return self.leaf(t)
        if operands is not t.args and not isinstance(t.data, Dom):
            return parts[0]  # a let or an application, which has the value of its body
        if isinstance(t.data, Dom):
            return self.binder(t, t.data, parts)
        value = reals.operation(t, [p.value for p in parts])
        carries = self.errors and reals.is_rounded(t.sort)
        return Part(value, self.error(t, value, parts) if carries else None)

    def leaf(self, t: Term) -> Part:
        if t.op not in ("var", "lit"):
            return Part(t, None)
        value = reals.leaf(t)
        return Part(value, self.leaf_error(t, value) if self.errors and reals.is_rounded(t.sort) else None)

    def leaf_error(self, t: Term, value: Term) -> Error:
        """What is given; else one rounding, unless ``t`` is exact; of a tuple none, its fields are asked for those."""
        if t in self.given:
            return self.given[t]
        if self.exact is None or t in self.exact or isinstance(t.sort, TupleSort):
            return None
        args, _ = uncurry(value.sort)
        points = [fresh("i", a) for a in args]
        out = size(finite(b.at(value, *points)))
        for point in reversed(points):
            out = b.lam_over(b.everything(point.sort), point, out)
        return out

    def error(self, t: Term, value: Term, parts: list[Part]) -> Error:
        """The error of a number, or of what holds numbers."""
        errors = [p.error for p in parts]
        if t.op == "at":
            return self.read_error(t, value, parts)
        if t.op == "proj":
            return self.field_error(t, value, errors[0])
        if t.op == "cast" and t.args[0].op == "lit" and errors[0] is None and not reals.is_rounded(t.args[0].sort):
            return self.leaf_error(t.args[0], value)
        if all(e is None for e in errors) and t.op in ("ite", "require", "tuple"):
            return None
        if t.op == "ite":
            return b.ite(parts[0].value, _written(errors[1], t.sort), _written(errors[2], t.sort))
        if t.op == "require":
            return b.require(parts[0].value, _written(errors[1], t.sort))
        if t.op == "tuple":
            assert isinstance(t.sort, TupleSort)
            pairs = zip(t.sort.fields, errors, strict=True)
            return b.record([(name, _written(e, sort)) for (name, sort), e in pairs])
        return rules.rule(t, value, parts)

    def field_error(self, t: Term, value: Term, error: Error) -> Error:
        record = t.args[0]
        if record.op == "var":
            return None if self.exact is None or record in self.exact else self.leaf_error(t, value)
        if record.op == "tuple":
            assert isinstance(record.sort, TupleSort)
            return self.memo[record.args[[name for name, _ in record.sort.fields].index(t.name)]].error
        return None if error is None else b.proj(error, t.name)

    def read_error(self, t: Term, value: Term, parts: list[Part]) -> Error:
        (_, error), (index, index_error) = parts
        head, of_numbers = t, False
        while head.op == "at":
            of_numbers = of_numbers or reals.is_rounded(head.args[1].sort)
            head = head.args[0]
        if of_numbers:
            if index_error is not None or head.op != "var":
                raise Unsupported("the rounding error of an unknown function of a computed number")
            return None if isinstance(t.sort, FnSort) else size(finite(value))
        return None if error is None else b.at(error, index)

    @staticmethod
    def within_reach(t: Term, dom: Dom, outside: tuple[Term, ...], inside: list[Term], body: Part, x: Term) -> Term:
        """The error of a member where, perturbed, it may be the extremum; elsewhere 0."""
        assert body.error is not None
        sign = 1 if t.op == "bigmax" else -1
        y = fresh("r", dom.sort)
        nearest = substitute(rules.perturbed(body.value, body.error, -sign), {x: y})
        certain = b.big_over(t.op, (dom, outside), y, open_with(inside[0], y), nearest)
        reaches = rules.perturbed(body.value, body.error, sign)
        within = b.le(certain, reaches) if sign > 0 else b.le(reaches, certain)
        return b.ite(within, body.error, ZERO)

    def binder(self, t: Term, dom: Dom, parts: list[Part]) -> Part:
        k, x = DOM_ARGS[dom.kind], self.bound[t]
        outside = tuple([p.value for p in parts[:k]])
        inside = [close(p.value, x) for p in parts[k:]]
        sort = reals.real_sort(t.sort)
        value = make(t.op, (*outside, *inside), sort, dom)
        if not self.errors or not reals.is_rounded(t.sort):
            return Part(value, None)
        body, error = parts[-1]
        if t.op == "lam":
            if error is None:
                return Part(value, None)
            return Part(value, make("lam", (*outside, close(error, x)), fn(dom.sort, error.sort), dom))

        def total(op: str, of: Term) -> Term:
            return b.big_over(op, (dom, outside), x, parts[k].value, of)

        if t.op in ("bigmax", "bigmin"):
            # Only members that rounding may make the extremum count.
            largest = (
                None if error is None else total("bigmax", self.within_reach(t, dom, outside, inside, parts[-1], x))
            )
            if largest is not None and t.sort is EREAL:
                largest = b.ite(total("exists", b.TRUE), largest, ZERO)
            return Part(value, largest)
        if t.op == "sum":
            # Addend by addend, so that a sum of products stays one.
            addends = [*_addends(error), size(finite(body))]
            return Part(value, plus(*[total("sum", a) for a in addends]))
        assert t.op == "prod"
        roundings = times(size(finite(value)), total("sum", rules.ONE))
        if error is None:
            return Part(value, roundings)
        # To first order, the error of each factor times the other factors, which may be 0.
        y = fresh("r", dom.sort)
        where = b.conj(open_with(inside[0], y), b.negate(_same(y, x)))
        others = b.big_over("prod", (dom, outside), y, where, size(finite(open_with(inside[1], y))))
        return Part(value, plus(total("sum", b.mul(error, others)), roundings))


def _same(x: Term, y: Term) -> Term:
    """Whether two members of a domain are one."""
    if not is_index_map(x.sort):
        return b.eq(x, y)
    assert isinstance(x.sort, FnSort)
    return b.big("forall", (Dom("axes", x.sort.arg), ()), lambda c: b.eq(b.at(x, c), b.at(y, c)))

"""The pass over a term that gives every node its value over the reals and its error."""

from __future__ import annotations

from collections.abc import Container, Mapping
from fractions import Fraction

from ..errors import Unsupported
from ..terms import build as b
from ..terms.binders import close, fresh, open_with
from ..terms.sorts import FnSort, Sort, TupleSort, fn, uncurry
from ..terms.term import BIG, DOM_ARGS, Dom, Term, make
from . import big, coarse, decisions, reals, rules
from .parts import Error, Part, any_of, finite, plus, size, written


def _scalar(sort: Sort) -> bool:
    return not isinstance(sort, FnSort | TupleSort)


class Analysis:
    """Bottom-up over locally closed terms; binders are opened with one variable per binder node, ``let`` with its value.

    The error of a function is the function of the errors of its values, that of a tuple the tuple of those of its fields.
    Arguments are those of the functions of :mod:`.bounds`; without ``errors`` there are values only.
    """

    def __init__(
        self,
        exact: Container[Term] | None,
        errors: bool = True,
        given: Mapping[Term, Term] | None = None,
        unit: Fraction | None = None,
        coarse: Container[Term] = (),
    ) -> None:
        self.given = given or {}
        self.exact = exact
        self.errors = errors
        self.unit = unit
        self.coarse = coarse
        self.memo: dict[Term, Part] = {}
        self.opened: dict[Term, tuple[Term, ...]] = {}
        self.bound: dict[Term, Term] = {}

    def of(self, root: Term) -> Part:
        """The value and error of a locally closed term."""
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

    def carries(self, sort: Sort) -> bool:
        """Whether values of a sort have errors in this analysis."""
        return self.errors and (self.unit is not None or reals.is_rounded(sort))

    def combine(self, t: Term, operands: tuple[Term, ...], parts: list[Part]) -> Part:
        """A node from its operands."""
        if not t.args:
            return self.leaf(t)
        if operands is not t.args and not isinstance(t.data, Dom):
            return parts[0]  # a let or an application, which has the value of its body
        if isinstance(t.data, Dom):
            return self.binder(t, t.data, parts)
        if t.op == "round" and self.unit is not None:
            value = make("round", (parts[0].value,), t.sort, t.data)
        else:
            value = reals.operation(t, [p.value for p in parts])
        if not self.carries(t.sort):
            return Part(value, None)
        rough, partial = any(p.coarse for p in parts), any(p.partial for p in parts) or t.op == "require"
        mode = decisions.rounding(t) if self.unit is not None else None
        if mode is not None and self.unit is not None:
            return Part(value, decisions.rounded(mode[0], self.memo[mode[1]], self.unit), partial=partial)
        if t.op == "at":
            return self.read(t, value, parts, partial)
        if t.op in ("ite", "require", "tuple", "proj"):
            return self.moved(t, value, parts, partial)
        if not reals.is_rounded(t.sort):
            return Part(value, self.undecided(t, parts), partial=partial)
        whole = decisions.is_whole(t, parts)
        error, jumps = self.jump(t, value, parts)
        if jumps:
            return Part(value, error, True, partial=partial, whole=whole)
        if t.op == "cast" and t.args[0].op == "lit" and not reals.is_rounded(t.args[0].sort):
            error = self.leaf_error(t.args[0], value)
        elif rough and self.unit is not None and t.op in coarse.COARSE:
            error = coarse.coarse_rule(t, value, parts, self.unit)
        elif whole and self.unit is not None and t.op in ("add", "sub"):
            error = plus(*[p.error for p in parts], rules.of_integer(finite(value)))
        else:
            error = rules.rule(t, value, parts)
        return Part(value, error, rough, partial=partial, whole=whole)

    # -- leaves ------------------------------------------------------------------------------------------------------

    def leaf(self, t: Term) -> Part:
        """A variable, a literal, or another node without arguments."""
        if t.op not in ("var", "lit"):
            return Part(t, None)
        value = reals.leaf(t)
        if not self.carries(t.sort):
            return Part(value, None)
        return Part(value, self.leaf_error(t, value), t in self.coarse, whole=decisions.is_whole(t, ()))

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

    # -- decisions ---------------------------------------------------------------------------------------------------

    def undecided(self, t: Term, parts: list[Part]) -> Error:
        """Where an operation that gives a Boolean or an integer is undecided."""
        if self.unit is None or all(p.error is None for p in parts):
            return None
        if t.op in ("and", "or", "not", "implies"):
            return decisions.connective(t, parts)
        if not decisions.is_float(t.args[0]):
            return any_of(*[p.error for p in parts])
        if t.op in ("lt", "le", "eq", "peq"):
            return decisions.compared(parts[0], parts[1], self.unit)
        if t.op == "cast":  # of a float, towards zero
            return decisions.rounded("trunc", parts[0], self.unit)
        return decisions.tested(t, parts[0], self.unit)

    def jump(self, t: Term, value: Term, parts: list[Part]) -> tuple[Error, bool]:
        """The error of a number that decisions inside the operation are made for, and whether there are such."""
        part = parts[0]
        if self.unit is None or part.error is None or t.op not in ("rint", "round", "cast"):
            return None, False
        if t.op == "rint":
            return decisions.step_error(decisions.whole(t.name), part, self.unit), True
        if t.op == "round":

            def narrowed(x: Term) -> Term:
                return make("round", (x,), t.sort, t.data)

            return plus(decisions.step_error(narrowed, part, self.unit), part.error, size(value)), True
        if decisions.is_float(t.args[0]):
            return None, False
        mode = decisions.rounding(t.args[0])
        plain = rules.rule(t, value, [Part(part.value, None)])
        if mode is None:
            return decisions.lost(part.error, plain), True
        return plus(decisions.step_error(decisions.whole(mode[0]), self.memo[mode[1]], self.unit), plain), True

    # -- what moves values -------------------------------------------------------------------------------------------

    def settled(self, sort: Sort, value: Term, error: Error, unknown: Error, rough: bool, partial: bool) -> Part:
        """A value of which nothing is known under a condition."""
        if unknown is None or not _scalar(sort):
            return Part(value, error, rough, unknown, partial)
        if reals.is_rounded(sort):
            return Part(value, decisions.lost(unknown, error), True, partial=partial)
        return Part(value, any_of(unknown, error), partial=partial)

    def moved(self, t: Term, value: Term, parts: list[Part], partial: bool) -> Part:
        """The error of one of the operands, or of some of them together."""
        if t.op == "proj":
            error = self.field_error(t, value, parts[0].error)
            return self.settled(t.sort, value, error, parts[0].unknown, parts[0].coarse, partial)
        rough = any(p.coarse for p in parts)
        errors, unknown = [p.error for p in parts], any_of(*[p.unknown for p in parts])
        condition = None if t.op == "tuple" else errors[0]
        if t.op == "ite" and condition is not None and _scalar(t.sort):
            if reals.is_rounded(t.sort):
                assert self.unit is not None
                return Part(
                    value, decisions.chosen_number(parts[0], parts[1], parts[2], self.unit), True, partial=partial
                )
            return Part(value, decisions.chosen(parts[0], parts[1], parts[2]), partial=partial)
        if t.op == "tuple":
            assert isinstance(t.sort, TupleSort)
            pairs = zip(t.sort.fields, errors, strict=True)
            error = None if all(e is None for e in errors) else b.record([(n, written(e, s)) for (n, s), e in pairs])
            return Part(value, error, rough, unknown, partial)
        error = None
        if any(e is not None for e in errors[1:]):
            given = [parts[0].value, *[written(e, t.sort) for e in errors[1:]]]
            error = b.ite(*given) if t.op == "ite" else b.require(*given)
        return self.settled(t.sort, value, error, any_of(condition, unknown), rough, partial)

    def field_error(self, t: Term, value: Term, error: Error) -> Error:
        """The error of a field of a tuple that has the error ``error``."""
        record = t.args[0]
        if record.op == "var" and record not in self.given:
            return None if self.exact is None or record in self.exact else self.leaf_error(t, value)
        if record.op == "tuple":
            assert isinstance(record.sort, TupleSort)
            return self.memo[record.args[[name for name, _ in record.sort.fields].index(t.name)]].error
        return None if error is None else b.proj(error, t.name)

    def read(self, t: Term, value: Term, parts: list[Part], partial: bool) -> Part:
        """A function at an argument: an element of a tensor, or a row of one."""
        function, index = parts
        head, of_numbers = t, False
        while head.op == "at":
            of_numbers = of_numbers or reals.is_rounded(head.args[1].sort)
            head = head.args[0]
        if of_numbers:
            if index.error is not None or head.op != "var":
                raise Unsupported("the rounding error of an unknown function of a computed number")
            rounds = isinstance(t.sort, FnSort) or not reals.is_rounded(t.sort)
            return Part(value, None if rounds else size(finite(value)))
        error = None if function.error is None else b.at(function.error, index.value)
        unknown = any_of(function.unknown, self.anywhere(t.args[1].sort, index))
        return self.settled(t.sort, value, error, unknown, function.coarse, partial or index.error is not None)

    @staticmethod
    def anywhere(sort: Sort, index: Part) -> Error:
        """Whether an index, a number or one for every axis of a group, is undecided."""
        error = index.error
        if error is None or not isinstance(sort, FnSort):
            return error
        return b.big("exists", (Dom("axes", sort.arg), ()), lambda c: b.at(error, c))

    # -- binders -----------------------------------------------------------------------------------------------------

    def binder(self, t: Term, dom: Dom, parts: list[Part]) -> Part:
        """A tensor or a big operator."""
        k, x = DOM_ARGS[dom.kind], self.bound[t]
        outside = tuple([p.value for p in parts[:k]])
        value = make(t.op, (*outside, *[close(p.value, x) for p in parts[k:]]), reals.real_sort(t.sort), dom)
        if not self.carries(t.sort):
            return Part(value, None)
        body, partial = parts[-1], any(p.partial for p in parts)
        bounds = any_of(*[self.anywhere(a.sort, p) for a, p in zip(t.args[:k], parts, strict=False)])
        if t.op == "lam":
            if bounds is not None:
                raise Unsupported("a tensor of an undecided size")
            error, unknown = body.error, body.unknown
            if error is not None:
                error = make("lam", (*outside, close(error, x)), fn(dom.sort, error.sort), dom)
            if unknown is not None:
                unknown = b.big_over("exists", (dom, outside), x, b.TRUE, unknown)
            return Part(value, error, body.coarse, unknown, partial)
        assert t.op in BIG
        opened = big.Big(t.op, dom, outside, x, parts[k], body, value, self.unit)
        if not reals.is_rounded(t.sort):
            return Part(value, any_of(bounds, big.undecided(opened)), partial=partial)
        error, rough = big.error(opened)
        return self.settled(t.sort, value, error, bounds, rough, partial)

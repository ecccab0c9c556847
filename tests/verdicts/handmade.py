"""Claims built by hand, without the language."""

from __future__ import annotations

from probanda.obligations.claims import (
    NO_HINTS,
    Claim,
    Fact,
    Location,
    Parameter,
    Proposition,
    Rewrite,
    Value,
    Verdict,
)
from probanda.theories.definedness import in_domain
from probanda.theories.terms import build as b
from probanda.theories.terms import sorts as s
from probanda.theories.terms.binders import var
from probanda.theories.terms.build import Domain
from probanda.theories.terms.term import Term


class Maker:
    """Collects parameters and facts of a claim."""

    def __init__(self) -> None:
        self.parameters: list[Parameter] = []
        self.facts: list[Fact] = []
        self.groups: list[str] = []
        self.elems: list[s.ElemSort] = []
        self.hypotheses: list[Fact] = []

    def size(self, name: str) -> Term:
        v = var(name, s.INT)
        self.parameters.append(Parameter(name, v, "size"))
        self.facts.append(Fact(f"{name}_nonneg", b.le(b.ZERO, v)))
        return v

    def index(self, name: str, n: Term) -> Term:
        v = var(name, n.sort)
        dims = ()
        if isinstance(n.sort, s.FnSort) and isinstance(n.sort.arg, s.AxisSort):
            dims = (b.axes(n.sort.arg.group),)
        self.parameters.append(Parameter(name, v, "index", dims))
        domain = b.below(n) if n.sort is s.INT else b.box(n)
        self.facts.append(Fact(f"{name}_in_range", in_domain(domain, v)))
        return v

    def sizes(self, name: str, group: str) -> Term:
        v = var(name, s.index_map(group))
        if group not in self.groups:
            self.groups.append(group)
        self.parameters.append(Parameter(name, v, "sizes", (b.axes(group),)))
        self.facts.append(Fact(f"{name}_nonneg", b.big("forall", b.axes(group), lambda c: b.le(b.ZERO, b.at(v, c)))))
        return v

    def map(self, name: str, group: str) -> Term:
        v = var(name, s.index_map(group))
        self.parameters.append(Parameter(name, v, "map", (b.axes(group),)))
        return v

    def value(self, name: str, sort: s.Sort, *dims: Domain, into: Domain | None = None) -> Term:
        v = var(name, s.fn_sort([d.sort for d, _ in dims], sort))
        self.parameters.append(Parameter(name, v, "value", dims, into))
        if isinstance(sort, s.ElemSort) and sort not in self.elems:
            self.elems.append(sort)
        return v

    def assume(self, *formulas: Term) -> None:
        for f in formulas:
            self.hypotheses.append(Fact(f"h{len(self.hypotheses)}", f))

    def claim(self, statement: Proposition | Rewrite, expected: Verdict = Verdict.PROVED, name: str = "c") -> Claim:
        return Claim(
            name=name,
            kind="rewrite" if isinstance(statement, Rewrite) else "theorem",
            expected=expected,
            parameters=tuple(self.parameters),
            groups=tuple(self.groups),
            elems=tuple(self.elems),
            facts=tuple(self.facts),
            hypotheses=tuple(self.hypotheses),
            statement=statement,
            hints=NO_HINTS,
            auto=(),
            source="",
            location=Location("handmade", 1),
        )

    def theorem(self, formula: Term, valid: Term = b.TRUE) -> Claim:
        return self.claim(Proposition(formula, valid))

    def rewrite(self, left: Value, right: Value) -> Claim:
        return self.claim(Rewrite(left, right))


def softmax(x: Term, n: Term, m: Term) -> Term:
    """Over the last axis of a matrix of extended reals or reals."""

    def element(i: Term, j: Term) -> Term:
        top = b.apply("exp", b.at(x, i, j))
        return b.div(top, b.big("sum", b.below(m), lambda k: b.apply("exp", b.at(x, i, k))))

    return b.lam(b.below(n), lambda i: b.lam(b.below(m), lambda j: element(i, j)))


def pointwise(op: str, left: Term, right: Term, group: str) -> Term:
    """An operation on index maps, axis by axis."""
    functions = {"add": b.add, "sub": b.sub, "mul": b.mul, "idiv": b.idiv}
    return b.lam(b.axes(group), lambda c: functions[op](b.at(left, c), b.at(right, c)))


def const_map(value: int, group: str) -> Term:
    return b.lam(b.axes(group), lambda _c: b.integer(value))

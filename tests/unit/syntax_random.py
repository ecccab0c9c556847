"""Random syntax trees: every form of the language, drawn by hypothesis."""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from typing import TypeVar

from hypothesis import strategies as st

from probanda.obligations.language import ast
from probanda.obligations.language.precedence import LEVEL

T = TypeVar("T")

VALUES = ["x", "y'", "assert", "lambda", "max", "min", "real", "_k", "α", "inf", "isnan", "distinct"]
DOTTED = [*VALUES, "ieee32.add", "r.div", "a.sum.b"]
GROUPS = ["B", "C"]
NUMBERS = ["0", "1", "42", "0.5", "1e-3", "2.5E+10", "0xff", "0x1.8p-3"]
TYPES = ["real", "α", "float32", "C", "theory.Carrier"]
SIGNS = sorted(set(LEVEL) - {"^"})
BIG = ["sum", "prod", "max", "min", "count", "forall", "exists"]

texts = st.text(alphabet=string.ascii_letters + ' "\\≤.-/', max_size=12)


class Trees:
    """Draws trees; ``left`` bounds the number of inner nodes still to come."""

    def __init__(self, draw: st.DrawFn, size: int = 12) -> None:
        self.draw = draw
        self.left = draw(st.integers(0, size))

    def pick(self, options: Sequence[T]) -> T:
        return options[self.draw(st.integers(0, len(options) - 1))]

    def maybe(self, make: Callable[[], T]) -> T | None:
        return make() if self.draw(st.booleans()) else None

    def some(self, make: Callable[[], T], least: int = 0, most: int = 2) -> tuple[T, ...]:
        return tuple(make() for _ in range(self.draw(st.integers(least, most))))

    def text(self) -> str:
        return self.draw(texts)

    def doc(self) -> str:
        return " ".join(self.text().replace("/", "").split())

    def name(self) -> str:
        return self.pick(VALUES)

    # -- expressions --

    def expr(self) -> ast.Expr:
        if self.left <= 0:
            return ast.Name(self.pick(DOTTED)) if self.draw(st.booleans()) else self.number()
        self.left -= 1
        return self.pick(
            [self.binary, self.binary, self.power, self.unary, self.call, self.cast, self.index, self.field, self.choice,
             self.let, self.record, self.comprehension, self.big]
        )()  # fmt: skip

    def number(self) -> ast.Number:
        return ast.Number(self.pick(NUMBERS))

    def binary(self) -> ast.Expr:
        return ast.Binary(self.pick(SIGNS), self.expr(), self.expr())

    def power(self) -> ast.Expr:
        return ast.Binary("^", self.expr(), ast.Number(str(self.draw(st.integers(0, 1000)))))

    def unary(self) -> ast.Expr:
        return ast.Unary(self.pick(["-", "not"]), self.expr())

    def call(self) -> ast.Expr:
        return ast.Call(ast.Name(self.name()) if self.draw(st.booleans()) else self.expr(), self.some(self.expr))

    def cast(self) -> ast.Expr:
        return ast.Call(ast.Name("cast"), (self.expr(), ast.Call(ast.Name("bits"), (ast.Number("8"),))))

    def index(self) -> ast.Expr:
        return ast.Index(self.expr(), self.some(self.item, 1, 3))

    def item(self) -> ast.Expr:
        rest = ast.Rest(self.pick([None, *GROUPS]))
        return self.pick([self.expr, self.expr, ast.Hole, lambda: rest])()

    def field(self) -> ast.Expr:
        value = self.expr()
        return ast.Field(ast.Name("x") if isinstance(value, ast.Number) else value, self.name())

    def choice(self) -> ast.Expr:
        return ast.If(self.expr(), self.expr(), self.expr())

    def let(self) -> ast.Expr:
        return ast.Let(self.name(), self.expr(), self.expr())

    def record(self) -> ast.Expr:
        return ast.TupleExpr(tuple((n, self.expr()) for n in self.distinct()))

    def distinct(self) -> list[str]:
        return sorted({self.name() for _ in range(self.draw(st.integers(1, 3)))})

    def binders(self) -> tuple[ast.Binder, ...]:
        return tuple(self.binder(n) for n in self.distinct())

    def binder(self, name: str) -> ast.Binder:
        return self.pick([
            lambda: ast.Binder(name, hi=self.expr()),
            lambda: ast.Binder(name, self.expr(), self.expr()),
            lambda: ast.Binder(name, type=self.type()),
            lambda: ast.Binder(self.pick(GROUPS), rest=True),
        ])()  # fmt: skip

    def comprehension(self) -> ast.Expr:
        return ast.Comprehension(self.binders(), self.expr())

    def big(self) -> ast.Expr:
        return ast.Big(self.pick(BIG), self.binders(), self.maybe(self.expr), self.expr())

    # -- types --

    def type(self) -> ast.TypeExpr:
        if self.left <= 0:
            return self.pick([ast.BaseType(self.pick(TYPES)), ast.BitsType(self.draw(st.integers(1, 1024)))])
        self.left -= 1
        return self.pick([
            lambda: ast.IndexType(self.expr()),
            lambda: ast.TensorType(self.type(), self.some(self.dimension, 1, 3)),
            lambda: ast.FunctionType(self.type(), self.type()),
            lambda: ast.TupleType(tuple((n, self.type()) for n in self.distinct())),
        ])()  # fmt: skip

    def dimension(self) -> ast.Dimension:
        group = self.maybe(lambda: self.pick(GROUPS))
        return ast.Dimension(group, self.expr() if group is None else self.maybe(self.expr))

    # -- declarations --

    def params(self) -> tuple[ast.Param, ...]:
        """Type variables, parameters with types, hypotheses (one of them looks like a type)."""
        found = [ast.Param(("α", "β"), ast.BaseType("scalar"), implicit=True)] if self.draw(st.booleans()) else []
        for k in range(self.draw(st.integers(0, 3))):
            found.append(ast.Param((f"v{k}", f"w{k}"), self.type(), self.draw(st.booleans())))
        if len(found) > 1:
            found.append(ast.Param(("g",), ast.Index(ast.Name("v0"), (self.number(),)), False, True))
            found.append(ast.Param(("h",), self.binary(), False, True))
        return tuple(found)

    def use(self) -> ast.LemmaUse:
        args = self.maybe(lambda: self.some(self.expr))
        return ast.LemmaUse(self.pick(DOTTED), args, self.binders() if self.draw(st.booleans()) else ())

    def chain(self) -> tuple[ast.CalcStep, ...]:
        def step(left: ast.Expr) -> ast.CalcStep:
            return ast.CalcStep(left, self.pick(["=", "<=", "<"]), self.expr(), self.some(self.use))

        return (step(self.expr()), *self.some(lambda: step(ast.Hole()))) if self.draw(st.booleans()) else ()

    def hints(self) -> ast.Hints:
        induction = self.maybe(self.name)
        general = self.some(self.name) if induction else ()
        return ast.Hints(self.some(self.expr), induction, general, self.some(self.use), self.chain())

    def clauses(self, options: dict[str, Callable[[], tuple[str, ...]]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return tuple((word, make()) for word, make in options.items() if self.draw(st.booleans()))

    def claim_clauses(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return self.clauses({
            "expect": lambda: self.pick([("vacuous",), ("exact", "refuted")]),
            "under": lambda: ("nsz", "nnan"),
            "cites": lambda: self.some(self.text, 1),
            "twin_of": lambda: (self.pick(DOTTED),),
        })  # fmt: skip

    def axiom_clauses(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return self.clauses({
            "because": lambda: (self.text(),),
            "mitigation": lambda: (self.text(),),
            "falsified_by": lambda: self.pick([("sampling",), (self.text(),)]),
            "discharged_by": lambda: ("rocq", self.text()),
            "auto": lambda: (),
        })  # fmt: skip

    def axiom(self, name: str, clauses: tuple[tuple[str, tuple[str, ...]], ...]) -> ast.AxiomDecl:
        return ast.AxiomDecl(name, self.params(), self.some(self.expr), self.expr(), clauses, self.doc())

    def decl(self) -> ast.Decl:
        kind = self.pick(["use", "def", "theorem", "lemma", "refuted", "rewrite", "axiom", "boundary", "graph"])
        name = self.pick(DOTTED)
        if kind == "use":
            return ast.Use(name)
        if kind == "def":
            return ast.Def(name, self.params(), self.type(), self.some(self.expr), self.expr(), self.doc())
        if kind == "axiom":
            return self.axiom(name, self.axiom_clauses())
        if kind == "graph":
            reading = self.pick(["real", "ereal", "ieee"])
            return ast.GraphDecl(name, self.text(), self.draw(st.booleans()), reading, self.doc())
        if kind == "boundary":
            heads = {self.pick(["add", "max", "isnan", "v"]) for _ in range(2)}
            lines = tuple(self.axiom(h, ()) for h in sorted(heads))
            return ast.BoundaryDecl(name, self.params(), lines, self.axiom_clauses(), self.doc())
        rule = kind == "rewrite" or (kind == "refuted" and self.draw(st.booleans()))
        statement = ast.RewriteStatement(self.expr(), self.expr()) if rule else self.expr()
        return ast.ClaimDecl(
            kind, name, self.params(), self.some(self.expr), statement, self.hints(), self.claim_clauses(), self.doc()
        )


@st.composite
def exprs(draw: st.DrawFn) -> ast.Expr:
    return Trees(draw).expr()


@st.composite
def types(draw: st.DrawFn) -> ast.TypeExpr:
    return Trees(draw).type()


@st.composite
def decls(draw: st.DrawFn) -> ast.Decl:
    return Trees(draw, 20).decl()

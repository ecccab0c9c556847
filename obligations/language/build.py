"""From parse to syntax tree: declarations, hints and clauses."""

from __future__ import annotations

from typing import Any, Final

from lark import Token

from . import ast
from .ast import Expr, Param, TypeExpr
from .build_terms import Listed, TermBuilder, distinct, join
from .diagnostics import BadClause, Misplaced, NoProverProofs, RepeatedClause
from .graph_words import graph_words
from .reread import settle
from .tokens import span_of

_CLAIM: Final = frozenset({"expect", "under", "cites", "twin_of", "auto"})
_AXIOM: Final = frozenset({"because", "mitigation", "falsified_by", "discharged_by", "auto", "cites"})


class _Clause:
    """One clause: keyword, values, span."""

    def __init__(self, word: str, values: tuple[str, ...], span: ast.Span) -> None:
        self.word = word
        self.values = values
        self.span = span


class _Hint:
    """One hint: the fields of :class:`ast.Hints` that it sets, by its first word."""

    def __init__(self, word: str, span: ast.Span, **fields: Any) -> None:
        self.word = word
        self.span = span
        self.fields = fields


class Builder(TermBuilder):
    """Builds declarations."""

    def start(self, *decls: ast.Decl) -> tuple[ast.Decl, ...]:
        """A whole file."""
        return decls

    def use(self, word: Token, name: Token) -> ast.Use:
        """``use softmax``."""
        return ast.Use(str(name), span=join(word, name))

    def define(
        self,
        doc: Token | None,
        word: Token,
        name: Token,
        params: Listed,
        _colon: Token,
        result: TypeExpr,
        requires: Listed | None,
        _eq: Token,
        body: Expr,
    ) -> ast.Def:
        """``def name params : type requires … = body``."""
        span = join(word, body)
        return ast.Def(str(name), _settle(params), result, tuple(requires or ()), body, _text(doc), span=span)

    def claim(
        self,
        doc: Token | None,
        kind: Token,
        name: Token,
        params: Listed,
        requires: Listed | None,
        _colon: Token,
        statement: Expr | ast.RewriteStatement,
        tail: tuple[ast.Hints, tuple[_Clause, ...], ast.Span],
    ) -> ast.ClaimDecl:
        """``theorem``, ``lemma``, ``refuted``, ``rewrite``."""
        is_rule = isinstance(statement, ast.RewriteStatement)
        if is_rule and str(kind) in ("theorem", "lemma"):
            raise Misplaced(f"a {kind!s} states a proposition", statement.span, hint="say `implies`, or `rewrite`")
        if not is_rule and str(kind) == "rewrite":
            raise Misplaced("a rewrite states `left => right`", statement.span, hint="a proposition is a `theorem`")
        hints, clauses, last = tail
        words = _check(clauses, _CLAIM if str(kind) != "refuted" else _CLAIM - {"auto"}, str(kind))
        return ast.ClaimDecl(
            str(kind),
            str(name),
            _settle(params),
            tuple(requires or ()),
            statement,
            hints,
            words,
            _text(doc),
            span=_span(kind, statement, last),
        )

    def statement(self, left: Expr, _rule: Token | None, right: Expr | None) -> Expr | ast.RewriteStatement:
        """A proposition, or ``left => right``."""
        return left if right is None else ast.RewriteStatement(left, right, span=join(left, right))

    def axiom(
        self,
        doc: Token | None,
        word: Token,
        name: Token,
        params: Listed,
        requires: Listed | None,
        _colon: Token,
        statement: Expr,
        clauses: Listed,
    ) -> ast.AxiomDecl:
        """``axiom``."""
        words = _check(tuple(clauses), _AXIOM, "axiom")
        requirements = tuple(requires or ())
        return ast.AxiomDecl(
            str(name),
            _settle(params),
            requirements,
            statement,
            words,
            _text(doc),
            span=_span(word, statement, *clauses),
        )

    def boundary(
        self, doc: Token | None, word: Token, name: Token, params: Listed, before: Listed, _where: Token, *rest: Any
    ) -> ast.BoundaryDecl:
        """``boundary Name (r : runtime) where``, its axioms; clauses before ``where`` or at the end are about all."""
        *lines, after = rest
        clauses = (*before, *after)
        distinct(((a.name, a.span) for a in lines), "the axiom")
        words = _check(tuple(clauses), _AXIOM, "boundary")
        return ast.BoundaryDecl(
            str(name), _settle(params), tuple(lines), words, _text(doc), span=_span(word, *lines, *clauses)
        )

    def line(
        self,
        doc: Token | None,
        name: Token,
        params: Listed,
        requires: Listed | None,
        colon: Token,
        statement: Expr,
    ) -> ast.AxiomDecl:
        """One axiom of a boundary."""
        return self.axiom(doc, name, name, params, requires, colon, statement, Listed())

    def graph(
        self, doc: Token | None, word: Token, name: Token, _eq: Token, path: Token, *words: Token
    ) -> ast.GraphDecl:
        """``graph name = "path" compiled as reading``."""
        span = join(word, words[-1] if words else path)
        compiled, reading = graph_words(words)
        text = unquote(str(path))
        return ast.GraphDecl(str(name), text, compiled, reading, _text(doc), span_of(path), span=span)

    def params(self, *params: Param) -> Listed:
        """All parameters of a declaration."""
        return Listed(params)

    def param(self, left: Token, *rest: Any) -> Param:
        """``(x y : T)`` or ``{n : size}``."""
        *names, _colon, sort, right = rest
        return Param(tuple(str(n) for n in names), sort, str(left) == "{", span=join(left, right))

    def requires(self, _word: Token, *items: Any) -> Listed:
        """``requires e, e``."""
        return self.exprs(*items)

    define_requires = requires

    # -- hints and clauses --

    def tail(self, *parts: Any) -> tuple[ast.Hints, tuple[_Clause, ...], ast.Span]:
        """Everything after the statement of a claim."""
        fields: dict[str, Any] = {}
        clauses: list[_Clause] = []
        hints: list[_Hint] = []
        seen: set[str] = set()
        for part in parts:
            if isinstance(part, _Clause):
                clauses.append(part)
            elif isinstance(part, Listed):
                clauses.extend(part)
            elif isinstance(part, _Hint):
                if part.word in seen:
                    raise RepeatedClause(f"`{part.word}` stands twice", part.span)
                seen.add(part.word)
                hints.append(part)
                fields |= part.fields
        last = max((p.span for p in (*clauses, *hints)), key=lambda s: s.end, default=ast.NOWHERE)
        return ast.Hints(**fields), tuple(clauses), last

    def clauses(self, *found: _Clause) -> Listed:
        """Clauses in a row."""
        return Listed(found)

    def cases(self, by: Token, word: Token, *items: Any) -> _Hint:
        """``by cases e1, e2``."""
        return _Hint("by cases", join(by, items[-1]), cases=tuple(self.exprs(*items)))

    def induction(
        self, by: Token, word: Token, name: Token, _generalizing: Token | None, *names: Token | None
    ) -> _Hint:
        """``by induction n generalizing x, y``."""
        general = tuple(str(n) for n in names if n is not None and n.type == "NAME")
        last = next((n for n in reversed(names) if n is not None), name)
        return _Hint("by induction", join(by, last), induction=str(name), generalizing=general)

    def using(self, word: Token, *lemmas: Any) -> _Hint:
        """``using l1(args), l2``."""
        return _Hint("using", join(word, lemmas[-1]), using=tuple(x for x in lemmas if isinstance(x, ast.LemmaUse)))

    def lemma(self, name: Token, *rest: Any) -> ast.LemmaUse:
        """``l(args) for (k < n)``."""
        left, args, right, _for, _open, binders, end = rest
        span = join(name, end or right or name)
        return ast.LemmaUse(str(name), None if left is None else tuple(args or ()), tuple(binders or ()), span=span)

    def calc(self, word: Token, *steps: ast.CalcStep) -> _Hint:
        """A chain."""
        return _Hint("calc", join(word, steps[-1]), calc=steps)

    def step(self, left: Expr, relation: Token, right: Expr, using: _Hint | None) -> ast.CalcStep:
        """``a = b using …``."""
        sign = "<=" if relation.type == "LE" else str(relation)
        span = join(left, using or right)
        return ast.CalcStep(left, sign, right, using.fields["using"] if using else (), span=span)

    def next_step(self, hole: Token, relation: Token, right: Expr, using: _Hint | None) -> ast.CalcStep:
        """``_ = c using …``."""
        return self.step(self.hole(hole), relation, right, using)

    def clause(self, word: Token, *rest: Token) -> _Clause:
        """A clause with its values."""
        values = [t for t in rest if t.type != "COMMA"]
        if word.type == "BY":
            raise NoProverProofs(
                f"proofs `by {values[0].value}` are not available in this version", join(word, values[-1])
            )
        texts = tuple(unquote(str(t)) if t.type == "STRING" else str(t) for t in values)
        return _Clause(str(word), texts, join(word, rest[-1] if rest else word))


def _span(word: Token, *parts: ast.Node | _Clause | ast.Span) -> ast.Span:
    """From a word to whatever of the rest ends last."""
    ends = [p.end if isinstance(p, ast.Span) else p.span.end for p in parts]
    return ast.Span(span_of(word).start, max(ends))


def _settle(params: Listed) -> tuple[Param, ...]:
    return settle(tuple(params))


def _check(clauses: tuple[_Clause, ...], allowed: frozenset[str], kind: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    for c in clauses:
        if c.word not in allowed:
            hint = "clauses here are " + ", ".join(sorted(allowed))
            raise BadClause(f"`{c.word}` is no clause of `{kind}`", c.span, hint=hint)
    distinct(((c.word, c.span) for c in clauses), "the clause")
    return tuple((c.word, c.values) for c in clauses)


def _text(doc: Token | None) -> str:
    """The text of a documentation comment, each line without the space around it."""
    return "" if doc is None else "\n".join(line.strip() for line in doc[3:-2].splitlines()).strip()


def unquote(text: str) -> str:
    r"""The contents of a string literal.

    >>> unquote('"a \\"b\\""')
    'a "b"'
    """
    out: list[str] = []
    escaped = False
    for c in text[1:-1]:
        if c == "\\" and not escaped:
            escaped = True
        else:
            out.append(c)
            escaped = False
    return "".join(out)

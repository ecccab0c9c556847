"""From parse to syntax tree: expressions, binders and types.

The parser calls a method here for each rule that it completes, so no parse tree is ever built and no recursion is
needed.  Methods bear the names of rules and alternatives in ``grammar.lark``.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from lark import Token

from . import ast
from .diagnostics import Misplaced, NumberTooLarge, RepeatedClause
from .precedence import MINUS, NOT, OPEN, REDUCTION, Infix, Prefix, group
from .reread import dimension, type_of
from .tokens import span_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .ast import Expr, Span, TypeExpr

_ASCII: Final = {"∧": "and", "∨": "or", "¬": "not", "≤": "<=", "≥": ">=", "≠": "!=", "∀": "forall", "∃": "exists",
                 "∑": "sum", "∏": "prod"}  # fmt: skip
_NAMES: Final = {"ℝ": "real", "ℕ": "nat", "ℤ": "int", "∞": "inf"}


class Spanned(Protocol):
    """Anything with a place in the text."""

    @property
    def span(self) -> Span:
        """The place."""
        ...


def join(first: Token | Spanned, last: Token | Spanned) -> Span:
    """From the start of one piece to the end of another."""
    start = span_of(first) if isinstance(first, Token) else first.span
    end = span_of(last) if isinstance(last, Token) else last.span
    return ast.Span(start.start, end.end)


def distinct(names: Iterable[tuple[str, Span]], what: str) -> None:
    """RepeatedClause if a name occurs twice."""
    seen: set[str] = set()
    for name, span in names:
        if name in seen:
            raise RepeatedClause(f"{what} `{name}` occurs twice", span)
        seen.add(name)


class Listed(list[Any]):
    """A list that is an argument of a later method, told apart from the lists of lark."""


class Inline:
    """What the parser is given as its transformer: calls a builder's methods with the children as arguments."""

    def __init__(self, builder: object) -> None:
        self._builder = builder

    def __getattr__(self, rule: str) -> Callable[[list[Any]], Any]:
        method = getattr(self._builder, rule)
        return lambda children: method(*children)


class TermBuilder:
    """Builds expressions and types."""

    # -- sequences --

    def expr(self, *items: Token | Prefix | Expr) -> Expr:
        """A sequence of prefixes, operands and signs."""
        if len(items) == 1 and not isinstance(items[0], Token | Prefix):
            return items[0]
        return group([self._item(x) for x in items])

    condition = side = bound = expr

    @staticmethod
    def _item(x: Token | Prefix | Expr) -> Infix | Prefix | Expr:
        return Infix(_ASCII.get(str(x), str(x)), span_of(x)) if isinstance(x, Token) else x

    def minus(self, sign: Token) -> Prefix:
        """``-``, as a prefix."""
        return Prefix(MINUS, span_of(sign).start, lambda span, body: ast.Unary("-", body, span=span))

    def negation(self, sign: Token) -> Prefix:
        """``not``."""
        return Prefix(NOT, span_of(sign).start, lambda span, body: ast.Unary("not", body, span=span))

    def binding(self, word: Token, name: Token, _eq: Token, value: Expr, _in: Token) -> Prefix:
        """``let x = value in``."""
        return Prefix(OPEN, span_of(word).start, lambda span, body: ast.Let(str(name), value, body, span=span))

    def choice(self, word: Token, condition: Expr, _then: Token, then: Expr, _else: Token) -> Prefix:
        """``if c then a else``."""
        return Prefix(OPEN, span_of(word).start, lambda span, body: ast.If(condition, then, body, span=span))

    def comprehension(self, bracket: Token, binders: Listed, _end: Token, _rule: Token) -> Prefix:
        """``[i < n] =>``."""
        return Prefix(
            OPEN, span_of(bracket).start, lambda span, body: ast.Comprehension(tuple(binders), body, span=span)
        )

    def big(
        self, word: Token, _open: Token, binders: Listed, _bar: Token | None, where: Expr | None, _close: Token
    ) -> Prefix:
        """``sum (k < n | p)``."""
        op = _ASCII.get(str(word), str(word))
        level = OPEN if op in ("forall", "exists") else REDUCTION
        return Prefix(level, span_of(word).start, partial(_big, op, tuple(binders), where))

    # -- operands --

    def qname(self, name: Token) -> Token:
        """A name, dots included."""
        return name

    def name(self, name: Token) -> Expr:
        """A name as an expression."""
        return ast.Name(_NAMES.get(str(name), str(name)), span=span_of(name))

    def number(self, number: Token) -> Expr:
        """A literal."""
        return ast.Number(str(number), span=span_of(number))

    def bits(self, word: Token, width: Token) -> Expr:
        """``bits 8`` as an expression: a call of ``bits``, so that it can be an argument of ``cast``."""
        if not str(width).isdecimal():
            raise Misplaced("the width of `bits` must be a natural literal", span_of(width))
        if len(width) > 9:
            raise NumberTooLarge("the width of `bits` is too large", span_of(width))
        number = ast.Number(str(int(str(width))), span=span_of(width))
        return ast.Call(ast.Name("bits", span=span_of(word)), (number,), span=join(word, width))

    def paren(self, left: Token, value: Expr, right: Token) -> Expr:
        """``(e)``."""
        return _respan(value, join(left, right))

    def record(self, left: Token, *rest: Any) -> Expr:
        """``(a = 1, b = x)``."""
        fields: list[tuple[str, Expr]] = []
        for item in rest[:-1]:
            if item is None or isinstance(item, Token):
                continue
            if not (isinstance(item, ast.Binary) and item.op == "=" and isinstance(item.left, ast.Name)):
                raise Misplaced("a tuple names its fields: `(a = 1, b = x)`", item.span)
            if "." in item.left.name:
                raise Misplaced("a field name has no dots", item.left.span)
            fields.append((item.left.name, item.right))
        distinct(((name, value.span) for name, value in fields), "the field")
        return ast.TupleExpr(tuple(fields), span=join(left, rest[len(rest) - 1]))

    def call(self, function: Expr, _open: Token, args: Listed | None, close: Token) -> Expr:
        """``f(a, b)``."""
        return ast.Call(function, tuple(args or ()), span=join(function, close))

    def index(self, tensor: Expr, _open: Token, items: Listed, close: Token) -> Expr:
        """``x[i, _]``."""
        return ast.Index(tensor, tuple(items), span=join(tensor, close))

    def field(self, value: Expr, _dot: Token, name: Token) -> Expr:
        """``f(x).a``."""
        for part in str(name).split("."):
            value = ast.Field(value, part, span=join(value, name))
        return value

    def exprs(self, *items: Token | Expr) -> Listed:
        """Expressions between commas."""
        return Listed(x for x in items if not isinstance(x, Token))

    def items(self, first: Any, _comma: Token | None = None, item: Any = None) -> Listed:
        """Items of an index list."""
        return _grow(first, item)

    def rest(self, *tokens: Token | None) -> Expr:
        """``..`` or ``B..``."""
        name, dots = tokens[0] if len(tokens) > 1 else None, tokens[len(tokens) - 1]
        assert dots is not None
        return ast.Rest(str(name) if name else None, span=join(name or dots, dots))

    def hole(self, token: Token) -> Expr:
        """``_``."""
        return ast.Hole(span=span_of(token))

    # -- binders --

    def binders(self, *groups: Token | Listed) -> Listed:
        """Binders between commas."""
        found: Listed = Listed(b for g in groups if not isinstance(g, Token) for b in g)
        distinct(((b.name, b.span) for b in found if not b.rest), "the bound name")
        return found

    def names(self, first: Token | Listed, *rest: Token) -> Listed:
        """The names in front of a binder."""
        return _grow(first, rest[-1] if rest else None)

    def below(self, names: Listed, _less: Token, hi: Expr) -> Listed:
        """``i, j < n``."""
        return Listed(ast.Binder(str(n), hi=hi, span=join(n, hi)) for n in names)

    def between(self, name: Token, _in: Token, lo: Expr, _dots: Token, hi: Expr) -> Listed:
        """``k in a..b``."""
        return Listed([ast.Binder(str(name), lo, hi, span=join(name, hi))])

    def typed(self, names: Listed, _colon: Token, sort: TypeExpr) -> Listed:
        """``x y : real``."""
        return Listed(ast.Binder(str(n), type=sort, span=join(n, sort)) for n in names)

    def group_binder(self, name: Token, dots: Token) -> Listed:
        """``B..`` as a binder."""
        return Listed([ast.Binder(str(name), rest=True, span=join(name, dots))])

    # -- types --

    def annotation(self, value: Expr | TypeExpr) -> Expr | TypeExpr:
        """What follows the colon of a parameter: a type, or the proposition of a hypothesis."""
        return value if isinstance(value, ast.TypeExpr) else type_of(value) or value

    def type_of_expr(self, value: Expr) -> TypeExpr:
        """A type that looks like an expression: ``real``, ``real[n]``."""
        found = type_of(value)
        if found is None:
            raise Misplaced("an expression stands where a type must", value.span)
        return found

    def function_type(self, arg: Expr | TypeExpr, _arrow: Token, res: TypeExpr) -> TypeExpr:
        """``A -> B``."""
        arg = arg if isinstance(arg, ast.TypeExpr) else self.type_of_expr(arg)
        return ast.FunctionType(arg, res, span=join(arg, res))

    def index_type(self, word: Token, size: Expr) -> TypeExpr:
        """``index n``."""
        return ast.IndexType(size, span=join(word, size))

    def paren_type(self, left: Token, value: TypeExpr, right: Token) -> TypeExpr:
        """``(A -> B)``."""
        return _respan(value, join(left, right))

    def tuple_type(self, left: Token, *rest: Any) -> TypeExpr:
        """``(m : real, l : real)``."""
        fields: list[tuple[str, TypeExpr]] = [x for x in rest if isinstance(x, tuple)]
        distinct(((name, sort.span) for name, sort in fields), "the field")
        return ast.TupleType(tuple(fields), span=join(left, rest[len(rest) - 1]))

    def field_type(self, name: Token, _colon: Token, sort: TypeExpr) -> tuple[str, TypeExpr]:
        """One field of a tuple type."""
        return str(name), sort

    def tensor_type(self, element: Expr | TypeExpr, _open: Token, items: Listed, close: Token) -> TypeExpr:
        """``α[C : n]``."""
        element = element if isinstance(element, ast.TypeExpr) else self.type_of_expr(element)
        return ast.TensorType(element, tuple(dimension(x) for x in items), span=join(element, close))

    group_items = items

    def group_item(self, group: Token, _colon: Token, size: Expr) -> ast.Dimension:
        """``C : n``."""
        return ast.Dimension(str(group), size, span=join(group, size))


def _big(op: str, binders: tuple[ast.Binder, ...], where: Expr | None, span: Span, body: Expr) -> Expr:
    return ast.Big(op, binders, where, body, span=span)


def _respan(value: Any, span: Span) -> Any:
    return replace(value, span=span)


def _grow(first: Any, item: Any) -> Listed:
    """The list of a left-recursive rule, extended in place: each partial list is used once."""
    found = first if isinstance(first, Listed) else Listed([first])
    if item is not None:
        found.append(item)
    return found

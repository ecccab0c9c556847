"""Syntax trees to text that parses back to them, with no parentheses but those that are needed.

Iterative, so that the height of a tree does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from . import ast
from .ast import Binary, Expr, Node, TypeExpr
from .precedence import ATOM, COMPARISON, LEVEL, MINUS, NOT, OPEN, REDUCTION, RIGHT

Piece = str | Node
_BOUND = LEVEL["+"]
_SIDE = LEVEL["|"]


def print_expr(e: Expr) -> str:
    """The text of an expression."""
    return render(e)


def print_type(t: TypeExpr) -> str:
    """The text of a type."""
    return render(t)


def render(*pieces: Piece, limit: int | None = None) -> str:
    """The text of pieces in a row, cut after ``limit`` characters."""
    out: list[str] = []
    stack: list[Piece] = list(reversed(pieces))
    left = limit
    while stack:
        piece = stack.pop()
        if isinstance(piece, str):
            out.append(piece)
            if left is not None:
                left -= len(piece)
                if left < 0:
                    return "".join(out)[:limit] + "…"
        else:
            stack.extend(reversed(_parts(piece)))
    return "".join(out)


def bounded(e: Expr, level: int) -> list[Piece]:
    """``e`` where only signs that bind at least as tightly as ``level`` may stand."""
    return _wrapped(e, min(_own(e), _tail(e)) < level)


def bound(e: Expr) -> list[Piece]:
    """``e`` as a bound of a range."""
    return bounded(e, _BOUND)


def side(e: Expr) -> list[Piece]:
    """``e`` as a side of a step of a chain."""
    return bounded(e, _SIDE)


def condition(e: Expr) -> list[Piece]:
    """``e`` as a requirement of a definition, where ``=`` would begin the body."""
    plain = isinstance(e, Binary) and LEVEL[e.op] == COMPARISON and e.op != "=" and _tail(e) > COMPARISON
    return [e] if plain else bounded(e, COMPARISON + 1)


def commas(parts: Iterable[Sequence[Piece]]) -> list[Piece]:
    """Parts with commas between them."""
    out: list[Piece] = []
    for part in parts:
        if out:
            out.append(", ")
        out.extend(part)
    return out


def _wrapped(e: Node, wrap: bool) -> list[Piece]:
    return ["(", e, ")"] if wrap else [e]


def _own(e: Node) -> int:
    """The level of the outermost infix sign."""
    return LEVEL[e.op] if isinstance(e, Binary) else ATOM


def _prefix(e: Node) -> tuple[int, Expr] | None:
    """Level and body of a prefix form."""
    if isinstance(e, ast.Unary):
        return (NOT if e.op == "not" else MINUS), e.value
    if isinstance(e, ast.If):
        return OPEN, e.other
    if isinstance(e, ast.Let | ast.Comprehension):
        return OPEN, e.body
    if isinstance(e, ast.Big):
        return (OPEN if e.op in ("forall", "exists") else REDUCTION), e.body
    return None


def _tail(e: Node) -> int:
    """The loosest prefix that is open at the right end: it would take in a sign that follows."""
    loosest = ATOM
    while True:
        prefix = _prefix(e)
        if prefix is not None:
            level, inner = prefix
            loosest = min(loosest, level)
            if _wraps_body(level, inner):
                return loosest
            e = inner
        elif isinstance(e, Binary) and not _wraps_right(e):
            e = e.right
        else:
            return loosest


def _wraps_body(level: int, body: Expr) -> bool:
    return _own(body) < level or (level == MINUS and isinstance(body, ast.Unary) and body.op == "-")


def _wraps_left(e: Binary) -> bool:
    level = LEVEL[e.op]
    own = _own(e.left)
    return own < level or (own == level and (level in RIGHT or level == COMPARISON)) or _tail(e.left) < level


def _wraps_right(e: Binary) -> bool:
    level = LEVEL[e.op]
    own = _own(e.right)
    return own < level or (own == level and level not in RIGHT)


def _head(e: Expr) -> list[Piece]:
    """``e`` where something in brackets follows."""
    return _wrapped(e, not _is_postfix(e))


def _is_postfix(e: Expr) -> bool:
    return isinstance(e, ast.Name | ast.Number | ast.TupleExpr | ast.Call | ast.Index | ast.Field)


def _takes_field(e: Expr) -> bool:
    """Whether ``.name`` may follow: a name would become a dotted name, a number might get a fraction."""
    return _is_postfix(e) and not isinstance(e, ast.Name | ast.Number)


def _arguments(e: ast.Call) -> list[list[Piece]]:
    """The arguments; in ``max((i < n), …)`` the brackets tell the call from a big operator."""
    out: list[list[Piece]] = []
    guard = isinstance(e.function, ast.Name) and e.function.name in ("max", "min")
    for a in e.args:
        out.append(_wrapped(a, guard and _begins_like_binder(a)))
        guard = guard and isinstance(a, ast.Name)
    return out


def _begins_like_binder(e: Expr) -> bool:
    while isinstance(e, Binary) and not _wraps_left(e):
        if e.op == "<" and isinstance(e.left, ast.Name) and "." not in e.left.name:
            return True
        e = e.left
    return False


def _binders(binders: Sequence[ast.Binder], where: Expr | None = None) -> list[Piece]:
    out = commas([b] for b in binders)
    return out if where is None else [*out, " | ", where]


def _parts(e: Node) -> Sequence[Piece]:
    match e:
        case ast.Number():
            return [e.text]
        case ast.Name() | ast.BaseType():
            return [e.name]
        case ast.Rest():
            return [f"{e.group or ''}.."]
        case ast.Hole():
            return ["_"]
        case ast.Call(ast.Name("bits"), (ast.Number(text),)) if text.isdecimal():
            return [f"bits {text}"]
        case ast.Call():
            return [*_head(e.function), "(", *commas(_arguments(e)), ")"]
        case ast.Index():
            return [*_head(e.tensor), "[", *commas([i] for i in e.indices), "]"]
        case ast.Field():
            return [
                *_wrapped(e.value, not _takes_field(e.value)),
                f".{e.name}",
            ]
        case ast.Unary():
            level = NOT if e.op == "not" else MINUS
            return ["not " if e.op == "not" else "-", *_wrapped(e.value, _wraps_body(level, e.value))]
        case Binary("^"):
            return [*_wrapped(e.left, _wraps_left(e)), "^", e.right]
        case Binary():
            return [*_wrapped(e.left, _wraps_left(e)), f" {e.op} ", *_wrapped(e.right, _wraps_right(e))]
        case ast.If():
            return ["if ", e.condition, " then ", e.then, " else ", e.other]
        case ast.Let():
            return [f"let {e.name} = ", e.value, " in ", e.body]
        case ast.TupleExpr():
            fields = commas([f"{n} = ", *_wrapped(v, _own(v) <= COMPARISON)] for n, v in e.fields)
            return ["(", *fields, ",)" if len(e.fields) == 1 else ")"]
        case ast.Binder():
            return _binder(e)
        case ast.Comprehension():
            return ["[", *_binders(e.binders), "] => ", e.body]
        case ast.Big():
            level = OPEN if e.op in ("forall", "exists") else REDUCTION
            body = _wrapped(e.body, _wraps_body(level, e.body))
            return [f"{e.op} (", *_binders(e.binders, e.where), ") ", *body]
        case _:
            return _type_parts(e)


def _binder(e: ast.Binder) -> Sequence[Piece]:
    if e.rest:
        return [f"{e.name}.."]
    if e.type is not None:
        return [f"{e.name} : ", e.type]
    assert e.hi is not None
    if e.lo is not None:
        return [f"{e.name} in ", *bound(e.lo), "..", *bound(e.hi)]
    return [f"{e.name} < ", *bound(e.hi)]


def _type_parts(t: Node) -> Sequence[Piece]:
    match t:
        case ast.BitsType():
            return [f"bits {t.width}"]
        case ast.IndexType():
            return ["index ", *bound(t.size)]
        case ast.TensorType():
            head = _wrapped(t.element, isinstance(t.element, ast.IndexType | ast.FunctionType))
            return [*head, "[", *commas([d] for d in t.dims), "]"]
        case ast.Dimension():
            if t.size is None:
                return [f"{t.group}.."]
            return [t.size] if t.group is None else [f"{t.group} : ", t.size]
        case ast.FunctionType():
            return [*_wrapped(t.arg, isinstance(t.arg, ast.FunctionType)), " -> ", t.res]
        case ast.TupleType():
            return ["(", *commas([f"{n} : ", f] for n, f in t.fields), ")"]
        case ast.Param():
            left, right = "{}" if t.implicit else "()"
            return [f"{left}{' '.join(t.names)} : ", t.type, right]
        case ast.LemmaUse():
            out: list[Piece] = [t.name]
            if t.args is not None:
                out += ["(", *commas([a] for a in t.args), ")"]
            return [*out, " for (", *_binders(t.binders), ")"] if t.binders else out
        case ast.CalcStep():
            using = [" using ", *commas([u] for u in t.using)] if t.using else []
            return [*side(t.left), f" {t.relation} ", *side(t.right), *using]
        case ast.RewriteStatement():
            return [t.left, " => ", t.right]
        case _:
            raise TypeError(f"{type(t).__name__} is no piece of a line")

"""Mutants of declarations: small changes of meaning, made on the syntax tree.

Each mutant changes one place of a statement or of a definition: an operator, an index, a bound, a constant, a sign, a
branch, a quantifier, a dropped or negated condition, two swapped arguments, a dropped hypothesis.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from probanda.obligations.language import ast
from probanda.obligations.language.printer import print_expr

_SWAPS = {
    "+": ("-",),
    "-": ("+",),
    "*": ("+",),
    "/": ("*",),
    "div": ("mod",),
    "mod": ("div",),
    "<": ("<=", ">"),
    "<=": ("<", ">="),
    ">": (">=", "<"),
    ">=": (">", "<="),
    "=": ("!=",),
    "==": ("!=",),
    "and": ("or",),
    "or": ("and",),
    "implies": ("and",),
    "&": ("|",),
    "|": ("&",),
    "xor": ("|",),
    "<<": (">>",),
    ">>": ("<<",),
}
_BIGS = {"sum": "max", "prod": "sum", "max": "min", "min": "max", "forall": "exists", "exists": "forall"}
_CALLS = {"max": "min", "min": "max", "abs": "-", "isnan": "isinf", "isinf": "isnan"}


def one() -> ast.Number:
    return ast.Number("1")


def plus(e: ast.Expr, sign: str) -> ast.Expr:
    return ast.Binary(sign, e, one())


def _number(node: ast.Number) -> Iterator[tuple[str, ast.Expr]]:
    yield "constant", ast.Binary("+", node, one())
    if node.text != "0":
        yield "sign", ast.Unary("-", node)
        yield "constant", ast.Number("0")


def _binary(node: ast.Binary) -> Iterator[tuple[str, ast.Expr]]:
    for op in _SWAPS.get(node.op, ()):
        yield "operator", replace(node, op=op)
    if node.op in ("-", "/", "div", "mod", "implies", "<", "<="):
        yield "operands", replace(node, left=node.right, right=node.left)
    if node.op in ("+", "-"):
        yield "dropped operand", node.left
    if node.op in ("and", "or"):
        yield "dropped condition", node.left
        yield "dropped condition", node.right


def _index(node: ast.Index) -> Iterator[tuple[str, ast.Expr]]:
    plain = [k for k, i in enumerate(node.indices) if not isinstance(i, ast.Rest | ast.Hole)]
    for k in plain:
        for sign in "+-":
            yield "index", replace(node, indices=(*node.indices[:k], plus(node.indices[k], sign), *node.indices[k + 1 :]))
    for j, k in zip(plain, plain[1:], strict=False):
        swapped = list(node.indices)
        swapped[j], swapped[k] = swapped[k], swapped[j]
        yield "swapped indices", replace(node, indices=tuple(swapped))


def _bounds(binders: tuple[ast.Binder, ...], make: Callable[[tuple[ast.Binder, ...]], ast.Expr]) -> Iterator[tuple[str, ast.Expr]]:
    for k, binder in enumerate(binders):
        if binder.hi is None:
            continue
        for sign in "+-":
            yield "bound", make((*binders[:k], replace(binder, hi=plus(binder.hi, sign)), *binders[k + 1 :]))
        if binder.lo is not None:
            yield "bound", make((*binders[:k], replace(binder, lo=plus(binder.lo, "+")), *binders[k + 1 :]))
        else:
            yield "emptiness", make((*binders[:k], replace(binder, lo=binder.hi), *binders[k + 1 :]))


def _big(node: ast.Big) -> Iterator[tuple[str, ast.Expr]]:
    if node.op in _BIGS:
        yield "operator", replace(node, op=_BIGS[node.op])
    yield from _bounds(node.binders, lambda bs: replace(node, binders=bs))
    if node.where is not None:
        yield "dropped filter", replace(node, where=None)
        yield "negated filter", replace(node, where=ast.Unary("not", node.where))


def _if(node: ast.If) -> Iterator[tuple[str, ast.Expr]]:
    yield "swapped branches", replace(node, then=node.other, other=node.then)
    yield "dropped branch", node.then
    yield "dropped branch", node.other


def _call(node: ast.Call) -> Iterator[tuple[str, ast.Expr]]:
    if isinstance(node.function, ast.Name) and node.function.name in _CALLS:
        other = _CALLS[node.function.name]
        yield "function", ast.Unary("-", node.args[0]) if other == "-" else replace(node, function=ast.Name(other))
    for k in range(len(node.args) - 1):
        args = list(node.args)
        args[k], args[k + 1] = args[k + 1], args[k]
        yield "swapped arguments", replace(node, args=tuple(args))


def local_mutants(node: Any) -> Iterator[tuple[str, Any]]:
    """The mutants of one node that change the node itself."""
    if isinstance(node, ast.Number):
        yield from _number(node)
    elif isinstance(node, ast.Binary):
        yield from _binary(node)
    elif isinstance(node, ast.Unary):
        yield "sign", node.value
    elif isinstance(node, ast.Index):
        yield from _index(node)
    elif isinstance(node, ast.Big):
        yield from _big(node)
    elif isinstance(node, ast.Comprehension):
        yield from _bounds(node.binders, lambda bs: replace(node, binders=bs))
    elif isinstance(node, ast.If):
        yield from _if(node)
    elif isinstance(node, ast.Call):
        yield from _call(node)


_EXPRESSIONS = (ast.Number, ast.Name, ast.Call, ast.Index, ast.Field, ast.Unary, ast.Binary, ast.If, ast.Let, ast.TupleExpr)


def expression_mutants(node: Any) -> Iterator[tuple[str, Any]]:
    """All mutants of a tree of expressions, as whole trees."""
    for kind, changed in local_mutants(node):
        shown = print_expr(node) if isinstance(node, _EXPRESSIONS) else type(node).__name__
        yield f"{kind}: {shown}", changed
    if isinstance(node, tuple):
        for k, item in enumerate(node):
            for kind, changed in expression_mutants(item):
                yield kind, (*node[:k], changed, *node[k + 1 :])
    elif is_dataclass(node) and not isinstance(node, ast.TypeExpr | type):
        for f in fields(node):
            if f.name == "span" or (isinstance(node, ast.Call) and f.name == "function"):
                continue
            value = getattr(node, f.name)
            if isinstance(value, tuple) or is_dataclass(value):
                for kind, changed in expression_mutants(value):
                    yield kind, replace(node, **{f.name: changed})


def declaration_mutants(decl: ast.ClaimDecl | ast.Def) -> Iterator[tuple[str, ast.ClaimDecl | ast.Def]]:
    """All mutants of a statement or definition, each with the kind of change and the place."""
    where = decl.name
    if isinstance(decl, ast.ClaimDecl):
        for kind, changed in expression_mutants(decl.statement):
            yield f"{where}: {kind}", replace(decl, statement=changed)
        for k, p in enumerate(decl.params):
            if _is_hypothesis(p):
                yield f"{where}: dropped hypothesis {' '.join(p.names)}", replace(decl, params=decl.params[:k] + decl.params[k + 1 :])
    else:
        for kind, changed in expression_mutants(decl.body):
            yield f"{where}: {kind}", replace(decl, body=changed)
    for k, _ in enumerate(decl.requires):
        rest = decl.requires[:k] + decl.requires[k + 1 :]
        yield f"{where}: dropped requires {print_expr(decl.requires[k])}", replace(decl, requires=rest)
        for kind, changed in expression_mutants(decl.requires[k]):
            requires = (*decl.requires[:k], changed, *decl.requires[k + 1 :])
            yield f"{where}: {kind}", replace(decl, requires=requires)


def _is_hypothesis(p: ast.Param) -> bool:
    return p.is_hypothesis or isinstance(p.type, ast.Binary | ast.Unary | ast.Big)


def sample(mutants: list[Any], count: int, seed: str) -> list[Any]:
    """At most ``count`` mutants, the same ones for the same seed."""
    if len(mutants) <= count:
        return mutants
    return random.Random(seed).sample(mutants, count)

"""Mutants of declarations: small changes of meaning, made on the syntax tree.

Each mutant changes one place of a statement or of a definition: an operator, an index, a bound, a constant, a sign, a
branch, a quantifier, a dropped or negated condition, two swapped arguments, a dropped hypothesis.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from itertools import pairwise
from typing import Any, cast

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
    "=nan=": ("!=",),
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
_SYMMETRIC = (ast.Name("min"), ast.Name("max"))
LAST_RESORT = ("negated variable", "shifted variable")
"""Kinds of mutants that serve where there are too few others."""


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
            yield (
                "index",
                replace(node, indices=(*node.indices[:k], plus(node.indices[k], sign), *node.indices[k + 1 :])),
            )
    for j, k in pairwise(plain):
        swapped = list(node.indices)
        swapped[j], swapped[k] = swapped[k], swapped[j]
        yield "swapped indices", replace(node, indices=tuple(swapped))


def _bounds(
    binders: tuple[ast.Binder, ...], make: Callable[[tuple[ast.Binder, ...]], ast.Expr]
) -> Iterator[tuple[str, ast.Expr]]:
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
    for k in range(len(node.args) - 1 if node.function not in _SYMMETRIC else 0):
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


def _shown(node: Any) -> str:
    """What is seen of a node in the name of a mutant; bodies under binders are left out."""
    if isinstance(node, ast.Big | ast.Comprehension):
        return print_expr(replace(node, body=ast.Name("_")))
    if isinstance(node, ast.Binary | ast.Unary | ast.If | ast.Call | ast.Index):
        return print_expr(_without_bodies(node))
    return print_expr(node)


def _without_bodies(node: Any) -> Any:
    if isinstance(node, ast.Big | ast.Comprehension):
        return replace(node, body=ast.Name("_"))
    if isinstance(node, tuple):
        return tuple(_without_bodies(item) for item in cast("tuple[Any, ...]", node))
    if is_dataclass(node) and not isinstance(node, ast.TypeExpr | type):
        parts = {f.name: _without_bodies(getattr(node, f.name)) for f in fields(node) if f.name != "span"}
        return replace(node, **parts)
    return node


Local = Callable[[Any], Iterator[tuple[str, Any]]]


def expression_mutants(node: Any, local: Local = local_mutants) -> Iterator[tuple[str, Any]]:
    """All mutants of a tree of expressions, as whole trees; ``local`` gives those of one node."""
    for kind, changed in local(node):
        yield f"{kind}: {_shown(node)} becomes {_shown(changed)}", changed
    if isinstance(node, tuple):
        items = cast("tuple[Any, ...]", node)
        for k, item in enumerate(items):
            for kind, changed in expression_mutants(item, local):
                yield kind, (*items[:k], changed, *items[k + 1 :])
    elif is_dataclass(node) and not isinstance(node, ast.TypeExpr | type):
        for f in fields(node):
            if f.name == "span" or (isinstance(node, ast.Call) and f.name == "function"):
                continue
            value = getattr(node, f.name)
            if isinstance(value, tuple) or is_dataclass(value):
                for kind, changed in expression_mutants(value, local):
                    yield kind, replace(node, **{f.name: changed})


def declaration_mutants(decl: ast.ClaimDecl | ast.Def) -> Iterator[tuple[str, ast.ClaimDecl | ast.Def]]:
    """All mutants of a statement or definition, each with the kind of change and the place."""
    for kind, changed in _mutants(decl):
        yield f"{decl.name}: {kind}", changed


def _mutants(decl: ast.ClaimDecl | ast.Def) -> Iterator[tuple[str, ast.ClaimDecl | ast.Def]]:
    for local in (local_mutants, _variables(decl.params)):
        if isinstance(decl, ast.ClaimDecl):
            for kind, changed in expression_mutants(decl.statement, local):
                yield kind, replace(decl, statement=changed)
        elif isinstance(decl.body, ast.Comprehension):  # with other bounds it would not have the type that is declared
            for kind, changed in expression_mutants(decl.body.body, local):
                yield kind, replace(decl, body=replace(decl.body, body=changed))
        else:
            for kind, changed in expression_mutants(decl.body, local):
                yield kind, replace(decl, body=changed)
    for k, p in enumerate(decl.params if isinstance(decl, ast.ClaimDecl) else ()):
        before, after = decl.params[:k], decl.params[k + 1 :]
        if isinstance(p.type, ast.IndexType):
            wider = replace(p.type, size=plus(p.type.size, "+"))
            yield f"bound: indices {' '.join(p.names)}", replace(decl, params=(*before, replace(p, type=wider), *after))
        if p.is_hypothesis or isinstance(p.type, ast.Binary | ast.Unary | ast.Big):
            name = " ".join(p.names)
            yield f"dropped hypothesis {name}", replace(decl, params=(*before, *after))
            for kind, changed in premise_mutants(p.type):
                yield f"hypothesis {name}, {kind}", replace(decl, params=(*before, replace(p, type=changed), *after))
    for k, required in enumerate(decl.requires):
        before, after = decl.requires[:k], decl.requires[k + 1 :]
        yield f"dropped requires {print_expr(required)}", replace(decl, requires=(*before, *after))
        for kind, changed in premise_mutants(required):
            yield f"requires {print_expr(required)}, {kind}", replace(decl, requires=(*before, changed, *after))


def premise_mutants(premise: Any) -> Iterator[tuple[str, Any]]:
    """Mutants of what a claim assumes, without those that only assume more: they refute nothing."""
    for kind, changed in expression_mutants(premise):
        stronger = isinstance(premise, ast.Binary) and premise.op in ("<=", "<") and premise.left == ast.Number("0")
        if stronger and (
            kind.startswith("constant: 0 becomes 0 + 1") or kind.endswith(print_expr(replace(premise, op="<")))
        ):
            continue
        yield kind, changed


def _variables(params: tuple[ast.Param, ...]) -> Local:
    """Another variable of the same type in the place of one; as a last resort one with its sign or its value changed."""
    same_type: dict[Any, list[str]] = {}
    for p in params:
        if not p.is_hypothesis:
            same_type.setdefault(p.type, []).extend(p.names)
    others = {x: names[(k + 1) % len(names)] for names in same_type.values() for k, x in enumerate(names)}

    def local(node: Any) -> Iterator[tuple[str, Any]]:
        if isinstance(node, ast.Name) and node.name in others:
            if others[node.name] != node.name:
                yield "other variable", ast.Name(others[node.name])
            yield LAST_RESORT[0], ast.Unary("-", node)
            yield LAST_RESORT[1], plus(node, "+")

    return local

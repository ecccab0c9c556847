"""Mutants of denotations: one place of the source of a denotation changed, or an attribute, or the order of operands.

The source of an operator is its denotation and every function of ``probanda.ir.ops`` that it reaches, through names or
closures.  A mutant replaces the code of one of these functions for as long as it is tried.
"""

from __future__ import annotations

import ast
import types
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from probanda.ir.operators import Op

OPS_PACKAGE = "probanda.ir.ops"

_BINARY: dict[type, type] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mod, ast.Mod: ast.FloorDiv,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitOr,
}  # fmt: skip
_COMPARE: dict[type, type] = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
_FLIPPED: dict[type, type] = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}
_NAMES = {
    "total": "greatest", "product": "total", "greatest": "least", "least": "greatest", "every": "some", "some": "every",
}  # fmt: skip
_METHODS = {"max": "min", "min": "max", "exp": "abs", "log": "abs", "sqrt": "abs", "tanh": "abs", "is_nan": "is_inf"}
_STRINGS = {
    "floor": "ceil", "ceil": "floor", "trunc": "even", "even": "trunc", "sin": "cos", "cos": "sin", "tan": "sin",
    "sinh": "cosh", "cosh": "sinh", "tanh": "sinh", "asin": "acos", "acos": "asin", "atan": "tanh", "erf": "tanh",
    "asinh": "atan", "acosh": "asinh", "atanh": "atan", "exp": "cosh", "log": "exp",
}  # fmt: skip
_COMMUTATIVE = (ast.Add, ast.Mult, ast.BitAnd, ast.BitOr, ast.BitXor)

Change = tuple[str, Callable[[], ast.expr]]


@dataclass(frozen=True, slots=True)
class Place:
    """A function of the source of an operator."""

    function: types.FunctionType
    node: ast.FunctionDef | ast.Lambda
    tree: ast.Module


@cache
def _tree(path: str) -> ast.Module:
    return ast.parse(Path(path).read_text("utf-8"))


def source(op: Op) -> list[Place]:
    """The functions that an operator's denotation reaches."""
    found: dict[types.CodeType, types.FunctionType] = {}
    todo: list[Any] = [op.denote]
    while todo:
        f = todo.pop()
        if isinstance(f, dict | tuple | list):  # a table of functions
            todo += [g for g in (f.values() if isinstance(f, dict) else f) if isinstance(g, types.FunctionType | tuple)]  # pyright: ignore[reportUnknownVariableType]
            continue
        if not isinstance(f, types.FunctionType) or f.__code__ in found or not f.__module__.startswith(OPS_PACKAGE):
            continue
        found[f.__code__] = f
        for cell in f.__closure__ or ():
            todo.append(cell.cell_contents)
        todo += [f.__globals__[n] for n in _names(f.__code__) if n in f.__globals__]
    return [p for f in found.values() if (p := _place(f)) is not None]


def _names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for c in code.co_consts:
        if isinstance(c, types.CodeType):
            yield from _names(c)


def _place(f: types.FunctionType) -> Place | None:
    tree = _tree(f.__code__.co_filename)
    columns = [p[2] for p in f.__code__.co_positions() if p[2] is not None and p[0] == f.__code__.co_firstlineno]
    here = [
        node
        for node in ast.walk(tree)
        if (isinstance(node, ast.FunctionDef) and node.name == f.__name__ and _first(node) == f.__code__.co_firstlineno)
        or (isinstance(node, ast.Lambda) and f.__name__ == "<lambda>" and node.lineno == f.__code__.co_firstlineno)
    ]
    if len(here) > 1:
        here = [n for n in here if any(n.col_offset <= c < (n.end_col_offset or 0) for c in columns if c)] or here
    return Place(f, here[0], tree) if here else None


def _first(node: ast.FunctionDef) -> int:
    return min([node.lineno, *[d.lineno for d in node.decorator_list]])


# -- places of the source ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed denotation.  ``key`` names it; ``apply`` puts it in the place of the original."""

    key: str
    apply: Callable[[], Any]


def source_mutants(op: Op) -> Iterator[Mutant]:
    """A mutant for every change of one expression of the source."""
    seen: dict[str, int] = {}
    for place in source(op):
        for target in _expressions(place.node):
            for what, make in _changes(target):
                key = f"{place.node.name if isinstance(place.node, ast.FunctionDef) else 'λ'}: {what}"
                seen[key] = seen.get(key, 0) + 1
                name = key if seen[key] == 1 else f"{key} ({seen[key]})"
                yield Mutant(name, lambda p=place, t=target, m=make: _swapped(p, t, m()))


def _expressions(node: ast.FunctionDef | ast.Lambda) -> Iterator[ast.expr]:
    body = node.body if isinstance(node.body, list) else [node.body]
    for statement in body:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue  # the docstring
        todo: list[ast.AST] = [statement]
        while todo:
            here = todo.pop(0)
            if isinstance(here, ast.Raise | ast.Assert | ast.JoinedStr | ast.arguments):
                continue
            if isinstance(here, ast.AnnAssign):
                todo += [here.value] if here.value else []
                continue
            if isinstance(here, ast.expr):
                yield here
            todo += [
                c
                for name, value in ast.iter_fields(here)
                if name not in ("annotation", "returns", "decorator_list")
                for c in (value if isinstance(value, list) else [value])  # pyright: ignore[reportUnknownVariableType]
                if isinstance(c, ast.AST)
            ]


def _changes(node: ast.expr) -> Iterator[Change]:
    """The changes of one expression: what is said of it, and the expression that takes its place."""
    text = ast.unparse(node)

    def change(new: ast.expr) -> Change:
        return f"`{_short(text)}` becomes `{_short(ast.unparse(new))}`", lambda: new

    if isinstance(node, ast.BinOp):
        if type(node.op) in _BINARY:
            yield change(ast.BinOp(node.left, _BINARY[type(node.op)](), node.right))
        if not isinstance(node.op, _COMMUTATIVE):
            yield change(ast.BinOp(node.right, node.op, node.left))
        if isinstance(node.op, ast.Add | ast.Sub | ast.BitAnd | ast.BitOr | ast.Mult):
            yield change(node.left)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        kind = type(node.ops[0])
        for table in (_COMPARE, _FLIPPED):
            if kind in table:
                yield change(ast.Compare(node.left, [table[kind]()], node.comparators))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Invert):
        yield change(node.operand)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        yield change(ast.Constant(node.value + 1))
        if node.value:
            yield change(ast.Constant(0 if isinstance(node.value, int) else 0.0))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in _STRINGS:
        yield change(ast.Constant(_STRINGS[node.value]))
    elif isinstance(node, ast.IfExp):
        yield change(node.body)
        yield change(node.orelse)
    elif isinstance(node, ast.Call):
        yield from (change(new) for new in _calls(node))


def _calls(node: ast.Call) -> Iterator[ast.expr]:
    args, f = node.args, node.func
    if isinstance(f, ast.Name):
        if f.id == "where" and len(args) == 3:
            yield ast.Call(f, [args[0], args[2], args[1]], [])
            yield args[1]
            yield args[2]
        elif f.id == "require" and len(args) == 2:
            yield args[1]
        elif f.id in _NAMES:
            yield ast.Call(ast.Name(_NAMES[f.id], ast.Load()), args, node.keywords)
        elif f.id == "binary" and len(args) == 3:
            yield ast.Call(f, [args[0], args[2], args[1]], [])
    elif isinstance(f, ast.Attribute):
        if f.attr in _METHODS:
            yield ast.Call(ast.Attribute(f.value, _METHODS[f.attr], ast.Load()), args, node.keywords)
        if f.attr in ("max", "min", "exp", "log", "sqrt", "tanh", "abs", "cast", "integral", "fn"):
            yield f.value


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 70 else f"{line[:45]} … {line[-20:]}"


# -- code that takes the place of code ---------------------------------------------------------------------------------


class _Replace(ast.NodeTransformer):
    def __init__(self, target: ast.expr, new: ast.expr) -> None:
        self.at = (type(target), target.lineno, target.col_offset, target.end_lineno, target.end_col_offset)
        self.new = new
        self.done = False

    def visit(self, node: ast.AST) -> Any:
        if not self.done and isinstance(node, ast.expr):
            here = (type(node), node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
            if here == self.at:
                self.done = True
                return ast.copy_location(self.new, node)
        return self.generic_visit(node)


@contextmanager
def _swapped(place: Place, target: ast.expr, new: ast.expr) -> Generator[None]:
    """``target`` replaced by ``new`` for a while; ValueError if the code does not fit its closure."""
    tree = _Replace(target, deepcopy(new)).visit(deepcopy(place.tree))
    f: Any = place.function
    old = f.__code__
    code = compile(ast.fix_missing_locations(tree), old.co_filename, "exec", dont_inherit=True)
    candidates = [
        c for c in _codes(code) if c.co_qualname == old.co_qualname and c.co_firstlineno == old.co_firstlineno
    ]
    if old.co_name == "<lambda>" and len(candidates) > 1:
        k = [c for c in _codes(compile(place.tree, old.co_filename, "exec", dont_inherit=True))
             if c.co_qualname == old.co_qualname and c.co_firstlineno == old.co_firstlineno].index(old)  # fmt: skip
        candidates = candidates[k : k + 1]
    f.__code__ = candidates[0]
    try:
        yield
    finally:
        f.__code__ = old


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for c in code.co_consts:
        if isinstance(c, types.CodeType):
            yield from _codes(c)

"""Types and expressions that look alike.

``real[n, d]`` and ``mask[i, j]`` have one form, so the annotation of a parameter is first read as a type where it can
be one.  What it is then depends on its first name: types are built in, or declared by an implicit parameter or a
boundary, and everything else in scope is a value.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from . import ast
from .ast import BaseType, BitsType, Call, Dimension, Expr, Hole, Index, Name, Number, Param, Rest, TensorType, TypeExpr
from .diagnostics import Misplaced

KINDS: Final = frozenset({"scalar", "ring", "float", "axes"})
"""What a type variable or group is declared to be."""


def type_of(value: Expr) -> TypeExpr | None:
    """The type that has the form of ``value``, or None."""
    dims: list[tuple[Index, tuple[Dimension, ...]]] = []
    while isinstance(value, Index):
        if not all(_is_dimension(i) for i in value.indices):
            return None
        dims.append((value, tuple(dimension(i) for i in value.indices)))
        value = value.tensor
    found: TypeExpr
    if isinstance(value, Name):
        found = BaseType(value.name, span=value.span)
    elif isinstance(value, Call) and isinstance(value.function, Name) and value.function.name == "bits":
        (width,) = value.args
        if not isinstance(width, Number):
            return None
        found = BitsType(int(width.text), span=value.span)
    else:
        return None
    for node, sizes in reversed(dims):
        found = TensorType(found, sizes, span=node.span)
    return found


def _is_dimension(item: Expr) -> bool:
    return not isinstance(item, Hole) and not (isinstance(item, Rest) and item.group is None)


def dimension(item: Expr | Dimension) -> Dimension:
    """One item between brackets as a dimension of a tensor type."""
    if isinstance(item, Dimension):
        return item
    if isinstance(item, Rest) and item.group is not None:
        return Dimension(item.group, None, span=item.span)
    if isinstance(item, Rest | Hole):
        raise Misplaced("a type names its groups and sizes", item.span, hint="write `B..` for a group B")
    return Dimension(None, item, span=item.span)


def expression_of(sort: TypeExpr) -> Expr | None:
    """The expression that has the form of ``sort``, or None: the way back from :func:`type_of`."""
    dims: list[TensorType] = []
    while isinstance(sort, TensorType):
        dims.append(sort)
        sort = sort.element
    if not isinstance(sort, BaseType):
        return None
    value: Expr = Name(sort.name, span=sort.span)
    for node in reversed(dims):
        items: list[Expr] = []
        for d in node.dims:
            if d.group is not None and d.size is not None:
                return None
            items.append(Rest(d.group, span=d.span) if d.size is None else d.size)
        value = Index(value, tuple(items), span=node.span)
    return value


def settle(params: tuple[Param, ...]) -> tuple[Param, ...]:
    """Parameters with their hypotheses marked.

    An annotation that begins with the name of an earlier parameter is a proposition, unless that parameter is a type
    variable or a group.
    """
    values: set[str] = set()
    out: list[Param] = []
    for p in params:
        sort = p.type
        if isinstance(sort, ast.TypeExpr) and _head(sort) in values:
            sort = expression_of(sort) or sort
        is_hypothesis = not isinstance(sort, ast.TypeExpr)
        out.append(replace(p, type=sort, is_hypothesis=is_hypothesis))
        if not (isinstance(sort, BaseType) and sort.name in KINDS):
            values.update(p.names)
    return tuple(out)


def _head(sort: TypeExpr) -> str:
    while isinstance(sort, TensorType):
        sort = sort.element
    return sort.name.split(".")[0] if isinstance(sort, BaseType) else ""

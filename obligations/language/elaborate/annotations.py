"""Annotations of parameters: which are types, which are hypotheses, and which names they bind by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ..ast import (
    BaseType,
    Expr,
    FunctionType,
    Index,
    Name,
    Param,
    TensorType,
    TupleType,
    TypeExpr,
)
from ..diagnostics import BadParameter
from ..reread import expression_of
from .core import Elab
from .types import KINDS, SORTS

TYPE_VARIABLE: Final = re.compile(r"[^\W\d_](\d*|'*)$")
"""Names that a tensor type may use as an element type without declaring it: one letter, then digits or primes."""


def is_hypothesis(elab: Elab, param: Param) -> bool:
    """Whether a parameter's annotation is a proposition.

    The parser has told apart what the form and the other parameters tell; a definition's name remains.
    """
    if param.is_hypothesis or not isinstance(param.type, TypeExpr):
        return True
    t: TypeExpr = param.type
    while isinstance(t, TensorType):
        t = t.element
    if not isinstance(t, BaseType) or t.name in SORTS or t.name in KINDS:
        return False
    if t.name in elab.scope.types or t.name in elab.scope.groups:
        return False
    entry = elab.view.find(t.name, t.span)
    return entry is not None and not entry.is_boundary


def hypothesis_expression(param: Param) -> Expr:
    """The proposition that a hypothesis states."""
    if not isinstance(param.type, TypeExpr):
        return param.type
    e = expression_of(param.type)
    if e is None:
        raise BadParameter("this is neither a type nor a proposition", param.type.span)
    return e


def parameter_type(param: Param) -> TypeExpr:
    """The annotation of a parameter that is no hypothesis."""
    assert isinstance(param.type, TypeExpr)
    return param.type


def unbound_names(elab: Elab, t: TypeExpr) -> Iterator[tuple[str, str]]:
    """Names in ``t`` that are bound nowhere, as ``(kind, name)``, in order of binding.

    Kinds: ``group``; ``size``; ``sizes GROUP`` for a name in the size map of a group; ``type``.
    """
    scope = elab.scope
    match t:
        case TensorType(element, dims):
            for d in dims:
                if d.group is not None and d.group not in scope.groups:
                    yield "group", d.group
                if d.size is None:
                    if d.group is not None:
                        yield "rest", d.group
                    continue
                kind = "size" if d.group is None else f"sizes {d.group}"
                for name in names_in(d.size):
                    if "." not in name and not bound(elab, name):
                        yield kind, name
            head = element
            if isinstance(head, BaseType) and is_free_type(elab, head.name):
                yield "type", head.name
            yield from unbound_names(elab, element)
        case FunctionType(arg, res):
            yield from unbound_names(elab, arg)
            yield from unbound_names(elab, res)
        case TupleType(fields):
            for _, f in fields:
                yield from unbound_names(elab, f)
        case _:
            return


def is_free_type(elab: Elab, name: str) -> bool:
    """Whether ``name`` may be an element type variable that nobody declared."""
    scope = elab.scope
    known = name in SORTS or name in KINDS or name in scope.types or name in scope.groups
    return not known and TYPE_VARIABLE.match(name) is not None


def bound(elab: Elab, name: str) -> bool:
    """Whether ``name`` has a meaning as a value."""
    return name in elab.scope.values or elab.view.find_quietly(name)


def names_in(e: Expr) -> list[str]:
    """The names of ``e`` that are used as values, in order."""
    from ..ast import Binary, Call, Field, If, Unary

    out: list[str] = []
    stack: list[Expr] = [e]
    while stack:
        t = stack.pop()
        match t:
            case Name(name):
                out.append(name)
            case Unary(_, value) | Field(value, _):
                stack.append(value)
            case Binary(_, left, right):
                stack += [right, left]
            case If(c, a, o):
                stack += [o, a, c]
            case Call(_, args):
                stack += reversed(args)
            case Index(tensor, indices):
                stack += [*reversed(indices), tensor]
            case _:
                pass
    return list(dict.fromkeys(out))

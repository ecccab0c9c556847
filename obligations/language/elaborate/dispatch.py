"""The table of forms: which function gives which form of expression its meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ..ast import (
    Big,
    Binary,
    Call,
    Comprehension,
    Field,
    Hole,
    If,
    Index,
    Let,
    Name,
    Number,
    Rest,
    TupleExpr,
    Unary,
)
from . import binders, calls, forms, operators, reads
from .core import Elab, FileView, Handler, Session
from .scope import Scope
from .values import Val

VALUES: Final[Mapping[type, Handler]] = {
    Number: operators.number,
    Name: forms.name,
    Rest: forms.misplaced,
    Hole: forms.misplaced,
    Call: calls.call,
    Index: reads.index,
    Field: forms.field,
    Unary: operators.unary,
    Binary: operators.binary,
    If: forms.conditional,
    Let: forms.let,
    TupleExpr: forms.record,
    Comprehension: binders.comprehension,
    Big: binders.big,
}
PROPOSITIONS: Final[Mapping[type, Callable[[Elab, Any], Val | None]]] = {
    Unary: operators.negation,
    Binary: operators.proposition,
    If: forms.conditional_proposition,
    Let: forms.let_proposition,
    Big: binders.big_proposition,
}


def place(session: Session, view: FileView, scope: Scope | None = None) -> Elab:
    """An elaborator at the top of a file."""
    return Elab(session, view, scope or Scope(), VALUES, PROPOSITIONS)

"""Single expressions, for tests and reports."""

from __future__ import annotations

from pathlib import Path

from ....theories.terms import build as b
from ...claims import Parameter, Value
from ..ast import ClaimDecl, File
from ..parser import parse, parse_expr
from .core import Session, deep_stack, located
from .declare import declare
from .dispatch import place
from .modules import Module, View
from .statements import all_formats
from .values import merge_valid, whole_term


def elaborate_expr(text: str, params: str = "") -> tuple[Value, tuple[Parameter, ...]]:
    """The value of an expression whose names ``params`` declares, with those parameters.

    >>> value, _ = elaborate_expr("x + 1", "(x : real)")
    >>> value.term
    add(x, 1)
    """
    declared_in = parse(f"theorem t {params} : true", "<params>")
    claim = declared_in.decls[0]
    assert isinstance(claim, ClaimDecl)
    e = parse_expr(text)
    file = File("<text>", text, ())
    with deep_stack():
        with located(declared_in):
            formats = next(iter(all_formats(claim.params)))[1]
            view = View(Module(Path(file.path).stem, "", file), 0)
            d = declare(place(Session(), view), claim.params, (), formats)
        with located(file):
            v = d.elab.value(e)
    d.finish(e.span)
    return Value(whole_term(v), v.dims, b.conj(*merge_valid(v.valid))), tuple(d.parameters)

"""parse ∘ print is the identity on syntax trees: every form, with the fewest parentheses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from syntax_random import decls, exprs, types

from probanda.obligations.language import ast
from probanda.obligations.language.diagnostics import ContractError
from probanda.obligations.language.parser import parse, parse_expr, parse_type
from probanda.obligations.language.print_decl import print_decl, print_file
from probanda.obligations.language.printer import print_expr, print_type

BOUND = re.compile(r"([(\[ ,] *\S+ (<|in) |\.\.|index )$")
ROOT = Path(__file__).parents[2]


@given(exprs())
@settings(max_examples=100, deadline=None)
def test_expressions(e: ast.Expr) -> None:
    assert parse_expr(print_expr(e)) == e


@given(types())
@settings(max_examples=100, deadline=None)
def test_types(t: ast.TypeExpr) -> None:
    assert parse_type(print_type(t)) == t


@given(decls())
@settings(max_examples=150, deadline=None)
def test_declarations(d: ast.Decl) -> None:
    text = print_decl(d)
    assert parse(text).decls == (d,), text


@given(exprs())
@settings(max_examples=100, deadline=None)
def test_no_parentheses_but_those_needed(e: ast.Expr) -> None:
    """Without any one pair of brackets around an operand, the text no longer means the same."""
    text = print_expr(e)
    stack: list[int] = []
    for k, c in enumerate(text):
        if c == "(":
            stack.append(k)
        elif c == ")":
            start = stack.pop()
            if BOUND.search(text[:start]):
                continue  # a conditional in a bound is put in brackets for the reader
            shorter = text[:start] + text[start + 1 : k] + text[k + 1 :]
            try:
                found = parse_expr(shorter)
            except ContractError:
                continue
            assert found != e, (text, shorter)


@pytest.mark.parametrize("path", sorted(ROOT.glob("*/library/**/*.ob")), ids=lambda p: p.stem)
def test_library_files(path: Path) -> None:
    found = parse(path.read_text("utf-8"), str(path)).decls
    assert parse(print_file(ast.File("", "", found))).decls == found

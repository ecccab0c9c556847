"""What the parser makes of texts: precedence, spans, and where forms end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from probanda.obligations.language import ast, parser
from probanda.obligations.language.diagnostics import ContractError
from probanda.obligations.language.parser import parse, parse_expr, parse_type
from probanda.obligations.language.printer import print_expr


def shape(text: str) -> str:
    """The text with every operand in parentheses."""

    def show(e: ast.Expr) -> str:
        match e:
            case ast.Binary():
                return f"({show(e.left)} {e.op} {show(e.right)})"
            case ast.Unary():
                return f"({e.op} {show(e.value)})"
            case ast.Big():
                return f"({e.op} {show(e.body)})"
            case ast.Comprehension():
                return f"(for {show(e.body)})"
            case ast.If():
                return f"(if {show(e.condition)} {show(e.then)} {show(e.other)})"
            case ast.Let():
                return f"(let {show(e.value)} {show(e.body)})"
            case _:
                return print_expr(e)

    return show(parse_expr(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a - b - c", "((a - b) - c)"),
        ("a + b * c ^ 2", "(a + (b * (c ^ 2)))"),
        ("-a ^ 2 * b", "((- (a ^ 2)) * b)"),
        ("a * -b", "(a * (- b))"),
        ("p implies q implies r", "(p implies (q implies r))"),
        ("p iff q or r and not s = t", "(p iff (q or (r and (not (s = t)))))"),
        ("x & y | z xor w << 1", "((x & y) | (z xor (w << 1)))"),
        ("0 <= s < e", "((0 <= s) and (s < e))"),
        ("a = b < c <= d", "(((a = b) and (b < c)) and (c <= d))"),
        ("(a < b) < c", "((a < b) < c)"),
        ("sum (k < n) a * b + c", "((sum (a * b)) + c)"),
        ("2 * sum (k < n) a / b - c", "((2 * (sum (a / b))) - c)"),
        ("sum (i < n) sum (j < m) a * b", "(sum (sum (a * b)))"),
        ("-sum (k < n) a * b", "(- (sum (a * b)))"),
        ("count (k < n) p = m", "((count p) = m)"),
        ("forall (i < n) a = b and c = d", "(forall ((a = b) and (c = d)))"),
        ("p and forall (i < n) q implies r", "(p and (forall (q implies r)))"),
        ("1 + if c then a else b + 2", "(1 + (if c a (b + 2)))"),
        ("let y = x + 1 in y * y", "(let (x + 1) (y * y))"),
        ("[i < n] => a + b", "(for (a + b))"),
        ("max (k < n) x[k] * y", "(max (x[k] * y))"),
        ("max(a, b) * y", "(max(a, b) * y)"),
        ("sum (k < n) max (j : index n) x[j]", "(sum (max x[j]))"),
        ("max (i, j < n) x[i, j]", "(max x[i, j])"),
        ("a div b mod c", "((a div b) mod c)"),
        ("∀ (i < n) ¬ p ∧ q ∨ r", "(forall (((not p) and q) or r))"),
        ("a ≤ b ≠ c", ""),
    ],
)
def test_precedence(text: str, expected: str) -> None:
    if expected:
        assert shape(text) == expected
    else:
        with pytest.raises(ContractError):
            parse_expr(text)


def test_spellings() -> None:
    ascii_text = "forall (x : real | x >= 0) x != inf implies not (sum (k < n) x <= 1 and prod (k < n) x = 1 or false)"
    signs = "∀ (x : ℝ | x ≥ 0) x ≠ ∞ implies ¬(∑ (k < n) x ≤ 1 ∧ ∏ (k < n) x = 1 ∨ false)"
    assert parse_expr(ascii_text) == parse_expr(signs)
    assert parse_type("ℕ → ℤ") == parse_type("nat -> int")
    assert parse("rewrite r : x ⇒ y").decls == parse("rewrite r : x => y").decls


def test_spans_of_expressions_are_exact() -> None:
    text = "  f(x[i, _], (a + b) * c).m"
    e = parse_expr(text)
    assert isinstance(e, ast.Field) and text[e.span.start : e.span.end] == text[2:]
    call = e.value
    assert isinstance(call, ast.Call)
    product = call.args[1]
    assert text[product.span.start : product.span.end] == "(a + b) * c"
    assert isinstance(product, ast.Binary)
    assert text[product.left.span.start : product.left.span.end] == "(a + b)"


def test_spans_of_declarations_are_their_text() -> None:
    parts = [
        "use softmax",
        "def f {n : size} (x : real[n]) : real requires 0 < n = x[0]",
        "theorem t (x : real) (h : 0 < x) : f(x) = x\n  by cases x = 0, x < 1 using l(x) for (k < n)",
        "lemma l (n : nat) : p(n)\n  by induction n generalizing x, y\n  expect vacuous",
        "theorem c : a = c\n  calc a = b using l\n    _ = c using m(x)",
        "refuted r : x => y\n  cites \"somewhere\", \"else\"",
        "axiom a : x = x\n  because \"it is\"\n  auto",
        "boundary B (r : runtime)\n  because \"b\"\nwhere\n  add (a : real) : r.add(a) = a\n  div (a : real) : r.div(a) = a",
    ]  # fmt: skip
    decls = parse("\n\n/- x".replace("/- x", "").join(parts)).decls
    text = "\n\n".join(parts)
    assert [text[d.span.start : d.span.end] for d in decls] == parts


def test_documentation_goes_to_the_next_declaration() -> None:
    text = "use a\n/-- First\n    and second line. -/\ntheorem t : x\nboundary B (r : runtime) where\n/-- in -/ max (a : real) : p"
    _, claim, boundary = parse(text).decls
    assert isinstance(claim, ast.ClaimDecl) and claim.doc == "First\nand second line."
    assert isinstance(boundary, ast.BoundaryDecl) and boundary.doc == ""
    assert [(a.name, a.doc) for a in boundary.axioms] == [("max", "in")]


def test_annotations_are_types_or_propositions() -> None:
    text = (
        "theorem t {α : scalar} {C : axes} (x : α[C : n]) (p : bool) (m : bool[n]) (f : C -> int) (b : bits 8)"
        " (r : RuntimeBoundary) (h : p) (g : m[0]) (k : i < j) (y : α[n]) : x = x"
    )
    (claim,) = parse(text).decls
    assert isinstance(claim, ast.ClaimDecl)
    assert {p.names[0] for p in claim.params if p.is_hypothesis} == {"h", "g", "k"}
    assert all(isinstance(p.type, ast.TypeExpr) != p.is_hypothesis for p in claim.params)


def test_requirements_of_definitions_end_at_the_equals_sign() -> None:
    (d,) = parse("def f (x : real) : real requires 0 < x and x < 1, (x = 1 or x = 2) = x + 1").decls
    assert isinstance(d, ast.Def)
    assert [print_expr(e) for e in d.requires] == ["0 < x and x < 1", "x = 1 or x = 2"]
    assert print_expr(d.body) == "x + 1"


def test_tables_are_kept_in_the_users_cache_and_nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROBANDA_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    parser._lark.cache_clear()
    try:
        parse_expr("x")
        assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["grammar.tables"]
        (tmp_path / "cache/grammar.tables").write_bytes(b"rubbish")
        parser._lark.cache_clear()
        assert parse_expr("x") == ast.Name("x")
        os.chmod(tmp_path / "cache", 0o500)
        monkeypatch.setenv("PROBANDA_CACHE", "/dev/null/cache")
        parser._lark.cache_clear()
        assert parse_expr("x") == ast.Name("x")
    finally:
        os.chmod(tmp_path / "cache", 0o700)
        parser._lark.cache_clear()

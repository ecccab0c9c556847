"""Expressions: literals, operators, lifting, reads, comprehensions, big operators."""

from __future__ import annotations

import pytest
from elaborate_helpers import expr, expr_fails, fails, formula, marked, only, rule

from probanda.obligations.language.ast import Binary, Expr, File, Index, Name, Number
from probanda.obligations.language.elaborate import Module, View, elaborate_expr
from probanda.obligations.language.elaborate.core import Session
from probanda.obligations.language.elaborate.dispatch import place
from probanda.obligations.language.elaborate.scope import Scope
from probanda.obligations.language.elaborate.values import Val
from probanda.theories.terms import build as b
from probanda.theories.terms.binders import var
from probanda.theories.terms.sorts import INT, REAL, fn


@pytest.mark.parametrize(
    ("text", "params", "shown"),
    [
        ("x + 1", "(x : real)", "add(x, 1)"),
        ("1 + x", "(x : float32)", "add(0x3f800000, x)"),
        ("-0 + x", "(x : float16)", "add(0x8000, x)"),
        ("x - 1", "(x : bits 8)", "sub(x, 1)"),
        ("-1 + x", "(x : bits 8)", "add(255, x)"),
        ("2 * x", "{R : ring} (x : R)", "mul(2, x)"),
        ("inf + x", "(x : float64)", "add(0x7ff0000000000000, x)"),
        ("-inf", "(x : ereal)", "-inf"),
        ("0x1p-3 + x", "(x : real)", "add(1/8, x)"),
        ("n + x", "(n : int) (x : real)", "add(cast(n), x)"),
        ("n * 0.5", "(n : int)", "mul(cast(n), 1/2)"),
        ("(1 / n) * x", "(n : int) (x : real)", "mul(div(1, cast(n)), x)"),
        ("x * (1 / n)", "(n : int) (x : real)", "mul(x, div(1, cast(n)))"),
        ("n div 2 + x", "(n : int) (x : real)", "add(cast(idiv(n, 2)), x)"),
        ("if p then 0 else x", "(p : bool) (x : float16)", "ite(p, 0x0, x)"),
        ("exp(1)", "", "fn:exp(1)"),
        ("sqrt(n)", "(n : int)", "sqrt(cast(n))"),
        ("max(1, x, 2)", "(x : real)", "max(max(1, x), 2)"),
        ("let y = x + 1 in y * y", "(x : real)", "mul(add(x, 1), add(x, 1))"),
        ("(m = 1, l = x).l", "(x : real)", "x"),
        ("cast(x, bits 16)", "(x : bits 8)", "cast(x)"),
        ("round(x, float16)", "(x : real)", "round:float16(x)"),
        ("x << 2 | bnot(1)", "(x : bits 8)", "bor(shl(x, 2), bnot(1))"),
        ("a > b", "(a b : int)", "lt(b, a)"),
        ("0 <= a < b", "(a b : int)", "and(le(0, a), lt(a, b))"),
        ("x ^ 3", "(x : real)", "pow:3(x)"),
        ("count (k < n) (f[k] = 0)", "(f : real[n])", "count:range(0, n, True, eq(at(f, #0), 0))"),
        ("sum (k in a..b | k != 0) f(k)", "(a b : int) (f : int -> real)",
         "sum:range(a, b, not(eq(#0, 0)), at(f, #0))"),
    ],
)  # fmt: skip
def test_scalars(text: str, params: str, shown: str) -> None:
    assert expr(text, params) == shown


@pytest.mark.parametrize(
    ("text", "params", "shown"),
    [
        ("x + y", "(x y : real[n])", "lam:range(0, n, add(at(x, #0), at(y, #0)))"),
        ("x * 2 + y", "(x y : real[n])", "lam:range(0, n, add(mul(at(x, #0), 2), at(y, #0)))"),
        ("exp(x)", "(x : real[n])", "lam:range(0, n, fn:exp(at(x, #0)))"),
        ("if x < 0 then 0 else x", "(x : real[n])", "lam:range(0, n, ite(lt(at(x, #0), 0), 0, at(x, #0)))"),
        ("x[i]", "(x : real[n, d]) (i : int)", "at(x, i)"),
        ("x[_, j]", "(x : real[n, d]) (j : int)", "lam:range(0, n, at(at(x, #0), j))"),
        ("(x + y)[0]", "(x y : real[n])", "add(at(x, 0), at(y, 0))"),
        ("s + 1", "{C : axes} (s : C -> int)", "lam:axes(add(at(s, #0), 1))"),
        ("x[s + 1]", "{C : axes} (x : real[C : n]) (s : C -> int)", "at(x, lam:axes(add(at(s, #0), 1)))"),
        ("x[0]", "{C : axes} (x : real[C : n])", "at(x, lam:axes(0))"),
        ("[i < n] => x[n - 1 - i]", "{C : axes} (x : real[C : n])",
         "lam:box(n, at(x, lam:axes(sub(sub(at(n, #0), 1), at(#1, #0)))))"),
        ("sum (i < n) x[i]", "(x : real[n, d])", "lam:range(0, d, sum:range(0, n, True, at(at(x, #0), #1)))"),
        ("if 0 <= s then x[s] else 0", "{C : axes} (x : real[C : n]) (s : C -> int)",
         "ite(forall:axes(True, le(0, at(s, #0))), at(x, s), 0)"),
        ("if 0 <= s then s else 0", "{C : axes} (s : C -> int)",
         "lam:axes(ite(le(0, at(s, #0)), at(s, #0), 0))"),
        ("k(t)[0]", "(k : nat -> real[d]) (t : nat)", "at(at(k, t), 0)"),
        ("forall (c : C) s[c] = 0", "{C : axes} (s : C -> int)", "forall:axes(True, eq(at(s, #0), 0))"),
    ],
)  # fmt: skip
def test_tensors_and_maps(text: str, params: str, shown: str) -> None:
    assert expr(text, params) == shown


def test_sizes_that_may_differ_are_required_to_agree() -> None:
    value, _ = elaborate_expr("x + y", "(x : real[n]) (y : real[m])")
    assert repr(value.valid) == "eq(n, m)"
    assert value.term.op == "require"


def test_sizes_are_compared_as_polynomials() -> None:
    value, _ = elaborate_expr("x + y", "{n m : size} (x : real[2 * (n + m)]) (y : real[n + m + m + n])")
    assert repr(value.valid) == "True"


def test_equality_of_tensors_is_of_sizes_and_elements() -> None:
    assert expr("x = y", "(x : real[n]) (y : real[m])") == (
        "and(eq(n, m), forall:range(0, n, True, eq(at(x, #0), at(y, #0))))"
    )
    assert expr("x != 0", "(x : real[n])") == "not(forall:range(0, n, True, eq(at(x, #0), 0)))"


def test_equality_of_tuples_is_fieldwise() -> None:
    assert expr("(a = x, b = 1) = (a = 2, b = x)", "(x : real)") == "and(eq(x, cast(2)), eq(cast(1), x))"


def test_a_proposition_about_tensors_holds_at_every_index() -> None:
    c = only("theorem t (x : real[n]) : not (x < 0) or x <= 1")
    assert repr(formula(c)) == (
        "or(not(forall:range(0, n, True, lt(at(x, #0), 0))), forall:range(0, n, True, le(at(x, #0), 1)))"
    )


def test_connectives_of_boolean_tensors_are_pointwise_in_a_rewrite() -> None:
    c = only("rewrite t {C : axes} (a : bool[C : n]) : a or true => true")
    assert repr(rule(c).left.term) == "lam:box(n, or(at(a, #0), True))"
    assert repr(rule(c).right.term) == "lam:box(n, True)"


def test_the_maximum_over_two_indices_skips_empty_inner_ranges() -> None:
    found = expr("max (i < n, j < m | i = j) x[i, j]", "(x : real[n, m])")
    assert found == (
        "bigmax:range(0, n, exists:range(0, m, True, eq(#1, #0)), bigmax:range(0, m, eq(#1, #0), at(at(x, #1), #0)))"
    )


def test_counting_two_indices_adds_counts() -> None:
    assert expr("count (i < n, j < m) (x[i, j] = 0)", "(x : int[n, m])").startswith("sum:range(0, n, True, count:")


def test_defined_states_the_condition() -> None:
    assert expr("defined(1 / x)", "(x : real)") == "not(eq(x, 0))"
    assert expr("defined(x[i])", "(x : real[n]) (i : int)") == "and(le(0, i), lt(i, n))"


def test_long_chains_are_no_trouble() -> None:
    x: Expr = Name("x")
    chain, tensors, conjunction = x, x, Binary("=", x, x)
    for k in range(10_000):
        chain = Binary("+-*"[k % 3], chain, Index(x, (Number("0"),)))
        tensors = Binary("+", tensors, x)
        conjunction = Binary("and", conjunction, Binary("=", x, x))
    scope = Scope({"x": Val(var("x", fn(INT, REAL)), (b.below(b.integer(3)),)), "y": Val(var("y", REAL))})
    here = place(Session(), View(Module("t", "", File("t.ob", "", ())), 0), scope)
    assert here.value(tensors).term.op == "lam"
    assert here.value(chain).term.op == "lam"
    assert len(here.prop(conjunction).term.args) == 10_001


def test_definitions_that_double_are_stopped() -> None:
    links = "\n".join(f"def f{k + 1} (x : real) : real = f{k}(x) + f{k}(x + {k + 1})" for k in range(40))
    fails(f"def f0 (x : real) : real = x\n{links}", "PB219")


def test_deep_chains_of_definitions_are_stopped() -> None:
    links = "\n".join(f"def f{k + 1} (x : real) : real = f{k}(x)" for k in range(150))
    fails(f"def f0 (x : real) : real = x\n{links}\ntheorem t (x : real) : f150(x) = x", "PB106")


@pytest.mark.parametrize(
    ("text", "params", "code", "place"),
    [
        ("softmaks(x)", "(x : real)", "PB201", "softmaks"),
        ("x + y", "(x : real) (y : float32)", "PB203", "x + y"),
        ("x + y", "(x : real[2]) (y : real[3])", "PB204", "x + y"),
        ("x + y", "(x : real[n]) (y : real[n, n])", "PB204", "x + y"),
        ("n / m", "(n m : int)", "PB205", "n / m"),
        ("x[1, 2]", "(x : real[n])", "PB207", "x[1, 2]"),
        ("x[0]", "(x : real)", "PB211", "x[0]"),
        ("x(0)", "(x : real)", "PB211", "x"),
        ("x + 0", "{α : scalar} (x : α)", "PB214", "0"),
        ("x + 300", "(x : bits 8)", "PB214", "300"),
        ("inf + x", "(x : real)", "PB214", "inf"),
        ("1e60000 * x", "(x : real)", "PB107", "1e60000"),
        ("70000 + x", "(x : float16)", "PB214", "70000"),
        ("x < y", "{R : ring} (x y : R)", "PB213", "x < y"),
        ("[i < n] => [j < i] => 0", "(n : int)", "PB218", "[j < i] => 0"),
        ("t.z", "(t : (m : real, l : real))", "PB212", "t.z"),
        ("x[y]", "{C D : axes} (x : real[C : n]) (y : D -> int)", "PB215", "y"),
        ("x[..]", "(x : real[n])", "PB215", ".."),
        ("sum (k < n) (k = k)", "(n : int)", "PB213", "sum (k < n) (k = k)"),
        ("if x then 0 else 1", "(x : real)", "PB206", "x"),
        ("exp(1, 2)", "", "PB207", "exp(1, 2)"),
        ("cast(x, y)", "(x y : real)", "PB208", "y"),
        ("fma(x, x, x)", "(x : real)", "PB213", "fma(x, x, x)"),
        ("x and true", "(x : real)", "PB213", "x and true"),
    ],
)
def test_errors_show_their_place(text: str, params: str, code: str, place: str) -> None:
    assert marked(expr_fails(text, params, code)) == place


def test_a_value_is_no_statement() -> None:
    assert marked(fails("theorem t (x : real) : x + 1", "PB206")) == "x + 1"


def test_unknown_names_suggest_the_nearest() -> None:
    e = fails("def softmax (x : real) : real = x\ntheorem t (x : real) : sofmax(x) = x", "PB201")
    assert e.hint == "did you mean `softmax`?"


def test_a_filter_stands_at_the_first_index_that_decides_it() -> None:
    found = expr("sum (i < n, j < m | i != 0) x[i, j]", "(x : real[n, m])")
    assert found == "sum:range(0, n, not(eq(#0, 0)), sum:range(0, m, True, at(at(x, #1), #0)))"
    found = expr("max (i < n, j < i | i != 3) x[i, j]", "(x : real[n, m])")
    assert found.startswith("bigmax:range(0, n, and(not(eq(#0, 3)), exists:range(0, #0, True, True)), bigmax:")

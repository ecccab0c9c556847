"""Definitions: unfolding, implicit arguments, groups, preconditions and validity."""

from __future__ import annotations

import pytest
from elaborate_helpers import claims, fails, formula, marked, only, reduced, rule

from probanda.theories.terms import build as b

SOFTMAX = """
def total {B : axes} {n : size} (x : real[B.., n]) : real[B..] = [B..] => sum (k < n) x[.., k]
def scaled {B : axes} {n : size} (x : real[B.., n]) : real[B.., n] = [B.., i < n] => x[.., i] / total(x)[..]
"""
SLICE = """
def slice {α : scalar} {C : axes} (x : α[C : n]) (s e p : C -> int) : α[C : (e - s + p - 1) div p]
  requires 0 <= s, s <= e, e <= n, 0 < p =
  [i < (e - s + p - 1) div p] => x[s + p * i]
def reverse {α : scalar} {C : axes} (x : α[C : n]) : α[C : n] = [i < n] => x[n - 1 - i]
"""


def statement(text: str) -> str:
    return reduced(formula(only(text)))


@pytest.mark.parametrize(
    ("params", "call", "shown"),
    [
        ("(x : real[n])", "total(x)", "eq(sum:range(0, n, True, at(x, #0)), 0)"),
        (
            "(x : real[h, n])",
            "total(x)[1]",
            "eq(sum:range(0, n, True, at(at(x, 1), #0)), 0)",
        ),
        (
            "(x : real[B.., h, n])",
            "total(x)[.., 1]",
            "eq(sum:range(0, n, True, at(at(at(x, B.index), 1), #0)), 0)",
        ),
        (
            "{C : axes} (x : real[C : m, n]) (c : C -> int)",
            "total(x)[c]",
            "eq(sum:range(0, n, True, at(at(x, c), #0)), 0)",
        ),
    ],
)
def test_a_group_stands_for_any_leading_dimensions(params: str, call: str, shown: str) -> None:
    assert statement(f"{SOFTMAX} theorem t {params} : {call} = 0") == shown


def test_definitions_that_use_definitions_pass_their_groups_on() -> None:
    found = statement(f"{SOFTMAX} theorem t (x : real[B.., h, n]) : scaled(x)[.., 0, 1] = 1")
    inner = "sum:range(0, n, True, at(at(at(x, B.index), 0), #0))"
    assert found == f"eq(div(at(at(at(x, B.index), 0), 1), {inner}), 1)"


def test_two_groups_without_names_for_the_index_are_told_apart_by_their_dimensions() -> None:
    found = statement("theorem t (x : real[B.., n]) (y : real[D.., n]) : x[.., 0] = y[.., 0]")
    assert found == "eq(at(at(x, B.index), 0), at(at(y, D.index), 0))"


def test_batch_indices_are_parameters_in_range() -> None:
    c = only("theorem t (x : real[B.., n]) : x[.., 0] = 0")
    assert c.parameters[-1].name == "B.index" and c.parameters[-1].role == "index"
    assert c.facts[-1].name == "B.index_in_range"


def test_preconditions_guard_the_value_and_are_hoisted() -> None:
    c = only(f"{SLICE} rewrite t {{C : axes}} (x : real[C : n]) (s e p : C -> int) : slice(x, s, e, p) => reverse(x)")
    left = rule(c).left
    assert left.term.op == "require"
    assert repr(left.valid).count("forall:axes") == 4
    assert rule(c).right.valid is b.TRUE


def test_validity_leaves_comprehensions_even_if_they_are_empty() -> None:
    text = "rewrite t {C : axes} (x : real[C : n]) (s : C -> int) : reverse(slice(x, s, n, 1)) => x"
    valid = repr(rule(only(f"{SLICE}{text}")).left.valid)
    assert "le(0, at(s, #0))" in valid and "le(at(s, #0), at(n, #0))" in valid


def test_preconditions_that_depend_on_an_index_stay_with_the_element() -> None:
    text = "def at_least (lo x : int) : int requires lo <= x = x\ntheorem t {n : size} : sum (k < n) at_least(3, k) = 0"
    c = only(text)
    assert "require(le(3, #0), #0)" in repr(formula(c))
    assert getattr(c.statement, "valid", None) is b.TRUE


def test_validity_is_asked_for_only_on_the_branch_that_is_taken() -> None:
    text = "def half (x : int) : int requires (x mod 2 = 0) = x div 2\ntheorem t (x : int) : (if x mod 2 = 0 then half(x) else 0) <= x"
    valid = getattr(only(text).statement, "valid", None)
    condition = "eq(imod(x, 2), 0)"
    assert repr(valid) == f"implies({condition}, {condition})"


def test_sizes_of_arguments_that_differ_become_conditions() -> None:
    text = "def dot {n : size} (x y : real[n]) : real = sum (k < n) x[k] * y[k]\ntheorem t (x : real[n]) (y : real[m]) : dot(x, y) = 0"
    assert repr(getattr(only(text).statement, "valid", None)) == "eq(n, m)"


def test_index_arguments_are_asked_to_lie_in_range_unless_they_are_known_to() -> None:
    text = "def get {n : size} (x : real[n]) (i : index n) : real = x[i]\n"
    inside = only(f"{text} theorem t (x : real[n]) : forall (i < n) get(x, i) = 0")
    assert "require" not in repr(formula(inside))
    outside = only(f"{text} theorem t (x : real[n]) (i : int) : get(x, i) = 0")
    assert repr(getattr(outside.statement, "valid", None)) == "and(le(0, i), lt(i, n))"


def test_a_literal_argument_takes_the_type_that_the_others_give() -> None:
    text = "def fill {α : scalar} (n : size) (v : α) : α[n] = [i < n] => v\n"
    c = only(f"{text} theorem t {{n : size}} (x : float16[n]) : x = fill(n, 1)")
    assert "0x3c00" in repr(formula(c))
    assert marked(fails(f"{text} theorem t : fill(3, 1)[0] = fill(3, 1)[1]", "PB205")) == "1"


def test_an_integer_is_a_constant_map() -> None:
    c = only(f"{SLICE} rewrite t {{C : axes}} (x : real[C : n]) : slice(x, 0, n, 1) => x")
    assert "le(0, 0)" in repr(rule(c).left.valid)


def test_a_scalar_fills_a_declared_tensor() -> None:
    c = only("def zeros {R : ring} (n : size) : R[n] = 0\ntheorem t {n : size} (x : real[n]) : x + zeros(n) = x")
    assert formula(c).op == "forall"


def test_definitions_are_listed_transitively() -> None:
    c = only(f"{SOFTMAX} theorem t (x : real[n]) : scaled(x) = x")
    assert set(c.definitions) == {"t.scaled", "t.total"}


def test_tuples_are_split_into_parameters_and_fields() -> None:
    text = "def merge (s t : (m : real, l : real)) : (m : real, l : real) = (m = max(s.m, t.m), l = s.l + t.l)\n"
    c = only(f"{text} theorem t (a b : (m : real, l : real)) : merge(a, b) = merge(b, a)")
    assert [p.name for p in c.parameters] == ["a.m", "a.l", "b.m", "b.l"]
    assert reduced(formula(c)) == "and(eq(max(a.m, b.m), max(b.m, a.m)), eq(add(a.l, b.l), add(b.l, a.l)))"


def test_functions_may_be_arguments() -> None:
    text = "def apply (f : real -> real) (x : real) : real = f(x)\n"
    assert statement(f"{text} theorem t (g : real -> real) (x : real) : apply(g, x) = x") == "eq(at(g, x), x)"


def test_definitions_are_checked_where_they_stand() -> None:
    e = fails("def f (x : real[n]) : real = x[0, 1]", "PB207")
    assert e.line == 1 and marked(e) == "x[0, 1]"
    fails("def f {α : scalar} (x : α) : α = x + x", "PB213")
    fails("def f (x : real[n]) : real = x", "PB204")
    fails("def f (x : real[B..]) : real = x[..]", "PB215")
    fails("def f (x : real) : real = f(x)", "PB201")
    fails("def exp (x : real) : real = x", "PB202")


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("def f {n : size} (x : real) : real = x\ntheorem t (x : real) : f(x) = x", "PB205", "f(x)"),
        ("def f (x : real) : real = x\ntheorem t (x : real) : f(x, x) = x", "PB207", "f(x, x)"),
        ("def f (x : real) : real = x\ntheorem t (x : float32) : f(x) = x", "PB203", "x"),
        ("def f (x : real[n]) : real = 0\ntheorem t (x : real) : f(x) = x", "PB204", "x"),
        ("def f {R : ring} (x : R) : R = x\ntheorem t (x : float32) : f(x) = x", "PB203", "x"),
        ("def f {F : float} (x : F) : F = x\ntheorem t (x : real) : f(x) = x", "PB203", "x"),
        ("def f (x : real[3]) : real = 0\ntheorem t (x : real[4]) : f(x) = 0", "PB204", "x"),
        (f"{SLICE}theorem t (x : real[n]) : reverse(x) = x", "PB307", "x"),
        ("def f (x : real) : real = x\ntheorem t : f = 1", "PB207", "f"),
    ],
)
def test_wrong_calls(text: str, code: str, place: str) -> None:
    assert marked(fails(text, code)) == place


def test_a_format_variable_takes_the_format_of_its_argument() -> None:
    found = claims("def twice {F : float} (x : F) : F = x + x\nrewrite t {F : float} (x : F) : twice(x) => x * 2")
    assert repr(rule(found["t[bfloat16]"]).right.term) == "mul(x, 0x4000)" or "t[bfloat16]" in found

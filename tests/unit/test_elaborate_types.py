"""Parameters: their sorts, roles, dimensions and facts."""

from __future__ import annotations

import pytest
from elaborate_helpers import claims, fails, marked, only

from probanda.obligations.claims import Parameter


def parameters(params: str, statement: str = "true") -> dict[str, Parameter]:
    return {p.name: p for p in only(f"theorem t {params} : {statement}").parameters}


@pytest.mark.parametrize(
    ("params", "name", "sort", "role"),
    [
        ("{n : size}", "n", "int", "size"),
        ("(k : nat)", "k", "int", "nat"),
        ("(k : int)", "k", "int", "value"),
        ("{n : size} (i : index n)", "i", "int", "index"),
        ("(x : ereal)", "x", "ereal", "value"),
        ("(x : bits 8)", "x", "bits 8", "value"),
        ("(p : bool)", "p", "bool", "value"),
        ("{α : scalar} (x : α)", "x", "α", "value"),
        ("(x : real[n, d])", "x", "(int -> (int -> real))", "value"),
        ("(x : real[B.., n])", "x", "((axis B -> int) -> (int -> real))", "value"),
        ("(x : real[B.., n])", "B.size", "(axis B -> int)", "sizes"),
        ("{C : axes} (x : real[C : n])", "n", "(axis C -> int)", "sizes"),
        ("{C : axes} (s : C -> int)", "s", "(axis C -> int)", "map"),
        ("{C : axes} (n : C -> size) (i : index n)", "i", "(axis C -> int)", "index"),
        ("(k : nat -> real[d])", "k", "(int -> (int -> real))", "value"),
        ("(f : real -> real)", "f", "(real -> real)", "value"),
        ("{n : size} (p : index n -> index n)", "p", "(int -> int)", "value"),
        ("(s : (m : real, l : real[n]))", "s.l", "(int -> real)", "value"),
    ],
)
def test_sorts_and_roles(params: str, name: str, sort: str, role: str) -> None:
    p = parameters(params)[name]
    assert (p.var.sort.text, p.role) == (sort, role)


def test_facts_come_in_order_with_names() -> None:
    c = only("theorem t {n : size} (i : index n) (x : real[B.., n]) (k : nat) : true")
    shown = {f.name: repr(f.formula) for f in c.facts}
    assert shown == {
        "n_nonneg": "le(0, n)",
        "i_in_range": "and(le(0, i), lt(i, n))",
        "B.size_nonneg": "forall:axes(True, le(0, at(B.size, #0)))",
        "k_nonneg": "le(0, k)",
    }


def test_functions_into_an_index_range_stay_in_it() -> None:
    c = only("theorem t {n m : size} (p : index n -> index m) : true")
    assert repr(c.facts[-1].formula) == "forall:range(0, n, True, and(le(0, at(p, #0)), lt(at(p, #0), m)))"
    (p,) = [p for p in c.parameters if p.name == "p"]
    assert p.result_domain is not None and p.result_domain[0].kind == "range"


def test_unbound_sizes_are_parameters_of_their_own_before_the_tensor() -> None:
    c = only("theorem t (x : real[L + 1, d]) : true")
    assert [p.name for p in c.parameters] == ["L", "d", "x"]
    assert c.facts[0].name == "L_nonneg"
    assert repr(c.shapes["x"][0][1][1]) == "add(L, 1)"


def test_hypotheses_are_not_parameters() -> None:
    c = only("theorem t {n : size} (i j : index n) (future : i < j) requires 0 < n : i < n")
    assert [(f.name, repr(f.formula)) for f in c.hypotheses] == [("future", "lt(i, j)"), ("requires_1", "lt(0, n)")]


def test_a_value_of_type_bool_is_a_hypothesis() -> None:
    c = only("theorem t (allowed : bool[n]) {i : index n} (h : allowed[i]) (p : bool) (q : p) : p")
    assert [f.name for f in c.hypotheses] == ["h", "q"]


def test_a_float_variable_makes_a_claim_for_each_format() -> None:
    found = claims("rewrite r {F : float} (x : F) : x * 2 => x + x")
    assert list(found) == ["r[float16]", "r[bfloat16]", "r[float32]", "r[float64]"]
    assert [c.parameters[0].var.sort.text for c in found.values()] == ["float16", "bfloat16", "float32", "float64"]


def test_two_float_variables_make_every_pair() -> None:
    assert len(claims("theorem t {F G : float} (x : F) (y : G) : true")) == 16


@pytest.mark.parametrize(
    ("params", "code", "place"),
    [
        ("(x : rael)", "PB208", "rael"),
        ("(x : real[n]) (x : real)", "PB202", "(x : real)"),
        ("(i : index n) {n : size}", "PB201", "n"),
        ("(x : real[n]) {n : size}", "PB220", "(x : real[n])"),
        ("(α : scalar)", "PB220", "scalar"),
        ("(x : bits 2000)", "PB208", "bits 2000"),
        ("(x : scalar[n])", "PB208", "scalar"),
        ("(x : real[1.5])", "PB203", "1.5"),
        ("{x : real}", "PB220", "{x : real}"),
        ("{h : 0 < 1}", "PB220", "{h : 0 < 1}"),
    ],
)
def test_wrong_parameters(params: str, code: str, place: str) -> None:
    assert marked(fails(f"theorem t {params} : true", code)) == place

"""Claims: expectations, hints, lemmas, boundaries, files, hashes and changed declarations."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from elaborate_helpers import claims, fails, formula, marked, only, rule

from probanda.obligations.claims import Verdict
from probanda.obligations.language.ast import Binary, ClaimDecl, Def
from probanda.obligations.language.diagnostics import ContractError
from probanda.obligations.language.elaborate import (
    Modules,
    elaborate_text,
    load_files,
    re_elaborate,
    statement_hash,
)

EXP = 'axiom exp_add (a b : real) : exp(a + b) = exp(a) * exp(b)\n  because "no theory"\n'


def test_expectations_and_clauses() -> None:
    found = claims(
        'theorem a (x : real) : x = x\n  cites "one", "two"\n'
        "refuted b (x : real) : x = 0\n  twin_of a\n"
        "theorem c (x : real) (h : x < x) : x = 0\n  expect vacuous\n"
        "rewrite d (x : float32) : x + 0 => x\n  expect exact under nsz, nnan\n" + EXP
    )
    assert [c.expected for c in found.values()] == [
        Verdict.PROVED, Verdict.REFUTED, Verdict.VACUOUS, Verdict.PROVED, Verdict.ASSUMED,
    ]  # fmt: skip
    assert found["a"].cites == ("one", "two") and found["b"].twin_of == "a"
    assert found["d"].flags == ("nsz", "nnan") and found["d"].readings == ("bits",)
    assert found["exp_add"].kind == "axiom" and dict(found["exp_add"].clauses) == {"because": ("no theory",)}


def test_the_source_is_the_text_of_the_declaration_alone() -> None:
    found = claims(
        "-- head\n/-- Doc. -/\ntheorem a (x : real) :\n  x = x  -- why\n\n-- next\n/-- More. -/\nlemma b : true\n"
    )
    assert found["a"].source == "theorem a (x : real) :\n  x = x"
    assert found["b"].source == "lemma b : true"
    assert (found["a"].doc, found["a"].location.line) == ("Doc.", 3)


def test_rewrites_fill_scalar_sides() -> None:
    c = only("rewrite t {C : axes} (x : real[C : n]) : x - x => 0")
    assert repr(rule(c).right.term) == "lam:box(n, 0)"
    assert marked(fails("rewrite t (x : real[n, m]) : x => x[0]", "PB204")) == "x => x[0]"


# -- hints --


def test_a_lemma_without_arguments_is_closed_over_its_own_variables() -> None:
    c = only(f"{EXP}theorem t (a : real) : exp(a + a) = exp(a) ^ 2 using exp_add")
    (lemma,) = c.hints.lemmas
    assert (lemma.name, lemma.is_axiom) == ("t.exp_add", True)
    assert [v.name for v in lemma.variables] == ["t.exp_add!a", "t.exp_add!b"]


def test_an_instance_states_facts_and_hypotheses() -> None:
    lemma = "lemma pos {n : size} (i : index n) (f : int -> real) (h : 0 < f(i)) : f(i) != 0\n"
    c = only(f"{lemma}theorem t {{m : size}} (j : index m) : true")
    assert c.hints.empty
    with pytest.raises(ContractError) as caught:  # n occurs in no explicit argument's type as a tensor's size
        only(f"{lemma}theorem t {{m : size}} (j : index m) (g : int -> real) : true using pos(j, g)")
    assert caught.value.code == "PB205"
    lemma = "lemma pos {n : size} (f : real[n]) (i : index n) (h : 0 < f[i]) : f[i] != 0\n"
    c = only(f"{lemma}theorem t {{m : size}} (g : real[m]) (j : int) : true using pos(g, j)")
    (found,) = c.hints.instances
    assert repr(found.formula) == ("implies(and(le(0, m), le(0, j), lt(j, m), lt(0, at(g, j))), not(eq(at(g, j), 0)))")


def test_an_instance_may_take_comprehensions_and_be_closed_over_bound_indices() -> None:
    lemma = "axiom swap {n : size} (f : real[n]) : sum (k < n) f[k] = sum (k < n) f[n - 1 - k]\n"
    c = only(f"{lemma}theorem t (x : real[n, m]) : true using swap([j < m] => x[i, j]) for (i < n)")
    assert repr(c.hints.instances[0].formula).startswith("forall:range(0, n, True, implies(le(0, m), eq(sum:")


def test_instances_of_lemmas_about_groups_use_or_close_their_batch_index() -> None:
    lemma = "axiom pos (x : real[B.., n]) : 0 <= x[.., 0]\n"
    c = only(f"{lemma}theorem t (y : real[h, m]) : true using pos(y)")
    assert repr(c.hints.instances[0].formula).startswith("forall:range(0, h, True, ")


def test_a_rewrite_as_a_lemma_speaks_of_where_its_left_side_is_defined() -> None:
    lemma = "rewrite cancel (x y : real) : x / y * y => x\n"
    c = only(f"{lemma}theorem t (a : real) : true using cancel(a, a)")
    assert repr(c.hints.instances[0].formula) == "implies(not(eq(a, 0)), eq(mul(div(a, a), a), a))"


def test_instances_of_a_claim_about_all_formats_name_the_format() -> None:
    lemma = "rewrite double {F : float} (x : F) : x * 2 => x + x\n"
    found = claims(f"{lemma}theorem t {{G : float}} (y : G) : y * 2 = y + y using double(y)")
    assert found["t[float16]"].hints.instances[0].lemma == "t.double[float16]"
    general = claims(f"{lemma}theorem t (y : float64) : y * 2 = y + y using double")
    assert [x.name for x in general["t"].hints.lemmas] == ["t.double[float64]"]


def test_calc_cases_and_induction() -> None:
    c = only(
        f"{EXP}theorem t {{n : size}} (x y : real) : exp(x + y) * 1 = exp(x) * exp(y)\n"
        "  calc exp(x + y) * 1 = exp(x + y)\n    _ = exp(x) * exp(y) using exp_add(x, y)"
    )
    first, second = c.hints.calc
    assert repr(first.formula) == "eq(mul(fn:exp(add(x, y)), 1), fn:exp(add(x, y)))"
    assert len(second.instances) == 1 and repr(second.formula.args[0]) == "fn:exp(add(x, y))"
    c = (
        only("theorem t {n : size} (k : nat) (x : real) : true by induction n generalizing x, k using ")
        if False
        else only("theorem t {n : size} (k : nat) (x : real) : true by induction n generalizing x, k")
    )
    assert repr(c.hints.induction) == "n" and [repr(v) for v in c.hints.generalizing] == ["x", "k"]
    assert [repr(x) for x in only("theorem t (x : real) : true by cases x < 0, x = 1").hints.cases] == [
        "lt(x, 0)", "eq(x, 1)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("theorem t : true using nothing", "PB209"),
        ("refuted r (x : real) : x = 0\ntheorem t : true using r(1)", "PB209"),
        ("theorem t : true using t", "PB209"),
        ("theorem t : true using u\ntheorem u : true", "PB209"),
        ("rewrite r (x : float32) : x + 0 => x under nsz\ntheorem t (y : float32) : true using r(y)", "PB209"),
        ("lemma l {n : size} (x : real[n]) : x = x\ntheorem t : true using l", "PB216"),
        ("theorem t (x : real) : true by induction x", "PB216"),
        ("theorem t {n : size} : true by induction n generalizing m", "PB216"),
        ("theorem t : true expect prooved", "PB217"),
        ("theorem t : true under fast", "PB217"),
        ("theorem t : true twin_of u", "PB217"),
        ("theorem t : true\ntheorem t : true", "PB202"),
        (f"{EXP}theorem t (x : real) : true using exp_add(x)", "PB207"),
        ("axiom a {R : ring} (x : R) : x = x auto", "PB216"),
        ("use nowhere", "PB502"),
    ],
)
def test_wrong_hints_and_clauses(text: str, code: str) -> None:
    fails(text, code)


# -- boundaries --

BOUNDARY = """
boundary Adds (r : runtime) where
  add (a b : float32) : r.add(a, b) =nan= a + b
  lt (a b : float32) : r.lt(a, b) iff a < b
"""


def test_a_boundary_makes_an_axiom_of_each_line() -> None:
    found = claims(BOUNDARY)
    assert list(found) == ["Adds.add", "Adds.lt"]
    assert found["Adds.lt"].parameters[-1].var.sort.text == "(float32 -> (float32 -> bool))"
    assert found["Adds.add"].source == "add (a b : float32) : r.add(a, b) =nan= a + b"


def test_a_claim_about_a_runtime_of_a_boundary_may_use_its_axioms() -> None:
    c = only(f"{BOUNDARY}theorem t (s : Adds) (x : float32) : s.add(x, x) =nan= x + x using Adds.add(x, x)")
    assert [p.name for p in c.parameters] == ["x", "s.add"]
    assert repr(c.hints.instances[0].formula) == "eq(at(at(s.add, x), x), add(x, x))"
    c = only(f"{BOUNDARY}theorem t (s : Adds) (x : float32) : s.add(x, x) =nan= x + x using Adds.add")
    (lemma,) = c.hints.lemmas
    assert [v.name for v in lemma.variables] == ["t.Adds.add!a", "t.Adds.add!b"]
    assert "s.add" in repr(lemma.formula)


def test_a_runtime_of_no_boundary_has_no_axioms() -> None:
    use = "theorem t {s : runtime} (x : float32) : s.add(x, x) =nan= x + x using Adds.add(x, x)"
    fails(f"{BOUNDARY}{use}", "PB205")
    lemma = "lemma l (s : Adds) (x : float32) : s.add(x, x) =nan= x + x using Adds.add(x, x)\n"
    fails(f"{BOUNDARY}{lemma}theorem t {{r : runtime}} (y : float32) : r.add(y, y) =nan= y + y using l(r, y)", "PB203")
    fails(f"{BOUNDARY}{lemma}theorem t (r : Adds) (y : float32) : r.add(y, y) =nan= y + y using l", "PB216")
    c = only(f"{BOUNDARY}{lemma}theorem t (r : Adds) (y : float32) : r.add(y, y) =nan= y + y using l(r, y)")
    assert repr(c.hints.instances[0].formula) == "eq(at(at(r.add, y), y), add(y, y))"


# -- files --


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.ob").write_text(text, encoding="utf-8")


def test_used_files_bring_definitions_lemmas_and_auto_axioms(tmp_path: Path) -> None:
    write(
        tmp_path,
        base="axiom pos (x : real) : 0 < exp(x)\n  auto\ndef twice (x : real) : real = x + x",
        middle="use base\nlemma two (x : real) : twice(x) = 2 * x",
        top="use middle\ntheorem t (x : real) : twice(x) = x * 2 using two",
    )
    m = load_files([tmp_path / "top.ob"])
    (c,) = m.claims
    assert c.name == "top.t" and c.definitions == ("base.twice",)
    assert [x.name for x in c.auto] == ["base.pos"] and [x.name for x in c.hints.lemmas] == ["middle.two"]
    assert [x.name for x in m.all_claims] == ["base.pos", "middle.two", "top.t"]


def test_files_in_a_circle_are_refused(tmp_path: Path) -> None:
    write(tmp_path, a="use b", b="use a")
    with pytest.raises(ContractError) as caught:
        load_files([tmp_path / "a.ob"])
    assert caught.value.code == "PB210"


def test_a_name_of_two_files_must_be_qualified(tmp_path: Path) -> None:
    write(tmp_path, a="def f (x : real) : real = x", b="def f (x : real) : real = -x")
    write(
        tmp_path,
        c="use a\nuse b\ntheorem t (x : real) : f(x) = x",
        d="use a\nuse b\ntheorem t (x : real) : b.f(x) = -x",
    )
    with pytest.raises(ContractError) as caught:
        load_files([tmp_path / "c.ob"])
    assert caught.value.code == "PB202"
    assert repr(formula(load_files([tmp_path / "d.ob"]).claims[0])) == "eq(neg(x), neg(x))"


def test_an_error_in_a_used_file_is_shown_there(tmp_path: Path) -> None:
    write(tmp_path, a="def f (x : real) : real = y", b="use a")
    with pytest.raises(ContractError) as caught:
        load_files([tmp_path / "b.ob"])
    assert caught.value.path.endswith("a.ob") and marked(caught.value) == "y"


# -- hashes and changed declarations --


def digest(text: str) -> str:
    return statement_hash(only(text))


def test_the_hash_sees_meaning_only() -> None:
    base = digest("def f (x : real) : real = x + 1\ntheorem t (x : real) : f(x) = 1 + x")
    assert base == digest('-- c\ndef f (y : real) :  real = y + 1\n\ntheorem t (x : real) : f( x ) = (1 + x) cites "p"')
    assert base != digest("def f (x : real) : real = x + 2\ntheorem t (x : real) : f(x) = 1 + x")
    assert base != digest("def f (x : real) : real = x + 1\nrefuted t (x : real) : f(x) = 1 + x")
    assert base != digest("def f (x : real) : real = x + 1\ntheorem t (x : real) (h : 0 < x) : f(x) = 1 + x")


def declarations(m: Modules) -> dict[str, Def | ClaimDecl]:
    return {d.name: d for x in m for d in x.file.decls if isinstance(d, Def | ClaimDecl)}


def test_a_changed_definition_changes_its_claims_and_not_the_lemmas_they_use() -> None:
    m = elaborate_text(
        "def f (x : real) : real = x + 1\nlemma l (x : real) : f(x) = x + 1\n"
        "theorem t (x : real) : f(x) = 1 + x using l(x)",
        "t.ob",
    )
    f = declarations(m)["f"]
    assert isinstance(f, Def) and isinstance(f.body, Binary)
    (changed,) = re_elaborate(m, "t.t", f, replace(f, body=replace(f.body, op="-")))
    assert repr(formula(changed)) == "eq(sub(x, 1), add(1, x))"
    assert repr(changed.hints.instances[0].formula) == "eq(add(x, 1), add(x, 1))"
    assert repr(formula(m.claims[-1])) == "eq(add(x, 1), add(1, x))"


def test_a_changed_statement_is_elaborated_in_its_place() -> None:
    m = elaborate_text("theorem t {F : float} (x : F) : x + 1 = x\ntheorem u : true", "t.ob")
    t = declarations(m)["t"]
    assert isinstance(t, ClaimDecl) and isinstance(t.statement, Binary)
    changed = re_elaborate(m, "t.t[float16]", t, replace(t, statement=replace(t.statement, op="!=")))
    assert [c.name for c in changed] == ["t.t[float16]"]
    assert formula(changed[0]).op == "not"


def test_elaboration_is_deterministic() -> None:
    text = "theorem t (x : real[B.., n]) : sum (k < n) (x[.., k] + x[.., k]) = 0"
    assert digest(text) == digest(text)

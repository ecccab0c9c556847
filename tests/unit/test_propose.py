"""Hints that sympy proposes: found up to the laws of arithmetic, proved once they are written, never a verdict."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probanda.obligations.claims import Claim, Verdict
from probanda.obligations.discharge import suggest
from probanda.obligations.discharge.prove import prove_claims
from probanda.obligations.discharge.suggest import visible
from probanda.obligations.goals.generate import goals
from probanda.obligations.goals.propose import propose
from probanda.obligations.goals.symbolic import Symbols, sympy
from probanda.obligations.language.elaborate.loader import elaborate_text, load_files
from probanda.obligations.results import ClaimResult
from probanda.obligations.settings import Settings
from probanda.theories.terms import build as b
from probanda.theories.terms.binders import var
from probanda.theories.terms.sorts import INT, REAL, fn
from probanda.theories.terms.term import Term

USES = "use exp\nuse log\nuse sqrt\n"

FOUND = [
    ("theorem t (x y : real) : exp(x - y) * exp(y) = exp(x)", {("exp_sub", "x", "y"), ("exp_add", "x - y", "y")}),
    ("theorem t (x y : real) : exp(x) = exp(y) * exp(x - y)", {("exp_sub", "x", "y"), ("exp_add", "x - y", "y")}),
    ("theorem t (u v w : real) : u * exp(v) * w * exp(2 * v) = w * u * exp(3 * v)", {("exp_add", "v", "2 * v")}),
    ("theorem t (x y : real) requires 0 < x, 0 < y : log(x * y) - log(y) = log(x)", {("log_mul", "x", "y")}),
    ("theorem t (x : real) : 1 + log(exp(x + 1)) = x + 2", {("log_exp", "x + 1")}),
    ("theorem t (x : real) : x * exp(0) = x", {("exp_zero",)}),
    ("rewrite t (x y : real) : exp(x) * exp(y) => exp(y + x)", {("exp_add", "x", "y")}),
    (
        "theorem t {n : size} (x : real[n]) (c : real) (i : index n) : exp(x[i] - c) * exp(c) = exp(x[i])",
        {("exp_sub", "x[i]", "c")},
    ),
    (
        "theorem t {n : size} (x : real[n]) (c : real) : exp(c + sum (k < n) x[k]) = exp(sum (k < n) x[k]) * exp(c)",
        {("exp_add", "c", "sum (i < n) x[i]")},
    ),
]
NONE = [
    "theorem t (x y : real) : sin(x) * sin(x) = 1 - cos(y) * cos(x)",
    "theorem t (x y : real) : x * y = y * x + 1",
    "theorem t (x y : real) : exp(x * y) = exp(x) - y",
    "theorem t (x y : int) : x * y = y * x * x",
]


def proposals(text: str) -> set[tuple[str, ...]]:
    modules = elaborate_text(USES + text, "t.ob")
    claim = modules.claims[-1]
    lemmas = visible(modules.entry(claim.name))
    found = [p for g in goals(claim) for p in propose(g, lemmas, [p.var.name for p in claim.parameters])]
    return {(p.lemma.rpartition(".")[2], *p.args) for p in found}


def same(found: tuple[str, ...]) -> tuple[str, ...]:
    """Without the order of the arguments, which the laws leave open."""
    return (found[0], *sorted(found[1:]))


def proved(text: str, folder: Path) -> ClaimResult:
    path = folder / "t.ob"
    path.write_text(USES + text, encoding="utf-8")
    claims: list[Claim] = load_files([path]).claims
    return prove_claims(claims[-1:], Settings(cache_dir=folder, use_cache=False))[0]


@pytest.mark.parametrize(("text", "expected"), FOUND, ids=lambda t: t[:60] if isinstance(t, str) else "")
def test_finds(text: str, expected: set[tuple[str, ...]]) -> None:
    assert {same(p) for p in expected} <= {same(p) for p in proposals(text)}


@pytest.mark.parametrize("text", NONE)
def test_finds_none(text: str) -> None:
    assert proposals(text) == set()


@pytest.mark.parametrize("text", [FOUND[0][0], FOUND[3][0], FOUND[7][0]])
def test_a_written_proposal_is_a_proof(text: str, tmp_path: Path) -> None:
    result = proved(text, tmp_path)
    assert result.verdict is Verdict.UNKNOWN and result.reason is not None
    hint = result.reason.rpartition("; ")[2]
    assert hint.startswith("using ") and hint.endswith(" proves it")
    again = proved(f"{text}\n  {hint.removesuffix(' proves it')}", tmp_path)
    assert again.verdict is Verdict.PROVED, again.reason


def test_two_hints_at_once(tmp_path: Path) -> None:
    text = "theorem t (x y : real) : exp(2 * x) * exp(y) = exp(x + y) * exp(x)"
    result = proved(text, tmp_path)
    assert result.verdict is Verdict.UNKNOWN and result.reason is not None
    assert result.reason.endswith("using exp_add(2 * x, y), exp_add(x, x + y) proves it")


def test_later_lemmas_and_the_claim_itself_are_not_proposed() -> None:
    text = "theorem t (x y : real) : sin(x + y) = cos(x)\naxiom late (x y : real) : sin(x + y) = cos(x)"
    modules = elaborate_text(text, "t.ob")
    (claim,) = [c for c in modules.claims if c.kind == "theorem"]
    assert visible(modules.entry(claim.name)) == []


def test_what_is_not_enough_is_no_proof(tmp_path: Path) -> None:
    text = "theorem t (x y z : real) : exp(x) * exp(y) + sin(z) * sin(z) = exp(x + y) + 1 - cos(z) * cos(z)"
    result = proved(text, tmp_path)
    assert result.verdict is Verdict.UNKNOWN and result.reason is not None
    assert "perhaps using exp_add(x, y)" in result.reason and "proves it" not in result.reason


def test_failing_advice_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(suggest, "propose", broken)
    result = proved(FOUND[0][0], tmp_path)
    assert result.verdict is Verdict.UNKNOWN
    assert result.reason == "t.t/holds: the solver's model is only a candidate"


X, Y, TABLE = var("x", REAL), var("y", REAL), var("t", fn(INT, REAL))
LEAVES = [X, Y, b.at(TABLE, b.ONE), b.rational(2), b.rational(-3)]


def grown(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    return st.one_of(
        st.builds(b.add, inner, inner),
        st.builds(b.sub, inner, inner),
        st.builds(b.mul, inner, inner),
        st.builds(b.div, inner, st.just(X)),
        st.builds(b.neg, inner),
        st.builds(b.apply, st.sampled_from(["exp", "log", "cos"]), inner),
        st.builds(b.sqrt, inner),
        st.builds(b.absolute, inner),
        st.builds(b.power, inner, st.integers(0, 3)),
    )


@settings(max_examples=100, deadline=None)
@given(st.recursive(st.sampled_from(LEAVES), grown, max_leaves=6))
def test_there_and_back(t: Term) -> None:
    symbols = Symbols()
    e = symbols.expression(t)
    doubled = sympy().expand(e + e)
    assert symbols.expression(symbols.term(doubled)) == doubled
    assert symbols.expression(symbols.term(e)) == e

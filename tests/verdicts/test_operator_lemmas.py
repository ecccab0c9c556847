"""The lemmas of operators: every operator has them, a sample is proved, the twins are refuted and replay."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from probanda.ir import operators
from probanda.ir.dtypes import FLOAT, INT64, Reading
from probanda.ir.tensors import Tensor, tensor, variable
from probanda.ir.types import tensor_type
from probanda.obligations.artefacts.lemmas import claims, listed, unproved
from probanda.obligations.artefacts.lemmas.build import shape_statement
from probanda.obligations.artefacts.lemmas.instances import instances
from probanda.obligations.artefacts.lemmas.notation import Instance, case
from probanda.obligations.claims import Claim, Proposition, Verdict
from probanda.obligations.discharge.prove import prove_claims
from probanda.obligations.ledger.records import statement_digest
from probanda.obligations.results import ClaimResult
from probanda.obligations.settings import Settings
from probanda.theories.terms.term import Term, free_vars, rebuild

SAMPLE = (
    "ops.Add.shape_2", "ops.Add.preservation_2", "ops.Attention.preservation", "ops.Attention.shape_3", "ops.Cast.shape",
    "ops.Concat.shape", "ops.Conv.preservation", "ops.Conv.shape_2", "ops.DepthToSpace.shape", "ops.Dropout.preservation",
    "ops.Dropout.preservation_output2", "ops.Gather.preservation", "ops.Gather.shape", "ops.Identity.preservation",
    "ops.LSTM.preservation_output3", "ops.LSTM.shape", "ops.MaxPool.shape_3_output2", "ops.QLinearConv.preservation",
    "ops.ReduceSum.preservation", "ops.Slice.shape_2", "ops.Softmax.preservation", "ops.TopK.shape", "ops.Where.preservation",
)  # fmt: skip


@pytest.fixture(scope="module")
def every() -> list[Claim]:
    return claims()


def prove(chosen: list[Claim], folder: Path) -> list[ClaimResult]:
    return prove_claims(chosen, Settings(jobs=1, use_cache=False, cache_dir=folder))


def test_every_operator_has_both_lemmas() -> None:
    names = listed()
    without = [
        f"{op}: no {kind}"
        for op in operators.load()
        for kind in ("shape", "preservation")
        if f"ops.{op}.{kind}" not in names
    ]
    assert without == []
    assert set(instances()) <= set(operators.load())


def test_what_is_not_proved_is_said() -> None:
    assert unproved().keys() == {"ops.TopK.shape_3"}
    for name, reason in unproved().items():
        assert reason
        assert name not in listed()
        assert name.replace("shape", "preservation") in listed()


def test_statements_differ(every: list[Claim]) -> None:
    assert [c.name for c in every] == list(listed())
    assert len({statement_digest(c) for c in every}) == len(every)
    assert len(every) >= 650


def test_lists_say_what_claims_do(every: list[Claim]) -> None:
    for lemma, claim in zip(listed().values(), every, strict=True):
        shown = (claim.name, claim.kind, claim.expected, claim.doc, claim.location)
        assert (lemma.name, lemma.kind, lemma.expected, lemma.doc, lemma.location) == shown


def test_texts_say_what_is_claimed(every: list[Claim]) -> None:
    for claim in every:
        op = claim.name.split(".")[1]
        assert claim.source.startswith(f"{claim.kind} {claim.name}\n")
        assert f"  operator    {op}\n" in claim.source
        assert claim.family == "ops"
        symbols = {f.name.removesuffix("_positive") for f in claim.hypotheses}
        assert ("for all" in claim.source) == bool(symbols)


def test_claims_are_closed(every: list[Claim]) -> None:
    for claim in every:
        s = claim.statement
        terms = [s.formula] if isinstance(s, Proposition) else [s.left.term, s.right.term]
        terms += [f.formula for f in (*claim.facts, *claim.hypotheses)]
        assert free_vars(*terms).keys() <= {p.name for p in claim.parameters}, claim.name


@pytest.mark.parametrize("change", [{"axis": 1}, {"keepdims": 0}])
def test_attributes_are_part_of_the_statement(change: dict[str, Any]) -> None:
    right = case("ArgMax", "[n, n]", axis=0)
    wrong = replace(right, attrs={**right.attrs, **change})
    assert statement_digest(_shape(right)) != statement_digest(_shape(wrong))
    assert statement_digest(_shape(right)) == statement_digest(_shape(replace(right, note="said otherwise")))


def _shape(instance: Instance) -> Claim:
    from probanda.obligations.artefacts.lemmas.build import shape_claim

    return shape_claim("lemma", instance, 0)


def test_sample_is_proved(tmp_path: Path) -> None:
    for r in prove(claims(SAMPLE), tmp_path):
        assert r.verdict is Verdict.PROVED, (r.claim.name, r.reason)
        assert r.witness


def test_twins_are_refuted(tmp_path: Path) -> None:
    twins = [name for name, lemma in listed().items() if lemma.kind == "refuted"]
    assert len(twins) >= 12
    for r in prove(claims(twins), tmp_path):
        assert r.verdict is Verdict.REFUTED, (r.claim.name, r.reason)
        assert r.replayed and r.counterexample, r.claim.name
        assert r.claim.twin_of in listed()


def stated(t: Tensor, x: Tensor, folder: Path) -> ClaimResult:
    """What becomes of the shape lemma of a tensor over the operand ``x``."""
    instance = Instance("Identity", (x.type,), {})
    return prove([shape_statement("lemma", instance, t.type, t, {"x0": x.type})], folder)[0]


def test_read_out_of_range_is_found(tmp_path: Path) -> None:
    """A read one too far, inside a sum, is refuted; the same within the range is proved."""
    from probanda.ir.tensors import total

    x = variable("x0", tensor_type(FLOAT, "n", "m"), Reading.IEEE)
    good = tensor(x, [x.size(0)], lambda i: total(x.size(1), lambda k: x[i[0], k]), Reading.IEEE)
    far = tensor(x, [x.size(0)], lambda i: total(x.size(1), lambda k: x[i[0], k + 1]), Reading.IEEE)
    assert stated(good, x, tmp_path).verdict is Verdict.PROVED
    found = stated(far, x, tmp_path)
    assert found.verdict is Verdict.REFUTED and found.replayed


def test_conditions_on_data_are_assumed_only_where_they_guard(tmp_path: Path) -> None:
    """A required condition makes a read at an index that is data safe, one that says too little does not."""
    from probanda.ir.elements import require

    x = variable("x0", tensor_type(INT64, "n"), Reading.IEEE)
    n = x.size(0)
    own = tensor(x, [n], lambda i: require((x[i].index() >= 0) & (x[i].index() < n), x[x[i].index()]), Reading.IEEE)
    half = tensor(x, [n], lambda i: require(x[i].index() < n, x[x[i].index()]), Reading.IEEE)
    assert stated(own, x, tmp_path).verdict is Verdict.PROVED
    assert stated(half, x, tmp_path).verdict is Verdict.REFUTED


@pytest.mark.parametrize("name", ["ops.Pad.preservation", "ops.Trilu.preservation", "ops.Where.preservation"])
def test_wrong_compilation_is_refuted(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A compiler that takes every guard for true is caught."""

    def careless(t: Term, symbols: object) -> Term:
        return rebuild(t, lambda u: u.args[1] if u.op == "ite" else u)

    monkeypatch.setattr("probanda.ir.passes.compile.simplify", careless)
    (r,) = prove(claims([name]), tmp_path)
    assert r.verdict is Verdict.REFUTED and r.replayed

"""A verdict is recalled for exactly the claim, the solvers and the tool that it was found with, and never believed blindly."""

from __future__ import annotations

import json
import random
import sqlite3
import time
import warnings
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from probanda.encoders.arrays import Env, Ring, Scalars
from probanda.encoders.arrays.values import Array
from probanda.obligations.claims import Claim, Verdict
from probanda.obligations.discharge import memo as memo_module
from probanda.obligations.discharge.falsify import replay
from probanda.obligations.discharge.falsify.functions import Lookup
from probanda.obligations.discharge.falsify.stored import dump, load
from probanda.obligations.discharge.memo import Memo, Sources, claim_parts
from probanda.obligations.discharge.run import prove_claims
from probanda.obligations.language.elaborate import load_files
from probanda.obligations.results import ClaimResult, ObligationResult
from probanda.obligations.settings import Settings

TEXT = """
axiom lift (x : real) : exp(x) > 0
  because "a test"

lemma squares (x y : real) : x*x + y*y >= 2*x*y

theorem order (x y : real) requires x < y : x <= y
  using squares(x, y)

refuted square_is_it (x : real) : x*x = x

rewrite twice (x : float32) : x + x  =>  x * 2

refuted turned {n : size} (x : real[n]) (p : index n -> index n) (i : index n) : x[p(i)] = x[i]
"""


def claims(tmp_path: Path, text: str = TEXT) -> dict[str, Claim]:
    path = tmp_path / "some.ob"
    path.write_text(text)
    return {c.name.rpartition(".")[2]: c for c in load_files([path]).claims}


def settings(tmp_path: Path) -> Settings:
    return Settings(jobs=1, cache_dir=tmp_path / "cache")


def proved(claim: Claim) -> ClaimResult:
    steps = (ObligationResult(f"{claim.name}/holds", Verdict.PROVED, (("z3", "5"),), "ab", ("sum_one",), ("lift",)),)
    return ClaimResult(
        claim, Verdict.PROVED, frozenset({"real"}), (), 1, ("sum_one",), ("lift",), steps, witness={"x": [1, "1/2"]}
    )


def test_a_run_recalls_what_it_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = list(claims(tmp_path).values())
    first = prove_claims(known, settings(tmp_path))
    verdicts = {r.claim.name.rpartition(".")[2]: r.verdict.value for r in first}
    assert set(verdicts.values()) == {"proved", "refuted", "assumed"}, first
    monkeypatch.setattr("probanda.obligations.discharge.prove.prove_claims", None)  # nothing is proved anew
    again = prove_claims(known, settings(tmp_path))
    for r in first:
        assert r.verdict is not Verdict.REFUTED or r.environment
    assert [strip(r) for r in again] == [strip(r) for r in first]


def strip(result: ClaimResult) -> object:
    steps = tuple([replace(o, seconds=0.0) for o in result.obligations])
    values = json.dumps([result.witness, result.counterexample])
    return replace(result, obligations=steps, witness=None, counterexample=None), values


def test_a_hit_needs_the_same_claim(tmp_path: Path) -> None:
    memo = Memo(settings(tmp_path))
    given = claims(tmp_path)
    order = given["order"]
    memo.keep(proved(order))
    found = memo.recall(order)
    assert found is not None
    assert found == proved(order)
    hints = order.hints
    lemma = replace(order.auto[0], name="other") if order.auto else None
    others = [
        replace(order, hypotheses=()),
        replace(order, hypotheses=(*order.hypotheses, given["square_is_it"].facts[0]))
        if given["square_is_it"].facts
        else replace(order, facts=order.hypotheses),
        replace(order, statement=given["square_is_it"].statement),
        replace(order, hints=replace(hints, instances=())),
        replace(order, hints=replace(hints, cases=(order.hypotheses[0].formula,))),
        replace(order, flags=("nsz",)),
        replace(order, readings=("bits",)),
        replace(order, expected=Verdict.REFUTED),
        replace(order, kind="lemma"),
        *([replace(order, auto=(lemma, *order.auto[1:]))] if lemma else []),
    ]
    assert hints.instances
    for other in others:
        assert memo.recall(other) is None
    moved = replace(
        order, doc="other words", cites=("a",), source="other text", location=replace(order.location, line=9)
    )
    assert memo.recall(moved) is not None


def test_a_lemma_counts_by_what_it_says(tmp_path: Path) -> None:
    given = claims(tmp_path, TEXT.replace("using squares(x, y)", "using squares"))
    changed = claims(tmp_path, TEXT.replace("using squares(x, y)", "using squares").replace("2*x*y", "x*y"))
    assert claim_parts(given["order"]) != claim_parts(changed["order"])
    assert claim_parts(given["twice"]) == claim_parts(changed["twice"])


def test_the_class_of_an_element_type_counts(tmp_path: Path) -> None:
    texts = [f"theorem same {{R : {kind}}} {{n : size}} (x : R[n]) : x = x" for kind in ("ring", "scalar")]
    ring, scalar = [claims(tmp_path, text)["same"] for text in texts]
    assert claim_parts(ring) != claim_parts(scalar)


def test_keys_do_not_depend_on_what_was_read_before(tmp_path: Path) -> None:
    first = {n: claim_parts(c) for n, c in claims(tmp_path).items()}
    claims(tmp_path, "theorem other {n : size} (x : real[n]) : sum (i < n) x[i] = sum (k < n) x[k]")
    assert first == {n: claim_parts(c) for n, c in claims(tmp_path).items()}


def test_another_tool_or_other_solvers_miss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order = claims(tmp_path)["order"]
    Memo(settings(tmp_path)).keep(proved(order))
    assert Memo(settings(tmp_path)).recall(order) is not None
    assert Memo(replace(settings(tmp_path), solvers=("cvc5",))).recall(order) is None
    (tmp_path / "theories").mkdir()
    (tmp_path / "theories" / "a.py").write_text("x = 1")
    assert Memo(settings(tmp_path), Sources(tmp_path)).recall(order) is None
    monkeypatch.setattr(memo_module, "_installed", lambda name: f"another {name}")  # type: ignore[reportUnknownLambdaType]
    assert Memo(settings(tmp_path)).recall(order) is None


def test_sources_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "encoders").mkdir()
    file = tmp_path / "encoders" / "a.py"
    file.write_text("x = 1")
    before = Sources(tmp_path)
    assert before.unchanged()
    assert Sources(tmp_path).digest == before.digest
    file.write_text("x = 22")
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 1)
    assert not before.unchanged()
    assert Sources(tmp_path).digest != before.digest
    order = claims(tmp_path)["order"]
    memo = Memo(settings(tmp_path), before)
    memo.keep(proved(order))  # found by a tool that is a mixture
    assert memo.count() == 0


@pytest.mark.parametrize("verdict", [v for v in Verdict if v not in (Verdict.PROVED, Verdict.REFUTED)])
def test_limits_are_not_kept(tmp_path: Path, verdict: Verdict) -> None:
    memo = Memo(settings(tmp_path))
    order = claims(tmp_path)["order"]
    memo.keep(ClaimResult(order, verdict))
    memo.keep(ClaimResult(order, Verdict.REFUTED))  # not replayed
    assert memo.recall(order) is None
    assert memo.count() == 0


def test_a_refutation_must_refute_again(tmp_path: Path) -> None:
    claim = claims(tmp_path)["square_is_it"]
    memo = Memo(settings(tmp_path))
    refutation = ClaimResult(claim, Verdict.REFUTED, counterexample={"x": 3}, replayed=True)
    memo.keep(replace(refutation, environment=dump(Env({}, {"x": Fraction(3, 2)}))))
    assert memo.recall(claim) is not None
    for text in (dump(Env({}, {"x": 1})), dump(Env({}, {})), "[]", "no text", '["", {}, {"x": ["array", [1]]}, {}]'):
        memo.keep(replace(refutation, environment=text))
        assert memo.count() == 1
        assert memo.recall(claim) is None
        assert memo.count() == 0


def test_a_row_written_by_hand_is_not_believed(tmp_path: Path) -> None:
    order = claims(tmp_path)["order"]
    memo = Memo(settings(tmp_path))
    memo.keep(replace(proved(order), tier=1))
    memo.close()
    with sqlite3.connect(memo.path) as db:
        db.execute("UPDATE verdicts SET body = replace(body, '\"tier\": 1', '\"tier\": 2')")
    db.close()
    assert Memo(settings(tmp_path)).recall(order) is None


@pytest.mark.parametrize("seed", range(20))
def test_flipped_bytes_never_give_another_verdict(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    order = claims(tmp_path)["order"]
    several = [replace(order, flags=(str(k),)) for k in range(30)]
    memo = Memo(settings(tmp_path))
    for claim in several:
        memo.keep(proved(claim))
    memo.close()
    data = bytearray(memo.path.read_bytes())
    for _ in range(rng.choice([1, 3, 30, 300])):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    memo.path.write_bytes(data[: rng.randrange(len(data))] if seed % 5 == 0 else data)
    memo = Memo(settings(tmp_path))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert all(memo.recall(c) in (None, proved(c)) for c in several)
        memo.keep(proved(order))
        assert memo.recall(order) == proved(order)


def test_a_memo_that_cannot_be_written_costs_one_warning(tmp_path: Path) -> None:
    order = claims(tmp_path)["order"]
    (tmp_path / "file").write_text("in the way")
    memo = Memo(Settings(cache_dir=tmp_path / "file" / "folder"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(3):
            memo.keep(proved(order))
            assert memo.recall(order) is None
    assert len(caught) == 1


@pytest.mark.parametrize("change", [{"use_cache": False}, {"two_solvers": True}, {"designated": True}])
def test_runs_that_must_not_believe_have_no_memo(tmp_path: Path, change: dict[str, bool]) -> None:
    assert Memo.of(replace(settings(tmp_path), **change)) is None  # type: ignore[reportArgumentType]


def test_values_come_back_exactly(tmp_path: Path) -> None:
    claim = claims(tmp_path)["turned"]
    data: Array = np.empty((2, 2), object)
    data[:] = [[Fraction(1, 3), 5], [float("inf"), True]]
    table = Lookup({(1, Fraction(1, 2)): 7, ("-inf", 0): 2**70}, 0)
    values = {"a": data, "n": 3, "s": (1, 2), "f": table, "e": np.empty((0, 3), object)}
    carriers = {"R": Ring(256), "α": Scalars(np.eye(3, dtype=np.bool_)), "Q": Ring(None, True)}
    env, kind = load(claim, dump(Env({"C": 2}, values, carriers), "differs"))
    assert kind == "differs"
    assert env.ranks == {"C": 2}
    assert env.values["n"] == 3
    assert env.values["s"] == (1, 2)
    a, e, f = cast(Array, env.values["a"]), cast(Array, env.values["e"]), env.values["f"]
    assert isinstance(f, Lookup)
    assert a.tolist() == data.tolist()
    assert [type(x) for x in a.reshape(-1)] == [type(x) for x in data.reshape(-1)]
    assert e.shape == (0, 3)
    assert (f.entries, f.default) == (table.entries, 0)
    assert env.carriers["R"] == Ring(256)
    assert env.carriers["Q"] == Ring(None, True)
    scalars = env.carriers["α"]
    assert isinstance(scalars, Scalars)
    assert (scalars.equal == np.eye(3, dtype=np.bool_)).all()
    assert dump(Env({}, {"x": object()})) == ""
    assert replay(claim, *load(claim, dump(Env({}, {"n": 0})))).outcome != "refuted"

"""Generated claims are listed and recalled without their terms, for exactly the instance and sources that they are made from."""

from __future__ import annotations

import copy
import json
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from probanda.obligations.artefacts.lemmas import build, catalogue, claims, listed
from probanda.obligations.artefacts.lemmas.notation import Instance, case, types
from probanda.obligations.artefacts.lemmas.twins import TWINS, Twin
from probanda.obligations.claims import Claim, Location, Verdict
from probanda.obligations.discharge.memo import Memo, Sources, claim_parts
from probanda.obligations.discharge.run import prove_claims
from probanda.obligations.generated import generated, identity_of, made
from probanda.obligations.language.elaborate import CLAIMS, THEORIES, heads, load_files
from probanda.obligations.results import ClaimResult, ObligationResult
from probanda.obligations.settings import Settings

ADD, TWIN = "ops.Add.shape", "ops.Sub.preservation_wrong_order"


@pytest.fixture(autouse=True)
def fresh_list() -> Iterator[None]:
    listed.cache_clear()
    yield
    listed.cache_clear()


def memo_of(tmp_path: Path, started: int | None = None) -> Memo:
    """A memo for the sources in ``tmp_path``, by a tool that was started after they were written."""
    settings = Settings(jobs=1, cache_dir=tmp_path / "cache")
    (tmp_path / "encoders").mkdir(exist_ok=True)
    if not (tmp_path / "encoders" / "some.py").exists():
        (tmp_path / "encoders" / "some.py").touch()
    return Memo(settings, Sources(tmp_path, time.time_ns() + 10**9 if started is None else started))


def proved(claim: Claim) -> ClaimResult:
    return ClaimResult(claim, Verdict.PROVED, obligations=(ObligationResult(f"{claim.name}/holds", Verdict.PROVED),))


def refuse(*_: Any) -> Claim:
    raise AssertionError("a term is made")


def without_terms(monkeypatch: pytest.MonkeyPatch) -> None:
    for maker in ("shape_claim", "preservation_claim"):
        monkeypatch.setattr(build, maker, refuse)


def test_the_head_of_a_claim_needs_no_term(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = made(claims([ADD])[0])
    without_terms(monkeypatch)
    (claim,) = claims([ADD])
    for part in ("name", "kind", "expected", "doc", "family", "location", "hints", "auto", "flags", "readings"):
        assert getattr(claim, part) == getattr(whole, part)
    with pytest.raises(AssertionError, match="a term is made"):
        made(claim)
    assert not hasattr(claim, "no_part")


def test_a_hit_makes_no_term(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memo = memo_of(tmp_path)
    memo.keep(proved(made(claims([ADD])[0])))
    without_terms(monkeypatch)
    (claim,) = claims([ADD])
    assert memo.recall(claim) == proved(claim)
    monkeypatch.setattr(Memo, "of", lambda _: memo)  # type: ignore[reportUnknownLambdaType]
    assert [r.verdict for r in prove_claims([claim], Settings(jobs=1))] == [Verdict.PROVED]


USE = case("ArgMax", "[n, m]", axis=0)


@pytest.mark.parametrize(
    "changed",
    [
        replace(USE, attrs={"axis": 1}),
        replace(USE, attrs={"axis": 0, "keepdims": 0}),
        replace(USE, operands=types("[n, n]")),
        replace(USE, operands=types("float64[n, m]")),
        replace(USE, outputs=2),
    ],
)
def test_a_changed_instance_misses(tmp_path: Path, changed: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    memo = memo_of(tmp_path)

    def lemma(use: Instance, about: str = "shape") -> Claim:
        monkeypatch.setattr(catalogue, "instances", lambda: {"ArgMax": [use]})
        listed.cache_clear()
        return claims([f"ops.ArgMax.{about}"])[0]

    memo.keep(proved(lemma(USE)))
    assert memo.recall(lemma(USE)) is not None
    assert memo.recall(lemma(replace(USE, note="in other words"))) is not None
    assert memo.recall(lemma(changed)) is None
    assert memo.recall(lemma(USE, "preservation")) is None


def test_twins_are_told_apart() -> None:
    twin = next(t for t in TWINS if t.order)
    other = case("Add", "[n, m] [n, m]")
    changed = [
        Twin(twin.name, twin.doc, other, order=twin.order),
        *[
            replace(twin, wrong=other),
            replace(twin, declared=other),
            replace(twin, unguarded=True),
            replace(twin, order=()),
        ],
    ]
    assert len({t.identity for t in (twin, *changed)}) == 1 + len(changed)
    found = [tuple(claim_parts(c)) for c in claims()]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("folder", ["theories", "encoders", "ir", "obligations"])
def test_a_changed_source_file_misses(tmp_path: Path, folder: str) -> None:
    file = tmp_path / folder / "a.py"
    file.parent.mkdir(exist_ok=True)
    file.write_text("x = 1")
    (claim,) = claims([ADD])
    memo_of(tmp_path).keep(proved(claim))
    assert memo_of(tmp_path).recall(claim) is not None
    file.write_text("x = 2")
    assert memo_of(tmp_path).recall(claim) is None


def test_a_tool_loaded_from_other_sources_has_no_key(tmp_path: Path) -> None:
    (claim,) = claims([ADD])
    (tmp_path / "ir").mkdir()
    (tmp_path / "ir" / "a.py").write_text("x = 1")
    memo_of(tmp_path).keep(proved(claim))
    early = memo_of(tmp_path, started=time.time_ns() - 10**9)  # the file is younger than this run
    assert early.recall(claim) is None
    assert memo_of(tmp_path).recall(claim) is not None
    (other,) = claims(["ops.Add.preservation"])
    early.keep(proved(other))
    assert memo_of(tmp_path).recall(other) is None


def test_a_changed_copy_is_not_what_was_generated(tmp_path: Path) -> None:
    memo = memo_of(tmp_path)
    claim, other = claims([ADD, "ops.Add.shape_2"])
    memo.keep(proved(claim))
    changed = replace(claim, statement=other.statement)
    assert identity_of(claim) is not None
    assert identity_of(changed) is None
    assert memo.recall(changed) is None
    for same in (copy.copy(claim), replace(claim)):
        assert identity_of(same) is None
        assert same.statement is claim.statement
        assert memo.recall(same) is None


def test_a_head_that_is_not_the_claims_own_is_an_error() -> None:
    whole = made(claims([ADD])[0])
    wrong = generated(
        "ops.Add.other", whole.kind, whole.expected, family=whole.family, doc=whole.doc, identity=(),
        make=lambda: whole, place=lambda: Location("a", 1),
    )  # fmt: skip
    with pytest.raises(ValueError, match=r"listed with the name 'ops\.Add\.other'"):
        made(wrong)


def test_a_twin_is_recalled_by_its_counterexample(tmp_path: Path) -> None:
    """Recalled after an exact replay; with other values, a damaged row or none it is refuted anew."""
    memo = memo_of(tmp_path)
    (found,) = prove_claims(claims([TWIN]), Settings(jobs=1, cache_dir=tmp_path / "other", use_cache=False))
    assert found.verdict is Verdict.REFUTED and found.replayed
    memo.keep(found)
    again = memo.recall(claims([TWIN])[0])
    assert again is not None and again.counterexample_text == found.counterexample_text
    kind, ranks, values, carriers = json.loads(found.environment)
    memo.keep(replace(found, environment=json.dumps([kind, ranks, {**values, "x1": values["x0"]}, carriers])))
    assert memo.recall(claims([TWIN])[0]) is None
    memo.keep(found)
    memo.close()
    with sqlite3.connect(memo.path) as db:
        db.execute("UPDATE verdicts SET body = substr(body, 1, 100)")
    db.close()
    assert memo_of(tmp_path).recall(claims([TWIN])[0]) is None


def test_heads_are_those_of_the_elaborated_claims() -> None:
    paths = [*sorted(CLAIMS.rglob("*.ob")), *sorted(THEORIES.rglob("*.ob"))]
    whole = [c for c in load_files(paths).claims if c.kind != "axiom"]
    shown = [(h.name, h.kind, h.expected, h.doc, h.location) for h in heads(paths)]
    assert shown == [(c.name, c.kind, c.expected, c.doc, c.location) for c in whole]
    assert len({name for name, *_ in shown}) > 500

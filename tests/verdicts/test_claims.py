"""Claims that live under tests only, and claims that must not be provable: each gets the verdict that it expects."""

from __future__ import annotations

from pathlib import Path

import pytest

from probanda.obligations.claims import Claim, Verdict
from probanda.obligations.discharge.prove import prove_claims
from probanda.obligations.language.elaborate.loader import load_files
from probanda.obligations.results import ClaimResult
from probanda.obligations.settings import Settings

CLAIMS = Path(__file__).parents[1] / "claims"
UNPROVABLE = sorted((CLAIMS / "unprovable").glob("*.ob"))


def stated(path: Path) -> list[Claim]:
    (module,) = [m for m in load_files([path]) if Path(m.file.path).samefile(path)]
    return [c for c in module.claims if c.kind != "axiom"]


def results(path: Path, tmp_path: Path) -> list[ClaimResult]:
    return prove_claims(stated(path), Settings(cache_dir=tmp_path, use_cache=False))


def test_claims_known_to_no_code(tmp_path: Path) -> None:
    got = results(CLAIMS / "plaits.ob", tmp_path)
    assert len(got) == 8
    assert [r.claim.name for r in got if not r.as_expected] == []
    assert sum(r.verdict is Verdict.PROVED for r in got) == 5


@pytest.mark.parametrize("path", UNPROVABLE, ids=lambda p: p.stem)
def test_unprovable(path: Path, tmp_path: Path) -> None:
    for r in results(path, tmp_path):
        assert r.as_expected, (r.claim.name, r.verdict, r.reason)
        if r.verdict is Verdict.REFUTED:
            assert r.replayed and r.counterexample


def test_every_listed_case_is_there() -> None:
    """The files that a reader is promised; a missing one is a hole."""
    names = {c.name.partition(".")[2].partition("[")[0] for path in UNPROVABLE for c in stated(path)}
    assert {
        "sum_of_padded",
        "divide_then_mask",
        "log_difference",
        "log_difference_float",
        "zero_of_square_zero",
        "select_by_program_eq",
        "sum_step_at_zero",
        "contradictory_order",
        "tainted",
        "row_slice_of_matmul_exact",
        "max_nonneg",
        "cast_narrow_widen_real",
    } <= names

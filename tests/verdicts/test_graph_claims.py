"""Claims about graphs of models, from the declaration to the verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

from probanda.commands.explain import claim_page
from probanda.ir import text
from probanda.obligations.claims import Claim, Verdict
from probanda.obligations.discharge.prove import prove_claims
from probanda.obligations.language.elaborate import CLAIMS, load_files
from probanda.obligations.results import ClaimResult
from probanda.obligations.settings import Settings
from tests.unit.graph_files import elaborated, weighted

GRAPHS = CLAIMS / "graphs"
QUICK = ("layer", "fan_out", "model_rewrites", "model_logs", "model_convolution")
WEIGHTED = """use reductions.sums
graph g = "weighted.graph"
graph compiled = "weighted.graph" compiled
theorem formula (x : real[n, 9]) (i : index n) (j : index 8) :
  g(x)[i, j] = (sum (k < 9) x[i, k] * g.layers_0_w[k, j]) + 0.5
theorem both (x : real[n, 9]) (i : index n) (j : index 8) : compiled(x)[i, j] = g(x)[i, j]
theorem affine (x y : real[n, 9]) (i : index n) (j : index 8) : g(x + y)[i, j] = g(x)[i, j] + g(y)[i, j] - 0.5
  using sum_add([k < 9] => x[i, k] * g.layers_0_w[k, j], [k < 9] => y[i, k] * g.layers_0_w[k, j])
refuted linear (x y : real[n, 9]) (i : index n) (j : index 8) : g(x + y)[i, j] = g(x)[i, j] + g(y)[i, j]
  twin_of affine
refuted bounded (x : real[n, 9]) (i : index n) (j : index 8) (small : forall (a < n, b < 9) abs(x[a, b]) <= 1) :
  g(x)[i, j] <= 20
"""


def verdicts(claims: list[Claim], tmp_path: Path) -> list[ClaimResult]:
    return prove_claims(claims, Settings(cache_dir=tmp_path, use_cache=False))


def proved(folder: Path, source: str) -> dict[str, ClaimResult]:
    found = elaborated(folder, source).claims
    return {r.claim.name.removeprefix("t."): r for r in verdicts(found, folder / "cache")}


@pytest.mark.parametrize("name", QUICK)
def test_library(name: str, tmp_path: Path) -> None:
    claims = [c for c in load_files([GRAPHS / f"{name}.ob"]).claims if c.kind != "axiom"]
    got = verdicts(claims, tmp_path)
    assert [(r.claim.name, r.verdict, r.reason) for r in got if not r.as_expected] == []
    assert any(r.verdict is Verdict.PROVED for r in got) and any(r.verdict is Verdict.REFUTED for r in got)
    assert all(r.replayed for r in got if r.verdict is Verdict.REFUTED)
    assert all(r.claim.subject for r in got if r.claim.kind != "lemma")


def test_every_model_of_the_library_is_used_and_written_as_the_writer_does() -> None:
    files = {p.name for p in GRAPHS.iterdir() if p.suffix == ".graph"}
    sources = "\n".join(p.read_text("utf-8") for p in GRAPHS.glob("*.ob"))
    assert {f for f in files if f'"{f}"' not in sources} == set()
    for name in files:
        graph, params = text.load(GRAPHS / name)
        assert text.write(graph, params) == (GRAPHS / name).read_text("utf-8"), name


def test_for_all_weights(tmp_path: Path) -> None:
    weighted(tmp_path)
    got = proved(tmp_path, WEIGHTED)
    assert {n: r.verdict for n, r in got.items() if not r.as_expected} == {}
    shown = got["bounded"].counterexample
    assert shown is not None and "g.layers_0_w" in shown


def test_pages_name_model_and_weights(tmp_path: Path) -> None:
    weighted(tmp_path)
    c = elaborated(tmp_path, WEIGHTED).claims[0]
    page = "\n".join(claim_page(c, Settings(lock_file=tmp_path / "none.lock"), []))
    assert "graph t.g sha256:" in page and "for all g.layers_0_w : real[9, 8]" in page


def test_a_graph_says_nothing_about_size_zero(tmp_path: Path) -> None:
    weighted(tmp_path)
    source = 'graph g = "weighted.graph"\n'
    sizes = source + "theorem t (x : real[n, 9]) : g(x) = g(x)\nrefuted f (x : real[n, 9]) : defined(g(x)[0, 0])\n"
    got = proved(tmp_path, sizes + "theorem u (x : real[n, 9]) (h : 1 <= n) : g(x) = g(x)")
    assert got["t"].verdict is not Verdict.PROVED
    assert (got["f"].verdict, got["u"].verdict) == (Verdict.REFUTED, Verdict.PROVED)

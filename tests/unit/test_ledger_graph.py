import pytest
from ledger_samples import claim, proved, refuted

from probanda.obligations.claims import Verdict
from probanda.obligations.language.diagnostics import CircularProof, UnknownFact
from probanda.obligations.ledger.graph import check_acyclic, closure, dependency_graph, reach, settle
from probanda.obligations.results import ALL, ClaimResult

AXIOMS = {name: claim(name, "axiom") for name in ("exp_add", "exp_pos", "unused")}


def chain() -> list[ClaimResult]:
    """top rests on middle, middle on bottom and an axiom, bottom on another axiom and a law."""
    return [
        proved(claim("bottom", "lemma"), "exp_pos", laws=("sum_ext",), readings=frozenset({"real", "ereal"})),
        proved(claim("middle", "lemma"), "bottom", "exp_add", solvers=(("z3", "5"), ("cvc5", "1"))),
        proved(claim("top"), "middle", laws=("sum_add",), solvers=(("z3", "5"), ("cvc5", "1"))),
        proved(claim("alone")),
    ]


def test_axioms_and_laws_are_closed_over_lemmas() -> None:
    settled = {s.result.claim.name: s for s in settle(chain(), AXIOMS)}
    top = settled["top"]
    assert top.lemmas == ("middle",)
    assert top.result.axioms == ("exp_add", "exp_pos")
    assert top.result.laws == ("sum_add", "sum_ext")
    assert top.result.readings == {"real", "ereal"}
    assert top.result.tier == 1
    assert settled["middle"].result.axioms == ("exp_add", "exp_pos")
    assert settled["alone"].result.axioms == ()
    assert settled["alone"].result.readings == ALL


def test_order_of_results_does_not_matter() -> None:
    forward = {s.result.claim.name: s for s in settle(chain(), AXIOMS)}
    backward = {s.result.claim.name: s for s in settle(list(reversed(chain())), AXIOMS)}
    assert forward == backward


def test_reach_counts_claims_behind_lemmas() -> None:
    graph = dependency_graph(chain(), AXIOMS)
    assert reach(graph, "exp_pos") == ("bottom", "middle", "top")
    assert reach(graph, "exp_add") == ("middle", "top")
    assert reach(graph, "unused") == ()
    assert reach(graph, "law:sum_ext") == ("bottom", "middle", "top")
    assert closure(graph, "top", "claim") == ("bottom", "middle")


@pytest.mark.parametrize("uses", [{"a": "a"}, {"a": "b", "b": "a"}, {"a": "b", "b": "c", "c": "a", "d": "a"}])
def test_a_circle_proves_nothing(uses: dict[str, str]) -> None:
    results = [proved(claim(name), used) for name, used in uses.items()]
    with pytest.raises(CircularProof, match="a rests on"):
        check_acyclic(dependency_graph(results, {}))
    with pytest.raises(CircularProof):
        settle(results, {})


def test_an_unproved_lemma_takes_its_users_along() -> None:
    results = chain()
    results[0] = refuted(claim("bottom", "lemma"))
    settled = {s.result.claim.name: s.result for s in settle(results, AXIOMS)}
    for name in ("middle", "top"):
        assert settled[name].verdict is Verdict.UNKNOWN
        assert settled[name].readings == frozenset()
        assert settled[name].reason == "it rests on bottom, which is refuted"
    assert settled["alone"].verdict is Verdict.PROVED


def test_an_unknown_fact_is_an_error() -> None:
    with pytest.raises(UnknownFact, match="phantom"):
        settle([proved(claim("a"), "phantom")], AXIOMS)


def test_what_rests_on_a_false_axiom_is_an_error() -> None:
    settled = {s.result.claim.name: s.result for s in settle(chain(), AXIOMS, {"exp_add": "a=1"}.get)}
    for name in ("middle", "top"):
        assert settled[name].verdict is Verdict.ERROR
        assert settled[name].reason == "it rests on the axiom exp_add, which is false at a=1"
    assert settled["bottom"].verdict is Verdict.PROVED

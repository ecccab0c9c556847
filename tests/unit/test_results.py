import pytest
from ledger_samples import claim, proved, refuted

from probanda.obligations.claims import Verdict
from probanda.obligations.results import (
    ALL,
    IEEE,
    READINGS,
    RING,
    ObligationResult,
    closed,
    common_readings,
    compose,
    ordered,
    reading_name,
    shortest,
    worst,
)


def test_bits_brings_every_reading() -> None:
    assert closed(["bits"]) == ALL
    assert closed(["ring", "ereal"]) == RING | {"ereal"}
    with pytest.raises(ValueError, match="octonions"):
        closed(["octonions"])


@pytest.mark.parametrize("names", [[], ["bits"], ["ring"], ["real", "f32"], ["ring", "f16"], list(READINGS[1:])])
def test_shortest_is_turned_back(names: list[str]) -> None:
    readings = closed(names)
    assert closed(shortest(readings)) == readings
    assert len(shortest(readings)) <= len(ordered(readings))


@pytest.mark.parametrize(
    ("names", "name"),
    [
        (["bits"], "bitwise"),
        (["f16", "bf16", "f32", "f64"], "ieee"),
        (["f32"], "ieee f32"),
        (["real"], "real"),
        (["real", "ereal"], "real + ereal"),
        ([], "no reading"),
    ],
)
def test_reading_names(names: list[str], name: str) -> None:
    assert reading_name(closed(names)) == name


def test_steps_compose_by_intersection() -> None:
    assert common_readings([]) == ALL
    assert common_readings([ALL, RING, frozenset({"real", "f32"})]) == {"real"}
    assert common_readings([RING, IEEE]) == frozenset()


def test_a_claim_is_as_weak_as_its_weakest_obligation() -> None:
    one = ObligationResult("a", Verdict.PROVED, (("z3", "5"), ("cvc5", "1")), laws=("sum_ext",), axioms=("x",))
    two = ObligationResult("b", Verdict.PROVED, (("z3", "5"),), laws=("sum_add",), readings=frozenset({"real"}))
    result = compose(claim("c"), (one, two))
    assert (result.verdict, result.tier, result.readings) == (Verdict.PROVED, 1, {"real"})
    assert (result.laws, result.axioms) == (("sum_add", "sum_ext"), ("x",))
    assert result.solvers == (("cvc5", "1"), ("z3", "5"))


def test_no_obligation_is_no_proof() -> None:
    assert worst([]) is Verdict.ERROR
    assert compose(claim("c"), ()).verdict is Verdict.ERROR


@pytest.mark.parametrize("bad", [v for v in Verdict if v is not Verdict.PROVED])
def test_one_bad_obligation_is_enough(bad: Verdict) -> None:
    fine = ObligationResult("a", Verdict.PROVED)
    result = compose(claim("c"), (fine, ObligationResult("b", bad, reason="so"), fine))
    assert result.verdict is bad
    assert not result.as_expected
    assert result.readings == frozenset()
    assert result.tier == 0
    assert result.reason == "b: so"


def test_a_refutation_counts_when_it_has_replayed() -> None:
    twin = claim("twin", "refuted")
    assert refuted(twin).as_expected
    assert not refuted(twin, replayed=False).as_expected


def test_demanded_readings_must_be_there() -> None:
    exact = claim("exact", readings=("bits",))
    assert proved(exact).as_expected
    assert not proved(exact, readings=frozenset({"real"})).as_expected

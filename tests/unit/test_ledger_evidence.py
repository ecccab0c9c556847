import pytest

from probanda.obligations.claims import Claim
from probanda.obligations.language.elaborate import elaborate_text
from probanda.obligations.ledger.evidence import Evidence

TEXT = """\
use log

axiom exp_log_anywhere (x : real) : exp(log(x)) = x
  because "it looks right"
  falsified_by sampling

axiom square_grows (x : real) : x <= x * x
  because "it holds for the integers"
  falsified_by sampling

axiom square_grows_unsampled (x : real) : x <= x * x
  because "it holds for the integers"
  falsified_by "thinking"

axiom tangent (x : real) : 1 + x <= exp(x)
  because "it does hold"
  falsified_by sampling

boundary Machine (m : runtime) where
  plus (a b : bfloat16) : m.plus(a, b) =nan= a + b
  widen (a : float16) : m.widen(a) =nan= cast(a, float64)
  nearest (a : float16) : m.nearest(a) =nan= roundeven(a)
  upwards (a : bfloat16) : m.upwards(a) =nan= ceil(a)
  twist (a b : float32) : m.twist(a, b) =nan= b - a
  twice (a : float32) : m.twice(a) =nan= 2 * a
"""


@pytest.fixture(scope="module")
def axioms() -> dict[str, Claim]:
    claims = elaborate_text(TEXT, "guess.ob").claims
    return {c.name.removeprefix("guess."): c for c in claims}


@pytest.fixture(scope="module")
def evidence(axioms: dict[str, Claim]) -> Evidence:
    return Evidence(axioms)


@pytest.mark.parametrize("name", ["exp_log_anywhere", "square_grows"])
def test_sampling_looks_outside_the_friendly_domain(evidence: Evidence, name: str) -> None:
    against = evidence.against(name)
    assert against is not None and "x=" in against
    assert evidence.speaking(name) == f"FALSE at {against}"


def test_only_axioms_that_say_so_are_sampled(evidence: Evidence) -> None:
    assert evidence.against("square_grows_unsampled") is None
    assert evidence.speaking("square_grows_unsampled") == ""


def test_true_axioms_survive(evidence: Evidence) -> None:
    assert evidence.against("tangent") is None
    assert "no counterexample" in evidence.speaking("tangent")


@pytest.mark.parametrize(
    ("name", "runtime"), [("plus", "ml_dtypes"), ("widen", "numpy"), ("nearest", "numpy"), ("upwards", "ml_dtypes")]
)
def test_runtimes_are_compared_with_the_reference(evidence: Evidence, name: str, runtime: str) -> None:
    found = evidence.speaking(f"Machine.{name}")
    assert found.startswith(runtime) and found.endswith(" inputs, 0 mismatches")


@pytest.mark.parametrize("name", ["twist", "twice"])
def test_what_is_no_plain_operation_is_not_compared(evidence: Evidence, name: str) -> None:
    assert evidence.speaking(f"Machine.{name}") == ""

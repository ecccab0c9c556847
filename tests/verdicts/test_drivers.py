"""Every registered solver is fed by the same text, read by the same rules, and heeds its limits."""

from __future__ import annotations

import time

import pytest

from probanda.obligations.discharge.answer import Answer, read
from probanda.obligations.discharge.drivers import Limits, RawAnswer, cut, get, names, theories

OPTIONS = "(set-option :produce-models true)\n(set-option :produce-unsat-cores true)\n(set-logic QF_BV)\n"
DECLARED = "(declare-fun |x y| () (_ BitVec 8))\n"
LIMITS = Limits(20.0, 1000)
HARD = (
    "(set-logic QF_BV)(declare-fun x () (_ BitVec 64))(declare-fun y () (_ BitVec 64))"
    "(assert (= (bvmul x y) #x7fffffffffffffe7))(assert (bvugt x #x0000000000000001))(assert (bvugt y #x0000000000000001))"
    "(assert (= ((_ extract 63 32) x) #x00000000))(assert (= ((_ extract 63 32) y) #x00000000))(check-sat)"
)

everyone = pytest.mark.parametrize("solver", names())


def ask(solver: str, text: str, limits: Limits = LIMITS) -> Answer:
    driver = get(solver)
    return read(driver.run(cut(text), limits, lambda: False), driver, 0.0)


@everyone
def test_the_installed_version_is_in_range(solver: str) -> None:
    driver = get(solver)
    assert driver.available(), (driver.version(), driver.versions)
    assert driver.name == solver


@everyone
def test_sat_gives_values(solver: str) -> None:
    answer = ask(
        solver, OPTIONS + DECLARED + "(assert (= |x y| #x0a))(check-sat)\n(get-value (|x y|))\n(get-unsat-core)"
    )
    assert (answer.status, answer.core, answer.reason) == ("sat", (), "")
    assert answer.values is not None
    assert "x y" in answer.values
    assert "#x0a" in answer.values or "#b00001010" in answer.values


@everyone
def test_unsat_gives_a_core(solver: str) -> None:
    facts = "(assert (! (bvult |x y| #x03) :named a!1))(assert (! (bvugt |x y| #x05) :named |b c|))"
    spare = "(assert (! (bvult |x y| #xf3) :named spare))"
    answer = ask(solver, OPTIONS + DECLARED + spare + facts + "(check-sat)\n(get-value (|x y|))\n(get-unsat-core)")
    assert (answer.status, answer.values, answer.reason) == ("unsat", None, "")
    assert set(answer.core) == {"a!1", "b c"}


@everyone
def test_a_script_may_ask_nothing_else(solver: str) -> None:
    answer = ask(solver, "(set-logic QF_BV)" + DECLARED + "(check-sat)")
    assert (answer.status, answer.values, answer.reason) == ("sat", None, "")


@everyone
def test_deep_terms(solver: str) -> None:
    deep = "(bvnot " * 20_000 + "|x y|" + ")" * 20_000
    answer = ask(solver, f"(set-logic QF_BV){DECLARED}(assert (= {deep} #x00))(check-sat)")
    assert answer.status == "sat"


@everyone
@pytest.mark.parametrize("bad", ["(assert (bvult y #x03))", "(assert", ")", "(assert (bvult |x y| 3))", "(frobnicate)"])
def test_a_bad_script_is_an_error(solver: str, bad: str) -> None:
    assert ask(solver, OPTIONS + DECLARED + bad + "(check-sat)").status == "error"


@everyone
def test_calls_do_not_influence_each_other(solver: str) -> None:
    """The same question after another one, after an error, and first: the same answer, to the letter."""
    text = OPTIONS + DECLARED + "(assert (bvugt |x y| #x0a))(check-sat)(get-value (|x y|))"
    driver = get(solver)
    first = driver.run(cut(text), LIMITS, lambda: False)
    driver.run(cut(OPTIONS + "(declare-fun z () Bool)(assert z)(check-sat)(get-value (z))"), LIMITS, lambda: False)
    driver.run(cut(OPTIONS + "(assert nonsense)(check-sat)"), LIMITS, lambda: False)
    assert driver.run(cut(text), LIMITS, lambda: False) == first


@everyone
def test_the_time_limit(solver: str) -> None:
    if solver == "cvc5":
        pytest.skip("it does not look at the clock while it solves bit-vectors: the limits of the pool stand behind it")
    begin = time.monotonic()
    answer = ask(solver, HARD, Limits(0.5, 1000))
    assert answer.status == "timeout"
    assert time.monotonic() - begin < 10


@everyone
def test_giving_up(solver: str) -> None:
    driver = get(solver)
    if not driver.interruptible:
        pytest.skip("it is killed instead")
    begin = time.monotonic()
    raw = driver.run(cut(HARD), Limits(60.0, 1000), lambda: time.monotonic() - begin > 0.3)
    assert raw.check.strip() == "unknown"
    assert time.monotonic() - begin < 20


@pytest.mark.parametrize("solver", ["z3", "cvc5"])
def test_the_limit_in_steps(solver: str) -> None:
    names = "".join(f"(declare-fun {v} () Int)" for v in "xyz")
    cubes = "(assert (and (> x 1) (> y 1) (> z 1) (= (+ (* x x x) (* y y y)) (* z z z))))"
    answer = ask(solver, f"(set-logic QF_NIA){names}{cubes}(check-sat)", Limits(60.0, 1000, 20_000))
    assert answer.status == "timeout"


@pytest.mark.parametrize(("solver", "format"), [("cvc5", "8 8"), ("bitwuzla", "8 8"), ("cvc5", "5 11")])
def test_a_format_that_a_solver_does_not_know_is_no_error(solver: str, format: str) -> None:
    text = f"(set-logic QF_FP)(declare-fun x () (_ FloatingPoint {format}))(assert (fp.lt x (fp.neg x)))(check-sat)"
    assert ask(solver, text).status == "unknown"


@pytest.mark.parametrize("said", ["", "sat sat", "SAT", "unsat\nsat", 'unsat\n(error "x")', "success\nsat", "unknown?"])
def test_only_exactly_one_answer_is_an_answer(said: str) -> None:
    assert read(RawAnswer(said), get("z3"), 0.0).status == "error"


def test_a_failed_query_leaves_the_answer() -> None:
    answer = read(RawAnswer("unsat", '(error "no core")'), get("z3"), 0.0)
    assert (answer.status, answer.core) == ("unsat", ())
    assert "no core" in answer.reason


def test_scripts_are_cut_at_the_check_itself() -> None:
    text = '(set-info :s "(check-sat)") ; (check-sat)\n(assert |(check-sat)|)\n( check-sat )(get-value (|)(|))\n(exit)'
    script = cut(text)
    assert script.head.endswith("( check-sat )")
    assert script.head + "(get-value (|)(|))\n(exit)" == text
    assert (script.query("sat"), script.query("unsat"), script.query("unknown")) == ("(get-value (|)(|))", "", "")
    for bad in ("(assert true)", "(check-sat)(assert true)", "(check-sat)(check-sat)", '"(check-sat)"'):
        with pytest.raises(ValueError, match="check-sat"):
            cut(bad)


def test_theories_of_a_logic() -> None:
    assert theories("QF_UFLIRA") == {"UF", "LIRA"}
    assert theories("QF_BVFP") == {"BV", "FP"}
    assert theories("ALL") == theories("QF_FOO") == {"ALL"}
    assert get("bitwuzla").takes("QF_UFBVFP")
    assert not any(get("bitwuzla").takes(logic) for logic in ("QF_LIA", "ALL", "QF_FPLRA"))

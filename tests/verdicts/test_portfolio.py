"""Who is asked, who wins, who must agree, and what happens when they do not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from strange_solvers import registered, script

from probanda.obligations.discharge.drivers import order
from probanda.obligations.discharge.solve import Portfolio, SolverDisagreement, run_exactly, solve
from probanda.obligations.settings import Settings


@pytest.fixture(autouse=True)
def strange() -> Iterator[None]:
    with registered():
        yield


def settings(*solvers: str, two_solvers: bool = False, designated: bool = False, jobs: int = 2) -> Settings:
    return Settings(
        jobs=jobs, solvers=solvers, use_cache=False, two_solvers=two_solvers, designated=designated, timeout=5.0
    )


def test_the_first_solver_goes_alone_and_the_others_only_join_late() -> None:
    with Portfolio(settings("honest", "ignorant")) as portfolio:
        assert [portfolio.solve(script("sat")).solver for _ in range(3)] == ["honest"] * 3
    with Portfolio(settings("patient", "honest")) as portfolio:
        portfolio.solve(script("sat"))  # workers are started
        begin = time.monotonic()
        assert portfolio.solve(script("unsat")).solver == "honest"
        assert 0.2 <= time.monotonic() - begin < 5


def test_a_loser_is_interrupted_without_being_killed() -> None:
    """The real z3 is busy with a hard script when another solver wins; its process then answers the next question."""
    cubes = "(assert (and (> x 1) (> y 1) (> z 1) (= (+ (* x x x) (* y y y)) (* z z z))))"
    names = "".join(f"(declare-fun {v} () Int)" for v in "yz")
    hard = script("unsat").replace("(assert (< x 0))", names + cubes)
    with Portfolio(Settings(jobs=1, solvers=("z3", "honest"), use_cache=False, timeout=60.0)) as portfolio:
        assert portfolio.solve(script("sat"), solver="z3").status == "sat"
        portfolio.solve(script("sat"), solver="honest")
        before = {p.pid for p in psutil.Process().children(recursive=True)}
        assert portfolio.solve(hard).solver == "honest"
        begin = time.monotonic()
        assert portfolio.solve(script("sat"), solver="z3").status == "sat"
        assert time.monotonic() - begin < 10
        assert {p.pid for p in psutil.Process().children(recursive=True)} == before


@pytest.mark.parametrize("loser", ["patient", "hangs"])
def test_many_races_leave_nothing_behind(loser: str) -> None:
    with Portfolio(settings(loser, "slow")) as portfolio:
        assert [a.status for a in portfolio.solve_many([(script("sat"), None, str(i)) for i in range(6)])] == [
            "sat"
        ] * 6
    assert not [p for p in psutil.Process().children(recursive=True) if "spawn_main" in " ".join(p.cmdline())]


def test_two_solvers() -> None:
    with Portfolio(settings("z3", "cvc5", "bitwuzla", two_solvers=True)) as portfolio:
        answer = portfolio.solve(script("unsat"))
        assert (answer.status, answer.tier) == ("unsat", 2)
        assert {answer.solver, answer.agreed[0][0]} == {"z3", "cvc5"}
    with Portfolio(settings("honest", "ignorant", "hangs", two_solvers=True)) as portfolio:
        answer = portfolio.solve(script("sat"))
        assert (answer.status, answer.tier, answer.agreed) == ("sat", 1, ())
    with Portfolio(settings("honest", "dies", "slow", two_solvers=True, jobs=1)) as portfolio:
        answer = portfolio.solve(script("sat"))
        assert (answer.tier, answer.agreed) == (2, (("slow", "0"),))


@pytest.mark.parametrize(("two_solvers", "designated"), [(True, False), (True, True)])
def test_disagreement_stops_the_run(two_solvers: bool, designated: bool) -> None:
    chosen = settings("honest", "lies", two_solvers=two_solvers, designated=designated)
    with pytest.raises(SolverDisagreement) as caught, Portfolio(chosen) as portfolio:
        portfolio.solve(script("unsat"), goal_id="a.claim/holds")
    saved = {path.name: path.read_text() for path in caught.value.folder.iterdir()}
    assert set(saved) == {"honest-unsat.smt2", "lies-sat.smt2"}
    assert all(script("unsat") in text and "a.claim/holds" in text for text in saved.values())
    assert "honest" in str(caught.value)
    assert "lies" in str(caught.value)


def test_everything_after_a_disagreement_fails() -> None:
    portfolio = Portfolio(settings("honest", "lies", two_solvers=True))
    with pytest.raises(SolverDisagreement):
        portfolio.solve(script("sat"))
    with pytest.raises(SolverDisagreement):
        portfolio.solve(script("sat"), solver="z3")
    with pytest.raises(SolverDisagreement):
        portfolio.check()
    portfolio.close()


def test_a_cached_answer_of_another_solver_may_not_contradict(tmp_path: Path) -> None:
    for solver, expected in (("honest", "sat"), ("lies", SolverDisagreement)):
        chosen = Settings(jobs=1, solvers=(solver,), cache_dir=tmp_path)
        if isinstance(expected, str):
            with Portfolio(chosen) as portfolio:
                assert portfolio.solve(script("sat")).status == expected
        else:
            with pytest.raises(expected), Portfolio(chosen) as portfolio:
                portfolio.solve(script("sat"))


def test_designated_runs_ask_one_after_the_other() -> None:
    with Portfolio(settings("slow", "honest", designated=True)) as portfolio:
        assert {portfolio.solve(script("sat")).solver for _ in range(2)} == {"slow"}
    with Portfolio(settings("ignorant", "slow", "honest", designated=True)) as portfolio:
        assert portfolio.solve(script("sat")).solver == "slow"


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_answers_come_in_the_order_of_the_questions(jobs: int) -> None:
    questions = [script("unsat" if i % 3 else "sat", f"; {i}\n") for i in range(30)]
    with Portfolio(settings("z3", "cvc5", jobs=jobs)) as portfolio:
        answers = portfolio.solve_many([(q, None, str(i)) for i, q in enumerate(questions)])
    assert [a.status for a in answers] == ["unsat" if i % 3 else "sat" for i in range(30)]


def test_values_and_cores_are_asked_as_they_fit() -> None:
    options = "(set-option :produce-models true)(set-option :produce-unsat-cores true)(set-logic QF_UFLIA)"
    declared = "(declare-fun x () Int)(assert (! (> x 3) :named |a (check-sat) ; b|))"
    asked = "(check-sat)\n(get-value (x))\n(get-unsat-core)\n"
    false = "(assert (! (< x 0) :named h!1))(assert (! (< x 9) :named spare))"
    with Portfolio(settings("z3", "cvc5")) as portfolio:
        for solver in ("z3", "cvc5"):
            sat = portfolio.solve(options + declared + asked, solver=solver)
            assert (sat.status, sat.core) == ("sat", ())
            assert (sat.values or "").replace("\n", "").replace(" ", "") == "((x4))"
            unsat = portfolio.solve(options + declared + false + asked, solver=solver)
            assert (unsat.status, unsat.values) == ("unsat", None)
            assert set(unsat.core) == {"a (check-sat) ; b", "h!1"}


def test_a_script_with_an_error_is_not_answered() -> None:
    with Portfolio(settings("z3")) as portfolio:
        for bad in (
            "(assert (< y 0))(check-sat)",
            "(check-sat",
            "",
            "(declare-fun x () Foo)(check-sat)",
            "\0(check-sat)",
        ):
            for solver in ("z3", "cvc5", "bitwuzla"):
                assert portfolio.solve("(set-logic QF_BV)" + bad, solver=solver).status == "error", (bad, solver)


def test_the_order_depends_on_the_logic() -> None:
    known = {"z3", "cvc5", "bitwuzla"}
    asked = {
        logic: [s for s in order(logic) if s in known] for logic in ("QF_UFLIA", "QF_UFNIA", "QF_FP", "QF_BV", "ALL")
    }
    assert asked["QF_UFLIA"] == asked["QF_UFNIA"] == asked["ALL"] == ["z3", "cvc5"]
    assert asked["QF_FP"][0] == asked["QF_BV"][0] == "bitwuzla"


def test_the_executable_gives_the_same_answer() -> None:
    for status in ("sat", "unsat"):
        assert (
            run_exactly(script(status), "z3").strip() == status == solve(script(status), settings=settings("z3")).status
        )
    assert run_exactly(script("sat"), "cvc5").strip() == "sat"


def test_closing_ends_what_is_under_way() -> None:
    portfolio = Portfolio(settings("hangs"))
    future = portfolio.submit(script("sat"))
    waiting = [portfolio.submit(script("sat")) for _ in range(5)]
    time.sleep(0.5)
    portfolio.close()
    assert future.done()
    assert all(f.cancelled() for f in waiting[1:])

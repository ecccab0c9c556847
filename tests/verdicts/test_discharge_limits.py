"""A solver that hangs, eats memory, dies or babbles costs its own job only, and gives the right kind of no-answer."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psutil
import pytest
from strange_solvers import registered, script

from probanda.obligations.discharge.solve import Portfolio
from probanda.obligations.settings import Settings


@pytest.fixture(autouse=True)
def strange() -> Iterator[None]:
    with registered():
        yield


def settings(*solvers: str, timeout: float = 10.0, memory: int = 512) -> Settings:
    return Settings(jobs=2, timeout=timeout, memory=memory, solvers=solvers, use_cache=False)


@pytest.mark.parametrize(
    ("solver", "status", "words"),
    [
        ("hangs", "timeout", "killed after"),
        ("eats", "memory", "killed at"),
        ("gorges", "memory", "memory"),
        ("dies", "error", "status -9"),
        ("babbles", "error", "not an answer"),
        ("raises", "error", "trouble"),
        ("ignorant", "unknown", "incomplete"),
    ],
)
def test_a_solver_in_trouble_gives_its_own_kind_of_no_answer(solver: str, status: str, words: str) -> None:
    with Portfolio(settings(solver, timeout=0.5 if solver == "hangs" else 10.0)) as portfolio:
        answer = portfolio.solve(script("sat"))
    assert answer.status == status
    assert words in answer.reason
    assert (answer.values, answer.core, answer.tier) == (None, (), 0)


@pytest.mark.parametrize("solver", ["hangs", "eats", "dies", "babbles", "raises"])
def test_the_run_goes_on(solver: str) -> None:
    """Good jobs before, between and after bad ones are answered, by the same pool of workers and by others."""
    with Portfolio(settings("honest", timeout=0.5)) as portfolio:
        futures = [
            portfolio.submit(script("sat"), solver=solver if i % 3 == 1 else "honest" if i % 2 else "z3")
            for i in range(8)
        ]
        answers = [f.result() for f in futures]
    good = [a.status for i, a in enumerate(answers) if i % 3 != 1]
    bad = [a.status for i, a in enumerate(answers) if i % 3 == 1]
    assert good == ["sat"] * 5
    assert not {"sat", "unsat"} & set(bad)


@pytest.mark.parametrize("solver", ["dies", "babbles", "raises", "ignorant"])
def test_the_others_take_over_at_once(solver: str) -> None:
    with Portfolio(settings(solver, "z3")) as portfolio:
        answer = portfolio.solve(script("unsat"))
    assert (answer.status, answer.solver) == ("unsat", "z3")


def test_a_worker_killed_from_outside_while_idle_is_replaced() -> None:
    with Portfolio(settings("honest")) as portfolio:
        before = psutil.Process().children(recursive=True)
        assert portfolio.solve(script("sat")).status == "sat"
        workers = [p for p in psutil.Process().children(recursive=True) if p not in before and "spawn_main" in _line(p)]
        assert len(workers) == 2
        for worker in workers:
            worker.kill()
        assert [portfolio.solve(script("unsat")).status for _ in range(5)] == ["unsat"] * 5


def test_real_solvers_keep_their_limits() -> None:
    """Three hard scripts: a time limit heeded by the solver, one that must be enforced, a memory limit."""
    cubes = "(assert (and (> x 1) (> y 1) (> z 1) (= (+ (* x x x) (* y y y)) (* z z z))))"
    names = "".join(f"(declare-fun {v} () Int)" for v in "xyz")
    width = "(_ BitVec 2048)"
    vectors = "".join(f"(declare-fun x{i} () {width})" for i in range(4))
    product = "(assert (= (bvmul x0 x1) (bvmul x2 x3)))(assert (not (= (bvudiv x0 x1) (bvudiv x1 x3))))"
    slow = f"(set-logic QF_NIA){names}{cubes}(check-sat)"
    wide = f"(set-logic QF_BV){vectors}{product}(check-sat)"
    with Portfolio(settings("z3", timeout=1.0, memory=250)) as portfolio:
        begin = time.monotonic()
        futures = [portfolio.submit(slow, solver=s) for s in ("z3", "cvc5")]
        assert [f.result().status for f in futures] == ["timeout", "timeout"]
        assert time.monotonic() - begin < 20
    with Portfolio(settings("z3", timeout=30.0, memory=250)) as portfolio:
        assert portfolio.solve(wide, solver="z3").status == "memory"
        assert portfolio.solve(wide, solver="bitwuzla").status == "memory"
        assert portfolio.solve(script("sat"), solver="z3").status == "sat"


def test_deterministic_limits_do_not_look_at_the_clock() -> None:
    cubes = "(assert (and (> x 1) (> y 1) (> z 1) (= (+ (* x x x) (* y y y)) (* z z z))))"
    names = "".join(f"(declare-fun {v} () Int)" for v in "xyz")
    text = f"(set-logic QF_NIA){names}{cubes}(check-sat)"
    chosen = Settings(jobs=1, timeout=0.2, solvers=("z3", "cvc5"), use_cache=False, designated=True)
    with Portfolio(chosen) as portfolio:
        first, second = (portfolio.solve(text) for _ in range(2))
    assert first.status == second.status == "timeout"
    assert first.reason == second.reason


def _line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""

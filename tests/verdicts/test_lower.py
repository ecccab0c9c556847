"""The lowering: what its ground assertions decide, asked of a solver."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import pytest

from probanda.encoders.smtlib.lower import Matchable, lower
from probanda.encoders.smtlib.lower.core import MAX_GENERATION
from probanda.encoders.smtlib.printer import script
from probanda.theories.errors import Unsupported
from probanda.theories.normal.beta import beta
from probanda.theories.normal.ring import normalize
from probanda.theories.terms import build as b
from probanda.theories.terms import sorts as s
from probanda.theories.terms.binders import var
from probanda.theories.terms.term import Term

N = var("n", s.INT)
I = var("i", s.INT)
X = var("x", s.fn(s.INT, s.REAL))
Y = var("y", s.fn(s.INT, s.REAL))
SIZES = var("m", s.index_map("C"))
T = var("t", s.fn(s.index_map("C"), s.REAL))


def answer(
    *assertions: Term,
    lemmas: Sequence[Matchable] = (),
    laws: frozenset[str] | None = None,
    euclid: bool = False,
) -> str:
    """What z3 says of the lowered assertions."""
    plain = [beta(a, ranges=False) for a in assertions]
    named = [(f"a{k}", normalize(a) if euclid else a) for k, a in enumerate(plain)]
    lowered = lower(named, lemmas=lemmas, laws=laws, linear=euclid, euclid=euclid)
    z3: Any = import_module("z3")
    solver = z3.Solver()
    solver.from_string(script(lowered.assertions).text)
    return str(solver.check())


def below(n: Term, x: Term) -> Term:
    return b.conj(b.le(b.ZERO, x), b.lt(x, n))


def total(x: Term, n: Term = N) -> Term:
    return b.big("sum", b.below(n), lambda k: b.at(x, k))


def everywhere(body: Callable[[Term], Term], n: Term = N) -> Term:
    return b.big("forall", b.below(n), body)


def test_a_universal_hypothesis_is_used_at_the_reads() -> None:
    positive = everywhere(lambda k: b.lt(b.rational(0), b.at(X, k)))
    assert answer(positive, below(N, I), b.le(b.at(X, I), b.rational(0))) == "unsat"
    assert answer(positive, b.le(b.at(X, I), b.rational(0))) == "sat"


def test_a_shifted_read_is_matched() -> None:
    increasing = everywhere(lambda k: b.lt(b.at(X, k), b.at(X, b.add(k, b.ONE))))
    claim = b.lt(b.at(X, b.sub(I, b.ONE)), b.at(X, I))
    assert answer(increasing, b.lt(b.ZERO, I), b.le(I, N), b.negate(claim)) == "unsat"
    assert answer(increasing, b.le(b.ZERO, I), b.le(I, N), b.negate(claim)) == "sat"


def test_equal_members_have_equal_sums() -> None:
    same = everywhere(lambda k: b.eq(b.at(X, k), b.at(Y, k)))
    assert answer(same, b.negate(b.eq(total(X), total(Y)))) == "unsat"
    assert answer(b.negate(b.eq(total(X), total(Y)))) == "sat"


def test_a_sum_of_positive_terms_is_positive_only_if_there_is_one() -> None:
    positive = everywhere(lambda k: b.lt(b.rational(0), b.at(X, k)))
    assert answer(positive, b.lt(b.ZERO, N), b.le(total(X), b.rational(0))) == "unsat"
    assert answer(positive, b.le(total(X), b.rational(0))) == "sat"


def test_the_law_can_be_withheld() -> None:
    same = everywhere(lambda k: b.eq(b.at(X, k), b.at(Y, k)))
    goal = b.negate(b.eq(total(X), total(Y)))
    assert answer(same, goal, laws=frozenset({"sum_empty"})) == "sat"


def test_a_maximum_is_an_upper_bound_that_is_attained() -> None:
    top = b.big("bigmax", b.below(N), lambda k: b.at(X, k))
    assert answer(below(N, I), b.lt(top, b.at(X, I))) == "unsat"
    bounded = everywhere(lambda k: b.le(b.at(X, k), b.rational(7)))
    assert answer(bounded, b.lt(b.ZERO, N), b.lt(b.rational(7), top)) == "unsat"
    assert answer(bounded, b.lt(b.rational(7), top)) == "sat"  # nothing is known of the maximum of nothing


def test_axes_groups_of_any_rank() -> None:
    index = var("j", s.index_map("C"))
    flip = b.lam(b.axes("C"), lambda c: b.sub(b.sub(b.at(SIZES, c), b.ONE), b.at(index, c)))
    back = b.lam(b.axes("C"), lambda c: b.sub(b.sub(b.at(SIZES, c), b.ONE), b.at(flip, c)))
    assert answer(b.negate(b.eq(b.at(T, back), b.at(T, index)))) == "unsat"
    assert answer(b.negate(b.eq(b.at(T, flip), b.at(T, index)))) == "sat"
    ones = b.big("forall", b.axes("C"), lambda c: b.eq(b.at(SIZES, c), b.ONE))
    inside = b.big("forall", b.axes("C"), lambda c: below(b.at(SIZES, c), b.at(index, c)))
    assert answer(ones, inside, b.negate(b.eq(b.at(T, flip), b.at(T, index)))) == "unsat"


def test_a_group_may_be_empty() -> None:
    some = b.big("exists", b.axes("C"), lambda c: b.le(b.at(SIZES, c), b.at(SIZES, c)))
    assert answer(b.negate(some)) == "sat"


def test_a_lemma_is_instantiated_at_its_trigger() -> None:
    x = var("lemma_x", s.REAL)
    lemma = Matchable("lemma:exp_pos", (x,), b.lt(b.rational(0), b.apply("exp", x)))
    claim = b.le(b.apply("exp", b.at(X, I)), b.rational(0))
    assert answer(claim, lemmas=(lemma,)) == "unsat"
    assert answer(claim) == "sat"


def test_the_instance_may_lie_under_a_sum() -> None:
    x = var("lemma_x", s.REAL)
    lemma = Matchable("lemma:exp_pos", (x,), b.lt(b.rational(0), b.apply("exp", x)))
    weights = b.big("sum", b.below(N), lambda k: b.apply("exp", b.at(X, k)))
    assert answer(b.lt(b.ZERO, N), b.le(weights, b.rational(0)), lemmas=(lemma,)) == "unsat"
    assert answer(b.le(weights, b.rational(0)), lemmas=(lemma,)) == "sat"


def test_a_float_sum_has_no_order_of_evaluation() -> None:
    z = var("z", s.fn(s.INT, s.FLOAT32))
    zsum = b.big("sum", b.below(N), lambda k: b.at(z, k))
    with pytest.raises(Unsupported, match="order of evaluation"):
        answer(b.eq(zsum, zsum), b.negate(b.eq(zsum, zsum)))


def test_endless_instantiation_stops_and_says_so() -> None:
    r = var("r", s.fn(s.INT, s.fn(s.INT, s.BOOL)))
    step = b.big("forall", b.naturals(), lambda k: b.big("exists", b.naturals(), lambda j: b.at(r, k, b.add(j, b.ONE))))
    lowered = lower([("a", step), ("b", b.le(b.ZERO, I)), ("c", b.at(r, I, I))], indices=[(I, None)])
    assert lowered.incomplete
    assert len(lowered.assertions) < 200 * MAX_GENERATION


def test_division_by_symbols_without_division() -> None:
    x, d = var("x", s.INT), var("d", s.INT)
    positive = b.lt(b.ZERO, d)
    quotient = b.eq(b.idiv(b.mul(x, d), d), x)
    assert answer(positive, b.negate(quotient), euclid=True) == "unsat"
    assert answer(b.negate(quotient), euclid=True) == "sat"
    digit = b.eq(b.imod(b.add(b.mul(x, d), I), d), I)
    assert answer(below(d, I), b.negate(digit), euclid=True) == "unsat"
    assert answer(positive, b.negate(digit), euclid=True) == "sat"


def test_powers_of_literals_stay_what_they_are() -> None:
    four = b.eq(b.power(b.integer(2), 2), b.integer(4))
    for linear in (False, True):
        lowered = lower([("a", b.negate(four))], linear=linear)
        z3: Any = import_module("z3")
        solver = z3.Solver()
        solver.from_string(script(lowered.assertions).text)
        assert str(solver.check()) == "unsat"

from __future__ import annotations

import importlib
import os
import random
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from plain_eval import Evaluator, Undefined
from random_terms import B4, NUMBERS, R, Terms, environment, i, j, literal, matrix, n, p, row

from probanda.theories.normal.order import untagged
from probanda.theories.normal.poly import int_equal, normal_int, to_poly
from probanda.theories.normal.ring import normalize
from probanda.theories.terms import build as b
from probanda.theories.terms.binders import var
from probanda.theories.terms.sorts import INT, REAL, elem, float_sort
from probanda.theories.terms.term import Dom, Term, make, postorder, rebuild, size, with_args

sympy: Any = importlib.import_module("sympy")  # it has no types
RANKS = {"C": 2}
u, v, w = (var(name, REAL) for name in "uvw")


def random_claim(rng: random.Random, k: int) -> Term:
    terms = Terms(rng)
    sort = NUMBERS[k % 4]
    if k % 6 == 1:
        return terms.condition([n, i, j], 3)
    t = terms.number(sort, rng.randint(1, 3), [n, i, j])
    if k % 3 == 0:
        compare = rng.choice([b.eq, b.lt, b.le] if k % 4 < 2 else [b.eq])
        return compare(t, terms.number(sort, 1, [n, i, j]))
    return t


def shuffled(t: Term, rng: random.Random) -> Term:
    """``t`` with the operands of commutative operations exchanged at random."""

    def step(s: Term) -> Term:
        if s.op in ("add", "mul", "min", "max", "and", "or", "eq") and rng.random() < 0.5:
            return with_args(s, s.args[::-1])
        return s

    return rebuild(t, step)


def test_values_are_kept() -> None:
    moved = 0
    for seed in range(100):
        rng = random.Random(seed)
        for k in range(12):
            t = random_claim(rng, k)
            got = normalize(t)
            again = normalize(got)
            moved += again is not got
            for _ in range(4):
                env = environment(rng)
                try:
                    want = Evaluator(env, RANKS, strict=True)(t)
                except Undefined:
                    continue
                assert Evaluator(env, RANKS)(got) == want, (t, got)
                assert again is got or Evaluator(env, RANKS)(again) == want, (t, again)
    assert moved <= 2  # nested sums whose guards change sides with the order of their variables


def test_the_order_of_operands_does_not_matter() -> None:
    rng = random.Random(3)
    apart = 0
    for k in range(300):
        t = random_claim(rng, k)
        apart += normalize(t) is not normalize(shuffled(t, rng))
    assert apart == 0


def to_sympy(t: Term, names: dict[Term, Any]) -> Any:
    args = [to_sympy(a, names) for a in t.args]
    if t.op == "add":
        return args[0] + args[1]
    if t.op == "sub":
        return args[0] - args[1]
    if t.op == "mul":
        return args[0] * args[1]
    if t.op == "neg":
        return -args[0]
    if t.op == "pow":
        return args[0] ** t.data
    return sympy.Rational(str(t.data)) if t.op == "lit" else names[t]


def random_polynomial(rng: random.Random, depth: int) -> Term:
    if depth == 0:
        return rng.choice([u, v, w, b.rational(Fraction(rng.randint(-4, 4), rng.randint(1, 3)))])

    def sub() -> Term:
        return random_polynomial(rng, depth - 1)

    op = rng.randrange(6)
    return (
        b.power(sub(), rng.randint(0, 2))
        if op == 0
        else b.neg(sub())
        if op == 1
        else [b.add, b.sub, b.mul, b.mul][op - 2](sub(), sub())
    )


def test_polynomials_agree_with_sympy() -> None:
    rng = random.Random(11)
    names = {t: sympy.Symbol(t.name) for t in (u, v, w)}
    gens = list(names.values())
    for _ in range(2000):
        t = random_polynomial(rng, rng.randint(1, 4))
        expected = sympy.Poly(sympy.expand(to_sympy(t, names)), *gens).as_dict()
        got = {
            tuple([dict(m.powers).get(x, 0) for x in (u, v, w)]): sympy.Rational(str(c))
            for m, c in to_poly(t).terms.items()
        }
        assert got == {k: c for k, c in expected.items() if c}
        assert sympy.expand(to_sympy(normalize(t), names) - to_sympy(t, names)) == 0


def test_integer_facts() -> None:
    four = b.integer(4)
    assert normal_int(b.idiv(b.add(b.mul(four, n), b.integer(3)), four)) is n
    assert normal_int(b.imod(b.add(b.mul(b.integer(8), n), b.integer(7)), four)) is b.integer(3)
    assert int_equal(b.add(b.mul(b.idiv(n, four), four), b.imod(n, four)), n) is True
    assert int_equal(b.idiv(b.idiv(n, b.integer(2)), b.integer(3)), b.idiv(n, b.integer(6))) is True
    assert int_equal(b.idiv(n, b.integer(-3)), b.idiv(b.neg(n), b.integer(3))) is True
    assert int_equal(b.maximum(n, b.add(n, b.ONE)), b.add(n, b.ONE)) is True
    assert int_equal(b.absolute(b.sub(n, i)), b.absolute(b.sub(i, n))) is True
    assert int_equal(n, b.add(n, b.ONE)) is False
    assert int_equal(b.mul(n, n), n) is None
    # Nothing is known about a quotient by zero, nor by an unknown divisor.
    assert int_equal(b.idiv(n, b.ZERO), b.ZERO) is None
    assert int_equal(b.add(b.mul(b.idiv(n, i), i), b.imod(n, i)), n) is None


def test_comparisons() -> None:
    assert normalize(b.lt(i, b.add(n, b.ONE))) is normalize(b.le(i, n))
    assert normalize(b.negate(b.lt(i, n))) is normalize(b.le(n, i))
    assert normalize(b.le(b.mul(b.integer(2), i), b.add(b.mul(b.integer(2), n), b.ONE))) is normalize(b.le(i, n))
    assert normalize(b.eq(b.mul(b.integer(2), i), b.add(b.mul(b.integer(4), n), b.ONE))) is b.FALSE
    assert normalize(b.lt(u, b.add(u, b.rational(1)))) is b.TRUE
    assert normalize(b.lt(b.cast(i, REAL), b.cast(n, REAL))) is normalize(b.lt(i, n))
    assert normalize(b.conj(b.lt(i, n), b.le(n, i))) is b.FALSE
    # A ring may have characteristic 2, and zero divisors.
    two = b.ring_integer(2, R)
    r = var("r", R)
    assert normalize(b.eq(two, b.ring_integer(0, R))) is not b.FALSE
    assert normalize(b.eq(b.mul(two, r), b.ring_integer(0, R))) is not normalize(b.eq(r, b.ring_integer(0, R)))
    assert normalize(b.eq(b.mul(b.bit_vector(4, B4), b.at(row(B4), i)), b.bit_vector(0, B4))) is not b.TRUE
    assert normalize(b.mul(b.bit_vector(4, B4), b.bit_vector(4, B4))) is b.bit_vector(0, B4)


def test_quotients_are_not_cancelled() -> None:
    quotient = b.div(u, u)
    assert normalize(quotient) is not b.rational(1)
    assert normalize(b.eq(quotient, b.rational(1))) is not b.TRUE
    assert normalize(b.div(u, b.rational(4))) is b.mul(b.rational(Fraction(1, 4)), u)
    assert normalize(b.div(u, b.mul(b.rational(-2), v))) is normalize(b.mul(b.rational(Fraction(-1, 2)), b.div(u, v)))
    assert normalize(b.div(b.add(u, w), v)) is normalize(b.add(b.div(u, v), b.div(w, v)))


def test_conditions_join_and_part() -> None:
    c = b.lt(i, n)
    assert normalize(b.add(b.ite(c, u, b.rational(0)), b.ite(b.negate(c), u, b.rational(0)))) is u
    assert normalize(b.ite(c, u, b.ite(b.le(n, i), v, w))) is normalize(b.ite(c, u, v))
    assert normalize(b.mul(b.ite(c, u, b.rational(0)), b.ite(c, v, w))) is normalize(
        b.ite(c, b.mul(u, v), b.rational(0))
    )
    assert normalize(b.ite(p, u, v)) is b.ite(p, u, v)


def test_floats_and_scalars_are_left_alone() -> None:
    half = float_sort("float16", 5, 11)
    f, g = var("f", half), var("g", half)
    for t in (b.add(f, g), b.add(g, f), b.sub(f, f), b.mul(f, b.add(g, g)), b.program_eq(f, f), b.le(f, f)):
        assert normalize(t) is t
    s = var("s", elem("A", "scalar"))
    assert normalize(b.program_eq(s, s)) is b.program_eq(s, s)
    assert normalize(b.eq(s, s)) is b.TRUE


def test_growth_is_bounded() -> None:
    t = b.rational(1)
    for k in range(60):
        t = b.mul(t, b.add(b.at(row(REAL), b.integer(k)), b.at(row(REAL), b.integer(k + 100))))
    assert size(normalize(t)) < 20_000
    t = b.ite(p, u, v)
    for k in range(40):
        t = b.ite(b.lt(i, b.at(row(INT), b.integer(k))), b.at(row(REAL), b.integer(k)), t)
    assert size(normalize(t)) < 20_000
    t = u
    for _ in range(200):
        t = b.add(t, t)
    assert normalize(t) is b.mul(b.rational(2**200), u)
    t = u
    for _ in range(200):
        t = b.mul(t, t)
    assert size(normalize(t)) < 1000
    assert size(normalize(b.power(literal(3, REAL), 10**9))) < 10


def test_deep_terms_are_no_trouble() -> None:
    t, c, m = u, b.lt(u, v), i
    for k in range(20_000):
        t = b.add(b.at(row(REAL), b.integer(k)), t)
        c = b.negate(b.conj(c, b.lt(u, b.rational(k))))
        m = b.at(row(INT), b.add(m, b.ONE))
    assert size(normalize(t)) > 40_000
    assert normalize(c).sort is c.sort
    assert sum(1 for _ in postorder([normalize(m)])) > 40_000


PROGRAM = """
import random, sys
sys.path.insert(0, sys.argv[1])
from probanda.theories.normal.ring import normalize
from probanda.theories.terms.sorts import INT
from random_terms import *
rng = random.Random(5)
if sys.argv[2] == "1":
    [Terms(random.Random(9)).number(sort, 3, [n, i, j]) for sort in NUMBERS]
made = [Terms(rng).number(NUMBERS[k % 4], 2, [n, i, j]) for k in range(40)]
print([normalize(t).digest.hex() for t in (reversed(made) if sys.argv[2] == "1" else made)][::-1 if sys.argv[2] == "1" else 1])
"""


def test_normal_forms_are_the_same_in_every_process() -> None:
    def run(seed: str, variant: str) -> str:
        here = Path(__file__).parent
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(here.parents[1])}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(here), variant], env=env, capture_output=True, text=True, check=True
        )
        return done.stdout

    assert run("1", "0") == run("2", "1")


@pytest.mark.parametrize("sort", NUMBERS)
def test_matrix_products_associate(sort: Any) -> None:
    a, c, d = (var(f"{name}_{sort.text.split()[0]}", matrix(sort).sort) for name in "acd")
    k, m = b.below(var("K", INT)), b.below(var("M", INT))
    left = b.big(
        "sum", m, lambda q: b.mul(b.big("sum", k, lambda r: b.mul(b.at(a, i, r), b.at(c, r, q))), b.at(d, q, j))
    )
    right = b.big(
        "sum", k, lambda r: b.mul(b.at(a, i, r), b.big("sum", m, lambda q: b.mul(b.at(c, r, q), b.at(d, q, j))))
    )
    assert normalize(left) is normalize(right)
    assert normalize(b.eq(left, right)) is b.TRUE


def test_tags_do_not_decide() -> None:
    def mark(s: Term) -> Term:
        return make(s.op, s.args, s.sort, s.data._replace(tag=1)) if isinstance(s.data, Dom) else s

    rng = random.Random(8)
    for k in range(150):
        t = random_claim(rng, k)
        assert untagged(normalize(rebuild(t, mark))) is normalize(t)

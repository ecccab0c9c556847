from __future__ import annotations

import random
import re
from fractions import Fraction

import pytest

from probanda.encoders.arrays import Env, decide
from probanda.encoders.smtlib.check_pysmt import Parsed, Table
from probanda.encoders.smtlib.literals import exact, largest_below, round_nearest_even
from probanda.encoders.smtlib.printer import script
from probanda.encoders.smtlib.symbols import bare, symbol
from probanda.encoders.smtlib.values import parse_values
from probanda.theories.errors import Unsupported
from probanda.theories.terms import build as b
from probanda.theories.terms import sorts as s
from probanda.theories.terms.binders import bound, fresh, var
from probanda.theories.terms.sorts import BFLOAT16, BOOL, FLOAT16, FLOAT32, FLOAT64, INT, REAL, bits
from probanda.theories.terms.term import Term, make
from tests.readings import RUN
from tests.unit.terms_random import Generator, literal
from tests.unit.unfold import unfold

x, y, n = var("x", INT), var("y", INT), var("n", INT)
r, q = var("r", REAL), var("q", REAL)
f, g = var("f", FLOAT32), var("g", FLOAT32)
u, v = var("u", bits(8)), var("v", bits(8))
RING, SCALAR = s.elem("R", "ring"), s.elem("α", "scalar")


def text(*assertions: Term, **options: object) -> str:
    return script([(f"h{k}", t) for k, t in enumerate(assertions)], **options).text  # type: ignore[arg-type]


# -- an independent parser agrees --------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(40))
def test_pysmt_reads_what_the_array_reading_means(seed: int) -> None:
    sorts = [BOOL, INT, REAL, bits(8), bits(5)]
    variables = [var(f"v{k}", sort) for k, sort in enumerate(sorts * 2)]
    generator = Generator(seed, sorts[1:])
    generator.scope = variables
    values = {x.name: literal(generator.random, x.sort) for x in variables}
    propositions: list[tuple[str, Term]] = []
    while len(propositions) < 10:
        t = unfold(generator.term(BOOL, 4))
        if not re.search(r"\((div|mod|to_int) |int2bv|\(/ \S+ 0\.0\)", text(t)):
            propositions.append((f"t{len(propositions)}", t))
    parsed = Parsed(script(propositions))
    env = Env(values=values)
    constants = {f"${name}": t.data for name, t in values.items()}
    for name, t in propositions:
        expected = decide(t, env)
        try:
            assert parsed.evaluate(constants, only=name) == {name: expected}, t  # type: ignore[arg-type]
        except (Unsupported, ZeroDivisionError):  # divisions by zero have no value there
            continue


def test_pysmt_reads_functions_and_named_assertions() -> None:
    read = var("read", s.fn_sort([INT, INT], REAL))
    total = b.mul(b.add(x, y), b.add(x, y))
    parsed = Parsed(script([("a", b.eq(b.at(read, x, total), r)), ("b|c", b.lt(total, x))], [x], cores=True))
    tables: dict[str, Table] = {"$read": {(3, 49): Fraction(1, 2)}}
    assert parsed.evaluate({"$x": 3, "$y": 4, "$r": Fraction(1, 2)}, tables) == {"a": True, "b|c": False}
    assert parsed.evaluate({"$x": 3, "$y": 5, "$r": Fraction(0)}, tables) == {"a": True, "b|c": False}
    with pytest.raises(Unsupported):
        parsed.evaluate({"$x": 3, "$y": 4})


@pytest.mark.parametrize("t", [b.eq(b.idiv(x, y), y), b.program_eq(f, g), b.eq(b.cast(x, bits(8)), u)])
def test_what_pysmt_lacks(t: Term) -> None:
    with pytest.raises(Unsupported):
        Parsed(script([("a", t)]))


# -- names -------------------------------------------------------------------------------------------------------------

NAMES = [
    "x",
    "and",
    "let",
    "Int",
    "a|b",
    "a%{7c}b",
    "a\\b",
    "a b",
    "",
    "α",
    "x!",
    "!",
    "?1",
    "(",
    '"',
    ";",
    "\n",
    "\ud800",
] + ["BINARY", "_", "as", "true", "select", "exp", "a" * 3000, "|", "||", "$x", "f.g", "x'", "0", "RNE", "fp.add"]


def test_symbols_are_injective_and_legal() -> None:
    symbols = [symbol("$", name) for name in NAMES]
    assert len({bare(text) for text in symbols}) == len(NAMES)
    for text in symbols:
        assert re.fullmatch(r"[A-Za-z0-9~!@$%^&*_\-+=<>.?/]+|\|[^|\\]*\|", text)
        text.encode("ascii")


@pytest.mark.parametrize("solver", ["z3", "cvc5", "bitwuzla"])
def test_solvers_and_pysmt_take_every_name(solver: str) -> None:
    named = [(name, b.eq(var(name, bits(8)), b.bit_vector(k, bits(8)))) for k, name in enumerate(NAMES)]
    made = script(named, cores=True)
    assert list(made.names.values()) == NAMES
    assert RUN[solver](made.text.replace("(get-unsat-core)\n", "")) == "sat"
    values = {bare(symbol("$", name)): k for k, name in enumerate(NAMES)}
    assert all(Parsed(made).evaluate(values).values())
    # no two names are one symbol: otherwise this is satisfiable
    different = [("d", b.disj(*[b.negate(t) for _, t in named[1:]])), *named[1:]]
    assert RUN[solver](script(different).text) == "unsat"


def test_a_name_at_two_sorts_or_two_assertions_of_one_name() -> None:
    with pytest.raises(Unsupported, match="two sorts"):
        text(b.eq(x, y), b.eq(var("x", REAL), r))
    with pytest.raises(ValueError, match="named"):
        script([("a", b.TRUE), ("a", b.FALSE)])


def test_text_does_not_depend_on_the_numbers_of_fresh_variables() -> None:
    def build() -> str:
        i, j = fresh("i", INT), fresh("j", INT)
        return text(b.lt(b.add(i, j), j), b.lt(i, n))

    assert build() == build()
    two = (var("i!5", INT), var("i!50", INT), var("i!0", INT))
    assert len(set(re.findall(r"\$i!\d", text(b.lt(b.add(two[0], two[1]), two[2]))))) == 3


# -- structure ---------------------------------------------------------------------------------------------------------


def test_shared_subterms_are_let_bound_in_one_assertion_and_defined_for_several() -> None:
    shared = b.add(x, y)
    one = text(b.lt(b.mul(shared, shared), n))
    assert "(let ((?1 (+ $x $y))) (< (* ?1 ?1) $n))" in one
    several = text(b.lt(shared, n), b.lt(n, shared))
    assert "(define-fun ?1 () Int (+ $x $y))\n(assert (! (< ?1 $n) :named !h0))" in several
    assert several.count("(+ $x $y)") == 1


def test_an_assertion_that_is_a_part_of_another() -> None:
    p = b.lt(x, y)
    assert Parsed(script([("a", b.negate(p)), ("b", p), ("c", p)])).evaluate({"$x": 1, "$y": 2}) == {
        "a": False,
        "b": True,
        "c": True,
    }


def test_the_size_of_the_text_is_linear_in_the_graph() -> None:
    t: Term = x
    for _ in range(1000):
        t = b.add(t, t)
    assert len(text(b.lt(t, x), b.lt(x, t))) < 100_000


def test_wanted_values_come_back_in_order() -> None:
    from importlib import import_module
    from typing import Any

    z3: Any = import_module("z3")
    m, c = var("m", s.index_map("C")), var("c", s.axis("C"))
    wants = [x, b.at(m, c), b.mul(b.add(x, x), b.add(x, x)), b.lt(x, n), r, c]
    made = script([("a", b.eq(x, b.integer(-3))), ("b", b.lt(b.at(m, c), x)), ("r", b.lt(r, b.rational(0)))], wants)
    context = z3.Context()
    said = z3.Z3_eval_smtlib2_string(context.ref(), made.text)
    values = parse_values(said, made.sorts)
    assert values[0] == -3 and values[2] == 36
    assert isinstance(values[1], int) and values[1] < -3
    assert isinstance(values[4], Fraction) and isinstance(values[5], str)


# -- logics and operations ---------------------------------------------------------------------------------------------

e, d = var("e", RING), var("d", RING)
LOGICS: list[tuple[str, Term]] = [
    ("QF_UF", b.eq(var("a", SCALAR), var("c", SCALAR))),
    ("QF_LIA", b.lt(b.mul(b.integer(3), x), b.imod(y, b.integer(-2)))),
    ("QF_NIA", b.lt(b.mul(x, y), b.ONE)),
    ("QF_NIA", b.lt(b.idiv(x, y), b.ONE)),
    ("QF_NIA", b.lt(b.idiv(x, b.ZERO), b.ONE)),
    ("QF_LRA", b.lt(b.div(r, b.rational(3)), q)),
    ("QF_NRA", b.lt(b.div(r, q), q)),
    ("QF_LIRA", b.lt(b.cast(x, REAL), r)),
    ("QF_LIRA", b.lt(b.floor(r), b.integer(2))),
    ("QF_UFLRA", b.lt(b.apply("exp", r), b.rational(0))),
    ("QF_UFNIRA", b.lt(b.mul(r, b.apply("log", q)), b.cast(x, REAL))),
    ("QF_UFLIA", b.lt(b.at(var("m", s.index_map("C")), var("c", s.axis("C"))), x)),
    ("QF_BV", b.lt(u, b.mul(v, v))),
    ("QF_FP", b.lt(f, b.add(f, g))),
    ("QF_FP", b.lt(f, b.cast(b.rational(Fraction(1, 3)), FLOAT32))),
    ("QF_FP", make("fits", (f,), BOOL, bits(8))),
    ("QF_BVFP", b.lt(u, b.cast(f, bits(8)))),
    ("QF_UFBVFP", b.conj(b.lt(u, v), b.lt(f, b.apply("exp", f)))),
    ("ALL", b.lt(b.cast(f, REAL), r)),
    ("ALL", b.lt(b.cast(u, INT), x)),
    ("QF_NIA", b.eq(b.mul(e, d), b.power(e, 2))),
]


@pytest.mark.parametrize(("logic", "t"), LOGICS, ids=[f"{l}-{k}" for k, (l, _) in enumerate(LOGICS)])
def test_logic_and_every_solver_takes_it(logic: str, t: Term) -> None:
    made = script([("a", t)])
    assert made.logic == logic
    assert RUN["z3"](made.text) in ("sat", "unknown")
    assert RUN["cvc5"](made.text) in ("sat", "unknown")
    if logic in ("QF_BV", "QF_FP", "QF_BVFP", "QF_UFBVFP"):
        assert RUN["bitwuzla"](made.text) == "sat"


def test_rings_are_read_as_the_caller_says() -> None:
    law = b.eq(
        b.power(b.add(e, d), 2), b.add(b.add(b.mul(e, e), b.mul(b.cast(b.integer(2), RING), b.mul(e, d))), b.mul(d, d))
    )
    for ring_as in ("Int", "Real"):
        assert RUN["z3"](text(b.negate(law), ring_as=ring_as)) == "unsat"
    free = script([("a", b.negate(law))], [e], ring_as="uninterpreted")
    assert RUN["z3"](free.text) == "sat"
    assert free.sorts == (RING,)
    assert script([("a", law)], [e]).sorts == (INT,)
    assert "?peq.$R" in text(b.program_eq(e, d)) and "?peq.$R" in text(b.program_eq(e, d), ring_as="uninterpreted")


UNSUPPORTED: list[Term] = [
    b.eq(b.ereal(0), b.ereal("inf")),
    b.big("forall", b.below(n), lambda i: b.lt(i, x)),
    b.lt(b.let(x, lambda z: b.add(z, z)), x),
    b.lt(b.at(b.lam(b.below(n), lambda i: i), x), x),
    b.lt(b.require(b.TRUE, x), x),
    b.lt(b.proj(b.record([("p", x)]), "p"), x),
    b.eq(b.power(x, 65), x),
    b.lt(x, b.integer(10**5000)),
    b.lt(r, b.rational(Fraction(1, 10**5000))),
    make("lt", (bound(0, INT), x), BOOL),
]


@pytest.mark.parametrize("t", UNSUPPORTED, ids=[t.args[0].op for t in UNSUPPORTED])
def test_unsupported(t: Term) -> None:
    with pytest.raises(Unsupported):
        text(t)
    with pytest.raises(Unsupported):
        script([("a", x)])


# -- literals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fmt", [FLOAT16, BFLOAT16, FLOAT32, FLOAT64], ids=lambda fmt: fmt.text)
def test_literal_rounding_is_to_nearest_even(fmt: s.FloatSort) -> None:
    rnd = random.Random(fmt.width)
    for _ in range(3000):
        pattern = rnd.getrandbits(fmt.width - 1) | rnd.getrandbits(1) << (fmt.width - 1)
        if (pattern >> (fmt.significand - 1)) & ((1 << fmt.exponent) - 1) == (1 << fmt.exponent) - 1:
            continue
        value = exact(pattern, fmt)
        if value:
            assert round_nearest_even(value, fmt) == pattern
        # the middle between neighbours goes to the even one
        if pattern << 1 & (1 << fmt.width) - 1 and (pattern + 1) & ((1 << fmt.significand) - 1):
            middle = (value + exact(pattern + 1, fmt)) / 2
            assert round_nearest_even(middle, fmt) == pattern + (pattern & 1)


def test_largest_below() -> None:
    assert exact(largest_below(128, FLOAT16), FLOAT16) == 128 - Fraction(1, 16)
    assert exact(largest_below(129, BFLOAT16), BFLOAT16) == 128
    assert exact(largest_below(1 << 31, FLOAT16), FLOAT16) == 65504

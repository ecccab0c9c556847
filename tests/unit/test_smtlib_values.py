from __future__ import annotations

import random
from fractions import Fraction

import pytest

from probanda.encoders.smtlib.sexpr import Garbage, read, shown
from probanda.encoders.smtlib.values import Enclosure, parse_core, parse_value, parse_values
from probanda.theories.terms.sorts import BFLOAT16, BOOL, FLOAT16, FLOAT32, INT, REAL, Sort, axis, bits, elem

A = elem("A", "scalar")
NAN32, INF32 = 0x7FC00000, 0x7F800000

VALUES: list[tuple[str, Sort, object]] = [
    ("true", BOOL, True),
    ("false", BOOL, False),
    ("17", INT, 17),
    ("(- 17)", INT, -17),
    ("(- 340282387203348067115045031379019497480)", INT, -340282387203348067115045031379019497480),
    ("2.5", REAL, Fraction(5, 2)),
    ("3", REAL, Fraction(3)),
    ("(- (/ 1.0 3.0))", REAL, Fraction(-1, 3)),  # z3
    ("(/ (- 1) 3)", REAL, Fraction(-1, 3)),  # cvc5
    ("(/ 9786709.0 4194304.0)", REAL, Fraction(9786709, 4194304)),
    ("#b1010", bits(4), 10),
    ("#x0F", bits(8), 15),
    ("(_ bv5 7)", bits(7), 5),
    ("(fp #b1 #x7e #b00001010100011010101001)", FLOAT32, 0xBF0546A9),
    ("(fp #b1 #b01111110 #b00001010100011010101001)", FLOAT32, 0xBF0546A9),
    ("(_ +zero 8 24)", FLOAT32, 0),
    ("(_ -zero 8 24)", FLOAT32, 1 << 31),
    ("(_ +oo 8 24)", FLOAT32, INF32),
    ("(_ -oo 8 24)", FLOAT32, INF32 | 1 << 31),
    ("(_ NaN 8 24)", FLOAT32, NAN32),
    ("(fp #b1 #b11111111 #b00000000000000000000001)", FLOAT32, NAN32),
    ("(fp #b0 #b11111111 #b00000000000000000000000)", FLOAT32, INF32),
    ("(_ NaN 5 11)", FLOAT16, 0x7E00),
    ("(fp #b0 #xad #b0000000)", BFLOAT16, 0x5680),
    ("A!val!0", A, "A!val!0"),
    ("(as @A_0 A)", A, "@A_0"),
    ("|A!val!1|", A, "A!val!1"),
    ("?axis.C!val!2", axis("C"), "?axis.C!val!2"),
]


@pytest.mark.parametrize(("text", "sort", "value"), VALUES, ids=[v[0] for v in VALUES])
def test_value(text: str, sort: Sort, value: object) -> None:
    parsed = parse_value(read(text)[0], sort)
    assert parsed == value
    assert type(parsed) is type(value)


WRONG: list[tuple[str, Sort]] = [
    ("1", BOOL),
    ("2.5", INT),
    ("(/ 1 0)", REAL),
    ("x", INT),
    ("1_0", INT),
    ("(-)", INT),
    ("()", REAL),
    ("(- (- (- (- (- (- 1))))))", INT),
    ("#b101", bits(4)),
    ("#xzz", bits(8)),
    ("#b", bits(1)),
    ("(_ bv5 8)", bits(7)),
    ("(_ bvx 8)", bits(8)),
    ("(fp #b1 #b01111110 #b0)", FLOAT32),
    ("(fp #b1 #b0 #b0 #b0)", FLOAT32),
    ("(_ NaN 5 11)", FLOAT32),
    ("(_ NaN x y)", FLOAT32),
    ("(fp x y z)", FLOAT32),
    ("(root-obj (+ (^ x 2) 1) 1)", REAL),
    ("(root-obj (+ (^ x 2000) 1) 1)", REAL),
    ("(root-obj (f x) 1)", REAL),
    ("(root-obj (+ (^ x 2) (- 2)) 3)", REAL),
    ("(_ real_algebraic_number)", REAL),
    ("(_ real_algebraic_number <1*x^2 + (-2), (a, b)>)", REAL),
    ("(as A)", A),
    ("9" * 5000, INT),
]


@pytest.mark.parametrize(("text", "sort"), WRONG, ids=[w[0][:40] for w in WRONG])
def test_what_is_no_value_is_garbage(text: str, sort: Sort) -> None:
    with pytest.raises(Garbage):
        parse_value(read(text)[0], sort)


def test_algebraic_numbers_are_enclosed() -> None:
    root = parse_value(read("(root-obj (+ (^ x 2) (- 2)) 2)")[0], REAL)
    assert isinstance(root, Enclosure)
    assert 0 < root.low < root.high and root.low**2 < 2 < root.high**2
    lowest = parse_value(read("(root-obj (+ (^ x 2) (- 2)) 1)")[0], REAL)
    assert isinstance(lowest, Enclosure) and lowest.high < 0
    cubic = "(_ real_algebraic_number <1*x^6 + 18*x^5 + (-436), (5/4, 3/2)>)"
    assert parse_value(read(cubic)[0], REAL) == Enclosure(Fraction(5, 4), Fraction(3, 2))


def test_a_rational_root_is_exact() -> None:
    assert parse_value(read("(root-obj (+ (* 2 x) (- 3)) 1)")[0], REAL) == Fraction(3, 2)


def test_values_are_taken_by_position_among_other_answers() -> None:
    z3 = "sat\n(($x (- 2))\n (($f 3 |a b|) 1.5))\n"
    assert parse_values(z3, [INT, REAL]) == [-2, Fraction(3, 2)]
    refused = '(error "no core")\nsat\n(\n  ($x #b1)\n)\n'
    assert parse_values(refused, [bits(1)]) == [1]


@pytest.mark.parametrize(
    "text", ["", "sat", 'unsat\n(error "no model")', "((x 1) (y 2))", "((x))", "(x 1)", "(((", ")"]
)
def test_no_values(text: str) -> None:
    with pytest.raises(Garbage):
        parse_values(text, [INT])


def test_unsat_core() -> None:
    names = {"!h0": "h0", "!a b": "a b"}
    assert parse_core("unsat\n(\n!h0\n|!a b|\n)\n", names) == ("a b", "h0")
    assert parse_core("unsat\n()\n", names) == ()
    for wrong in ("unsat", "(!h1)", "sat"):
        with pytest.raises(Garbage):
            parse_core(wrong, names)


def test_reading_is_iterative_and_total() -> None:
    deep = 100_000
    (nested,) = read("(" * deep + ")" * deep)
    assert shown(nested).endswith("…")
    r = random.Random(3)
    for _ in range(2000):
        text = "".join(r.choice('()|"; abx#01.-\n_\x00é') for _ in range(r.randint(0, 30)))
        try:
            read(text)
        except Garbage:
            continue

"""Instances and laws never contradict a fact: random closed terms, with what they are in the NumPy reading.

An assertion that holds must not become unsatisfiable, whatever the normal form and the lowering make of it.
``PROBANDA_FUZZ`` sets the effort (see ``test_readings_agree``).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from itertools import product
from typing import Any

import pytest

from probanda.encoders.arrays.evaluator import Evaluator
from probanda.encoders.smtlib.lower import lower
from probanda.encoders.smtlib.printer import script
from probanda.obligations.discharge.encode import prepare
from probanda.theories.definedness import defined
from probanda.theories.errors import Unsupported
from probanda.theories.normal.ereal import Unsupported as NoExtendedReals
from probanda.theories.terms import build as b
from probanda.theories.terms.sorts import BOOL, EREAL, FLOAT16, INT, REAL, Sort, bits
from probanda.theories.terms.term import Term
from tests.readings import ENVIRONMENT, number, scalar_facts
from tests.unit.terms_random import RING, SCALAR, Generator, literal

COUNT = max(60, int(os.environ.get("PROBANDA_FUZZ", "2000")) // 25)
SHARD = 60
PRODUCTS = ("", "linear", "euclid")  # interpreted; uninterpreted; division by symbols as well

CLASSES: dict[str, tuple[Sort, Sequence[Sort]]] = {
    "bool": (BOOL, (INT, REAL, bits(3))),
    "int": (INT, (INT, REAL)),
    "real": (REAL, (INT, REAL)),
    "ereal": (EREAL, (INT, REAL, EREAL, EREAL)),
    "ring": (RING, (INT, RING, RING)),
    "scalar": (SCALAR, (INT, SCALAR)),
    "bits 3": (bits(3), (INT, bits(3), bits(8))),
    "float16": (FLOAT16, (INT, FLOAT16)),
}


@pytest.mark.parametrize("shard", range(-(-COUNT // SHARD)))
@pytest.mark.parametrize("name", CLASSES)
def test_fuzz_lowering_is_sound(name: str, shard: int) -> None:
    sort, sorts = CLASSES[name]
    generator = Generator(1_000_003 * shard + 11, sorts)
    proved = checked = 0
    while checked < SHARD:
        t = generator.term(sort, 4)
        evaluator = Evaluator(ENVIRONMENT)
        if not bool(evaluator.scalar(defined(t, {})).data):
            continue
        value = number(evaluator.scalar(t).data, sort)
        truth = b.eq(t, value)
        other = literal(generator.random, sort)
        checked += 1
        for normal, products in product((False, True), PRODUCTS):
            try:
                for fact in (truth, *([b.negate(b.eq(t, other))] if other is not value else [])):
                    shown = f"{fact!r} holds and is refuted (normal form: {normal}, products: {products})"
                    assert _said(fact, normal, products) != "unsat", shown
                proved += not products and _said(b.negate(truth), normal, products) == "unsat"
            except (Unsupported, NoExtendedReals):
                continue
    assert proved > checked // 2, "the lowering proves next to nothing"


def _said(assertion: Term, normal: bool, products: str) -> str:
    reduced, _ = prepare(assertion, normal)
    lowered = lower([("assertion", reduced)], linear=bool(products), euclid=products == "euclid")
    text = script([*scalar_facts(), *lowered.assertions]).text
    z3: Any = import_module("z3")
    solver = z3.Solver(ctx=z3.Context())
    solver.set("timeout", 2000)
    solver.from_string(text)
    return str(solver.check())

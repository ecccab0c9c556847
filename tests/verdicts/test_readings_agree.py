"""The SMT reading of random closed terms agrees with the NumPy reading, floats bit for bit.

``PROBANDA_FUZZ`` sets how many terms of each element class are compared (2,000 unless told).
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest

from probanda.encoders.smtlib import table
from probanda.theories.terms.sorts import BFLOAT16, BOOL, EREAL, FLOAT16, FLOAT32, FLOAT64, INT, REAL, Sort, bits
from tests.readings import agree
from tests.unit.terms_random import NUMBERS, RING, SCALAR

COUNT = int(os.environ.get("PROBANDA_FUZZ", "2000"))
SHARD = 1000
MACHINE: tuple[Sort, ...] = (FLOAT16, FLOAT32, FLOAT64, bits(8), bits(3), bits(17))
"""What bitwuzla decides: no unbounded numbers."""

CLASSES: dict[str, tuple[Sort, Sequence[Sort]]] = {
    "bool": (BOOL, NUMBERS),
    "int": (INT, NUMBERS),
    "real": (REAL, NUMBERS),
    "ereal": (EREAL, (*NUMBERS, EREAL, EREAL, EREAL)),
    "ring": (RING, (*NUMBERS, RING, RING, RING)),
    "scalar": (SCALAR, (*NUMBERS, SCALAR, SCALAR, SCALAR)),
    "bits 1": (bits(1), (INT, bits(1), bits(8), FLOAT16)),
    "bits 8": (bits(8), NUMBERS),
    "bits 17": (bits(17), MACHINE),
    "float16": (FLOAT16, NUMBERS),
    "bfloat16": (BFLOAT16, NUMBERS),
    "float32": (FLOAT32, NUMBERS),
    "float64": (FLOAT64, NUMBERS),
    "float16 among machine types": (FLOAT16, MACHINE),
    "float32 among machine types": (FLOAT32, MACHINE),
    "float64 among machine types": (FLOAT64, MACHINE),
}


@pytest.mark.parametrize("shard", range(-(-COUNT // SHARD)))
@pytest.mark.parametrize("name", CLASSES)
def test_fuzz_readings_agree(name: str, shard: int) -> None:
    sort, sorts = CLASSES[name]
    count = min(SHARD, COUNT - shard * SHARD)
    outcome = agree(sort, sorts, seed=1_000_003 * shard + 7, count=count)
    assert not outcome.different, "\n".join(outcome.different[:5])
    assert outcome.compared == count
    assert outcome.solved["z3"] >= count


WRONG = [
    ("bool", table.FLOAT, "lt", "fp.leq"),
    ("float32", table.FLOAT, "eq", "fp.eq"),
    ("float16", table.ROUNDING, "ceil", "RTZ"),
    ("float16", table.DEFINED, ("min", "float"), "(ite (fp.lt a b) a b)"),
    ("bits 8", table.BITS, "ashr", "bvlshr"),
    ("bits 8", table.BITS, "rem", "bvsmod"),
    ("int", table.DEFINED, ("idiv", "int"), "(div a b)"),
    ("int", table.DEFINED, ("imod", "int"), "(mod a b)"),
    ("bool", table.INT, "le", "<"),
    ("bool", table.DEFINED, ("fits", "float"), "(fp.leq a {hi})"),
]


@pytest.mark.parametrize(("name", "entries", "key", "wrong"), WRONG, ids=[f"{w[0]} {w[2]}" for w in WRONG])
def test_a_wrong_table_is_noticed(
    monkeypatch: pytest.MonkeyPatch, name: str, entries: dict[object, str], key: object, wrong: str
) -> None:
    monkeypatch.setitem(entries, key, wrong)
    sort, sorts = CLASSES[name]
    assert agree(sort, sorts, seed=5, count=600).different

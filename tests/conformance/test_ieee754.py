"""The IEEE reference against NumPy, ml_dtypes and the C library, bit for bit; `docs/ieee754.md` lists what differs."""

from __future__ import annotations

import pytest

from probanda.theories.ieee754 import formats as f
from probanda.theories.ieee754.conformance import Conformance, Mismatch, NoRuntime, conformance, operations
from probanda.theories.ieee754.formats import Format
from probanda.theories.ieee754.reference import convert, from_integer
from probanda.theories.terms.sorts import BFLOAT16, FLOAT32, FLOAT64, FLOATS

PAIRS = 100_000
CASES = [(fmt, op) for fmt in FLOATS.values() for op in operations(fmt)]


@pytest.mark.parametrize(("fmt", "op"), CASES, ids=[f"{fmt.text}-{op}" for fmt, op in CASES])
def test_runtime_agrees(fmt: Format, op: str) -> None:
    found = conformance(op, fmt, PAIRS, seed=1)
    exhaustive = fmt.width == 16 and found.inputs == 1 << 16
    assert exhaustive or found.inputs > PAIRS
    unexplained = [m for m in found.examples if not explained(found, fmt, m)]
    assert not unexplained, unexplained
    assert found.mismatches == 0 or found.examples


def explained(found: Conformance, fmt: Format, m: Mismatch) -> bool:
    """The deviations that are documented, each by its exact nature."""
    if found.operation in ("min", "max"):  # which of two zeros is returned is left open by NumPy
        return all(f.is_zero(fmt, x) for x in (*m.operands, m.runtime, m.reference))
    if fmt is FLOAT64 and found.operation == "to_bfloat16":  # rounds to float32 first
        return m.runtime == convert(FLOAT32, BFLOAT16, convert(FLOAT64, FLOAT32, m.operands[0]))
    if fmt is BFLOAT16 and found.operation in ("of_int32", "of_int64"):  # likewise
        return m.runtime == convert(FLOAT32, BFLOAT16, from_integer(FLOAT32, m.operands[0]))
    return False


def test_rounding_twice_is_noticed() -> None:
    """The documented deviations are real: the samples find them."""
    assert conformance("to_bfloat16", FLOAT64, 3000, seed=1).mismatches
    assert conformance("of_int32", BFLOAT16, 10, seed=1).mismatches


def test_the_same_seed_gives_the_same_report() -> None:
    assert conformance("mul", FLOAT32, 1000, seed=3) == conformance("mul", FLOAT32, 1000, seed=3)


def test_what_no_runtime_has_is_said() -> None:
    with pytest.raises(NoRuntime):
        conformance("fma", BFLOAT16, 10)
    with pytest.raises(NoRuntime):
        conformance("frobnicate", FLOAT32, 10)
    with pytest.raises(NoRuntime):
        conformance("add", f.binary(3, 4), 10)

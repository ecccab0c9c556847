"""Known values: elements that follow from sizes and constants, whatever the data."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from probanda.ir import dims, known
from probanda.ir.builder import Builder
from probanda.ir.dtypes import BFLOAT16, BOOL, FLOAT, FLOAT16, INT64, DType
from probanda.ir.graph import Ref
from probanda.ir.params import Payload
from probanda.ir.types import tensor_type
from probanda.theories.terms import build as b
from probanda.theories.terms.term import Term


def elements(g: Builder, ref: Ref) -> Any:
    """The known elements in Python's terms: numbers, and sizes as terms; None if they are not known."""
    found = g.known.get(ref)
    if found is None:
        return None
    out = np.empty(found.shape, object)
    for i in np.ndindex(*found.shape):
        element: Any = found[i]
        term: Term = element
        out[i] = term.data if term.op == "lit" else term
    return out.tolist()


def start() -> tuple[Builder, Ref, Ref]:
    g = Builder("g")
    x = g.input("x", tensor_type(FLOAT, "n", 4))
    return g, x, g.add("Shape", x, name="shape")


def ints(g: Builder, values: Any) -> Ref:
    return g.const(g.fresh("c"), np.array(values, np.int64))


def floats(g: Builder, values: Any) -> Ref:
    return g.const(g.fresh("f"), np.array(values, np.float32))


def test_shapes_are_known() -> None:
    g, x, shape = start()
    assert elements(g, shape) == [dims.size("n"), 4]
    assert elements(g, x) is None
    assert elements(g, g.add("Size", x)) is dims.size(b.mul(dims.size("n"), b.integer(4)))
    assert elements(g, g.add("Shape", x, start=1)) == [4]


def test_arithmetic_on_sizes() -> None:
    g, _, shape = start()
    n = dims.size("n")
    assert elements(g, g.add("Add", shape, ints(g, [1, 2]))) == [dims.size(b.add(n, b.ONE)), 6]
    assert elements(g, g.add("Sub", shape, shape)) == [0, 0]
    assert elements(g, g.add("Div", g.add("Mul", shape, ints(g, 6)), ints(g, 3))) == [
        dims.size(b.mul(n, b.integer(2))),
        8,
    ]
    assert elements(g, g.add("ReduceProd", shape, keepdims=0)) is dims.size(b.mul(n, b.integer(4)))
    assert elements(g, g.add("Div", ints(g, [7, -7]), ints(g, 2))) == [3, -3]
    assert elements(g, g.add("Max", shape, ints(g, [1, 9]))) == [dims.size(b.maximum(n, b.ONE)), 9]


def test_undefined_operations_are_not_known() -> None:
    g, _, shape = start()
    assert elements(g, g.add("Div", ints(g, [1]), ints(g, [0]))) is None
    assert elements(g, g.add("Div", shape, g.add("Sub", shape, ints(g, [1, 1])))) is None  # n - 1 is 0 for n = 1
    assert elements(g, g.add("Gather", shape, ints(g, 2))) is None
    assert elements(g, g.add("Add", shape, g.input("i", tensor_type(INT64, 2)))) is None


def test_comparisons_that_hold_for_all_sizes() -> None:
    g, _, shape = start()
    for op, other, expected in (
        ("Greater", [0, 4], [True, False]), ("Less", [1, 5], [False, True]), ("Equal", [0, 4], [False, True]),
        ("Less", [2, 5], None), ("Equal", [7, 4], None), ("GreaterOrEqual", [1, 5], [True, False]),
    ):  # fmt: skip
        assert elements(g, g.add(op, shape, ints(g, other))) == expected, (op, other)


def test_large_and_symbolic_tensors_are_not_looked_into() -> None:
    g, x, _ = start()
    assert elements(g, ints(g, np.arange(known.LIMIT))) is not None
    assert elements(g, ints(g, np.arange(known.LIMIT + 1))) is None
    assert elements(g, g.add("Expand", ints(g, 0), ints(g, [known.LIMIT + 1]))) is None
    assert elements(g, g.add("Expand", ints(g, 0), g.add("Shape", x))) is None


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array([1.5, 0.0], np.float32), [Fraction(3, 2), 0]),
        (np.array(0.1, np.float32), Fraction(float(np.float32(0.1)))),
        (np.array(0.1, ml_dtypes.bfloat16), Fraction(float(ml_dtypes.bfloat16(0.1)))),
        (np.array([-0.0], np.float32), None),
        (np.array([np.inf], np.float32), None),
        (np.array([np.nan]), None),
        (np.array([True, False]), [True, False]),
        (np.array([2**64 - 1], np.uint64), [2**64 - 1]),
        (np.zeros((0, 2), np.int64), []),
    ],
)
def test_payloads(array: Any, expected: Any) -> None:
    found = known.of_payload(Payload(array))
    assert (found is None) == (expected is None)
    if found is not None:
        assert [t.data for t in found.flat] == (expected if isinstance(expected, list) else [expected])


NUMPY: dict[DType, Any] = {FLOAT: np.float32, FLOAT16: np.float16, BFLOAT16: ml_dtypes.bfloat16}
FINITE = st.one_of(st.sampled_from([0.0, 1.0, -1.0, 0.5, 3.0]), st.floats(-1e4, 1e4, width=16))


@given(st.sampled_from(list(NUMPY)), FINITE, FINITE, st.sampled_from(["Add", "Sub", "Mul", "Div"]))
def test_floats_that_are_known_are_those_of_the_machine(dtype: DType, x: float, y: float, op: str) -> None:
    g = Builder("g")
    a, c = np.array([x]).astype(NUMPY[dtype]), np.array([y]).astype(NUMPY[dtype])
    found = elements(g, g.add(op, g.const("a", a), g.const("c", c)))
    if found is None:
        return
    with np.errstate(all="ignore"):
        expected = {"Add": a + c, "Sub": a - c, "Mul": a * c, "Div": a / c}[op].item()
    assert found == [Fraction(expected)] and not (expected == 0 and np.signbit(expected)), (x, op, y)


def test_casts_that_are_known_round_once() -> None:
    g = Builder("g")
    wide = g.const("wide", np.array([1 + 2**-8 + 2**-40]))
    assert elements(g, g.add("Cast", wide, to=BFLOAT16)) in (None, [1 + Fraction(1, 2**7)])
    count = ints(g, [2**24 + 2**16 + 1])
    assert elements(g, g.add("Cast", count, to=BFLOAT16)) in (None, [2**24 + 2**17])
    assert elements(g, g.add("Cast", floats(g, [2.5, -2.5]), to=INT64)) == [2, -2]
    assert elements(g, g.add("Cast", ints(g, [0, 3]), to=BOOL)) == [False, True]
    assert elements(g, g.add("Cast", ints(g, [3]), to=FLOAT)) == [3]

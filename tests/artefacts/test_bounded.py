"""Decisions on computed numbers: what is equal over the reals is never told apart, what differs still is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from probanda.ir.builder import Builder
from probanda.ir.dtypes import BOOL, FLOAT, FLOAT16, INT64, Reading
from probanda.ir.graph import Graph, Ref
from probanda.ir.params import ParamStore
from probanda.ir.passes.compile import compile_graph
from probanda.ir.types import tensor_type
from probanda.obligations.artefacts.align.engine import align
from probanda.obligations.artefacts.bounded import Bounded, BoundedExecutor
from probanda.obligations.artefacts.meaning import Meaning, Meant
from probanda.obligations.claims import Verdict
from probanda.obligations.settings import Settings

Array = NDArray[Any]
Make = Callable[[Builder, Ref], Ref]
ROW = np.asarray([6.5, 13, 13.5, 26, 27, 28.5, 29.5, 0, 3, 1.1], np.float32)
X = np.stack([ROW, np.full(10, 13, np.float32), -ROW])
"""Ties, of numbers that float64 does not give back once they are divided by 99 and multiplied."""


def number(g: Builder, value: float) -> Ref:
    return g.const(g.fresh("c"), np.asarray(value, np.float32))


def plain(_: Builder, x: Ref) -> Ref:
    return x


def again(g: Builder, x: Ref) -> Ref:
    """The same number, computed."""
    return g.add("Mul", g.add("Div", x, number(g, 99)), number(g, 99))


def graph(make: Make) -> tuple[Graph, ParamStore]:
    g = Builder("g")
    return g.graph(y=make(g, g.input("x", tensor_type(FLOAT, "n", 10)))), g.params


def bounded(make: Make, x: Array = X, reading: Reading = Reading.REAL, **options: Any) -> Bounded:
    made, params = graph(make)
    return BoundedExecutor(compile_graph(made, params, reading), params, reading, **options).run({"x": x})["y"]


def after(op: str, **attrs: Any) -> Callable[[Make], Make]:
    return lambda same: lambda g, x: g.add(op, same(g, x), **attrs)


def sorted_by(same: Make) -> Make:
    """Positions of the largest of numbers that tie, one in each pair computed."""

    def make(g: Builder, x: Ref) -> Ref:
        pairs = g.add("Concat", same(g, x), x, axis=-1)
        return g.node("TopK", (pairs, g.const("k", np.asarray([7]))), ("values", "places"), {"axis": -1})[1]

    return make


def best(op: str) -> Callable[[Make], Make]:
    def tied(same: Make) -> Make:
        return lambda g, x: g.add(op, g.add("Concat", same(g, x), x, same(g, x), axis=-1), axis=-1, keepdims=0)

    return tied


def read_at_best(same: Make) -> Make:
    def make(g: Builder, x: Ref) -> Ref:
        twice = g.add("Concat", x, g.add("Add", x, number(g, 1)), axis=-1)
        at = g.add("ArgMax", g.add("Concat", same(g, x), x, axis=-1), axis=-1, keepdims=1)
        return g.add("GatherElements", twice, at, axis=-1)

    return make


def branch(same: Make) -> Make:
    def make(g: Builder, x: Ref) -> Ref:
        above = g.add("Greater", g.add("Sub", same(g, x), x), number(g, 0))
        return g.add("Where", above, number(g, 1), number(g, 0))

    return make


def branch_in_exponent(same: Make) -> Make:
    """What is chosen goes through a function that makes the one choice 0."""

    def make(g: Builder, x: Ref) -> Ref:
        above = g.add("GreaterOrEqual", same(g, x), x)
        return g.add("Exp", g.add("Where", above, number(g, 5), number(g, -1e30)))

    return make


def times_nothing(same: Make) -> Make:
    """An unknown number times one that is 0 but for its error."""

    def make(g: Builder, x: Ref) -> Ref:
        chosen = g.add("Where", g.add("GreaterOrEqual", same(g, x), x), number(g, 0), number(g, 1e30))
        return g.add("Mul", chosen, g.add("Sub", same(g, x), x))

    return make


def quantized(same: Make) -> Make:
    def make(g: Builder, x: Ref) -> Ref:
        scale, zero = number(g, 1), g.const("zero", np.asarray(0, np.int8))
        return g.add("DequantizeLinear", g.add("QuantizeLinear", same(g, x), scale, zero), scale, zero)

    return make


def narrowed(same: Make) -> Make:
    """At a tie of float16."""

    def make(g: Builder, x: Ref) -> Ref:
        tie = g.add("Add", g.add("Mul", x, number(g, 2)), number(g, 3150))
        return g.add("Cast", same(g, tie), to=FLOAT16.onnx)

    return make


def counted(same: Make) -> Make:
    """The mean of the elements that are no less than themselves."""

    def make(g: Builder, x: Ref) -> Ref:
        above = g.add("Cast", g.add("GreaterOrEqual", same(g, x), x), to=FLOAT.onnx)
        return g.add("Div", g.add("ReduceSum", above), number(g, 30))

    return make


TIES: Mapping[str, Callable[[Make], Make]] = {
    "Floor": after("Floor"),
    "Ceil": after("Ceil"),
    "Round": after("Round"),
    "Cast to int": after("Cast", to=INT64.onnx),
    "ArgMax": best("ArgMax"),
    "ArgMin": best("ArgMin"),
    "TopK": sorted_by,
    "Where": branch,
    "Exp of Where": branch_in_exponent,
    "0 times Where": times_nothing,
    "GatherElements": read_at_best,
    "quantize and dequantize": quantized,
    "Cast to float16": narrowed,
    "ReduceSum": counted,
    "Sign": lambda same: lambda g, x: g.add("Sign", g.add("Sub", same(g, x), x)),
    "Cast to bool": lambda same: lambda g, x: g.add("Cast", g.add("Sub", same(g, x), x), to=BOOL.onnx),
    "Mod": lambda same: lambda g, x: g.add("Mod", same(g, x), number(g, 1), fmod=1),
}


@pytest.mark.parametrize("reading", [Reading.REAL, Reading.EREAL], ids=lambda r: r.value)
@pytest.mark.parametrize("name", TIES)
def test_what_is_equal_over_the_reals_is_not_apart(name: str, reading: Reading) -> None:
    one, two = bounded(TIES[name](again), reading=reading), bounded(TIES[name](plain), reading=reading)
    assert (one.value != two.value).any()  # float64 does not decide as the reals do
    assert not one.apart(two).any() and not two.apart(one).any()


def shifted(by: float) -> Make:
    return lambda g, x: again(g, g.add("Add", g.add("Mul", x, number(g, 1.1)), number(g, by)))


@pytest.mark.parametrize("reading", [Reading.REAL, Reading.EREAL], ids=lambda r: r.value)
@pytest.mark.parametrize("name", ["Floor", "Ceil", "Round", "Cast to int", "quantize and dequantize", "Mod"])
def test_what_differs_is_apart(name: str, reading: Reading) -> None:
    one, two = (bounded(TIES[name](shifted(by)), reading=reading) for by in (0.3, 0.8))
    exact = np.isfinite(one.error) & (one.error < 1e-3)
    assert exact.mean() > 0.8
    assert one.apart(two).any() and (one.apart(two) <= (one.value != two.value)).all()


def test_positions_of_computed_extrema_are_decided() -> None:
    x = np.random.default_rng(3).standard_normal((4, 10)).astype(np.float32)

    def largest(g: Builder, x: Ref) -> Ref:
        k = g.const("k", np.asarray([10]))
        return g.node("TopK", (again(g, x), k), ("values", "places"), {"axis": -1})[1]

    best, order = bounded(after("ArgMax", axis=-1, keepdims=0)(again), x), bounded(largest, x)
    assert not best.error.any() and not order.error.any()
    assert (best.value == x.argmax(-1)).all() and (order.value == np.argsort(-x, axis=-1)).all()


def test_decisions_on_exact_numbers_are_exact() -> None:
    for name in ("Floor", "Round", "Cast to int", "ArgMax", "TopK", "Where", "GatherElements"):
        assert not bounded(TIES[name](plain)).error[..., :1].any()
    assert not bounded(after("Relu")(plain)).error.any()


def test_branches_that_meet_keep_the_bound_tight() -> None:
    """``x if x > 0 else 0`` of a number that is 0 but for its error."""

    def rectified(g: Builder, x: Ref) -> Ref:
        rest = g.add("Sub", again(g, x), x)
        zero = number(g, 0)
        return g.add("Where", g.add("Greater", rest, zero), rest, zero)

    assert (bounded(rectified).error <= 1e-13).all()


def test_an_undecided_index_makes_a_number_unknown() -> None:
    found = bounded(read_at_best(again))
    assert (found.error > 1e100).any() and found.value.dtype == np.float64


def double_angle(choose: Callable[[Builder, Ref, Ref], Ref], swap: bool) -> Make:
    """``choose`` between ``sin 2x`` and ``2 sin x cos x``, which are not shown to be equal."""

    def make(g: Builder, x: Ref) -> Ref:
        one = g.add("Sin", g.add("Add", x, x))
        other = g.add("Mul", number(g, 2), g.add("Mul", g.add("Sin", x), g.add("Cos", x)))
        return choose(g, other, one) if swap else choose(g, one, other)

    return make


def larger(g: Builder, a: Ref, c: Ref) -> Ref:
    return g.add("Where", g.add("Greater", a, c), number(g, 1), number(g, 0))


def first_of_largest(g: Builder, a: Ref, c: Ref) -> Ref:
    pairs = [g.add("Unsqueeze", v, g.const(g.fresh("axis"), np.asarray([-1]))) for v in (a, c)]
    return g.add("ArgMax", g.add("Concat", *pairs, axis=-1), axis=-1, keepdims=0)


def whole_difference(g: Builder, a: Ref, c: Ref) -> Ref:
    return g.add("Floor", g.add("Sub", a, c))


@pytest.mark.parametrize("choose", [larger, first_of_largest, whole_difference])
def test_ties_that_no_prover_sees_are_not_refuted(choose: Callable[[Builder, Ref, Ref], Ref]) -> None:
    settings = Settings(use_cache=False, jobs=1)
    found = align(*graph(double_angle(choose, False)), *graph(double_angle(choose, True)), settings)
    assert found.verdict is Verdict.UNKNOWN

    def sine(g: Builder, x: Ref) -> Ref:
        return choose(g, g.add("Sin", x), g.add("Cos", x))

    def swapped(g: Builder, x: Ref) -> Ref:
        return choose(g, g.add("Cos", x), g.add("Sin", x))

    assert align(*graph(sine), *graph(swapped), settings).verdict is Verdict.REFUTED


def test_a_coarser_format_decides_less() -> None:
    x = X + np.float32(1e-5)
    assert not bounded(after("Floor")(again), x).error[1].any()
    assert (bounded(after("Floor")(again), x, roundoff=2.0**-11).error[1] > 0).all()


def meant(make: Make, x: Array) -> Meant:
    made, params = graph(make)
    return Meaning(made, params, dict(made.outputs), Reading.REAL, rounded=True).run({"x": x})["y"]


def test_what_runtimes_decide_is_compared_where_it_is_decided() -> None:
    """Integers that are given as floats are what they are, though a runtime may rearrange what it does with them."""
    cast, other = meant(after("Cast", to=INT64.onnx)(plain), X), meant(after("Cast", to=INT64.onnx)(again), X)
    one_more = cast.exact.value + 1
    assert cast.away(one_more).all() and not cast.away(cast.exact.value).any()
    assert not other.away(one_more)[1].any() and not other.away(other.exact.value).any()
    assert other.away(one_more)[0, 2]  # 13.5


@pytest.mark.parametrize("name", ["Where", "Round", "quantize and dequantize"])
def test_what_runtimes_choose_is_within_the_distance_of_the_choices(name: str) -> None:
    one, two = meant(TIES[name](again), X), meant(TIES[name](plain), X)
    found = two.exact.value.astype(np.float32)
    assert (found != one.exact.value).any() and not one.away(found).any()
    assert one.away(found + np.float32(1e4)).any()


@pytest.mark.parametrize("reading", [Reading.REAL, Reading.EREAL], ids=lambda r: r.value)
def test_what_overflows_is_no_infinity(reading: Reading) -> None:
    there_and_back = bounded(lambda g, x: g.add("Log", g.add("Exp", g.add("Mul", x, number(g, 90)))), reading=reading)
    same = bounded(lambda g, x: g.add("Mul", x, number(g, 90)), reading=reading)
    assert np.isinf(there_and_back.value).any() and not there_and_back.apart(same).any()
    divided = bounded(lambda g, x: g.add("Div", number(g, 1), g.add("Mul", x, number(g, 0))), reading=reading)
    assert not divided.apart(same).any()

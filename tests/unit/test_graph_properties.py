"""Properties of values: what is refused, and exports that lose nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from probanda.ir.builder import Builder
from probanda.ir.dtypes import BFLOAT16, DOUBLE, FLOAT, FLOAT16, INT32, DType
from probanda.ir.errors import BadProperty, ForeignProperties, GraphError, UnknownName, WrongShape
from probanda.ir.graph import Graph, Ref
from probanda.ir.params import ParamStore
from probanda.ir.properties import Bounds, PropState, exact
from probanda.ir.types import tensor_type

KINDS = {FLOAT: np.float32, DOUBLE: np.float64, FLOAT16: np.float16, BFLOAT16: ml_dtypes.bfloat16}
X, Y, LEFT, RIGHT = Ref(0), Ref(2), Ref(3), Ref(3, 1)


def model(scale: float = 1.0) -> tuple[Graph, ParamStore]:
    g = Builder("g")
    x = g.input("x", tensor_type(FLOAT, "n", 4))
    y = g.add("Mul", x, g.const("w", np.full(4, scale, np.float32)), name="y")
    left, right = g.node("Split", [y], ["left", "right"], {"axis": 1, "num_outputs": 2})
    return g.graph(left, right), g.params


def floats(lower: object, upper: object, dtype: DType = FLOAT) -> Bounds:
    return Bounds(np.array(lower, KINDS[dtype]), np.array(upper, KINDS[dtype]), dtype)


def round_trip(state: PropState, params: ParamStore | None = None) -> PropState:
    text = state.to_json()
    found = PropState.from_json(text, state.graph, params)
    assert found.to_json() == text
    return found


def test_every_kind_of_property() -> None:
    graph, params = model()
    state = PropState(graph, params)
    state.set(X, "range", floats([-np.inf, -0.0, 0.0, 1e-45], [np.inf, 0.0, -0.0, 3.4e38]))
    state.set(X, "finite", True)
    state.set(Y, "range", exact(Fraction(-1, 3), 10**40))
    state.set(RIGHT, "from", 'a "text"\n')
    state.set(LEFT, "range", exact([[0, 0]], [[1, Fraction(7, 5)]]))
    found = round_trip(state, params)
    assert found == state
    bounds = found.get(X, "range")
    assert isinstance(bounds, Bounds) and np.signbit(bounds.lower[1]) and not np.signbit(bounds.lower[2])
    assert found.of(Y) == {"range": exact(Fraction(-1, 3), 10**40)}
    assert [(ref, name) for ref, name, _ in found] == [
        (X, "finite"), (X, "range"), (Y, "range"), (LEFT, "range"), (RIGHT, "from"),
    ]  # fmt: skip
    state.remove(RIGHT, "from")
    state.remove(RIGHT, "absent")
    assert state != found and state.of(RIGHT) == {}


def test_format() -> None:
    graph, _ = model()
    state = PropState(graph)
    state.set(Y, "a", exact([0, 0, 0, Fraction(-1, 2)], [1, 1, 1, 1]))
    state.set(Y, "b", floats(-0.0, 1.0))
    assert json.loads(state.to_json())["values"]["%2"] == {
        "a": {
            "kind": "rational", "shape": [4],
            "lower": ["0/1", "0/1", "0/1", "-1/2"], "upper": ["1/1", "1/1", "1/1", "1/1"],
        },
        "b": {"kind": "float32", "shape": [], "lower": ["80000000"], "upper": ["3f800000"]},
    }  # fmt: skip


@given(st.data(), st.sampled_from([FLOAT, DOUBLE, FLOAT16]), st.sampled_from([(), (4,), (1, 4), (1, 1)]))
def test_float_bounds_come_back_to_the_bit(data: st.DataObject, dtype: DType, shape: tuple[int, ...]) -> None:
    arrays = hnp.arrays(KINDS[dtype], shape, elements=st.floats(allow_nan=False, width=dtype.width))  # type: ignore[arg-type]
    a, c = data.draw(arrays), data.draw(arrays)
    state = PropState(model()[0])
    state.set(X, "range", Bounds(np.minimum(a, c), np.maximum(a, c), dtype))
    found = round_trip(state).get(X, "range")
    assert isinstance(found, Bounds) and found.lower.tobytes() == np.minimum(a, c).tobytes()
    assert found.lower.dtype == a.dtype and found.lower.shape == shape


@given(st.lists(st.tuples(st.fractions(), st.fractions()), min_size=4, max_size=4))
def test_rational_bounds_come_back(pairs: list[tuple[Fraction, Fraction]]) -> None:
    state = PropState(model()[0])
    state.set(X, "range", exact([min(p) for p in pairs], [max(p) for p in pairs]))
    assert round_trip(state) == state


def test_bfloat16() -> None:
    state = PropState(model()[0])
    state.set(X, "range", floats(-1.0, np.inf, BFLOAT16))
    assert round_trip(state) == state and '"bf80"' in state.to_json()


BAD_BOUNDS: dict[str, Callable[[], object]] = {
    "NaN": lambda: floats([0.0, np.nan], [1.0, 1.0]),
    "NaN above": lambda: floats(0.0, np.nan, BFLOAT16),
    "order": lambda: floats([0.0, 2.0], [1.0, 1.0]),
    "exact order": lambda: exact(Fraction(1, 3), Fraction(1, 4)),
    "two shapes": lambda: floats([0.0], 1.0),
    "floats as exact": lambda: exact(0.5, 1),
    "floats without format": lambda: Bounds(np.zeros(2), np.ones(2)),
    "another format": lambda: Bounds(np.zeros(2), np.ones(2), FLOAT),
    "integers": lambda: Bounds(np.zeros(2, np.int32), np.ones(2, np.int32), INT32),
}


@pytest.mark.parametrize("make", BAD_BOUNDS.values(), ids=BAD_BOUNDS)
def test_bounds_that_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises(BadProperty):
        make()


@pytest.mark.parametrize(
    ("ref", "bounds", "error"),
    [
        (Ref(9), exact(0, 1), UnknownName),
        (Ref(-1), exact(0, 1), UnknownName),
        (Ref(0, 1), exact(0, 1), UnknownName),
        (X, exact([0] * 3, [1] * 3), WrongShape),
        (X, exact([[[0]]], [[[1]]]), WrongShape),
        (X, exact([[0] * 4] * 2, [[1] * 4] * 2), WrongShape),  # the first size is a symbol
    ],
)
def test_properties_that_the_graph_cannot_have(ref: Ref, bounds: Bounds, error: type[GraphError]) -> None:
    state = PropState(model()[0])
    with pytest.raises(error):
        state.set(ref, "range", bounds)
    assert list(state) == []


def test_unknown_values_have_no_properties() -> None:
    with pytest.raises(UnknownName):
        PropState(model()[0]).get(Ref(7), "range")


def test_another_graph() -> None:
    graph, params = model()
    text = PropState(graph, params).to_json()
    assert PropState.from_json(text, *model()).digest == PropState(graph, params).digest
    for other in (model(2.0), (graph, None), (Graph("h", graph.nodes, graph.outputs), params)):
        with pytest.raises(ForeignProperties):
            PropState.from_json(text, *other)


def exported(change: Callable[[dict[str, Any]], object]) -> str:
    state = PropState(model()[0])
    state.set(X, "range", floats([0.0] * 4, [1.0] * 4))
    data = json.loads(state.to_json())
    change(data)
    return json.dumps(data)


def bounds_of(data: dict[str, Any]) -> dict[str, Any]:
    return data["values"]["%0"]["range"]


BAD_EXPORTS: dict[str, tuple[Callable[[dict[str, Any]], object], type[GraphError]]] = {
    "format": (lambda d: d.update(format=2), BadProperty),
    "field": (lambda d: d.update(more=1), BadProperty),
    "graph": (lambda d: d.update(graph=1), BadProperty),
    "value": (lambda d: d["values"].update({"%9": {}}), UnknownName),
    "list": (lambda d: d["values"].update({"%0": []}), BadProperty),
    "number": (lambda d: d["values"]["%0"].update(a=3), BadProperty),
    "null": (lambda d: d["values"]["%0"].update(a=None), BadProperty),
    "kind": (lambda d: bounds_of(d).update(kind="int32"), BadProperty),
    "other kind": (lambda d: bounds_of(d).update(kind="rational"), BadProperty),
    "width": (lambda d: bounds_of(d).update(kind="float64"), BadProperty),
    "shape": (lambda d: bounds_of(d).update(shape=[3]), BadProperty),
    "negative shape": (lambda d: bounds_of(d).update(shape=[-4]), BadProperty),
    "another shape": (lambda d: bounds_of(d).update(shape=[2, 2]), WrongShape),
    "sign": (lambda d: bounds_of(d)["lower"].__setitem__(0, "+0000000"), BadProperty),
    "NaN": (lambda d: bounds_of(d)["lower"].__setitem__(0, "7fc00000"), BadProperty),
    "order": (lambda d: bounds_of(d)["lower"].__setitem__(0, "40000000"), BadProperty),
}


@pytest.mark.parametrize(("change", "error"), BAD_EXPORTS.values(), ids=BAD_EXPORTS)
def test_exports_that_are_refused(change: Callable[[dict[str, Any]], object], error: type[GraphError]) -> None:
    with pytest.raises(error):
        PropState.from_json(exported(change), model()[0])
    assert PropState.from_json(exported(lambda _: None), model()[0]).of(X)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"format": 1, "format": 1}', "NaN", "[" * 100000])
def test_texts_that_are_no_export(text: str) -> None:
    with pytest.raises(BadProperty):
        PropState.from_json(text, model()[0])


@pytest.mark.parametrize("ratio", ["1", "1/0", "2/4", " 1/2", "1/-2", "a/b", "1_0/3"])
def test_ratios_that_are_refused(ratio: str) -> None:
    side = [ratio] * 4
    bounds = {"kind": "rational", "shape": [4], "lower": side, "upper": side}
    with pytest.raises(BadProperty):
        PropState.from_json(exported(lambda d: d["values"]["%0"].update(range=bounds)), model()[0])

"""Ill-formed graphs: each thing that can be wrong has an error of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from graph_samples import mlp
from hypothesis import given
from hypothesis import strategies as st

from probanda.ir import dims
from probanda.ir.checks import check, problems
from probanda.ir.dtypes import BFLOAT16, BOOL, DOUBLE, FLOAT, FLOAT16, INT64
from probanda.ir.errors import (
    BadArity,
    BadAttribute,
    BadNodeId,
    Cycle,
    DoublePayload,
    DuplicateName,
    ForwardParent,
    GraphError,
    MissingKey,
    MissingPayload,
    UnknownName,
    UnsupportedOperator,
    WrongDType,
    WrongShape,
)
from probanda.ir.graph import CONST, INPUT, Graph, Node, Ref
from probanda.ir.operators import Attr
from probanda.ir.params import ParamStore
from probanda.ir.text import read, write
from probanda.ir.types import TensorType, tensor_type

X34 = tensor_type(FLOAT, 3, 4)


def node(k: int, op: str, *parents: int | Ref | None, type_: TensorType = X34, name: str = "", **attrs: Attr) -> Node:
    refs = tuple(Ref(p) if isinstance(p, int) else p for p in parents)
    return Node(k, op, refs, attrs, (type_,), (name or f"v{k}",))


def graph(*nodes: Node, outputs: Iterable[tuple[str, Ref]] | None = None) -> Graph:
    last = [(nodes[-1].name, Ref(len(nodes) - 1))] if nodes else []
    return Graph("g", nodes, tuple(last if outputs is None else outputs))


def x(k: int = 0, type_: TensorType = X34) -> Node:
    return node(k, INPUT, type_=type_)


def found(g: Graph, params: ParamStore | None = None) -> list[type[GraphError]]:
    return [type(e) for e in problems(g, params)]


def test_valid_graphs() -> None:
    assert found(*mlp()) == []
    check(*mlp())
    assert found(graph()) == []
    assert found(graph(x(), node(1, "Relu", 0))) == []


TWO = replace(node(1, "Split", 0, axis=1, num_outputs=2), types=(tensor_type(FLOAT, 3, 2),) * 2, names=("l", "r"))
CASES: dict[str, tuple[Graph, list[type[GraphError]]]] = {
    "id": (graph(x(), node(2, "Relu", 0)), [BadNodeId]),
    "id taken": (graph(x(), node(0, "Relu", 0, name="y")), [BadNodeId]),
    "parent that is not there": (graph(x(), node(1, "Relu", 5)), [BadNodeId]),
    "negative parent": (graph(x(), node(1, "Relu", -1)), [BadNodeId]),
    "value that is not there": (graph(x(), node(1, "Relu", Ref(0, 1))), [BadArity]),
    "negative value": (graph(x(), node(1, "Relu", Ref(0, -1))), [BadArity]),
    "output of no node": (graph(x(), outputs=[("y", Ref(1))]), [BadNodeId]),
    "output of no value": (graph(x(), outputs=[("y", Ref(0, 1))]), [BadArity]),
    "two outputs of one name": (graph(x(), outputs=[("y", Ref(0)), ("y", Ref(0))]), [DuplicateName]),
    "too few operands": (graph(x(), node(1, "MatMul", 0)), [BadArity]),
    "too many operands": (graph(x(), node(1, "Relu", 0, 0)), [BadArity]),
    "required operand left out": (graph(x(), node(1, "MatMul", None, 0)), [BadArity]),
    "too many values": (graph(x(), replace(node(1, "Relu", 0), types=(X34, X34), names=("a", "c"))), [BadArity]),
    "names and values": (graph(x(), replace(node(1, "Relu", 0), names=())), [BadArity]),
    "input with a parent": (graph(x(), node(1, INPUT, 0)), [BadArity]),
    "constant with two values": (graph(replace(node(0, CONST), types=(X34, X34), names=("a", "c"))), [BadArity]),
    "constant with a parent": (graph(x(), node(1, CONST, 0)), [BadArity]),
    "input with an attribute": (graph(node(0, INPUT, axis=1)), [BadAttribute]),
    "unnamed input": (graph(replace(x(), names=("",)), outputs=[]), [UnknownName]),
    "unnamed constant": (graph(replace(node(0, CONST), names=("",)), outputs=[]), [UnknownName]),
    "forward parent": (graph(x(), node(1, "Relu", 2), x(2)), [ForwardParent]),
    "itself": (graph(x(), node(1, "Relu", 1)), [Cycle]),
    "circle": (graph(node(0, "Relu", 2), node(1, "Neg", 0), node(2, "Exp", 1)), [Cycle]),
    "circle of two": (graph(x(), node(1, "Add", 0, 2), node(2, "Neg", 1)), [Cycle]),
    "circle and forward": (graph(node(0, "Relu", 1), node(1, "Neg", 0), node(2, "Exp", 3), x(3)), [Cycle, ForwardParent]),
    "operands do not fit": (graph(x(), node(1, "MatMul", 0, 0)), [WrongShape]),
    "declared shape": (graph(x(), node(1, "Relu", 0, type_=tensor_type(FLOAT, 4, 3))), [WrongShape]),
    "declared rank": (graph(x(), node(1, "Relu", 0, type_=tensor_type(FLOAT, 12))), [WrongShape]),
    "declared symbol": (graph(x(), node(1, "Relu", 0, type_=tensor_type(FLOAT, "n", 4))), [WrongShape]),
    "declared type": (graph(x(), node(1, "Relu", 0, type_=tensor_type(DOUBLE, 3, 4))), [WrongDType]),
    "mixed types": (graph(x(), x(1, tensor_type(DOUBLE, 3, 4)), node(2, "Add", 0, 1)), [WrongDType]),
    "type not taken": (graph(x(0, tensor_type(BOOL, 3)), node(1, "Exp", 0, type_=tensor_type(BOOL, 3))), [WrongDType]),
    "two values of one name": (graph(x(), node(1, "Relu", 0, name="v0")), [DuplicateName]),
    "two values of one node": (graph(x(), replace(TWO, names=("l", "l")), outputs=[]), [DuplicateName]),
    "unknown operator": (graph(x(), node(1, "Sort", 0)), [UnsupportedOperator]),
    "unknown attribute": (graph(x(), node(1, "Relu", 0, slope=0.1)), [BadAttribute]),
    "missing attribute": (graph(x(), node(1, "Cast", 0)), [BadAttribute]),
    "attribute of the wrong type": (graph(x(), node(1, "Softmax", 0, axis="1")), [BadAttribute]),
    "axis out of range": (graph(x(), node(1, "Softmax", 0, axis=2)), [BadAttribute]),
    "no key": (graph(x(), node(1, "RandomNormalLike", 0)), [BadAttribute]),
    "empty key": (graph(x(), node(1, "RandomNormalLike", 0, key="")), [MissingKey]),
    "key of another kind": (graph(x(), node(1, "RandomNormalLike", 0, key=3)), [BadAttribute]),
    "two nodes of one key": (
        graph(x(), node(1, "RandomNormalLike", 0, key="k"), node(2, "RandomUniformLike", 1, key="k")),
        [MissingKey],
    ),
    "two faults": (graph(x(), node(1, "Sort", 0), node(2, "Relu", 0, slope=1)), [UnsupportedOperator, BadAttribute]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_each_case_has_its_own_error(case: str) -> None:
    g, expected = CASES[case]
    assert sorted({e.__name__ for e in found(g)}) == sorted(e.__name__ for e in expected)
    with pytest.raises(found(g)[0]) as error:
        check(g)
    assert error.value.where


def test_places() -> None:
    (error,) = problems(CASES["unknown operator"][0])
    assert str(error) == "Sort v1: error[PB612]: operator Sort has no denotation here"


def test_sizes_agree_for_all_values_of_the_symbols() -> None:
    wide = TensorType(FLOAT, (dims.size("n"), dims.size(2)))
    flat = [x(0, wide), node(1, "Reshape", 0, None, shape=(-1,), type_=TensorType(FLOAT, (dims.product(wide.shape),)))]
    assert found(graph(*flat)) == []
    assert found(graph(flat[0], replace(flat[1], types=(tensor_type(FLOAT, "n"),)))) == [WrongShape]


# -- payloads --


def constants(*arrays: tuple[str, Any]) -> tuple[Graph, ParamStore]:
    params = ParamStore()
    for name, array in arrays:
        params.add(name, np.asarray(array))
    return graph(node(0, CONST, name="w", type_=tensor_type(FLOAT, 2))), params


@pytest.mark.parametrize(
    ("arrays", "expected"),
    [
        ([("w", np.zeros(2, np.float32))], []),
        ([], [MissingPayload]),
        ([("v", np.zeros(2, np.float32))], [MissingPayload, DoublePayload]),
        ([("w", np.zeros(2, np.float32)), ("v", np.zeros(2))], [DoublePayload]),
        ([("w", np.zeros(2))], [WrongDType]),
        ([("w", np.zeros(3, np.float32))], [WrongShape]),
        ([("w", np.zeros((2, 1), np.float32))], [WrongShape]),
    ],
)
def test_payloads(arrays: list[tuple[str, Any]], expected: list[type[GraphError]]) -> None:
    g, params = constants(*arrays)
    assert found(g, params) == expected
    assert found(g) == [], "payloads are looked at only where they are given"


def test_stores() -> None:
    _, params = constants(("w", np.zeros(2, np.float32)))
    with pytest.raises(DoublePayload):
        params.add("w", np.zeros(2, np.float32))
    with pytest.raises(MissingPayload):
        params["v"]
    with pytest.raises(WrongDType):
        params.add("c", np.zeros(2, np.complex64))
    with pytest.raises(WrongDType):
        params.add("d", np.zeros(2, np.float32), DOUBLE)
    assert list(params) == ["w"] and len(params) == 1 and "v" not in params


def test_digests_tell_types_shapes_and_elements_apart() -> None:
    arrays: list[Any] = [
        np.zeros(2, np.float32), np.zeros((2, 1), np.float32), np.zeros((1, 2), np.float32), -np.zeros(2, np.float32),
        np.zeros(2, np.int32), np.zeros(2, np.uint32), np.zeros(1), np.zeros((0, 2), np.float32), np.zeros((2, 0), np.float32),
        np.zeros(4, np.float16), np.zeros(4, ml_dtypes.bfloat16), np.zeros((), np.float32),
    ]  # fmt: skip
    params = ParamStore()
    digests = {params.add(f"p{k}", a).sha256 for k, a in enumerate(arrays)}
    assert len(digests) == len(arrays)
    grid = np.arange(6, dtype=np.int32).reshape(2, 3)
    assert params.add("plain", grid.T.copy()).sha256 == params.add("view", grid.T).sha256
    assert params.add("big", grid.astype(">i4")).sha256 == params.add("little", grid.astype("<i4")).sha256


# -- mutations --


def mutations(n: Node, count: int) -> dict[str, Callable[[], Node]]:
    """Every field of a node, changed."""
    refs: list[Ref | None] = [None, Ref(-1), Ref(count), Ref(0, 1), *[Ref(k) for k in range(count)]]
    kinds = [FLOAT, DOUBLE, FLOAT16, BFLOAT16, INT64, BOOL]
    out: dict[str, Callable[[], Node]] = {
        "id": lambda: replace(n, id=n.id + 1),
        "name": lambda: replace(n, names=("x", *n.names[1:])),
        "no name": lambda: replace(n, names=("", *n.names[1:])),
        "names": lambda: replace(n, names=(*n.names, "more")),
        "types": lambda: replace(n, types=(*n.types, n.types[0]), names=(*n.names, "more")),
        "fewer": lambda: replace(n, types=n.types[1:], names=n.names[1:]),
        "more parents": lambda: replace(n, parents=(*n.parents, Ref(0))),
        "less parents": lambda: replace(n, parents=n.parents[:-1]),
        "attribute": lambda: replace(n, attrs={**n.attrs, "surplus": 1}),
        "rank": lambda: replace(n, types=(TensorType(n.types[0].dtype, (*n.types[0].shape, dims.size(1))), *n.types[1:])),
    }  # fmt: skip
    for op in ("Relu", "MatMul", "Identity", INPUT, CONST, "None"):
        out[f"op {op}"] = lambda op=op: replace(n, op=op)
    for k in range(len(n.parents)):
        for r in refs:
            out[f"parent {k} {r}"] = lambda k=k, r=r: replace(n, parents=(*n.parents[:k], r, *n.parents[k + 1 :]))
    for kind in kinds:
        out[f"dtype {kind}"] = lambda kind=kind: replace(n, types=(TensorType(kind, n.types[0].shape), *n.types[1:]))
    for axis in range(n.types[0].rank):
        for size in (0, 1, 7, "n"):
            shape = list(n.types[0].shape)
            shape[axis] = dims.size(size)
            out[f"size {axis} {size}"] = lambda sh=tuple(shape): replace(
                n, types=(TensorType(n.types[0].dtype, sh), *n.types[1:])
            )
    for key in n.attrs:
        for value in (None, -1, 0.5, "q", (), (1, 1), FLOAT):
            out[f"{key} = {value!r}"] = lambda key=key, value=value: replace(n, attrs={**n.attrs, key: value})
    return out


@given(st.data())
def test_mutations_are_rejected_or_leave_a_graph_that_checks(data: st.DataObject) -> None:
    g, params = mlp()
    n = data.draw(st.sampled_from(g.nodes))
    changes = mutations(n, len(g.nodes))
    changed = changes[data.draw(st.sampled_from(sorted(changes)))]()
    mutant = Graph(g.name, tuple(changed if m is n else m for m in g.nodes), g.outputs)
    errors = list(problems(mutant, params))
    assert all(e.code and str(e) for e in errors)
    if errors:
        with pytest.raises(type(errors[0])):
            check(mutant, params)
        return
    assert read(write(mutant, params), params) == mutant
    assert [mutant.type(r) for r in mutant.values()]

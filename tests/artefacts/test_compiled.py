"""Compiled graphs: what the compiler makes is aligned; what was tampered with is not, and gives another result somewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from probanda.ir.builder import Builder
from probanda.ir.dtypes import FLOAT, INT64, DType
from probanda.ir.exec_graph import Argument, ExecGraph, Instruction, Load
from probanda.ir.graph import Graph
from probanda.ir.params import ParamStore
from probanda.ir.passes.compile import compile_graph
from probanda.ir.types import tensor_type
from probanda.obligations.artefacts.compiled import align_compiled, deviation
from probanda.obligations.artefacts.execute import Executor, tracing
from probanda.obligations.claims import Verdict
from probanda.obligations.settings import Settings

QUICK = Settings(timeout=2.0, use_cache=False)


def layer() -> tuple[Graph, ParamStore]:
    """``softmax(relu(x·w + b) - x·v)`` along the last axis, and the sums of the first term."""
    g = Builder("layer")
    rng = np.random.default_rng(0)
    x = g.input("x", tensor_type(FLOAT, "batch", 3, 4))
    w, v = (g.const(n, rng.standard_normal((4, 4)).astype(np.float32)) for n in "wv")
    bias, other = (g.const(n, rng.standard_normal(4).astype(np.float32)) for n in ("bias", "other"))
    h = g.add("Relu", g.add("Add", g.add("MatMul", x, w, name="xw"), bias, name="biased"), name="h")
    z = g.add("Sub", h, g.add("MatMul", x, v, name="xv"), name="z")
    y = g.add("Softmax", z, axis=-1, name="y")
    axes = g.const("axes", np.array([2], np.int64))
    s = g.add("ReduceSum", g.add("Mul", h, other, name="scaled"), axes, name="s", keepdims=0)
    return g.graph(y, s), g.params


def compiled() -> tuple[ExecGraph, Graph, ParamStore]:
    graph, params = layer()
    return compile_graph(graph, params), graph, params


def edit(
    c: ExecGraph, where: Callable[[Load | Instruction], bool], change: Callable[[Any], Load | Instruction]
) -> ExecGraph:
    """``c`` with the one step that ``where`` selects replaced."""
    chosen = [k for k, s in enumerate(c.steps) if where(s)]
    assert len(chosen) == 1, [getattr(c.steps[k], "label", "load") for k in chosen]
    steps = list(c.steps)
    made = change(steps[chosen[0]])
    assert made != steps[chosen[0]]
    steps[chosen[0]] = made
    return replace(c, steps=tuple(steps))


def computes(name: str) -> Callable[[Load | Instruction], bool]:
    return lambda s: isinstance(s, Instruction) and s.label.endswith(f" {name}")


def loads(name: str) -> Callable[[Load | Instruction], bool]:
    return lambda s: isinstance(s, Load) and s.name == name


def swapped(s: Instruction, one: int, two: int) -> Instruction:
    """The instruction with the places of two of its operands exchanged."""
    other = {one: two, two: one}
    return replace(s, arguments=tuple(Argument(a.name, other.get(a.buffer, a.buffer)) for a in s.arguments))


def swapped_parents(c: ExecGraph) -> ExecGraph:
    return edit(c, computes("z"), lambda s: swapped(s, s.arguments[0].buffer, s.arguments[-1].buffer))


def wrong_payload(c: ExecGraph) -> ExecGraph:
    other = next(s for s in c.steps if loads("v")(s))
    assert isinstance(other, Load)
    return edit(c, loads("w"), lambda s: replace(s, name="v", sha256=other.sha256))


def wrong_axis(c: ExecGraph) -> ExecGraph:
    """The softmax along axis 1, in a step that claims to be along the last."""
    g = Builder("wrong")
    z = g.input("z", tensor_type(FLOAT, "batch", 3, 4))
    graph = g.graph(g.add("Softmax", z, axis=1, name="y"))
    (wrong,) = compile_graph(graph, g.params).instructions
    return edit(c, computes("y"), lambda s: replace(s, terms=wrong.terms))


def stale_buffer(c: ExecGraph) -> ExecGraph:
    """``xv`` is written over ``h``, which is still to be read."""
    h = next(s for s in c.steps if computes("h")(s))
    assert isinstance(h, Instruction)
    old = next(s for s in c.steps if computes("xv")(s))
    assert isinstance(old, Instruction)
    moved = edit(c, computes("xv"), lambda s: replace(s, results=h.results))
    return edit(moved, computes("z"), lambda s: replace(
        s, arguments=tuple(Argument(a.name, h.results[0] if a.buffer == old.results[0] else a.buffer) for a in s.arguments)
    ))  # fmt: skip


def dropped_output(c: ExecGraph) -> ExecGraph:
    return replace(c, outputs=c.outputs[:1])


def swapped_outputs(c: ExecGraph) -> ExecGraph:
    (y, at, type_), (s, other, kind) = c.outputs
    return replace(c, outputs=((y, other, type_), (s, at, kind)))


TWINS = [swapped_parents, wrong_payload, wrong_axis, stale_buffer, dropped_output, swapped_outputs]


def test_what_the_compiler_makes_is_aligned() -> None:
    c, graph, params = compiled()
    found = align_compiled(c, graph, params)
    assert found.aligned and found.shown == found.steps == len(c.steps) + 2
    assert str(found) == f"compiled graph aligned: {found.steps} of {found.steps} steps"
    assert found.deviation is None and deviation(c, graph, params) is None


@pytest.mark.parametrize("twin", TWINS)
def test_tampering_is_found(twin: Callable[[ExecGraph], ExecGraph]) -> None:
    c, graph, params = compiled()
    wrong = twin(c)
    found = align_compiled(wrong, graph, params, settings=QUICK)
    assert not found.aligned and found.shown < found.steps
    assert str(found).startswith("compiled graph not aligned: ")
    d = found.deviation
    assert d is not None
    reference, names = tracing(graph, params)
    meant = reference.run(d.inputs)[{r: n for n, r in names.items()}[dict(graph.outputs)[d.output]]]
    if d.element is not None:  # run anew, it gives another result at that element
        given = Executor(wrong, params).run(d.inputs)[d.output]
        assert given[d.element] != meant[d.element]
    else:
        assert twin in (dropped_output, swapped_outputs, stale_buffer)


def test_a_payload_that_changed_is_found() -> None:
    c, graph, params = compiled()
    changed = ParamStore()
    for name, payload in params.items():
        changed.add(name, payload.array + np.float32(1) if name == "w" else payload.array)
    found = align_compiled(c, graph, changed, settings=QUICK)
    assert [u.where for u in found.unaligned] == ["load of w"]


def sums(dtype: DType) -> tuple[ExecGraph, Graph, ParamStore]:
    """``x + y``, compiled with the operands exchanged."""
    g = Builder("sums")
    x, y = (g.input(n, tensor_type(dtype, "n")) for n in "xy")
    graph = g.graph(g.add("Add", x, y, name="s"))
    c = compile_graph(graph, g.params)
    return edit(c, computes("s"), lambda s: swapped(s, *[a.buffer for a in s.arguments])), graph, g.params


@pytest.mark.parametrize("dtype", [INT64, FLOAT])
def test_equal_in_another_form_is_shown_by_solvers(dtype: DType) -> None:
    found = align_compiled(*sums(dtype), settings=QUICK)
    assert found.aligned and found.identical == 0 and found.obligations
    assert all(o.verdict is Verdict.PROVED and o.solvers for o in found.obligations)


def test_no_answer_is_no_proof() -> None:
    """2 is a payload and no literal: the solver does not know it, so ``x + x`` is not shown to be ``x * two``."""
    g = Builder("doubling")
    x, two = g.input("x", tensor_type(INT64, "n")), g.const("two", np.array(2, np.int64))
    graph = g.graph(g.add("Mul", x, two, name="y"))
    adds, _, _ = sums(INT64)
    c = compile_graph(graph, g.params)
    place = next(s.result for s in c.steps if isinstance(s, Load) and s.name == "x")
    (sum_of,) = adds.instructions
    arguments = tuple(Argument(a.name, place) for a in sum_of.arguments)
    wrong = edit(c, computes("y"), lambda s: replace(s, terms=sum_of.terms, arguments=arguments))
    found = align_compiled(wrong, graph, g.params, settings=QUICK)
    assert not found.aligned and found.deviation is None and found.obligations

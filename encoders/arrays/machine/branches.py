"""Conditionals: decided, made by pieces along an axis of the outputs, or selected element by element."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ....theories.terms.sorts import BOOL, INT, FnSort, TupleSort
from ....theories.terms.term import Term
from .graph import Ref, conjuncts, positions, union
from .reads import filled
from .values import Choice, Frame, Record, Scalar, Steps, Value, narrowed, restrict, scalar

if TYPE_CHECKING:
    from .compiler import Compiler

RUNS = 8
"""A condition on one output axis with at most so many runs is made by pieces."""


def conditional(compiler: Compiler, t: Term, frame: Frame) -> Steps:
    """The steps of an ``ite``."""
    (given,) = yield [(t.args[0], frame)]
    condition, yes, no = scalar(given), t.args[1], t.args[2]
    c = condition.ref
    if c.literal is not None:
        (value,) = yield [(yes if c.literal else no, frame)]
        return compiler.marked(value, condition.undefined)
    if isinstance(t.sort, FnSort | TupleSort) or t.sort in (INT, BOOL):
        a, b = yield [(yes, frame), (no, frame)]
        return choose(compiler, condition, a, b)
    if c.node.op in ("or", "not"):
        c, yes, no = compiler.graph.negation(c), no, yes
        if c.node.op == "not":
            c = compiler.graph.all([compiler.graph.negation(p) for p in c.argument(0).arguments()])
    value = yield from _pieces(compiler, conjuncts(c), yes, no, frame)
    return compiler.marked(value, condition.undefined)


def _pieces(compiler: Compiler, tests: list[Ref], yes: Term, no: Term, frame: Frame) -> Steps:
    """``if all tests then yes else no``; a test on one axis of the outputs is decided run by run."""
    graph = compiler.graph
    own = [p for p in tests if len(p.axes) == 1 and p.axes[0] < compiler.outer and p.node.constant]
    number = own[0].axes[0] if own else -1
    here = [p for p in own if p.axes[0] == number]
    runs = _runs(compiler, here)
    if not 1 <= len(runs) <= RUNS:
        a, b = yield [(yes, frame), (no, frame)]
        return choose(compiler, Scalar(graph.all(tests)), a, b)
    rest = [p for p in tests if p not in here]
    parts: list[tuple[int, Scalar]] = []
    for start, length, holds in runs:
        inner = tuple([restrict(graph, v, number, start, length) for v in frame])
        left = [narrowed(graph, p, number, start, length) for p in rest]
        if holds and left:
            value = yield from _pieces(compiler, left, yes, no, inner)
        else:
            (value,) = yield [(yes if holds else no, inner)]
        parts.append((length, scalar(value)))
    if len(parts) == 1:
        return parts[0][1]
    marks = [(n, graph.truth(False) if p.undefined is None else p.undefined) for n, p in parts]
    mark = None if all(m.literal is False for _, m in marks) else compiler.settle(_concat(compiler, number, marks))
    return Scalar(_concat(compiler, number, [(n, p.ref) for n, p in parts]), mark)


def _runs(compiler: Compiler, tests: list[Ref]) -> list[tuple[int, int, bool]]:
    if not tests:
        return []
    holds = np.logical_and.reduce([compiler.constants.value(p.node) for p in tests])
    edges = [0, *(np.flatnonzero(holds[1:] != holds[:-1]) + 1).tolist(), len(holds)]
    if len(edges) > RUNS + 1:
        return []
    return [(a, b - a, bool(holds[a])) for a, b in itertools.pairwise(edges)]


def _concat(compiler: Compiler, number: int, parts: Sequence[tuple[int, Ref]]) -> Ref:
    axes = tuple(sorted({number, *union([r for _, r in parts])}))
    flat: list[tuple[int, Ref]] = []
    for n, r in parts:
        if r.node.op == "concat" and r.axes == axes and r.node.data[0] == axes.index(number):
            flat += [(m, r.argument(k)) for k, m in enumerate(r.node.data[1])]
        else:
            flat.append((n, r))
    lengths: dict[int, int] = {}
    for _, r in flat:
        lengths.update(r.lengths)
    lengths[number] = sum([n for n, _ in flat])
    args = [(r.node, positions(r.axes, axes)) for _, r in flat]
    data = (axes.index(number), tuple([n for n, _ in flat]))
    bounds = (min([r.node.lo for _, r in flat]), max([r.node.hi for _, r in flat]))
    sort = flat[0][1].node.sort
    return Ref(compiler.graph.node("concat", data, args, [lengths[k] for k in axes], sort, bounds), axes)


def choose(compiler: Compiler, condition: Scalar, yes: Value, no: Value) -> Value:
    """``if condition then yes else no`` of values."""
    if isinstance(yes, Record) and isinstance(no, Record):
        pairs = [(n, choose(compiler, condition, v, dict(no.fields)[n])) for n, v in yes.fields]
        return Record(tuple(pairs), max(condition.top, yes.top, no.top))
    if not (isinstance(yes, Scalar) and isinstance(no, Scalar)):
        return Choice(condition, yes, no, max(condition.top, yes.top, no.top))
    graph, c = compiler.graph, condition.ref
    mark = compiler.either(
        condition.undefined,
        compiler.guarded(c, yes.undefined),
        compiler.guarded(graph.negation(c), no.undefined),
    )
    ref = yes.ref
    if ref.node.op == "padded" and ref.node.data[3] is None and no.ref.literal is not None:
        ranges = compiler.in_range.get(ref)
        tests = conjuncts(c)
        if ranges is not None and ranges.issubset(tests):
            ref = filled(graph, ref, no.ref.node)
            c = graph.all([p for p in tests if p not in ranges])
    return Scalar(graph.select(c, ref, no.ref), mark)

"""Functions at arguments: elements of arrays, comprehensions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ....theories.errors import Unsupported
from ....theories.terms.sorts import FnSort, Sort, TupleSort
from ....theories.terms.term import BIG, Term, make, postorder
from .branches import choose
from .graph import Ref, conjuncts
from .linear import add, at_most, axis
from .reads import read
from .values import Choice, Frame, Lam, Scalar, Steps, Table, Tensor, Value, scalar, top_of

if TYPE_CHECKING:
    from .compiler import Compiler


def at(compiler: Compiler, t: Term, frame: Frame) -> Steps:
    """The steps of a read; the branches of a conditional are read, not the conditional."""
    head, arguments = t, list[Term]()
    while head.op == "at":
        arguments.append(head.args[1])
        head = head.args[0]
    if head.op in ("ite", "require"):
        branches: list[Term] = []
        for branch in head.args[1:]:
            for argument in reversed(arguments):
                branch = make("at", (branch, argument), branch.sort.res)  # type: ignore[attr-defined]
            branches.append(branch)
        (value,) = yield [(make(head.op, (head.args[0], *branches), t.sort), frame)]
        return value
    function, argument = yield [(t.args[0], frame), (t.args[1], frame)]
    value = yield from apply(compiler, function, scalar(argument))
    return value


def apply(compiler: Compiler, function: Value, argument: Scalar) -> Steps:
    """The steps of one application."""
    if isinstance(function, Tensor):
        given = (*function.given, argument)
        if len(given) < len(compiler.shapes[function.name]):
            return Tensor(function.name, function.sort, given, top_of(given))
        return element(compiler, function.name, function.sort, given)
    if isinstance(function, Choice):
        yes = yield from apply(compiler, function.yes, argument)
        if function.yes is function.no:
            return compiler.marked(yes, function.condition.undefined)
        no = yield from apply(compiler, function.no, argument)
        return choose(compiler, function.condition, yes, no)
    if not isinstance(function, Lam):
        raise Unsupported(f"reading a {type(function).__name__.lower()}")
    graph, t = compiler.graph, function.term
    bounds = yield [(a, function.frame) for a in t.dom_args]
    lo, hi = scalar(bounds[0]), scalar(bounds[1])
    index = argument.ref
    inside = graph.all([at_most(graph, lo.ref, index), at_most(graph, index, hi.ref, strict=True)])
    if inside.literal is not True:
        compiler.causes["a read is out of range"] = None
    mark = compiler.either(argument.undefined, lo.undefined, hi.undefined, compiler.settle(graph.negation(inside)))
    length = hi.ref.node.hi - lo.ref.node.lo
    if _tabulated(compiler, t, index, length):
        table = yield from _table(compiler, function, lo.ref, length)
        assert isinstance(table, Table)
        position = add(graph, index, graph.literal(table.lo.node.lo, table.lo.node.sort), -1)
        return compiler.marked(_read_table(compiler, table, position), mark)
    (value,) = yield [(t.body, (Scalar(index), *function.frame))]
    return compiler.marked(value, mark)


def _tabulated(compiler: Compiler, t: Term, index: Ref, length: int) -> bool:
    """Whether a comprehension is computed whole before it is read: if it is costly and read at more than it has."""
    if isinstance(t.body.sort, FnSort | TupleSort) or not 1 < length < math.prod(index.node.shape):
        return False
    if t.body not in compiler.heavy:
        compiler.heavy[t.body] = any(x.op in BIG for x in postorder([t.body]))
    return compiler.heavy[t.body]


def _table(compiler: Compiler, function: Lam, lo: Ref, length: int) -> Steps:
    number = max(compiler.outer, function.top + 1, *[a + 1 for a in lo.axes])
    start = lo.node.lo
    (body,) = yield [(function.term.body, (Scalar(axis(compiler.graph, number, length, start)), *function.frame))]
    if not isinstance(body, Scalar):
        raise Unsupported("a table of functions that is read at computed indices")
    return Table(number, compiler.graph.literal(start, lo.node.sort), length, body, body.top)


def _read_table(compiler: Compiler, table: Table, index: Ref) -> Scalar:
    mark = table.body.undefined
    taken = None if mark is None else compiler.settle(_take(compiler, mark, table.axis, index))
    return Scalar(_take(compiler, table.body.ref, table.axis, index), taken)


def _take(compiler: Compiler, ref: Ref, number: int, index: Ref) -> Ref:
    """``ref`` at ``index`` along one axis; arbitrary out of range."""
    if number not in ref.axes:
        return ref
    graph = compiler.graph
    indices = [index if a == number else axis(graph, a, n) for a, n in zip(ref.axes, ref.node.shape, strict=True)]
    return read(graph, ref.node, indices, compiler.requests)[0]


def element(compiler: Compiler, name: str, sort: Sort, indices: Sequence[Scalar]) -> Scalar:
    """The element of the array ``name`` at ``indices``."""
    graph = compiler.graph
    base = graph.node("input", name, (), compiler.shapes[name], sort, source=True)
    ref, inside = read(graph, base, [i.ref for i in indices], compiler.requests)
    if inside.literal is not True:
        compiler.causes[f"a read of {name} is out of range"] = None
        if ref.node.op == "padded":
            compiler.in_range[ref] = frozenset(conjuncts(inside))
    return Scalar(ref, compiler.either(*[i.undefined for i in indices], graph.negation(inside)))

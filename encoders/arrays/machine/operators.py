"""Big operators while a plan is made."""

from __future__ import annotations

import math
from collections.abc import Container
from typing import TYPE_CHECKING

from ....theories.errors import Unsupported
from ....theories.terms.sorts import BOOL, EREAL, INT, BitsSort, FloatSort
from ....theories.terms.term import Term
from .graph import Graph, Ref, conjuncts, positions, union
from .linear import add, at_most, axis, combine, linear
from .scalars import supported
from .values import Frame, Scalar, Steps, scalar, top_of

if TYPE_CHECKING:
    from .compiler import Compiler

LONGEST = 1 << 31
"""Members of the longest range."""
_FACTORS = 8


def big(compiler: Compiler, t: Term, frame: Frame) -> Steps:
    """The steps of a big operator."""
    if t.dom.kind != "range":
        raise Unsupported(f"{t.op} over {t.dom.kind}")
    supported(t.sort)
    graph = compiler.graph
    bounds = yield [(a, frame) for a in t.dom_args]
    lo, hi = scalar(bounds[0]), scalar(bounds[1])
    inner = frame[: max(t.filter.loose - 1, t.body.loose - 1, 0)]
    number = max(compiler.outer, top_of(inner) + 1, lo.top + 1, hi.top + 1)
    member, length, guard = _member(graph, number, lo.ref, hi.ref)
    outside = compiler.either(lo.undefined, hi.undefined)
    if length <= 0:
        return Scalar(_nothing(graph, t), outside)
    inside = (Scalar(member), *inner)
    where, body = [scalar(v) for v in (yield [(t.filter, inside), (t.body, inside)])]
    guard = graph.all([guard, where.ref])
    mark = compiler.either(where.undefined, compiler.guarded(guard, body.undefined))
    if mark is not None:
        mark = compiler.settle(_reduce(graph, "exists", mark, graph.truth(True), {number: length}, t))
    value = fold(graph, t, body.ref, guard, {number: length} if length > 1 else {})
    return Scalar(value, compiler.either(outside, mark))


def _member(graph: Graph, number: int, lo: Ref, hi: Ref) -> tuple[Ref, int, Ref]:
    """The bound variable along its axis, the length of the axis, and which of its positions are members."""
    extent = combine(linear(hi), linear(lo), -1)
    if not extent.terms:
        length = extent.const
        if length > LONGEST:
            raise Unsupported(f"a range of {length} values")
        return add(graph, lo, axis(graph, number, max(length, 1))), length, graph.truth(True)
    length = min(hi.node.hi - lo.node.lo, extent.bounds()[1])
    if length > LONGEST:
        raise Unsupported("a range whose bounds depend on the elements of an array")
    if extent.bounds()[1] < hi.node.hi - lo.node.lo:
        member = add(graph, lo, axis(graph, number, max(length, 1)))
    else:
        member = axis(graph, number, max(length, 1), lo.node.lo)
    return member, length, graph.all([at_most(graph, lo, member), at_most(graph, member, hi, strict=True)])


def _nothing(graph: Graph, t: Term) -> Ref:
    """The value over an empty range; arbitrary for a maximum that has none."""
    if t.sort is BOOL:
        return graph.truth(t.op == "forall")
    if t.sort is EREAL and t.op in ("bigmax", "bigmin"):
        return graph.literal("-inf" if t.op == "bigmax" else "inf", EREAL)
    if t.op != "prod":
        return graph.literal(0, t.sort)
    sort = t.sort
    one = ((1 << (sort.exponent - 1)) - 1) << (sort.significand - 1) if isinstance(sort, FloatSort) else 1
    if isinstance(sort, BitsSort) and sort.width == 1:
        one = -1
    return graph.literal(one, sort)


def fold(graph: Graph, t: Term, body: Ref, guard: Ref, reduced: dict[int, int]) -> Ref:
    """The operator ``t`` of ``body`` over the ``reduced`` axes where ``guard`` holds."""
    if t.op == "count":
        return _reduce(graph, "count", graph.all([body, guard]), graph.truth(True), reduced, t)
    if t.op == "forall":
        return _reduce(graph, t.op, graph.any([body, graph.negation(guard)]), graph.truth(True), reduced, t)
    if t.op == "exists":
        return _reduce(graph, t.op, graph.all([body, guard]), graph.truth(True), reduced, t)
    if t.op == "sum":
        return _sum(graph, body, guard, reduced)
    return _reduce(graph, t.op, body, guard, reduced, t)


def _reduce(graph: Graph, op: str, body: Ref, guard: Ref, reduced: dict[int, int], t: Term) -> Ref:
    sort = BOOL if op in ("forall", "exists") else INT if op == "count" else t.sort
    if op in ("forall", "exists"):
        reduced = {a: n for a, n in reduced.items() if a in body.axes}
        if not reduced:
            return body
    if body.node.op == "reduce" and body.node.data[0] == op != "count" and guard.literal is True:
        (body,), guards, inner, _ = _opened(body, max([*reduced, *body.axes, -1]) + 1)
        guard, reduced = graph.all(guards), reduced | inner
    refs = [body] if guard.literal is True else [body, guard]
    if not reduced and len(refs) == 1 and op != "count":
        return body
    bounds = (0, math.prod(reduced.values())) if op == "count" else None
    if op in ("bigmax", "bigmin") and len(refs) == 1:
        bounds = body.node.lo, body.node.hi
    return _over(graph, "reduce", (op,), refs, len(refs) == 2, reduced, sort, bounds)


def _over(
    graph: Graph,
    kind: str,
    data: tuple[object, ...],
    refs: list[Ref],
    guarded: bool,
    reduced: dict[int, int],
    sort: object,
    bounds: tuple[int, int] | None = None,
    negative: bool | None = None,
) -> Ref:
    """A node over a space of axes; see :mod:`.reduction`."""
    rest = tuple([a for a in union(refs) if a not in reduced])
    lengths: dict[int, int] = {}
    for r in refs:
        lengths.update(r.lengths)
    space = (*rest, *sorted(reduced))
    payload = (*data, len(rest), tuple([reduced[a] for a in sorted(reduced)]), guarded)
    if negative is not None:
        payload = (*payload, negative)
    args = [(r.node, positions(r.axes, space)) for r in refs]
    shape = [lengths[a] for a in rest]
    return Ref(graph.node(kind, payload, args, shape, sort, bounds), rest)  # type: ignore[arg-type]


# -- sums ------------------------------------------------------------------------------------------------------------


def _sum(graph: Graph, body: Ref, guard: Ref, reduced: dict[int, int]) -> Ref:
    reduced = dict(reduced)
    guards = conjuncts(guard)
    negative = False
    while True:  # neg, a guard, a sum inside
        op = body.node.op
        if op == "neg" and _splits(body.argument(0), reduced):
            negative, body = not negative, body.argument(0)
        elif op == "select" and body.argument(2).literal == 0 and _splits(body.argument(1), reduced):
            guards += conjuncts(body.argument(0))
            body = body.argument(1)
        else:
            break
    if body.node.op == "sum":
        factors, more, inner, sign = _opened(
            body, max([*reduced, *body.axes, *[a for g in guards for a in g.axes], -1]) + 1
        )
        reduced |= inner
        guards += more
        negative ^= sign
    else:
        factors = _factors(body, reduced)
    if not reduced and not guards and len(factors) == 1 and not negative:
        return factors[0]
    mask = graph.all(guards)
    refs = factors if mask.literal is True else [*factors, mask]
    sort = factors[0].node.sort
    count = math.prod(reduced.values())
    bounds = None
    if isinstance(sort, BitsSort) and len(factors) == 1 and not negative:
        lo, hi = min(factors[0].node.lo * count, 0), max(factors[0].node.hi * count, 0)
        top = 1 << (sort.width - 1)
        bounds = (lo, hi) if -top <= lo and hi < top else None
    return _over(graph, "sum", ("sum",), refs, len(refs) > len(factors), reduced, sort, bounds, negative)


def _splits(body: Ref, reduced: Container[int]) -> bool:
    return body.node.op in ("sum", "neg", "select") or len(_factors(body, reduced)) > 1


def _factors(body: Ref, reduced: Container[int]) -> list[Ref]:
    """The factors of a product that is larger than each of them, or that is a vector times a matrix."""
    out: list[Ref] = []
    todo = [body]
    while todo:
        r = todo.pop()
        if r.node.op == "mul" and len(out) + len(todo) < _FACTORS:
            a, b = r.arguments()
            common = any(k in reduced for k in a.axes if k in b.axes)
            if r.size > max(_stored(a), _stored(b)) or (common and a.axes != b.axes):
                todo += [b, a]
                continue
        out.append(r)
    return out


def _stored(a: Ref) -> int:
    """Elements in memory: of a view those of its array."""
    return min(a.size, a.node.args[0][0].size) if a.node.op in ("view", "padded") else a.size


def _opened(body: Ref, fresh: int) -> tuple[list[Ref], list[Ref], dict[int, int], bool]:
    """Factors, guards, reduced axes (numbered from ``fresh``) and whether it is negative, of a sum or reduction."""
    _, _, lengths, guarded, *sign = body.node.data
    space = (*body.axes, *range(fresh, fresh + len(lengths)))
    refs: list[Ref] = []
    for node, places in body.node.args:
        refs.append(Ref(node, tuple([space[p] for p in places])))
    guards = conjuncts(refs.pop()) if guarded else []
    return refs, guards, {fresh + k: n for k, n in enumerate(lengths)}, any(sign)

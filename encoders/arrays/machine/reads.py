"""Reading an array at indices: views where the indices are affine, gathering elsewhere.

``view``     data: offset and row (pairs of a result position and a stride) of each dimension of the array
``padded``   a view of the array with ``before, after`` elements of ``fill`` around each dimension, data: view, pads, fill
``flat``     the array as one dimension
``gather``   data: for each dimension its offset and row, or None if it is the next index array
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from .graph import Graph, Node, Ref, positions
from .linear import Linear, combine, form, linear, nonnegative, scaled

PADDING = 4
"""A padded copy has at most this many times the elements of the array or of what is read."""
Rows = tuple[tuple[tuple[int, int], ...], ...]
Requests = dict[int, set[int]]
"""For each axis the divisors that it should be split by."""


def read(graph: Graph, base: Node, indices: Sequence[Ref], requests: Requests) -> tuple[Ref, Ref]:
    """``base`` at ``indices``, one for each dimension, and the condition that all of them are in range.

    Out of range the value is arbitrary.
    """
    if not base.size:
        zero = graph.node("zero", None, (), (), base.sort)
        return Ref(zero, ()), graph.truth(False)
    forms = [linear(i) for i in indices]
    inside = [i.node.lo >= 0 and i.node.hi < n for i, n in zip(indices, base.shape, strict=True)]
    tests: list[Ref] = []
    for f, n, sure in zip(forms, base.shape, inside, strict=True):
        if not sure:
            tests += [nonnegative(graph, f), nonnegative(graph, combine(Linear(n - 1, {}, {}), f, -1))]
    if all(f.affine for f in forms):
        if not tests:
            return view(graph, base, forms), graph.truth(True)
        padded = _padded(graph, base, forms)
        if padded is not None:
            return padded, graph.all(tests)
    elif not tests:
        flat = Linear(0, {}, {})
        stride = base.size
        for f, n in zip(forms, base.shape, strict=True):
            stride //= n
            flat = combine(flat, scaled(f, stride))
        if flat.affine:
            line = graph.node("flat", None, [(base, ())], [base.size], base.sort, (base.lo, base.hi))
            return view(graph, line, [flat]), graph.truth(True)
    for f in forms:
        for atom in f.terms:
            if isinstance(atom, Ref):
                _request(atom, requests)
    return _gather(graph, base, indices, forms, inside), graph.all(tests)


def _request(atom: Ref, requests: Requests) -> None:
    """Ask for the axis to be split whose quotient ``atom`` is."""
    if atom.node.op != "idiv":
        return
    over, divisor = linear(atom.argument(0)), atom.argument(1).literal
    if len(over.terms) != 1 or over.const or divisor is None or divisor < 1:
        return
    ((only, factor),) = over.terms.items()
    if isinstance(only, int) and factor == 1 and over.lengths[only] % divisor == 0:
        requests.setdefault(only, set()).add(divisor)


def _axes(forms: Sequence[Linear]) -> tuple[tuple[int, ...], dict[int, int]]:
    lengths: dict[int, int] = {}
    for f in forms:
        for k in f.terms:
            if isinstance(k, int):
                lengths[k] = f.lengths[k]
            else:
                lengths.update(k.lengths)
    return tuple(sorted(lengths)), lengths


def _row(f: Linear, axes: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    return tuple(sorted([(axes.index(k), c) for k, c in f.terms.items() if isinstance(k, int)]))


def view(graph: Graph, base: Node, forms: Sequence[Linear]) -> Ref:
    """``base`` at affine indices in range."""
    axes, lengths = _axes(forms)
    if base.op == "view":  # a view of a view
        inner: tuple[tuple[int, ...], Rows] = base.data
        composed: list[Linear] = []
        for offset, row in zip(*inner, strict=True):
            f = Linear(offset, {}, {})
            for p, c in row:
                f = combine(f, forms[p], c)
            composed.append(f)
        return view(graph, base.args[0][0], composed)
    shape = tuple([lengths[k] for k in axes])
    rows = tuple([_row(f, axes) for f in forms])
    offsets = tuple([f.const for f in forms])
    if shape == base.shape and not any(offsets) and all(row == ((k, 1),) for k, row in enumerate(rows)):
        return Ref(base, axes)
    return Ref(graph.node("view", (offsets, rows), [(base, ())], shape, base.sort, (base.lo, base.hi)), axes)


def _padded(graph: Graph, base: Node, forms: Sequence[Linear]) -> Ref | None:
    axes, lengths = _axes(forms)
    pads: list[tuple[int, int]] = []
    for f, n in zip(forms, base.shape, strict=True):
        lo, hi = f.bounds()
        pads.append((max(-lo, 0), max(hi + 1 - n, 0)))
    total = math.prod([n + b + a for n, (b, a) in zip(base.shape, pads, strict=True)])
    shape = tuple([lengths[k] for k in axes])
    if total > PADDING * max(base.size, math.prod(shape), 1 << 12):
        return None
    offsets = tuple([f.const + before for f, (before, _) in zip(forms, pads, strict=True)])
    data = (offsets, tuple([_row(f, axes) for f in forms]), tuple(pads), None)
    return Ref(graph.node("padded", data, [(base, ())], shape, base.sort), axes)


def filled(graph: Graph, padded: Ref, fill: Node) -> Ref:
    """``padded`` with the literal ``fill`` around the array."""
    node = padded.node
    bounds = (min(node.args[0][0].lo, fill.lo), max(node.args[0][0].hi, fill.hi))
    data = (*node.data[:3], fill)
    return Ref(graph.node("padded", data, node.args, node.shape, node.sort, bounds), padded.axes)


def _gather(graph: Graph, base: Node, indices: Sequence[Ref], forms: Sequence[Linear], inside: Sequence[bool]) -> Ref:
    axes, lengths = _axes(forms)
    uses: dict[int, int] = {}
    for i in indices:
        for k in i.axes:
            uses[k] = uses.get(k, 0) + 1
    plan: list[tuple[int, tuple[tuple[int, int], ...]] | None] = []
    args: list[tuple[Node, tuple[int, ...]]] = [(base, ())]
    for index, f, sure, n in zip(indices, forms, inside, base.shape, strict=True):
        if sure and f.affine and len(f.terms) <= 1 and all(uses[k] == 1 for k in f.terms if isinstance(k, int)):
            plan.append((f.const, _row(f, axes)))
            continue
        plan.append(None)
        position = index if index.node.op != "lin" else form(graph, f)
        if not sure:
            position = graph.apply("clamp", n, (position,), position.node.sort, (0, n - 1))
        args.append((position.node, positions(position.axes, axes)))
    shape = [lengths[k] for k in axes]
    return Ref(graph.node("gather", tuple(plan), args, shape, base.sort, (base.lo, base.hi)), axes)

"""Looking for inputs on which two graphs differ, and where they begin to."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Final

import numpy as np

from ....ir.dtypes import Reading
from ....ir.errors import GraphError
from ....ir.graph import Graph, Ref
from ....ir.params import ParamStore
from ....ir.passes.compile import compile_graph
from ....theories.errors import Unsupported
from ..bounded import Bounded, BoundedExecutor
from ..execute import Array, executor
from ..inputs import samples
from .records import Difference
from .walk import Walk

TRIES: Final = 10
"""Sample inputs that are tried."""
ELEMENTS: Final = 4
"""Elements of an output that are run in floats, for each sample."""


def difference(walk: Walk) -> Difference | None:
    """Inputs on which an output differs over the reals for certain, and in the float formats of the graphs; or None."""
    interface = walk.interface
    suspects = [(n, b, a) for n, b, a in interface.outputs if walk.after[a] != walk.before[b]]
    pairs = _comparable(walk)
    ours_wanted = [b for b, _ in pairs] + [b for _, b, _ in suspects]
    theirs_wanted = [a for _, a in pairs] + [a for _, _, a in suspects]
    try:
        before = _traced(interface.before, walk.before_params, walk.reading, ours_wanted)
        after = _traced(interface.after, walk.after_params, walk.reading, theirs_wanted)
    except Unsupported:  # an operator has no real reading: nothing can be told apart for certain
        return None
    for inputs in islice(samples(interface.before, seed=1), TRIES):
        try:
            ours, theirs = before.run(inputs), after.run(inputs)
        except (GraphError, Unsupported):
            continue
        for name, b, a in suspects:
            for at in _elements(ours[_name(b)], theirs[_name(a)]):
                real = float(ours[_name(b)].value[at]), float(theirs[_name(a)].value[at])
                if shows(*real, *_in_floats(walk, inputs, b, a, at)):
                    first = _first(walk, pairs, ours, theirs) or (b, a)
                    return _record(walk, inputs, name, at, real, first)
    return None


def shows(before: float, after: float, float_before: float, float_after: float) -> bool:
    """Whether a run in a float format shows the difference that there is over the reals: the same way, at least half of it.

    Rounding alone may make two outputs differ; it does not make them differ by what the reals say.
    """
    if not (np.isfinite(before) and np.isfinite(after)):
        return float_before != float_after
    expected, seen = after - before, float_after - float_before
    return bool(np.isfinite(seen) and expected * seen > 0 and abs(seen - expected) <= abs(expected) / 2)


def _name(ref: Ref) -> str:
    return repr(ref)


def _traced(graph: Graph, params: ParamStore, reading: Reading, refs: list[Ref]) -> BoundedExecutor:
    outputs = tuple((_name(r), r) for r in dict.fromkeys(refs))
    return BoundedExecutor(compile_graph(replace(graph, outputs=outputs), params, reading), params, reading)


def _comparable(walk: Walk) -> list[tuple[Ref, Ref]]:
    """Values that have the same name and type in both graphs and are not known to be equal, in order."""
    before, after = walk.interface.before, walk.interface.after
    out: list[tuple[Ref, Ref]] = []
    for name, ref in after.by_name.items():
        other = before.by_name.get(name)
        if other is None or not before.type(other).agrees(after.type(ref)) or not after.type(ref).dtype.is_float:
            continue
        if ref in walk.after and walk.after[ref] != walk.before[other]:
            out.append((other, ref))
    return sorted(out, key=lambda p: p[1])


def _elements(ours: Bounded, theirs: Bounded) -> list[tuple[int, ...]]:
    """Elements at which two values differ for certain, the widest apart first."""
    apart = ours.apart(theirs)
    with np.errstate(invalid="ignore", over="ignore"):
        gap = np.abs(ours.value.astype(np.float64) - theirs.value.astype(np.float64))
    gap = np.where(apart, np.nan_to_num(gap, nan=0.0, posinf=np.finfo(np.float64).max), -1.0).reshape(-1)
    order = np.argsort(-gap, kind="stable")[:ELEMENTS]
    return [tuple(int(k) for k in np.unravel_index(int(j), ours.value.shape)) for j in order if gap[j] >= 0]


def _first(
    walk: Walk, pairs: list[tuple[Ref, Ref]], ours: dict[str, Bounded], theirs: dict[str, Bounded]
) -> tuple[Ref, Ref] | None:
    return next(((b, a) for b, a in pairs if ours[_name(b)].apart(theirs[_name(a)]).any()), None)


def _in_floats(walk: Walk, inputs: dict[str, Array], b: Ref, a: Ref, at: tuple[int, ...]) -> tuple[float, float]:
    """The element of both graphs, compiled, in their own float formats."""
    one = executor(replace(walk.interface.before, outputs=(("y", b),)), walk.before_params).run(inputs)["y"]
    two = executor(replace(walk.interface.after, outputs=(("y", a),)), walk.after_params).run(inputs)["y"]
    return float(one[at]), float(two[at])


def _record(
    walk: Walk,
    inputs: dict[str, Array],
    name: str,
    at: tuple[int, ...],
    values: tuple[float, float],
    first: tuple[Ref, Ref],
) -> Difference:
    before, after = walk.interface.before.name_of(first[0]), walk.interface.after.name_of(first[1])
    return Difference(dict(inputs), name, at, *values, before, after, {"numpy": True})

"""Values from a solver's model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import numpy as np

from ....encoders.arrays import Env, Mode
from ....encoders.arrays.environment import Carrier
from ....encoders.arrays.evaluator import Evaluator
from ....theories.errors import Unsupported
from ....theories.terms import sorts as s
from ...claims import Claim
from .functions import Lookup, pool
from .runtimes import functions
from .sampling import is_integer, natural_shape

LARGEST = 200_000
"""Elements of the largest tensor that a model is turned into."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model in plain form.

    ``ranks``: rank of each group.  ``ints``: integers (sizes, indices).  ``maps``: index maps, one integer for each axis.
    ``reads``: elements ``(tensor, indices, value)``, a scalar having no indices and a group as many as its rank;
    a function of elements has its arguments as indices.  Values are ``int``, ``bool``, ``Fraction``, ``±inf``, bit
    patterns of floats, codes of scalars.
    """

    ranks: Mapping[str, int] = field(default_factory=dict[str, int])
    ints: Mapping[str, int] = field(default_factory=dict[str, int])
    maps: Mapping[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])
    reads: Sequence[tuple[str, tuple[Any, ...], Any]] = ()
    carriers: Mapping[str, Carrier] = field(default_factory=dict[str, Carrier])


def from_model(claim: Claim, model: Model) -> Env:
    """The values that ``model`` describes; what it leaves open is 0 (or the first corner value)."""
    ranks = {g: model.ranks.get(g, 1) for g in claim.groups}
    values: dict[str, Any] = dict(functions(claim))
    env = Env(ranks, values, dict(model.carriers))
    for p in claim.parameters:
        if p.name in values or not is_integer(p):
            continue
        if s.is_index_map(p.var.sort):
            sort = p.var.sort
            assert isinstance(sort, s.FnSort) and isinstance(sort.arg, s.AxisSort)
            given = model.maps.get(p.name, ())
            default = 1 if p.role == "sizes" else 0
            values[p.name] = tuple([given[c] if c < len(given) else default for c in range(ranks[sort.arg.group])])
        else:
            values[p.name] = model.ints.get(p.name, 0)
    evaluator = Evaluator(env, Mode.EXACT)
    for p in claim.parameters:
        if p.name in values:
            continue
        result = s.uncurry(p.var.sort)[1]
        default = 0 if result is s.INT else pool(result)[0]
        reads = [(index, value) for name, index, value in model.reads if name == p.name]
        shape = natural_shape(p, env, evaluator)
        if shape is None:
            values[p.name] = Lookup(dict(reads), default)
            continue
        shape = _reach(p.dims, shape, [index for index, _ in reads])
        if int(np.prod(shape, dtype=object)) > LARGEST:
            raise Unsupported(f"{p.name} of shape {shape} in a model")
        data = np.full(shape, default, object)
        for index, value in reads:
            if len(index) == len(shape) and all(0 <= i < n for i, n in zip(index, shape, strict=True)):
                data[tuple(index)] = value
        values[p.name] = data
    return env


def from_models(claim: Claim, model: Model) -> Iterator[Env]:
    """:func:`from_model`, then the same with few of the axes only, where the model has many.

    A model has an axis for everything that is said of some axis; often one of them is enough to refute.
    """
    try:
        yield from_model(claim, model)
    except Unsupported:
        pass
    for group, rank in model.ranks.items():
        if rank > 1:
            for size in (1, 2):
                for axes in combinations(range(rank), size):
                    yield from _few(claim, model, group, axes)


def _few(claim: Claim, model: Model, group: str, axes: tuple[int, ...]) -> Iterator[Env]:
    over = {p.name for p in claim.parameters if p.var.sort is s.index_map(group)}
    maps = {name: tuple([m[c] for c in axes if c < len(m)]) if name in over else m for name, m in model.maps.items()}
    arguments = {p.name: s.uncurry(p.var.sort)[0] for p in claim.parameters}
    reads = [
        (name, _project(index, arguments[name], model.ranks, group, axes), value)
        for name, index, value in model.reads
        if name in arguments
    ]
    ranks = {**model.ranks, group: len(axes)}
    try:
        yield from_model(claim, replace(model, ranks=ranks, maps=maps, reads=reads))
    except (Unsupported, ValueError):
        return


def _project(
    index: tuple[Any, ...], arguments: Sequence[s.Sort], ranks: Mapping[str, int], group: str, axes: tuple[int, ...]
) -> tuple[Any, ...]:
    out: list[Any] = []
    k = 0
    for sort in arguments:
        span = ranks.get(sort.arg.group, 1) if isinstance(sort, s.FnSort) and isinstance(sort.arg, s.AxisSort) else 1
        part = index[k : k + span]
        if sort is s.index_map(group):
            part = tuple([part[c] for c in axes if c < len(part)])
        out.extend(part)
        k += span
    return tuple(out)


def _reach(dims: Sequence[Any], shape: tuple[int, ...], read: list[tuple[Any, ...]]) -> tuple[int, ...]:
    """``shape`` with the lengths over the naturals grown to what is read."""
    if not any(dom.kind == "nat" for dom, _ in dims) or len(dims) != len(shape):
        return shape
    grown = list(shape)
    for k, (dom, _) in enumerate(dims):
        if dom.kind == "nat":
            grown[k] = max([grown[k], *[i[k] + 1 for i in read if len(i) == len(shape)]])
    return tuple(grown)

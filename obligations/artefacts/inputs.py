"""Arrays to run a graph on: ordinary numbers first, corner values later, all from a seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...ir import dims
from ...ir.dtypes import BOOL, DType
from ...ir.graph import Graph
from ...ir.types import TensorType

Array = NDArray[Any]
SIZES = (2, 3, 4, 5, 3, 2)
"""Sizes that symbols take, in order of appearance; they differ from one another where they can."""


def sizes_for(graph: Graph, turn: int) -> dict[str, int]:
    """Sizes for the symbols of ``graph``; another choice in every turn."""
    return {name: SIZES[(k + turn) % len(SIZES)] for k, name in enumerate(graph.symbols)}


def samples(graph: Graph, seed: int = 0) -> Iterator[dict[str, Array]]:
    """Inputs for ``graph``, without end."""
    turn = 0
    while True:
        rng = np.random.default_rng((seed, turn))
        sizes = sizes_for(graph, turn)
        yield {n.names[0]: _array(n.types[0], sizes, rng, turn) for n in graph.inputs}
        turn += 1


def _array(type_: TensorType, sizes: Mapping[str, int], rng: np.random.Generator, turn: int) -> Array:
    shape = tuple(dims.evaluate(d, sizes) for d in type_.shape)
    dtype = type_.dtype
    if dtype is BOOL:
        return np.asarray(rng.random(shape) < (0.5, 0.9, 0.2)[turn % 3])
    if dtype.is_integer:
        # Whether integers are indices, lengths or numbers is not known: small ones are all of these.
        return np.asarray(rng.integers(0, (2, 4, 1, 8)[turn % 4] + (turn % 4 == 2), shape), dtype.name)
    return _floats(shape, dtype, rng, turn)


def _floats(shape: tuple[int, ...], dtype: DType, rng: np.random.Generator, turn: int) -> Array:
    import ml_dtypes

    kind = turn % 5
    values = rng.standard_normal(shape)
    if kind == 1:
        values = -np.abs(values) - 0.25
    elif kind == 2:
        values = np.abs(values) * 4
    elif kind == 3:
        values = np.where(rng.random(shape) < 0.4, 0.0, values * 8)
    elif kind == 4:
        values = np.round(values * 3)
    return np.asarray(values).astype(ml_dtypes.bfloat16 if dtype.name == "bfloat16" else dtype.name)

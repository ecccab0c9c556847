"""Operators that read or write at indices that are data."""

from __future__ import annotations

from typing import Final

from ..notation import Instance, case, size

_RANKS: Final = "that some element has rank i among all needs a count of a permutation, by induction over the size"

INSTANCES: Final[tuple[Instance, ...]] = (
    case("Gather", "[n, m] int64[k]", axis=0),
    case("Gather", "[n, m] int64[k, l]", axis=1),
    case("Gather", "[n, m] int64[]", axis=0),
    case("GatherElements", "[n, m] int64[k, m]", axis=0),
    case("GatherND", "[n, m] int64[k, 2]"),
    case("GatherND", "[n, m] int64[k, 1]"),
    case("GatherND", "[b, n, m] int64[b, k, 1]", batch_dims=1),
    case("Scatter", "[n, m] int64[k, m] [k, m]"),
    case("ScatterElements", "[n, m] int64[k, m] [k, m]"),
    case("ScatterElements", "[n, m] int64[n, k] [n, k]", axis=1, reduction="add"),
    case("ScatterND", "[n, m] int64[k, 1] [k, m]"),
    case("ScatterND", "[n, m] int64[k, 2] [k]", reduction="max"),
    case("TensorScatter", "[b, k + n, d] [b, k, d] int64[b]"),
    case("TensorScatter", "[b, k + n, d] [b, k, d] int64[b]", mode="circular"),
    case("OneHot", "int64[n] - [2]", depth=size("d")),
    case("OneHot", "int64[n, m] - [2]", depth=3, axis=0),
    case("TopK", "[n, 3]", k=2, outputs=2),
    case("TopK", "[2, m]", k=1, axis=0, largest=0, outputs=2),
    case("TopK", "[n, m + 3]", k=3, outputs=2, unproved=_RANKS),
)

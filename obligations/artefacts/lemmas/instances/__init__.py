"""The instances of every operator, by family."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Final

from ..notation import Instance

FAMILIES: Final = ("elementwise", "reductions", "structure", "indexing", "layers", "sequences")


def instances() -> dict[str, list[Instance]]:
    """The instances by operator, in order of name; the order of the instances of one operator numbers its claims."""
    found: dict[str, list[Instance]] = {}
    for instance in _all():
        found.setdefault(instance.op, []).append(instance)
    return dict(sorted(found.items()))


def _all() -> Iterator[Instance]:
    for family in FAMILIES:
        yield from import_module(f".{family}", __name__).INSTANCES

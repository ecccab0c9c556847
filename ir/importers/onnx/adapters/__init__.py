"""Older forms of operators to the newest: for each operator the versions of the operator set and what to do.

An adapter changes operator, operands and attributes of its site, or emits the nodes itself and returns their values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from ....graph import Ref
from ..site import Site
from . import microsoft, operands, semantics

Adapter = Callable[[Site], tuple[Ref, ...] | None]
Rows = Mapping[str, list[tuple[int, int, Adapter]]]

TABLES: Final[Mapping[str, tuple[Rows, ...]]] = {
    "": (operands.TABLE, semantics.TABLE),
    "com.microsoft": (microsoft.TABLE,),
}
REPLACED: Final = frozenset({"Upsample", "Scatter"})
"""Operators that other operators have replaced."""


@lru_cache(maxsize=4096)
def adapters(domain: str, op: str, version: int) -> tuple[Adapter, ...]:
    """The adapters of an operator at a version of its set, in order."""
    rows = [row for table in TABLES.get(domain, ()) for row in table.get(op, [])]
    return tuple(adapt for since, until, adapt in rows if since <= version <= until)

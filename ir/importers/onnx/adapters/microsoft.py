"""Operators of the domain ``com.microsoft`` that are forms of standard ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from ....graph import Ref
from ..site import Site

Adapter = Callable[[Site], tuple[Ref, ...] | None]
Rows = Mapping[str, list[tuple[int, int, Adapter]]]
ALL: Final = 1 << 30


TABLE: Final[Rows] = {}

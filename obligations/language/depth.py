"""The limit on the height of syntax trees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from functools import cache
from typing import cast

from .ast import Node
from .diagnostics import TooDeep
from .tokens import DEEPEST


@cache
def _children(kind: type[Node]) -> tuple[str, ...]:
    return tuple(
        f.name for f in fields(kind) if f.name not in ("span", "name", "op", "text", "doc", "clauses", "names")
    )


def check_depth(roots: Iterable[Node]) -> None:
    """TooDeep if a tree is higher than :data:`DEEPEST`, so that later stages may recurse."""
    stack: list[tuple[object, int]] = [(r, 0) for r in roots]
    while stack:
        x, depth = stack.pop()
        if isinstance(x, Node):
            if depth > DEEPEST:
                raise TooDeep(f"the tree of this expression is more than {DEEPEST} levels high", x.span)
            stack.extend([(getattr(x, name), depth + 1) for name in _children(type(x))])
        elif isinstance(x, tuple):
            stack.extend([(y, depth) for y in cast(tuple[object, ...], x)])

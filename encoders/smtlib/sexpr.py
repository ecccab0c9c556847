"""S-expressions, as solvers print them.

The reader is iterative and total on text that it accepts: anything else raises :class:`Garbage`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

Sexp: TypeAlias = "str | Sequence[Sexp]"
"""An atom as it is spelt, or a list."""

_TOKEN = re.compile(r"""\s+|;[^\n]*|(\(|\)|\|[^|]*\||"(?:[^"]|"")*"|[^\s()|";]+)""")


class Garbage(ValueError):
    """A solver printed text that is no answer."""


def read(text: str) -> list[Sexp]:
    """All expressions of ``text``.

    >>> read("sat ((x (- 2)) (|a b| #b01)) ; done")
    ['sat', [['x', ['-', '2']], ['|a b|', '#b01']]]
    """
    top: list[Sexp] = []
    current = top
    outer: list[list[Sexp]] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise Garbage(f"no token at {text[position : position + 20]!r}")
        position = match.end()
        token = match.group(1)
        if token == "(":
            outer.append(current)
            current = []
        elif token == ")":
            if not outer:
                raise Garbage("a parenthesis too many")
            closed = current
            current = outer.pop()
            current.append(closed)
        elif token:
            current.append(token)
    if outer:
        raise Garbage(f"{len(outer)} parentheses are not closed")
    return top


def shown(expression: Sexp, limit: int = 80) -> str:
    """The expression as text for a message, cut after ``limit`` characters."""
    out: list[str] = []
    length = 0
    stack: list[Sexp] = [expression]
    while stack and length <= limit:
        e = stack.pop()
        if isinstance(e, str):
            out.append(e)
            length += len(e) + 1
        else:
            stack += [")", *reversed(e), "("]
    text = " ".join(out).replace("( ", "(").replace(" )", ")")
    return text[:limit] + "…" if stack or len(text) > limit else text

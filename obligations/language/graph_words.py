"""The words after the file of a ``graph`` declaration.

They are ordinary names everywhere else, so the grammar does not know them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .diagnostics import BadClause, RepeatedClause
from .tokens import span_of

if TYPE_CHECKING:
    from lark import Token

_READINGS: Final = {"real": "real", "ℝ": "real", "ereal": "ereal", "ieee": "ieee"}
_HINT: Final = "`compiled`, `as real`, `as ereal` and `as ieee` may stand here"


def graph_words(words: tuple[Token, ...]) -> tuple[bool, str]:
    """Whether a graph's words ask for its compiled form, and the reading that they name."""
    rest = [w for w in words if w.type == "NAME"]
    compiled, reading = False, ""
    while rest:
        word = rest.pop(0)
        value = rest.pop(0) if word == "as" and rest else word
        if word not in ("as", "compiled"):
            raise BadClause(f"`{word}` means nothing after the file of a graph", span_of(word), hint=_HINT)
        if (word == "compiled" and compiled) or (word == "as" and reading):
            raise RepeatedClause(f"`{word}` stands twice", span_of(word))
        if word == "compiled":
            compiled = True
        elif value not in _READINGS:
            raise BadClause("`as` is followed by a reading", span_of(value), hint=_HINT)
        else:
            reading = _READINGS[value]
    return compiled, reading or "real"

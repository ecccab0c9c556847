"""What could have stood where a text went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from lark import Token

_SIGNS: Final = {
    "COLON": "`:`",
    "COMMA": "`,`",
    "EQ": "`=`",
    "RPAR": "`)`",
    "RSQB": "`]`",
    "RBRACE": "`}`",
    "LPAR": "`(`",
    "LSQB": "`[`",
    "LBRACE": "`{`",
    "RULE": "`=>`",
    "ARROW": "`->`",
    "LT": "`<`",
    "LE": "`<=`",
    "BAR": "`|`",
    "DOTS": "`..`",
    "NAME": "a name",
    "NUMBER": "a number",
    "STRING": 'a text in "…"',
    "HOLE": "`_`",
    "DOT": "`.`",
}
_STARTS: Final = frozenset({"NAME", "NUMBER", "LPAR", "MINUS", "NOT", "IF", "FORALL"})
_DECLARATIONS: Final = frozenset(
    {"DEF", "THEOREM", "LEMMA", "REFUTED", "REWRITE", "AXIOM", "BOUNDARY", "GRAPH", "USE", "$END"}
)
_MOST: Final = 6


def describe(token: Token) -> str:
    """A token in an error message."""
    text = token.value if len(token.value) <= 40 else token.value[:37] + "…"
    return f"`{text}`" if token.type != "STRING" else "a text"


def wanted(accepted: AbstractSet[str]) -> str | None:
    """A hint with what is accepted, in a few words; None when that would be too long."""
    if not accepted:
        return None
    rest = set(accepted)
    parts: list[str] = []
    if rest >= _STARTS:
        parts.append("an expression")
        rest -= _STARTS | {"BITS", "LET", "LSQB", "DOTTED", "EXISTS", "SUM", "PROD", "COUNT", "BIG_MAX", "BIG_MIN"}
        rest = {t for t in rest if not t.endswith("_SIGN")}
    if rest >= _DECLARATIONS:
        parts.append("a declaration" if len(rest - _DECLARATIONS) < 4 else "the next declaration")
        rest -= _DECLARATIONS | {"DOC"}
    if {"PLUS", "STAR"} <= rest:
        after = rest & {"COLON", "RPAR", "RSQB", "RULE", "THEN", "ELSE", "IN"}
        parts.append("an infix sign")
        rest = after
    if "DOTTED" in rest:
        rest -= {"DOTTED"}
    parts += sorted(_SIGNS.get(t, f"`{t.lower()}`") for t in rest)
    return (
        "expected " + " or ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
        if len(parts) <= _MOST
        else None
    )

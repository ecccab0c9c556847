"""Between lexer and parser: what depends on the neighbours of a token.

- ``max (k < n) e`` is a big operator and ``max(a, b)`` a call: what follows the bracket decides.
- ``div``, ``mod`` and ``rem`` can name an axiom of a boundary: ``div (a b : float32) : …``.
- A documentation comment goes before a declaration (DOC) or before an axiom of a boundary (LINE_DOC).
- Limits on nesting and numbers, texts without an end, and words of later versions are reported here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from .ast import Span
from .diagnostics import (
    ContractError,
    DanglingDoc,
    NoDataTypes,
    NoDerivatives,
    NoRecursion,
    NoRelations,
    NumberTooLarge,
    TooDeep,
    Unclosed,
)

if TYPE_CHECKING:
    from lark import Token

DEEPEST: Final = 200
"""Levels of nesting, of brackets and of the tree."""

LONGEST_NUMBER: Final = 1000
LARGEST_EXPONENT: Final = 10_000

_DECLARATIONS: Final = frozenset({"DEF", "THEOREM", "LEMMA", "REFUTED", "REWRITE", "AXIOM", "BOUNDARY", "GRAPH"})
_ENDS: Final = frozenset({"NAME", "DOTTED", "NUMBER", "STRING", "RPAR", "RSQB", "RBRACE", "AUTO"})
_BIG: Final = frozenset({"FORALL", "FORALL_SIGN", "EXISTS", "EXISTS_SIGN", "SUM", "SUM_SIGN", "PROD", "PROD_SIGN", "COUNT",
                         "BIG_MAX", "BIG_MIN"})  # fmt: skip
_OPEN: Final = {
    "OPEN_STRING": ("a string", 'close it with `"` on the same line; `\\` may precede only `"` and `\\`'),
    "OPEN_DOC": ("a documentation comment", "close it with `-/`"),
}
_LATER: Final[dict[str, tuple[type[ContractError], str]]] = {
    "rec": (NoRecursion, "definitions by recursion"),
    "relation": (NoRelations, "relations between programs"),
    "jvp": (NoDerivatives, "derivatives"),
    "tree": (NoDataTypes, "inductive data types"),
    "list": (NoDataTypes, "inductive data types"),
}
RESERVED_FOR_LATER: Final = frozenset(_LATER)


def span_of(token: Token) -> Span:
    """Where a token stands."""
    start = token.start_pos or 0
    return Span(start, start + len(token))


class TokenFilter:
    """The ``postlex`` of the parser."""

    always_accept: Final = ("DOC", "OPEN_DOC", "OPEN_STRING")

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """The tokens as the parser sees them."""
        tokens: list[Token] = []
        for token in stream:
            if token.type in _OPEN:
                what, hint = _OPEN[token.type]
                raise Unclosed(f"{what} without an end", span_of(token), hint=hint)
            tokens.append(token)
        opened: list[bool] = []  # for each open bracket, whether it holds the binders of a big operator
        after_binders = False
        for k, token in enumerate(tokens):
            kind = token.type
            if kind == "NAME":
                if token.value in _LATER:
                    error, what = _LATER[token.value]
                    raise error(
                        f"`{token.value}` is reserved: {what} are not available in this version", span_of(token)
                    )
                if token.value in ("max", "min") and _is_big(tokens, k, after_binders):
                    token.type = f"BIG_{token.value.upper()}"
            elif kind in ("LPAR", "LSQB", "LBRACE"):
                opened.append(_kind(tokens, k - 1) in _BIG)
                if len(opened) > DEEPEST:
                    raise TooDeep(f"brackets are nested more than {DEEPEST} levels deep", span_of(token))
            elif kind in ("RPAR", "RSQB", "RBRACE"):
                after_binders = opened.pop() if opened else False
            elif kind == "NUMBER":
                _check_number(token)
            elif kind in ("DIV", "MOD", "REM"):
                if _is_head(tokens, k):
                    token.type = "NAME"
            elif kind == "DOC":
                _place(tokens, k)
            yield token


def _check_number(token: Token) -> None:
    if len(token) > LONGEST_NUMBER:
        raise NumberTooLarge(f"a number of {len(token)} characters; the limit is {LONGEST_NUMBER}", span_of(token))
    text = token.value.lower()
    exponent = text.partition("p" if text[:2] == "0x" else "e")[2].lstrip("+-0") or "0"
    if len(exponent) > 5 or int(exponent) > LARGEST_EXPONENT:
        raise NumberTooLarge(f"the exponent {exponent} is beyond the limit of {LARGEST_EXPONENT}", span_of(token))


def _kind(tokens: Sequence[Token], k: int) -> str:
    return tokens[k].type if 0 <= k < len(tokens) else ""


def _is_big(tokens: Sequence[Token], k: int, after_binders: bool) -> bool:
    before = _kind(tokens, k - 1)
    if before in _DECLARATIONS or before in ("WHERE", "USE", "LINE_DOC"):
        return False
    ended = before in _ENDS and not (before == "RPAR" and after_binders)  # then this is the head of an axiom
    k += 1
    if _kind(tokens, k) != "LPAR" or _kind(tokens, k + 1) != "NAME":
        return False
    k += 2
    while _kind(tokens, k) == "COMMA" and _kind(tokens, k + 1) == "NAME":
        k += 2
    return _kind(tokens, k) in ("LT", "IN", "DOTS") or (_kind(tokens, k) == "COLON" and not ended)


def _is_head(tokens: Sequence[Token], k: int) -> bool:
    k += 1
    if _kind(tokens, k) not in ("LPAR", "LBRACE"):
        return False
    k += 1
    names = 0
    while _kind(tokens, k) == "NAME":
        k += 1
        names += 1
    return names > 0 and _kind(tokens, k) == "COLON"


def _place(tokens: Sequence[Token], k: int) -> None:
    """Tell the documentation of a declaration from that of an axiom of a boundary."""
    after = _kind(tokens, k + 1)
    if after in ("NAME", "DIV", "MOD", "REM"):
        tokens[k].type = "LINE_DOC"
    elif after not in _DECLARATIONS:
        raise DanglingDoc("a documentation comment that no declaration follows", span_of(tokens[k]))

"""Text to syntax tree.

The LALR tables are built on first use and kept in the user's cache folder; a missing, stale or broken cache only costs
the time to build them again.
"""

from __future__ import annotations

import os
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast

from . import ast
from .depth import check_depth
from .diagnostics import (
    ContractError,
    FileTooLarge,
    NoFile,
    NotText,
    ReservedName,
    UnexpectedCharacter,
    UnexpectedEnd,
    UnexpectedToken,
)
from .tokens import TokenFilter, span_of

if TYPE_CHECKING:
    from lark import Lark, Token

LONGEST_FILE: Final = 1_000_000
_INVISIBLE: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")


def read_file(path: Path | str) -> ast.File:
    """The syntax tree of the file at ``path``; ContractError if it cannot be read or is malformed."""
    try:
        data = Path(path).read_bytes()
    except OSError as e:
        raise NoFile(f"cannot read: {(e.strerror or 'error').lower()}", path=str(path)) from None
    return parse_bytes(data, str(path))


def parse_bytes(data: bytes, path: str) -> ast.File:
    """The syntax tree of UTF-8 text."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as e:
        raise NotText(f"byte {e.start} is not UTF-8", path=path) from None
    return parse(text, path)


def parse(text: str, path: str = "<text>") -> ast.File:
    """The syntax tree of ``text``; ContractError, and no other exception, if it is malformed."""
    try:
        _check_text(text)
        decls = cast(tuple[ast.Decl, ...], _run(text, "start"))
        check_depth(decls)
    except ContractError as e:
        raise e.locate(path, text) from None
    return ast.File(path, text, decls, span=ast.Span(0, len(text)))


def parse_expr(text: str) -> ast.Expr:
    """The syntax tree of one expression, for reports and tests."""
    return cast(ast.Expr, _single(text, "expr"))


def parse_type(text: str) -> ast.TypeExpr:
    """The syntax tree of one type."""
    return cast(ast.TypeExpr, _single(text, "type"))


def _single(text: str, start: str) -> object:
    try:
        _check_text(text)
        node = _run(text, start)
        check_depth((cast(ast.Node, node),))
        return node
    except ContractError as e:
        raise e.locate("<text>", text) from None


def _check_text(text: str) -> None:
    if len(text) > LONGEST_FILE:
        raise FileTooLarge(f"the file has {len(text)} characters; the limit is {LONGEST_FILE}")
    nul = text.find("\0")
    if nul >= 0:
        raise NotText("a NUL character", ast.Span(nul, nul + 1))
    found = _INVISIBLE.search(text)
    if found:
        raise UnexpectedCharacter(
            f"the invisible character U+{ord(found[0]):04X} changes the order in which text is shown",
            ast.Span(found.start(), found.end()),
        )


@cache
def _lark() -> Lark:
    from lark import Lark

    from .build import Builder
    from .build_terms import Inline

    grammar = files(__package__ or "").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(
        grammar,
        parser="lalr",
        lexer="basic",
        strict=True,
        start=["start", "expr", "type"],
        keep_all_tokens=True,
        maybe_placeholders=True,
        postlex=TokenFilter(),
        transformer=cast(Any, Inline(Builder())),
        cache=_cache_file(),
    )


def _cache_file() -> str | bool:
    base = os.environ.get("PROBANDA_CACHE")
    if not base:
        home = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
        base = str((Path(home) if home else Path.home() / ".cache") / "probanda")
    try:
        Path(base).mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return False
    return str(Path(base) / "grammar.tables")


def _run(text: str, start: str) -> object:
    from lark.exceptions import UnexpectedInput

    lark: Any = _lark()  # lark leaves some of its types open
    try:
        return lark.parse(text, start=start)
    except UnexpectedInput as e:
        _explain(e, text)


def _explain(e: Any, text: str) -> NoReturn:
    from lark.exceptions import UnexpectedCharacters

    from .expected import describe, wanted

    if isinstance(e, UnexpectedCharacters):
        at = cast(int, e.pos_in_stream)  # pyright: ignore[reportUnknownMemberType]
        c = text[at]
        shown = f"`{c}`" if c.isprintable() else f"U+{ord(c):04X}"
        raise UnexpectedCharacter(f"{shown} begins no word or sign of the language", ast.Span(at, at + 1)) from None
    token: Token = e.token
    accepted: set[str] = e.accepts or set()
    hint = wanted(accepted)
    if token.type == "$END":
        end = len(text.rstrip())
        raise UnexpectedEnd("the text ends in the middle of a declaration", ast.Span(end, end), hint=hint) from None
    if "NAME" in accepted and token.isidentifier() and token.type != "NAME":
        raise ReservedName(f"`{token}` is a word of the language, not a name", span_of(token), hint=hint) from None
    raise UnexpectedToken(f"{describe(token)} does not fit here", span_of(token), hint=hint) from None

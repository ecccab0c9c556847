"""The base of all errors about contracts: a code, one sentence, a place in the text, and its rendering."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from typing import ClassVar, Final

from ..ast import NOWHERE, Span

CODES: Final[dict[str, type[ContractError]]] = {}
"""Every error class by its code; the docstring of a class is its page for ``probanda explain``."""

_WIDEST = 140  # characters of a source line that are shown


class ContractError(Exception):
    """Something is wrong with a contract file, a claim or the way they are run.

    ``message`` is one lower-case sentence, ``span`` the place in ``text``.  Whoever raises it need not know the file:
    :meth:`locate` adds path and text on the way up, and keeps what is already there.
    """

    code: ClassVar[str] = ""

    def __init_subclass__(cls, code: str) -> None:
        if code in CODES:
            raise TypeError(f"{code} is taken by {CODES[code].__name__}")
        cls.code = code
        CODES[code] = cls

    def __init__(
        self, message: str, span: Span = NOWHERE, *, hint: str | None = None, path: str = "", text: str = ""
    ) -> None:
        super().__init__(message, span)
        self.message = message
        self.span = span
        self.hint = hint
        self.path = path
        self.text = text

    def __str__(self) -> str:
        return self.render()

    def locate(self, path: str, text: str) -> ContractError:
        """This error, in the file ``path`` with contents ``text`` unless it already has a file."""
        if not self.path and not self.text:
            self.path = path
            self.text = text
        return self

    @property
    def line(self) -> int:
        """Line of the start of the span, from 1; 0 when the error has no place."""
        return self.text.count("\n", 0, self.span.start) + 1 if self.text else 0

    @property
    def column(self) -> int:
        """Column of the start of the span in characters, from 1; 0 when the error has no place."""
        return self.span.start - (self.text.rfind("\n", 0, self.span.start) + 1) + 1 if self.text else 0

    def render(self) -> str:
        """``file:line:col``, code and message, then the source line with carets, then the hint.

        >>> class _Demo(ContractError, code="PB000"):
        ...     pass
        >>> print(_Demo("unknown name `sofmax`", Span(4, 10), hint="say softmax", path="a.ob", text="a + sofmax(x)"))
        a.ob:1:5: error[PB000]: unknown name `sofmax`
            1 | a + sofmax(x)
              |     ^^^^^^
              = hint: say softmax
        >>> del CODES["PB000"]
        """
        where = f"{self.path}:{self.line}:{self.column}: " if self.line else f"{self.path}: " if self.path else ""
        lines = [f"{where}error[{self.code}]: {self.message}"]
        if self.line:
            lines += _excerpt(self.text, self.span, self.line)
        if self.hint:
            lines.append(f"{'':>{_gutter(self.line)}} = hint: {self.hint}")
        return "\n".join(lines)


def _gutter(line: int) -> int:
    return max(5, len(str(line)))


def _excerpt(text: str, span: Span, line: int) -> list[str]:
    start = text.rfind("\n", 0, span.start) + 1
    end = text.find("\n", span.start)
    end = len(text) if end < 0 else end
    first, last = span.start - start, min(max(span.end, span.start + 1), max(end, span.start + 1)) - start
    source = text[start:end].rstrip("\r")
    before = after = ""
    if len(source) > _WIDEST:
        cut = max(0, min(first - _WIDEST // 3, len(source) - _WIDEST))
        before = "…" if cut else ""
        after = "…" if cut + _WIDEST < len(source) else ""
        source = source[cut : cut + _WIDEST]
        first, last = first - cut, min(last - cut, _WIDEST)
    shown = before + "".join(_visible(c) for c in source) + after
    pad = len(before) + sum(_width(c) for c in source[:first]) + max(0, first - len(source))
    carets = max(1, sum(_width(c) for c in source[first:last]))
    gutter = _gutter(line)
    return [f"{line:>{gutter}} | {shown}", f"{'':>{gutter}} | {' ' * pad}{'^' * carets}"]


def _visible(c: str) -> str:
    return " " if c == "\t" else c if c.isprintable() or unicodedata.combining(c) else "\N{REPLACEMENT CHARACTER}"


def _width(c: str) -> int:
    return 0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """A hint that names the candidate most like ``name``, if one is.

    >>> nearest("sofmax", ["softmax", "exp"])
    'did you mean `softmax`?'
    """
    known = sorted(set(candidates))
    found = get_close_matches(name, known, n=1, cutoff=0.6)
    if not found:
        tail = name.rpartition(".")[2]
        found = [k for k in known if k.rpartition(".")[2] == tail][:1]
    return f"did you mean `{found[0]}`?" if found else None

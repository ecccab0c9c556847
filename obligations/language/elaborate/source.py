"""The text of a declaration."""

from __future__ import annotations

import re

from ..ast import BoundaryDecl, Decl, File

_TAIL = re.compile(r'(\s+|(?:^|\n)[ \t]*--[^\n]*|[ \t]+--[^\n"]*|/--(?:(?!-/)[\s\S])*-/)\Z')


def source_of(file: File, decl: Decl) -> str:
    """The text from the first word of ``decl`` to its last: what stands before the next declaration's own comments."""
    lines = [a for d in file.decls if isinstance(d, BoundaryDecl) for a in d.axioms]
    starts = [d.span.start for d in (*file.decls, *lines) if d.span.start > decl.span.start]
    if isinstance(decl, BoundaryDecl):
        starts = [s for s in starts if s not in {a.span.start for a in decl.axioms}]
    text = file.text[decl.span.start : min(starts, default=len(file.text))]
    while (m := _TAIL.search(text)) is not None and m.start() > 0:
        text = text[: m.start()]
    return text

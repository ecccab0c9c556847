"""The elaborator: from syntax trees to claims.

:func:`load_files` and :func:`elaborate_text` give :class:`Modules`; :func:`re_elaborate` gives the claims that a changed
declaration makes; :func:`statement_hash` identifies what a claim says; :func:`heads` lists claims without elaborating them.
"""

from .again import re_elaborate, statement_hash
from .expressions import elaborate_expr
from .heads import Head, heads
from .loader import (
    CLAIMS,
    THEORIES,
    claims_named,
    elaborate_text,
    find_use,
    library_files,
    load_files,
    module_name,
)
from .modules import Entry, Module, Modules, View

__all__ = [
    "CLAIMS",
    "THEORIES",
    "Entry",
    "Head",
    "Module",
    "Modules",
    "View",
    "claims_named",
    "elaborate_expr",
    "elaborate_text",
    "find_use",
    "heads",
    "library_files",
    "load_files",
    "module_name",
    "re_elaborate",
    "statement_hash",
]

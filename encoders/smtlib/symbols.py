"""Names of terms as SMT-LIB symbols.

A name of the contract language becomes a symbol that no theory defines: ``$`` and the name.  Other prefixes keep the
other name spaces apart: ``?`` what the printer defines, ``!`` labels of assertions.  No solver has a built-in symbol
that starts with ``$`` or ``?`` (``@`` and ``.`` are reserved to solvers by SMT-LIB 2.6, section 3.1).
"""

from __future__ import annotations

import re
from functools import lru_cache

_SIMPLE = re.compile(r"[A-Za-z0-9~!@$^&*_\-+=<>.?/]+\Z")
_UNSAFE = re.compile(r"[^\x20-\x7e]|[|\\%]")


@lru_cache(maxsize=1 << 14)
def symbol(prefix: str, name: str) -> str:
    """``name`` as a symbol, quoted where needed; different names give different symbols.

    Quoted symbols are printable ASCII without ``|`` and ``\\``: every other character, and ``%``, is written
    ``%{hex}``.

    >>> symbol("$", "x"), symbol("$", "and"), symbol("$", "d k"), symbol("$", "a|b")
    ('$x', '$and', '|$d k|', '|$a%{7c}b|')
    """
    if _SIMPLE.match(name):
        return prefix + name
    return f"|{prefix}{_UNSAFE.sub(lambda m: f'%{{{ord(m.group()):x}}}', name)}|"


def bare(text: str) -> str:
    """The symbol without its quotes: solvers may print ``$x`` as ``|$x|``."""
    return text[1:-1] if len(text) >= 2 and text[0] == text[-1] == "|" else text

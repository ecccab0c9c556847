"""Texts of a model, and names that are free."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

from ...errors import MalformedModel


def text(value: str | bytes, where: str) -> str:
    """A text field; MalformedModel if its bytes are no UTF-8."""
    if isinstance(value, str):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise MalformedModel(f"a text that is no UTF-8: {value[:40]!r}", where) from None


def identifier(name: str) -> str:
    """``name`` with everything replaced that is no letter, digit or ``_``."""
    out = re.sub(r"\W", "_", name, flags=re.ASCII)
    return f"n{out}" if not out or out[0].isdigit() or keyword.iskeyword(out) or not out.strip("_") else out


class Names:
    """Names in use."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._next: dict[str, int] = {}

    def take(self, name: str) -> None:
        """Mark a name as used."""
        self._taken.add(name)

    def fresh(self, hint: str) -> str:
        """``hint``, or ``hint_2``, ``hint_3`` … if it is used; used from now on."""
        name, k = hint, self._next.get(hint, 2)
        while name in self._taken:
            name, k = f"{hint}_{k}", k + 1
        self._next[hint] = k
        self._taken.add(name)
        return name

"""The pages behind error codes."""

from __future__ import annotations

import inspect

from .diagnostics import CODES, NoClaim, nearest

_KINDS = {
    "1": "text and syntax",
    "2": "names and types",
    "3": "not available in this version",
    "4": "goals and their discharge",
    "5": "files, settings and solvers",
}


def explain_code(code: str) -> str:
    """The page of an error code, ``PB201`` or ``pb201``; NoClaim if there is none.

    >>> print(explain_code("pb201").splitlines()[0])
    PB201  UnknownName  (names and types)
    """
    key = code.upper()
    if key not in CODES:
        raise NoClaim(f"no error has the code {code}", hint=nearest(key, CODES))
    error = CODES[key]
    return f"{key}  {error.__name__}  ({_KINDS[key[2]]})\n\n{inspect.getdoc(error) or ''}"

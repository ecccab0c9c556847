"""The pages behind error codes."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Mapping

from ...ir.errors import GRAPH_CODES
from .diagnostics import CODES, NoClaim, nearest

_KINDS = {
    "1": "text and syntax",
    "2": "names and types",
    "3": "not available in this version",
    "4": "goals and their discharge",
    "5": "files, settings and solvers",
    "6": "graphs and models",
}


def codes() -> Mapping[str, type[Exception]]:
    """Every error class by its code: those of contracts, and those of graphs."""
    from .. import artefacts

    for module in pkgutil.walk_packages(artefacts.__path__, f"{artefacts.__name__}."):
        importlib.import_module(module.name)  # a class has its code once its module is there
    return {**CODES, **GRAPH_CODES}


def explain_code(code: str) -> str:
    """The page of an error code, ``PB201`` or ``pb201``; NoClaim if there is none.

    >>> print(explain_code("pb201").splitlines()[0])
    PB201  UnknownName  (names and types)
    >>> print(explain_code("pb605").splitlines()[0])
    PB605  WrongShape  (graphs and models)
    """
    key = code.upper()
    known: Mapping[str, type[Exception]] = CODES if key in CODES else codes()
    if key not in known:
        raise NoClaim(f"no error has the code {code}", hint=nearest(key, known))
    error = known[key]
    return f"{key}  {error.__name__}  ({_KINDS[key[2]]})\n\n{inspect.getdoc(error) or ''}"

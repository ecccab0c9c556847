"""What a list shows of the claims in files, read off their syntax: nothing is elaborated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ...claims import Location, Verdict
from ..ast import ClaimDecl
from ..parser import read_file
from .core import located
from .loader import module_name
from .statements import all_formats, expectation, location


@dataclass(frozen=True, slots=True)
class Head:
    """A claim's name, kind, expected verdict, documentation and place."""

    name: str
    kind: str
    expected: Verdict
    doc: str
    location: Location


def heads(paths: Iterable[Path]) -> list[Head]:
    """The claims that files state, in order; those that they use, and whether they make sense, are not looked at.

    Raises :class:`ContractError` for a file that cannot be read or parsed.
    """
    return [head for path in paths for head in _heads(path)]


def _heads(path: Path) -> list[Head]:
    file = read_file(path)
    module, _ = module_name(path)
    out: list[Head] = []
    with located(file):
        for decl in file.decls:
            if isinstance(decl, ClaimDecl):
                expected, _ = expectation(decl.kind, dict(decl.clauses), decl.span)
                for suffix, _ in all_formats(decl.params):
                    name = f"{module}.{decl.name}{suffix}"
                    out.append(Head(name, decl.kind, expected, decl.doc, location(file, decl)))
    return out

"""Which claims a command is about: from files, names and patterns to claims.

The lemmas of operators are claims of the library that no file states; their terms are made when a command asks for them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from ..obligations.claims import Claim
from ..obligations.language.diagnostics import NoClaim, NoFile, nearest
from ..obligations.language.elaborate import CLAIMS, THEORIES, load_files
from ..obligations.settings import Settings

if TYPE_CHECKING:
    from ..obligations.artefacts.lemmas import Listed


class Named(Protocol):
    """What has the name of a claim."""

    @property
    def name(self) -> str:
        """The name."""
        ...


_C = TypeVar("_C", bound=Named)


@dataclass(frozen=True, slots=True)
class Contracts:
    """What was read: the claims asked for, all claims that they can use (used files come first), and all axioms.

    ``left_out`` says that some lemmas of operators were not made, since they were not asked for.
    """

    claims: tuple[Claim, ...]
    available: tuple[Claim, ...]
    axioms: dict[str, Claim]
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """The claims to prove, their lemmas included, and every axiom that was read.

    ``whole`` says that no claim of the files was left out.
    """

    claims: tuple[Claim, ...]
    axioms: dict[str, Claim]
    whole: bool


def contract_files(targets: Iterable[str]) -> list[Path]:
    """The files that ``targets`` (files and folders) stand for, in order of name within a folder; NoFile if there is none."""
    found: dict[Path, None] = {}
    here = Path.cwd()
    for target in targets:
        path = Path(target)
        if path.is_absolute() and path.is_relative_to(here):  # so that the library of a checkout has short names
            path = path.relative_to(here)
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*.ob") if p.is_file())
            if not inside:
                raise NoFile("there is no contract (*.ob) in this folder", path=target)
            found |= dict.fromkeys(inside)
        elif path.is_file():
            found[path] = None
        else:
            raise NoFile("there is no such file", path=target)
    return list(found)


def is_path(target: str) -> bool:
    """Whether ``target`` means a file or folder rather than the name of a claim."""
    return target.endswith(".ob") or "/" in target or "\\" in target or Path(target).exists()


def load(settings: Settings, targets: Sequence[str] = (), pattern: str | None = None) -> Contracts:
    """The contracts of the files among ``targets``; without any, those of the library and of the theories.

    With those of the library come the lemmas of operators that names among ``targets`` or ``pattern`` may mean.
    """
    contracts = load_stated(settings, targets)
    if not whole_library(settings, targets):
        return contracts
    from ..obligations.artefacts.lemmas import claims, listed

    asked = [lemma.name for lemma in operator_lemmas(settings, targets, pattern)]
    made = tuple(claims(asked)) if asked else ()
    left_out = not asked or len(made) < len(listed())
    return Contracts((*contracts.claims, *made), (*contracts.available, *made), contracts.axioms, left_out)


def load_stated(settings: Settings, targets: Sequence[str] = ()) -> Contracts:
    """The contracts that files state, without the lemmas of operators."""
    read = load_files(stated_files(settings, targets))
    return Contracts(
        tuple(c for c in read.claims if c.kind != "axiom"),
        tuple(c for c in read.all_claims if c.kind != "axiom"),
        {c.name: c for c in read.all_claims if c.kind == "axiom"},
    )


def stated_files(settings: Settings, targets: Sequence[str] = ()) -> list[Path]:
    """The files among ``targets``; without any, those of the library and of the theories."""
    paths = [t for t in targets if is_path(t)] or list(settings.library) or [str(CLAIMS), str(THEORIES)]
    return contract_files(paths)


def whole_library(settings: Settings, targets: Sequence[str] = ()) -> bool:
    """Whether no file is named, so that the library that is installed is meant."""
    return not settings.library and not any(map(is_path, targets))


def operator_lemmas(settings: Settings, targets: Sequence[str] = (), pattern: str | None = None) -> list[Listed]:
    """The lemmas of operators that names among ``targets`` may mean and ``pattern`` matches; none if files are named."""
    names = [t for t in targets if not is_path(t)]
    if not whole_library(settings, targets) or (names and not any(map(_means_lemma, names))):
        return []
    from ..obligations.artefacts.lemmas import listed

    found = [m for m in listed().values() if not names or any(_fits(name, m.name) for name in names)]
    return [m for m in found if not pattern or matches(m.name, pattern)]


def _means_lemma(name: str) -> bool:
    """Whether ``name`` may be that of an operator's lemma: looked at before the list of them is made."""
    return _is_glob(name) or name.rpartition(".")[2].startswith(("shape", "preservation"))


def _is_glob(name: str) -> bool:
    return "*" in name or "?" in name


def _fits(name: str, full: str) -> bool:
    return fnmatchcase(full, name) if _is_glob(name) else full == name or full.endswith(f".{name}")


def select(settings: Settings, args: argparse.Namespace) -> Selection:
    """What ``args.targets`` and ``args.pattern`` ask for; no claim at all if nothing matches the pattern."""
    contracts = load(settings, args.targets, args.pattern)
    asked = chosen_names(contracts.claims, args)
    by_name = {c.name: c for c in contracts.available}
    chosen = set(asked)
    todo = list(asked)
    while todo:
        for lemma in used_lemmas(by_name[todo.pop()]):
            if lemma in by_name and lemma not in chosen:
                chosen.add(lemma)
                todo.append(lemma)
    claims = tuple(c for c in contracts.available if c.name in chosen)
    return Selection(claims, contracts.axioms, len(asked) == len(contracts.claims) and not contracts.left_out)


def chosen_names(claims: Sequence[Named], args: argparse.Namespace) -> list[str]:
    """The names of those of ``claims`` that names among ``args.targets`` (``*`` and ``?`` match) and the pattern select."""
    wanted = [t for t in args.targets if not is_path(t)]
    names = {c.name for name in wanted for c in _meant(name, claims)} if wanted else {c.name for c in claims}
    return [c.name for c in claims if c.name in names and (not args.pattern or matches(c.name, args.pattern))]


def _meant(name: str, claims: Sequence[Named]) -> Sequence[Named]:
    if not _is_glob(name):
        return find(name, claims)
    found = [c for c in claims if fnmatchcase(c.name, name)]
    if not found:
        raise NoClaim(f"no claim is called {name!r}")
    return found


def used_lemmas(claim: Claim) -> list[str]:
    """The lemmas that a claim may use, by its hints or because they are offered to every goal."""
    h = claim.hints
    steps = [name for s in h.calc for name in (*(i.lemma for i in s.instances), *(m.name for m in s.lemmas))]
    return [*(i.lemma for i in h.instances), *(m.name for m in h.lemmas), *steps, *(m.name for m in claim.auto)]


def find(name: str, claims: Iterable[_C]) -> list[_C]:
    """The claim that is called ``name``, in full or by its last parts; NoClaim if none or several different ones are.

    A claim for every float format is as many claims, called ``name[float16]`` and so on; ``name`` means all of them.
    """
    claims = list(claims)
    for fits in (
        [c for c in claims if name in (c.name, _base(c))],
        [c for c in claims if c.name.endswith(f".{name}") or _base(c).endswith(f".{name}")],
    ):
        bases = list(dict.fromkeys(_base(c) for c in fits))
        if len(bases) > 1:
            raise NoClaim(f"{name!r} fits several claims: {', '.join(bases[:5])}")
        if fits:
            return fits
    raise NoClaim(f"no claim is called {name!r}", hint=nearest(name, [_base(c) for c in claims]))


def _base(claim: Named) -> str:
    return claim.name.partition("[")[0]


def matches(name: str, pattern: str) -> bool:
    """Whether ``-k pattern`` selects ``name``: as a part of it in any case, or as a pattern with ``*`` and ``?``."""
    return pattern.lower() in name.lower() or fnmatchcase(name, pattern)

"""Which claims a command is about: from files, names and patterns to claims."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from ..obligations.claims import Claim
from ..obligations.language.diagnostics import NoClaim, NoFile, nearest
from ..obligations.language.elaborate import load_files
from ..obligations.settings import Settings


@dataclass(frozen=True, slots=True)
class Selection:
    """The claims to prove with their lemmas, and every axiom that was loaded.

    ``whole`` says that no claim of the files was left out.
    """

    claims: tuple[Claim, ...]
    axioms: dict[str, Claim]
    whole: bool


def library() -> Path:
    """The claims that are installed with probanda."""
    from ..obligations import __file__ as here

    return Path(here).parent / "library"


def contract_files(targets: Iterable[str]) -> list[Path]:
    """The files that ``targets`` (files and folders) stand for, in order of name within a folder; NoFile if there is none."""
    found: dict[Path, None] = {}
    for target in targets:
        path = Path(target)
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


def load(settings: Settings, targets: Sequence[str] = ()) -> tuple[list[Claim], dict[str, Claim]]:
    """The claims of the files among ``targets`` (of the library if there are none), and the axioms they can use."""
    paths = [t for t in targets if is_path(t)] or list(settings.library) or [str(library())]
    loaded = load_files(contract_files(paths))
    return list(loaded.claims), {a.name: a for a in loaded.axioms}


def select(settings: Settings, args: argparse.Namespace) -> Selection:
    """What ``args.targets`` and ``args.pattern`` ask for; no claim at all if nothing matches the pattern."""
    claims, axioms = load(settings, args.targets)
    names = [t for t in args.targets if not is_path(t)]
    chosen = {find(name, claims).name for name in names} if names else {c.name for c in claims}
    if args.pattern:
        chosen = {name for name in chosen if matches(name, args.pattern)}
    by_name = {c.name: c for c in claims}
    todo = list(chosen)
    while todo:
        for lemma in used_lemmas(by_name[todo.pop()]):
            if lemma in by_name and lemma not in chosen:
                chosen.add(lemma)
                todo.append(lemma)
    return Selection(tuple(c for c in claims if c.name in chosen), axioms, len(chosen) == len(claims))


def used_lemmas(claim: Claim) -> list[str]:
    """The lemmas that a claim may use, by its hints or because they are offered to every goal."""
    h = claim.hints
    steps = [name for s in h.calc for name in (*(i.lemma for i in s.instances), *(m.name for m in s.lemmas))]
    return [*(i.lemma for i in h.instances), *(m.name for m in h.lemmas), *steps, *(m.name for m in claim.auto)]


def find(name: str, claims: Iterable[Claim]) -> Claim:
    """The one claim that is called ``name``, in full or by its last parts; NoClaim if none or several are."""
    claims = list(claims)
    exact = [c for c in claims if c.name == name]
    fits = exact or [c for c in claims if c.name.endswith(f".{name}")]
    if len(fits) == 1:
        return fits[0]
    if fits:
        raise NoClaim(f"{name!r} fits several claims: {', '.join(c.name for c in fits[:5])}")
    raise NoClaim(f"no claim is called {name!r}", hint=nearest(name, [c.name for c in claims]))


def matches(name: str, pattern: str) -> bool:
    """Whether ``-k pattern`` selects ``name``: as a part of it in any case, or as a pattern with ``*`` and ``?``."""
    return pattern.lower() in name.lower() or fnmatchcase(name, pattern)

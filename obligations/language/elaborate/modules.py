"""Files and what they declare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ....theories.terms.sorts import Sort
from ...claims import Claim, Lemma
from ..ast import AxiomDecl, BoundaryDecl, ClaimDecl, Def, File, GraphDecl, Span
from ..diagnostics import DuplicateName
from .core import FileView
from .models import Model

Statement = ClaimDecl | AxiomDecl


@dataclass(frozen=True, slots=True)
class Entry:
    """A declaration with its qualified name and what it sees.

    ``boundary`` and ``functions`` belong to axioms about a runtime and to boundaries, ``model`` to graphs.
    """

    name: str
    decl: Def | ClaimDecl | AxiomDecl | BoundaryDecl | GraphDecl
    view: View
    order: int
    boundary: BoundaryDecl | None = None
    functions: dict[str, Sort] = field(default_factory=dict[str, Sort])
    model: Model | None = None

    @property
    def is_boundary(self) -> bool:
        """Whether this is a boundary."""
        return isinstance(self.decl, BoundaryDecl)

    @property
    def statement(self) -> Statement:
        """The syntax of a claim or axiom."""
        assert isinstance(self.decl, ClaimDecl | AxiomDecl)
        return self.decl

    @property
    def is_fact(self) -> bool:
        """Whether others may rest on it."""
        return isinstance(self.decl, AxiomDecl) or (isinstance(self.decl, ClaimDecl) and self.decl.kind != "refuted")


@dataclass(slots=True)
class Module:
    """A file: its declarations by local name, its claims and its lemmas."""

    name: str  # family.file, or file
    family: str
    file: File
    uses: list[Module] = field(default_factory=list["Module"])  # those of used files included
    entries: dict[str, Entry] = field(default_factory=dict[str, Entry])
    claims: list[Claim] = field(default_factory=list[Claim])
    lemmas: list[Lemma] = field(default_factory=list[Lemma])
    auto: list[Entry] = field(default_factory=list[Entry])

    @property
    def short(self) -> str:
        """The name of the file alone."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class View:
    """What the declaration number ``order`` of a module sees: those before it, and the files that it uses."""

    module: Module
    order: int

    @property
    def file(self) -> File:
        """The file."""
        return self.module.file

    def find(self, name: str, span: Span) -> Entry | None:
        """The declaration called ``name``, perhaps with its file's name in front."""
        own = self.module.entries.get(name)
        if own is not None and own.order < self.order:
            return own
        found = {m.entries[name].name: m.entries[name] for m in self.module.uses if name in m.entries}
        if len(found) > 1:
            raise DuplicateName(f"{name} is declared in {' and '.join(sorted(found))}", span, hint="say file.name")
        if found:
            return next(iter(found.values()))
        for m in (self.module, *self.module.uses):
            for prefix in (m.short, m.name):
                if name.startswith(prefix + "."):
                    entry = m.entries.get(name.removeprefix(prefix + "."))
                    if entry is not None and (m is not self.module or entry.order < self.order):
                        return entry
        return None

    def find_quietly(self, name: str) -> bool:
        """Whether some declaration is called ``name``."""
        return any(name in m.entries for m in (self.module, *self.module.uses))

    def names(self) -> list[str]:
        """All names, for suggestions."""
        return [*[n for n, e in self.module.entries.items() if e.order < self.order], *self._used_names()]

    def _used_names(self) -> list[str]:
        from .builtins import NAMES

        return [*[n for m in self.module.uses for n in m.entries], *NAMES]


@dataclass(slots=True)
class Modules:
    """Every file that was read, by path; ``requested`` are the paths that were asked for."""

    modules: dict[str, Module] = field(default_factory=dict[str, Module])
    requested: list[str] = field(default_factory=list[str])

    def __iter__(self) -> Iterator[Module]:
        return iter(self.modules.values())

    @property
    def claims(self) -> list[Claim]:
        """The claims of the requested files, axioms included, in order."""
        return [c for path in self.requested for c in self.modules[path].claims]

    @property
    def all_claims(self) -> list[Claim]:
        """The claims of the requested files and of all files that these use; used files come first."""
        return [c for m in self for c in m.claims]

    @property
    def lemmas(self) -> list[Lemma]:
        """All facts that can be stated without arguments."""
        return [x for m in self for x in m.lemmas]

    def entry(self, name: str) -> Entry:
        """The declaration with a qualified name; a format in brackets is ignored.  KeyError if there is none."""
        base = name.partition("[")[0]
        for m in self:
            if base.startswith(m.name + ".") and base.removeprefix(m.name + ".") in m.entries:
                return m.entries[base.removeprefix(m.name + ".")]
        raise KeyError(name)

    def definitions(self) -> Mapping[str, Entry]:
        """All definitions by qualified name."""
        return {e.name: e for m in self for e in m.entries.values() if isinstance(e.decl, Def)}


def check_view(view: View) -> FileView:
    """A view is what the elaborator asks for (a check for the type checker)."""
    return view

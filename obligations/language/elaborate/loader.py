"""Reading files, in the order in which they use one another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from ...claims import Claim, Lemma
from ..ast import AxiomDecl, BoundaryDecl, ClaimDecl, Def, File, GraphDecl, Use
from ..diagnostics import BadClause, CircularUse, ContractError, DuplicateName, NoUse, nearest
from ..parser import parse, read_file
from .core import Session, deep_stack, located
from .models import model_of
from .modules import Entry, Module, Modules, View
from .statements import elaborate_claim

Declaration = Def | ClaimDecl | AxiomDecl | BoundaryDecl | GraphDecl
_PACKAGE: Final = Path(__file__).resolve().parents[3]
THEORIES: Final = _PACKAGE / "theories" / "library"
"""Theory files: named axioms and lemmas."""
CLAIMS: Final = _PACKAGE / "obligations" / "library"
"""The claim library, a folder for each family."""


def load_files(paths: Iterable[Path | str]) -> Modules:
    """Read and elaborate contract files and everything that they use.  Raises :class:`ContractError`."""
    given = [Path(path) for path in paths]
    loader = _Loader(given={path.resolve(): path for path in reversed(given)})
    with deep_stack():
        for path in given:
            module = loader.load(path)
            if module.file.path not in loader.modules.requested:
                loader.modules.requested.append(module.file.path)
    return loader.modules


def elaborate_text(text: str, path: str = "<text>") -> Modules:
    """Elaborate contract text as if it stood at ``path``."""
    loader = _Loader()
    with deep_stack():
        module = loader.elaborate(parse(text, path), Path(path).parent)
    loader.modules.requested.append(module.file.path)
    return loader.modules


def library_files() -> list[Path]:
    """All files of the claim library, in order of their names."""
    return sorted(CLAIMS.rglob("*.ob"))


@dataclass(slots=True)
class _Loader:
    modules: Modules = field(default_factory=Modules)
    session: Session = field(default_factory=Session)
    open: list[Path] = field(default_factory=list[Path])
    done: dict[Path, Module] = field(default_factory=dict[Path, Module])
    given: dict[Path, Path] = field(default_factory=dict[Path, Path])  # the paths that files are to be shown by

    def load(self, path: Path) -> Module:
        """The module of the file at ``path``, elaborated once."""
        real = path.resolve()
        if real in self.done:
            return self.done[real]
        self.open.append(real)
        try:
            module = self.elaborate(read_file(self.given.get(real, path)), real.parent)
        finally:
            self.open.pop()
        self.done[real] = module
        return module

    def elaborate(self, file: File, folder: Path) -> Module:
        """The module of a parsed file; used files first."""
        name, family = module_name(Path(file.path))
        module = Module(name, family, file)
        for decl in file.decls:
            if isinstance(decl, Use):
                with located(file):
                    used = self._use(decl, folder)
                module.uses += [m for m in (used, *used.uses) if m not in module.uses]
        clash = next((m for m in self.modules if m.name == name), None)
        if clash is not None:
            raise DuplicateName(f"two files are called {name}: {clash.file.path} and {file.path}", path=file.path)
        for order, decl in enumerate(file.decls):
            if not isinstance(decl, Use):
                with located(file):
                    self._declare(module, decl, order, folder)
        with located(file):
            _check_twins(module)
        self.modules.modules[file.path] = module
        return module

    def _use(self, use: Use, folder: Path) -> Module:
        path = find_use(use.name, folder)
        if path is None:
            known = [p.stem for d in (folder, THEORIES, CLAIMS) for p in _files(d, d != folder)]
            raise NoUse(f"no file for `use {use.name}`", use.span, hint=nearest(use.name, known))
        if path.resolve() in self.open:
            chain = [p.stem for p in self.open[self.open.index(path.resolve()) :]]
            raise CircularUse(f"the files {' → '.join([*chain, use.name])} use one another in a circle", use.span)
        return self.load(path)

    def _declare(self, module: Module, decl: Declaration, order: int, folder: Path) -> None:
        from .builtins import NAMES

        if decl.name in module.entries:
            raise DuplicateName(f"two declarations are called {decl.name}", decl.span)
        if decl.name in NAMES:
            raise DuplicateName(f"{decl.name} is the name of a built-in function", decl.span)
        view = View(module, order)
        entry = Entry(f"{module.name}.{decl.name}", decl, view, order)
        if isinstance(decl, GraphDecl):
            module.entries[decl.name] = replace(entry, model=model_of(decl, folder, _owner(module, decl)))
            return
        if isinstance(decl, Def):
            from .generic import check_definition

            check_definition(self.session, entry, decl)
            module.entries[decl.name] = entry
            return
        if isinstance(decl, BoundaryDecl):
            module.entries[decl.name] = entry
            for axiom in decl.axioms:
                name = f"{decl.name}.{axiom.name}"
                if name in module.entries:
                    raise DuplicateName(f"two axioms are called {name}", axiom.span)
                member = Entry(f"{module.name}.{name}", axiom, view, order, decl)
                claims = elaborate_claim(self.session, member, axiom, (), module.family)
                for p in (p for c in claims for p in c.parameters if p.role == "runtime"):
                    entry.functions[p.name.rpartition(".")[2]] = p.var.sort
                module.claims += claims
                module.entries[name] = member
            return
        self._statement(module, entry, decl)

    def _statement(self, module: Module, entry: Entry, decl: ClaimDecl | AxiomDecl) -> None:
        auto = auto_lemmas(self.session, module)
        module.claims += elaborate_claim(self.session, entry, decl, auto, module.family)
        module.entries[decl.name] = entry
        if entry.is_fact:
            is_auto = "auto" in dict(decl.clauses)
            lemmas = closed_lemmas(self.session, entry, is_auto)
            module.lemmas += lemmas
            if is_auto:
                module.auto.append(entry)


def _owner(module: Module, decl: GraphDecl) -> str:
    """The first graph of the same file in the same reading, so that both have the same weights."""
    others = [e.decl for e in module.entries.values() if isinstance(e.decl, GraphDecl)]
    return next((d.name for d in others if (d.path, d.reading) == (decl.path, decl.reading)), decl.name)


def _check_twins(module: Module) -> None:
    view = View(module, len(module.file.decls))
    for decl in module.file.decls:
        if not isinstance(decl, ClaimDecl):
            continue
        for name in dict(decl.clauses).get("twin_of", ()):
            found = view.find(name, decl.span)
            if found is None or isinstance(found.decl, Def | GraphDecl):
                hint = nearest(name, view.names())
                raise BadClause(f"`twin_of {name}`: there is no such claim", decl.span, hint=hint)


def auto_lemmas(session: Session, module: Module) -> tuple[Lemma, ...]:
    """The lemmas that are offered to every goal: those marked ``auto`` in used files and earlier in this one."""
    return tuple([x for m in (*module.uses, module) for x in m.lemmas if x.auto])


def closed_lemmas(session: Session, entry: Entry, auto: bool) -> list[Lemma]:
    """The lemma for all values of its parameters; none if it must be given arguments, which ``auto`` forbids."""
    from .dispatch import place
    from .hints import general_lemma
    from .statements import all_formats, params_of

    session.start()
    out: list[Lemma] = []
    try:
        for suffix, formats in all_formats(params_of(entry)):
            start = place(session, entry.view)
            out.append(general_lemma(start, entry, formats, suffix, entry.decl.span, auto))
    except ContractError:
        if auto:
            raise
        return []
    return out


def module_name(path: Path) -> tuple[str, str]:
    """The name of a file's module and its family: ``bugzoo.attention_mask`` in the library, ``file`` elsewhere."""
    real = path.resolve()
    for root in (CLAIMS, THEORIES):
        if root in real.parents:
            family = real.parent.name if real.parent != root else root.parent.name
            return f"{family}.{real.stem}", family
    return path.stem.strip("<>") or "text", ""


def find_use(name: str, folder: Path) -> Path | None:
    """The file that ``use name`` means: beside the user's, then a theory, then a claim of the library."""
    *families, stem = name.split(".")
    beside = folder / f"{stem}.ob"
    if not families and beside.is_file():
        return beside
    for root, deep in ((THEORIES, False), (CLAIMS, True)):
        found = [p for p in _files(root, deep) if p.stem == stem and (not families or p.parent.name == families[-1])]
        if found:
            return found[0]
    return None


def _files(folder: Path, deep: bool) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(folder.rglob("*.ob") if deep else folder.glob("*.ob"))


def claims_named(modules: Modules, name: str) -> list[Claim]:
    """The claims with that name, or with that name and a format."""
    return [c for c in modules.all_claims if c.name == name or c.name.partition("[")[0] == name]

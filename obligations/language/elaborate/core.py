"""The elaborator's heart: a place in a file, the state of a run, and the dispatch over forms of expressions."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from ....theories.terms.build import Domain, SortError
from ....theories.terms.sorts import BOOL, Sort
from ..ast import Def, Expr, File, Span
from ..diagnostics import ContractError, NotAProposition, NotDefinedOn, NotSupported, TooDeep, TooLarge
from .scope import Scope
from .values import Val, everywhere

MAX_DEPTH: Final = 600
"""Levels of expressions, those of unfolded definitions included."""
MAX_WORK: Final = 100_000
"""Expressions that one declaration may unfold to."""
_STACK: Final = 30_000


class Entry(Protocol):
    """A declaration that a name of a file stands for."""

    @property
    def name(self) -> str:
        """Its qualified name."""
        ...

    @property
    def is_boundary(self) -> bool:
        """Whether it declares a boundary."""
        ...

    @property
    def functions(self) -> Mapping[str, Sort]:
        """The functions of the runtime that a boundary speaks of."""
        ...


class FileView(Protocol):
    """What one declaration sees of its file and of the files that this one uses."""

    @property
    def file(self) -> File:
        """The file."""
        ...

    def find(self, name: str, span: Span) -> Entry | None:
        """The declaration called ``name``; raises if two used files declare it."""
        ...

    def find_quietly(self, name: str) -> bool:
        """Whether some declaration is called ``name``."""
        ...

    def names(self) -> list[str]:
        """All names, for suggestions."""
        ...


@dataclass(slots=True)
class Session:
    """State shared by all places of a run: caches, replaced definitions, and what was used.

    ``graphs`` are those that the declaration speaks of, with the digests of their models, and ``weights`` their large
    constants, with the file that declares them.
    """

    overrides: dict[int, Def] = field(default_factory=dict[int, Def])
    cache: dict[object, tuple[Val, tuple[str, ...]]] = field(default_factory=dict[object, tuple[Val, tuple[str, ...]]])
    used: dict[str, None] = field(default_factory=dict[str, None])
    graphs: dict[str, str] = field(default_factory=dict[str, str])
    weights: dict[str, tuple[str, Val]] = field(default_factory=dict[str, tuple[str, Val]])
    depth: int = 0
    work: int = 0
    unfolding: int = 0
    unfolded: int = 0

    def start(self) -> None:
        """Begin a declaration: nothing is used yet."""
        self.used = {}
        self.graphs = {}
        self.weights = {}
        self.cache = {}
        self.depth = self.work = self.unfolding = self.unfolded = 0


Handler = Callable[["Elab", Any, "Sort | None"], Val]


@dataclass(frozen=True, slots=True)
class Elab:
    """A place: local names, the file's names, and the shared state."""

    session: Session
    view: FileView
    scope: Scope
    handlers: Mapping[type, Handler]
    propositions: Mapping[type, Callable[[Elab, Any], Val | None]]

    def at(self, scope: Scope) -> Elab:
        """The same file under other local names."""
        return Elab(self.session, self.view, scope, self.handlers, self.propositions)

    @property
    def shapes(self) -> Mapping[str, tuple[Domain, ...]]:
        """The dimensions of the tensors that are variables here, by name, weights of graphs among them."""
        weights = self.session.weights
        return {**self.scope.shapes, **{n: v.dims for n, (_, v) in weights.items()}} if weights else self.scope.shapes

    def value(self, e: Expr, want: Sort | None = None) -> Val:
        """The value of ``e``.  ``want`` is the sort of elements that the place asks for: a hint for literals."""
        session = self.session
        session.depth += 1
        session.work += 1
        if session.depth > MAX_DEPTH:
            raise TooDeep("expressions are nested too deeply", e.span)
        if session.work > MAX_WORK:
            raise TooLarge("the declaration unfolds to too large a term", e.span)
        handler = self.handlers.get(type(e))
        if handler is None:
            raise NotSupported(f"this form has no meaning here: {type(e).__name__.lower()}", e.span)
        try:
            return handler(self, e, want)
        except SortError as error:
            raise NotDefinedOn(str(error), e.span) from None
        finally:
            session.depth -= 1

    def prop(self, e: Expr) -> Val:
        """The proposition ``e``: comparisons of tensors hold at every index, and connectives join propositions."""
        handler = self.propositions.get(type(e))
        if handler is not None:
            session = self.session
            session.depth += 1
            if session.depth > MAX_DEPTH:
                raise TooDeep("propositions are nested too deeply", e.span)
            try:
                found = handler(self, e)
            finally:
                session.depth -= 1
            if found is not None:
                return found
        v = self.value(e, BOOL)
        if v.is_tuple or v.elem is not BOOL:
            what = "a tuple" if v.is_tuple else f"a value of type {v.elem.text}"
            raise NotAProposition(f"{what} stands where a proposition must", e.span, hint="compare it with something")
        return everywhere(v, e.span)


@contextmanager
def located(file: File) -> Generator[None]:
    """Errors raised inside get ``file`` as their place, unless they have one."""
    try:
        yield
    except ContractError as error:
        raise error.locate(file.path, file.text) from None


@contextmanager
def deep_stack() -> Generator[None]:
    """Room for Python calls as deep as :data:`MAX_DEPTH` levels of expressions need."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _STACK))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)

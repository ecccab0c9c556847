"""Verdicts of whole claims, kept between runs.

A verdict is found again under a digest of everything that it depends on: what the claim says and what may be used to
prove it, the solvers with their versions, and the source text of the tool itself.  A generated claim is a function of
that source text and of its identity, which stands for what it says: it is found without its terms, by a tool that was
loaded from that source text.  Only ``proved`` and ``refuted`` are kept; a refutation is believed only when its
counterexample refutes once more.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import sys
import time
from contextlib import nullcontext
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final, cast

from ...theories.terms.sorts import AxisSort, ElemSort, FnSort, Sort, TupleSort
from ...theories.terms.term import Term, postorder
from ..claims import Claim, Lemma, Verdict
from ..generated import identity_of
from ..results import ClaimResult, ObligationResult
from ..settings import Settings
from .drivers import get, names
from .store import Store, digest

_NAME: Final = "verdicts-1.sqlite"
_TABLE: Final = """CREATE TABLE IF NOT EXISTS verdicts (
  key TEXT PRIMARY KEY, tool TEXT NOT NULL, body TEXT NOT NULL, checksum TEXT NOT NULL) WITHOUT ROWID"""
_MANY: Final = 20_000
"""Rows above which those of other versions of the tool are forgotten."""
_ROOT: Final = Path(__file__).absolute().parents[2]
_STARTED: Final[int] = import_module(__name__.partition(".")[0]).STARTED
_SOURCES: Final = ("theories", "encoders", "ir", "obligations")
_LIBRARIES: Final = ("numpy", "python-flint", "gmpy2", "ml_dtypes")
_SILENT: Final = frozenset({"source", "location", "family", "doc", "cites", "twin_of", "clauses"})
"""Fields of a claim that no verdict depends on."""


class Sources:
    """The source text of the tool, as it was when this was made.

    ``current`` says that no file is younger than ``started`` (nanoseconds since the epoch), when the tool began to load
    its modules: then the text is that of the modules that are loaded.
    """

    def __init__(self, root: Path = _ROOT, started: int = _STARTED) -> None:
        self._root = root
        self._youngest = 0
        self._seen = self._times()
        self.current: Final = self._youngest < started
        self._looked = time.monotonic()
        h = hashlib.sha256()
        for path in self._seen:
            data = Path(path).read_bytes()
            h.update(f"{path.removeprefix(str(root))}\0{len(data)}\0".encode() + data)
        self.digest: Final = h.hexdigest()

    def unchanged(self) -> bool:
        """Whether no file has been touched since; looks at most four times a second."""
        if time.monotonic() > self._looked + 0.25:
            self._looked = time.monotonic()
            if self._times() != self._seen:
                self._seen = {}
        return bool(self._seen)

    def _times(self) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        folders = [f"{self._root}/{folder}" for folder in _SOURCES]
        for folder in folders:
            with os.scandir(folder) if Path(folder).is_dir() else nullcontext(()) as entries:
                for entry in entries:
                    if entry.name.endswith((".py", ".lark")):
                        stat = entry.stat()
                        self._youngest = max(self._youngest, stat.st_mtime_ns, stat.st_ctime_ns)
                        found[entry.path] = (stat.st_mtime_ns, stat.st_size)
                    elif "." not in entry.name and entry.name != "__pycache__" and entry.is_dir():
                        folders.append(entry.path)
        return dict(sorted(found.items()))


class Memo(Store):
    """Verdicts in the folder of the cache, for runs with the same settings and the same tool."""

    def __init__(self, settings: Settings, sources: Sources | None = None) -> None:
        super().__init__(settings.cache_dir / _NAME, (_TABLE,), "verdicts")
        self._sources = sources or Sources()
        versions = [f"{name} {get(name).version()}" for name in names()]
        self._tool = digest(
            self._sources.digest,
            sys.version,
            *[_installed(n) for n in _LIBRARIES],
            *versions,
            "asked",
            *settings.solvers,
        )
        self._trimmed = False

    @classmethod
    def of(cls, settings: Settings) -> Memo | None:
        """The memo that a run with these settings may use."""
        if settings.designated or settings.two_solvers or not settings.use_cache:
            return None
        return cls(settings)

    def recall(self, claim: Claim) -> ClaimResult | None:
        """What was found about ``claim``, if it is kept; a counterexample is replayed first."""
        key = self._key(claim)
        if key is None:
            return None

        def look(db: sqlite3.Connection) -> ClaimResult | None:
            row = db.execute("SELECT key, tool, body, checksum FROM verdicts WHERE key = ?", (key,)).fetchone()
            return None if row is None else _read(claim, row)

        found = self.do(look, None)
        if found is not None and found.verdict is Verdict.REFUTED and not _refutes(claim, found.environment):
            self.do(lambda db: db.execute("DELETE FROM verdicts WHERE key = ?", (key,)), None)
            return None
        return found

    def keep(self, result: ClaimResult) -> None:
        """Keep a verdict that is final."""
        if result.verdict is Verdict.REFUTED:
            if not (result.replayed and result.environment):
                return
        elif result.verdict is not Verdict.PROVED:
            return
        if not self._sources.unchanged():  # what was loaded in the meantime is not what the digest is of
            return
        try:
            body = json.dumps(_body(result))
        except (TypeError, ValueError):
            return
        key = self._key(result.claim)
        if key is None:
            return
        row = (key, self._tool, body)
        self._trim()
        self.do(
            lambda db: db.execute("INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?)", (*row, digest(*row))), None
        )

    def count(self) -> int:
        """How many verdicts are kept."""
        if not self.path.exists():
            return 0
        return self.do(lambda db: int(db.execute("SELECT COUNT(*) FROM verdicts").fetchone()[0]), 0)

    def _key(self, claim: Claim) -> str | None:
        """None if it is not known what the claim says: it may be made by other source text than the digest is of."""
        if identity_of(claim) is not None and not self._sources.current:
            return None
        return digest(self._tool, *claim_parts(claim))

    def _trim(self) -> None:
        if not self._trimmed:
            self._trimmed = True
            if self.count() > _MANY:
                self.do(lambda db: db.execute("DELETE FROM verdicts WHERE tool <> ?", (self._tool,)), None)


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


# -- what a verdict depends on ---------------------------------------------------------------------------------------


def claim_parts(claim: Claim) -> list[str]:
    """Everything that a claim says, and everything that may be used to prove it; of a generated one its identity."""
    identity = identity_of(claim)
    if identity is not None:
        return ["generated", *identity]
    out: list[str] = []
    _say(claim, out)
    return out


def _say(value: object, out: list[str]) -> None:
    if isinstance(value, Term):
        out.append(value.digest.hex())
        if value.op == "var":
            out.append(_sort(value.sort))
    elif isinstance(value, Sort):
        out.append(_sort(value))
    elif isinstance(value, Lemma):
        out.append(_lemma(value))
    elif isinstance(value, tuple):
        items = cast("tuple[object, ...]", value)
        out.append(f"({len(items)}")
        for item in items:
            _say(item, out)
    elif is_dataclass(value):
        out.append(type(value).__name__)
        for f in fields(value):
            if f.name not in _SILENT:
                _say(getattr(value, f.name), out)
    else:
        out.append(f"{type(value).__name__} {value}")


@cache
def _lemma(lemma: Lemma) -> str:
    sorts = sorted({_sort(t.sort) for t in postorder([lemma.formula]) if isinstance(t.sort, ElemSort)})
    variables = [part for x in lemma.variables for part in (x.digest.hex(), _sort(x.sort))]
    kinds = f"{lemma.is_axiom} {lemma.auto}"
    return digest(lemma.name, kinds, lemma.formula.digest.hex(), str(len(sorts)), *sorts, *variables)


def _sort(sort: Sort) -> str:
    """A sort in full: the text of an element type variable does not say its class."""
    if isinstance(sort, ElemSort):
        return f"{sort.element_class} {sort.name}"
    if isinstance(sort, FnSort):
        return f"({_sort(sort.arg)} -> {_sort(sort.res)})"
    if isinstance(sort, TupleSort):
        return f"({', '.join(f'{name} : {_sort(s)}' for name, s in sort.fields)})"
    return f"axis {sort.group}" if isinstance(sort, AxisSort) else sort.text


# -- rows ------------------------------------------------------------------------------------------------------------

_RESULT: Final = tuple(
    f.name for f in fields(ClaimResult) if f.name not in ("claim", "verdict", "readings", "obligations")
)
_OBLIGATION: Final = tuple(
    f.name for f in fields(ObligationResult) if f.name not in ("verdict", "readings", "seconds", "script")
)


def _body(result: ClaimResult) -> list[object]:
    rest = {name: getattr(result, name) for name in _RESULT}
    obligations = [
        [o.verdict.value, sorted(o.readings), {name: getattr(o, name) for name in _OBLIGATION}]
        for o in result.obligations
    ]
    return [result.verdict.value, sorted(result.readings), rest, obligations]


def _read(claim: Claim, row: tuple[Any, ...]) -> ClaimResult:
    """The result in a row; ValueError when the row is not what was written."""
    parts = [part for part in row if isinstance(part, str)]
    if len(parts) != 4 or digest(*parts[:3]) != parts[3]:
        raise ValueError("a row is damaged")
    try:
        verdict, readings, rest, obligations = json.loads(parts[2])
        return ClaimResult(
            claim,
            Verdict(verdict),
            readings=frozenset(readings),
            obligations=tuple([_obligation(*o) for o in obligations]),
            **{name: _frozen(name, rest[name]) for name in _RESULT},
        )
    except (TypeError, KeyError) as error:
        raise ValueError(f"a row is damaged: {error}") from None


def _obligation(verdict: str, readings: list[str], rest: dict[str, Any]) -> ObligationResult:
    return ObligationResult(
        verdict=Verdict(verdict),
        readings=frozenset(readings),
        **{name: _frozen(name, rest[name]) for name in _OBLIGATION},
    )


def _frozen(name: str, value: Any) -> Any:
    """Lists of names are tuples in records; values of parameters stay as JSON has them."""
    if name in ("counterexample", "witness") or not isinstance(value, list):
        return value
    return tuple([tuple(cast("list[Any]", v)) if isinstance(v, list) else v for v in cast("list[Any]", value)])


def _refutes(claim: Claim, environment: str) -> bool:
    """Whether the stored values make the claim false, by exact evaluation."""
    from ...theories.errors import Unsupported
    from .falsify import replay
    from .falsify.stored import load

    try:
        return replay(claim, *load(claim, environment)).outcome == "refuted"
    except (Unsupported, ValueError, IndexError):
        return False

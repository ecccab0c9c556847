"""Definite answers of solvers, kept between runs.

A row is believed only when its checksum is right; a database that is damaged in any way is dropped and begun anew.  A
cache that cannot be written (read-only folder, full disk) costs one warning and the time it would have saved.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from .answer import Answer

_T = TypeVar("_T")
_SCHEMA = 1
_CHECKED_WHOLE = 2**25  # bytes of a database that is checked as a whole when it is opened
_NAME = f"answers-{_SCHEMA}.sqlite"
_TABLE = """CREATE TABLE IF NOT EXISTS answers (
  key TEXT PRIMARY KEY, script TEXT NOT NULL, solver TEXT NOT NULL, version TEXT NOT NULL,
  body TEXT NOT NULL, checksum TEXT NOT NULL) WITHOUT ROWID"""
_INDEX = "CREATE INDEX IF NOT EXISTS by_script ON answers (script)"


@dataclass(frozen=True, slots=True)
class CacheInfo:
    """What a cache holds: its file, its size in bytes, and how many answers of each kind."""

    path: Path
    size: int
    sat: int
    unsat: int


def _digest(*parts: str) -> str:
    h = hashlib.sha256()
    for part in parts:
        data = part.encode()
        h.update(len(data).to_bytes(8, "big") + data)
    return h.hexdigest()


class Cache:
    """The answers in one folder.  Any number of threads and processes may use it at once."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / _NAME
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None
        self._off = False

    def get(self, text: str, solver: str, version: str) -> Answer | None:
        """The answer of this version of a solver to this script, if it is kept."""
        key = _digest(text, solver, version)

        def look(db: sqlite3.Connection) -> Answer | None:
            row = db.execute(
                "SELECT key, script, solver, version, body, checksum FROM answers WHERE key = ?", (key,)
            ).fetchone()
            return None if row is None else _read(row)

        return self._do(look, None)

    def others(self, text: str) -> list[Answer]:
        """All answers that are kept for a script, whichever solver gave them."""
        script = _digest(text)

        def look(db: sqlite3.Connection) -> list[Answer]:
            rows = db.execute(
                "SELECT key, script, solver, version, body, checksum FROM answers WHERE script = ?", (script,)
            ).fetchall()
            return [_read(row) for row in rows]

        return self._do(look, [])

    def put(self, text: str, answer: Answer) -> None:
        """Keep a definite answer; anything else is not kept."""
        if not answer.definite:
            return
        key, script = _digest(text, answer.solver, answer.version), _digest(text)
        body = json.dumps([answer.status, answer.values, list(answer.core)])
        fields = (key, script, answer.solver, answer.version, body)
        row = (*fields, _digest(*fields))
        self._do(lambda db: db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?)", row), None)

    def empty(self) -> bool:
        """Whether nothing is kept yet."""
        return (
            not self.path.exists()
            or self._do(lambda db: db.execute("SELECT 1 FROM answers LIMIT 1").fetchone(), None) is None
        )

    def info(self) -> CacheInfo:
        """What is in the cache."""

        def count(db: sqlite3.Connection) -> tuple[int, int]:
            rows = db.execute("SELECT key, script, solver, version, body, checksum FROM answers").fetchall()
            statuses = [_read(row).status for row in rows]
            return statuses.count("sat"), statuses.count("unsat")

        sat, unsat = self._do(count, (0, 0)) if self.path.exists() else (0, 0)
        size = sum(p.stat().st_size for p in self._files() if p.exists())
        return CacheInfo(self.path, size, sat, unsat)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._drop()

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._disconnect()

    def _do(self, work: Callable[[sqlite3.Connection], _T], otherwise: _T) -> _T:
        """Work on the database; once more on a new one when it is damaged; ``otherwise`` when it cannot be used."""
        with self._lock:
            for again in (True, False):
                if self._off:
                    break
                try:
                    return work(self._db or self._connect())
                except (sqlite3.Error, ValueError, OSError) as error:
                    if isinstance(error, OSError) or _refused(error) or not again:
                        self._give_up(error)
                    else:
                        self._drop()
            return otherwise

    def _connect(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self.path, timeout=5.0, isolation_level=None, check_same_thread=False)
        self._db = db
        db.execute("PRAGMA cell_size_check = ON")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute(_TABLE)
        db.execute(_INDEX)
        if self.path.stat().st_size < _CHECKED_WHOLE and db.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise ValueError("the database is damaged")
        return db

    def _disconnect(self) -> None:
        if self._db is not None:
            with suppress(sqlite3.Error):
                self._db.close()
            self._db = None

    def _files(self) -> list[Path]:
        return [self.path.with_name(self.path.name + end) for end in ("", "-wal", "-shm", "-journal")]

    def _drop(self) -> None:
        self._disconnect()
        for path in self._files():
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def _give_up(self, error: Exception) -> None:
        self._off = True
        self._disconnect()
        warnings.warn(f"answers are not cached: {self.path}: {error}", RuntimeWarning, stacklevel=4)


def _refused(error: Exception) -> bool:
    """Whether the system, not the content of the database, is in the way: no permission, no space, locked."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _REFUSALS


_REFUSALS = {
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}


def _read(row: tuple[object, ...]) -> Answer:
    """The answer in a row; ValueError when the row is not what was written."""
    fields = [part for part in row if isinstance(part, str)]
    if len(fields) != 6 or _digest(*fields[:5]) != fields[5]:
        raise ValueError("a row is damaged")
    _, _, solver, version, body, _ = fields
    status, values, core = json.loads(body)
    if status not in ("sat", "unsat"):
        raise ValueError("a row is damaged")
    return Answer(status, values, tuple(core), solver, version, cached=True)

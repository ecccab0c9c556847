"""A database in the folder of caches: rows with checksums, which are believed or forgotten, never trusted.

A database that is damaged in any way is dropped and begun anew.  One that cannot be written (read-only folder, full
disk) costs one warning and the time it would have saved.  Any number of threads and processes may use it at once.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

_T = TypeVar("_T")
_CHECKED_WHOLE = 2**25  # bytes of a database that is checked as a whole when it is opened


def digest(*parts: str) -> str:
    """SHA-256 over the parts, each with its length."""
    h = hashlib.sha256()
    for part in parts:
        data = part.encode()
        h.update(len(data).to_bytes(8, "big") + data)
    return h.hexdigest()


class Store:
    """A database with the tables that ``schema`` makes; ``what`` it keeps is said in the warning when it cannot."""

    def __init__(self, path: Path, schema: tuple[str, ...], what: str) -> None:
        self.path = path
        self._schema = schema
        self._what = what
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None
        self._off = False

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(p.stat().st_size for p in self._files() if p.exists())

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._drop()

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._disconnect()

    def do(self, work: Callable[[sqlite3.Connection], _T], otherwise: _T) -> _T:
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
        for statement in self._schema:
            db.execute(statement)
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
        warnings.warn(f"{self._what} are not cached: {self.path}: {error}", RuntimeWarning, stacklevel=4)


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

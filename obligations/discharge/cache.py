"""Definite answers of solvers, kept between runs.

A row is believed only when its checksum is right.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from .answer import Answer
from .store import Store, digest

_SCHEMA = 1
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


class Cache(Store):
    """The answers in one folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / _NAME, (_TABLE, _INDEX), "answers")

    def get(self, text: str, solver: str, version: str) -> Answer | None:
        """The answer of this version of a solver to this script, if it is kept."""
        key = digest(text, solver, version)

        def look(db: sqlite3.Connection) -> Answer | None:
            row = db.execute(
                "SELECT key, script, solver, version, body, checksum FROM answers WHERE key = ?", (key,)
            ).fetchone()
            return None if row is None else _read(row)

        return self.do(look, None)

    def others(self, text: str) -> list[Answer]:
        """All answers that are kept for a script, whichever solver gave them."""
        script = digest(text)

        def look(db: sqlite3.Connection) -> list[Answer]:
            rows = db.execute(
                "SELECT key, script, solver, version, body, checksum FROM answers WHERE script = ?", (script,)
            ).fetchall()
            return [_read(row) for row in rows]

        return self.do(look, [])

    def put(self, text: str, answer: Answer) -> None:
        """Keep a definite answer; anything else is not kept."""
        if not answer.definite:
            return
        key, script = digest(text, answer.solver, answer.version), digest(text)
        body = json.dumps([answer.status, answer.values, list(answer.core)])
        fields = (key, script, answer.solver, answer.version, body)
        row = (*fields, digest(*fields))
        self.do(lambda db: db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?)", row), None)

    def empty(self) -> bool:
        """Whether nothing is kept yet."""
        return (
            not self.path.exists()
            or self.do(lambda db: db.execute("SELECT 1 FROM answers LIMIT 1").fetchone(), None) is None
        )

    def info(self) -> CacheInfo:
        """What is in the cache."""

        def count(db: sqlite3.Connection) -> tuple[int, int]:
            rows = db.execute("SELECT key, script, solver, version, body, checksum FROM answers").fetchall()
            statuses = [_read(row).status for row in rows]
            return statuses.count("sat"), statuses.count("unsat")

        sat, unsat = self.do(count, (0, 0)) if self.path.exists() else (0, 0)
        return CacheInfo(self.path, self.size, sat, unsat)


def _read(row: tuple[object, ...]) -> Answer:
    """The answer in a row; ValueError when the row is not what was written."""
    fields = [part for part in row if isinstance(part, str)]
    if len(fields) != 6 or digest(*fields[:5]) != fields[5]:
        raise ValueError("a row is damaged")
    _, _, solver, version, body, _ = fields
    status, values, core = json.loads(body)
    if status not in ("sat", "unsat"):
        raise ValueError("a row is damaged")
    return Answer(status, values, tuple(core), solver, version, cached=True)

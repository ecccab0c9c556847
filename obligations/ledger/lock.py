"""The text of ``obligations.lock``: written by :func:`render`, read by :func:`parse`, nothing else.

An entry is a line ``claim NAME`` or ``axiom NAME`` with its fields indented below, one a line, in a fixed order, empty
ones left out, so that a changed verdict is one changed line of a diff.  Longer texts follow their field with ``|`` before
every line.  The reader accepts exactly what the writer writes: ``render(parse(text)) == text``.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Final, cast

from ..language.diagnostics import BadLock, NoFile
from .records import AxiomEntry, ClaimEntry, Lock

VERSION: Final = 1
_HEAD: Final = (
    "-- The ledger: what every verdict rests on.  `probanda prove --lock write` writes it; review its difference.",
    f"lock {VERSION}",
)
_KINDS: Final[dict[str, type[ClaimEntry | AxiomEntry]]] = {"claim": ClaimEntry, "axiom": AxiomEntry}
_TUPLES: Final = frozenset(f.name for f in fields(ClaimEntry) if "tuple" in str(f.type))
_NUMBERS: Final = frozenset(f.name for c in (ClaimEntry, AxiomEntry) for f in fields(c) if str(f.type) == "int")


def render(lock: Lock) -> str:
    """The text of ``lock``: claims, then axioms, each in order of name."""
    lines = list(_HEAD)
    for word, entries in (("claim", lock.claims), ("axiom", lock.axioms)):
        for name in sorted(entries):
            lines += ["", f"{word} {name}"]
            entry = entries[name]
            for f in fields(entry)[1:]:
                lines += _field(f.name, getattr(entry, f.name))
    return "\n".join([*lines, "", _foot(lock)]) + "\n"


def _foot(lock: Lock) -> str:
    return f"end {len(lock.claims)} claims {len(lock.axioms)} axioms"


def _field(name: str, value: object) -> list[str]:
    if name == "text":
        return ["  text", *(f"    | {line}".rstrip() for line in str(value).split("\n"))] if value else []
    if name in _NUMBERS:
        return [f"  {name} {value}"]
    text = ", ".join(cast("tuple[str, ...]", value)) if name in _TUPLES else str(value)
    return [f"  {name} {text}"] if text else []


def parse(text: str, path: str = "obligations.lock") -> Lock:
    """The ledger that ``text`` is; raises BadLock with the line on anything the writer would not have written."""
    lines = text.split("\n")
    if tuple(lines[:2]) != _HEAD:
        raise BadLock(f"line 2: this is no ledger of version {VERSION}", path=path)
    if lines[-1] != "" or not lines[-2].startswith("end "):
        raise BadLock(f"line {len(lines)}: the end is missing", path=path)
    lock = Lock()
    k = 3
    while lines[k - 1] == "" and lines[k] != lines[-2]:
        k = _entry(lock, lines, k, path) + 1
    if lines[k - 1] != "" or lines[k:] != [_foot(lock), ""]:
        raise BadLock(f"line {k}: an empty line, and then an entry or `{_foot(lock)}` must stand here", path=path)
    if render(lock) != text:
        number = next(i for i, (a, b) in enumerate(zip(lines, render(lock).split("\n"), strict=False), 1) if a != b)
        raise BadLock(f"line {number}: this line is not as the writer writes it", path=path)
    return lock


def _entry(lock: Lock, lines: list[str], k: int, path: str) -> int:
    """Read the entry whose head is ``lines[k]`` into ``lock``; the number of the line after it."""
    word, _, name = lines[k].partition(" ")
    if word not in _KINDS or not name:
        raise BadLock(f"line {k + 1}: `claim NAME` or `axiom NAME` must stand here", path=path)
    into = lock.claims if word == "claim" else lock.axioms
    if name in into:
        raise BadLock(f"line {k + 1}: {name} is listed twice", path=path)
    cls = _KINDS[word]
    known = {f.name for f in fields(cls)} - {"name"}
    values: dict[str, object] = {"name": name}
    head = k + 1
    k += 1
    while lines[k].startswith("  "):
        key, _, value = lines[k][2:].partition(" ")
        k += 1
        if key not in known or key in values:
            raise BadLock(f"line {k}: {key!r} is no field of a {word}, or stands here twice", path=path)
        if key == "text":
            block: list[str] = []
            while lines[k].startswith("    |"):
                block.append(lines[k][6:])
                k += 1
            values[key] = "\n".join(block)
        elif key in _NUMBERS:
            if not value.isascii() or not value.isdecimal():
                raise BadLock(f"line {k}: {key} must be a number, not {value!r}", path=path)
            values[key] = int(value)
        else:
            values[key] = tuple(value.split(", ")) if key in _TUPLES else value
    missing = [f.name for f in fields(cls) if f.default is MISSING and f.name not in values]
    if missing:
        raise BadLock(f"line {head}: {name} has no field {missing[0]!r}", path=path)
    cast("dict[str, object]", into)[name] = cls(**values)  # type: ignore[arg-type]  # checked just above, field by field
    return k


def read(path: Path) -> Lock:
    """The ledger in ``path``; raises NoFile or BadLock."""
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise NoFile(f"the ledger cannot be read: {error.strerror or error}", path=str(path)) from None
    except UnicodeDecodeError:
        raise BadLock("this is not UTF-8 text", path=str(path)) from None
    return parse(text, str(path))


def write(path: Path, lock: Lock) -> None:
    """Put ``lock`` into ``path``, all or nothing: whoever is interrupted leaves the old file or the new one."""
    write_atomically(path, render(lock))


def write_atomically(path: Path, text: str) -> None:
    """Put ``text`` into ``path`` by a rename, after it has reached the disk."""
    path = path.resolve()
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)
        os.replace(name, path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise

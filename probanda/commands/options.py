"""Options that several commands have, from text to values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..obligations.language.diagnostics import BadSetting


def pairs(option: str, given: Sequence[str]) -> Iterator[tuple[str, str]]:
    """``A=B`` as pairs, split at the last ``=``; BadSetting for text that is no pair, and for an ``A`` that comes twice."""
    seen: set[str] = set()
    for text in given:
        name, equals, value = text.rpartition("=")
        if not equals or not name or not value:
            raise BadSetting(f"{option} takes NAME=VALUE, not {text!r}")
        if name in seen:
            raise BadSetting(f"{option}: {name} is given twice")
        seen.add(name)
        yield name, value


def sizes(given: Sequence[str] | None) -> dict[str, int]:
    """``batch=1,sequence=128`` as sizes; BadSetting."""
    out: dict[str, int] = {}
    for name, value in pairs("--sizes", [part for text in given or () for part in text.split(",") if part]):
        if not value.isdecimal():
            raise BadSetting(f"--sizes: {name} must be a whole number, not {value!r}")
        out[name] = int(value)
    return out


def count(option: str, text: str) -> int:
    """A whole number from 1; BadSetting."""
    if not text.isdecimal() or int(text) < 1:
        raise BadSetting(f"{option} must be a whole number from 1, not {text!r}")
    return int(text)

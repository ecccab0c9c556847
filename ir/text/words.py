"""The words of the text form: names, quoted texts, numbers, and how a line is cut into them."""

from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass
from typing import Final

from ..dtypes import BY_NAME, INDEX, DType

ELEMENTS: Final[dict[str, DType]] = {**BY_NAME, INDEX.name: INDEX}
"""The element types that an attribute can be, by name."""
RESERVED: Final = frozenset({"none", "true", "false", "inf", "nan", "div", "mod", *ELEMENTS})
"""Words that mean something in a value: a symbol that is called so is quoted."""
DIGITS: Final = 400
"""The longest integer."""
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_TOKEN: Final = re.compile(
    r"""(?P<space>[ \t\r]+|\#.*)
      | (?P<ref>%[0-9]{1,18}(?:\.[0-9]{1,18})?)
      | (?P<digest>sha256:[0-9a-f]{64})
      | (?P<nan>nan:[0-9a-f]{16})
      | (?P<float>[0-9]+\.[0-9]+(?:e[-+]?[0-9]+)?|[0-9]+e[-+]?[0-9]+)
      | (?P<int>[0-9]+)
      | (?P<name>[A-Za-z_][A-Za-z0-9_.]*)
      | (?P<quoted>`(?:[^`\\]|\\.)*`)
      | (?P<text>"(?:[^"\\]|\\.)*")
      | (?P<sign>[-+*^()\[\]{},:=])""",
    re.VERBOSE,
)
_ESCAPE: Final = re.compile(r"\\(?:u\{([0-9a-f]{1,6})\}|(.))")
_QUIET: Final = 0x7FF8000000000000


@dataclass(frozen=True, slots=True)
class Token:
    """A word: its kind (``ref``, ``name``, ``sign`` …; ``end`` after the last), its text, its column from 1."""

    kind: str
    text: str
    column: int


def tokens(line: str) -> list[Token]:
    """The words of a line; one of kind ``bad`` stands last where a character begins none."""
    out: list[Token] = []
    at = 0
    while at < len(line):
        found = _TOKEN.match(line, at)
        if found is None or found.lastgroup is None:
            return [*out, Token("bad", line[at], at + 1)]
        if found.lastgroup != "space":
            out.append(Token(found.lastgroup, found.group(), at + 1))
        at = found.end()
    return [*out, Token("end", "", len(line) + 1)]


def name(text: str, reserved: frozenset[str] = frozenset()) -> str:
    """A name as it is written: quoted if it is no plain word."""
    return text if _NAME.fullmatch(text) and text not in reserved else quoted(text, "`")


def quoted(text: str, mark: str) -> str:
    """A text between quotation marks, on one line."""
    return mark + "".join(_escaped(c, mark) for c in text) + mark


def _escaped(c: str, mark: str) -> str:
    if c in (mark, "\\"):
        return "\\" + c
    return c if c.isprintable() else f"\\u{{{ord(c):x}}}"


def unquoted(token: str) -> str | None:
    """The text between quotation marks; None if an escape means nothing."""

    def character(found: re.Match[str]) -> str:
        code, plain = found.groups()
        if code is None:
            if plain not in ("\\", token[0]):
                raise ValueError
            return plain
        return chr(int(code, 16))

    try:
        return _ESCAPE.sub(character, token[1:-1])
    except ValueError:
        return None


def float_text(value: float) -> str:
    """A float so that it reads back to the same bits: digits, ``inf``, ``nan``, or a NaN by its pattern."""
    if not math.isnan(value):
        return float.__repr__(value)
    (pattern,) = struct.unpack(">Q", struct.pack(">d", value))
    return "nan" if pattern == _QUIET else f"nan:{pattern:016x}"


def nan_of(token: str) -> float | None:
    """The NaN with the pattern in a token ``nan:…``; None if the pattern is no NaN."""
    value: float = struct.unpack(">d", bytes.fromhex(token[4:]))[0]
    return value if math.isnan(value) else None

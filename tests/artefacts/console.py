"""Documents whose console blocks are real: commands after ``$``, and what they print.

``python -m tests.artefacts.console FILE`` runs the commands of a document and writes what they print now.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Shown:
    """A command of a document with the output that stands below it."""

    command: str
    output: str


def blocks(document: Path, language: str) -> list[str]:
    """The fenced blocks in that language."""
    return [m["text"] for m in _BLOCK.finditer(document.read_text("utf-8")) if m["language"] == language]


def shown(block: str) -> Iterator[Shown]:
    """The commands of a console block, in order."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield Shown(command, output.rstrip("\n"))


def run(command: str) -> str:
    """What a command prints, errors included, in a shell at the root of the repository."""
    env = os.environ | {"NO_COLOR": "1", "COLUMNS": "120"}
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    done = subprocess.run(
        command, shell=True, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return done.stdout.rstrip("\n")


def comparable(output: str) -> str:
    """``output`` without what may change from run to run: durations, versions, who won a race, widths of columns."""
    text = re.sub(r"\b\d+(\.\d+)? m?s\b", "TIME", output)
    one = r"\b(z3|cvc5|bitwuzla) \d+(\.\d+)*"
    text = re.sub(f"{one}(, {one})*", "SOLVERS", text)
    return re.sub(r"  +", "  ", text)


def update(document: Path) -> None:
    """Put into the console blocks of ``document`` what their commands print now."""

    def block(m: re.Match[str]) -> str:
        if m["language"] != "console":
            return m[0]
        parts = [f"$ {s.command}\n{run(s.command)}".rstrip("\n") for s in shown(m["text"])]
        return "```console\n" + "\n".join(parts) + "\n```"

    document.write_text(_BLOCK.sub(block, document.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        update(Path(name))

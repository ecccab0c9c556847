"""The committed counts: what was measured, in files that the tests compare with."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
NODE_TESTS = HERE / "node_tests.toml"
AUDIT = HERE / "audit.toml"
MUTANTS = HERE / "mutants.toml"


def read(path: Path) -> dict[str, Any]:
    """The tables of a file; none if it does not exist."""
    return tomllib.loads(path.read_text("utf-8")) if path.exists() else {}


def write(path: Path, comment: str, tables: Mapping[str, Mapping[str, Any]]) -> None:
    """One table for each operator, in order of names."""
    lines = [f"# {comment}"]
    for name, table in sorted(tables.items()):
        lines += ["", f"[{name}]", *[f"{_key(k)} = {_value(v)}" for k, v in table.items()]]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _key(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else _value(name)


def _value(v: Any) -> str:
    if isinstance(v, int):
        return str(v)
    if isinstance(v, str):
        escaped = v.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    if isinstance(v, Mapping):
        table = cast(Mapping[str, Any], v)
        return "{ " + ", ".join(f"{_key(k)} = {_value(x)}" for k, x in table.items()) + " }" if table else "{}"
    items: list[Any] = list(v)
    return "[" + ", ".join(map(_value, items)) + "]"

"""Every error code has a page, and every code that is mentioned anywhere exists."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from probanda.obligations.language.diagnostics import CODES, ContractError, NoClaim
from probanda.obligations.language.explain import codes, explain_code

ROOT = Path(__file__).parents[2]
FOLDERS = ("theories", "encoders", "obligations", "ir", "docs")
SOURCES = [
    p
    for folder in FOLDERS
    for p in sorted((ROOT / folder).rglob("*"))
    if p.suffix in (".py", ".md", ".ob", ".lark") and p.is_file()
] + sorted(p for folder in (ROOT / "probanda", ROOT / "probanda/commands") for p in folder.glob("*.py"))


@pytest.mark.parametrize("code", sorted(codes()))
def test_pages(code: str) -> None:
    page = explain_code(code)
    assert "What to do:" in page
    assert page.splitlines()[0].startswith(code)
    assert len(page.split("\n\n")) >= 3, "a page says what the error means and what to do"


def test_unknown_code() -> None:
    with pytest.raises(NoClaim) as e:
        explain_code("PB20")
    assert e.value.hint is not None


def test_mentioned_codes_exist() -> None:
    mentioned = {code for p in SOURCES for code in re.findall(r"\bPB\d{3}\b", p.read_text("utf-8"))}
    assert mentioned - {"PB000"} <= set(codes())  # PB000 is an example in a docstring


def test_every_class_is_raised() -> None:
    """A class that nothing raises is a page about nothing."""
    text = "\n".join(p.read_text("utf-8") for p in SOURCES if p.suffix == ".py" and "diagnostics" not in p.parts)
    idle = sorted(c.__name__ for c in CODES.values() if not re.search(rf"\b{c.__name__}\(|\({c.__name__},", text))
    assert idle == []


def test_no_bare_base_class_is_raised() -> None:
    for p in SOURCES:
        if p.suffix == ".py":
            assert "raise ContractError" not in p.read_text("utf-8"), p
    assert ContractError.code == ""


def test_codes_of_graphs_are_documented() -> None:
    text = (ROOT / "docs/graphs.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| (PB\d+) \| (.+) \|$", text, re.MULTILINE))
    first = {code: (inspect.getdoc(c) or "").split("\n\n")[0].replace("\n", " ") for code, c in codes().items()}
    assert rows == {code: text for code, text in first.items() if code.startswith("PB6")}

"""The documents tell the truth: their commands print what they show, and their contracts have the verdicts they expect."""

from pathlib import Path

import pytest
from console import ROOT, Shown, blocks, comparable, run, shown

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
CONSOLE = [(d.name, s) for d in DOCUMENTS for block in blocks(d, "console") for s in shown(block)]
CONTRACTS = [(d.name, text) for d in DOCUMENTS for text in blocks(d, "ob")]


@pytest.mark.parametrize(("name", "example"), CONSOLE, ids=[f"{n}-{s.command}" for n, s in CONSOLE])
def test_commands_print_what_is_shown(name: str, example: Shown) -> None:
    assert comparable(run(example.command)) == comparable(example.output)


@pytest.mark.parametrize(("name", "text"), CONTRACTS, ids=[f"{n}-{k}" for k, (n, _) in enumerate(CONTRACTS)])
def test_contracts_have_the_verdicts_they_expect(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "example.ob"
    path.write_text(text, "utf-8")
    output = run(f"probanda prove {path} --no-cache")
    assert "not as expected" not in output and " proved" in output, output


def test_links_between_documents_lead_somewhere() -> None:
    import re

    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text("utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_the_published_schema_is_that_of_the_records() -> None:
    from probanda.obligations.reports.schema import check_text, text

    assert (ROOT / "docs" / "schema.json").read_text("utf-8") == text(), "run `make schema`"
    assert (ROOT / "docs" / "check-schema.json").read_text("utf-8") == check_text(), "run `make schema`"

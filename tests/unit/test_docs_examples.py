"""The examples of the language reference are contract files, and its tables are the ones that the parser uses."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from probanda.obligations.discharge.prove import prove_claims
from probanda.obligations.language import ast
from probanda.obligations.language.diagnostics import CODES
from probanda.obligations.language.elaborate import elaborate_text
from probanda.obligations.language.parser import parse
from probanda.obligations.language.precedence import LEVELS, MINUS, NOT, REDUCTION
from probanda.obligations.language.print_decl import print_file
from probanda.obligations.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"
REFERENCE = (DOCS / "language.md").read_text("utf-8")
EXAMPLES = re.findall(r"```probanda\n(.*?)```", REFERENCE, re.DOTALL)
OTHERS = [
    (p.name, text)
    for p in sorted(DOCS.glob("*.md"))
    if p.name != "language.md"
    for text in re.findall(r"```(?:probanda|ob)\n(.*?)```", p.read_text("utf-8"), re.DOTALL)
]


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda t: t.strip().splitlines()[0][:50])
def test_examples_print_and_parse(text: str) -> None:
    decls = parse(text).decls
    assert parse(print_file(ast.File("", "", decls))).decls == decls


def test_examples_have_the_verdicts_that_they_state(tmp_path: Path) -> None:
    """All in one run, so that the solvers start once; each example has names of its own."""
    claims = [
        c
        for k, text in enumerate(EXAMPLES)
        for c in elaborate_text(text, str(DOCS / f"example{k}.ob")).claims
        if c.kind != "axiom"
    ]
    results = prove_claims(claims, Settings(cache_dir=tmp_path, use_cache=False))
    assert len(results) == len(claims) > 25
    assert [(r.claim.name, r.verdict, r.reason) for r in results if not r.as_expected] == []


@pytest.mark.parametrize(("name", "text"), OTHERS, ids=lambda t: t.strip().splitlines()[0][:50])
def test_examples_of_other_pages_are_well_formed(name: str, text: str) -> None:
    assert parse(text, name).decls


def test_precedence_table() -> None:
    rows = re.findall(r"^\| (\d+) \| (.+?) \| (\w+) \|$", REFERENCE, re.MULTILINE)
    stated = {int(level): (tuple(re.findall(r"`([^`]+)`", signs)), side) for level, signs, side in rows}
    stated = {level: (tuple(s.replace("\\", "") for s in signs), side) for level, (signs, side) in stated.items()}
    expected = {level: (signs, side) for level, side, signs in LEVELS}
    expected |= {NOT: (("not",), "prefix"), MINUS: (("-",), "prefix")}
    expected[REDUCTION] = (("sum", "prod", "max", "min", "count"), "prefix")
    assert stated == expected


def test_error_codes() -> None:
    rows = dict(re.findall(r"^\| (PB\d+) \| (.+) \|$", REFERENCE, re.MULTILINE))
    first = {code: (inspect.getdoc(c) or "").split("\n\n")[0].replace("\n", " ") for code, c in CODES.items()}
    assert rows == {code: text.replace("|", "\\|") for code, text in first.items()}

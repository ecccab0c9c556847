"""A document for other programs: JUnit for build servers, SARIF for code scanning, workflow commands for GitHub, Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from .document import ClaimRecord, Document, to_json

FORMATS: Final = ("junit", "sarif", "github", "markdown")


def render(document: Document, output_format: str) -> str:
    """The document in one of :data:`FORMATS`."""
    return {"junit": junit, "sarif": sarif, "github": github, "markdown": markdown}[output_format](document)


def good(claim: ClaimRecord) -> bool:
    """Whether a claim is as expected, as far as its record says."""
    return claim.verdict == claim.expected and _weaker(claim) is None


def message(claim: ClaimRecord) -> str:
    """One sentence about a claim that is not as expected."""
    what = f"{claim.name}: {claim.verdict}, expected {claim.expected}"
    return f"{what}: {claim.reason}" if claim.reason else f"{what}{_place(claim)}"


def junit(document: Document) -> str:
    """One test case for each claim."""
    failures = sum(not good(c) for c in document.claims)
    out = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<testsuites><testsuite name="probanda" tests="{len(document.claims)}" failures="{failures}" errors="0">',
    ]
    for c in document.claims:
        head = f"<testcase classname={quoteattr(c.kind)} name={quoteattr(_clean(c.name))}"
        if good(c):
            out.append(f"{head}/>")
            continue
        details = escape(_clean(to_json(c.counterexample, indent=2))) if c.counterexample else ""
        text = quoteattr(_clean(message(c)))
        out.append(f"{head}><failure type={quoteattr(c.verdict)} message={text}>{details}</failure></testcase>")
    return "\n".join([*out, "</testsuite></testsuites>"])


def sarif(document: Document) -> str:
    """SARIF 2.1.0: a result for each claim that is not as expected."""
    bad = [c for c in document.claims if not good(c)]
    rules = [{"id": verdict} for verdict in dict.fromkeys(c.verdict for c in bad)]
    run = {
        "tool": {"driver": {"name": "probanda", "rules": rules}},
        "results": [_result(c) for c in bad],
    }
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    return to_json({"$schema": schema, "version": "2.1.0", "runs": [run]}, indent=2)


def github(document: Document) -> str:
    """Workflow commands, which show as annotations; a notice when all is well."""
    lines = [
        f"::error file={_property(c.location.file)},line={c.location.line},title={_property(c.name)}::{_data(message(c))}"
        for c in document.claims
        if not good(c)
    ]
    done = f"::notice title=probanda::{len(document.claims)} of {len(document.claims)} claims as expected"
    return "\n".join(lines or [done])


def markdown(document: Document) -> str:
    """A table of the claims, and below it what is not as expected."""
    rows = [
        f"| {_cell(c.name)} | {c.verdict} | {' '.join(_short(c.readings))} | {c.tier} | {'yes' if good(c) else 'no'} |"
        for c in document.claims
    ]
    table = ["| claim | verdict | readings | tier | as expected |", "|---|---|---|---|---|", *rows]
    bad = [f"- {_cell(message(c))}" for c in document.claims if not good(c)]
    return "\n".join([*table, *(["", *bad] if bad else [])])


def _weaker(claim: ClaimRecord) -> str | None:
    """The reason why an alignment that is proved is not in the readings asked for."""
    return claim.reason if claim.kind == "align" and claim.verdict == "proved" else None


def _place(claim: ClaimRecord) -> str:
    found = claim.counterexample or {}
    return f": they differ at {found['output']}{found['element']}" if claim.kind == "align" and found else ""


def _result(claim: ClaimRecord) -> dict[str, Any]:
    place = {"artifactLocation": {"uri": claim.location.file}, "region": {"startLine": max(1, claim.location.line)}}
    return {
        "ruleId": claim.verdict,
        "level": "error",
        "message": {"text": message(claim)},
        "locations": [{"physicalLocation": place}],
    }


def _short(readings: Iterable[str]) -> list[str]:
    found = list(readings)
    return ["bits"] if "bits" in found else found


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _clean(text: str) -> str:
    """``text`` without characters that XML has no place for."""
    return "".join(
        c for c in text if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff"
    )

"""The JSON document of a run.  ``docs/schema.json`` is generated from these records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from ..claims import Claim
from ..ledger.graph import Settled, dependency_graph, reach
from ..results import ordered

SCHEMA_VERSION = 1

VerdictName = Literal[
    "proved", "refuted", "unknown", "timeout", "memory", "vacuous", "unsupported", "assumed", "error"
]  # fmt: skip


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a claim stands."""

    file: str
    line: int


class ConstantRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A constant of the second model that replaces constants of the first: its largest error in terms of the bound on it.

    ``error`` is the distance from the exact value, ``bound`` the running error bound at that element, ``ratio`` at most 1.
    """

    name: str
    error: float
    bound: float
    ratio: float


class MatchRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value of the second model and the value of the first that it equals."""

    before: str
    after: str
    how: Literal["same", "bitwise", "proved", "computed", "constants"]
    readings: list[str]
    constants: list[ConstantRecord]


class UnmatchedRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value of the second model without a counterpart, and why a step to one is not shown, if one was tried."""

    name: str
    reason: str | None


class ClaimRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One claim of a run; ``obligations`` is their number.

    An alignment is a claim of kind ``align``.  It alone has ``matches``, ``unmatched``, the ``symbols`` that stand for any
    size from 1 on, the readings that were ``requested`` and the ``files`` that show a difference.
    """

    name: str
    kind: Literal["theorem", "lemma", "refuted", "rewrite", "align"]
    expected: VerdictName
    verdict: VerdictName
    readings: list[str]
    flags: list[str]
    tier: int
    laws: list[str]
    axioms: list[str]
    obligations: int
    counterexample: dict[str, Any] | None
    replayed: bool | None
    reason: str | None
    location: Place
    requested: Literal["bits", "ieee", "real"] | msgspec.UnsetType = msgspec.UNSET
    symbols: list[str] | msgspec.UnsetType = msgspec.UNSET
    matches: list[MatchRecord] | msgspec.UnsetType = msgspec.UNSET
    unmatched: list[UnmatchedRecord] | msgspec.UnsetType = msgspec.UNSET
    files: list[str] | msgspec.UnsetType = msgspec.UNSET


class AxiomRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One axiom that a claim of the run rests on; ``reach`` is how many do."""

    name: str
    statement: str
    reach: int
    evidence: str


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole run."""

    schema_version: Literal[1]
    outcome: Literal["as-expected", "differs"]
    claims: list[ClaimRecord]
    axioms: list[AxiomRecord]


class Closing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last line of a ``jsonl`` run, after one line for each claim."""

    schema_version: Literal[1]
    outcome: Literal["as-expected", "differs"]
    axioms: list[AxiomRecord]


def claim_record(settled: Settled) -> ClaimRecord:
    """The record of one claim."""
    r = settled.result
    c = r.claim
    return ClaimRecord(
        name=c.name,
        kind=c.kind,  # type: ignore[arg-type]  # axioms are no results
        expected=c.expected.value,
        verdict=r.verdict.value,
        readings=ordered(r.readings),
        flags=list(r.flags),
        tier=r.tier,
        laws=list(r.laws),
        axioms=list(r.axioms),
        obligations=len(r.obligations),
        counterexample=r.counterexample,
        replayed=r.replayed,
        reason=r.reason,
        location=Place(c.location.file, c.location.line),
    )


def axiom_records(
    settled: Sequence[Settled], axioms: Mapping[str, Claim], evidence: Mapping[str, str]
) -> list[AxiomRecord]:
    """The axioms that the claims rest on, in order of name."""
    graph = dependency_graph([s.result for s in settled], axioms)
    used = sorted({name for s in settled for name in s.result.axioms})
    return [
        AxiomRecord(name, axioms[name].source.strip(), len(reach(graph, name)), evidence.get(name, "")) for name in used
    ]


def outcome(settled: Iterable[Settled]) -> Literal["as-expected", "differs"]:
    """Whether every verdict is the expected one."""
    return "as-expected" if all(s.result.as_expected for s in settled) else "differs"


def document(
    settled: Sequence[Settled], axioms: Mapping[str, Claim], evidence: Mapping[str, str], *, complete: bool = True
) -> Document:
    """The document of a run; one that was cut short is never as expected."""
    return Document(
        SCHEMA_VERSION,
        outcome(settled) if complete else "differs",
        [claim_record(s) for s in settled],
        axiom_records(settled, axioms, evidence),
    )


def to_json(value: object, *, indent: int = 0) -> str:
    """``value`` (records, lists, plain data) as JSON text."""
    data = msgspec.json.encode(value)
    return (msgspec.json.format(data, indent=indent) if indent else data).decode()


def schema() -> dict[str, object]:
    """The JSON Schema of :class:`Document`."""
    made = msgspec.json.schema(Document)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What `probanda prove --output-format json` and `probanda align --output-format json` print",
        **made,
    }

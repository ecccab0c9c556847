"""What was checked about a model: its record, its text, its Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec

from ..artefacts.agreement import Agreement, Disagreement
from ..artefacts.check import Checked
from ..artefacts.compiled import CompiledAlignment
from ..artefacts.coverage import PROVED
from .arrays import as_json, both, json_number, lines
from .text import Style, duration

SCHEMA_VERSION: Final = 1
State = Literal["proved", "not proved", "missing"]


class OperatorRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An operator: how often it occurs, and what the ledger has of ``ops.<Op>.shape`` and ``ops.<Op>.preservation``."""

    name: str
    count: int
    shape: State
    preservation: State


class ParameterRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The parameters: how many, with how many elements and bytes, and their digest."""

    count: int
    elements: int
    bytes: int
    sha256: str


class StepRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A step of the compiled graph that is not shown to compute what it claims."""

    where: str
    reason: str


class CompiledRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The alignment of the compiled graph with the graph."""

    aligned: bool
    steps: int
    shown: int
    obligations: int
    unaligned: list[StepRecord]


class RuntimeRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Runs on a runtime against what the graph means; ``worst`` is the largest ratio of distance to bound."""

    runtime: str
    agrees: bool
    runs: int
    values: int
    elements: int
    worst: float
    disagreement: dict[str, Any] | None
    reason: str | None


class RungRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rung of the claim ladder."""

    name: str
    holds: bool
    why: str


class CheckDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `probanda check` found about a model."""

    schema_version: Literal[1]
    outcome: Literal["accepted", "rejected"]
    model: str
    reason: str | None
    nodes: int
    symbols: list[str]
    notes: list[str]
    parameters: ParameterRecord
    operators: list[OperatorRecord]
    problems: list[str]
    compiled: CompiledRecord | None
    runtime: RuntimeRecord
    ladder: list[RungRecord]


class RefusedDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model that is not imported, and its operators without a denotation, by name."""

    schema_version: Literal[1]
    outcome: Literal["unsupported"]
    model: str
    reason: str
    unsupported: list[str]


def document(c: Checked) -> CheckDocument:
    """The record of a check."""
    p = c.parameters
    return CheckDocument(
        SCHEMA_VERSION,
        "accepted" if c.accepted else "rejected",
        str(c.model.path),
        c.reason,
        len(c.model.graph.nodes),
        list(c.model.graph.symbols),
        list(c.model.notes),
        ParameterRecord(p.count, p.elements, p.bytes, p.sha256),
        [OperatorRecord(o.name, o.count, o.shape, o.preservation) for o in c.operators],  # type: ignore[arg-type]
        list(c.problems),
        None if c.compiled is None else _compiled(c.compiled),
        _runtime(c.agreement),
        [RungRecord(r.name, r.holds, r.why) for r in c.ladder],
    )


def refused(model: str, reason: str, unsupported: Sequence[str]) -> RefusedDocument:
    """The record of a model that is not imported."""
    return RefusedDocument(SCHEMA_VERSION, "unsupported", model, reason, list(unsupported))


def schema() -> dict[str, object]:
    """The JSON Schema of what a check prints."""
    kinds, components = msgspec.json.schema_components((CheckDocument, RefusedDocument), ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What `probanda check --output-format json` prints",
        "anyOf": list(kinds),
        "$defs": components,
    }


def text(c: Checked, style: Style, seconds: float, *, verbose: bool = False) -> list[str]:
    """One line with the outcome, then what it rests on."""
    head = style("good" if c.accepted else "bad", "accepted " if c.accepted else "rejected ")
    out = [f"{head}{c.model.label}   {style('dull', '   '.join(p for p in (c.reason, duration(seconds)) if p))}"]
    for word, line in _rows(c, verbose=verbose):
        out.append(f"  {style('dull', f'{word:<10}')} {line}".rstrip())
    return out


def markdown(c: Checked) -> str:
    """The ladder as a table, below it the operators."""
    out = [f"# {c.model.label}: {'accepted' if c.accepted else 'rejected'}", ""]
    out += [f"{c.reason}", ""] if c.reason else []
    out += ["| rung | holds | why |", "|---|---|---|"]
    out += [f"| {k + 1}. {r.name} | {_yes(r.holds)} | {_cell(r.why)} |" for k, r in enumerate(c.ladder)]
    out += ["", "| operator | count | shape | preservation |", "|---|---|---|---|"]
    out += [f"| {o.name} | {o.count} | {o.shape} | {o.preservation} |" for o in c.operators]
    return "\n".join(out)


def _rows(c: Checked, *, verbose: bool) -> list[tuple[str, str]]:
    p = c.parameters
    symbols = ", ".join(c.model.graph.symbols) or "none"
    rows = [("graph", f"{len(c.model.graph.nodes)} nodes, symbols: {symbols}")]
    rows += [("note", n) for n in c.model.notes]
    rows.append(("parameters", f"{p.count} with {p.elements} elements, {p.bytes} bytes, sha256 {p.sha256[:16]}"))
    rows.append(("operators", " · ".join(f"{o.name} {o.count}" for o in c.operators)))
    if verbose:
        rows += [("", f"{o.name}: shape {o.shape}, preservation {o.preservation}") for o in c.operators]
    n = len(c.operators)
    shapes = sum(o.shape == PROVED for o in c.operators)
    preserved = sum(o.preservation == PROVED for o in c.operators)
    rows.append(("lemmas", f"shape proved for {shapes} of {n}, preservation for {preserved} of {n}"))
    rows += [("problem", problem) for problem in c.problems]
    if c.compiled is not None:
        rows.append(("compiled", str(c.compiled)))
        rows += [("", f"{u.where}: {u.reason}") for u in c.compiled.unaligned]
    rows += _runtime_rows(c.agreement)
    for k, r in enumerate(c.ladder):
        rows.append(("ladder" if not k else "", f"{k + 1} {r.name:<28} {_yes(r.holds):<4} {r.why}"))
    return rows


def _runtime_rows(a: Agreement) -> list[tuple[str, str]]:
    if a.reason is not None:
        return [("runtime", f"not compared: {a.reason}")]
    if a.disagreement is None:
        done = f"{a.runs} runs agree, {a.values} values each, {a.elements} elements in all"
        return [("runtime", f"{a.runtime}: {done}, at most {a.worst:.2g} of the error bound")]
    d = a.disagreement
    rows = [("runtime", f"{a.runtime} disagrees at {d.node}")]
    if d.element is not None:
        where = f"{d.value}{list(d.element)}"
        rows.append(("", f"{where} = {both(d.found)} on the runtime"))
        rows.append(("", f"{where} = {both(d.exact)} by its meaning, give or take {d.bound:.3g}"))
    return [*rows, *[("inputs", line) for name, array in d.inputs.items() for line in lines(name, array)]]


def _compiled(c: CompiledAlignment) -> CompiledRecord:
    unaligned = [StepRecord(u.where, u.reason) for u in c.unaligned]
    return CompiledRecord(c.aligned, c.steps, c.shown, len(c.obligations), unaligned)


def _runtime(a: Agreement) -> RuntimeRecord:
    d = None if a.disagreement is None else _disagreement(a.disagreement)
    return RuntimeRecord(a.runtime, a.agrees, a.runs, a.values, a.elements, a.worst, d, a.reason)


def _disagreement(d: Disagreement) -> dict[str, object]:
    return {
        "inputs": {name: as_json(array) for name, array in d.inputs.items()},
        "value": d.value,
        "node": d.node,
        "element": None if d.element is None else list(d.element),
        "found": json_number(d.found),
        "exact": json_number(d.exact),
        "bound": json_number(d.bound),
    }


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


def _cell(line: str) -> str:
    return line.replace("|", "\\|").replace("\n", " ")

"""The documents: ``docs/operators.md`` and ``docs/audit.md``, made of the table of operators and the committed counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from probanda.ir.operators import OPS, REQUIRED, Op, load

from . import committed
from .audit import drawing
from .committed import ROOT
from .disagreements import TABLE, Disagreement
from .equivalents import FEW
from .libraries import LIBRARIES
from .mutants import WANTED

OPERATORS = ROOT / "docs" / "operators.md"
AUDIT = ROOT / "docs" / "audit.md"


def write() -> None:
    """Write both."""
    OPERATORS.write_text(operators(), "utf-8")
    AUDIT.write_text(audit(), "utf-8")


# -- operators ---------------------------------------------------------------------------------------------------------


def operators() -> str:
    """The document of all operators: what is known of each, then its formula, attributes and conventions."""
    load()
    lines = [
        "# Operators",
        "",
        "Every operator has one denotation: an index function over terms, written once for all readings. Names and attributes are",
        "those of the newest ONNX opset. [audit.md](audit.md) says how denotations are compared with other implementations.",
        "Made by `python -m tests.audit --docs`.",
        "",
        "- *shape*, *defined*, *denotation*: there is a shape rule, an index function, and conditions under which it is defined;",
        "  *proved*: the declared shape is that of the denotation, and every read is in range.",
        "- *node tests*: ONNX's own tests that pass, of those about this operator, expansions included.",
        "- *audit*: generated trials that agree with onnx.reference or onnxruntime, of all.",
        "- *mutants*: changed denotations that the trials kill.",
        "- *preservation*: what it is compiled to is what it means, at symbolic sizes.",
        "",
        "| operator | shape | defined | denotation | node tests | audit | mutants | preservation | gradient |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name in sorted(OPS):
        lines.append("| " + " | ".join(_row(OPS[name])) + " |")
    for name in sorted(OPS):
        lines += ["", *_section(OPS[name])]
    return "\n".join(lines) + "\n"


def _row(op: Op) -> Iterator[str]:
    yield f"[{op.name}](#{op.name.lower()})"
    yield "proved" if claim(f"ops.{op.name}.shape") == "proved" else "yes"
    yield "yes"
    yield "yes"
    nodes = committed.read(committed.NODE_TESTS).get(op.name)
    yield "-" if nodes is None else f"{nodes['passed']} of {_all(nodes)}"
    audits = committed.read(committed.AUDIT).get(op.name)
    yield (
        "draws" if not op.pure else "-" if audits is None else f"{audits['both'] + audits['one']} of {audits['trials']}"
    )
    mutants = committed.read(committed.MUTANTS).get(op.name)
    yield "-" if mutants is None else str(len(mutants["killed"]))
    yield claim(f"ops.{op.name}.preservation") or "-"
    yield "-"


def _all(nodes: Mapping[str, Any]) -> int:
    return nodes["passed"] + nodes["known"] + sum(nodes["unsupported"].values())


@cache
def _claims() -> dict[str, str]:
    from probanda.obligations.ledger.lock import read

    return {name: c.verdict for name, c in read(ROOT / "obligations.lock").claims.items()}


def claim(name: str) -> str | None:
    """The verdict that the ledger has of a claim, None if it has no such claim."""
    return _claims().get(name)


def _section(op: Op) -> Iterator[str]:
    yield f"## {op.name}"
    yield ""
    yield " ".join(op.doc.split())
    attrs = [f"`{k}` ({_default(v)})" for k, v in sorted(op.attrs.items()) if k not in op.static.values()]
    static = [f"`{name}` (operand {k})" for k, name in sorted(op.static.items())]
    if attrs:
        yield ""
        yield f"Attributes: {', '.join(attrs)}."
    if static:
        yield ""
        yield f"Operands that decide shapes: {', '.join(static)}."
    if op.conventions:
        yield ""
        yield from (f"- {line}" for line in op.conventions)
    if not op.pure:
        yield ""
        yield "It draws: two uses are never one."


def _default(v: Any) -> str:
    if v is REQUIRED:
        return "required"
    return "none" if v is None else f"`{v}`"


# -- the audit ---------------------------------------------------------------------------------------------------------


def audit() -> str:
    """The document of the audit: counts, disagreements, mutants."""
    return "\n".join([*_introduction(), *_counts(), *_disagreements(), *_mutants()]) + "\n"


def _introduction() -> Iterator[str]:
    yield from """# The audit of denotations

A wrong denotation deceives every reading at once, so every operator is compared with two other implementations, `onnx.reference`
and onnxruntime (optimisations off), on generated trials: all element types, ranks 0 to 4, empty tensors and sizes of 1, negative
axes and pads, every attribute, NaN, infinities, −0, subnormals, huge numbers and ties. Each third trial gives the denotation
symbols for sizes where its shape rule takes them.

Integers and Booleans agree exactly, NaN with NaN, infinities with themselves. Finite floats agree within four units in the last
place of the *sum of magnitudes*: the value with its running error (Higham, *Accuracy and Stability of Numerical Algorithms*,
section 3.3), a unit being that of the result's format. Where the sum of magnitudes of finite operands exceeds half the largest
number of the format, the order of operations decides between overflow and a number, and the class is not compared. The sign of
zero is compared unless the operator is a sum or takes extremes, where it is left open.

A difference is either a row of the table of disagreements (`tests/audit/disagreements.py`) or a failure. Made by
`python -m tests.audit`; the tests repeat a part of it.
""".splitlines()


def _counts() -> Iterator[str]:
    yield from ("", "## Trials", "")
    yield "| operator | trials | agree with both | one | none | onnx.reference | onnxruntime | no library | rejected by all |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for name, t in committed.read(committed.AUDIT).items():
        agreed = [f"{t['agreed'].get(k, 0)} of {t['trials'] - t['refused'].get(k, 0)}" for k in LIBRARIES]
        cells = [name, t["trials"], t["both"], t["one"], t["none"], *agreed, t["alone"], t["rejected"]]
        yield "| " + " | ".join(map(str, cells)) + " |"
    yield ""
    yield f"Not compared, because they draw: {', '.join(drawing())}."


def _disagreements() -> Iterator[str]:
    audits = committed.read(committed.AUDIT)
    yield from ("", "## Disagreements")
    for row in TABLE:
        yield from ("", f"### {row.name}", "", f"{row.what} *Reading:* {row.reading}")
        yield from _examples(row, audits)


def _examples(row: Disagreement, audits: Mapping[str, Any]) -> Iterator[str]:
    for name, t in audits.items():
        for key, count in t["known"].items():
            library, _, which = key.partition("/")
            if which == row.name:
                yield ""
                yield f"- {name}, {library}: {count} of {t['trials']} trials, such as"
                yield f"  `{_cut(t['examples'][key])}`"


def _cut(text: str, limit: int = 400) -> str:
    line = " ".join(text.replace("`", "'").split())
    return line if len(line) <= limit else f"{line[:limit]} …"


def _mutants() -> Iterator[str]:
    yield from ("", "## Mutants", "")
    yield "A mutant is a denotation with one place of its source, an attribute, an operand or its results changed; it is killed when a"
    yield "trial tells it from what a library gives. What survives is equivalent, with the reason, or a gap."
    yield from ("", "| operator | killed | equivalent | gaps | no program |", "|---|---|---|---|---|")
    tables = committed.read(committed.MUTANTS)
    for name, t in tables.items():
        few = f" ({FEW[name]})" if len(t["killed"]) < WANTED else ""
        yield f"| {name} | {len(t['killed'])}{few} | {len(t['equivalent'])} | {len(t['gaps'])} | {t['nothing']} |"
    for name, t in tables.items():
        if t["equivalent"] or t["gaps"]:
            yield from ("", f"### Survivors of {name}", "")
            yield from (f"- {_cut(k)}: {why}" for k, why in t["equivalent"].items())
            yield from (f"- gap: {_cut(k)}" for k in t["gaps"])

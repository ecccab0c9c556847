"""An alignment of two models: its record, and its text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final, cast

from ..artefacts.align.records import Alignment, Difference, FoldedConstant
from ..artefacts.comparison import Comparison
from ..claims import Verdict
from ..results import ordered, reading_name
from .arrays import as_json, both, json_number, lines
from .document import SCHEMA_VERSION, ClaimRecord, ConstantRecord, Document, MatchRecord, Place, UnmatchedRecord
from .text import Style, duration, solver_names

HOW: Final = {
    "same": "made of the same things",
    "bitwise": "one term, whatever the element type",
    "proved": "by solvers",
    "computed": "constants, computed and compared",
    "constants": "up to constants within rounding",
}
"""How a match is shown, in words."""
UP_TO_CONSTANTS: Final = "constants"
"""The flag of an alignment in which some constants of the second model are only the rounded values of what they replace."""
_SHOWN: Final = 12
"""Entries of a list that are printed without ``-v``."""


def document(c: Comparison) -> Document:
    """The document of an alignment."""
    return Document(SCHEMA_VERSION, "as-expected" if c.equal else "differs", [record(c)], [])


def record(c: Comparison) -> ClaimRecord:
    """The record of an alignment."""
    a = c.alignment
    reasons = dict(a.attempts)
    return ClaimRecord(
        name=c.name,
        kind="align",
        expected="proved",
        verdict=a.verdict.value,
        readings=ordered(a.readings),
        flags=[UP_TO_CONSTANTS] if a.constants else [],
        tier=a.tier,
        laws=list(a.laws),
        axioms=list(a.axioms),
        obligations=sum(len(m.obligations) for m in a.matches),
        counterexample=None if a.difference is None else _counterexample(a.difference, c),
        replayed=None if a.difference is None else all(a.difference.replayed.values()),
        reason=reason(c),
        location=Place(str(c.after.path), 1),
        requested=cast("Any", c.requested),
        symbols=list(a.symbols),
        matches=[
            MatchRecord(m.before, m.after, cast("Any", m.how), ordered(m.readings), _constants(m.constants))
            for m in a.matches
        ],
        unmatched=[UnmatchedRecord(name, reasons.get(name)) for name in a.unmatched],
        files=[] if a.difference is None else list(a.difference.files),
    )


def reason(c: Comparison) -> str | None:
    """Why the models are not shown to be equal in the requested reading; None if they are, or if they differ."""
    if c.alignment.verdict is Verdict.PROVED and not c.equal:
        return f"equal in {reading_name(c.alignment.readings)}, which is not what was asked for: {c.requested}"
    return c.alignment.reason


def text(c: Comparison, style: Style, seconds: float, *, verbose: bool = False) -> list[str]:
    """One line with the verdict, then what it rests on or what refutes it."""
    a = c.alignment
    out = [_verdict_line(c, style, seconds)]
    rows = [("note", note) for m in (c.before, c.after) for note in _few([f"{m.label}: {n}" for n in m.notes], verbose)]
    if a.verdict is Verdict.PROVED:
        rows += [("sizes", _sizes(a)), ("readings", " ".join(ordered(a.readings)))]
    rows.append(("values", _values(a)))
    rows += [("constant", line) for line in _few([_constant(k) for k in a.constants], verbose)]
    rows += [(word, ", ".join(names)) for word, names in (("laws", a.laws), ("axioms", a.axioms)) if names]
    if a.verdict is not Verdict.PROVED:
        rows += [("unmatched", line) for line in _few(_unmatched(a), verbose)]
    if a.difference is not None:
        rows += _difference(a.difference, c)
    if verbose:
        rows += [("match", f"{m.after} = {m.before}  ({m.how}, {reading_name(m.readings)})") for m in a.matches]
    previous = ""
    for word, line in rows:
        label = f"{'' if word == previous else word:<10}"
        out.append(f"  {style('dull', label)} {line}".rstrip())
        previous = word
    return out


def _verdict_line(c: Comparison, style: Style, seconds: float) -> str:
    a = c.alignment
    parts: list[str] = []
    if a.verdict is Verdict.PROVED:
        few = len(a.constants)
        held = f", up to {few} constant{'s' if few != 1 else ''}" if few else ""
        parts.append(f"{reading_name(a.readings)}{held} · tier {a.tier}")
        parts.append(solver_names(s for m in a.matches for o in m.obligations for s in o.solvers))
    if a.verdict is Verdict.REFUTED and a.difference is not None:
        d = a.difference
        parts.append(f"{d.output}{list(d.element)}: {_shown(c, 0)!r} before, {_shown(c, 1)!r} after")
        parts.append("replayed" if all(d.replayed.values()) else "not replayed")
    parts += [reason(c) or "", duration(seconds)]
    head = style("good" if c.equal else "bad", f"{a.verdict.value:<8} ")
    return f"{head}{c.name}   {style('dull', '   '.join(p for p in parts if p))}"


def _shown(c: Comparison, side: int) -> float:
    """The differing element, as the runtime has it if it was run there."""
    d = c.alignment.difference
    assert d is not None
    return c.replayed.results[side] if c.replayed.results is not None else (d.before, d.after)[side]


def _sizes(a: Alignment) -> str:
    return f"for all {', '.join(f'{s} >= 1' for s in a.symbols)}" if a.symbols else "as they are in the models"


def _values(a: Alignment) -> str:
    last = {m.after: m.how for m in a.matches}
    how = Counter(last.values())
    total = len(last) + len(a.unmatched)
    counts = ", ".join(f"{how[k]} {k} ({words})" for k, words in HOW.items() if how[k])
    return f"{len(last)} of {total} matched{f': {counts}' if counts else ''}"


def _constant(k: FoldedConstant) -> str:
    return f"{k.name}: error {k.error:.3g}, bound {k.bound:.3g} (ratio {k.ratio:.2g})"


def _unmatched(a: Alignment) -> list[str]:
    reasons = dict(a.attempts)
    return [f"{name}: {reasons[name]}" if name in reasons else name for name in a.unmatched]


def _few(entries: list[str], verbose: bool) -> list[str]:
    if verbose or len(entries) <= _SHOWN:
        return entries
    return [*entries[:_SHOWN], f"… and {len(entries) - _SHOWN} more (-v shows them)"]


def _difference(d: Difference, c: Comparison) -> list[tuple[str, str]]:
    rows = [("inputs", line) for name, array in d.inputs.items() for line in lines(name, array)]
    where = f"{d.output}{list(d.element)}"
    for word, side, exact in (("before", 0, d.before), ("after", 1, d.after)):
        if c.replayed.results is not None:
            rows.append((word, f"{where} = {both(c.replayed.results[side])} on onnxruntime"))
        rows.append((word, f"{where} = {both(exact)} over the reals"))
    first = d.first_before if d.first_before == d.first_after else f"{d.first_before} and {d.first_after}"
    rows.append(("first", f"{first} is the first pair of values that differs"))
    rows += [("replayed", f"{name}: {'yes' if done else 'no'}") for name, done in d.replayed.items()]
    rows += [("written", path) for path in d.files]
    return rows


def _counterexample(d: Difference, c: Comparison) -> dict[str, Any]:
    def side(k: int, exact: float) -> dict[str, object]:
        found = {"real": json_number(exact)}
        if c.replayed.results is not None:
            found["onnxruntime"] = json_number(c.replayed.results[k])
        return {**found, "hex": float(_shown(c, k)).hex()}

    return {
        "inputs": {name: as_json(array) for name, array in d.inputs.items()},
        "output": d.output,
        "element": list(d.element),
        "before": side(0, d.before),
        "after": side(1, d.after),
        "first": {"before": d.first_before, "after": d.first_after},
        "replayed": dict(d.replayed),
    }


def _constants(constants: Iterable[FoldedConstant]) -> list[ConstantRecord]:
    return [ConstantRecord(k.name, k.error, k.bound, k.ratio) for k in constants]

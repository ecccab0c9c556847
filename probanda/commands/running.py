"""Discharging a selection and printing its results as they come, in the order of the claims."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ..obligations.ledger.evidence import Evidence, sampled
from ..obligations.ledger.graph import Settled, settle
from ..obligations.ledger.lock import read
from ..obligations.reports import document as doc
from ..obligations.reports.text import Style, claim_line, summary_line
from ..obligations.results import ClaimResult
from ..obligations.settings import Settings
from .selection import Selection


@dataclass(slots=True)
class Outcome:
    """The settled results of a run, and whether it was interrupted before all were there."""

    settled: list[Settled] = field(default_factory=list[Settled])
    interrupted: bool = False

    @property
    def as_expected(self) -> bool:
        """Whether every verdict is the expected one and nothing is missing."""
        return not self.interrupted and all(s.result.as_expected for s in self.settled)


def discharge(selection: Selection, settings: Settings, output_format: str) -> Outcome:
    """Prove the claims of ``selection``; print each as soon as it and all before it are done, then a summary.

    ``output_format`` is ``text``, ``json``, ``jsonl``, or ``none`` for no output at all.
    """
    from ..obligations.discharge.run import prove_claims

    printer = _Printer(selection, settings, output_format)
    interrupted = False
    with _live(len(selection.claims), output_format) as show:

        def on_result(result: ClaimResult) -> None:
            printer.add(result)
            show(result)

        try:
            for result in prove_claims(selection.claims, settings, on_result):
                printer.add(result)
        except KeyboardInterrupt:
            interrupted = True
        printer.flush(everything=True)
    printer.close(interrupted)
    return Outcome(printer.printed, interrupted)


class _Printer:
    """Prints results in the order of the claims, whatever the order they come in."""

    def __init__(self, selection: Selection, settings: Settings, output_format: str) -> None:
        self.selection = selection
        self.settings = settings
        self.evidence = Evidence(selection.axioms)
        self.format = output_format
        self.style = Style(sys.stdout)
        self.width = max(len(c.name) for c in selection.claims)
        self.done: dict[str, ClaimResult] = {}
        self.printed: list[Settled] = []
        self.queue = [c.name for c in selection.claims]

    def add(self, result: ClaimResult) -> None:
        """Take one result; a second one for the same claim is the same and is dropped."""
        if self.done.setdefault(result.claim.name, result) is result:
            self.flush()

    def flush(self, *, everything: bool = False) -> None:
        """Print what can be printed: claims whose lemmas are known, up to the first that is missing or all there are."""
        while self.queue:
            name = self.queue[0]
            needed = self.needed(name)
            if needed is None and not everything:
                return
            self.queue.pop(0)
            if needed is not None:
                settled = settle(needed, self.selection.axioms, self.evidence.against)[0]
                self.printed.append(settled)
                self.print(settled)

    def needed(self, name: str) -> list[ClaimResult] | None:
        """The result of ``name`` and those of the lemmas behind it; None if one is missing."""
        found: dict[str, ClaimResult] = {}
        todo = [name]
        while todo:
            n = todo.pop()
            if n in found or (n in self.selection.axioms and n not in self.done):
                continue
            if n not in self.done:
                return None
            found[n] = self.done[n]
            todo += self.done[n].axioms
        return list(found.values())

    def print(self, settled: Settled) -> None:
        """Print one result, unless the format has only one document."""
        match self.format:
            case "text":
                print(claim_line(settled.result, self.style, self.width), flush=True)
            case "jsonl":
                print(doc.to_json(doc.claim_record(settled)), flush=True)
            case _:
                pass

    def close(self, interrupted: bool) -> None:
        """Print the summary or the document."""
        axioms = self.selection.axioms
        match self.format:
            case "json" | "jsonl":
                whole = doc.document(self.printed, axioms, self.recorded_evidence(), complete=not interrupted)
                if self.format == "json":
                    print(doc.to_json(whole, indent=2))
                else:
                    print(doc.to_json(doc.Closing(whole.schema_version, whole.outcome, whole.axioms)))
            case "text":
                print(summary_line(self.printed, self.style))
            case _:
                pass
        if interrupted:
            print(f"interrupted: {len(self.printed)} of {len(self.selection.claims)} claims done", file=sys.stderr)

    def recorded_evidence(self) -> dict[str, str]:
        """What speaks for the axioms in use: as the ledger has it, or as sampling tells (runtimes are not run here)."""
        path = self.settings.lock_file
        recorded = {a.name: a.evidence for a in read(path).axioms.values()} if path.is_file() else {}
        used = {name for s in self.printed for name in s.result.axioms}
        fresh = {n: self.evidence.speaking(n) for n in used if n not in recorded and sampled(self.selection.axioms[n])}
        return recorded | fresh


@contextmanager
def _live(total: int, output_format: str) -> Generator[Callable[[ClaimResult], None]]:
    """The live table, on a terminal that wants one."""
    if (
        output_format == "text"
        and sys.stdout.isatty()
        and not os.environ.get("CI")
        and os.environ.get("TERM") != "dumb"
    ):
        from ..obligations.reports.live import LiveTable

        with LiveTable(total) as table:
            yield table.add
    else:
        yield lambda _: None

"""The live table of a run on a terminal: how many claims are done, with which verdicts, and the last ones."""

from __future__ import annotations

from collections import Counter, deque
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ..claims import Verdict
from ..results import ClaimResult
from .text import duration


class LiveTable:
    """A context manager; lines printed while it is open appear above the table."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.verdicts: Counter[Verdict] = Counter()
        self.unexpected = 0
        self.last: deque[ClaimResult] = deque(maxlen=3)
        self.live = Live(console=Console(), refresh_per_second=8, transient=True)

    def __enter__(self) -> Self:
        self.live.__enter__()
        self.live.update(self.render())
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.live.__exit__(kind, value, tb)

    def add(self, result: ClaimResult) -> None:
        """Count one more result."""
        self.verdicts[result.verdict] += 1
        self.unexpected += not result.as_expected
        self.last.append(result)
        self.live.update(self.render())

    def render(self) -> Group:
        """The table as it is now."""
        done = self.verdicts.total()
        table = Table.grid(padding=(0, 2))
        counts = [f"{n} {v.value}" for v, n in sorted(self.verdicts.items())]
        table.add_row(
            ProgressBar(self.total, done, width=24),
            f"{done}/{self.total}",
            *counts,
            Text(f"{self.unexpected} not as expected", "red") if self.unexpected else Text("as expected", "green"),
        )
        recent = Table.grid(padding=(0, 2))
        for r in self.last:
            recent.add_row(Text(r.verdict.value), Text(r.claim.name), Text(duration(r.seconds), "dim"))
        return Group(table, recent)

"""Text lines: one for each claim, one for the run."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TextIO

from ..claims import Verdict
from ..ledger.graph import Settled
from ..results import ClaimResult, reading_name

_COLOURS: Final = {"good": "32", "bad": "31", "dull": "2", "strong": "1"}


class Style:
    """Colours for one stream: only on a terminal, and not if ``NO_COLOR`` is set."""

    def __init__(self, stream: TextIO, env: Mapping[str, str] | None = None) -> None:
        env = os.environ if env is None else env
        self.on = stream.isatty() and not env.get("NO_COLOR") and env.get("TERM") != "dumb"

    def __call__(self, kind: str, text: str) -> str:
        """``text`` as ``good``, ``bad``, ``dull`` or ``strong``."""
        return f"\x1b[{_COLOURS[kind]}m{text}\x1b[0m" if self.on and text else text


def claim_line(result: ClaimResult, style: Style, width: int) -> str:
    """``verdict  name  what it rests on``; ``width`` is that of the column of names."""
    r = result
    head = f"{r.verdict.value:<8} "
    parts: list[str] = []
    if r.verdict is Verdict.PROVED:
        parts.append(f"{reading_name(r.readings)} · tier {r.tier}")
    if r.verdict is not r.expected:
        parts.append(f"expected {r.expected.value}")
    elif r.verdict is Verdict.PROVED and not r.as_expected:
        parts.append(f"expected {' '.join(r.claim.readings)}")
    elif r.verdict is not Verdict.PROVED:
        parts.append("as expected")
    if r.flags:
        parts.append("under " + ", ".join(r.flags))
    if r.verdict is Verdict.PROVED:
        parts.append(solver_text(r))
    elif r.verdict is Verdict.REFUTED:
        parts += [r.counterexample_text, "replayed" if r.replayed else "not replayed"]
    elif r.reason and not (r.as_expected and r.verdict is Verdict.VACUOUS):
        parts.append(r.reason)
    parts.append(duration(r.seconds))
    text = "   ".join(p for p in parts if p)
    kind = "good" if r.as_expected else "bad"
    return f"{style(kind, head)}{r.claim.name:<{width}}   {style('dull', text)}".rstrip()


def solver_text(result: ClaimResult) -> str:
    """``z3 5.4, cvc5 1.4``: the solvers with the first two parts of their versions."""
    return solver_names(result.solvers)


def solver_names(solvers: Iterable[tuple[str, str]]) -> str:
    """``z3 5.4, cvc5 1.4``: each solver once, with the first two parts of its version, in order of name."""
    return ", ".join(f"{name} {'.'.join(version.split('.')[:2])}" for name, version in sorted(set(solvers)))


def duration(seconds: float) -> str:
    """``31 ms`` or ``2.4 s``."""
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def without_durations(text: str) -> str:
    """``text`` with durations taken out, for comparison."""
    return re.sub(r"\s+\d+(\.\d+)? m?s$", "", text, flags=re.MULTILINE)


def summary_line(settled: Sequence[Settled], style: Style) -> str:
    """``41 proved · 12 refuted as expected · 3 axioms (reach 12 of 41)``."""
    good = Counter(s.result.verdict for s in settled if s.result.as_expected)
    bad = Counter(s.result.verdict for s in settled if not s.result.as_expected)
    parts: list[str] = []
    for verdict in Verdict:
        if good[verdict]:
            text = f"{good[verdict]} {verdict.value}"
            parts.append(style("good", text if verdict is Verdict.PROVED else f"{text} as expected"))
    for verdict in Verdict:
        if bad[verdict]:
            parts.append(style("bad", f"{bad[verdict]} {verdict.value}, not as expected"))
    proved = [s.result for s in settled if s.result.verdict is Verdict.PROVED]
    axioms = {name for r in proved for name in r.axioms}
    if axioms:
        reached = sum(1 for r in proved if r.axioms)
        plural = "s" if len(axioms) > 1 else ""
        parts.append(f"{len(axioms)} axiom{plural} (reach {reached} of {len(proved)})")
    return " · ".join(parts)

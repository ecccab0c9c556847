"""Two solvers that contradict each other: a bug in one of them or in a script, and the end of the run."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ..language.diagnostics import SolverDisagreement
from .answer import Answer

__all__ = ["SolverDisagreement", "disagreement"]


def disagreement(goal: str, text: str, answers: Sequence[Answer]) -> SolverDisagreement:
    """Save the script for each solver and describe the contradiction."""
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    folder = Path(tempfile.mkdtemp(prefix=f"probanda-disagreement-{digest}-"))
    for answer in answers:
        head = f"; {goal}\n; {answer.solver} {answer.version} answered {answer.status}\n"
        (folder / f"{answer.solver}-{answer.status}.smt2").write_text(head + text, encoding="utf-8")
    said = ", ".join(sorted(f"{a.solver} {a.version} says {a.status}" for a in answers))
    return SolverDisagreement(f"solvers disagree on {goal or 'a script'}: {said}; scripts in {folder}", folder)

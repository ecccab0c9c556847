"""Text in, answer out: the part of discharge that the rest of it uses."""

from __future__ import annotations

from ..settings import Settings
from .answer import Answer, Status, core_names
from .disagreement import SolverDisagreement
from .drivers import Limits, cut, get
from .portfolio import Portfolio, logic_of

__all__ = ["Answer", "Portfolio", "SolverDisagreement", "Status", "core_names", "logic_of", "run_exactly", "solve"]


def solve(text: str, logic: str | None = None, settings: Settings | None = None) -> Answer:
    """Answer one script with workers of its own; use a :class:`Portfolio` for more than a few."""
    with Portfolio(settings) as portfolio:
        return portfolio.solve(text, logic)


def run_exactly(text: str, solver: str, settings: Settings | None = None) -> str:
    """What a solver prints for exactly this text, by its executable where it has one.

    Raises KeyError for an unknown solver and OSError when its executable is missing.
    """
    settings = settings or Settings()
    driver = get(solver)
    if driver.binary is not None:
        return driver.binary(text, settings.timeout)
    raw = driver.run(cut(text), Limits(settings.timeout, settings.memory), lambda: False)
    return "".join(f"{part.strip()}\n" for part in (raw.check, raw.query) if part.strip())

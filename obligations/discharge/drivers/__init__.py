"""The solvers, as data: who they are and in which order they are asked for a logic."""

from __future__ import annotations

from importlib import import_module

from .driver import Driver, Limits, RawAnswer, Script, cut, theories

__all__ = ["Driver", "Limits", "RawAnswer", "Script", "cut", "get", "names", "order", "register", "target", "theories"]

_here = __name__
_targets: dict[str, str] = {
    "z3": f"{_here}.z3:DRIVER",
    "cvc5": f"{_here}.cvc5:DRIVER",
    "bitwuzla": f"{_here}.bitwuzla:DRIVER",
}

# Theory in the logic, solvers in the order in which they are asked; the first line that fits counts.
_ORDER: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("NIA", ("z3", "cvc5")),
    ("NRA", ("z3", "cvc5")),
    ("LIA", ("z3", "cvc5")),
    ("FP", ("bitwuzla", "cvc5", "z3")),
    ("BV", ("bitwuzla", "z3", "cvc5")),
    ("UF", ("z3", "cvc5", "bitwuzla")),
)


def register(name: str, where: str) -> None:
    """Add a solver, or put another in its place: ``where`` is ``module:NAME`` of a :class:`Driver`.

    The module is imported in every worker process, so it must be importable by that name there.
    """
    _targets[name] = where


def unregister(name: str) -> None:
    """Take a solver that was added by :func:`register` away."""
    _targets.pop(name, None)


def names() -> tuple[str, ...]:
    """All registered solvers."""
    return tuple(_targets)


def target(name: str) -> str:
    """Where the record of a solver is, as ``module:NAME``."""
    return _targets[name]


def load(where: str) -> Driver:
    """The record at ``module:NAME``."""
    module, _, attribute = where.partition(":")
    driver: Driver = getattr(import_module(module), attribute)
    return driver


def get(name: str) -> Driver:
    """The record of a registered solver; KeyError if there is none."""
    return load(_targets[name])


def order(logic: str, among: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Solvers that take a logic, first asked first.  ``among`` restricts them and then gives the order itself."""
    parts = theories(logic)
    preferred = among or next((solvers for part, solvers in _ORDER if part in parts), ())
    known = [*preferred, *(name for name in _targets if name not in preferred)] if not among else list(among)
    return tuple(name for name in known if name in _targets and get(name).takes(logic) and get(name).available())

"""Claims that no file states: what a list of claims shows is known at once, the terms are made when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, Final

from .claims import NO_HINTS, Claim, Location, Verdict

_FIELDS: Final = tuple(f.name for f in fields(Claim))


class Generated(Claim):
    """A claim made by a function of the tool's own sources, the first time that a part is read which is not its head.

    ``identity`` is what the claim is made from, in full: with the same sources, the same identity is the same claim.  A copy
    that ``dataclasses.replace`` makes is no longer what was made, and has none (:func:`identity_of`).
    """

    __slots__ = ("_make", "_place", "identity")

    identity: tuple[str, ...]
    _make: Callable[[], Claim]
    _place: Callable[[], Location]

    def __getattr__(self, name: str) -> Any:
        """The value of a slot that is not filled yet; AttributeError on a copy, whose slots are all its own."""
        if name == "location":
            return _fill(self, name, self._place())
        if name not in _FIELDS:
            raise AttributeError(name)
        made = self._make()
        for field in _FIELDS:
            try:
                known = object.__getattribute__(self, field)
            except AttributeError:
                _fill(self, field, getattr(made, field))
                continue
            if known != getattr(made, field):
                raise ValueError(f"{self.name} is listed with the {field} {known!r} and made with another")
        return object.__getattribute__(self, name)


def _fill(claim: Generated, name: str, value: object) -> object:
    object.__setattr__(claim, name, value)
    return value


def generated(
    name: str,
    kind: str,
    expected: Verdict,
    *,
    family: str,
    doc: str,
    identity: tuple[str, ...],
    make: Callable[[], Claim],
    place: Callable[[], Location],
) -> Claim:
    """The claim that ``make`` makes; a ValueError when it is made if its head is another one.

    Its head is what is given here and that it has no hints, no lemmas, and no demands on flags or readings.
    """
    claim = object.__new__(Generated)
    head = {"name": name, "kind": kind, "expected": expected, "family": family, "doc": doc}
    nothing = {"hints": NO_HINTS, "auto": (), "flags": (), "readings": ()}
    for slot, value in (head | nothing | {"identity": identity, "_make": make, "_place": place}).items():
        _fill(claim, slot, value)
    return claim


def identity_of(claim: Claim) -> tuple[str, ...] | None:
    """What a generated claim is made from; None for any other claim."""
    if not isinstance(claim, Generated):
        return None
    try:
        return (claim.name, *claim.identity)
    except AttributeError:
        return None


def made(claim: Claim) -> Claim:
    """``claim`` with all its terms: what making it raises is raised here."""
    assert claim.statement
    return claim

"""Attributes as keys of tables."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from ...theories.terms.term import Term
from ..operators import Attr


def hashable(value: Attr) -> Hashable:
    """An attribute as a key; floats by their bits, so that 0.0 and −0.0 differ and a NaN is itself."""
    if isinstance(value, Mapping):
        return tuple(sorted((str(k), hashable(v)) for k, v in value.items()))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, tuple | list):
        return tuple(hashable(v) for v in value)  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, Term):
        return ("term", value.digest)
    if isinstance(value, float):
        return ("float", value.hex())
    return (type(value).__name__, repr(value))

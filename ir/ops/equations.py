"""Equations of ``Einsum``: ``ij,jk->ik``, with ellipses and implicit results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import BadArity, BadAttribute, WrongShape

ELLIPSIS = "..."
Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Equation:
    """The label of every axis of every operand and of the result; the axes of an ellipsis are ``...0``, ``...1``."""

    operands: tuple[Labels, ...]
    result: Labels


def parse(text: str, ranks: Sequence[int]) -> Equation:
    """The equation for operands of those ranks; BadAttribute, BadArity, WrongShape.

    >>> parse("...ij,...jk", [3, 3]).result
    ('...0', 'i', 'k')
    """
    left, arrow, right = text.replace(" ", "").partition("->")
    terms = [_letters(t, text) for t in left.split(",")]
    if len(terms) != len(ranks):
        raise BadArity(f"Einsum: {text!r} has {len(terms)} operands, not {len(ranks)}")
    depths = {rank - len(t) + 1 for t, rank in zip(terms, ranks, strict=True) if ELLIPSIS in t}
    if len(depths) > 1 or min(depths, default=0) < 0:
        raise WrongShape(f"Einsum: every ellipsis of {text!r} must stand for the same number of axes")
    dots = tuple(f"{ELLIPSIS}{k}" for k in range(min(depths, default=0)))
    operands = tuple(_expand(t, dots) for t in terms)
    for labels, rank in zip(operands, ranks, strict=True):
        if len(labels) != rank:
            raise WrongShape(f"Einsum: {text!r} gives an operand of rank {rank} {len(labels)} labels")
    if not arrow:
        every = [v for t in terms for v in t if v != ELLIPSIS]
        return Equation(operands, (*dots, *sorted(v for v in every if every.count(v) == 1)))
    result = _expand(_letters(right, text), dots)
    if len(set(result)) != len(result) or not set(result) <= {v for labels in operands for v in labels}:
        raise BadAttribute(f"Einsum: the result of {text!r} repeats a label or has one that no operand has")
    if not set(dots) <= set(result):
        raise BadAttribute(f"Einsum: the result of {text!r} lacks the ellipsis")
    return Equation(operands, result)


def _letters(term: str, text: str) -> list[str]:
    """The labels of a term, an ellipsis being one."""
    before, dots, after = term.partition(ELLIPSIS)
    if not all(v.isascii() and v.isalpha() for v in before + after):
        raise BadAttribute(f"Einsum: {text!r} is no equation")
    return [*before, *([dots] if dots else []), *after]


def _expand(letters: Sequence[str], dots: Labels) -> Labels:
    return tuple(w for v in letters for w in (dots if v == ELLIPSIS else (v,)))

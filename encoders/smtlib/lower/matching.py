"""Instances of lemmas by syntactic matching.

A lemma ``forall variables. formula`` is instantiated wherever its *trigger* occurs in the ground assertions: the
smallest uninterpreted application in the formula that mentions every variable (``exp(x)`` for ``0 < exp(x)``), or a few
of them together.  Arithmetic is never a trigger, since normal forms re-arrange it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from ....theories.terms.binders import substitute
from ....theories.terms.sorts import FnSort
from ....theories.terms.term import Term, free_vars, postorder, size

_HEADS: Final = frozenset({"fn", "sqrt", "round", "floor", "at", "idiv", "imod"})
_MAX_INSTANCES: Final = 400


@dataclass(frozen=True)
class Matchable:
    """A lemma offered for matching; ``origin`` labels its instances."""

    origin: str
    variables: tuple[Term, ...]
    formula: Term


def triggers(lemma: Matchable) -> tuple[Term, ...]:
    """Patterns that together mention every variable of the lemma; empty when there are none."""
    wanted = {x.name for x in lemma.variables}
    patterns: list[tuple[Term, frozenset[str]]] = []
    for t in postorder([lemma.formula]):
        if t.op in _HEADS and not t.loose:
            mentioned = frozenset(free_vars(t)) & wanted
            if (
                mentioned
                and not isinstance(t.sort, FnSort)
                and not (free_vars(_head(t)).keys() & wanted and t.op == "at")
            ):
                patterns.append((t, mentioned))
    patterns.sort(key=lambda p: (size(p[0]), p[0].digest))
    for count in (1, 2, 3):
        for group in combinations(patterns[:8], count):
            if {name for _, mentioned in group for name in mentioned} == wanted:
                return tuple(t for t, _ in group)
    return ()


def _head(t: Term) -> Term:
    while t.op == "at":
        t = t.args[0]
    return t


class Matcher:
    """Finds new instances as ground terms come up."""

    def __init__(self, lemmas: Sequence[Matchable]) -> None:
        self._lemmas: list[tuple[Matchable, tuple[Term, ...]]] = []
        self._by_head: dict[tuple[str, object], list[Term]] = {}
        self._seen: set[Term] = set()
        self._done: set[tuple[int, tuple[Term, ...]]] = set()
        for lemma in lemmas:
            self.add(lemma)

    def add(self, lemma: Matchable) -> None:
        """Offer another lemma; one that speaks of variables, and has no trigger, has no instances."""
        patterns = triggers(lemma)
        if patterns or not lemma.variables:
            self._lemmas.append((lemma, patterns))

    def note(self, formula: Term) -> None:
        """Take the ground terms of an assertion into account."""
        stack = [formula]
        while stack:
            t = stack.pop()
            if t in self._seen:
                continue
            self._seen.add(t)
            if t.op in _HEADS and not t.loose:
                self._by_head.setdefault((t.op, t.data), []).append(t)
            stack.extend(t.args)

    def instances(self) -> Iterator[tuple[str, Term]]:
        """Instances that were not given before."""
        for number, (lemma, patterns) in enumerate(self._lemmas):
            for values in self._matches(lemma, patterns):
                key = (number, values)
                if key not in self._done and len(self._done) < _MAX_INSTANCES:
                    self._done.add(key)
                    yield lemma.origin, substitute(lemma.formula, dict(zip(lemma.variables, values, strict=True)))

    def _matches(self, lemma: Matchable, patterns: tuple[Term, ...]) -> list[tuple[Term, ...]]:
        variables = set(lemma.variables)
        partial: list[dict[Term, Term]] = [{}]
        for pattern in patterns:
            grown: list[dict[Term, Term]] = []
            for t in self._by_head.get((pattern.op, pattern.data), ()):
                for binding in partial:
                    extended = match(pattern, t, variables, binding)
                    if extended is not None:
                        grown.append(extended)
            partial = grown[:_MAX_INSTANCES]
        return [tuple(m[x] for x in lemma.variables) for m in partial]


def match(pattern: Term, t: Term, variables: set[Term], binding: dict[Term, Term]) -> dict[Term, Term] | None:
    """The extension of ``binding`` under which ``pattern`` is ``t``, or None."""
    out = dict(binding)
    stack = [(pattern, t)]
    while stack:
        p, u = stack.pop()
        if p in variables:
            if u.sort is not p.sort or out.setdefault(p, u) is not u:
                return None
        elif p is u:
            continue
        elif p.op != u.op or p.data != u.data or p.sort is not u.sort or len(p.args) != len(u.args) or not p.args:
            return None
        else:
            stack.extend(zip(p.args, u.args, strict=True))
    return out

"""Lemma instances that may help with a goal over the reals, found by sympy.

Both sides of a lemma's equation, and the functions in them, are matched up to the laws of ``+`` and ``*`` against the
goal; an instance is proposed when its equation makes the difference of the goal's two sides simpler.  A proposal is
for the author to write down as a hint; by itself it proves nothing.
"""

from __future__ import annotations

import time
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final, NamedTuple

from ...theories.normal.beta import beta, strip
from ...theories.terms import build as b
from ...theories.terms.binders import substitute
from ...theories.terms.sorts import REAL
from ...theories.terms.term import Term, free_vars
from ..claims import Lemma
from ..language.term_printer import print_term
from .goal import Goal
from .symbolic import Symbols, sympy

_EQUATION: Final = ("eq",)
_SIDES: Final = ("eq", "le", "lt")
_MOST: Final = 3
_BREADTH: Final = 60
"""How many partial matches of one lemma are pursued."""
_LARGE: Final = 200
"""Operations in an expression above which sympy is not asked: matching is exponential."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A lemma with the text of its arguments, as a ``using`` hint has them."""

    lemma: str
    args: tuple[str, ...]


class _Equation(NamedTuple):
    name: str
    variables: tuple[Term, ...]
    wilds: tuple[Any, ...]
    left: Any
    right: Any
    formula: Term

    def at(self, values: Sequence[Any]) -> tuple[Any, Any]:
        """Both sides of the instance."""
        binding = dict(zip(self.wilds, values, strict=True))
        return self.left.xreplace(binding), self.right.xreplace(binding)


class _Clock:
    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def over(self) -> bool:
        return time.monotonic() > self._end


def propose(goal: Goal, lemmas: Iterable[Lemma], names: Iterable[str], seconds: float = 2.0) -> tuple[Proposal, ...]:
    """The most promising instances for ``goal``, best first, with arguments that mention the variables ``names`` only.

    Where two are as good, the earlier lemma comes first.
    """
    sides = [t.args for t in _relations(goal.conclusion, _SIDES) if not t.loose]
    usable = [(lemma, t) for lemma in lemmas for t in _usable(lemma)]
    if not sides or not usable:
        return ()
    sympy()
    clock = _Clock(seconds)
    writable = frozenset(names)
    symbols = Symbols()
    found: dict[tuple[str, frozenset[Any]], tuple[Any, ...]] = {}
    equations = [_translated(lemma, t) for lemma, t in usable]
    for left, right in sides:
        search = _Search(symbols.expression(left), symbols.expression(right), clock)
        if search.too_large:
            continue
        for number, eq in enumerate(equations):
            for values in search.instances(eq):
                rank = search.rank(eq, values)
                proposal = None if rank is None else _written(eq, values, symbols, writable)
                if rank is not None and proposal is not None:
                    says = (eq.name, frozenset(eq.at(values)))
                    key = (*rank, len(" ".join(proposal.args)), number, proposal.args)
                    found[says] = min((key, proposal), found.get(says, (key, proposal)), key=_first)
    return tuple([proposal for _, proposal in sorted(found.values(), key=_first)[:_MOST]])


def _first(pair: tuple[Any, ...]) -> Any:
    return pair[0]


def _relations(formula: Term, relations: Container[str]) -> Iterator[Term]:
    """The relations between reals that ``formula`` concludes."""
    stack = [formula]
    while stack:
        t = stack.pop()
        if t.op == "implies":
            stack.append(t.args[-1])
        elif t.op == "and":
            stack.extend(reversed(t.args))
        elif t.op in relations and t.args[0].sort is REAL:
            yield t


def _usable(lemma: Lemma) -> Iterator[Term]:
    if all(x.sort is REAL for x in lemma.variables):
        wanted = {x.name for x in lemma.variables}
        yield from (
            t for t in _relations(strip(beta(lemma.formula)), _EQUATION) if not t.loose and set(free_vars(t)) == wanted
        )


def _translated(lemma: Lemma, t: Term) -> _Equation:
    wilds = tuple([sympy().Wild(f"w{k}") for k in range(len(lemma.variables))])
    symbols = Symbols(dict(zip(lemma.variables, wilds, strict=True)), "lemma ")
    left, right = (symbols.expression(side) for side in t.args)
    return _Equation(lemma.name, lemma.variables, wilds, left, right, t)


def _written(eq: _Equation, values: Sequence[Any], symbols: Symbols, names: frozenset[str]) -> Proposal | None:
    """The instance as text, if it is well-sorted and its author can write it."""
    try:
        terms = [symbols.term(v) for v in values]
        made = substitute(eq.formula, dict(zip(eq.variables, terms, strict=True)))
        b.eq(*made.args)
    except (ValueError, b.SortError):
        return None
    if any(t.sort is not REAL or t.loose or not free_vars(t).keys() <= names for t in terms):
        return None
    return Proposal(eq.name, tuple([print_term(t) for t in terms]))


class _Search:
    """Instances of equations that bear on ``left = right``."""

    def __init__(self, left: Any, right: Any, clock: _Clock) -> None:
        sp = sympy()
        self._clock = clock
        self.too_large = bool(left.count_ops() + right.count_ops() > _LARGE)
        if self.too_large:
            return
        self._difference = sp.expand(sp.fraction(sp.together(left - right))[0])
        self._size = _size(self._difference)
        parts = dict.fromkeys(e for side in (left, right, self._difference) for e in sp.preorder_traversal(side))
        self._functions = [e for e in parts if e.is_Function]
        self._products = _choices([e for e in parts if e.is_Mul])
        self._sums = _choices([e for e in parts if e.is_Add])
        inside = [a for f in self._functions for arg in f.args for a in (arg, *sp.Add.make_args(arg), *arg.args)]
        self._pool = list(dict.fromkeys(inside))[:12]

    def instances(self, eq: _Equation) -> Iterator[tuple[Any, ...]]:
        """Values of the variables, each tuple once."""
        functions = [f for f in dict.fromkeys([*_functions(eq.left), *_functions(eq.right)]) if f.has(*eq.wilds)]
        groups: list[tuple[Any, ...]] = [(side,) for side in (eq.left, eq.right) if _functions(side)]
        for count in (1, 2, 3):
            groups += combinations(functions[:6], count)
        seen: set[tuple[Any, ...]] = set()
        for group in groups:
            if not all(any(p.has(w) for p in group) for w in eq.wilds):
                continue
            for binding in self._bindings(group, eq.wilds):
                values: tuple[Any, ...] = tuple([binding.get(w, w) for w in eq.wilds])
                if values not in seen and not any(v.has(sympy().Wild) for v in values):
                    seen.add(values)
                    yield values

    def _bindings(self, group: Sequence[Any], wilds: Sequence[Any]) -> list[dict[Any, Any]]:
        partial: list[dict[Any, Any]] = [{}]
        for pattern in group:
            grown: list[dict[Any, Any]] = []
            for binding in partial:
                grown += [{**binding, **m} for m in self._matches(pattern.xreplace(binding), wilds)]
            partial = grown[:_BREADTH]
        return partial

    def _matches(self, pattern: Any, wilds: Sequence[Any]) -> Iterator[dict[Any, Any]]:
        """Matches of ``pattern`` with parts of the goal: sympy's own, and those where one variable is given first."""
        if pattern.is_Function:
            subjects = [f for f in self._functions if f.func == pattern.func]
        else:
            subjects = self._products if pattern.is_Mul else self._sums if pattern.is_Add else []
        missing = [w for w in wilds if pattern.has(w)]
        if not missing:
            yield {}
            return
        starts: list[dict[Any, Any]] = [{}]
        if len(missing) > 1 and pattern.is_Function:
            starts += [{w: value} for w in missing for value in self._pool]
        for start in starts:
            for subject in subjects:
                if self._clock.over:
                    return
                found = subject.match(pattern.xreplace(start))
                if found is not None:
                    yield {**start, **found}

    def rank(self, eq: _Equation, values: Sequence[Any]) -> tuple[int, int] | None:
        """How simple the difference of the two sides becomes by the instance; None if it does not become simpler."""
        left, right = eq.at(values)
        best: tuple[int, int] | None = None
        for old, new in ((left, right), (right, left)):
            if self._clock.over:
                break
            if old == new or not _functions(old):
                continue
            after = _size(sympy().expand(self._difference.subs(old, new)))
            if after < self._size and (best is None or after < best):
                best = after
        return best


def _functions(e: Any) -> list[Any]:
    return [a for a in sympy().preorder_traversal(e) if a.is_Function]


def _size(e: Any) -> tuple[int, int]:
    """Operations, and functions that occur."""
    return int(e.count_ops()), len(set(_functions(e)))


def _choices(nodes: Sequence[Any]) -> list[Any]:
    """Sums or products with all that leave out some of their operands, small ones first."""
    out: dict[Any, None] = {}
    for e in nodes:
        for count in range(2, min(len(e.args), 4) + 1):
            out.update(dict.fromkeys(e.func(*chosen) for chosen in combinations(e.args[:8], count)))
        out[e] = None
    return list(out)

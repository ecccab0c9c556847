"""Nested sums: joined, taken apart, and put in a canonical order."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Final, NamedTuple

from ..terms import build as b
from ..terms.sorts import INT, Sort
from ..terms.term import Dom, Term, make
from .indices import lift, lower, mentions, rename
from .order import rank
from .polynomial import Poly, Powers, constant, guard, product
from .printing import Cube, by_powers, cubes, to_term

if TYPE_CHECKING:
    from .ring import Normalizer

_NEST: Final = 4
"""Sums nested deeper are not joined."""

Binder = tuple[Dom, tuple[Term, ...]]


class Sum(NamedTuple):
    """A sum in normal form, outermost binder first; each binder's arguments lie under the binders before it."""

    binders: tuple[Binder, ...]
    cube: Cube
    powers: Powers


def position(i: int) -> Term:
    """The integer variable with that de Bruijn index."""
    return make("bound", (), INT, i)


def flatten(run: Normalizer, s: Sum) -> Sum:
    """``s`` with the sums among its factors joined to it; a power of a sum is joined as often as it counts."""
    pending = {a: run.sums[a] for a, _ in s.powers if a in run.sums}
    while True:
        inner = next((a for a, _ in s.powers if a in pending), None)
        if inner is None or len(s.binders) + len(pending[inner].binders) > _NEST:
            return s
        run.laws.add("sum_fubini")
        part = pending[inner]
        by = len(part.binders)
        rest = [(a, e - (a is inner)) for a, e in s.powers if a is not inner or e > 1]
        pending = {lift(a, by): _lift_sum(pending[a], by) for a, _ in rest if a in pending}
        powers = (*[(lift(a, by), e) for a, e in rest], *part.powers)
        s = Sum((*s.binders, *part.binders), (*[(lift(g, by), p) for g, p in s.cube], *part.cube), powers)


def _lift_sum(s: Sum, by: int) -> Sum:
    """``s`` moved under ``by`` more binders."""

    def under(t: Term, own: int) -> Term:
        return rename(t, lambda i: i if i < own else i + by)

    n = len(s.binders)
    binders = tuple([(dom, tuple([under(x, k) for x in args])) for k, (dom, args) in enumerate(s.binders)])
    cube = tuple([(under(g, n), positive) for g, positive in s.cube])
    return Sum(binders, cube, tuple([(under(a, n), e) for a, e in s.powers]))


def bare_variables(s: Sum) -> list[int]:
    """The indices of the variables that no atom depends on."""
    return [k for k in range(len(s.binders)) if not any(mentions(a, k) for a, _ in s.powers)]


def summand(sort: Sort, s: Sum) -> Term:
    """The innermost summand."""
    return to_term(Poly(sort, {product((), s.powers): 1}) * on(sort, s.cube))


def on(sort: Sort, cube: Cube) -> Poly:
    """The indicator of a conjunction."""
    p = constant(sort, 1)
    for g, positive in cube:
        p = p * (guard(g, sort) if positive else constant(sort, 1) - guard(g, sort))
    return p


def nested(sort: Sort, binders: tuple[Binder, ...], body: Term) -> Term:
    """The sum of ``body`` over ``binders``, outermost first."""
    for dom, args in reversed(binders):
        body = make("sum", (*args, b.TRUE, body), sort, dom)
    return body


def parts_of(run: Normalizer, body: Term) -> tuple[Cube, Powers] | None:
    """The conjunction and product that ``body`` is."""
    p = run.poly(body)
    found = [(cube, powers, c) for powers, f in by_powers(p).items() for cube, c in cubes(f, p.modulus).items()]
    return found[0][:2] if len(found) == 1 and found[0][2] == 1 else None


def renormal(run: Normalizer, sort: Sort, s: Sum) -> Sum:
    """``s`` with atoms that were moved under binders in normal form again."""
    parts = parts_of(run, summand(sort, s)) if len(s.binders) > 1 else None
    return s if parts is None else Sum(s.binders, *parts)


def canonical(run: Normalizer, sort: Sort, s: Sum) -> Poly:
    """The sum in the order of binders whose term has the lowest digest."""
    body = summand(sort, s)
    n = len(s.binders)
    best: tuple[bytes, Term, Sum] | None = None
    for order in permutations(range(n)):
        place = {n - 1 - old: n - 1 - new for new, old in enumerate(order)}
        binders = _reordered(run, s, order, place)
        if binders is None:
            continue
        moved = run.term(rename(body, lambda i, place=place: place.get(i, i)))
        parts = parts_of(run, moved)
        if parts is None:
            continue
        t = nested(sort, binders, moved)
        key = rank(t)
        if best is None or key < best[0]:
            best = key, t, Sum(binders, *parts)
    if best is None:
        return run.keep(nested(sort, s.binders, body))
    run.sums[best[1]] = best[2]
    return run.keep(best[1])


def orders(run: Normalizer, t: Term) -> list[Term]:
    """Sums equal to ``t``: itself and, of nested sums, those with another of their variables outermost."""
    out = [t]
    s = run.sums.get(t)
    n = 0 if s is None else len(s.binders)
    for first in range(1, n):
        assert s is not None
        order = (first, *[k for k in range(n) if k != first])
        place = {n - 1 - old: n - 1 - new for new, old in enumerate(order)}
        binders = _reordered(run, s, order, place)
        if binders is not None:
            body = rename(summand(t.sort, s), lambda i, place=place: place.get(i, i))
            out.append(nested(t.sort, binders, body))
    return out


def _reordered(run: Normalizer, s: Sum, order: tuple[int, ...], place: dict[int, int]) -> tuple[Binder, ...] | None:
    n = len(s.binders)
    out: list[Binder] = []
    for new, old in enumerate(order):
        dom, args = s.binders[old]
        moved: list[Term] = []
        for x in args:
            everywhere = rename(lift(x, n - old), lambda i: place.get(i, i))
            try:
                moved.append(run.term(lower(everywhere, n - new)))
            except ValueError:
                return None
        out.append((dom, tuple(moved)))
    return tuple(out)

"""Normal forms of sums over integers, reals, ring elements and machine integers.

Only laws that hold without a condition are applied here: filters and counts become guards (``sum_filter``,
``sum_count``), ranges start at 0 (``sum_shift``), a sum of sums is split (``sum_add``), factors that do not depend on
the variable move out (``sum_distrib``), nested sums are joined and their order made canonical (``sum_fubini``), and an
index that only counts down counts up (``sum_reverse``).  Laws with conditions are in :mod:`.instances`.

An innermost summand is one product of atoms on one conjunction of guards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..terms import build as b
from ..terms.sorts import INT, FloatSort, Sort
from ..terms.term import DOM_ARGS, Term, size, with_args
from . import integers
from .booleans import indicator
from .comparisons import cast_poly
from .indices import lift, lower, mentions, replace, subtractions
from .nests import Binder, Sum, bare_variables, canonical, flatten, nested, on, parts_of, position, renormal, summand
from .order import rank
from .polynomial import UNIT, Coef, Mono, Poly, Powers, TooLarge, constant, linear
from .printing import Cube, cubes

if TYPE_CHECKING:
    from .ring import Normalizer


def normal(run: Normalizer, t: Term) -> Poly | None:
    """The big operator ``t`` of a ring sort, whose arguments are known to ``run``; None if it stays as it is."""
    if t.op not in ("sum", "count"):
        args = tuple([run.known(a) for a in t.args])
        return run.keep(extremum(run, with_args(t, args)))
    where, body = t.filter, t.body
    p = run.poly(body) if t.op == "sum" else indicator(run.known(body), INT)
    condition = run.known(where)
    if condition is not b.TRUE:
        p = indicator(condition, t.sort) * p
        run.laws.add("sum_filter")
    if t.op == "count":
        run.laws.add("sum_count")
    domain = tuple([run.known(a) for a in t.dom_args])
    if t.dom.kind == "range":
        lo, hi = domain
        if lo is not b.ZERO:
            p = run.poly(replace(run.print(p), b.add(position(0), lift(lo))))
            domain = (b.ZERO, run.term(b.sub(hi, lo)))
            run.laws.add("sum_shift")
    return _over(run, (t.dom, domain), p)


def _over(run: Normalizer, binder: Binder, p: Poly) -> Poly:
    """The sum of ``p`` over ``binder``."""
    length = run.poly(binder[1][1]).constant if binder[0].kind == "range" else None
    if length is not None and length <= 1:
        run.laws.add("sum_one" if length == 1 else "sum_empty")
        return run.poly(lower(replace(run.print(p), b.ZERO))) if length == 1 else constant(p.sort, 0)
    groups: dict[Mono, dict[Powers, dict[tuple[Term, ...], Coef]]] = {}
    for m, c in p.terms.items():
        outside = Mono(
            tuple([g for g in m.guards if not mentions(g)]), tuple([x for x in m.powers if not mentions(x[0])])
        )
        guards = tuple([g for g in m.guards if mentions(g)])
        powers = tuple([x for x in m.powers if mentions(x[0])])
        groups.setdefault(outside, {}).setdefault(powers, {})[guards] = c
    parts: list[tuple[Poly, Coef]] = []
    for outside, inside in groups.items():
        factor = _moved_out(run, p.sort, outside)
        for powers, f in inside.items():
            # The sum of 1 is no sum any more, so indicators alone are not joined with it: [not g] is 1 - [g] here.
            split = cubes(f, p.modulus) if powers else {tuple([(g, True) for g in gs]): c for gs, c in f.items()}
            for cube, c in split.items():
                parts.append((factor * _single(run, p.sort, binder, cube, powers), c))
                if c != 1 or outside != UNIT:
                    run.laws.add("sum_distrib")
    if len(parts) > 1:
        run.laws.add("sum_add")
    return linear(p.sort, parts)


def _moved_out(run: Normalizer, sort: Sort, m: Mono) -> Poly:
    out = constant(sort, 1)
    for g in m.guards:
        out = out * indicator(run.term(lower(g)), sort)
    for a, e in m.powers:
        out = out * run.poly(lower(a)).power(e)
    return out


def _single(run: Normalizer, sort: Sort, binder: Binder, cube: Cube, powers: Powers) -> Poly:
    """The sum of one product on one conjunction."""
    if not cube and not powers and binder[0].kind == "range":
        run.laws.add("sum_const")
        count = integers.extremum("max", run.poly(binder[1][1]), constant(INT, 0))
        return count if sort is INT else cast_poly(count, sort)
    flat = renormal(run, sort, flatten(run, Sum((binder,), cube, powers)))
    expanded = _expanded(run, sort, flat)
    if expanded is not None:
        return expanded
    if binder[0].kind == "range":
        flat = _oriented(run, sort, flat)
    return canonical(run, sort, flat)


def _expanded(run: Normalizer, sort: Sort, s: Sum) -> Poly | None:
    """``s`` with ``[not g]`` as ``1 - [g]`` where ``g`` depends on a variable that no atom depends on.

    In the other order of summation such a variable is summed away alone, and the sum of 1 is no sum any more.
    """
    bare = bare_variables(s)
    for at, (g, positive) in enumerate(s.cube):
        if not positive and any(mentions(g, k) for k in bare):
            without = (*s.cube[:at], *s.cube[at + 1 :])
            both = (*s.cube[:at], (g, True), *s.cube[at + 1 :])
            parts = [
                run.poly(nested(sort, s.binders, summand(sort, Sum(s.binders, c, s.powers)))) for c in (without, both)
            ]
            return parts[0] - parts[1]
    return None


def _oriented(run: Normalizer, sort: Sort, s: Sum) -> Sum:
    """``s`` with its outermost variable counting upwards where that subtracts it less often."""
    index = len(s.binders) - 1
    body = summand(sort, s)
    down = subtractions(body, index)
    if not down or any(mentions(x, k) for k, (_, args) in enumerate(s.binders[1:]) for x in args):
        return s
    hi = s.binders[0][1][1]
    value = b.sub(b.sub(lift(hi, index + 1), b.ONE), position(index))
    other = run.term(replace(body, value, index))
    if (subtractions(other, index), size(other), rank(other)) >= (down, size(body), rank(body)):
        return s
    parts = parts_of(run, other)
    if parts is None:
        return s
    run.laws.add("sum_reverse")
    return Sum(s.binders, *parts)


def merged(run: Normalizer, p: Poly) -> Poly:
    """``p`` with sums of the same product over the same domain joined into one where their guards allow it."""
    if not run.sums or sum(any(a in run.sums for a, _ in m.powers) for m in p.terms) < 2:
        return p
    try:
        return _merged(run, p)
    except TooLarge:
        return p


_Key = tuple[Mono, tuple[Binder, ...], Powers, Cube]


def _merged(run: Normalizer, p: Poly) -> Poly:
    groups: dict[_Key, dict[Cube, tuple[Mono, Coef]]] = {}
    for m, c in p.terms.items():
        inner = [a for a, e in m.powers if a in run.sums and e == 1]
        if len(inner) == 1:
            s = run.sums[inner[0]]
            rest = Mono(m.guards, tuple([x for x in m.powers if x[0] is not inner[0]]))
            bare = bare_variables(s)
            fixed = tuple([x for x in s.cube if any(mentions(x[0], k) for k in bare)])
            cube = tuple([x for x in s.cube if x not in fixed])
            groups.setdefault((rest, s.binders, s.powers, fixed), {})[cube] = m, c
    parts: list[tuple[Poly, Coef]] = []
    gone: set[Mono] = set()
    for (rest, binders, powers, fixed), members in groups.items():
        if len(members) < 2:
            continue
        f = constant(p.sort, 0)
        for cube, (_, c) in members.items():
            f = f + on(p.sort, cube).scale(c)
        joined = cubes({m.guards: c for m, c in f.terms.items()}, p.modulus)
        if joined == {cube: c for cube, (_, c) in members.items()}:
            continue
        run.laws.add("sum_add")
        gone.update(m for m, _ in members.values())
        for cube, c in joined.items():
            # Without some of its guards the summand may not depend on every variable any more: begin again.
            again = run.poly(nested(p.sort, binders, summand(p.sort, Sum(binders, (*fixed, *cube), powers))))
            parts.append((Poly(p.sort, {rest: 1}) * again, c))
    kept = Poly(p.sort, {m: c for m, c in p.terms.items() if m not in gone})
    return linear(p.sort, [(kept, 1), *parts]) if gone else p


def extremum(run: Normalizer, t: Term) -> Term:
    """``bigmax``, ``bigmin`` or ``prod`` with normal arguments: from 0, and upwards where that is simpler."""
    if t.dom.kind != "range":
        return t
    lo, hi = t.dom_args
    where, body = t.args[DOM_ARGS["range"] :]
    if lo is not b.ZERO:
        value = b.add(position(0), lift(lo))
        where, body = run.term(replace(where, value)), run.term(replace(body, value))
        lo, hi = b.ZERO, run.term(b.sub(hi, lo))
        run.laws.add("prod_shift" if t.op == "prod" else "max_shift")
    down = subtractions(where, 0) + subtractions(body, 0)
    if down and not isinstance(t.sort, FloatSort):
        value = b.sub(b.sub(lift(hi), b.ONE), position(0))
        other = run.term(replace(where, value)), run.term(replace(body, value))
        score = subtractions(other[0], 0) + subtractions(other[1], 0)
        if (score, size(other[1]), rank(other[1])) < (down, size(body), rank(body)):
            where, body = other
            run.laws.add("prod_reverse" if t.op == "prod" else "max_reverse")
    return with_args(t, (lo, hi, where, body))

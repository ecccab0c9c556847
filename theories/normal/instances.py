"""Laws of sums that hold under a condition, as formulas ``condition implies equation`` about one given sum.

Each formula is true for all values of its variables, so any of them may be asserted at any time; whether a law was
usable is decided by whoever proves its condition.  A sum in normal form has its equations in normal form too; any other
sum is taken as it is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from ..terms import build as b
from ..terms.binders import fresh, instantiate, open_with
from ..terms.sorts import INT
from ..terms.term import DOM_ARGS, Term, free_vars, make, postorder, rebuild
from .nests import orders
from .polynomial import Poly, atom, is_ring
from .printing import literal, to_term
from .ring import Normalizer

_THRESHOLDS: Final = 6

Instance = tuple[str, Term]


class _Comparison(NamedTuple):
    """What a condition on the bound variable ``x`` says: ``x < bound``, its negation, or ``x = bound``."""

    kind: str  # "below", "above" or "equal"
    bound: Poly


def instances(t: Term) -> list[Instance]:
    """The conditional laws about the locally closed ``t``, a sum of a ring sort, with their names in :mod:`.laws`."""
    if t.op != "sum" or not is_ring(t.sort) or t.loose:
        return []
    run = Normalizer()
    normal = run.term(t) is t
    out: dict[Instance, None] = {}
    for law, condition, equal in _equations(run, t):
        if normal:
            condition, equal = run.term(condition), run.term(equal)
        if condition is not b.FALSE and equal is not t:
            fact = b.eq(t, equal)
            out[law, fact if condition is b.TRUE else b.implies(condition, fact)] = None
    return list(out)


def _equations(run: Normalizer, t: Term) -> Iterator[tuple[str, Term, Term]]:
    """Laws with their conditions and what ``t`` then equals."""
    yield _zero(t)
    for s in orders(run, t):
        if s.dom.kind == "range":
            yield from _range(run, s)


def _zero(t: Term) -> tuple[str, Term, Term]:
    nothing = literal(t.sort, 0)
    x = fresh("x", t.dom.sort)
    where, body = open_with(t.filter, x), open_with(t.body, x)
    vanishes = b.eq(body, nothing)
    domain = (t.dom, t.args[: DOM_ARGS[t.dom.kind]])
    inside = vanishes if where is b.TRUE else b.implies(where, vanishes)
    return "sum_zero", b.big_over("forall", domain, x, b.TRUE, inside), nothing


def _member(t: Term, value: Term) -> Term:
    where, body = open_with(t.filter, value), instantiate(t, value)
    return body if where is b.TRUE else b.ite(where, body, literal(t.sort, 0))


def _range(run: Normalizer, t: Term) -> Iterator[tuple[str, Term, Term]]:
    lo, hi = t.dom_args
    yield "sum_empty", b.le(hi, lo), literal(t.sort, 0)
    yield "sum_one", b.eq(hi, b.add(lo, b.ONE)), _member(t, lo)
    last = _predecessor(run, hi)
    if last is not None:
        shorter = make("sum", (lo, last, t.filter, t.body), t.sort, t.data)
        yield "sum_step", b.le(lo, last), b.add(shorter, _member(t, last))
    x = fresh("x", INT)
    where, body = open_with(t.filter, x), open_with(t.body, x)
    known = comparisons_of(run, x, where, body)
    yield from _deltas(t, x, where, body, known)
    thresholds: dict[Term, Poly] = {}
    for c in known.values():
        thresholds[to_term(c.bound)] = c.bound
        if c.kind == "equal":
            after = c.bound + run.poly(b.ONE)
            thresholds[to_term(after)] = after
    for at, bound in list(thresholds.items())[:_THRESHOLDS]:
        below, above = _resolved(known, bound, True), _resolved(known, bound, False)

        def part(lo: Term, hi: Term, values: dict[Term, Term]) -> Term:
            return b.big_over("sum", (t.dom, (lo, hi)), x, _with(where, values), _with(body, values))

        both = b.add(part(lo, at, below), part(at, hi, above))
        yield "sum_split", b.conj(b.le(lo, at), b.le(at, hi)), both
        yield "sum_split", b.le(at, lo), part(lo, hi, above)
        yield "sum_split", b.le(hi, at), part(lo, hi, below)


def _predecessor(run: Normalizer, hi: Term) -> Term | None:
    """``h`` if ``hi`` is ``h + 1`` (or ``h + c + 1`` for a literal ``c > 0``)."""
    if hi.op == "add" and b.ONE in hi.args:
        return hi.args[1] if hi.args[0] is b.ONE else hi.args[0]
    p = run.poly(hi)
    constant = sum(int(c) for m, c in p.terms.items() if not m.powers and not m.guards)
    return to_term(p - run.poly(b.ONE)) if constant > 0 and p.constant is None else None


def comparisons_of(run: Normalizer, x: Term, *terms: Term) -> dict[Term, _Comparison]:
    """The ground comparisons in ``terms`` that say where ``x`` lies."""
    out: dict[Term, _Comparison] = {}
    for t in postorder(terms):
        if t.op in ("lt", "le", "eq", "peq") and t.args[0].sort is INT and not t.loose:
            c = _comparison(run, x, t)
            if c is not None:
                out[t] = c
    return out


def _comparison(run: Normalizer, x: Term, t: Term) -> _Comparison | None:
    d = run.poly(b.sub(*t.args))  # compared with 0
    mono = next(iter(atom(x).terms))
    factor = int(d.terms.get(mono, 0))
    rest = Poly(INT, {m: c for m, c in d.terms.items() if m != mono})
    if not factor or x.name in free_vars(to_term(rest)):
        return None
    if t.op in ("eq", "peq"):
        return _Comparison("equal", rest.scale(-factor)) if abs(factor) == 1 else None
    if t.op == "le":
        rest = rest - run.poly(b.ONE)  # d <= 0 as d - 1 < 0
    quotient = run.poly(b.idiv(to_term(rest), b.integer(abs(factor))))
    if factor > 0:  # m x + r < 0: x < ceil(-r / m)
        return _Comparison("below", -quotient)
    return _Comparison("above", quotient + run.poly(b.ONE))  # r < m x: x >= floor(r / m) + 1


def _resolved(known: dict[Term, _Comparison], at: Poly, below: bool) -> dict[Term, Term]:
    """The truth values of comparisons with ``x`` where ``x < at`` (or, not ``below``, where ``at <= x``)."""
    out: dict[Term, Term] = {}
    for t, c in known.items():
        distance = (c.bound - at).constant
        if distance is None:
            continue
        if c.kind == "equal":
            if (distance >= 0) == below:
                out[t] = b.FALSE
        elif (below and distance >= 0) or (not below and distance <= 0):
            out[t] = b.boolean(below == (c.kind == "below"))
    return out


def _with(t: Term, values: dict[Term, Term]) -> Term:
    return rebuild(t, lambda s: values.get(s, s))


def _deltas(
    t: Term, x: Term, where: Term, body: Term, known: dict[Term, _Comparison]
) -> Iterator[tuple[str, Term, Term]]:
    """``sum [k = a] f(k)`` for each equation that is a factor of the summand."""
    lo, hi = t.dom_args
    nothing = literal(t.sort, 0)
    factors = _factors(where)
    if body.op == "ite" and body.args[2] is nothing:
        factors |= _factors(body.args[0])
    for c, said in known.items():
        if said.kind == "equal" and c in factors:
            at = to_term(said.bound)
            inside = b.conj(b.le(lo, at), b.lt(at, hi))
            yield "sum_delta", inside, _member(t, at)
            yield "sum_delta", b.negate(inside), nothing


def _factors(condition: Term) -> set[Term]:
    return set(condition.args) if condition.op == "and" else {condition}

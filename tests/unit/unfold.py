"""Closed terms without their binders, by plain unfolding over the literal ranges: no lowering, no normal form."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import cast

from probanda.theories.terms import build as b
from probanda.theories.terms.sorts import BOOL, EREAL, INT, REAL, BitsSort, ElemSort, FloatSort, Sort
from probanda.theories.terms.term import BIG, Term, make

Function = Callable[[Term], "Unfolded"]
Unfolded = Term | Callable[[Term], "Unfolded"] | dict[str, "Unfolded"]


def unfold(t: Term) -> Term:
    """``t`` as a ground term.  Bounds of ranges must be sums of integer literals once outer ranges are unfolded."""
    return _term(_unfold(t, ()))


def _term(u: Unfolded) -> Term:
    assert isinstance(u, Term), u
    return u


def _unfold(t: Term, scope: tuple[Unfolded, ...]) -> Unfolded:
    if t.op == "bound":
        assert isinstance(t.data, int)
        return scope[t.data]
    if t.op == "let":
        return _unfold(t.args[1], (_unfold(t.args[0], scope), *scope))
    if t.op == "lam":
        return lambda x: _unfold(t.body, (x, *scope))
    if t.op in BIG:
        return _big(t, scope)
    args = [_unfold(a, scope) for a in t.args]
    if t.op == "at":
        function = args[0]
        return cast("Function", function)(_term(args[1]))
    if t.op == "tuple":
        return dict(zip([n for n, _ in t.sort.fields], args, strict=True))  # type: ignore[attr-defined]
    if t.op == "proj":
        return cast("dict[str, Unfolded]", args[0])[t.name]
    if t.op == "require":
        return args[1]
    if t.op == "ite" and not isinstance(args[1], Term):
        condition, yes, no = args
        f, g = cast("Function", yes), cast("Function", no)
        return lambda x: b.ite(_term(condition), _term(f(x)), _term(g(x)))
    return _fold(make(t.op, tuple([_term(a) for a in args]), t.sort, t.data))


_FOLDED: Mapping[str, Callable[[int, int], int | bool]] = {
    "add": operator.add,
    "sub": operator.sub,
    "lt": operator.lt,
    "le": operator.le,
    "eq": operator.eq,
}


def _fold(t: Term) -> Term:
    """Sums and comparisons of integer literals, which bounds and filters consist of."""
    if t.op in _FOLDED and all(a.op == "lit" and a.sort is INT for a in t.args):
        x, y = (a.data for a in t.args)
        assert isinstance(x, int) and isinstance(y, int)
        value = _FOLDED[t.op](x, y)
        return b.boolean(value) if isinstance(value, bool) else b.integer(value)
    return t


def _members(t: Term, scope: tuple[Unfolded, ...]) -> Iterator[Term]:
    if t.dom.kind == "all":
        assert t.dom.sort is BOOL
        yield from (b.FALSE, b.TRUE)
        return
    assert t.dom.kind == "range"
    lo, hi = (_term(_unfold(a, scope)).data for a in t.dom_args)
    assert isinstance(lo, int) and isinstance(hi, int), "a bound that is no literal"
    for k in range(lo, hi):
        yield b.integer(k)


_STEPS: Mapping[str, Callable[[Term, Term], Term]] = {
    "sum": b.add,
    "prod": b.mul,
    "bigmax": b.maximum,
    "bigmin": b.minimum,
}


def _big(t: Term, scope: tuple[Unfolded, ...]) -> Term:
    pairs = [(_term(_unfold(t.filter, (x, *scope))), _term(_unfold(t.body, (x, *scope)))) for x in _members(t, scope)]
    if t.op == "forall":
        return b.conj(*[b.implies(p, q) for p, q in pairs])
    if t.op == "exists":
        return b.disj(*[b.conj(p, q) for p, q in pairs])
    if t.op == "count":
        total = b.ZERO
        for p, q in pairs:
            total = b.add(total, b.ite(b.conj(p, q), b.ONE, b.ZERO))
        return total
    step = _STEPS[t.op]
    if t.op in ("sum", "prod"):
        total = number(0 if t.op == "sum" else 1, t.sort)
        for p, x in pairs:
            total = b.ite(p, step(total, x), total)
        return total
    empty = b.ereal("-inf" if t.op == "bigmax" else "inf") if t.sort is EREAL else number(0, t.sort)
    best, found = empty, b.FALSE
    for p, x in pairs:
        best = b.ite(p, b.ite(found, step(best, x), x), best)
        found = b.disj(found, p)
    return best


def number(value: int, sort: Sort) -> Term:
    """0 or 1."""
    if sort is INT:
        return b.integer(value)
    if sort is REAL:
        return b.rational(value)
    if sort is EREAL:
        return b.ereal(value)
    if isinstance(sort, FloatSort):
        return b.float_bits(0, sort)
    if isinstance(sort, BitsSort):
        return b.bit_vector(value, sort)
    assert isinstance(sort, ElemSort)
    return b.ring_integer(value, sort)

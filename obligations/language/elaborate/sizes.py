"""Comparison of sizes: integer polynomials, per axis for size maps."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from ....theories.terms import build as b
from ....theories.terms.binders import fresh, open_with
from ....theories.terms.build import Domain
from ....theories.terms.sorts import INT, AxisSort, FnSort
from ....theories.terms.term import Term, postorder

_Monomial = tuple[Term, ...]
_Poly = dict[_Monomial, int]
_LARGEST = 200  # monomials; larger polynomials are compared as they stand


def at_axis(m: Term, c: Term) -> Term:
    """The value of the index map ``m`` at the axis ``c``; a pointwise map is read at once (axes have no range)."""
    return open_with(m.body, c) if m.op == "lam" else b.at(m, c)


def axes_of(m: Term) -> Domain:
    """The axes over which ``m`` is a map."""
    sort = m.sort
    assert isinstance(sort, FnSort) and isinstance(sort.arg, AxisSort)
    return b.axes(sort.arg.group)


def agreement(left: Sequence[Domain], right: Sequence[Domain]) -> tuple[Term, ...] | None:
    """The conditions under which two lists of dimensions are the same, or None when they never are."""
    if len(left) != len(right):
        return None
    out: list[Term] = []
    for (dom, args), (other, theirs) in zip(left, right, strict=True):
        if dom.kind != other.kind or dom.sort is not other.sort:
            return None
        for p, q in zip(args, theirs, strict=True):
            condition = equal_sizes(p, q)
            if condition is None:
                return None
            if condition is not b.TRUE:
                out.append(condition)
    return tuple(out)


def equal_sizes(p: Term, q: Term) -> Term | None:
    """``TRUE`` when two sizes are plainly equal, None when they plainly differ, else the condition that they agree."""
    if p is q:
        return b.TRUE
    if isinstance(p.sort, FnSort):
        domain = axes_of(p)
        c = fresh("c", domain[0].sort)
        condition = equal_sizes(at_axis(p, c), at_axis(q, c))
        if condition is None:  # false at every axis, yet true of the group without axes
            condition = b.FALSE
        return condition if condition is b.TRUE else b.big_over("forall", domain, c, b.TRUE, condition)
    difference = _subtract(polynomial(p), polynomial(q))
    if not difference:
        return b.TRUE
    if set(difference) == {()}:
        return None
    return b.eq(p, q)


def polynomial(t: Term) -> _Poly:
    """``t`` as an integer polynomial in its subterms that are no sums or products."""
    memo: dict[Term, _Poly] = {}
    for s in postorder([t]):
        if s.sort is INT:
            memo[s] = _combine(s, memo)
    return memo[t]


def _combine(s: Term, memo: dict[Term, _Poly]) -> _Poly:
    out: _Poly | None = None
    if s.op == "lit" and isinstance(s.data, int):
        out = {(): s.data} if s.data else {}
    elif s.op == "add":
        out = _add(memo[s.args[0]], memo[s.args[1]])
    elif s.op == "sub":
        out = _subtract(memo[s.args[0]], memo[s.args[1]])
    elif s.op == "neg":
        out = _subtract({}, memo[s.args[0]])
    elif s.op == "mul":
        out = _multiply(memo[s.args[0]], memo[s.args[1]])
    elif s.op == "pow" and s.data == 2:
        out = _multiply(memo[s.args[0]], memo[s.args[0]])
    return {(s,): 1} if out is None or len(out) > _LARGEST else out


def _add(p: _Poly, q: _Poly) -> _Poly:
    out = dict(p)
    for m, c in q.items():
        total = out.get(m, 0) + c
        if total:
            out[m] = total
        else:
            out.pop(m, None)
    return out


def _subtract(p: _Poly, q: _Poly) -> _Poly:
    return _add(p, {m: -c for m, c in q.items()})


def _multiply(p: _Poly, q: _Poly) -> _Poly | None:
    if len(p) * len(q) > _LARGEST:
        return None
    out: _Poly = {}
    for m, c in p.items():
        for n, d in q.items():
            out = _add(out, {tuple(sorted(m + n, key=id)): c * d})
    return out


def plainly_nonnegative(t: Term, known: AbstractSet[Term]) -> bool:
    """Whether ``0 <= t`` (on every axis of a map) follows from its form and the facts ``known``."""
    if isinstance(t.sort, FnSort):
        if nonnegative(t) in known:
            return True
        c = fresh("c", axes_of(t)[0].sort)
        return t.op == "lam" and plainly_nonnegative(open_with(t.body, c), known)
    if t.op == "lit":
        return isinstance(t.data, int) and t.data >= 0
    if b.le(b.ZERO, t) in known:
        return True
    if t.op == "at" and isinstance(t.args[0].sort, FnSort) and isinstance(t.args[0].sort.arg, AxisSort):
        return nonnegative(t.args[0]) in known
    if t.op in ("add", "mul", "min"):
        return all(plainly_nonnegative(a, known) for a in t.args)
    if t.op == "max":
        return any(plainly_nonnegative(a, known) for a in t.args)
    if t.op == "idiv":
        positive = t.args[1].op == "lit" and isinstance(t.args[1].data, int) and t.args[1].data > 0
        return positive and plainly_nonnegative(t.args[0], known)
    return t.op == "count"


def nonnegative(t: Term) -> Term:
    """``0 <= t``, on every axis when ``t`` is a map."""
    if isinstance(t.sort, FnSort):
        return b.big("forall", axes_of(t), lambda c: b.le(b.ZERO, at_axis(t, c)))
    return b.le(b.ZERO, t)


def show_dims(dims: Sequence[Domain]) -> str:
    """Dimensions for a message."""
    return "[" + ", ".join(_show_domain(d) for d in dims) + "]"


def _show_domain(domain: Domain) -> str:
    from ....theories.terms.show import show

    dom, args = domain
    if dom.kind in ("range", "box"):
        return show(args[-1])[:60]
    return {"nat": "nat", "axes": dom.sort.text}.get(dom.kind, dom.sort.text)

"""The laws of big operators, as formulas about one or two of them.

A law with a condition is an implication, so it may be given for any operator: where the condition fails it says nothing.
``sum_empty`` and ``sum_step`` define the sum; the rest follow from them by induction on the length of the range (over
the integers and reals, and, but for those with an order, in every commutative ring).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from ....theories.normal.instances import instances
from ....theories.terms import build as b
from ....theories.terms import sorts as s
from ....theories.terms.binders import fresh, open_with, substitute, var
from ....theories.terms.build import Domain
from ....theories.terms.term import DOM_ARGS, Dom, Term, free_vars, make, postorder, rebuild

DEFINITION: Final = frozenset(
    {"sum_empty", "sum_step", "prod_empty", "prod_step", "max_upper", "max_attained", "min_upper", "min_attained"}
)
"""The laws that define the operators: what a proof by induction may use."""


class Big(NamedTuple):
    """A big operator among the ground terms.

    ``frame`` is the operator with its free integer variables replaced by numbers of their order, ``parameters`` those
    variables: operators with one frame are values of one function.  ``derived``: it is not in the sequent itself.
    """

    term: Term
    frame: Term
    parameters: tuple[Term, ...]
    generation: int
    derived: bool


def parametrised(t: Term) -> tuple[Term, tuple[Term, ...]]:
    """The frame and the parameters of a big operator: the bounds of its range, and the integers in its body."""
    bounds = [a for a in t.dom_args if a.op not in ("lit", "var") and _arithmetic(a)] if t.dom.kind == "range" else []
    holes = {a: var(f"!{k}", s.INT) for k, a in enumerate(dict.fromkeys(bounds))}
    frame = substitute(t, holes)
    rest = [v for v in free_vars(frame).values() if v.sort is s.INT and v not in holes.values()]
    more = {v: var(f"!{len(holes) + k}", s.INT) for k, v in enumerate(rest)}
    return substitute(frame, more), (*holes, *more)


def _arithmetic(t: Term) -> bool:
    return all(x.op in ("lit", "var", "add", "sub", "mul", "neg") and x.sort is s.INT for x in postorder([t]))


def skeleton(frame: Term) -> Term:
    """A frame without tags and with its tensors renamed by order: the same for operators that differ in tensors only."""
    holes = {v: var(f"?{k}", v.sort) for k, v in enumerate(free_vars(frame).values()) if not v.name.startswith("!")}
    return rebuild(substitute(frame, holes), _untagged)


def _untagged(t: Term) -> Term:
    return make(t.op, t.args, t.sort, Dom(*t.data[:2])) if isinstance(t.data, Dom) and t.data.tag else t


def domain(t: Term) -> Domain:
    """The domain of a big operator."""
    return t.dom, t.args[: DOM_ARGS[t.dom.kind]]


def zero(sort: s.Sort) -> Term:
    """The neutral element of addition."""
    return b.ZERO if sort is s.INT else b.rational(0) if sort is s.REAL else make("lit", (), sort, 0)


def one(sort: s.Sort) -> Term:
    """The neutral element of multiplication."""
    return b.ONE if sort is s.INT else b.rational(1) if sort is s.REAL else make("lit", (), sort, 1)


def _quantify(op: str, t: Term, inner: Callable[[Term, Term], Term]) -> Term:
    """``op k in domain(t). inner(filter(k), body(k))``."""
    x = fresh("x", t.dom.sort)
    return b.big_over(op, domain(t), x, b.TRUE, inner(open_with(t.filter, x), open_with(t.body, x)))


def _member(where: Term, fact: Term) -> Term:
    return fact if where is b.TRUE else b.implies(where, fact)


def _both(where: Term, fact: Term) -> Term:
    return fact if where is b.TRUE else b.conj(where, fact)


def _sum_laws(t: Term) -> Iterator[tuple[str, Term]]:
    yield from instances(t)
    if t.sort in (s.INT, s.REAL):
        nil = zero(t.sort)
        nonneg = _quantify("forall", t, lambda w, e: _member(w, b.le(nil, e)))
        positive = _quantify("exists", t, lambda w, e: _both(w, b.lt(nil, e)))
        yield "sum_nonneg", b.implies(nonneg, b.le(nil, t))
        yield "sum_pos", b.implies(b.conj(nonneg, positive), b.lt(nil, t))
        yield "sum_member", b.implies(nonneg, _quantify("forall", t, lambda w, e: _member(w, b.le(e, t))))


def _extremum_laws(t: Term) -> Iterator[tuple[str, Term]]:
    name = "max" if t.op == "bigmax" else "min"

    def bounded(w: Term, e: Term) -> Term:
        return _member(w, b.le(e, t) if name == "max" else b.le(t, e))

    some = _quantify("exists", t, lambda w, _: w)
    yield f"{name}_attained", b.implies(some, _quantify("exists", t, lambda w, e: _both(w, b.eq(t, e))))
    yield f"{name}_upper", _quantify("forall", t, bounded)


def _prod_laws(t: Term) -> Iterator[tuple[str, Term]]:
    dom, args = domain(t)
    if dom.kind == "range":
        lo, hi = args
        last = b.sub(hi, b.ONE)
        where, body = open_with(t.filter, last), open_with(t.body, last)
        factor = b.ite(where, body, one(t.sort)) if where is not b.TRUE else body
        shorter = make("prod", (lo, last, *t.args[2:]), t.sort, t.data)
        yield "prod_empty", b.implies(b.le(hi, lo), b.eq(t, one(t.sort)))
        if hi.op == "add":
            yield "prod_step", b.implies(b.lt(lo, hi), b.eq(t, b.mul(shorter, factor)))


_FROM_LEVEL: Final = {
    "sum_empty": (1, 2),
    "sum_nonneg": (1, 2),
    "sum_pos": (1, 2),
    "sum_step": (1, 3),
    "sum_one": (2, 3),
    "sum_split": (2, 3),
    "sum_delta": (2, 3),
    "sum_zero": (2, 3),
    "sum_member": (2, 3),
}
"""The effort from which a law is given: for the operators of the sequent, and for derived ones."""


def unary_laws(big: Big, allowed: frozenset[str] | None, level: int) -> list[tuple[str, Term]]:
    """The laws about one operator that ``allowed`` lets through (None: all) and ``level`` thinks worth while."""
    t = big.term
    if t.op == "sum":
        laws = list(_sum_laws(t)) if big.generation < 2 or allowed is not None else []
    elif t.op == "count":
        laws = []
    elif t.op == "prod":
        laws = list(_prod_laws(t))
    else:
        laws = list(_extremum_laws(t))
    if allowed is not None:
        return [(n, f) for n, f in laws if n in allowed]
    return [(n, f) for n, f in laws if level >= _FROM_LEVEL.get(n, (1, 1))[big.derived]]


def _worth_comparing(left: Big, right: Big, level: int) -> bool:
    """Whether two operators may turn out equal; a matter of search, not of soundness."""
    if not left.derived and not right.derived and level > 1:
        return True
    near = not left.derived and not right.derived
    if left.frame is right.frame:
        return near or (level > 1 and left.generation + right.generation < level - 1)
    same_place = near or left.parameters == right.parameters
    return same_place and skeleton(left.frame) is skeleton(right.frame)


def pair_laws(left: Big, right: Big, allowed: frozenset[str] | None, level: int) -> list[tuple[str, Term]]:
    """Extensionality: operators of one kind over equal ranges with equal members are equal."""
    t, u = left.term, right.term
    if t.op != u.op or t.sort is not u.sort or t.dom[:2] != u.dom[:2]:
        return []
    name = f"{t.op.removeprefix('big')}_ext"
    if (allowed is not None and name not in allowed) or not _worth_comparing(left, right, level):
        return []
    x = fresh("x", t.dom.sort)
    (where, body), (filter_, other) = [(open_with(v.filter, x), open_with(v.body, x)) for v in (t, u)]
    if t.op in ("bigmax", "bigmin"):
        same = b.conj(b.eq(where, filter_), _member(where, b.eq(body, other)))
    else:
        neutral = b.FALSE if t.op == "count" else one(t.sort) if t.op == "prod" else zero(t.sort)
        same = b.eq(*[e if w is b.TRUE else b.ite(w, e, neutral) for w, e in ((where, body), (filter_, other))])
    same_range = _same_domain(t, u)
    same_members = b.big_over("forall", domain(t), x, b.TRUE, same)
    return [(name, b.implies(b.conj(*same_range, same_members), b.eq(t, u)))]


def _same_domain(t: Term, u: Term) -> list[Term]:
    out: list[Term] = []
    for p, q in zip(domain(t)[1], domain(u)[1], strict=True):
        if p is q:
            continue
        if p.sort is s.INT:
            out.append(b.eq(p, q))
        else:
            sort = p.sort
            assert isinstance(sort, s.FnSort) and isinstance(sort.arg, s.AxisSort)
            out.append(b.big("forall", b.axes(sort.arg.group), lambda c, p=p, q=q: b.eq(b.at(p, c), b.at(q, c))))
    return out

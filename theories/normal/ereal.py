"""Extended reals as three ordinary values: is it −∞, is it +∞, and which real it is otherwise.

``eliminate`` rewrites a term so that no extended real is left.  A variable ``x`` of sort ``.. -> ereal`` becomes
``x.ninf``, ``x.pinf`` (Booleans) and ``x.val`` (real), read at the same indices; a tuple field ``f`` becomes three
fields.  The real of an infinite value means nothing, and nothing depends on it: equality and order ask for it only
between finite values, the cast to ``real`` gives 0 for an infinity.  An undefined operation gives an arbitrary value.

The two flags of a variable are read as ``ninf`` and ``pinf and not ninf``, so they never hold together, whatever a
solver makes of them; :func:`facts` states the same for those who look at the variables directly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..terms import build as b
from ..terms.binders import fresh, open_with, var
from ..terms.sorts import BOOL, EREAL, REAL, FnSort, Sort, TupleSort, fn, tuple_sort, uncurry
from ..terms.term import BIG, Dom, Term, make, with_args
from . import ereal_ops
from .beta import beta
from .ereal_ops import Triple, Unsupported
from .logic import conj, implies, negate

__all__ = ["Triple", "Unsupported", "eliminate", "eliminate_all", "facts", "split_sort", "triple"]

_PARTS = ("ninf", "pinf", "val")


def split_sort(sort: Sort) -> tuple[tuple[str, Sort], ...]:
    """What a variable of that sort becomes: suffixes of its name, with sorts (``(("", sort),)`` if it stays)."""
    if sort is EREAL:
        return (".ninf", BOOL), (".pinf", BOOL), (".val", REAL)
    if isinstance(sort, FnSort):
        if _mentions(sort.arg):
            raise Unsupported("functions of extended reals are not supported")
        return tuple([(suffix, fn(sort.arg, res)) for suffix, res in split_sort(sort.res)])
    if isinstance(sort, TupleSort):
        return (("", tuple_sort(tuple([(n + x, y) for n, f in sort.fields for x, y in split_sort(f)]))),)
    return (("", sort),)


def _mentions(sort: Sort) -> bool:
    if isinstance(sort, FnSort):
        return _mentions(sort.arg) or _mentions(sort.res)
    return sort is EREAL or (isinstance(sort, TupleSort) and any(_mentions(f) for _, f in sort.fields))


def eliminate(t: Term) -> Term:
    """``t``, of a sort other than ``ereal``, without extended reals; raises :class:`Unsupported`."""
    return eliminate_all([t])[0]


def eliminate_all(terms: Sequence[Term]) -> list[Term]:
    """:func:`eliminate` of several terms, with their work shared."""
    run = _Eliminate()
    out: list[Term] = []
    for t in terms:
        parts = run.of(beta(t))
        if isinstance(parts, Triple) or len(parts) != 1:
            raise Unsupported(f"a {t.sort.text} is three values: ask for triple()")
        out.append(parts[0])
    return out


def triple(t: Term) -> Triple:
    """The three values of a term of sort ``ereal``."""
    parts = _Eliminate().of(beta(t))
    if not isinstance(parts, Triple):
        raise Unsupported(f"a {t.sort.text} is no extended real")
    return parts


def facts(variables: Iterable[Term]) -> list[Term]:
    """For each variable whose sort ends in ``ereal``: at all arguments, not both flags hold."""
    out: list[Term] = []
    for x in variables:
        args, result = uncurry(x.sort)
        if result is EREAL:
            points = [fresh("i", a) for a in args]
            ninf, pinf = (b.at(var(x.name + s, y), *points) for s, y in split_sort(x.sort)[:2])
            out.append(b.forall_all(points, negate(conj(ninf, pinf))))
    return out


_Parts = Triple | tuple[Term, ...]


class _Eliminate:
    """Bottom-up over a β-normal term.  An ``ereal`` has a triple; any other term the terms of its split sort."""

    def __init__(self) -> None:
        self.memo: dict[Term, _Parts] = {}

    def of(self, root: Term) -> _Parts:
        memo = self.memo
        stack: list[tuple[Term, int]] = [(root, 0)]
        while stack:
            t, k = stack.pop()
            if t in memo:
                continue
            if isinstance(t.data, Dom) and t.data.kind == "all" and _mentions(t.data.sort):
                memo[t] = self.quantified(t)
            elif k < len(t.args):
                stack.append((t, k + 1))
                if t.args[k] not in memo:
                    stack.append((t.args[k], 0))
            else:
                memo[t] = self.combine(t, [memo[a] for a in t.args])
        return memo[root]

    def quantified(self, t: Term) -> _Parts:
        """A quantifier over extended reals: over the three values, restricted to those that stand for one."""
        if t.op not in ("forall", "exists") or t.dom.sort is not EREAL:
            raise Unsupported(f"{t.op} over {t.dom.sort.text} is not supported")
        x = fresh("e", EREAL)
        (where,), (body,) = self.plain(open_with(t.filter, x)), self.plain(open_with(t.body, x))
        ninf, pinf, val = (var(x.name + s, y) for s, y in split_sort(EREAL))
        legal = conj(negate(conj(ninf, pinf)), where)
        out = implies(legal, body) if t.op == "forall" else conj(legal, body)
        for y in (val, pinf, ninf):
            out = b.big_over(t.op, b.everything(y.sort), y, b.TRUE, out)
        return (out,)

    def plain(self, t: Term) -> tuple[Term, ...]:
        parts = self.of(t)
        assert not isinstance(parts, Triple)
        return parts

    def combine(self, t: Term, parts: list[_Parts]) -> _Parts:
        if not t.args:
            return self.leaf(t)
        args: list[Any] = parts
        if t.sort is EREAL or any(isinstance(p, Triple) for p in parts):
            return self.extended(t, args)
        if all(len(p) == 1 for p in parts) and not _mentions(t.sort):
            return (with_args(t, tuple([p[0] for p in args])),)
        return self.structure(t, args)

    def leaf(self, t: Term) -> _Parts:
        if t.sort is EREAL and t.op == "lit":
            infinite = isinstance(t.data, str)
            return Triple(
                b.boolean(t.data == "-inf"),
                b.boolean(t.data == "inf"),
                None if infinite else make("lit", (), REAL, t.data),
            )
        if not _mentions(t.sort):
            return (t,)
        if t.op != "var":
            raise Unsupported(f"{t.op} of sort {t.sort.text} is not supported")
        parts = tuple([var(t.name + suffix, sort) for suffix, sort in split_sort(t.sort)])
        return _read(parts) if t.sort is EREAL else parts

    def structure(self, t: Term, args: list[tuple[Term, ...]]) -> _Parts:
        """Functions and tuples that hold extended reals."""
        if t.op == "lam":
            (outer, inner) = args[:-1], args[-1]
            domain = tuple([p[0] for p in outer])
            return tuple([make("lam", (*domain, c), fn(t.dom.sort, c.sort), t.data) for c in inner])
        if t.op == "at":
            return tuple([b.at(f, args[1][0]) for f in args[0]])
        if t.op == "ite":
            return tuple([b.ite(args[0][0], x, y) for x, y in zip(args[1], args[2], strict=True)])
        if t.op == "require":
            return tuple([b.require(args[0][0], x) for x in args[1]])
        if t.op == "tuple":
            return self.record(t, list(args))
        if t.op == "proj":
            return tuple([b.proj(args[0][0], t.name + s) for s, _ in split_sort(t.sort)])
        raise Unsupported(f"{t.op} on {t.sort.text} is not supported")

    def record(self, t: Term, args: Sequence[_Parts]) -> _Parts:
        assert isinstance(t.sort, TupleSort)
        fields: list[tuple[str, Term]] = []
        for (name, sort), parts in zip(t.sort.fields, args, strict=True):
            values = parts.whole() if isinstance(parts, Triple) else parts
            fields += [(name + s, v) for (s, _), v in zip(split_sort(sort), values, strict=True)]
        return (b.record(fields),)

    def extended(self, t: Term, args: list[Any]) -> _Parts:
        """Operations that take or give an extended real."""
        if t.op in ("at", "proj"):
            names = [t.name + "." + p for p in _PARTS] if t.op == "proj" else []
            return _read([b.proj(args[0][0], n) for n in names] or [b.at(f, args[1][0]) for f in args[0]])
        if t.op == "tuple":
            return self.record(t, args)
        if t.op == "lam":
            domain = tuple([p[0] for p in args[:-1]])
            return tuple([make("lam", (*domain, c), fn(t.dom.sort, c.sort), t.data) for c in args[-1].whole()])
        if t.op == "ite":
            return ereal_ops.choose(args[0][0], args[1], args[2])
        if t.op == "require":
            parts = [x if x.op == "lit" else b.require(args[0][0], x) for x in args[1].whole()]
            return Triple(parts[0], parts[1], None if args[1].val is None else parts[2])
        if t.op in BIG:
            domain = tuple([p[0] for p in args[:-2]])
            return ereal_ops.big(t.op, t.dom, domain, args[-2][0], args[-1])
        values = [a if isinstance(a, Triple) else a[0] for a in args]
        name = t.op + (f" {t.data}" if t.op == "fn" else f" {t.sort.text}" if t.op == "cast" else "")
        out = ereal_ops.apply(name, values)
        return out if isinstance(out, Triple) else (out,)


def _read(parts: Sequence[Term]) -> Triple:
    ninf, pinf, val = parts
    return Triple(ninf, conj(pinf, negate(ninf)), val)

"""What premises say about how to sample: bounds of integers, inverse pairs, elements that are given.

These are only hints: every sample is checked against the premises afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ....theories.definedness import in_domain
from ....theories.normal.beta import beta, strip
from ....theories.terms import build as b
from ....theories.terms import sorts as s
from ....theories.terms.binders import fresh, instantiate, open_with, substitute
from ....theories.terms.build import Domain
from ....theories.terms.term import DOM_ARGS, Term, postorder

_FLIP = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq"}


@dataclass(frozen=True, slots=True)
class Bound:
    """``limit <= variable`` (``lower``) or ``variable <= limit``; on every axis when the variable is an index map."""

    lower: bool
    limit: Term


@dataclass(frozen=True, slots=True)
class Hints:
    """Bounds by variable, pairs (p, q) with q(p(i)) = i, and ways to make an equality of elements true.

    Each entry of ``repairs`` is one equality: tensors of which any one may be replaced by the term beside it.
    """

    bounds: dict[str, list[Bound]] = field(default_factory=dict[str, list[Bound]])
    inverses: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    repairs: list[list[tuple[str, Term]]] = field(default_factory=list[list[tuple[str, Term]]])


@dataclass(frozen=True, slots=True)
class _Atom:
    binders: tuple[tuple[Term, Domain], ...]
    guards: tuple[Term, ...]
    formula: Term


def hints(premises: Iterable[Term], shapes: dict[str, tuple[Domain, ...]]) -> Hints:
    """The hints of ``premises``."""
    out = Hints()
    for premise in premises:
        for atom in _atoms(strip(beta(premise))):
            _bounds(atom, out)
            _inverse(atom, out)
            _repair(atom, shapes, out)
    return out


def _atoms(formula: Term) -> Iterator[_Atom]:
    stack = [_Atom((), (), formula)]
    while stack:
        a = stack.pop()
        f = a.formula
        if f.op == "and":
            stack += [_Atom(a.binders, a.guards, g) for g in f.args]
        elif f.op == "implies":
            stack.append(_Atom(a.binders, (*a.guards, f.args[0]), f.args[1]))
        elif f.op == "forall":
            x = fresh("h", f.dom.sort)
            where = open_with(f.filter, x)
            guards = a.guards if where is b.TRUE else (*a.guards, where)
            domain = (f.dom, f.args[: DOM_ARGS[f.dom.kind]])
            stack.append(_Atom((*a.binders, (x, domain)), guards, instantiate(f, x)))
        elif f.op == "not" and f.args[0].op in ("lt", "le") and f.args[0].args[0].sort is s.INT:
            x, y = f.args[0].args
            stack.append(_Atom(a.binders, a.guards, b.le(y, x) if f.args[0].op == "lt" else b.lt(y, x)))
        else:
            yield a


def _mentions(t: Term, name: Term) -> bool:
    return any(u is name for u in postorder([t]))


# -- bounds ----------------------------------------------------------------------------------------------------------


def _bounds(atom: _Atom, out: Hints) -> None:
    f = atom.formula
    if f.op not in ("lt", "le", "eq") or f.args[0].sort is not s.INT or atom.guards or len(atom.binders) > 1:
        return
    for side in (0, 1):
        relation = f.op if side == 0 else _FLIP[f.op]
        for target in dict.fromkeys(_targets(f.args[side], atom)):
            limit = _isolate(f.args[side], relation, f.args[1 - side], target)
            if limit is None:
                continue
            for lower, t in _inclusive(*limit):
                variable = target if target.op == "var" else target.args[0]
                if not _mentions(t, variable):
                    out.bounds.setdefault(variable.name, []).append(Bound(lower, _over(atom, t)))


def _targets(t: Term, atom: _Atom) -> Iterator[Term]:
    """Variables, or index maps read at the one bound axis, in a linear position of ``t``."""
    stack = [t]
    while stack:
        u = stack.pop()
        if u.op in ("add", "sub", "neg"):
            stack += u.args
        elif (
            not atom.binders
            and u.op == "var"
            and u.sort is s.INT
            or atom.binders
            and u.op == "at"
            and u.args[1] is atom.binders[0][0]
            and u.args[0].op == "var"
        ):
            yield u


def _isolate(a: Term, relation: str, c: Term, target: Term) -> tuple[str, Term] | None:
    while a is not target:
        if a.op == "neg":
            a, c, relation = a.args[0], b.neg(c), _FLIP[relation]
        elif a.op in ("add", "sub"):
            x, y = a.args
            if _mentions(x, target):
                if _mentions(y, target):
                    return None
                a, c = x, (b.sub(c, y) if a.op == "add" else b.add(c, y))
            elif a.op == "add":
                a, c = y, b.sub(c, x)
            else:
                a, c, relation = y, b.sub(x, c), _FLIP[relation]
        else:
            return None
    return relation, c


def _inclusive(relation: str, t: Term) -> list[tuple[bool, Term]]:
    if relation == "eq":
        return [(True, t), (False, t)]
    if relation in ("lt", "le"):
        return [(False, t if relation == "le" else b.sub(t, b.ONE))]
    return [(True, t if relation == "ge" else b.add(t, b.ONE))]


def _over(atom: _Atom, t: Term) -> Term:
    if not atom.binders:
        return t
    x, domain = atom.binders[0]
    return b.lam_over(domain, x, t)


# -- inverse functions -----------------------------------------------------------------------------------------------


def _inverse(atom: _Atom, out: Hints) -> None:
    f = atom.formula
    if f.op != "eq" or len(atom.binders) != 1:
        return
    x = atom.binders[0][0]
    for outer, inner in (f.args, f.args[::-1]):
        if inner is not x or outer.op != "at" or outer.args[0].op != "var":
            continue
        p = outer.args[1]
        if p.op == "at" and p.args[0].op == "var" and p.args[1] is x and p.args[0] is not outer.args[0]:
            out.inverses.append((p.args[0].name, outer.args[0].name))


# -- elements that are given -----------------------------------------------------------------------------------------


def _repair(atom: _Atom, shapes: dict[str, tuple[Domain, ...]], out: Hints) -> None:
    f = atom.formula
    if f.op == "eq":
        sides = [(f.args[0], f.args[1]), (f.args[1], f.args[0])]
    elif f.op == "not":
        sides = [(f.args[0], b.FALSE)]
    else:
        sides = [(f, b.TRUE)]
    ways: list[tuple[str, Term]] = []
    for read, value in sides:
        head, args = spine(read)
        if head.op != "var" or not args or len(shapes.get(head.name, ())) != len(args) or _mentions(value, head):
            continue
        term = _assignment(atom, head, args, value, shapes[head.name])
        if term is not None:
            ways.append((head.name, term))
    if ways:
        out.repairs.append(ways)


def spine(t: Term) -> tuple[Term, list[Term]]:
    """Head and arguments of a chain of reads."""
    args: list[Term] = []
    while t.op == "at":
        args.insert(0, t.args[1])
        t = t.args[0]
    return t, args


def _assignment(atom: _Atom, head: Term, args: list[Term], value: Term, dims: tuple[Domain, ...]) -> Term | None:
    """``head`` with the elements that ``head[args] = value`` speaks of set; None when they are not a plain region."""
    bound = {x for x, _ in atom.binders}
    places = [fresh("r", dom.sort) for dom, _ in dims]
    names: dict[Term, Term] = {}
    conditions: list[Term] = []
    for a, place in zip(args, places, strict=True):
        if a in bound and a not in names:
            names[a] = place
        elif s.is_index_map(a.sort):
            conditions.append(_same_map(a, place))
        elif a.sort is s.INT:
            conditions.append(b.eq(place, a))
        else:
            return None
    if bound - names.keys():
        return None
    conditions += [in_domain(domain, x) for x, domain in atom.binders]
    conditions += atom.guards
    where = substitute(b.conj(*conditions), names)
    body = b.ite(where, substitute(value, names), b.at(head, *places))
    for domain, place in zip(reversed(dims), reversed(places), strict=True):
        body = b.lam_over(domain, place, body)
    return body


def _same_map(a: Term, c: Term) -> Term:
    sort = a.sort
    assert isinstance(sort, s.FnSort) and isinstance(sort.arg, s.AxisSort)
    return b.big("forall", b.axes(sort.arg.group), lambda k: b.eq(b.at(a, k), b.at(c, k)))

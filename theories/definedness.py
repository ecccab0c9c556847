"""When a term is defined.

Every partial operation has its condition here, beside no solver and no evaluator: ``defined(t)`` is itself a term, so
that it can be proved, evaluated and printed like any other.  ``if`` guards its branches, ``and``, ``or`` and ``implies``
guard to the right (the left operand has decided), a big operator's filter guards its body.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from .terms import build as b
from .terms.binders import close, fresh, open_with
from .terms.build import Domain
from .terms.dims import Shapes, domain_of
from .terms.sorts import EREAL, INT, REAL, BitsSort, FloatSort, FnSort
from .terms.term import DOM_ARGS, Dom, Term, make


def _nonzero(t: Term) -> Term:
    zero = (
        b.bit_vector(0, t.sort)
        if isinstance(t.sort, BitsSort)
        else make("lit", (), t.sort, 0 if t.sort is INT else _q(0))
    )
    return b.negate(b.eq(t, zero))


def _q(value: int) -> object:
    from fractions import Fraction

    return Fraction(value)


def _infinite(t: Term) -> Term:
    return b.negate(b.is_finite(t))


def _inf(sign: str) -> Term:
    return b.ereal("inf" if sign == "+" else "-inf")


def _opposite_infinities(x: Term, y: Term) -> Term:
    pos, neg = _inf("+"), _inf("-")
    return b.disj(b.conj(b.eq(x, pos), b.eq(y, neg)), b.conj(b.eq(x, neg), b.eq(y, pos)))


def _add(t: Term) -> Term:
    x, y = t.args
    return b.negate(_opposite_infinities(x, y)) if t.sort is EREAL else b.TRUE


def _sub(t: Term) -> Term:
    x, y = t.args
    if t.sort is not EREAL:
        return b.TRUE
    pos, neg = _inf("+"), _inf("-")
    return b.negate(b.disj(b.conj(b.eq(x, pos), b.eq(y, pos)), b.conj(b.eq(x, neg), b.eq(y, neg))))


def _mul(t: Term) -> Term:
    x, y = t.args
    if t.sort is not EREAL:
        return b.TRUE
    zero = b.ereal(0)
    return b.negate(b.disj(b.conj(b.eq(x, zero), _infinite(y)), b.conj(_infinite(x), b.eq(y, zero))))


def _div(t: Term) -> Term:
    x, y = t.args
    if isinstance(t.sort, FloatSort):
        return b.TRUE
    if t.sort is EREAL:
        return b.conj(_nonzero_ereal(y), b.disj(b.is_finite(x), b.is_finite(y)))
    if isinstance(t.sort, BitsSort):
        w = t.sort.width
        overflow = b.conj(b.eq(x, b.bit_vector(1 << (w - 1), t.sort)), b.eq(y, b.bit_vector(-1, t.sort)))
        return b.conj(_nonzero(y), b.negate(overflow))
    return _nonzero(y)


def _nonzero_ereal(t: Term) -> Term:
    return b.negate(b.eq(t, b.ereal(0)))


def _function(t: Term) -> Term:
    (x,) = t.args
    if t.sort is EREAL and t.data == "log":
        return b.le(b.ereal(0), x)
    condition = _DOMAINS.get(t.name) if t.sort is REAL else None
    return b.TRUE if condition is None else condition(x)


def _between(x: Term, less: Callable[[Term, Term], Term]) -> Term:
    return b.conj(less(b.rational(-1), x), less(x, b.rational(1)))


_DOMAINS: Mapping[str, Callable[[Term], Term]] = {
    "log": lambda x: b.lt(b.rational(0), x),
    "tan": lambda x: _nonzero(b.apply("cos", x)),
    "asin": lambda x: _between(x, b.le),
    "acos": lambda x: _between(x, b.le),
    "acosh": lambda x: b.le(b.rational(1), x),
    "atanh": lambda x: _between(x, b.lt),
}
"""Where a function on the reals is defined, of those that are partial."""


def _sqrt(t: Term) -> Term:
    return b.le(b.rational(0), t.args[0]) if t.sort is REAL else b.TRUE


def _round(t: Term) -> Term:
    # Finite overflow has no real value; the bound is the largest finite value plus half an ulp, exclusive.
    from .terms.sorts import FLOATS

    fmt = FLOATS[t.name]
    e_max = (1 << (fmt.exponent - 1)) - 1
    bound = _q(2**e_max * 2 - 2 ** (e_max - fmt.significand))
    limit = make("lit", (), REAL, bound)
    return b.lt(b.absolute(t.args[0]), limit)


def _cast(t: Term) -> Term:
    (x,) = t.args
    if x.sort is EREAL and t.sort is REAL:
        return b.is_finite(x)
    if isinstance(x.sort, FloatSort) and t.sort is REAL:
        return b.float_test("isfinite", x)
    if isinstance(x.sort, FloatSort) and isinstance(t.sort, BitsSort):
        return make("fits", (x,), b.BOOL, t.sort)
    return b.TRUE


def _shift(t: Term) -> Term:
    sort = t.sort
    assert isinstance(sort, BitsSort)
    return b.unsigned("ult", t.args[1], b.bit_vector(sort.width, sort)) if sort.width < 1 << sort.width else b.TRUE


_CONDITIONS: Mapping[str, Callable[[Term], Term]] = {
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "div": _div,
    "rem": _div,
    "idiv": lambda t: _nonzero(t.args[1]),
    "imod": lambda t: _nonzero(t.args[1]),
    "udiv": lambda t: _nonzero(t.args[1]),
    "urem": lambda t: _nonzero(t.args[1]),
    "fn": _function,
    "sqrt": _sqrt,
    "round": _round,
    "cast": _cast,
    "shl": _shift,
    "lshr": _shift,
    "ashr": _shift,
    "require": lambda t: t.args[0],
}


def in_domain(domain: Domain, x: Term) -> Term:
    """Whether ``x`` lies in ``domain``."""
    dom, args = domain
    if dom.kind == "range":
        return b.conj(b.le(args[0], x), b.lt(x, args[1]))
    if dom.kind == "nat":
        return b.le(b.ZERO, x)
    if dom.kind == "box":
        sort = x.sort
        assert isinstance(sort, FnSort)

        def at_axis(c: Term) -> Term:
            return b.conj(b.le(b.ZERO, b.at(x, c)), b.lt(b.at(x, c), b.at(args[0], c)))

        return b.big("forall", (Dom("axes", sort.arg), ()), at_axis)
    return b.TRUE


def nonempty(domain: Domain, x: Term, where: Term) -> Term:
    """Whether some ``x`` in ``domain`` satisfies ``where`` (free in ``x``)."""
    return b.big_over("exists", domain, x, b.TRUE, where)


def defined(t: Term, shapes: Shapes, known: Iterable[Term] = ()) -> Term:
    """The condition under which the locally closed ``t`` is defined.

    ``shapes`` gives the dimensions of free variables of function sort: reading one out of range is undefined.  A
    function is defined when it is so at every argument of its domain.  Conditions that are plainly true are left out:
    that a bound variable lies in its own domain, and what is among ``known``.
    """
    return _Definedness(shapes, known).of(t)


class _Definedness:
    def __init__(self, shapes: Shapes, known: Iterable[Term]) -> None:
        self.shapes = shapes
        self.memo: dict[Term, Term] = {}
        self.variables: dict[Term, Term] = {}
        self.known: set[Term] = {b.TRUE}
        for fact in known:
            self.known.update(_conjuncts(fact))

    def of(self, root: Term) -> Term:
        stack: list[Term] = [root]
        while stack:
            t = stack[-1]
            if t in self.memo:
                stack.pop()
                continue
            opened = self._open(t)
            missing = [a for a in opened if a not in self.memo]
            if missing:
                stack.extend(missing)
                continue
            self.memo[t] = self._combine(t, opened)
            stack.pop()
        return self.memo[root]

    def _open(self, t: Term) -> tuple[Term, ...]:
        """What must be defined, locally closed: the arguments, binders opened with one variable per binder node."""
        if t.op == "let":
            return (t.args[0], open_with(t.args[1], t.args[0]))
        if t.op == "at" and t.args[0].op == "lam":
            # Only this element matters, so its own definedness is asked, not that of the whole tensor.
            return (open_with(t.args[0].body, t.args[1]), t.args[1])
        if isinstance(t.data, Dom) and t.op != "bound":
            k = DOM_ARGS[t.data.kind]
            x = self._variable(t)
            return (*t.args[:k], *[open_with(a, x) for a in t.args[k:]])
        return t.args

    def _variable(self, t: Term) -> Term:
        x = self.variables.get(t)
        if x is None:
            x = self.variables[t] = fresh("d", t.dom.sort)
            self.known.update(_conjuncts(in_domain((t.dom, t.dom_args), x)))
        return x

    def _combine(self, t: Term, opened: tuple[Term, ...]) -> Term:
        d = [self.memo[a] for a in opened]
        if t.op == "ite":
            return self._all([d[0], self._implies(opened[0], d[1]), self._implies(b.negate(opened[0]), d[2])])
        if t.op == "require":
            return self._all([d[0], opened[0], self._implies(opened[0], d[1])])
        if t.op == "implies":
            return self._all([d[0], self._implies(opened[0], d[1])])
        if t.op in ("and", "or"):
            return self._guarded(t.op, opened, d)
        if t.op == "let":
            return self._all(d)
        if isinstance(t.data, Dom):
            return self._binder(t, t.data, opened, d)
        if t.op == "at":
            inside = in_domain(domain_of(t.args[0], self.shapes), opened[1])
            return self._all([d[1], inside, d[0]] if t.args[0].op == "lam" else [*d, inside])
        condition = _CONDITIONS.get(t.op)
        return self._all([*d, *([condition(t)] if condition is not None else [])])

    def _all(self, parts: Iterable[Term]) -> Term:
        """The conjunction of what is not known already."""
        return b.conj(*dict.fromkeys(q for p in parts for q in _conjuncts(p) if q not in self.known))

    def _implies(self, guard: Term, condition: Term) -> Term:
        unknown = self._all([guard])
        return b.TRUE if condition is b.TRUE else condition if unknown is b.TRUE else b.implies(unknown, condition)

    def _guarded(self, op: str, opened: tuple[Term, ...], d: list[Term]) -> Term:
        out: list[Term] = []
        for k, condition in enumerate(d):
            guard = opened[:k] if op == "and" else tuple(b.negate(a) for a in opened[:k])
            out.append(self._implies(b.conj(*guard), condition) if k else condition)
        return self._all(out)

    def _binder(self, t: Term, dom: Dom, opened: tuple[Term, ...], d: list[Term]) -> Term:
        k = DOM_ARGS[dom.kind]
        x = self._variable(t)
        domain: Domain = (dom, opened[:k])
        if t.op == "lam":
            return self._all([*d[:k], _everywhere(domain, x, b.TRUE, d[k])])
        where = opened[k]
        parts = [*d[:k], _everywhere(domain, x, b.TRUE, d[k]), _everywhere(domain, x, where, d[k + 1])]
        if t.op in ("bigmax", "bigmin") and t.sort is not EREAL:
            parts.append(nonempty(domain, x, where))
        if t.op == "sum" and t.sort is EREAL:
            parts.append(_everywhere(domain, x, where, b.is_finite(opened[k + 1])))
        return self._all(parts)


def _conjuncts(t: Term) -> tuple[Term, ...]:
    return tuple(u for a in t.args for u in _conjuncts(a)) if t.op == "and" else (t,)


def _everywhere(domain: Domain, x: Term, where: Term, condition: Term) -> Term:
    if condition is b.TRUE:
        return b.TRUE
    dom, args = domain
    return make("forall", (*args, close(where, x), close(condition, x)), b.BOOL, dom)

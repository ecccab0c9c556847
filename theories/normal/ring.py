"""Normal forms of whole terms.

Numbers in commutative rings (integers, reals, ring elements, machine integers) become polynomials over what arithmetic
does not look into, ``if`` included; comparisons become comparisons of differences; sums follow :mod:`.sums`.  Every
step is an identity for all values; ``a / b`` is read as ``a * (1/b)``, and ``1/b`` of a zero ``b`` is some value that
nothing is known about.  Floats are left alone.  Two terms that differ in the order of commutative operations have the
same normal form, in any process.

The pass is bottom-up and works under binders in place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Final

from ..terms import build as b
from ..terms.sorts import BOOL, INT, REAL, BitsSort
from ..terms.term import Term, make, with_args
from . import booleans, comparisons, integers, nests, sums
from .order import rank
from .polynomial import LIMIT, Coef, Poly, TooLarge, atom, constant, exact, is_ring, linear
from .printing import leading, primitive, to_term
from .region import combination, linear_parts


def normalize(t: Term) -> Term:
    """The normal form of ``t``."""
    return Normalizer().term(t)


class Normalizer:
    """Normal forms with a memo; ``laws`` collects the names of the laws of sums that were used."""

    def __init__(self) -> None:
        self.laws: set[str] = set()
        self._polys: dict[Term, Poly] = {}
        self._terms: dict[Term, Term] = {}
        self._regions: dict[Term, dict[Term, Coef]] = {}
        self.sums: dict[Term, nests.Sum] = {}

    def term(self, t: Term) -> Term:
        """The normal form of ``t``."""
        self._run(t)
        return self.known(t)

    def poly(self, t: Term) -> Poly:
        """The normal form of ``t``, of a ring sort, as a polynomial."""
        self._run(t)
        return self._polys[t]

    def print(self, p: Poly) -> Term:
        """``p`` as a term, which is its own normal form."""
        t = to_term(p)
        self._polys.setdefault(t, p)
        self._terms[t] = t
        return t

    def keep(self, t: Term) -> Poly:
        """``t`` as an atom that is its own normal form."""
        self._terms[t] = t
        return self._polys.setdefault(t, atom(t))

    def known(self, t: Term) -> Term:
        """The normal form of a term that was visited."""
        found = self._terms.get(t)
        if found is None:
            found = self._terms[t] = self.print(self._polys[t])
        return found

    def _run(self, root: Term) -> None:
        stack = [root]
        while stack:
            t = stack[-1]
            ring = is_ring(t.sort)
            if t in (self._polys if ring else self._terms):
                stack.pop()
                continue
            parts = self._region(t) if ring and linear_parts(t) else t.args
            missing = [a for a in parts if a not in (self._polys if is_ring(a.sort) else self._terms)]
            if missing:
                stack.extend(missing)
                continue
            stack.pop()
            if ring:
                self._polys[t] = self._number(t)
            else:
                self._terms[t] = self._other(t)

    # -- numbers -----------------------------------------------------------------------------------------------------

    def _region(self, root: Term) -> dict[Term, Coef]:
        found = self._regions.get(root)
        if found is None:
            found = self._regions[root] = combination(root, self._polys)
        return found

    def _number(self, t: Term) -> Poly:
        if t in self._regions or linear_parts(t):
            out = linear(t.sort, [(self._polys[a], c) for a, c in self._region(t).items()])
            return sums.merged(self, out)
        if t.op == "lit":
            assert isinstance(t.data, int | Fraction)
            return constant(t.sort, t.data)
        rule = _NUMBERS.get(t.op)
        if rule is not None:
            try:
                out = rule(self, t)
            except TooLarge:
                out = None
            if out is not None:
                return sums.merged(self, out)
        return self._opaque(t)

    def _opaque(self, t: Term) -> Poly:
        """``t`` with normal arguments, as an atom."""
        return atom(with_args(t, tuple([self.known(a) for a in t.args])) if t.args else t)

    def mul(self, t: Term) -> Poly | None:
        """Products, kept as products of sums where they would grow too large."""
        p, q = (self._polys[a] for a in t.args)
        try:
            return p * q
        except TooLarge:
            return self._whole(p) * self._whole(q)

    def _whole(self, p: Poly) -> Poly:
        return p if p.sole() is not None or not p.terms else atom(self.print(p))

    def power(self, t: Term) -> Poly | None:
        """Literal powers."""
        assert isinstance(t.data, int)
        p = self._polys[t.args[0]]
        try:
            return p.power(t.data)
        except TooLarge:
            return atom(make("pow", (self.print(p),), t.sort, t.data))

    def ite(self, t: Term) -> Poly | None:
        """``[c] a + [not c] b``."""
        c = booleans.indicator(self.known(t.args[0]), t.sort)
        a, other = self._polys[t.args[1]], self._polys[t.args[2]]
        if len(c.terms) * (len(a.terms) + len(other.terms)) > LIMIT:
            return atom(booleans.choice(*[self.known(x) for x in t.args]))
        return other + c * (a - other)

    def div(self, t: Term) -> Poly | None:
        """``a * (1/b)`` on reals; the divisor of the atom ``1/b`` is primitive with a positive first coefficient."""
        if t.sort is not REAL:
            return None
        a, divisor = (self._polys[x] for x in t.args)
        value = divisor.constant
        if value:
            return a.scale(exact(1 / Fraction(value)))
        inverse = primitive(divisor)
        if leading(inverse) < 0:
            inverse = -inverse
        scale: Coef = 1
        if not divisor.zero:
            m = next(iter(inverse.terms))
            scale = exact(Fraction(inverse.terms[m]) / Fraction(divisor.terms[m]))
        one_over = atom(make("div", (b.rational(1), self.print(inverse)), REAL))
        return a.scale(scale) * one_over

    def idiv(self, t: Term) -> Poly | None:
        """Integer division and remainder by a literal."""
        divisor = self._polys[t.args[1]].constant
        if not divisor:
            return None
        p = self._polys[t.args[0]]
        return integers.divide(p, int(divisor)) if t.op == "idiv" else integers.remainder(p, int(divisor))

    def extremum(self, t: Term) -> Poly | None:
        """``min``, ``max`` on integers and reals."""
        if t.sort not in (INT, REAL):
            return None
        return integers.extremum(t.op, self._polys[t.args[0]], self._polys[t.args[1]])

    def abs(self, t: Term) -> Poly | None:
        """Absolute values on integers and reals."""
        return integers.absolute(self._polys[t.args[0]]) if t.sort in (INT, REAL) else None

    def cast(self, t: Term) -> Poly | None:
        """From the integers into a ring: a homomorphism."""
        return comparisons.cast_poly(self._polys[t.args[0]], t.sort) if t.args[0].sort is INT else None

    def floor(self, t: Term) -> Poly | None:
        """``floor`` of an integer."""
        return comparisons.uncast(self._polys[t.args[0]])

    def sum(self, t: Term) -> Poly | None:
        """``sum`` and ``count``."""
        return sums.normal(self, t)

    # -- the rest ----------------------------------------------------------------------------------------------------

    def _other(self, t: Term) -> Term:
        args = tuple([self.known(a) for a in t.args])
        if t.op in ("eq", "peq"):
            return self._equal(t, args)
        if t.op in ("lt", "le"):
            if args[0].sort in (INT, REAL):
                return comparisons.order(t.op, *[self._polys[a] for a in t.args])
            return b.FALSE if t.op == "lt" and args[0] is args[1] else with_args(t, args)
        if t.op in ("and", "or"):
            return booleans.join(t.op, args)
        if t.op == "not":
            return booleans.negated(args[0])
        if t.op == "implies":
            return booleans.implication(*args)
        if t.op == "ite":
            return booleans.choice(*args)
        if t.op in ("forall", "exists"):
            return _quantifier(t, args)
        if t.op in ("bigmax", "bigmin"):
            return sums.extremum(self, with_args(t, args))
        return with_args(t, args) if args else t

    def _equal(self, t: Term, args: tuple[Term, ...]) -> Term:
        sort = args[0].sort
        if t.op == "peq" and sort not in (INT, REAL, BOOL) and not isinstance(sort, BitsSort):
            return with_args(t, args)
        if is_ring(sort):
            return comparisons.equal(*[self._polys[a] for a in t.args])
        if sort is BOOL:
            return booleans.equivalence(*args)
        if args[0] is args[1]:
            return b.TRUE
        return b.eq(*sorted(args, key=rank))


def _quantifier(t: Term, args: tuple[Term, ...]) -> Term:
    where, body = args[-2:]
    if t.op == "forall":
        body = booleans.implication(where, body)
        if body is b.TRUE:
            return b.TRUE
    else:
        body = booleans.join("and", (where, body))
        if body is b.FALSE:
            return b.FALSE
    return with_args(t, (*args[:-2], b.TRUE, body))


_NUMBERS: Final[Mapping[str, Callable[[Normalizer, Term], Poly | None]]] = {
    "mul": Normalizer.mul,
    "pow": Normalizer.power,
    "ite": Normalizer.ite,
    "div": Normalizer.div,
    "idiv": Normalizer.idiv,
    "imod": Normalizer.idiv,
    "min": Normalizer.extremum,
    "max": Normalizer.extremum,
    "abs": Normalizer.abs,
    "cast": Normalizer.cast,
    "floor": Normalizer.floor,
    "sum": Normalizer.sum,
    "count": Normalizer.sum,
    "bigmax": Normalizer.sum,
    "bigmin": Normalizer.sum,
    "prod": Normalizer.sum,
}

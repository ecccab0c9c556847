"""Polynomials over terms, the data behind the normal forms.

A polynomial has rational or integer coefficients (integers modulo ``2**w`` for machine integers) and monomials
``[g1]..[gm] * a1^e1 * .. * an^en``: the ``a`` are terms of the polynomial's sort that arithmetic does not look into,
the ``g`` are Boolean terms and ``[g]`` is 1 where ``g`` holds and 0 elsewhere.  Since ``[g]^2 = [g]`` and
``[not g] = 1 - [g]``, every expression in guards has exactly one such form.  Orders are by structural digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Final, NamedTuple

from ..terms.sorts import INT, REAL, BitsSort, ElemSort, Sort
from ..terms.term import Term
from .order import rank

Coef = int | Fraction
Powers = tuple[tuple[Term, int], ...]
LIMIT: Final = 400
"""No product has more monomials."""
_FACTORS: Final = 48
_EXPONENT: Final = 64


def is_ring(sort: Sort) -> bool:
    """Whether the values of ``sort`` form a commutative ring."""
    return (
        sort in (INT, REAL)
        or isinstance(sort, BitsSort)
        or (isinstance(sort, ElemSort) and sort.element_class == "ring")
    )


class TooLarge(ValueError):
    """A product has too many monomials or factors to be written out."""


class Mono(NamedTuple):
    """A monomial: its guards and its powers, each sorted by digest."""

    guards: tuple[Term, ...]
    powers: Powers

    @property
    def order(self) -> tuple[bytes, ...]:
        """The key of the canonical order, the constant first."""
        return (*[rank(g) for g in self.guards], b"", *[rank(a) + b"%d" % e for a, e in self.powers])


UNIT: Final = Mono((), ())


class Poly:
    """A polynomial of a sort; immutable."""

    __slots__ = ("modulus", "sort", "terms")

    def __init__(self, sort: Sort, terms: Mapping[Mono, Coef]) -> None:
        self.sort: Final = sort
        self.modulus: Final = 1 << sort.width if isinstance(sort, BitsSort) else 0
        if self.modulus:
            terms = {m: c % self.modulus for m, c in terms.items()}
        self.terms: Final[Mapping[Mono, Coef]] = {m: c for m, c in terms.items() if c}

    def __repr__(self) -> str:
        return " + ".join(f"{c}*{m}" for m, c in self.terms.items()) or "0"

    @property
    def constant(self) -> Coef | None:
        """Its value when it is a literal, else None."""
        if not self.terms:
            return 0
        return self.terms[UNIT] if len(self.terms) == 1 and UNIT in self.terms else None

    @property
    def zero(self) -> bool:
        """Whether it is the zero polynomial."""
        return not self.terms

    def sole(self) -> tuple[Mono, Coef] | None:
        """The only monomial with its coefficient, if there is exactly one."""
        return next(iter(self.terms.items())) if len(self.terms) == 1 else None

    def scale(self, by: Coef) -> Poly:
        """``by`` times the polynomial."""
        return self if by == 1 else Poly(self.sort, {m: c * by for m, c in self.terms.items()})

    def __neg__(self) -> Poly:
        return self.scale(-1)

    def __add__(self, other: Poly) -> Poly:
        return linear(self.sort, [(self, 1), (other, 1)])

    def __sub__(self, other: Poly) -> Poly:
        return linear(self.sort, [(self, 1), (other, -1)])

    def __mul__(self, other: Poly) -> Poly:
        """The product; raises :class:`TooLarge`."""
        if len(self.terms) * len(other.terms) > LIMIT and min(len(self.terms), len(other.terms)) > 1:
            raise TooLarge
        out: dict[Mono, Coef] = {}
        for m, c in self.terms.items():
            for n, d in other.terms.items():
                product = times(m, n)
                out[product] = out.get(product, 0) + c * d
        return Poly(self.sort, out)

    def power(self, exponent: int) -> Poly:
        """A natural power; raises :class:`TooLarge`."""
        sole = self.sole()
        if sole is not None and sole[1] == 1 and exponent:
            return Poly(self.sort, {Mono(sole[0].guards, tuple([(a, e * exponent) for a, e in sole[0].powers])): 1})
        if exponent > _EXPONENT:
            raise TooLarge
        out = constant(self.sort, 1)
        for _ in range(exponent):
            out = out * self
        return out

    def sorted(self) -> list[tuple[Mono, Coef]]:
        """The monomials in canonical order."""
        return sorted(self.terms.items(), key=lambda item: item[0].order)


def times(m: Mono, n: Mono) -> Mono:
    """The product of two monomials; raises :class:`TooLarge`."""
    if n is UNIT or m is UNIT:
        return m if n is UNIT else n
    guards = m.guards
    if not guards:
        guards = n.guards
    elif n.guards and n.guards != guards:
        guards = tuple(sorted({*guards, *n.guards}, key=rank))
    powers = m.powers
    if not powers:
        powers = n.powers
    elif n.powers:
        exponents = dict(powers)
        for a, e in n.powers:
            exponents[a] = exponents.get(a, 0) + e
        powers = tuple(sorted(exponents.items(), key=_first))
        if max(e for _, e in powers) > _EXPONENT:
            raise TooLarge
    if len(powers) > _FACTORS or len(guards) > _FACTORS:
        raise TooLarge
    return Mono(guards, powers)


def _first(power: tuple[Term, int]) -> bytes:
    return rank(power[0])


def constant(sort: Sort, value: Coef) -> Poly:
    """A literal."""
    return Poly(sort, {UNIT: exact(value)})


def exact(value: Coef) -> Coef:
    """``value`` as an int if it is one: integers compute faster than fractions."""
    return value if isinstance(value, int) or value.denominator != 1 else value.numerator


def atom(t: Term) -> Poly:
    """The term ``t`` itself."""
    return Poly(t.sort, {Mono((), ((t, 1),)): 1})


def guard(condition: Term, sort: Sort) -> Poly:
    """``[condition]``, for a condition that is not taken apart."""
    return Poly(sort, {Mono((condition,), ()): 1})


def product(guards: Iterable[Term], powers: Iterable[tuple[Term, int]]) -> Mono:
    """The monomial of those factors, sorted and collected."""
    out = Mono(tuple(sorted(set(guards), key=rank)), ())
    for a, e in powers:
        out = times(out, Mono((), ((a, e),)))
    return out


def linear(sort: Sort, parts: Iterable[tuple[Poly, Coef]]) -> Poly:
    """A linear combination."""
    out: dict[Mono, Coef] = {}
    for p, by in parts:
        for m, c in p.terms.items():
            out[m] = out.get(m, 0) + c * by
    return Poly(sort, out)

"""A term that is affine in its data, taken apart: sums over binders of coefficient times data.

Data are the leaves that depend on inputs; everything made of constants alone is a coefficient.  Two affine terms with the
same data are equal if and only if the coefficients are, so an equation about a layer becomes one about its constants.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction

from ....theories.normal.polynomial import Poly
from ....theories.normal.ring import Normalizer
from ....theories.terms import build as b
from ....theories.terms.binders import fresh, open_with, substitute, var
from ....theories.terms.sorts import INT
from ....theories.terms.term import Term, free_vars, postorder


@dataclass(frozen=True, slots=True)
class Key:
    """What a coefficient stands before: data read under binders, where conditions hold.

    The binders are the variables ``b0``, ``b1`` … in the order in which the data mention them; ``ranges`` are their bounds.
    """

    data: tuple[Term, ...]
    guards: tuple[Term, ...]
    ranges: tuple[tuple[Term, Term], ...]


class NotAffine(Exception):
    """The term is not a sum of coefficients times data."""


Coefficients = dict[Key, Term]


def coefficients(t: Term, constants: Collection[str]) -> Coefficients:
    """The coefficients of a real term without preconditions; ``constants`` names the leaves that are no data."""
    out: dict[Key, list[Term]] = {}
    for key, value in _parts(Normalizer().poly(t), frozenset(constants), (), (), b.rational(1)):
        out.setdefault(key, []).append(value)
    return {key: _sum(values) for key, values in out.items()}


Binder = tuple[Term, Term, Term]


def _parts(
    p: Poly, constants: frozenset[str], binders: tuple[Binder, ...], guards: tuple[Term, ...], factor: Term
) -> Iterable[tuple[Key, Term]]:
    for mono, coefficient in p.terms.items():
        value = b.mul(factor, b.rational(Fraction(coefficient)))
        data: list[Term] = []
        for atom, exponent in mono.powers:
            if _constant(atom, constants):
                for _ in range(exponent):
                    value = b.mul(value, atom)
            else:
                data += [atom] * exponent
        conditions = (*guards, *mono.guards)
        if any(not _about_indices(g) for g in conditions):
            raise NotAffine("a branch depends on elements")
        sums = [a for a in data if a.op == "sum"]
        if not sums:
            yield _key(data, conditions, binders), _renamed(value, data, conditions, binders)
            continue
        if len(data) > 1:
            raise NotAffine("a product of sums of data")
        (total,) = sums
        if total.dom.kind != "range" or total.filter is not b.TRUE:
            raise NotAffine("a sum with a filter")
        k = fresh("k", INT)
        body = Normalizer().poly(open_with(total.body, k))
        yield from _parts(body, constants, (*binders, (k, *_bounds(total))), conditions, value)


def _bounds(total: Term) -> tuple[Term, Term]:
    low, high = total.dom_args
    return low, high


def _constant(t: Term, constants: frozenset[str]) -> bool:
    """Whether only constants, indices and sizes occur."""
    return all(name in constants or v.sort is INT for name, v in free_vars(t).items())


def _about_indices(t: Term) -> bool:
    return all(u.sort is INT or u.sort is b.BOOL for u in postorder([t]))


def _order(data: list[Term], guards: tuple[Term, ...], binders: tuple[Binder, ...]) -> list[Binder]:
    """The binders in the order in which data mention them, then guards; the rest by their bounds."""
    seen: list[Term] = []
    for t in (*data, *guards):
        stack = [t]
        while stack:
            u = stack.pop()
            if u.op == "var" and u not in seen:
                seen.append(u)
            stack.extend(reversed(u.args))
    place = {x: k for k, x in enumerate(seen)}
    return sorted(binders, key=lambda binder: (place.get(binder[0], len(seen)), binder[2].digest))


def _names(data: list[Term], guards: tuple[Term, ...], binders: tuple[Binder, ...]) -> dict[Term, Term]:
    return {x: var(f"b{k}", INT) for k, (x, _, _) in enumerate(_order(data, guards, binders))}


def _key(data: list[Term], guards: tuple[Term, ...], binders: tuple[Binder, ...]) -> Key:
    names = _names(data, guards, binders)
    normal = Normalizer().term
    ranges = tuple(
        (normal(substitute(low, names)), normal(substitute(high, names)))
        for _, low, high in _order(data, guards, binders)
    )
    conditions = {normal(substitute(g, names)) for g in guards}
    reads = tuple(normal(substitute(t, names)) for t in data)
    return Key(reads, tuple(sorted(conditions, key=lambda g: g.digest)), ranges)


def _renamed(value: Term, data: list[Term], guards: tuple[Term, ...], binders: tuple[Binder, ...]) -> Term:
    return substitute(value, _names(data, guards, binders))


def _sum(values: list[Term]) -> Term:
    out = values[0]
    for v in values[1:]:
        out = b.add(out, v)
    return out

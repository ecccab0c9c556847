"""Products as uninterpreted functions.

Non-linear arithmetic is where solvers lose their way, and most goals need no more of a product than that equal factors
give equal products.  Here a product of two terms that are no literals becomes ``mul!(a, b)``, with its factors in
canonical order, and a quotient ``a / b`` becomes ``mul!(a, inv!(b))``.  Each new term brings the facts about signs and
units that proofs ask for most.  What follows from the result follows from the original; a model of it is a candidate.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations

from ....theories.terms import build as b
from ....theories.terms import sorts as s
from ....theories.terms.binders import var
from ....theories.terms.sorts import INT, REAL
from ....theories.terms.term import Term, make, postorder, rebuild_all
from .euclid import without_division

Assertions = list[tuple[str, Term]]


def linearised(assertions: Sequence[tuple[str, Term]], euclid: bool = False) -> tuple[Assertions, Assertions]:
    """The assertions without products and quotients of variables, and the facts about what replaces them.

    ``euclid`` does without division of integers by symbols as well.
    """
    facts: dict[Term, None] = {}
    formulas = [f for _, f in assertions]
    divisions: list[Term] = []
    if euclid:
        formulas, divisions = without_division(formulas)
    everything = rebuild_all([*formulas, *divisions], lambda t: _step(t, facts))
    out, divisions = everything[: len(formulas)], everything[len(formulas) :]
    facts.update(dict.fromkeys(divisions))
    for f in _ordered_products(everything):
        facts[f] = None
    made = [(f"mul~{k}", f) for k, f in enumerate(facts)]
    return [(label, f) for (label, _), f in zip(assertions, out, strict=True)], made


def _ordered_products(formulas: Sequence[Term]) -> Iterator[Term]:
    """Mixed radix: ``x < y`` and ``0 <= d`` give ``x d + d <= y d``, for integer products with a common factor."""
    by_factor: dict[Term, dict[Term, Term]] = {}
    name = f"mul!{INT.text}"
    for t in postorder(formulas):
        if t.op == "at" and t.args[0].op == "at" and t.args[0].args[0].op == "var" and t.args[0].args[0].name == name:
            x, y = t.args[0].args[1], t.args[1]
            by_factor.setdefault(x, {})[y] = t
            by_factor.setdefault(y, {})[x] = t
    for factor, products in by_factor.items():
        for (x, xd), (y, yd) in permutations(products.items(), 2):
            ordered = b.conj(b.lt(x, y), b.le(b.ZERO, factor))
            yield b.implies(ordered, b.le(b.add(xd, factor), yd))


def _step(t: Term, facts: dict[Term, None]) -> Term:
    if t.sort not in (REAL, INT):
        return t
    if t.op == "mul":
        return _product(t.args[0], t.args[1], facts)
    if t.op == "pow":
        exponent = t.data
        assert isinstance(exponent, int)
        if t.args[0].op == "lit" or not exponent:
            return t
        out = t.args[0]
        for _ in range(exponent - 1):
            out = _product(out, t.args[0], facts)
        return out
    if t.op == "div" and t.args[1].op != "lit":
        inverse = _inverse(t.args[1], facts)
        return inverse if t.args[0] is _literal(1, REAL) else _product(t.args[0], inverse, facts)
    return t


def _literal(value: int, sort: s.Sort) -> Term:
    return b.integer(value) if sort is INT else b.rational(value)


def _product(x: Term, y: Term, facts: dict[Term, None]) -> Term:
    if x.op == "lit" or y.op == "lit" or _is_scaled(x) or _is_scaled(y):
        return _scaled(x, y, facts)
    if y.digest < x.digest:
        x, y = y, x
    sort = x.sort
    product = b.at(var(f"mul!{sort.text}", s.fn_sort((sort, sort), sort)), x, y)
    zero, one = _literal(0, sort), _literal(1, sort)
    if x is not y:  # factors that turn out equal may be in another order elsewhere
        facts[b.eq(product, b.at(product.args[0].args[0], y, x))] = None
    for p, q in ((x, y), (y, x)):
        facts[b.implies(b.eq(p, zero), b.eq(product, zero))] = None
        facts[b.implies(b.eq(p, one), b.eq(product, q))] = None
    positive = b.lt(zero, product)
    facts[b.implies(b.conj(b.lt(zero, x), b.lt(zero, y)), positive)] = None
    facts[b.implies(b.conj(b.le(zero, x), b.le(zero, y)), b.le(zero, product))] = None
    facts[b.implies(b.eq(product, zero), b.disj(b.eq(x, zero), b.eq(y, zero)))] = None
    return product


def _is_scaled(t: Term) -> bool:
    return t.op == "mul" and t.args[0].op == "lit"


def _scaled(x: Term, y: Term, facts: dict[Term, None]) -> Term:
    """A product with literal factors pulled to the front."""
    if x.op == "lit":
        return make("mul", (x, y), x.sort)
    if y.op == "lit":
        return make("mul", (y, x), x.sort)
    if _is_scaled(x):
        return make("mul", (x.args[0], _product(x.args[1], y, facts)), x.sort)
    return make("mul", (y.args[0], _product(x, y.args[1], facts)), x.sort)


def _inverse(x: Term, facts: dict[Term, None]) -> Term:
    inverse = b.at(var("inv!", s.fn(REAL, REAL)), x)
    zero, one = b.rational(0), b.rational(1)
    nonzero = b.negate(b.eq(x, zero))
    facts[b.implies(nonzero, b.eq(_product(x, inverse, facts), one))] = None
    facts[b.implies(b.lt(zero, x), b.lt(zero, inverse))] = None
    return inverse

"""Division by a symbolic divisor, without division.

``a div d`` and ``a mod d`` become ``div!(a, d)`` and ``mod!(a, d)`` with Euclid's facts, and integer products are
multiplied out, so that what is left is linear over products of variables.  That a quotient is unique follows from the
order of multiples: ``x < y`` and ``0 < d`` give ``x d + d <= y d``, for any two quotients (or constants 0, 1 and −1) with
one divisor.  What follows from the result follows from the original; a model of it is a candidate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations

from ....theories.terms import build as b
from ....theories.terms import sorts as s
from ....theories.terms.binders import var
from ....theories.terms.sorts import INT
from ....theories.terms.term import Term, postorder, rebuild_all

_FN = s.fn_sort((INT, INT), INT)
Product = Callable[[Term, Term], Term]


def has_symbolic_division(terms: Sequence[Term]) -> bool:
    """Whether an integer is divided by something other than a literal."""
    return any(t.op in ("idiv", "imod") and t.args[1].op != "lit" for t in postorder(terms))


def without_division(formulas: Sequence[Term]) -> tuple[list[Term], list[Term]]:
    """The formulas without division by symbols, and Euclid's facts about what replaces it."""
    quotients: dict[Term, dict[Term, None]] = {}
    facts: dict[Term, None] = {}

    def step(t: Term) -> Term:
        if t.op == "mul" and t.sort is INT:
            return multiply(*t.args)
        if t.op not in ("idiv", "imod") or t.args[1].op == "lit":
            return t
        a, d = t.args
        quotient, remainder = b.at(var("div!", _FN), a, d), b.at(var("mod!", _FN), a, d)
        if quotient not in quotients.setdefault(d, {}):
            quotients[d][quotient] = None
            zero = b.ZERO
            whole = b.eq(a, b.add(multiply(d, quotient), remainder))
            facts[b.implies(b.negate(b.eq(d, zero)), whole)] = None
            facts[b.implies(b.lt(zero, d), b.conj(b.le(zero, remainder), b.lt(remainder, d)))] = None
            facts[b.implies(b.lt(d, zero), b.conj(b.lt(d, remainder), b.le(remainder, zero)))] = None
        return quotient if t.op == "idiv" else remainder

    out = rebuild_all(formulas, step)
    for d, found in quotients.items():
        constants = [b.integer(k) for k in (-1, 0, 1)]
        for x, y in permutations([*found, *constants], 2):
            if x.op == "lit" and y.op == "lit":
                continue
            apart = b.le(b.add(multiply(d, x), d), multiply(d, y))
            facts[b.implies(b.conj(b.lt(x, y), b.lt(b.ZERO, d)), apart)] = None
    return out, list(facts)


def multiply(x: Term, y: Term) -> Term:
    """The product of two integer terms, multiplied out over sums, differences and literals."""
    for one, other in ((x, y), (y, x)):
        if one.op in ("add", "sub"):
            p, q = (multiply(a, other) for a in one.args)
            return b.add(p, q) if one.op == "add" else b.sub(p, q)
        if one.op == "neg":
            return b.neg(multiply(one.args[0], other))
        if one.op == "lit" and other.op == "lit" and isinstance(one.data, int) and isinstance(other.data, int):
            return b.integer(one.data * other.data)
        if one.op == "lit" and one.data == 0:
            return b.ZERO
        if one.op == "lit" and one.data == 1:
            return other
    return b.mul(x, y)

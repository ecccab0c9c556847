"""Integers as linear forms over axes and opaque integers, and their bounds."""

from __future__ import annotations

import math
from typing import NamedTuple

from ....theories.terms.sorts import BOOL, INT
from .graph import HUGE, WIDE, Graph, Ref, positions


class Linear(NamedTuple):
    """``const`` plus coefficients times axes (numbers) and other integers (refs); the length of each axis in it."""

    const: int
    terms: dict[int | Ref, int]
    lengths: dict[int, int]

    @property
    def affine(self) -> bool:
        """Whether only axes occur."""
        return all(isinstance(k, int) for k in self.terms)

    def bounds(self) -> tuple[int, int]:
        """The least and greatest value; ``-HUGE`` or less, ``HUGE`` or more say that there is no bound."""
        lo = hi = self.const
        below = above = False
        for k, c in self.terms.items():
            a, b = (0, self.lengths[k] - 1) if isinstance(k, int) else (k.node.lo, k.node.hi)
            lo += c * (a if c > 0 else b)
            hi += c * (b if c > 0 else a)
            below |= a <= -HUGE if c > 0 else b >= HUGE
            above |= b >= HUGE if c > 0 else a <= -HUGE
        return -HUGE if below else max(lo, -HUGE), HUGE if above else min(hi, HUGE)


def linear(ref: Ref) -> Linear:
    """The linear form of an integer."""
    node = ref.node
    if node.op == "lit":
        return Linear(node.data, {}, {})
    if node.op != "lin" or len(node.data[1]) + len(node.data[2]) > WIDE:
        return Linear(0, {ref: 1}, ref.lengths)
    const, coefs, factors = node.data
    terms: dict[int | Ref, int] = {ref.axes[p]: c for p, c in coefs}
    for k, c in enumerate(factors):
        terms[ref.argument(k)] = c
    return Linear(const, terms, ref.lengths)


def combine(a: Linear, b: Linear, factor: int = 1) -> Linear:
    """``a + factor * b``."""
    terms = dict(a.terms)
    for k, c in b.terms.items():
        total = terms.get(k, 0) + factor * c
        if total:
            terms[k] = total
        else:
            terms.pop(k, None)
    return Linear(a.const + factor * b.const, terms, a.lengths | b.lengths)


def scaled(a: Linear, factor: int) -> Linear:
    """``factor * a``."""
    return Linear(a.const * factor, {k: c * factor for k, c in a.terms.items()} if factor else {}, a.lengths)


def form(graph: Graph, a: Linear) -> Ref:
    """The integer of a linear form."""
    if not a.terms:
        return graph.literal(a.const, INT)
    if len(a.terms) == 1 and not a.const:
        ((only, factor),) = a.terms.items()
        if factor == 1 and isinstance(only, Ref):
            return only
    own = sorted([k for k in a.terms if isinstance(k, int)])
    atoms = sorted([k for k in a.terms if isinstance(k, Ref)], key=lambda r: (r.node.number, r.axes))
    axes = tuple(sorted({*own, *[x for r in atoms for x in r.axes]}))
    data = (a.const, tuple([(axes.index(k), a.terms[k]) for k in own]), tuple([a.terms[r] for r in atoms]))
    args = [(r.node, positions(r.axes, axes)) for r in atoms]
    return Ref(graph.node("lin", data, args, [a.lengths[k] for k in axes], INT, a.bounds()), axes)


def axis(graph: Graph, number: int, length: int, lo: int = 0) -> Ref:
    """The integer ``lo + position`` along an axis."""
    return form(graph, Linear(lo, {number: 1} if length > 1 else {}, {number: length} if length > 1 else {}))


def add(graph: Graph, a: Ref, b: Ref, factor: int = 1) -> Ref:
    """``a + factor * b``."""
    return form(graph, combine(linear(a), linear(b), factor))


def multiply(graph: Graph, a: Ref, b: Ref) -> Ref:
    """``a * b``, linear if one of them is a literal."""
    if a.literal is not None:
        return form(graph, scaled(linear(b), a.literal))
    if b.literal is not None:
        return form(graph, scaled(linear(a), b.literal))
    return graph.apply("mul", None, (a, b), INT, _hull([x * y for x in _ends(a) for y in _ends(b)]))


def _ends(a: Ref) -> tuple[int, int]:
    return a.node.lo, a.node.hi


def _hull(values: list[int]) -> tuple[int, int]:
    return max(min(values), -HUGE), min(max(values), HUGE)


def divide(graph: Graph, a: Ref, b: Ref) -> Ref:
    """``a // b``, rounded down; what the divisor divides comes out, and what then lies in [0, b) vanishes."""
    d = b.literal
    if d is None or d <= 0:
        reach = max(abs(a.node.lo), abs(a.node.hi))
        return graph.apply("idiv", None, (a, b), INT, (-reach, reach))
    whole = linear(a)
    outside = Linear(whole.const // d, {k: c // d for k, c in whole.terms.items() if c % d == 0}, whole.lengths)
    rest = Linear(whole.const % d, {k: c for k, c in whole.terms.items() if c % d}, whole.lengths)
    lo, hi = rest.bounds()
    if lo // d == hi // d and -HUGE < lo and hi < HUGE:
        return form(graph, combine(outside, Linear(lo // d, {}, {})))
    # (g*A + R) // (g*e) = A // e where 0 <= R < g
    for g in sorted({math.gcd(c, d) for c in rest.terms.values()}, reverse=True):
        small = Linear(rest.const % g, {k: c for k, c in rest.terms.items() if c % g}, rest.lengths)
        low, high = small.bounds()
        if g > 1 and low >= 0 and high < min(g, HUGE):
            big = Linear(rest.const // g, {k: c // g for k, c in rest.terms.items() if c % g == 0}, rest.lengths)
            rest, d = big, d // g
            break
    if len(rest.terms) == 1 and not rest.const:
        ((only, factor),) = rest.terms.items()
        if isinstance(only, Ref) and factor == 1 and only.node.op == "idiv":
            inner = only.argument(1).literal
            if inner is not None and inner > 0:  # (x // p) // q = x // (p * q)
                nested = divide(graph, only.argument(0), graph.literal(inner * d, INT))
                return form(graph, combine(outside, linear(nested)))
    lo, hi = rest.bounds()
    bounds = lo // d if lo > -HUGE else lo, hi // d if hi < HUGE else hi
    atom = graph.apply("idiv", None, (form(graph, rest), graph.literal(d, INT)), INT, bounds)
    return form(graph, combine(outside, linear(atom)))


def modulo(graph: Graph, a: Ref, b: Ref) -> Ref:
    """``a - b * (a // b)``."""
    d = b.literal
    if d is None or d <= 0:
        reach = max(abs(b.node.lo), abs(b.node.hi))
        return graph.apply("imod", None, (a, b), INT, (-reach, reach))
    remainder = form(graph, combine(linear(a), linear(divide(graph, a, b)), -d))
    if remainder.node.op == "lin":
        lo, hi = max(remainder.node.lo, 0), min(remainder.node.hi, d - 1)
        remainder.node.lo, remainder.node.hi = lo, hi  # tighter than the form says
    return remainder


def nonnegative(graph: Graph, a: Linear) -> Ref:
    """``a >= 0``."""
    lo, hi = a.bounds()
    if lo >= 0 or hi < 0:
        return graph.truth(lo >= 0)
    return graph.apply("ge0", None, (form(graph, a),), BOOL)


def at_most(graph: Graph, a: Ref, b: Ref, strict: bool = False) -> Ref:
    """``a <= b``, or ``a < b``."""
    return nonnegative(graph, combine(combine(linear(b), linear(a), -1), Linear(-int(strict), {}, {})))


def equal(graph: Graph, a: Ref, b: Ref) -> Ref:
    """``a = b``."""
    difference = combine(linear(a), linear(b), -1)
    lo, hi = difference.bounds()
    if lo > 0 or hi < 0 or (lo == hi == 0):
        return graph.truth(lo == hi == 0)
    return graph.apply("is0", None, (form(graph, difference),), BOOL)

"""Random terms for the tests of normal forms, with environments to evaluate them in."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction

from plain_eval import Env, table

from probanda.theories.terms import build as b
from probanda.theories.terms.binders import var
from probanda.theories.terms.sorts import BOOL, INT, REAL, BitsSort, ElemSort, Sort, bits, elem, fn, fn_sort, index_map
from probanda.theories.terms.term import Term

R = elem("R", "ring")
B4 = bits(4)
NUMBERS: list[Sort] = [INT, REAL, R, B4]
n, i, j, p = var("n", INT), var("i", INT), var("j", INT), var("p", BOOL)
SIZES = var("N", index_map("C"))


def literal(value: int, sort: Sort) -> Term:
    if isinstance(sort, BitsSort):
        return b.bit_vector(value, sort)
    if isinstance(sort, ElemSort):
        return b.ring_integer(value, sort)
    return b.integer(value) if sort is INT else b.rational(value)


def row(sort: Sort) -> Term:
    return var(f"x_{sort.text.split()[0]}", fn(INT, sort))


def matrix(sort: Sort) -> Term:
    return var(f"y_{sort.text.split()[0]}", fn_sort([INT, INT], sort))


def group(sort: Sort) -> Term:
    return var(f"z_{sort.text.split()[0]}", fn(index_map("C"), sort))


def environment(rng: random.Random) -> Env:
    env: dict[str, object] = {"n": rng.randint(-2, 3), "i": rng.randint(-1, 3), "j": rng.randint(-1, 3)}
    env["p"] = rng.random() < 0.5
    env["N"] = table([rng.randint(0, 2) for _ in range(2)])
    for sort in NUMBERS:
        values = [rng.randint(-3, 3) for _ in range(5)]
        halves: list[object] = [Fraction(v, 2) if sort is REAL else v for v in values]
        env[row(sort).name] = table(halves)
        rows: list[object] = [table([halves[(k * 3 + m) % 5] for m in range(5)]) for k in range(5)]
        env[matrix(sort).name] = table(rows)
        env[group(sort).name] = _of_index(halves)
    return env


def _of_index(values: list[object]) -> Callable[[Callable[[int], int]], object]:
    return lambda index: values[(index(0) * 2 + index(1)) % len(values)]


class Terms:
    """Random terms; ``maps`` are bound index maps."""

    def __init__(self, rng: random.Random, division: bool = True) -> None:
        self.rng = rng
        self.division = division

    def integer(self, ints: list[Term], depth: int = 1) -> Term:
        rng = self.rng
        if depth <= 0 or rng.random() < 0.3:
            return rng.choice(ints) if rng.random() < 0.75 else b.integer(rng.randint(-2, 3))
        a, c = self.integer(ints, depth - 1), self.integer(ints, depth - 1)
        binary = [b.add, b.add, b.sub, b.sub, b.mul, b.maximum, b.minimum, b.idiv, b.imod]
        op = rng.choice([*binary, None])
        if op is None:
            return b.ite(self.condition(ints, 0), a, c)
        if op in (b.idiv, b.imod):
            return op(b.add(b.mul(c, b.integer(2)), a), b.integer(rng.choice([-3, -2, 1, 2, 3, 4, 6])))
        return rng.choice([b.absolute, b.neg])(a) if rng.random() < 0.1 else op(a, c)

    def condition(self, ints: list[Term], depth: int = 1) -> Term:
        rng = self.rng
        if depth <= 0 or rng.random() < 0.5:
            if rng.random() < 0.15:
                return p
            op = rng.choice([b.lt, b.le, b.lt, b.le, b.eq])
            return op(self.integer(ints), self.integer(ints))
        a, c = self.condition(ints, depth - 1), self.condition(ints, depth - 1)
        kind = rng.randrange(5)
        if kind == 4:
            return b.ite(a, c, self.condition(ints, 0))
        return [b.conj, b.disj, b.implies, b.eq][kind](a, c) if rng.random() < 0.8 else b.negate(a)

    def number(self, sort: Sort, depth: int, ints: list[Term], maps: list[Term] | None = None) -> Term:
        rng = self.rng
        maps = maps or []
        if depth <= 0:
            if sort is INT and rng.random() < 0.5:
                return self.integer(ints)
            if maps and rng.random() < 0.5:
                return b.at(group(sort), rng.choice(maps))
            if rng.random() < 0.2:
                return literal(rng.randint(-2, 2), sort)
            if rng.random() < 0.1:
                return b.cast(self.integer(ints), sort)
            if rng.random() < 0.4:
                return b.at(matrix(sort), self.integer(ints), rng.choice(ints))
            return b.at(row(sort), self.integer(ints))

        def sub(ints: list[Term] = ints, maps: list[Term] = maps) -> Term:
            return self.number(sort, depth - 1, ints, maps)

        kind = rng.randrange(12)
        if kind < 4:
            return [b.add, b.sub, b.mul, b.mul][kind](sub(), sub())
        if kind == 4:
            return b.ite(self.condition(ints), sub(), sub())
        if kind == 5:
            return b.neg(sub()) if isinstance(sort, BitsSort) else b.power(sub(), rng.randint(0, 3))
        if kind == 6 and sort is REAL and self.division:
            return b.div(sub(), sub())
        if kind == 7:
            return self.over_group(sort, depth, ints, maps)
        if kind == 8 and sort is INT:
            return b.big("count", self.domain(ints), lambda k: self.condition([*ints, k], 1), self.where(ints))
        return b.big("sum", self.domain(ints), lambda k: sub([*ints, k, k]), self.where(ints))

    def over_group(self, sort: Sort, depth: int, ints: list[Term], maps: list[Term]) -> Term:
        return b.big("sum", b.box(SIZES), lambda c: self.number(sort, depth - 1, ints, [*maps, c]))

    def where(self, ints: list[Term]) -> Callable[[Term], Term]:
        if self.rng.random() < 0.6:
            return lambda k: b.TRUE
        return lambda k: self.condition([*ints, k])

    def domain(self, ints: list[Term]) -> b.Domain:
        lo = b.integer(0) if self.rng.random() < 0.4 else self.integer(ints, 0)
        return b.range_(lo, self.integer(ints, 0) if self.rng.random() < 0.7 else b.add(lo, b.integer(2)))

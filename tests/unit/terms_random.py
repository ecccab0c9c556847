"""Random well-typed closed terms of every element class, with binders, and empty and negative ranges.

Terms are closed except for the elements ``a0 .. a3`` of a scalar sort.  Bounds of ranges are literals, or differ by a
literal from variables whose value an unfolding knows (see ``unfold``).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from probanda.theories.terms import build as b
from probanda.theories.terms.binders import var
from probanda.theories.terms.build import Domain
from probanda.theories.terms.sorts import (
    BOOL,
    EREAL,
    FLOATS,
    INT,
    REAL,
    BitsSort,
    ElemSort,
    FloatSort,
    Sort,
    bits,
    elem,
)
from probanda.theories.terms.term import Term, make

RING = elem("R", "ring")
SCALAR = elem("A", "scalar")
SCALARS = tuple(var(f"a{k}", SCALAR) for k in range(4))
NUMBERS: tuple[Sort, ...] = (INT, REAL, bits(8), bits(3), bits(17), *FLOATS.values())
"""Sorts with an order and literals, between which there are casts."""

Production = Callable[["Generator", Sort, int], Term]


class Generator:
    """One seed, one sequence of terms.  ``sorts`` are those that subterms of other sorts are drawn from."""

    def __init__(self, seed: int, sorts: Sequence[Sort] = NUMBERS) -> None:
        self.random = random.Random(seed)
        self.sorts = tuple(sorts)
        self.scope: list[Term] = []
        self.known: list[Term] = []  # the bound integers that unfold to literals

    def term(self, sort: Sort, depth: int) -> Term:
        """A term of that sort and at most that depth."""
        if depth <= 0 or (depth <= 2 and self.random.random() < 0.15):
            return self.leaf(sort)
        kind = _kind(sort)
        pool = COMMON if self.random.random() < 0.3 else PRODUCTIONS[kind]
        return self.random.choice(pool or COMMON)(self, sort, depth - 1)

    def pick(self, choices: Sequence[Term]) -> Term:
        return self.random.choice(choices)

    def leaf(self, sort: Sort) -> Term:
        """A variable in scope, or a literal."""
        variables = [x for x in self.scope if x.sort is sort]
        if variables and self.random.random() < 0.6:
            return self.pick(variables)
        return literal(self.random, sort)

    def leaf_integer(self) -> Term:
        """A small integer literal."""
        return b.integer(self.random.randint(-2, 3))

    def other(self) -> Sort:
        """The sort of something compared or converted."""
        return self.random.choice(self.sorts)

    def range(self, longest: int = 3) -> Domain:
        """A range of at most ``longest`` members, often empty, sometimes with its bounds in the wrong order."""
        lo = b.integer(self.random.randint(-2, 2))
        if self.known and self.random.random() < 0.3:
            lo = b.add(self.pick(self.known), lo)
        return b.range_(lo, b.add(lo, b.integer(self.random.choice([-2, 0, 1, 1, 2, 2, 3, 3][: longest + 5]))))

    def under(self, x: Term, known: bool, body: Callable[[], Term]) -> Term:
        """``body()`` with ``x`` in scope."""
        self.scope.append(x)
        if known:
            self.known.append(x)
        t = body()
        self.scope.pop()
        if known:
            self.known.pop()
        return t


def _kind(sort: Sort) -> str:
    if isinstance(sort, FloatSort):
        return "float"
    if isinstance(sort, BitsSort):
        return "bits"
    return sort.element_class if isinstance(sort, ElemSort) else sort.text


def literal(r: random.Random, sort: Sort) -> Term:
    """A literal, often a corner of its sort."""
    if sort is BOOL:
        return b.boolean(r.random() < 0.5)
    if sort is INT:
        return b.integer(r.choice([r.randint(-4, 5), r.randint(-4, 5), r.randint(-300, 300), 1 << r.randint(3, 40)]))
    if sort is REAL or sort is EREAL:
        value = Fraction(r.randint(-9, 9), r.choice([1, 1, 2, 3, 7]))
        if sort is EREAL:
            return b.ereal(r.choice([value, value, value, Fraction(0), "inf", "-inf"]))
        return b.rational(r.choice([value, value, value, Fraction(r.getrandbits(40), 10**6)]))
    if isinstance(sort, FloatSort):
        return b.float_bits(_float_pattern(r, sort), sort)
    if isinstance(sort, BitsSort):
        corners = (0, 1, -1, 2, 1 << (sort.width - 1), (1 << (sort.width - 1)) - 1, r.getrandbits(sort.width))
        return b.bit_vector(r.choice(corners), sort)
    if sort is SCALAR:
        return r.choice(SCALARS)
    assert isinstance(sort, ElemSort)
    return b.ring_integer(r.randint(-4, 5), sort)


def _float_pattern(r: random.Random, sort: FloatSort) -> int:
    p = sort.significand - 1
    one = ((1 << (sort.exponent - 1)) - 1) << p
    infinity = ((1 << sort.exponent) - 1) << p
    nearby = one + r.randint(-3, 3) * (1 << p) + r.getrandbits(p)
    corners = (0, 1, (1 << p) - 1, 1 << p, infinity - 1, infinity, infinity + 1, one, one + 1, one + (1 << p))
    magnitude = r.choice([r.choice(corners), nearby, nearby, r.getrandbits(sort.width - 1)])
    return magnitude | r.getrandbits(1) << (sort.width - 1)


# -- productions -----------------------------------------------------------------------------------------------------


def _ite(g: Generator, sort: Sort, depth: int) -> Term:
    return b.ite(g.term(BOOL, depth), g.term(sort, depth), g.term(sort, depth))


def _let(g: Generator, sort: Sort, depth: int) -> Term:
    value = g.term(g.random.choice([sort, g.other()]), depth)
    return b.let(value, lambda x: g.under(x, False, lambda: g.term(sort, depth)))


def _require(g: Generator, sort: Sort, depth: int) -> Term:
    return b.require(b.disj(g.term(BOOL, depth - 1), b.TRUE), g.term(sort, depth))


def _read(g: Generator, sort: Sort, depth: int) -> Term:
    """An element of a tensor: at a literal in range, or at any integer."""
    domain = g.range()
    if g.random.random() < 0.7 or INT not in g.sorts:
        known = True
        index = b.add(domain[1][0], b.integer(g.random.choice([0, 0, 0, 1, 1, 2, -1])))
    else:
        known = False
        index = b.imod(g.term(INT, depth - 1), b.integer(2))
    tensor = b.lam(domain, lambda i: g.under(i, known, lambda: g.term(sort, depth)))
    if g.random.random() < 0.3:
        tensor = b.ite(g.term(BOOL, depth - 1), tensor, b.lam(domain, lambda _: g.term(sort, depth - 1)))
    return b.at(tensor, index)


def _read_matrix(g: Generator, sort: Sort, depth: int) -> Term:
    rows, columns = g.range(), g.range()

    def row(i: Term) -> Term:
        return b.lam(columns, lambda j: g.under(i, False, lambda: g.under(j, False, lambda: g.term(sort, depth))))

    return b.at(b.lam(rows, row), rows[1][0], columns[1][0])


def _field(g: Generator, sort: Sort, depth: int) -> Term:
    return b.proj(b.record([("p", g.term(g.other(), depth - 1)), ("q", g.term(sort, depth))]), "q")


COMMON: Sequence[Production] = (_ite, _ite, _ite, _let, _require, _read, _read, _read_matrix, _field)


def _op(make_term: Callable[..., Term], arity: int) -> Production:
    return lambda g, sort, depth: make_term(*[g.term(sort, depth) for _ in range(arity)])


def _big(op: str) -> Production:
    """A big operator, with a filter now and then."""

    def build(g: Generator, sort: Sort, depth: int) -> Term:
        inside = BOOL if op in ("forall", "exists", "count") else sort

        def body(x: Term) -> Term:
            return g.under(x, True, lambda: g.term(inside, depth))

        def where(x: Term) -> Term:
            return g.under(x, True, lambda: g.term(BOOL, depth - 1))

        return b.big(op, g.range(2 if op == "prod" else 3), body, where if g.random.random() < 0.4 else None)

    return build


def _power(g: Generator, sort: Sort, depth: int) -> Term:
    return b.power(g.term(sort, depth), g.random.randint(0, 3))


def _bit_op(g: Generator, sort: Sort, depth: int) -> Term:
    return b.bit_op(g.random.choice(sorted(b.BIT_OPS)), g.term(sort, depth), g.term(sort, depth))


def _shift(g: Generator, sort: Sort, depth: int) -> Term:
    assert isinstance(sort, BitsSort)
    amount = b.bit_op("urem", g.term(sort, depth), b.bit_vector(min(sort.width, (1 << sort.width) - 1), sort))
    return b.bit_op(g.random.choice(["shl", "lshr", "ashr"]), g.term(sort, depth), amount)


def _casts(*sources: Callable[[Generator], Sort]) -> Production:
    """A cast from one of the sorts that ``g`` may use, else a leaf."""

    def build(g: Generator, sort: Sort, depth: int) -> Term:
        choices = [s for s in (f(g) for f in sources) if s in g.sorts]
        return b.cast(g.term(g.random.choice(choices), depth), sort) if choices else g.leaf(sort)

    return build


def _a_float(g: Generator) -> Sort:
    return g.random.choice([s for s in g.sorts if isinstance(s, FloatSort)] or [INT])


def _a_width(g: Generator) -> Sort:
    return g.random.choice([s for s in g.sorts if isinstance(s, BitsSort)] or [INT])


def _float_or_bits(g: Generator) -> Sort:
    return g.random.choice([s for s in g.sorts if isinstance(s, FloatSort | BitsSort)] or [INT])


def _zext(g: Generator, sort: Sort, depth: int) -> Term:
    assert isinstance(sort, BitsSort)
    narrower = [s for s in g.sorts if isinstance(s, BitsSort) and s.width <= sort.width]
    return b.zero_extend(g.term(g.random.choice(narrower or [sort]), depth), sort)


def _floor(g: Generator, sort: Sort, depth: int) -> Term:
    return b.floor(g.term(REAL, depth)) if REAL in g.sorts else g.leaf(sort)


def _compare(g: Generator, sort: Sort, depth: int) -> Term:
    of = g.random.choice([g.other(), g.other(), INT if INT in g.sorts else BOOL])
    if of is BOOL:
        return g.leaf(BOOL) if not g.known else b.lt(g.pick(g.known), g.leaf_integer())
    x = g.term(of, depth)
    y = x if g.random.random() < 0.15 else g.term(of, depth)
    op = g.random.choice([b.lt, b.le, b.eq, b.program_eq])
    if isinstance(of, BitsSort) and g.random.random() < 0.4:
        return b.unsigned(g.random.choice(["ult", "ule"]), x, y)
    if op in (b.lt, b.le) and isinstance(of, ElemSort):
        op = b.eq
    return b.eq(x, y) if of is RING else op(x, y)


def _classify(g: Generator, sort: Sort, depth: int) -> Term:
    of = _a_float(g)
    if not isinstance(of, FloatSort):
        return g.leaf(sort)
    x = g.term(of, depth)
    if g.random.random() < 0.3:
        return make("fits", (x,), BOOL, g.random.choice([bits(3), bits(8), bits(17), bits(32), bits(64), bits(1)]))
    return b.float_test(g.random.choice(sorted(b.FLOAT_TESTS)), x)


def _integral(g: Generator, sort: Sort, depth: int) -> Term:
    return b.round_float(g.random.choice(b.ROUNDINGS), g.term(sort, depth))


def _finite(g: Generator, sort: Sort, depth: int) -> Term:
    return b.is_finite(g.term(EREAL, depth)) if EREAL in g.sorts else g.leaf(sort)


def _equivalence(g: Generator, sort: Sort, depth: int) -> Term:
    return b.eq(g.term(BOOL, depth), g.term(BOOL, depth))


def _any_truth(g: Generator, sort: Sort, depth: int) -> Term:
    """A quantifier over both truth values."""
    domain = b.everything(BOOL)
    return b.big(
        g.random.choice(["forall", "exists"]), domain, lambda p: g.under(p, False, lambda: g.term(BOOL, depth))
    )


_RING = [_op(b.add, 2), _op(b.sub, 2), _op(b.mul, 2), _op(b.neg, 1)]
_ORDERED = [_op(b.absolute, 1), _op(b.minimum, 2), _op(b.maximum, 2), _big("bigmax"), _big("bigmin")]
_SUMS = [_big("sum"), _big("sum"), _big("prod")]

PRODUCTIONS: Mapping[str, Sequence[Production]] = {
    "bool": [_compare, _compare, _compare, _classify, _finite, _equivalence, _any_truth]
    + [_op(b.conj, 2), _op(b.conj, 3), _op(b.disj, 2), _op(b.negate, 1), _op(b.implies, 2)]
    + [_big("forall"), _big("exists")],
    "int": [*_RING, *_ORDERED, *_SUMS, _op(b.idiv, 2), _op(b.imod, 2), _power, _big("count"), _floor]
    + [_casts(_a_width), _op(b.idiv, 2), _op(b.imod, 2)],
    "real": [*_RING, *_ORDERED, *_SUMS, _op(b.div, 2), _op(b.div, 2), _power]
    + [_casts(lambda _: INT, _a_float, lambda _: INT)],
    "ereal": [*_RING, *_ORDERED, *_SUMS, _op(b.div, 2), _op(b.add, 2), _casts(lambda _: REAL)],
    "float": [*_RING, *_ORDERED, _op(b.div, 2), _op(b.fma, 3), _op(b.sqrt, 1), _op(b.add, 2), _op(b.mul, 2)]
    + [_integral]
    + [_casts(_float_or_bits), _casts(lambda _: INT, lambda _: REAL, _a_float, _a_width)],
    "bits": [*_RING, *_ORDERED, *_SUMS, _op(b.div, 2), _op(b.rem, 2), _bit_op, _bit_op, _shift, _op(b.bit_not, 1)]
    + [_casts(lambda _: INT, _a_float, _a_width), _zext],
    "ring": [*_RING, *_SUMS, _power, _casts(lambda _: INT)],
    "scalar": [],
}

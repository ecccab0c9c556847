"""Sizes: integer terms over the symbols of a graph (``batch``, ``sequence``), kept in polynomial normal form.

Every symbol stands for a size of at least 1; whoever uses a graph for an empty batch is told so by the claims about it,
which carry ``1 <= batch`` as a hypothesis.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..theories.normal.poly import int_equal, normal_int, to_poly, to_term
from ..theories.normal.polynomial import UNIT, Mono, Poly
from ..theories.terms import build as b
from ..theories.terms.binders import substitute, var
from ..theories.terms.sorts import INT
from ..theories.terms.term import Term, free_vars
from .errors import WrongShape

Shape = tuple[Term, ...]


def size(value: int | str | Term) -> Term:
    """A size: a literal, a symbol by name, or an integer term in normal form."""
    if isinstance(value, int):
        return b.integer(value)
    if isinstance(value, str):
        return var(value, INT)
    return value if value.op in ("lit", "var") else normal_int(value)


def shape(*dims: int | str | Term) -> Shape:
    """A shape of such sizes."""
    return tuple(size(d) for d in dims)


def literal(d: Term) -> int | None:
    """The value of a literal size, None for any other."""
    return d.data if d.op == "lit" and isinstance(d.data, int) else None


def literals(dims: Iterable[Term]) -> tuple[int, ...] | None:
    """The values of a shape without symbols, None if there is one."""
    out: list[int] = []
    for d in dims:
        value = literal(d)
        if value is None:
            return None
        out.append(value)
    return tuple(out)


def equal(a: Term, c: Term) -> bool | None:
    """Whether two sizes agree for all values of the symbols: True; for none (of at least 1): False; else None."""
    if a is c:
        return True
    same = int_equal(a, c)
    if same is None and sign(b.sub(a, c)) in (1, -1):
        return False
    return same


def product(dims: Iterable[Term]) -> Term:
    """The product of sizes; 1 for none."""
    out = b.ONE
    for d in dims:
        out = size(b.mul(out, d))
    return out


def divide(a: Term, c: Term) -> Term | None:
    """``a / c`` if ``c`` divides ``a`` as polynomials, else None.

    >>> n, s = size("n"), size("s")
    >>> divide(size(b.mul(b.mul(n, s), b.integer(768))), size(b.mul(s, b.integer(64))))
    mul(12, n)
    """
    num, den = to_poly(a), to_poly(c)
    sole = den.sole()
    if sole is None:
        return b.ONE if equal(a, c) else None
    mono, coefficient = sole
    powers = dict(mono.powers)
    out: dict[Mono, int] = {}
    for m, k in num.terms.items():
        have = dict(m.powers)
        if m.guards or mono.guards or k % coefficient or any(have.get(x, 0) < p for x, p in powers.items()):
            return None
        rest = tuple((x, p - powers.get(x, 0)) for x, p in m.powers if p > powers.get(x, 0))
        out[Mono((), rest)] = int(k // coefficient)
    return size(to_term(Poly(INT, out)))


def sign(t: Term) -> int | None:
    """1, 0 or −1 if the integer term has that sign for all symbols of at least 1; None if that is not plain.

    The polynomial is rewritten in ``x = 1 + y`` with ``y >= 0``, where coefficients of one sign decide.
    """
    variables = free_vars(t)
    shifted = substitute(t, {v: b.add(v, b.ONE) for v in variables.values() if v.sort is INT})
    poly = to_poly(shifted)
    if any(m.guards or x.op != "var" for m in poly.terms for x, _ in m.powers):
        return None
    constant = poly.terms.get(UNIT, 0)
    if poly.zero:
        return 0
    if all(k > 0 for k in poly.terms.values()):
        return 1 if constant > 0 else None
    if all(k < 0 for k in poly.terms.values()):
        return -1 if constant < 0 else None
    return None


def at_least(t: Term, bound: int) -> bool:
    """Whether ``t >= bound`` for all symbols of at least 1, as far as :func:`sign` can tell."""
    return sign(b.sub(t, b.integer(bound - 1))) == 1


def larger(a: Term, c: Term) -> Term:
    """The larger of two integer terms: one of them where the order is plain, else their maximum as a term."""
    if at_least(b.sub(a, c), 0):
        return a
    return c if at_least(b.sub(c, a), 0) else size(b.maximum(a, c))


def smaller(a: Term, c: Term) -> Term:
    """The smaller of two integer terms: one of them where the order is plain, else their minimum as a term."""
    if at_least(b.sub(a, c), 0):
        return c
    return a if at_least(b.sub(c, a), 0) else size(b.minimum(a, c))


def broadcast(shapes: Sequence[Shape]) -> Shape:
    """The shape that NumPy's rule gives operands of ``shapes``; WrongShape where sizes may differ.

    A symbol against a literal other than 1 is refused: it would fit for some of its values only.
    """
    rank = max((len(sh) for sh in shapes), default=0)
    out: list[Term] = []
    for k in range(rank):
        here = [sh[k - rank + len(sh)] for sh in shapes if k - rank + len(sh) >= 0]
        big = [d for d in here if d is not b.ONE]
        if not big:
            out.append(b.ONE)
            continue
        for d in big[1:]:
            if equal(big[0], d) is not True:
                raise WrongShape(f"sizes {big[0]!r} and {d!r} do not broadcast")
        out.append(big[0])
    return tuple(out)


def symbols(dims: Iterable[Term]) -> dict[str, Term]:
    """The symbols in sizes, by name."""
    return free_vars(*dims)


def evaluate(d: Term, sizes: Mapping[str, int]) -> int:
    """The value of a size; KeyError for a symbol that has none, WrongShape for a division by 0."""
    value = literal(d)
    if value is None:
        value = literal(normal_int(substitute(d, {v: b.integer(sizes[n]) for n, v in symbols([d]).items()})))
    if value is None:
        raise WrongShape(f"{d!r} has no value")
    return value


def show(dims: Iterable[Term]) -> str:
    """A shape as text, such as ``[batch, 12, 64]``."""
    return "[" + ", ".join(repr(d) for d in dims) + "]"

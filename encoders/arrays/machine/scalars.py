"""Operations on scalars while a plan is made: integers become linear forms, Booleans are simplified."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ....theories.errors import Unsupported
from ....theories.terms.sorts import BOOL, EREAL, INT, REAL, BitsSort, FloatSort, Sort
from ....theories.terms.term import Term
from . import linear as lin
from .graph import Graph, Ref, bounds_of
from .integers import bounded, power

PLAIN = frozenset(
    {"div", "rem", "udiv", "urem", "fn", "sqrt", "fma", "fits", "floor", "round", "band", "bor", "bxor", "bnot"}
    | {"shl", "lshr", "ashr", "ult", "ule", "isnan", "isinf", "isfinite", "iszero", "isneg", "isnormal"}
    | {"issubnormal", "finite", "rint", "pow", "abs", "min", "max", "lt", "le", "eq", "peq", "add", "sub", "mul", "neg"}
)


def supported(sort: Sort) -> Sort:
    """``sort``, which must have a NumPy type."""
    if (
        sort in (BOOL, INT, REAL, EREAL)
        or isinstance(sort, BitsSort)
        or (isinstance(sort, FloatSort) and sort.width in (16, 32, 64))
    ):
        return sort
    raise Unsupported(f"{sort.text} has no machine type")


def literal(graph: Graph, t: Term) -> Ref:
    """A literal of a term; bits are signed."""
    value, sort = t.data, supported(t.sort)
    if isinstance(sort, BitsSort):
        assert isinstance(value, int)
        value -= (value >> (sort.width - 1)) << sort.width
    if isinstance(value, Fraction):
        value = float(value) if abs(value) < 2**1023 else float("inf") if value > 0 else float("-inf")
    return graph.literal(value, sort)


def operate(graph: Graph, t: Term, args: Sequence[Ref]) -> Ref:
    """The operation ``t`` on scalars."""
    op, a = t.op, args[0]
    sort = supported(t.sort)
    if op == "not":
        return graph.negation(a)
    if op == "and":
        return graph.all(args)
    if op == "or":
        return graph.any(args)
    if op == "implies":
        return graph.any([*[graph.negation(x) for x in args[:-1]], args[-1]])
    source = a.node.sort
    if source is INT:
        found = _integer(graph, op, t, args)
        if found is not None:
            return found
    if op in ("eq", "peq") and source is BOOL:
        return _same(graph, args)
    if op in ("eq", "le") and args[0] == args[1] and not isinstance(source, FloatSort):
        return graph.truth(True)
    if op in ("cast", "zext"):
        return _convert(graph, op, a, sort)
    if op not in PLAIN:
        raise Unsupported(f"{op} on {source.text}")
    return graph.apply(op, t.data, args, sort, _bounds(op, args, sort))


def _same(graph: Graph, args: Sequence[Ref]) -> Ref:
    for a, b in (args, tuple(reversed(args))):
        if a.literal is not None:
            return b if a.literal else graph.negation(b)
    return graph.truth(True) if args[0] == args[1] else graph.apply("eq", None, args, BOOL)


def _integer(graph: Graph, op: str, t: Term, args: Sequence[Ref]) -> Ref | None:
    a, b = args[0], args[-1]
    if op in ("add", "sub"):
        return lin.add(graph, a, b, 1 if op == "add" else -1)
    if op == "neg":
        return lin.form(graph, lin.scaled(lin.linear(a), -1))
    if op in ("mul", "idiv", "imod"):
        return {"mul": lin.multiply, "idiv": lin.divide, "imod": lin.modulo}[op](graph, a, b)
    if op in ("lt", "le"):
        return lin.at_most(graph, a, b, strict=op == "lt")
    if op in ("eq", "peq"):
        return lin.equal(graph, a, b)
    lo, hi = a.node.lo, a.node.hi
    if op in ("min", "max"):
        first, second = (a, b) if op == "min" else (b, a)
        if first.node.hi <= second.node.lo and first.node.hi < lin.HUGE:
            return a
        if second.node.hi <= first.node.lo and second.node.hi < lin.HUGE:
            return b
        pick = min if op == "min" else max
        return graph.apply(op, None, args, INT, (pick(lo, b.node.lo), pick(hi, b.node.hi)))
    if op == "abs":
        if lo >= 0:
            return a
        return graph.apply(op, None, args, INT, (max(-hi, 0), max(abs(lo), abs(hi))))
    if op == "pow" and a.literal is not None:
        exponent = t.data
        assert isinstance(exponent, int)
        return graph.literal(power(int(a.literal), exponent), INT)
    return None


def _convert(graph: Graph, op: str, a: Ref, to: Sort) -> Ref:
    lo, hi = a.node.lo, a.node.hi
    source = a.node.sort
    if op == "zext" and lo < 0:
        assert isinstance(source, BitsSort)
        lo, hi = 0, (1 << source.width) - 1
    if op == "zext" and a.literal is not None:
        assert isinstance(source, BitsSort) and isinstance(to, BitsSort)
        value = a.literal % (1 << source.width)
        return graph.literal(value - (value >> (to.width - 1) << to.width), to)
    if op == "cast" and _widened(a) and (to is INT or isinstance(to, FloatSort)):
        return graph.apply("natural", None, a.arguments(), to, (lo, hi) if to is INT else None)
    least, most = bounds_of(to)
    if isinstance(to, BitsSort) or to is INT:
        if isinstance(source, BitsSort) or source is INT:
            fits = least <= lo and hi <= most and (source is not INT or bounded(a.node))
            if fits and a.literal is not None and op == "cast":
                return graph.literal(a.literal, to)
            return graph.apply(op, None, (a,), to, (lo, hi) if fits else None)
        return graph.apply(op, None, (a,), to)
    # Floats and reals keep the bounds of the integers that they come from, to choose exact arithmetic by.
    return graph.apply(op, None, (a,), to)


def _widened(a: Ref) -> bool:
    """Whether ``a`` is the value of a machine integer without sign."""
    if a.node.op != "zext":
        return False
    source, sort = a.argument(0).node.sort, a.node.sort
    return isinstance(source, BitsSort) and isinstance(sort, BitsSort) and source.width < sort.width


def _bounds(op: str, args: Sequence[Ref], sort: Sort) -> tuple[int, int] | None:
    """Bounds of machine integers, where nothing wraps."""
    if not isinstance(sort, BitsSort) or op not in ("add", "sub", "mul", "neg"):
        return None
    (a, b), (c, d) = [(x.node.lo, x.node.hi) for x in (args[0], args[-1])]
    if op == "neg":
        ends = [-a, -b]
    elif op == "mul":
        ends = [a * c, a * d, b * c, b * d]
    else:
        ends = [a + c, b + d] if op == "add" else [a - d, b - c]
    least, most = bounds_of(sort)
    return (min(ends), max(ends)) if least <= min(ends) and max(ends) <= most else None

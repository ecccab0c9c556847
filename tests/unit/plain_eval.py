"""A slow, direct reading of terms for the tests of normal forms: recursion, Python integers and fractions.

Operations outside their domain give an arbitrary value that depends on nothing but the operation and its arguments.
Rings are read modulo 6, so that they have zero divisors; exp and its kin are arbitrary functions.
"""

from __future__ import annotations

import hashlib
import math
import operator
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import partial
from itertools import product
from typing import Any, cast

from probanda.theories.terms.sorts import EREAL, INT, REAL, AxisSort, BitsSort, ElemSort, FnSort, Sort
from probanda.theories.terms.term import DOM_ARGS, Dom, Term

RING = 6
INF = ("inf", "-inf")
Env = Mapping[str, Any]


def table(values: list[Any]) -> Callable[[int], Any]:
    return lambda k: values[k % len(values)]


class Undefined(Exception):
    pass


def junk(op: str, *args: Any) -> Fraction:
    h = hashlib.blake2b(repr((op, args)).encode(), digest_size=2).digest()
    return Fraction(h[0] % 19 - 9, 1 + h[1] % 4)


class Evaluator:
    """``ranks`` gives the axes of each group; ``strict`` raises on undefined operations."""

    def __init__(self, env: Env, ranks: Mapping[str, int] | None = None, strict: bool = False) -> None:
        self.env = env
        self.ranks = ranks or {}
        self.strict = strict
        self.memo: dict[Term, Any] = {}

    def __call__(self, t: Term) -> Any:
        return self.of(t, ())

    def junk(self, op: str, *args: Any) -> Fraction:
        if self.strict:
            raise Undefined(op)
        return junk(op, *args)

    def of(self, t: Term, stack: tuple[Any, ...]) -> Any:
        if t.loose == 0 and t in self.memo:
            return self.memo[t]
        out = self.wrap(self._of(t, stack), t.sort)
        if t.loose == 0:
            self.memo[t] = out
        return out

    def wrap(self, value: Any, sort: Sort) -> Any:
        if isinstance(sort, BitsSort):
            return value % (1 << sort.width)
        if isinstance(sort, ElemSort) and sort.element_class == "ring":
            return int(value) % RING
        return value

    def members(self, dom: Dom, args: tuple[Any, ...]) -> Iterator[Any]:
        if dom.kind == "range":
            yield from range(args[0], args[1])
        elif dom.kind == "box":
            sort = dom.sort
            assert isinstance(sort, FnSort) and isinstance(sort.arg, AxisSort)
            rank = self.ranks[sort.arg.group]
            for index in product(*[range(args[0](c)) for c in range(rank)]):
                yield index.__getitem__
        elif dom.kind == "axes":
            sort = dom.sort
            assert isinstance(sort, AxisSort)
            yield from range(self.ranks[sort.group])
        elif dom.kind == "all" and dom.sort.text == "bool":
            yield from (False, True)
        elif dom.kind == "all" and dom.sort is EREAL:
            yield from ("-inf", Fraction(-2), Fraction(0), Fraction(3, 2), "inf")
        elif dom.kind == "all" and dom.sort is REAL:
            yield from (Fraction(-2), Fraction(0), Fraction(3, 2))
        else:
            raise NotImplementedError(dom)

    def _of(self, t: Term, stack: tuple[Any, ...]) -> Any:
        if t.op == "bound":
            assert isinstance(t.data, int)
            return stack[-1 - t.data]
        if t.op == "var":
            return self.env[t.name]
        if t.op == "lit":
            return t.data
        if isinstance(t.data, Dom):
            return self.binder(t, t.data, stack)
        if t.op == "let":
            return self.of(t.args[1], (*stack, self.of(t.args[0], stack)))
        if t.op in ("ite", "require"):
            if t.op == "require":
                if not self.of(t.args[0], stack) and self.strict:
                    raise Undefined("require")
                return self.of(t.args[1], stack)
            return self.of(t.args[1 if self.of(t.args[0], stack) else 2], stack)
        if t.op in ("and", "or", "implies"):
            last = self.lazy(t, stack)
            return last
        args = [self.of(a, stack) for a in t.args]
        if t.op == "at":
            return args[0](args[1])
        if t.op == "tuple":
            return tuple(args)
        if t.op == "proj":
            fields: Any = t.args[0].sort
            return args[0][[n for n, _ in fields.fields].index(t.name)]
        if EREAL in (t.sort, *[a.sort for a in t.args]):
            return self.ereal(t, args)
        return self.scalar(t, args)

    def lazy(self, t: Term, stack: tuple[Any, ...]) -> bool:
        if t.op == "implies":
            return not self.of(t.args[0], stack) or self.of(t.args[1], stack)
        wanted = t.op == "or"
        return any(self.of(a, stack) == wanted for a in t.args) == wanted

    def binder(self, t: Term, dom: Dom, stack: tuple[Any, ...]) -> Any:
        k = DOM_ARGS[dom.kind]
        args = tuple([self.of(a, stack) for a in t.args[:k]])
        if t.op == "lam":
            return partial(self.element, t.body, stack)
        inside = [(*stack, m) for m in self.members(dom, args)]
        values = [self.of(t.body, s) for s in inside if self.of(t.filter, s)]
        if t.op == "forall":
            return all(values)
        if t.op == "exists":
            return any(values)
        if t.op == "count":
            return sum(map(bool, values))
        if t.op in ("bigmax", "bigmin"):
            top = t.op == "bigmax"
            if t.sort is EREAL:
                start = "-inf" if top else "inf"
                for v in values:
                    start = v if less(start, v) == top and start != v else start
                return start
            return (max if top else min)(values) if values else self.junk(t.op)
        if t.sort is EREAL and any(v in INF for v in values):
            return self.junk("sum", *values)
        if t.op == "sum":
            return sum(values, Fraction(0) if t.sort in (REAL, EREAL) else 0)
        out: Any = 1
        for v in values:
            out = out * v
        return out

    def element(self, body: Term, stack: tuple[Any, ...], index: Any) -> Any:
        return self.of(body, (*stack, index))

    def scalar(self, t: Term, a: list[Any]) -> Any:
        simple = SIMPLE.get(t.op)
        if simple is not None:
            return simple(*a)
        if t.op in ("idiv", "imod"):
            if a[1] == 0:
                return int(self.junk(t.op, *a))
            return a[0] // a[1] if t.op == "idiv" else a[0] % a[1]
        if t.op == "div" and t.sort is REAL:
            return a[0] * self.junk("inv") if a[1] == 0 else Fraction(a[0]) / a[1]
        if t.op == "pow":
            assert isinstance(t.data, int)
            return a[0] ** t.data
        if t.op in ("fn", "sqrt", "round"):
            return self.elementary(str(t.data or t.op), a[0])
        if t.op == "cast":
            if t.sort is REAL:
                return Fraction(a[0])
            if t.args[0].sort is INT:
                return a[0]
        raise NotImplementedError(t.op)

    def elementary(self, name: str, x: Fraction) -> Fraction:
        if (name == "log" and x <= 0) or (name == "sqrt" and x < 0):
            return self.junk(name, x)
        value = junk(name, x)
        return abs(value) + 1 if name == "exp" else value

    def ereal(self, t: Term, a: list[Any]) -> Any:
        if t.op in ("lt", "le"):
            return less(a[0], a[1]) or (t.op == "le" and a[0] == a[1])
        if t.op in ("eq", "peq"):
            return a[0] == a[1]
        if t.op == "finite":
            return a[0] not in INF
        if t.op == "cast":
            return self.junk("cast", *a) if a[0] in INF else a[0]
        if t.op in ("max", "min"):
            first = less(a[0], a[1]) != (t.op == "max")
            return a[0] if first else a[1]
        if t.op in ("neg", "abs"):
            if a[0] in INF:
                return "inf" if t.op == "abs" or a[0] == "-inf" else "-inf"
            return -a[0] if t.op == "neg" else abs(a[0])
        if t.op == "fn":
            if t.data == "exp":
                return "inf" if a[0] == "inf" else Fraction(0) if a[0] == "-inf" else self.elementary("exp", a[0])
            if a[0] == "inf" or a[0] == 0:
                return "inf" if a[0] else "-inf"
            return self.junk("log", a[0]) if a[0] == "-inf" else self.elementary("log", a[0])
        return self.ereal_arithmetic(t.op, a[0], a[1])

    def ereal_arithmetic(self, op: str, x: Any, y: Any) -> Any:
        def sign(v: Any) -> int:
            return (1 if v == "inf" else -1) if v in INF else (v > 0) - (v < 0)

        if op == "sub":
            op, y = "add", {"inf": "-inf", "-inf": "inf"}.get(y) or -y
        if x not in INF and y not in INF:
            if op == "div" and y == 0:
                return self.junk("/", x, y)
            return x + y if op == "add" else x * y if op == "mul" else x / y
        if op == "add":
            infinite = {v for v in (x, y) if v in INF}
            return infinite.pop() if len(infinite) == 1 else self.junk("+", x, y)
        if op == "div" and y in INF:
            return self.junk("/", x, y) if x in INF else Fraction(0)
        s = sign(x) * sign(y)
        return self.junk(op, x, y) if s == 0 else "inf" if s > 0 else "-inf"


def less(x: Any, y: Any) -> bool:
    if x == y or x == "inf" or y == "-inf":
        return False
    return x == "-inf" or y == "inf" or x < y


SIMPLE: Mapping[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "neg": operator.neg,
    "abs": operator.abs,
    "min": cast("Callable[..., Any]", min),
    "max": cast("Callable[..., Any]", max),
    "lt": operator.lt,
    "le": operator.le,
    "eq": operator.eq,
    "peq": operator.eq,
    "not": operator.not_,
    "floor": math.floor,
}

"""Small integer tensors whose elements are known as expressions of sizes: what shapes, axes and counts are made of.

``Shape(x)`` of ``x : float32[batch, 4]`` is ``[batch, 4]``, so a ``Reshape`` to a part of it has a shape that is known
although ``batch`` is not.  The elements come out of the operators' own denotations, read at literal indices.  Floats
(scales of ``Resize``, bounds of ``Range``) are known as literals, rounded where the operators round.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..theories.errors import Unsupported
from ..theories.ieee754 import formats
from ..theories.normal.poly import normal_int
from ..theories.terms import build as b
from ..theories.terms.binders import instantiate
from ..theories.terms.sorts import BOOL, INT, REAL
from ..theories.terms.term import BIG, Term
from . import dims
from .conversions import sort_of_format
from .dtypes import Reading, sort_of
from .elements import Elem, fold
from .errors import GraphError
from .operators import Call, Op, denote
from .params import Payload
from .tensors import Index, Tensor
from .types import TensorType

LIMIT: Final = 64
"""Elements of the largest tensor that is looked into."""
Known = NDArray[Any]
"""The elements, as closed integer, Boolean or real terms, in an object array of the tensor's shape."""
_EXACT: Final = (
    "Abs", "Concat", "Expand", "Gather", "Identity", "Max", "Min", "Relu", "Reshape", "Slice", "Squeeze", "Unsqueeze", "Where",
)  # fmt: skip
_ROUNDED: Final = ("Add", "Cast", "Div", "Mul", "Sub")
_SIGNED: Final = ("Ceil", "Floor", "Neg", "Round")
"""The operators whose results of floats are known: those that round nothing; those that round once, to the nearest;
and those whose 0 may be −0.  No result that may be −0 is known."""


def of_payload(payload: Payload) -> Known | None:
    """A small constant; None for a large one, and for floats that are no real numbers or −0."""
    if payload.array.size > LIMIT:
        return None
    out = np.empty(payload.array.shape, object)
    for i in np.ndindex(*payload.array.shape):
        value = payload.array[i].item()
        if payload.dtype.is_float:
            if not math.isfinite(value) or value == 0 and math.copysign(1, value) < 0:
                return None
            out[i] = b.rational(Fraction(float(value)))
        else:
            out[i] = b.boolean(value) if payload.dtype.kind == "bool" else b.integer(value)
    return out


def propagate(op: Op, use: Call, operands: Sequence[Known | None], result: Sequence[TensorType]) -> list[Known] | None:
    """The results of a node all of whose operands are known (``Shape`` needs their types only); None if they are not."""
    statics = [t.static for t in result]
    if any(s is None or int(np.prod(s)) > LIMIT for s in statics):
        return None
    if any(t.dtype.is_float for t in result) and op.name not in (*_EXACT, *_ROUNDED, *_SIGNED):
        return None
    tensors: list[Tensor | None] = []
    for k, type_ in enumerate(use.inputs):
        known = operands[k] if k < len(operands) else None
        if type_ is not None and known is None and op.name not in ("Shape", "Size"):
            return None
        tensors.append(None if type_ is None else _tensor(type_, known))
    try:
        outs = denote(op, use, tensors)
        found = [_elements(t) for t in outs]
        return [_floats(t, x, op.name) if t.dtype.is_float else x for t, x in zip(outs, found, strict=True)]
    except (Unsupported, GraphError, _NotGround, b.SortError):
        return None


def _floats(t: Tensor, found: Known, op: str) -> Known:
    """Real numbers that one operation of floats gives, rounded to the format as it does."""
    fmt = sort_of_format(t.dtype)
    out = np.empty(found.shape, object)
    for i in np.ndindex(*found.shape):
        value: Any = found[i].data
        if not isinstance(value, Fraction):
            raise _NotGround
        bits = formats.from_rational(fmt, value)
        if not formats.is_finite(fmt, bits):
            raise _NotGround
        rounded = formats.to_rational(fmt, bits)
        if rounded != value and op not in _ROUNDED or not rounded and (value or op in (*_SIGNED, "Div", "Mul")):
            raise _NotGround
        out[i] = b.rational(rounded)
    return out


class _NotGround(Exception):
    pass


def _tensor(type_: TensorType, known: Known | None) -> Tensor:
    zero = {BOOL: b.FALSE, REAL: b.rational(0)}.get(sort_of(type_.dtype, Reading.REAL), b.ZERO)
    nothing = b.require(b.FALSE, zero)  # no element: out of range

    def read(i: Index) -> Elem:
        if known is None:
            raise _NotGround
        return Elem(_read(known, [x.term for x in i], nothing), type_.dtype, Reading.REAL)

    return Tensor(type_.dtype, type_.shape, read, Reading.REAL)


def _read(known: Known, at: Sequence[Term], nothing: Term) -> Term:
    """The element at an index, which may be a term: then a choice among the elements; ``nothing`` out of range."""
    if not at:
        value: Term = known.item()
        return value
    first, rest = at[0], at[1:]
    k = dims.literal(first)
    if k is not None:
        return _read(_part(known, k), rest, nothing) if 0 <= k < known.shape[0] else nothing
    out = nothing
    for j in reversed(range(known.shape[0])):
        out = b.ite(b.eq(first, b.integer(j)), _read(_part(known, j), rest, nothing), out)
    return out


def _part(known: Known, k: int) -> Known:
    part = np.empty(known.shape[1:], object)
    part[...] = known[k]
    return part


def _elements(t: Tensor) -> Known:
    shape = t.type.static
    assert shape is not None
    out = np.empty(shape, object)
    for i in product(*[range(n) for n in shape]):
        from .elements import index

        term = ground(t[tuple(index(k, t.reading) for k in i)].term)
        out[i] = normal_int(term) if term.sort is INT else term
    return out


def ground(t: Term) -> Term:
    """A closed term with big operators over literal ranges written out, and everything decided that literals decide.

    Raises when something else than an expression of sizes or a decided Boolean is left.
    """
    memo: dict[Term, Term] = {}

    def go(u: Term, depth: int) -> Term:
        if u in memo:
            return memo[u]
        if depth > 200:
            raise _NotGround

        def deeper(v: Term) -> Term:
            return go(v, depth + 1)

        memo[u] = out = _ground(u, deeper)
        return out

    value = go(t, 0)
    if value.sort is BOOL and value.op != "lit":
        raise _NotGround
    return value


def _ground(t: Term, go: Callable[[Term], Term]) -> Term:
    if t.op in ("lit", "var"):
        if t.sort not in (INT, BOOL) and not (t.sort is REAL and t.op == "lit"):
            raise _NotGround
        return t
    if t.op == "require":
        if go(t.args[0]) is not b.TRUE:
            raise _NotGround
        return go(t.args[1])
    if t.op == "ite":
        condition = go(t.args[0])
        if condition.op != "lit":
            raise _NotGround
        return go(t.args[1] if condition is b.TRUE else t.args[2])
    if t.op == "at" and t.args[0].op == "lam":
        return go(instantiate(t.args[0], go(t.args[1])))
    if t.op in BIG:
        return _written_out(t, go)
    if t.op in ("lt", "le", "eq") and t.args[0].sort is INT:
        return _compare(t.op, go(t.args[0]), go(t.args[1]))
    if any(a.sort is REAL for a in t.args) or t.sort is REAL:
        return _real(t, [go(a) for a in t.args])
    if t.op in ("add", "sub", "mul", "neg", "idiv", "imod", "abs", "min", "max", "pow", "and", "or", "not", "eq"):
        return _folded(fold(b.make(t.op, tuple(go(a) for a in t.args), t.sort, t.data)))
    raise _NotGround


def _real(t: Term, args: Sequence[Term]) -> Term:
    """An operation on real numbers, of literals only."""
    if any(a.op != "lit" for a in args) or t.op not in _REAL:
        raise _NotGround
    values = [Fraction(a.data) for a in args if isinstance(a.data, int | Fraction)]
    if t.op == "div" and not values[1]:
        raise _NotGround
    out = _REAL[t.op](*values)
    if t.sort is BOOL:
        return b.boolean(out)
    return b.integer(out) if t.sort is INT else b.rational(Fraction(out))


_REAL: Final[dict[str, Callable[..., Any]]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "abs": abs,
    "div": lambda *x: x[0] / x[1],
    "neg": operator.neg,
    "lt": operator.lt,
    "le": operator.le,
    "eq": operator.eq,
    "min": min,
    "max": max,
    "floor": math.floor,
    "cast": Fraction,
}


def _folded(t: Term) -> Term:
    """Absolute values and quotients of sizes, as far as signs and divisibility are plain; no quotient by what may be 0."""
    if t.op in ("idiv", "imod") and dims.sign(t.args[1]) not in (1, -1):
        raise _NotGround
    if t.op == "abs" and dims.at_least(t.args[0], 0):
        return t.args[0]
    if t.op == "idiv" and dims.at_least(t.args[1], 1):
        return dims.divide(*t.args) or t
    return t


def _compare(op: str, x: Term, y: Term) -> Term:
    sign = dims.sign(b.sub(x, y))
    if sign is None:
        same = dims.equal(x, y)
        if op == "eq" and same is False:
            return b.FALSE
        if op == "lt" and dims.at_least(b.sub(x, y), 0):
            return b.FALSE
        if op == "le" and dims.at_least(b.sub(y, x), 0):
            return b.TRUE
        raise _NotGround
    return b.boolean(sign < 0 if op == "lt" else sign <= 0 if op == "le" else sign == 0)


_COMBINE: Final = {
    "sum": b.add,
    "prod": b.mul,
    "bigmax": b.maximum,
    "bigmin": b.minimum,
    "forall": b.conj,
    "exists": b.disj,
}


def _written_out(t: Term, go: Callable[[Term], Term]) -> Term:
    if t.dom.kind != "range":
        raise _NotGround
    low, high = (dims.literal(go(a)) for a in t.dom_args)
    if low is None or high is None or high - low > LIMIT:
        raise _NotGround
    out: Term | None = None
    start = {"sum": b.ZERO, "prod": b.ONE, "count": b.ZERO, "forall": b.TRUE, "exists": b.FALSE}.get(t.op)
    for k in range(low, high):
        inside = _at(t, k)
        member = go(inside[0])
        if member.op != "lit":
            raise _NotGround
        if member is b.FALSE:
            continue
        value = go(inside[1])
        if t.op == "count":
            if value.op != "lit":
                raise _NotGround
            value = b.ONE if value is b.TRUE else b.ZERO
        combine = _COMBINE["sum" if t.op == "count" else t.op]
        out = value if out is None else fold(combine(out, value))
    out = start if out is None else out
    if out is None:
        raise _NotGround
    return out


def _at(t: Term, k: int) -> tuple[Term, Term]:
    from ..theories.terms.binders import open_with

    value = b.integer(k)
    return open_with(t.filter, value), open_with(t.body, value)

"""Operators: literals take the type of what they meet, tensors are joined pointwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from ....theories.terms import build as b
from ....theories.terms.sorts import BOOL, INT, REAL, BitsSort, Sort
from ....theories.terms.term import Term
from ..ast import Binary, Expr, Name, Number, Span, Unary
from ..diagnostics import BadExponent, CannotInfer, NotDefinedOn, ShapeMismatch, WrongType
from .core import Elab
from .literals import CONSTANTS, constant, exact, is_integer_text, is_literal_like, literal
from .sizes import agreement, show_dims
from .values import Val, element, everywhere, index_variables, join, lift, merge_valid, mismatch

_Make = Callable[[Term, Term], Term]

_CHAINS: Final[Mapping[str, _Make]] = {"+": b.add, "-": b.sub, "*": b.mul, "/": b.div}
_INTEGER: Final[Mapping[str, _Make]] = {"div": b.idiv, "mod": b.imod}
_BITS: Final[Mapping[str, _Make]] = {
    "rem": b.rem,
    "&": lambda x, y: b.bit_op("band", x, y),
    "|": lambda x, y: b.bit_op("bor", x, y),
    "xor": lambda x, y: b.bit_op("bxor", x, y),
    "<<": lambda x, y: b.bit_op("shl", x, y),
    ">>": lambda x, y: b.bit_op("ashr", x, y),
    ">>>": lambda x, y: b.bit_op("lshr", x, y),
}
_ORDER: Final[Mapping[str, _Make]] = {
    "<": b.lt,
    "<=": b.le,
    ">": lambda x, y: b.lt(y, x),
    ">=": lambda x, y: b.le(y, x),
    "==": b.program_eq,
}
_CONNECTIVES: Final[Mapping[str, _Make]] = {
    "and": b.conj,
    "or": b.disj,
    "implies": b.implies,
    "iff": b.eq,
}
_EQUALITIES: Final = ("=", "!=", "=nan=")


def number(elab: Elab, e: Number, want: Sort | None) -> Val:
    """A numeral."""
    return Val(literal(exact(e), False, want, is_integer_text(e.text), e.span))


def unary(elab: Elab, e: Unary, want: Sort | None) -> Val:
    """``-x`` and ``not x``; the minus of a numeral belongs to it."""
    if e.op == "not":
        return lift(lambda ts: b.negate(ts[0]), [elab.value(e.value, BOOL)], e.span)
    inner = e.value
    if isinstance(inner, Number):
        return Val(literal(exact(inner), True, want, is_integer_text(inner.text), inner.span))
    if isinstance(inner, Name) and inner.name in CONSTANTS and inner.name not in elab.scope.values:
        return Val(constant(inner.name, True, want, inner.span))
    return lift(lambda ts: b.neg(ts[0]), [elab.value(inner, want)], e.span)


def operands(elab: Elab, exprs: Sequence[Expr], want: Sort | None, places: Sequence[Elab] | None = None) -> list[Val]:
    """The values of expressions that are to have one type: typed ones first, then those that take their type."""
    places = places or [elab] * len(exprs)
    out: dict[int, Val] = {}
    late: list[int] = []
    local = frozenset(elab.scope.values)
    for k, e in enumerate(exprs):
        if is_literal_like(e, local):
            late.append(k)
            continue
        try:
            out[k] = places[k].value(e, want)
        except CannotInfer:
            late.append(k)
    context = next((v.elem for v in out.values() if not v.is_tuple and v.elem is not INT), None)
    if context is None:
        context = want if want is not None else INT if out else None
    for k in late:
        out[k] = places[k].value(exprs[k], context)
    return [out[k] for k in range(len(exprs))]


def binary(elab: Elab, e: Binary, want: Sort | None) -> Val:
    """A binary operator in a place for values."""
    op = e.op
    if op in _CHAINS:
        return _chain(elab, e, want)
    if op in _CONNECTIVES:
        return _connective(elab, e)
    if op in _EQUALITIES:
        return equality(elab, e)
    if op in _ORDER:
        make = _ORDER[op]
        return lift(lambda ts: make(*join(ts, e.span)), operands(elab, [e.left, e.right], None), e.span)
    if op in _INTEGER:
        make = _INTEGER[op]
        return lift(lambda ts: make(*ts), [elab.value(e.left, INT), elab.value(e.right, INT)], e.span)
    if op in _BITS:
        make = _BITS[op]
        context = want if isinstance(want, BitsSort) else None
        return lift(lambda ts: make(*join(ts, e.span)), operands(elab, [e.left, e.right], context), e.span)
    if op == "^":
        return _power(elab, e, want)
    raise NotDefinedOn(f"unknown operator {op}", e.span)


def _power(elab: Elab, e: Binary, want: Sort | None) -> Val:
    if not isinstance(e.right, Number) or not is_integer_text(e.right.text):
        raise BadExponent("the exponent of ^ must be a natural literal", e.right.span)
    exponent = exact(e.right).numerator
    if exponent > 1000:
        raise BadExponent("the exponent of ^ is larger than 1000", e.right.span)
    return lift(lambda ts: b.power(ts[0], exponent), [elab.value(e.left, want)], e.span)


def _chain(elab: Elab, e: Binary, want: Sort | None) -> Val:
    """``a + b - c * d …``: a spine of any length is one pointwise step."""
    spine: list[Binary] = []
    node: Expr = e
    while isinstance(node, Binary) and node.op in _CHAINS:
        spine.append(node)
        node = node.left
    spine.reverse()
    values = operands(elab, [node, *[s.right for s in spine]], want)
    sorts = {v.elem for v in values if not v.is_tuple}
    real = REAL in sorts or want is REAL

    def make(ts: list[Term]) -> Term:
        acc = ts[0]
        for s, t in zip(spine, ts[1:], strict=True):
            if s.op == "/" and acc.sort is INT and t.sort is INT:
                if not real:
                    raise CannotInfer(
                        "/ between integers, where nothing is real",
                        s.span,
                        hint="say div, which rounds down, or real(n)",
                    )
                acc, t = b.cast(acc, REAL), b.cast(t, REAL)
            x, y = join([acc, t], s.span)
            try:
                acc = _CHAINS[s.op](x, y)
            except b.SortError as error:
                raise NotDefinedOn(str(error), s.span) from None
        return acc

    return lift(make, values, e.span)


def _connective(elab: Elab, e: Binary) -> Val:
    make = _CONNECTIVES[e.op]
    values = [elab.value(part, BOOL) for part in _operands_of(e)]
    return lift(lambda ts: make(*ts), values, e.span)


def _operands_of(e: Binary) -> list[Expr]:
    """The operands of a connective; ``p and q and r`` and ``p or q or r`` have three."""
    spine: list[Expr] = [e.right]
    node: Expr = e.left
    while e.op in ("and", "or") and isinstance(node, Binary) and node.op == e.op:
        spine.append(node.right)
        node = node.left
    spine.append(node)
    return spine[::-1]


def equality(elab: Elab, e: Binary) -> Val:
    """``=``, ``!=`` and ``=nan=``: of whole tensors and tuples, never pointwise."""
    left, right = operands(elab, [e.left, e.right], None)
    found = equal(left, right, e.span)
    return Val(b.negate(found.term), (), found.valid) if e.op == "!=" else found


def equal(left: Val, right: Val, span: Span) -> Val:
    """That two values are the same: their sizes agree and so do their elements."""
    if left.is_tuple or right.is_tuple:
        if [n for n, _ in left.fields] != [n for n, _ in right.fields]:
            raise WrongType("the two sides are tuples of different fields, or one is no tuple", span)
        parts = [equal(p, q, span) for (_, p), (_, q) in zip(left.fields, right.fields, strict=True)]
        return Val(b.conj(*[p.term for p in parts]), (), merge_valid(*[p.valid for p in parts]))
    if not (left.dims and right.dims):
        return everywhere(lift(lambda ts: b.eq(*join(ts, span)), [left, right], span), span)
    conditions = agreement(left.dims, right.dims)
    if conditions is None:
        raise ShapeMismatch(
            f"tensors with dimensions {show_dims(left.dims)} and {show_dims(right.dims)} are never equal", span
        )
    indices = index_variables(left.dims)
    same = not conditions
    x, y = join([element(left, indices, True), element(right, indices, same)], span)
    body = b.eq(x, y)
    for domain, i in zip(reversed(left.dims), reversed(indices), strict=True):
        body = b.big_over("forall", domain, i, b.TRUE, body)
    return Val(b.conj(*conditions, body), (), merge_valid(left.valid, right.valid))


def proposition(elab: Elab, e: Binary) -> Val | None:
    """A connective or chain in a place for propositions; None for operators that yield values."""
    if e.op in _EQUALITIES:
        return equality(elab, e)
    if e.op not in _CONNECTIVES:
        return None
    parts: list[Val] = []
    here = elab
    for part in _operands_of(e):
        parts.append(here.prop(part))
        if e.op in ("and", "implies"):
            here = here.at(here.scope.knowing([parts[-1].term]))
    make = _CONNECTIVES[e.op]
    return Val(make(*[p.term for p in parts]), (), _guarded(e.op, parts))


def _guarded(op: str, parts: Sequence[Val]) -> tuple[Term, ...]:
    """Validity of the operands, each under what its left neighbours leave to decide."""
    out: list[Term] = []
    for k, part in enumerate(parts):
        if not part.valid:
            continue
        before = [p.term for p in parts[:k]]
        guard = b.conj(*(before if op in ("and", "implies") else [b.negate(t) for t in before] if op == "or" else []))
        out += [c if guard is b.TRUE else b.implies(guard, c) for c in part.valid]
    return merge_valid(out)


def negation(elab: Elab, e: Unary) -> Val | None:
    """``not p`` of a proposition."""
    if e.op != "not":
        return None
    inner = elab.prop(e.value)
    return Val(b.negate(inner.term), (), inner.valid)


def coerce(v: Val, sort: Sort, span: Span) -> Val:
    """``v`` with elements of ``sort``: an integer becomes a real; anything else must agree already."""
    if v.is_tuple:
        raise WrongType(f"a tuple stands where a {sort.text} must", span)
    if v.elem is sort:
        return v
    if v.elem is INT and sort is REAL:
        return lift(lambda ts: b.cast(ts[0], REAL), [v], span)
    raise mismatch(sort, v.elem, span)


def guard_conditions(condition: Term, conditions: Sequence[Term]) -> list[Term]:
    """Conditions that are asked for only where ``condition`` holds."""
    return [b.implies(condition, c) for c in conditions]

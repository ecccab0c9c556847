"""The built-in functions: a line each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from ....theories.definedness import defined
from ....theories.normal.beta import beta
from ....theories.terms import build as b
from ....theories.terms.dims import UnknownDims
from ....theories.terms.sorts import BOOL, EREAL, FLOATS, INT, REAL, BitsSort, FloatSort, Sort
from ....theories.terms.term import Term
from ..ast import Call, Expr, Name, Number, Span, Unary
from ..diagnostics import BadLiteral, CannotInfer, DimensionUnknown, UnknownType, WrongArity, WrongType
from .core import Elab
from .literals import CONSTANTS
from .operators import operands
from .types import SORTS
from .values import Val, join, lift, map_fields, merge_valid, mismatch

_One = Callable[[Term], Term]


def _real_arg(t: Term) -> Term:
    return b.cast(t, REAL) if t.sort is INT else t


def _function(name: str) -> _One:
    return lambda t: b.apply(name, _real_arg(t))


def _test(name: str) -> _One:
    return lambda t: b.float_test(name, t)


def _integral(mode: str) -> _One:
    return lambda t: b.round_float(mode, t)


def _floor(t: Term) -> Term:
    return b.round_float("floor", t) if isinstance(t.sort, FloatSort) else b.floor(t)


def _two(make: Callable[[str, Term, Term], Term], name: str) -> Callable[[Term, Term], Term]:
    return lambda x, y: make(name, x, y)


def _to_real(t: Term) -> Term:
    return b.cast(t, REAL)


def _to_ereal(t: Term) -> Term:
    return b.cast(_real_arg(t), EREAL)


UNARY: Final[Mapping[str, _One]] = {
    **{name: _function(name) for name in sorted(b.FUNCTIONS)},
    **{name: _test(name) for name in sorted(b.FLOAT_TESTS)},
    "sqrt": lambda t: b.sqrt(_real_arg(t)),
    "abs": b.absolute,
    "floor": _floor,
    "ceil": _integral("ceil"),
    "trunc": _integral("trunc"),
    "roundeven": _integral("even"),
    "finite": b.is_finite,
    "real": _to_real,
    "ereal": _to_ereal,
    "bnot": b.bit_not,
    "neg": b.neg,
}
"""Functions of one value."""

MANY: Final[Mapping[str, tuple[int, Callable[..., Term]]]] = {
    "fma": (3, b.fma),
    **{name: (2, _two(b.bit_op, name)) for name in ("shl", "lshr", "ashr", "udiv", "urem")},
    **{name: (2, _two(b.unsigned, name)) for name in ("ult", "ule")},
}
"""Functions of several values of one type."""

EXTREMA: Final[Mapping[str, Callable[[Term, Term], Term]]] = {"max": b.maximum, "min": b.minimum}
"""Functions of two or more values of one type, from the left."""

NAMES: Final = frozenset({*UNARY, *MANY, *EXTREMA, "cast", "round", "zext", "fits", "literal", "require", "defined"})
"""All built-in functions."""

_CHANGING: Final = frozenset({"finite", "real", "ereal", *b.FLOAT_TESTS})
"""Functions whose result has another type than the argument."""


def builtin(elab: Elab, name: str, e: Call, want: Sort | None) -> Val:
    """A call of the built-in function ``name``."""
    args = e.args
    if name in UNARY:
        _arity(name, args, 1, e.span)
        return _unary(elab, name, args[0], want, e.span)
    if name in MANY:
        count, make = MANY[name]
        _arity(name, args, count, e.span)
        values = operands(elab, args, None if name in ("ult", "ule") else want)
        return lift(lambda ts: make(*join(ts, e.span)), values, e.span)
    if name in EXTREMA:
        if len(args) < 2:
            raise WrongArity(f"{name} takes two arguments or more, or a bound variable: {name} (k < n) e", e.span)
        return lift(lambda ts: _from_left(EXTREMA[name], join(ts, e.span)), operands(elab, args, want), e.span)
    if name == "defined":
        _arity(name, args, 1, e.span)
        return _defined(elab, args[0], e.span)
    _arity(name, args, 2, e.span)
    if name == "literal":
        return _literal(elab, args[0], args[1])
    if name == "require":
        return _require(elab, args[0], args[1], want)
    return _convert(elab, name, args[0], args[1], e.span)


def _arity(name: str, args: tuple[Expr, ...], count: int, span: Span) -> None:
    if len(args) != count:
        raise WrongArity(f"{name} takes {count} argument{'s' * (count > 1)}, not {len(args)}", span)


def _unary(elab: Elab, name: str, arg: Expr, want: Sort | None, span: Span) -> Val:
    hint: Sort | None = want
    if name == "floor":
        hint = want if isinstance(want, FloatSort) else REAL
    elif name in _CHANGING:
        hint = REAL if name in ("real", "ereal") else None
    elif name in b.FUNCTIONS or name == "sqrt":
        hint = REAL if want is None or want is INT else want
    v = elab.value(arg, hint)
    return lift(lambda ts: UNARY[name](ts[0]), [v], span)


def _from_left(make: Callable[[Term, Term], Term], ts: list[Term]) -> Term:
    acc = ts[0]
    for t in ts[1:]:
        acc = make(acc, t)
    return acc


def type_argument(elab: Elab, e: Expr) -> Sort:
    """The type that an argument such as ``float16`` or ``bits 8`` names."""
    if isinstance(e, Name):
        sort = SORTS.get(e.name) or elab.scope.types.get(e.name)
        if sort is not None:
            return sort
    if isinstance(e, Call) and isinstance(e.function, Name) and e.function.name == "bits":
        return _width(e.args[0])
    raise UnknownType("a type must stand here", e.span, hint="for example float16, real or bits 8")


def _width(e: Expr) -> BitsSort:
    from .literals import exact

    if not isinstance(e, Number) or exact(e).denominator != 1:
        raise BadLiteral("a width is a literal", e.span)
    try:
        return b.s.bits(int(exact(e)))
    except ValueError as error:
        raise UnknownType(str(error), e.span) from None


def _require(elab: Elab, condition: Expr, value: Expr, want: Sort | None) -> Val:
    """``require(c, e)``: ``e``, defined and valid only where ``c`` holds."""
    c = elab.prop(condition)
    v = elab.at(elab.scope.knowing([c.term])).value(value, want)

    def guard(part: Val) -> Val:
        return replace(part, term=b.require(c.term, part.term), valid=merge_valid(c.valid, [c.term], part.valid))

    return map_fields(v, guard)


def _literal(elab: Elab, arg: Expr, to: Expr) -> Val:
    """``literal(0, R)``: a numeral of a type that nothing around it tells."""
    numeral = arg.value if isinstance(arg, Unary) and arg.op == "-" else arg
    if not isinstance(numeral, Number) and not (isinstance(numeral, Name) and numeral.name in CONSTANTS):
        raise BadLiteral("`literal` takes a numeral", arg.span, hint="say cast(e, T) of other expressions")
    return elab.value(arg, type_argument(elab, to))


def _convert(elab: Elab, name: str, arg: Expr, to: Expr, span: Span) -> Val:
    if name == "zext":
        sort = _width(to)
        return lift(lambda ts: b.zero_extend(ts[0], sort), [elab.value(arg)], span)
    target = type_argument(elab, to)
    v = elab.value(arg, REAL if name == "round" else None)
    if name == "round":
        if not isinstance(target, FloatSort):
            raise WrongType(f"round needs a float format, not {target.text}", to.span, hint=", ".join(FLOATS))
        fmt = target
        return lift(lambda ts: b.round_real(_real_arg(ts[0]), fmt), [v], span)
    if name == "fits":
        if not isinstance(target, BitsSort):
            raise WrongType(f"fits needs a type of machine integers, not {target.text}", to.span, hint="bits 8")
        return lift(lambda ts: b.fits(ts[0], target), [v], span)
    if target is BOOL:
        raise mismatch(target, v.elem, span)
    return lift(lambda ts: b.cast(ts[0], target), [v], span)


def _defined(elab: Elab, arg: Expr, span: Span) -> Val:
    """``defined(e)``, of a tensor at every index; an invalid operation is undefined even if its result is empty."""
    v = elab.value(arg)
    if v.is_tuple:
        raise WrongType("defined of a tuple", span, hint="say it of each field")
    try:
        condition = defined(beta(v.term), elab.shapes)
    except UnknownDims as error:
        raise DimensionUnknown(str(error)[:200], span) from None
    parts = [*v.valid, condition] if v.dims else [condition]
    return Val(b.conj(*[p for p in parts if p is not b.TRUE]))


def runtime_call(elab: Elab, name: str, e: Call, want: Sort | None) -> Val | None:
    """``r.add(a, b)``: a function of a runtime, whose type its uses tell."""
    head, _, function = name.rpartition(".")
    runtime = elab.scope.runtimes.get(head)
    if runtime is None:
        return None
    sort = runtime.functions.get(function) or runtime.known.get(function)
    known, result = b.s.uncurry(sort) if sort is not None else ((), want)
    if sort is not None and len(known) != len(e.args):
        raise WrongArity(f"{name} took {len(known)} arguments before, not {len(e.args)}", e.span)
    values = [elab.value(a, known[k] if sort is not None else None) for k, a in enumerate(e.args)]
    if result is None:
        raise CannotInfer(f"the type of the result of {name} is not known here", e.span)
    for v in values:
        if v.is_tuple:
            raise WrongType("a runtime's function takes no tuples", e.span)
    found = b.s.fn_sort([v.elem for v in values], result)
    if sort is not None and found is not sort:
        raise WrongType(f"{name} had type {sort.text} before, and {found.text} here", e.span)
    runtime.functions[function] = found
    f = runtime.function(function)
    assert f is not None
    return lift(lambda ts: b.at(f, *ts), values, e.span)

"""Checked constructors of terms.

Each raises :class:`SortError` on arguments that make no sense, and none simplifies: what a caller builds is what the
term says.  (Simplification is :mod:`probanda.theories.normal`'s, so that sanity checks can do without it.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Final

from . import sorts as s
from .binders import close, fresh
from .sorts import BOOL, EREAL, INT, REAL, BitsSort, ElemSort, FloatSort, FnSort, Sort, TupleSort
from .term import BIG, Dom, Term, make


class SortError(TypeError):
    """A constructor was given arguments of sorts that it is not defined on."""


# -- literals --------------------------------------------------------------------------------------------------------


def integer(value: int) -> Term:
    """An integer literal."""
    return make("lit", (), INT, int(value))


def rational(value: Fraction | int) -> Term:
    """A real literal, exact."""
    return make("lit", (), REAL, Fraction(value))


def boolean(value: bool) -> Term:
    """``true`` or ``false``."""
    return TRUE if value else FALSE


def float_bits(value: int, sort: FloatSort) -> Term:
    """The float with that bit pattern; every NaN pattern gives the one NaN of the theory (sign 0, quiet bit only)."""
    if not 0 <= value < 1 << sort.width:
        raise SortError(f"{value:#x} is no bit pattern of {sort.text}")
    fraction = sort.significand - 1
    exponent_ones = (1 << sort.exponent) - 1
    if (value >> fraction) & exponent_ones == exponent_ones and value & ((1 << fraction) - 1):
        value = exponent_ones << fraction | 1 << (fraction - 1)
    return make("lit", (), sort, value)


def bit_vector(value: int, sort: BitsSort) -> Term:
    """The machine integer ``value`` modulo ``2**width``."""
    return make("lit", (), sort, value % (1 << sort.width))


def ereal(value: Fraction | int | str) -> Term:
    """An extended real literal: a rational, ``"inf"`` or ``"-inf"``."""
    if isinstance(value, str) and value not in ("inf", "-inf"):
        raise SortError(f"{value!r} is no extended real")
    return make("lit", (), EREAL, value if isinstance(value, str) else Fraction(value))


def ring_integer(value: int, sort: ElemSort) -> Term:
    """``value`` times the ring's one."""
    if sort.element_class != "ring":
        raise SortError(f"{sort.text} is no ring, so it has no integer literals")
    return make("lit", (), sort, int(value))


TRUE: Final = make("lit", (), BOOL, True)
FALSE: Final = make("lit", (), BOOL, False)
ZERO: Final = integer(0)
ONE: Final = integer(1)


# -- arithmetic and order --------------------------------------------------------------------------------------------


def _numbers(op: str, *args: Term) -> Sort:
    sort = args[0].sort
    for a in args:
        if a.sort is not sort:
            raise SortError(f"{op}: arguments of sorts {', '.join(x.sort.text for x in args)}")
    if not s.is_number(sort):
        raise SortError(f"{op} is not defined on {sort.text}")
    return sort


def _ordered(op: str, *args: Term) -> Sort:
    sort = _numbers(op, *args)
    if isinstance(sort, ElemSort):
        raise SortError(f"{op}: a {sort.element_class} has no order")
    return sort


def add(a: Term, b: Term) -> Term:
    """``a + b``; wraps on ``bits``, rounds to nearest even on floats, undefined for ∞ + (−∞) on ``ereal``."""
    return make("add", (a, b), _numbers("+", a, b))


def sub(a: Term, b: Term) -> Term:
    """``a - b``."""
    return make("sub", (a, b), _numbers("-", a, b))


def mul(a: Term, b: Term) -> Term:
    """``a * b``; undefined for 0 * ∞ on ``ereal``."""
    return make("mul", (a, b), _numbers("*", a, b))


def neg(a: Term) -> Term:
    """``-a``."""
    return make("neg", (a,), _numbers("-", a))


def div(a: Term, b: Term) -> Term:
    """``a / b`` on ``real``, ``ereal`` and floats; on ``bits`` signed division that truncates."""
    sort = _ordered("/", a, b)
    if sort is INT:
        raise SortError("/ is not defined on int: say div, which rounds down")
    return make("div", (a, b), sort)


def rem(a: Term, b: Term) -> Term:
    """Remainder of the truncating signed division of ``bits`` (the sign of ``a``)."""
    sort = _numbers("rem", a, b)
    if not isinstance(sort, BitsSort):
        raise SortError(f"rem is not defined on {sort.text}")
    return make("rem", (a, b), sort)


def idiv(a: Term, b: Term) -> Term:
    """Integer division that rounds down (Python's ``//``)."""
    if a.sort is not INT or b.sort is not INT:
        raise SortError(f"div: arguments of sorts {a.sort.text}, {b.sort.text}")
    return make("idiv", (a, b), INT)


def imod(a: Term, b: Term) -> Term:
    """Remainder of :func:`idiv` (Python's ``%``: the sign of ``b``)."""
    if a.sort is not INT or b.sort is not INT:
        raise SortError(f"mod: arguments of sorts {a.sort.text}, {b.sort.text}")
    return make("imod", (a, b), INT)


def power(a: Term, exponent: int) -> Term:
    """``a`` to a literal natural power, on int, real and rings."""
    sort = _numbers("^", a)
    if exponent < 0 or not (sort in (INT, REAL) or isinstance(sort, ElemSort)):
        raise SortError(f"^ is not defined on {sort.text} with exponent {exponent}")
    return make("pow", (a,), sort, exponent)


def absolute(a: Term) -> Term:
    """``|a|``; on ``bits`` the two's complement negation of a negative (so MIN stays MIN)."""
    return make("abs", (a,), _ordered("abs", a))


def minimum(a: Term, b: Term) -> Term:
    """The smaller; on floats IEEE 754-2019 ``minimum``: NaN if either is, and −0 < +0."""
    return make("min", (a, b), _ordered("min", a, b))


def maximum(a: Term, b: Term) -> Term:
    """The larger; on floats IEEE 754-2019 ``maximum``: NaN if either is, and −0 < +0."""
    return make("max", (a, b), _ordered("max", a, b))


def lt(a: Term, b: Term) -> Term:
    """``a < b``: signed on ``bits``, false on a NaN."""
    _ordered("<", a, b)
    return make("lt", (a, b), BOOL)


def le(a: Term, b: Term) -> Term:
    """``a <= b``: signed on ``bits``, false on a NaN."""
    _ordered("<=", a, b)
    return make("le", (a, b), BOOL)


def eq(a: Term, b: Term) -> Term:
    """Identity of values.  On floats there is one NaN, equal to itself, and +0 differs from −0.  Not on functions."""
    if a.sort is not b.sort or isinstance(a.sort, FnSort | TupleSort):
        raise SortError(f"=: arguments of sorts {a.sort.text}, {b.sort.text}")
    return make("eq", (a, b), BOOL)


def program_eq(a: Term, b: Term) -> Term:
    """A program's ``==``: IEEE comparison on floats, an unknown relation on element types, else identity."""
    if a.sort is not b.sort or isinstance(a.sort, FnSort | TupleSort):
        raise SortError(f"==: arguments of sorts {a.sort.text}, {b.sort.text}")
    return make("peq", (a, b), BOOL)


# -- connectives -----------------------------------------------------------------------------------------------------


def _bools(op: str, args: Sequence[Term]) -> None:
    for a in args:
        if a.sort is not BOOL:
            raise SortError(f"{op}: argument of sort {a.sort.text}")


def conj(*args: Term) -> Term:
    """Conjunction of any number of Booleans; the empty one is true."""
    _bools("and", args)
    return TRUE if not args else args[0] if len(args) == 1 else make("and", args, BOOL)


def disj(*args: Term) -> Term:
    """Disjunction of any number of Booleans; the empty one is false."""
    _bools("or", args)
    return FALSE if not args else args[0] if len(args) == 1 else make("or", args, BOOL)


def negate(a: Term) -> Term:
    """``not a``."""
    _bools("not", (a,))
    return make("not", (a,), BOOL)


def implies(a: Term, b: Term) -> Term:
    """``a => b`` as a proposition."""
    _bools("implies", (a, b))
    return make("implies", (a, b), BOOL)


def ite(c: Term, a: Term, b: Term) -> Term:
    """``if c then a else b``, of any sort."""
    _bools("if", (c,))
    if a.sort is not b.sort:
        raise SortError(f"if: branches of sorts {a.sort.text}, {b.sort.text}")
    return make("ite", (c, a, b), a.sort)


def require(condition: Term, value: Term) -> Term:
    """``value``, defined only where ``condition`` holds: the precondition of a definition."""
    _bools("requires", (condition,))
    return make("require", (condition, value), value.sort)


# -- conversions and functions ---------------------------------------------------------------------------------------

FUNCTIONS: Final = frozenset(
    {"exp", "log", "erf"}
    | {"sin", "cos", "tan", "asin", "acos", "atan"}
    | {"sinh", "cosh", "tanh", "asinh", "acosh", "atanh"}
)
"""The elementary functions; ``acos`` and its kin are the principal branches."""


def apply(name: str, a: Term) -> Term:
    """An elementary function on ``real``, ``ereal`` (``exp`` and ``log`` only) or, uninterpreted, on floats."""
    real_line = a.sort is REAL or (a.sort is EREAL and name in ("exp", "log"))
    if name not in FUNCTIONS or not (real_line or isinstance(a.sort, FloatSort)):
        raise SortError(f"{name} is not defined on {a.sort.text}")
    return make("fn", (a,), a.sort, name)


def sqrt(a: Term) -> Term:
    """The square root: partial on ``real``, correctly rounded on floats."""
    if a.sort is not REAL and not isinstance(a.sort, FloatSort):
        raise SortError(f"sqrt is not defined on {a.sort.text}")
    return make("sqrt", (a,), a.sort)


ROUNDINGS: Final = ("floor", "ceil", "trunc", "even")


def round_float(mode: str, a: Term) -> Term:
    """A float rounded to an integral value of its format: down, up, towards zero, or to nearest with ties to even.

    IEEE 754-2019, 5.9, ``roundToIntegral``: infinities and NaN stay as they are, and a result of zero has the sign of
    ``a``.
    """
    if mode not in ROUNDINGS or not isinstance(a.sort, FloatSort):
        raise SortError(f"rounding by {mode} is not defined on {a.sort.text}")
    return make("rint", (a,), a.sort, mode)


def fma(a: Term, b: Term, c: Term) -> Term:
    """``a * b + c`` with one rounding."""
    sort = _numbers("fma", a, b, c)
    if not isinstance(sort, FloatSort):
        raise SortError(f"fma is not defined on {sort.text}")
    return make("fma", (a, b, c), sort)


FLOAT_TESTS: Final = frozenset({"isnan", "isinf", "isfinite", "iszero", "isneg", "isnormal", "issubnormal"})


def float_test(name: str, a: Term) -> Term:
    """A classification of floats; ``isneg`` is true of −0 and false of NaN."""
    if name not in FLOAT_TESTS or not isinstance(a.sort, FloatSort):
        raise SortError(f"{name} is not defined on {a.sort.text}")
    return make(name, (a,), BOOL)


def is_finite(a: Term) -> Term:
    """Whether an extended real is a real."""
    if a.sort is not EREAL:
        raise SortError(f"finite is not defined on {a.sort.text}")
    return make("finite", (a,), BOOL)


def cast(a: Term, to: Sort) -> Term:
    """Conversions of values.

    int → real, bits (wraps), float (to nearest even) · real → ereal, float (to nearest even), int by ``floor`` ·
    ereal → real, defined on the finite ones · float → float (to nearest even), real (defined on the finite ones) ·
    bits → int (signed), bits (sign-extends or truncates), float (signed, to nearest even) ·
    float → bits (towards zero, defined where it fits).
    """
    a_sort = a.sort
    if a_sort is to:
        return a
    allowed = (
        (a_sort is INT and (to is REAL or isinstance(to, FloatSort | BitsSort | ElemSort)))
        or (a_sort is REAL and (to is EREAL or isinstance(to, FloatSort)))
        or (a_sort is EREAL and to is REAL)
        or (isinstance(a_sort, FloatSort) and (to is REAL or isinstance(to, FloatSort | BitsSort)))
        or (isinstance(a_sort, BitsSort) and (to is INT or isinstance(to, BitsSort | FloatSort)))
    )
    if not allowed or (isinstance(to, ElemSort) and to.element_class != "ring"):
        raise SortError(f"no cast from {a_sort.text} to {to.text}")
    return make("cast", (a,), to)


def fits(a: Term, to: BitsSort) -> Term:
    """Whether a float, rounded towards zero, is a two's complement value of ``to``."""
    if not isinstance(a.sort, FloatSort):
        raise SortError(f"fits is not defined on {a.sort.text}")
    return make("fits", (a,), BOOL, to)


def zero_extend(a: Term, to: BitsSort) -> Term:
    """Unsigned widening of ``bits``."""
    if not isinstance(a.sort, BitsSort) or a.sort.width > to.width:
        raise SortError(f"no zero extension from {a.sort.text} to {to.text}")
    return make("zext", (a,), to)


def floor(a: Term) -> Term:
    """The largest integer not above a real."""
    if a.sort is not REAL:
        raise SortError(f"floor is not defined on {a.sort.text}")
    return make("floor", (a,), INT)


def round_real(a: Term, to: FloatSort) -> Term:
    """A real rounded to the values of a float format, as a real: what a narrowing cast is in the real reading."""
    if a.sort is not REAL:
        raise SortError(f"round is not defined on {a.sort.text}")
    return make("round", (a,), REAL, to.text)


BIT_OPS: Final = frozenset({"band", "bor", "bxor", "shl", "lshr", "ashr", "udiv", "urem"})


def bit_op(name: str, a: Term, b: Term) -> Term:
    """A bitwise operation, shift (defined for amounts below the width) or unsigned division on ``bits``."""
    if name not in BIT_OPS or a.sort is not b.sort or not isinstance(a.sort, BitsSort):
        raise SortError(f"{name}: arguments of sorts {a.sort.text}, {b.sort.text}")
    return make(name, (a, b), a.sort)


def bit_not(a: Term) -> Term:
    """The bitwise complement."""
    if not isinstance(a.sort, BitsSort):
        raise SortError(f"bnot is not defined on {a.sort.text}")
    return make("bnot", (a,), a.sort)


def unsigned(name: str, a: Term, b: Term) -> Term:
    """``ult`` or ``ule``: the unsigned orders of ``bits``."""
    if name not in ("ult", "ule") or a.sort is not b.sort or not isinstance(a.sort, BitsSort):
        raise SortError(f"{name}: arguments of sorts {a.sort.text}, {b.sort.text}")
    return make(name, (a, b), BOOL)


# -- functions, tensors, tuples --------------------------------------------------------------------------------------


def at(f: Term, *indices: Term) -> Term:
    """``f[i, j, ...]``: application, one argument at a time."""
    for i in indices:
        if not isinstance(f.sort, FnSort) or f.sort.arg is not i.sort:
            raise SortError(f"a {f.sort.text} cannot be read at a {i.sort.text}")
        f = make("at", (f, i), f.sort.res)
    return f


def record(fields: Sequence[tuple[str, Term]]) -> Term:
    """A tuple with named fields."""
    if len({n for n, _ in fields}) != len(fields):
        raise SortError("a field is named twice")
    return make("tuple", tuple(t for _, t in fields), s.tuple_sort(tuple((n, t.sort) for n, t in fields)))


def proj(t: Term, name: str) -> Term:
    """Field ``name`` of a tuple."""
    sort = t.sort.field(name) if isinstance(t.sort, TupleSort) else None
    if sort is None:
        raise SortError(f"{t.sort.text} has no field {name}")
    return make("proj", (t,), sort, name)


# -- domains and binders ---------------------------------------------------------------------------------------------

Domain = tuple[Dom, tuple[Term, ...]]
"""A domain with its arguments."""
RANGE: Final = Dom("range", INT)
NAT: Final = Dom("nat", INT)


def range_(lo: Term, hi: Term) -> Domain:
    """The integers ``lo <= k < hi``; empty when ``hi <= lo``."""
    if lo.sort is not INT or hi.sort is not INT:
        raise SortError("the bounds of a range are integers")
    return RANGE, (lo, hi)


def below(n: Term) -> Domain:
    """The integers ``0 <= k < n``."""
    return range_(ZERO, n)


def box(n: Term) -> Domain:
    """The index maps ``0 <= i < n`` on every axis of the group of ``n``."""
    if not s.is_index_map(n.sort):
        raise SortError(f"{n.sort.text} is no size map")
    return Dom("box", n.sort), (n,)


def axes(group: str) -> Domain:
    """The axes of a group."""
    return Dom("axes", s.axis(group)), ()


def naturals() -> Domain:
    """The naturals."""
    return NAT, ()


def everything(sort: Sort) -> Domain:
    """Every value of a sort."""
    return Dom("all", sort), ()


def lam(domain: Domain, body: Callable[[Term], Term]) -> Term:
    """The tensor (or function) whose element at each ``i`` of ``domain`` is ``body(i)``."""
    x = fresh("x", domain[0].sort)
    return lam_over(domain, x, body(x))


def lam_over(domain: Domain, x: Term, body: Term) -> Term:
    """:func:`lam`, binding the free variable ``x`` of ``body``."""
    dom, args = domain
    return make("lam", (*args, close(body, x)), s.fn(dom.sort, body.sort), dom)


def big(op: str, domain: Domain, body: Callable[[Term], Term], where: Callable[[Term], Term] | None = None) -> Term:
    """A big operator over the members of ``domain`` that satisfy ``where``."""
    x = fresh("x", domain[0].sort)
    return big_over(op, domain, x, TRUE if where is None else where(x), body(x))


def big_over(op: str, domain: Domain, x: Term, where: Term, body: Term) -> Term:
    """:func:`big`, binding the free variable ``x`` of ``where`` and ``body``.

    The maximum of nothing is undefined, but −∞ on ``ereal`` (and the minimum +∞); ``count`` counts the true bodies.
    """
    dom, args = domain
    if op not in BIG:
        raise SortError(f"unknown big operator {op}")
    _bools(op, (where,))
    if op in ("forall", "exists", "count"):
        _bools(op, (body,))
        sort = INT if op == "count" else BOOL
    elif op in ("bigmax", "bigmin"):
        sort = _ordered(op, body)
    else:
        sort = _numbers(op, body)
    if dom.kind in ("all", "nat") and op not in ("forall", "exists"):
        raise SortError(f"{op} needs a finite domain")
    return make(op, (*args, close(where, x), close(body, x)), sort, dom)


def let(value: Term, body: Callable[[Term], Term]) -> Term:
    """``let x = value in body(x)``."""
    x = fresh("x", value.sort)
    inside = body(x)
    return make("let", (value, close(inside, x)), inside.sort)


def forall_all(variables: Iterable[Term], body: Term) -> Term:
    """``body`` for every value of the free ``variables``."""
    for x in reversed(tuple(variables)):
        body = big_over("forall", everything(x.sort), x, TRUE, body)
    return body

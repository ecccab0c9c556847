"""Elements of tensors: terms with an element type, and the operations that operators are written with.

An operator's denotation is written once, with these; the reading decides what term each operation becomes.  Indices and
sizes are elements too, of type ``INDEX``.  Arithmetic on integer literals is done at once; everything else is left as it is written.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

from ..theories.errors import Unsupported
from ..theories.ieee754 import formats
from ..theories.terms import build as b
from ..theories.terms.sorts import BOOL, EREAL, INT, REAL, BitsSort, FloatSort, Sort
from ..theories.terms.term import Term
from . import dims
from . import dtypes as dt
from .dtypes import DType, Reading, sort_of

Number = int | float | Fraction


class Elem:
    """An element: a term of the sort that ``dtype`` has in ``reading``."""

    __slots__ = ("dtype", "reading", "term")

    def __init__(self, term: Term, dtype: DType, reading: Reading) -> None:
        self.term = term
        self.dtype = dtype
        self.reading = reading

    def __repr__(self) -> str:
        return f"{self.term!r} : {self.dtype!r}"

    def __bool__(self) -> bool:
        raise TypeError("an element is no Python condition: say where(condition, a, b)")

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        raise TypeError("say x.equals(y)")

    # -- making --

    def like(self, term: Term) -> Elem:
        """``term`` with this type and reading."""
        return Elem(term, self.dtype, self.reading)

    def lit(self, value: Number) -> Elem:
        """A literal of this type."""
        return literal(value, self.dtype, self.reading)

    def _pair(self, other: Elem | Number) -> tuple[Term, Term]:
        if not isinstance(other, Elem):
            other = self.lit(other)
        if other.term.sort is not self.term.sort:
            raise b.SortError(f"operands of types {self.dtype!r} and {other.dtype!r}")
        return self.term, other.term

    def _op(self, other: Elem | Number, build: Callable[[Term, Term], Term]) -> Elem:
        return self.like(fold(build(*self._pair(other))))

    # -- arithmetic --

    def __add__(self, other: Elem | Number) -> Elem:
        return self._op(other, b.add)

    def __radd__(self, other: Number) -> Elem:
        return self.lit(other) + self

    def __sub__(self, other: Elem | Number) -> Elem:
        return self._op(other, b.sub)

    def __rsub__(self, other: Number) -> Elem:
        return self.lit(other) - self

    def __mul__(self, other: Elem | Number) -> Elem:
        return self._op(other, b.mul)

    def __rmul__(self, other: Number) -> Elem:
        return self.lit(other) * self

    def __neg__(self) -> Elem:
        return self.like(fold(b.neg(self.term)))

    def __truediv__(self, other: Elem | Number) -> Elem:
        """Division; of integers the one that truncates, undefined for a divisor of 0."""
        x, y = self._pair(other)
        if self.dtype.kind == "uint" and isinstance(x.sort, BitsSort):
            return self.like(b.bit_op("udiv", x, y))
        if x.sort is INT:
            quotient = b.idiv(b.absolute(x), b.absolute(y))
            return self.like(fold(b.ite(b.lt(b.mul(x, y), b.ZERO), b.neg(quotient), quotient)))
        return self.like(b.div(x, y))

    def __rtruediv__(self, other: Number) -> Elem:
        return self.lit(other) / self

    def __floordiv__(self, other: Elem | Number) -> Elem:
        """Integer division that rounds down, of mathematical integers."""
        return self._op(other, b.idiv)

    def __mod__(self, other: Elem | Number) -> Elem:
        """The remainder of ``//``."""
        return self._op(other, b.imod)

    def abs(self) -> Elem:
        """The absolute value; unsigned integers are their own."""
        return self if self.dtype.kind == "uint" else self.like(fold(b.absolute(self.term)))

    def max(self, other: Elem | Number) -> Elem:
        """The larger; on floats IEEE 754-2019 ``maximum``."""
        x, y = self._pair(other)
        if self.dtype.kind == "uint" and isinstance(x.sort, BitsSort):
            return self.like(b.ite(b.unsigned("ult", x, y), y, x))
        return self.like(fold(b.maximum(x, y)))

    def min(self, other: Elem | Number) -> Elem:
        """The smaller; on floats IEEE 754-2019 ``minimum``."""
        x, y = self._pair(other)
        if self.dtype.kind == "uint" and isinstance(x.sort, BitsSort):
            return self.like(b.ite(b.unsigned("ult", x, y), x, y))
        return self.like(fold(b.minimum(x, y)))

    def power(self, exponent: int) -> Elem:
        """A literal natural power, as a product where the sort has none."""
        if self.term.sort in (INT, REAL):
            return self.like(fold(b.power(self.term, exponent)))
        out = self.lit(1)
        for k in range(exponent):
            out = self if k == 0 else out * self
        return out

    # -- functions --

    def fn(self, name: str) -> Elem:
        """An elementary function of :data:`probanda.theories.terms.build.FUNCTIONS`, by name."""
        if self.term.sort is EREAL and name not in ("exp", "log"):
            return self._finitely(lambda t: b.apply(name, t))
        return self.like(b.apply(name, self.term))

    def exp(self) -> Elem:
        """The exponential."""
        return self.fn("exp")

    def log(self) -> Elem:
        """The natural logarithm."""
        return self.fn("log")

    def tanh(self) -> Elem:
        """The hyperbolic tangent."""
        return self.fn("tanh")

    def sqrt(self) -> Elem:
        """The square root."""
        return self._finitely(b.sqrt) if self.term.sort is EREAL else self.like(b.sqrt(self.term))

    def _finitely(self, build: Callable[[Term], Term]) -> Elem:
        """A function of reals on an extended real, defined on the finite ones."""
        return self.like(b.cast(build(b.cast(self.term, REAL)), EREAL))

    def integral(self, mode: str) -> Elem:
        """Rounded to an integer, in the same type: ``floor``, ``ceil``, ``trunc`` or ``even``."""
        if isinstance(self.term.sort, FloatSort):
            return self.like(b.round_float(mode, self.term))
        if self.term.sort is EREAL:
            return self._finitely(lambda t: b.cast(_integral(t, mode), REAL))
        return self.like(b.cast(_integral(self.term, mode), REAL))

    # -- conditions --

    def _cond(self, term: Term) -> Elem:
        return Elem(fold(term), dt.BOOL, self.reading)

    def _less(self, x: Term, y: Term, strict: bool) -> Elem:
        if self.dtype.kind == "uint" and isinstance(x.sort, BitsSort):
            return self._cond(b.unsigned("ult" if strict else "ule", x, y))
        return self._cond((b.lt if strict else b.le)(x, y))

    def __lt__(self, other: Elem | Number) -> Elem:
        return self._less(*self._pair(other), True)

    def __le__(self, other: Elem | Number) -> Elem:
        return self._less(*self._pair(other), False)

    def __gt__(self, other: Elem | Number) -> Elem:
        x, y = self._pair(other)
        return self._less(y, x, True)

    def __ge__(self, other: Elem | Number) -> Elem:
        x, y = self._pair(other)
        return self._less(y, x, False)

    def equals(self, other: Elem | Number) -> Elem:
        """A program's ``==``: IEEE comparison on floats, else identity."""
        x, y = self._pair(other)
        return self._cond(b.program_eq(x, y) if isinstance(x.sort, FloatSort) else b.eq(x, y))

    def __and__(self, other: Elem) -> Elem:
        return self._cond(b.conj(self.term, other.term))

    def __or__(self, other: Elem) -> Elem:
        return self._cond(b.disj(self.term, other.term))

    def __invert__(self) -> Elem:
        return self._cond(b.negate(self.term))

    def __xor__(self, other: Elem) -> Elem:
        return self._cond(b.negate(b.eq(self.term, other.term)))

    def is_nan(self) -> Elem:
        """Whether it is a NaN: never, in a reading that has none."""
        return self._test("isnan")

    def is_inf(self, sign: int = 0) -> Elem:
        """Whether it is infinite: of that sign, or of either for 0."""
        t = self.term
        if isinstance(t.sort, FloatSort):
            infinite = self._test("isinf")
        else:
            infinite = self._cond(b.negate(b.is_finite(t)) if t.sort is EREAL else b.FALSE)
        return infinite if sign == 0 else infinite & (self > 0 if sign > 0 else self < 0)

    def _test(self, name: str) -> Elem:
        floats = isinstance(self.term.sort, FloatSort)
        return self._cond(b.float_test(name, self.term) if floats else b.FALSE)

    # -- conversions --

    def index(self) -> Elem:
        """An integer element as a mathematical integer, to read a tensor at."""
        from .conversions import wider

        t = self.term
        if isinstance(t.sort, BitsSort):
            t = b.cast(b.zero_extend(t, wider(t.sort)) if self.dtype.kind == "uint" else t, INT)
        if t.sort is not INT:
            raise b.SortError(f"a {self.dtype!r} is no index")
        return Elem(t, dt.INDEX, self.reading)

    def cast(self, to: DType) -> Elem:
        """The value as another element type.

        Integers wrap, floats round to nearest even and become integers towards zero (defined where the integer type has
        the value), anything other than zero is true.  Over the reals, rounding to a narrower format is an operation of
        its own, never the identity, and integers do not wrap.
        """
        from .conversions import convert

        return self if to is self.dtype else convert(self, to)


def _integral(t: Term, mode: str) -> Term:
    """A real rounded to an integer, as an integer."""
    floor, ceil = b.floor(t), b.neg(b.floor(b.neg(t)))
    if mode == "floor":
        return floor
    if mode == "ceil":
        return ceil
    if mode == "trunc":
        return b.ite(b.lt(t, b.rational(0)), ceil, floor)
    half = b.floor(b.add(t, b.rational(Fraction(1, 2))))
    tie = b.eq(b.sub(b.cast(half, REAL), t), b.rational(Fraction(1, 2)))
    odd = b.eq(b.imod(half, b.integer(2)), b.ONE)
    return b.ite(b.conj(tie, odd), b.sub(half, b.ONE), half)


def literal(value: Number, dtype: DType, reading: Reading) -> Elem:
    """``value`` as a literal: rounded to the format in the IEEE reading, exact in the others."""
    return Elem(_literal(value, sort_of(dtype, reading)), dtype, reading)


def _literal(value: Number, sort: Sort) -> Term:
    if sort is INT:
        if value != int(value):
            raise b.SortError(f"{value} is no integer")
        return b.integer(int(value))
    if sort is BOOL:
        return b.boolean(bool(value))
    if isinstance(sort, BitsSort):
        return b.bit_vector(int(value), sort)
    if isinstance(sort, FloatSort):
        return b.float_bits(_pattern(value, sort), sort)
    finite = not isinstance(value, float) or math.isfinite(value)
    if sort is EREAL and (finite or not math.isnan(value)):
        return b.ereal(Fraction(value) if finite else "inf" if value > 0 else "-inf")
    if not finite:
        raise Unsupported(f"the value {value} in the {'extended ' if sort is EREAL else ''}real reading")
    return b.rational(Fraction(value))


def _pattern(value: Number, sort: FloatSort) -> int:
    """The pattern of the nearest value of the format, rounded once."""
    if isinstance(value, int | Fraction):
        return formats.from_rational(sort, value)
    x = float(value)
    if not math.isfinite(x):
        return formats.nan(sort) if math.isnan(x) else formats.infinity(sort, int(x < 0))
    return formats.from_rational(sort, Fraction(x), int(math.copysign(1, x) < 0))


def index(value: int | Term, reading: Reading = Reading.REAL) -> Elem:
    """An integer or integer term as an index."""
    return Elem(b.integer(value) if isinstance(value, int) else value, dt.INDEX, reading)


def where(condition: Elem, yes: Elem, no: Elem | Number) -> Elem:
    """``yes`` if ``condition`` else ``no``; only the branch that is taken needs to be defined."""
    other = no if isinstance(no, Elem) else yes.lit(no)
    if condition.term is b.TRUE:
        return yes
    if condition.term is b.FALSE:
        return other
    return yes if yes.term is other.term else yes.like(b.ite(condition.term, yes.term, other.term))


def require(condition: Elem, value: Elem) -> Elem:
    """``value``, defined only where ``condition`` holds."""
    return value if condition.term is b.TRUE else value.like(b.require(condition.term, value.term))


_FOLDED = {"add", "sub", "mul", "neg", "idiv", "imod", "abs", "min", "max", "pow"}


def fold(t: Term) -> Term:
    """Arithmetic on integer literals, neutral elements, connectives with a literal, and comparisons that are decided."""
    if t.sort is INT:
        return _fold_int(t)
    if t.op in ("and", "or"):
        stop, skip = (b.FALSE, b.TRUE) if t.op == "and" else (b.TRUE, b.FALSE)
        rest = tuple(dict.fromkeys(a for a in t.args if a is not skip))
        return stop if stop in rest else (b.conj if t.op == "and" else b.disj)(*rest)
    if t.op == "not" and t.args[0].op == "lit":
        return b.boolean(t.args[0] is b.FALSE)
    if t.op in ("lt", "le", "eq") and t.args[0].sort is INT:
        return _decided(t)
    if t.op == "eq" and t.args[0].op == "lit" and t.args[1].op == "lit":
        return b.boolean(t.args[0] is t.args[1])
    return t


def _fold_int(t: Term) -> Term:
    a = t.args
    if t.op == "ite":
        condition = _decided(a[0]) if a[0].op == "lt" else a[0]
        return a[1] if condition is b.TRUE else a[2] if condition is b.FALSE else t
    if t.op not in _FOLDED:
        return t
    if all(x.op == "lit" for x in a):
        zero_divisor = t.op in ("idiv", "imod") and a[1] is b.ZERO
        return t if zero_divisor else dims.size(t)
    if t.op in ("add", "sub") and a[1] is b.ZERO or t.op in ("mul", "idiv") and a[1] is b.ONE:
        return a[0]
    if t.op == "add" and a[0] is b.ZERO or t.op == "mul" and a[0] is b.ONE:
        return a[1]
    if t.op == "mul" and b.ZERO in a or t.op == "imod" and a[1] is b.ONE:
        return b.ZERO
    return t


def _decided(t: Term) -> Term:
    x, y = t.args
    if t.op == "eq" and x is y or t.op == "le" and x is y:
        return b.TRUE
    if x.op == "lit" and y.op == "lit":
        p, q = dims.literal(x), dims.literal(y)
        assert p is not None and q is not None
        return b.boolean(p < q if t.op == "lt" else p <= q if t.op == "le" else p == q)
    return t

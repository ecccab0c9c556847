"""The operations of extended reals on triples.

Everywhere: a flag is exact, and the real is right whenever both flags are false.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from ..terms import build as b
from ..terms.sorts import REAL, Sort
from ..terms.term import Dom, Term, make
from .logic import conj, disj, iff, ite, negate

_ZERO: Final = b.rational(0)


class Unsupported(ValueError):
    """The term uses extended reals in a way that has no reading by flags and reals."""


class Triple(NamedTuple):
    """An extended real: is it −∞, is it +∞, its value when neither (None when it surely is infinite)."""

    ninf: Term
    pinf: Term
    val: Term | None

    @property
    def finite(self) -> Term:
        """Whether it is a real."""
        return conj(negate(self.ninf), negate(self.pinf))

    @property
    def real(self) -> Term:
        """The value when finite, anything otherwise."""
        return _ZERO if self.val is None else self.val

    def exact(self) -> Term:
        """The value when finite, 0 otherwise."""
        return ite(self.finite, self.real, _ZERO)

    def positive(self) -> Term:
        """Whether it is above 0."""
        return disj(self.pinf, conj(self.finite, b.lt(_ZERO, self.real)))

    def negative(self) -> Term:
        """Whether it is below 0."""
        return disj(self.ninf, conj(self.finite, b.lt(self.real, _ZERO)))

    def whole(self) -> tuple[Term, Term, Term]:
        """The three terms."""
        return self.ninf, self.pinf, self.real


def choose(c: Term, x: Triple, y: Triple) -> Triple:
    """``if c then x else y``."""
    val = y.val if x.val is None else x.val if y.val is None else ite(c, x.val, y.val)
    return Triple(ite(c, x.ninf, y.ninf), ite(c, x.pinf, y.pinf), val)


def _add(x: Triple, y: Triple) -> Triple:
    ninf = disj(x.ninf, y.ninf)
    val = None if x.val is None or y.val is None else b.add(x.val, y.val)
    return Triple(ninf, conj(disj(x.pinf, y.pinf), negate(ninf)), val)


def _neg(x: Triple) -> Triple:
    return Triple(x.pinf, x.ninf, None if x.val is None else b.neg(x.val))


def _sub(x: Triple, y: Triple) -> Triple:
    ninf = disj(x.ninf, y.pinf)
    val = None if x.val is None or y.val is None else b.sub(x.val, y.val)
    return Triple(ninf, conj(disj(x.pinf, y.ninf), negate(ninf)), val)


def _signs(infinite: Term, x: Triple, y: Triple) -> tuple[Term, Term]:
    """The flags of a product that is infinite exactly when ``infinite``: by the signs of the factors."""
    if infinite is b.FALSE:
        return b.FALSE, b.FALSE
    same = disj(conj(x.positive(), y.positive()), conj(x.negative(), y.negative()))
    other = disj(conj(x.positive(), y.negative()), conj(x.negative(), y.positive()))
    return conj(infinite, other), conj(infinite, same)


def _mul(x: Triple, y: Triple) -> Triple:
    finite = conj(x.finite, y.finite)
    ninf, pinf = _signs(negate(finite), x, y)
    return Triple(ninf, pinf, ite(finite, b.mul(x.real, y.real), _ZERO))


def _div(x: Triple, y: Triple) -> Triple:
    ninf, pinf = _signs(conj(negate(x.finite), y.finite), x, y)
    return Triple(ninf, pinf, ite(conj(x.finite, y.finite), b.div(x.real, y.real), _ZERO))


def _abs(x: Triple) -> Triple:
    return Triple(b.FALSE, disj(x.ninf, x.pinf), None if x.val is None else b.absolute(x.val))


def _max(x: Triple, y: Triple) -> Triple:
    val = ite(x.ninf, y.real, ite(y.ninf, x.real, b.maximum(x.real, y.real)))
    return Triple(conj(x.ninf, y.ninf), disj(x.pinf, y.pinf), val)


def _min(x: Triple, y: Triple) -> Triple:
    val = ite(x.pinf, y.real, ite(y.pinf, x.real, b.minimum(x.real, y.real)))
    return Triple(disj(x.ninf, y.ninf), conj(x.pinf, y.pinf), val)


def _lt(x: Triple, y: Triple) -> Term:
    both = conj(x.finite, y.finite)
    inner = b.FALSE if both is b.FALSE else conj(both, b.lt(x.real, y.real))
    return disj(conj(x.ninf, negate(y.ninf)), conj(y.pinf, negate(x.pinf)), inner)


def _le(x: Triple, y: Triple) -> Term:
    both = conj(x.finite, y.finite)
    inner = b.FALSE if both is b.FALSE else conj(both, b.le(x.real, y.real))
    return disj(x.ninf, y.pinf, inner)


def _eq(x: Triple, y: Triple) -> Term:
    infinite = disj(x.ninf, x.pinf)
    value = b.TRUE if infinite is b.TRUE or x.real is y.real else b.eq(x.real, y.real)
    return conj(iff(x.ninf, y.ninf), iff(x.pinf, y.pinf), disj(infinite, value))


def _exp(x: Triple) -> Triple:
    val = _ZERO if x.val is None else ite(x.ninf, _ZERO, b.apply("exp", x.val))
    return Triple(b.FALSE, x.pinf, val)


def _log(x: Triple) -> Triple:
    val = _ZERO if x.val is None else ite(x.ninf, _ZERO, b.apply("log", x.val))
    return Triple(conj(x.finite, b.eq(x.real, _ZERO)), x.pinf, val)


_UNARY: Final[Mapping[str, Callable[[Triple], Term | Triple]]] = {
    "neg": _neg,
    "abs": _abs,
    "fn exp": _exp,
    "fn log": _log,
    "finite": lambda x: x.finite,
    "cast real": lambda x: x.exact(),
}
_BINARY: Final[Mapping[str, Callable[[Triple, Triple], Term | Triple]]] = {
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "div": _div,
    "max": _max,
    "min": _min,
    "lt": _lt,
    "le": _le,
    "eq": _eq,
    "peq": _eq,
}


def apply(name: str, args: Sequence[Term | Triple]) -> Term | Triple:
    """The operation ``name`` (``fn exp``, ``cast real`` for those with a payload)."""
    if name == "cast ereal" and isinstance(args[0], Term):
        return Triple(b.FALSE, b.FALSE, args[0])
    extended = [a for a in args if isinstance(a, Triple)]
    if len(extended) == len(args) == 1 and name in _UNARY:
        return _UNARY[name](extended[0])
    if len(extended) == len(args) == 2 and name in _BINARY:
        return _BINARY[name](extended[0], extended[1])
    raise Unsupported(f"{name} on ereal is not supported")


def big(op: str, dom: Dom, domain: tuple[Term, ...], where: Term, x: Triple) -> Triple:
    """A big operator; all terms may mention the bound variable, as index 0, except ``domain``."""

    def over(op: str, sort: Sort, where: Term, body: Term) -> Term:
        return make(op, (*domain, where, body), sort, dom)

    def some(body: Term) -> Term:
        body = conj(where, body)
        return b.FALSE if body is b.FALSE else over("exists", b.TRUE.sort, b.TRUE, body)

    if op == "sum":  # defined where every member is finite
        return Triple(b.FALSE, b.FALSE, over("sum", REAL, where, x.real))
    if op not in ("bigmax", "bigmin"):
        raise Unsupported(f"{op} on ereal is not supported")
    top = op == "bigmax"
    best, worst = (x.pinf, x.ninf) if top else (x.ninf, x.pinf)
    unbounded, nothing = some(best), negate(some(negate(worst)))
    val = over(op, REAL, conj(where, x.finite), x.real)
    return Triple(nothing, unbounded, val) if top else Triple(unbounded, nothing, val)

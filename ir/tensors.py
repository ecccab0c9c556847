"""Tensors as operators see them: a shape, and an element at every index.

``tensor(x, shape, lambda i: ...)`` makes one, ``x[i, j]`` reads one.  Nothing is computed: reading gives a term.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..theories.terms import build as b
from ..theories.terms import sorts as s
from ..theories.terms.binders import fresh, var
from ..theories.terms.term import Term
from . import dims
from . import dtypes as dt
from .dims import Shape
from .dtypes import DType, Reading, sort_of
from .elements import Elem, index, literal
from .types import TensorType

Index = tuple[Elem, ...]
Read = Callable[[Index], Elem]


class Tensor:
    """A tensor-valued denotation.  ``read`` gives its element at an index; the index is not checked here."""

    __slots__ = ("_read", "dtype", "reading", "shape")

    def __init__(self, dtype: DType, shape: Shape, read: Read, reading: Reading) -> None:
        self.dtype = dtype
        self.shape = shape
        self._read = read
        self.reading = reading

    def __repr__(self) -> str:
        return f"<tensor {self.type!r}>"

    @property
    def type(self) -> TensorType:
        """Its element type and shape."""
        return TensorType(self.dtype, self.shape)

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self.shape)

    def size(self, axis: int) -> Elem:
        """The size of an axis (negative: from the end), as an index."""
        return index(self.shape[axis], self.reading)

    @property
    def sizes(self) -> Index:
        """All sizes, as indices."""
        return tuple(index(d, self.reading) for d in self.shape)

    def __getitem__(self, at: Elem | Index) -> Elem:
        """The element at an index of :data:`~probanda.ir.dtypes.INDEX` elements; ``()`` for a scalar."""
        position = at if isinstance(at, tuple) else (at,)
        if len(position) != self.rank:
            raise IndexError(f"{len(position)} indices for a tensor of rank {self.rank}")
        return self._read(position)

    def lit(self, value: float) -> Elem:
        """A literal of its element type."""
        return literal(value, self.dtype, self.reading)

    def lam(self) -> Term:
        """The tensor as a term: a function of each index in turn, below the sizes."""
        xs = [fresh("i", s.INT) for _ in self.shape]
        body = self[tuple(index(x, self.reading) for x in xs)].term
        for x, d in zip(reversed(xs), reversed(self.shape), strict=True):
            body = b.lam_over(b.below(d), x, body)
        return body

    def stored(self) -> Tensor:
        """The same tensor, with its elements computed once and read from there.

        For an intermediate result that is read more than once: the term then contains it once, as a comprehension.
        """
        return of_term(self.lam(), self.type, self.reading)


def tensor(of: DType | Tensor, shape: Sequence[Term | Elem | int], read: Read, reading: Reading) -> Tensor:
    """The tensor of that element type and shape whose element at the index ``i`` (a tuple) is ``read(i)``."""
    dtype = of.dtype if isinstance(of, Tensor) else of
    return Tensor(dtype, tuple(dims.size(d.term if isinstance(d, Elem) else d) for d in shape), read, reading)


def of_term(term: Term, type_: TensorType, reading: Reading) -> Tensor:
    """A term of function sort as a tensor."""

    def read(i: Index) -> Elem:
        return Elem(b.at(term, *[x.term for x in i]), type_.dtype, reading)

    return Tensor(type_.dtype, type_.shape, read, reading)


def variable(name: str, type_: TensorType, reading: Reading) -> Tensor:
    """The free variable ``name`` as a tensor."""
    element = sort_of(type_.dtype, reading)
    return of_term(var(name, s.fn_sort([s.INT] * type_.rank, element)), type_, reading)


def filled(value: Elem, shape: Shape) -> Tensor:
    """The tensor all of whose elements are ``value``."""
    return Tensor(value.dtype, shape, lambda _: value, value.reading)


# -- big operators ---------------------------------------------------------------------------------------------------


def _big(op: str, n: Elem, body: Callable[[Elem], Elem], where: Callable[[Elem], Elem] | None) -> Elem:
    x = fresh("k", s.INT)
    k = index(x, n.reading)
    value = body(k)
    condition = b.TRUE if where is None else where(k).term
    kind = dt.INDEX if op == "count" else dt.BOOL if op in ("forall", "exists") else value.dtype
    # The order of bits is that of signed numbers; flipping the sign bit makes it that of unsigned ones.
    unsigned = kind.kind == "uint" and isinstance(value.term.sort, s.BitsSort) and op in ("bigmax", "bigmin")
    flip = value.lit(1 << (kind.width - 1)) if unsigned else None
    body_term = value.term if flip is None else (value + flip).term
    out = Elem(b.big_over(op, b.below(n.term), x, condition, body_term), kind, n.reading)
    return out if flip is None else out + flip


def total(n: Elem, body: Callable[[Elem], Elem], where: Callable[[Elem], Elem] | None = None) -> Elem:
    """The sum of ``body(k)`` over ``0 <= k < n`` with ``where(k)``."""
    return _big("sum", n, body, where)


def product(n: Elem, body: Callable[[Elem], Elem], where: Callable[[Elem], Elem] | None = None) -> Elem:
    """The product of ``body(k)`` over ``0 <= k < n``."""
    return _big("prod", n, body, where)


def greatest(n: Elem, body: Callable[[Elem], Elem], where: Callable[[Elem], Elem] | None = None) -> Elem:
    """The maximum of ``body(k)`` over ``0 <= k < n``; undefined (−∞ on extended reals) for none; a NaN wins."""
    return _big("bigmax", n, body, where)


def least(n: Elem, body: Callable[[Elem], Elem], where: Callable[[Elem], Elem] | None = None) -> Elem:
    """The minimum of ``body(k)`` over ``0 <= k < n``."""
    return _big("bigmin", n, body, where)


def count(n: Elem, holds: Callable[[Elem], Elem]) -> Elem:
    """How many ``0 <= k < n`` satisfy ``holds``, as an index."""
    return _big("count", n, holds, None)


def every(n: Elem, holds: Callable[[Elem], Elem]) -> Elem:
    """Whether ``holds(k)`` for every ``0 <= k < n``."""
    return _big("forall", n, holds, None)


def some(n: Elem, holds: Callable[[Elem], Elem]) -> Elem:
    """Whether ``holds(k)`` for some ``0 <= k < n``."""
    return _big("exists", n, holds, None)


def nested(
    big: Callable[[Elem, Callable[[Elem], Elem]], Elem], sizes: Sequence[Elem], body: Callable[[Index], Elem]
) -> Elem:
    """``big`` over several axes at once, the first outermost: ``nested(total, (n, m), lambda k: x[k])``."""

    def level(done: Index) -> Elem:
        return body(done) if len(done) == len(sizes) else big(sizes[len(done)], lambda k: level((*done, k)))

    return level(())


def broadcast(x: Tensor, shape: Shape) -> Tensor:
    """``x`` read as a tensor of ``shape``, by NumPy's rule."""
    lead = len(shape) - x.rank
    zero = index(0, x.reading)
    fixed = [d is b.ONE and out is not b.ONE for d, out in zip(x.shape, shape[lead:], strict=True)]
    if not lead and not any(fixed):
        return x

    def read(i: Index) -> Elem:
        return x[tuple(zero if one else k for one, k in zip(fixed, i[lead:], strict=True))]

    return Tensor(x.dtype, shape, read, x.reading)


# -- element by element ----------------------------------------------------------------------------------------------


def unary(f: Callable[[Elem], Elem], x: Tensor) -> Tensor:
    """``f`` of every element."""
    return _mapped(lambda e: f(e[0]), (x,))


def binary(f: Callable[[Elem, Elem], Elem], x: Tensor, y: Tensor) -> Tensor:
    """``f`` of every pair of elements; operands broadcast."""
    return _mapped(lambda e: f(e[0], e[1]), (x, y))


def ternary(f: Callable[[Elem, Elem, Elem], Elem], x: Tensor, y: Tensor, z: Tensor) -> Tensor:
    """``f`` of every triple of elements; operands broadcast."""
    return _mapped(lambda e: f(e[0], e[1], e[2]), (x, y, z))


def folded(f: Callable[[Elem, Elem], Elem], xs: Sequence[Tensor]) -> Tensor:
    """``f(f(x0, x1), x2) …`` element by element; operands broadcast."""

    def step(elements: Index) -> Elem:
        out = elements[0]
        for e in elements[1:]:
            out = f(out, e)
        return out

    return _mapped(step, xs)


def _mapped(f: Callable[[Index], Elem], xs: Sequence[Tensor]) -> Tensor:
    shape = dims.broadcast([x.shape for x in xs])
    wide = [broadcast(x, shape) for x in xs]
    sample = f(tuple(Elem(var("sample", sort_of(x.dtype, x.reading)), x.dtype, x.reading) for x in xs))
    return Tensor(sample.dtype, shape, lambda i: f(tuple(x[i] for x in wide)), xs[0].reading)

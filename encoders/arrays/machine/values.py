"""What terms are while a plan is made: scalars with named axes, functions, tuples."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ....theories.errors import Unsupported
from ....theories.terms.sorts import Sort
from ....theories.terms.term import Term
from .graph import Graph, Ref
from .linear import Linear, form, linear


class Scalar(NamedTuple):
    """A scalar along its axes, and where it is undefined (None: nowhere)."""

    ref: Ref
    undefined: Ref | None = None

    @property
    def top(self) -> int:
        """The largest number of an axis in it, -1 if it has none."""
        top = self.ref.axes[-1] if self.ref.axes else -1
        if self.undefined is not None and self.undefined.axes:
            return max(top, self.undefined.axes[-1])
        return top


@dataclass(frozen=True, slots=True)
class Lam:
    """A comprehension ``term``, in the frame of its binders."""

    term: Term
    frame: tuple[Value, ...]
    top: int


@dataclass(frozen=True, slots=True)
class Table:
    """A function of one argument given by its elements along ``axis``, from ``lo`` on."""

    axis: int
    lo: Ref
    length: int
    body: Scalar
    top: int


@dataclass(frozen=True, slots=True)
class Tensor:
    """A free variable that has been given some of its indices."""

    name: str
    sort: Sort  # of its elements
    given: tuple[Scalar, ...]
    top: int


@dataclass(frozen=True, slots=True)
class Choice:
    """``if condition then yes else no`` between functions."""

    condition: Scalar
    yes: Value
    no: Value
    top: int


@dataclass(frozen=True, slots=True)
class Record:
    """A tuple with named fields."""

    fields: tuple[tuple[str, Value], ...]
    top: int


Value = Scalar | Lam | Table | Tensor | Choice | Record
Frame = tuple[Value, ...]
Request = tuple[Term, Frame]
Steps = Generator[Sequence[Request], Sequence[Value], Value]
"""A computation that asks for values of terms in frames and is resumed with them."""


def top_of(values: tuple[Value, ...]) -> int:
    """The largest number of an axis in ``values``."""
    return max([v.top for v in values], default=-1)


def scalar(value: Value) -> Scalar:
    """``value``, which must be a scalar."""
    if not isinstance(value, Scalar):
        raise Unsupported(f"a {type(value).__name__.lower()} where a scalar is needed")
    return value


def narrowed(graph: Graph, ref: Ref, axis: int, start: int, length: int) -> Ref:
    """``ref`` on ``length`` positions of ``axis`` from ``start`` on; the axis keeps its number."""
    if axis not in ref.axes:
        return ref
    node = ref.node
    if node.op == "lin" and all(axis not in ref.argument(k).axes for k in range(len(node.args))):
        whole = linear(ref)
        terms = dict(whole.terms)
        factor = terms.pop(axis)
        if length > 1:
            terms[axis] = factor
        return form(graph, Linear(whole.const + factor * start, terms, whole.lengths | {axis: length}))
    k = ref.axes.index(axis)
    every = tuple(range(len(ref.axes)))
    if length == 1:
        rest = every[:k] + every[k + 1 :]
        shape = [node.shape[p] for p in rest]
        offsets = tuple([start if p == k else 0 for p in every])
        rows = tuple([() if p == k else ((p if p < k else p - 1, 1),) for p in every])
        picked = graph.node("view", (offsets, rows), [(node, ())], shape, node.sort, (node.lo, node.hi))
        return Ref(picked, ref.axes[:k] + ref.axes[k + 1 :])
    offsets = tuple([start if p == k else 0 for p in every])
    rows = tuple([((p, 1),) for p in every])
    shape = [length if p == k else n for p, n in enumerate(node.shape)]
    return Ref(graph.node("view", (offsets, rows), [(node, ())], shape, node.sort, (node.lo, node.hi)), ref.axes)


def restrict(graph: Graph, value: Value, axis: int, start: int, length: int) -> Value:
    """``value`` on ``length`` positions of ``axis`` from ``start`` on."""
    if value.top < axis:
        return value
    if isinstance(value, Scalar):
        und = value.undefined
        return Scalar(
            narrowed(graph, value.ref, axis, start, length),
            None if und is None else narrowed(graph, und, axis, start, length),
        )
    if isinstance(value, Lam):
        frame = tuple([restrict(graph, v, axis, start, length) for v in value.frame])
        return Lam(value.term, frame, top_of(frame))
    if isinstance(value, Tensor):
        given = tuple([scalar(restrict(graph, v, axis, start, length)) for v in value.given])
        return Tensor(value.name, value.sort, given, top_of(given))
    if isinstance(value, Table):
        if axis == value.axis:
            return value
        body = scalar(restrict(graph, value.body, axis, start, length))
        lo = narrowed(graph, value.lo, axis, start, length)
        return Table(value.axis, lo, value.length, body, value.top)
    if isinstance(value, Choice):
        condition = scalar(restrict(graph, value.condition, axis, start, length))
        yes, no = (restrict(graph, v, axis, start, length) for v in (value.yes, value.no))
        return Choice(condition, yes, no, value.top)
    fields = tuple([(n, restrict(graph, v, axis, start, length)) for n, v in value.fields])
    return Record(fields, value.top)

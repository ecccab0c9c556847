"""Calls of graphs: the model's meaning with its inputs replaced by arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ....ir import dims as sizes
from ....theories.terms import build as b
from ....theories.terms.binders import substitute
from ....theories.terms.sorts import INT, AxisSort
from ....theories.terms.term import Term
from ..ast import Expr, Name, Span
from ..diagnostics import CannotInfer, DuplicateName, ShapeMismatch, TooLarge, WrongArity, WrongGroup, WrongType
from .core import Elab, Session
from .models import Input, Model
from .modules import Entry
from .operators import coerce
from .sizes import equal_sizes, show_dims
from .values import Val, map_fields, merge_valid, require_all

_CALLS = 2_000
"""Calls of graphs and definitions in one declaration."""


def as_graph(entry: object) -> tuple[Entry, Model] | None:
    """``entry`` with its model, if it is a graph."""
    return (entry, entry.model) if isinstance(entry, Entry) and entry.model is not None else None


def call_graph(elab: Elab, found: tuple[Entry, Model], args: tuple[Expr, ...], span: Span) -> Val:
    """The outputs of a graph at ``args``, valid where sizes agree, symbols are at least 1 and no size is negative."""
    entry, model = found
    if len(args) != len(model.inputs):
        names = ", ".join(i.name for i in model.inputs)
        raise WrongArity(f"the graph {entry.decl.name} has {len(model.inputs)} inputs ({names}), not {len(args)}", span)
    session = elab.session
    session.unfolded += 1
    if session.unfolded > _CALLS:
        raise TooLarge("the declaration calls too many graphs", span)
    matched = _Matched({s.name: s for s in model.symbols})
    for i, e in zip(model.inputs, args, strict=True):
        matched.argument(i, _argument(elab, i, e), e.span)
    conditions = [*matched.conditions(span), *[b.le(b.ZERO, substitute(d, matched.sizes)) for d in model.sizes]]
    for name, weight in model.weights.items():
        use_weight(elab, entry, name, weight, span)
    _note(elab, entry, model)
    given = {**matched.values, **matched.sizes}

    def instance(v: Val) -> Val:
        dims = tuple((dom, tuple(substitute(a, given) for a in about)) for dom, about in v.dims)
        return Val(substitute(v.term, given), dims)

    guarded = require_all(conditions, map_fields(model.outputs, instance))
    return map_fields(guarded, lambda v: replace(v, valid=merge_valid(matched.valid, v.valid)))


def weight_named(elab: Elab, e: Name) -> Val | None:
    """The value of ``graph.constant``; None if ``e`` names no large constant of a graph."""
    head, _, name = e.name.rpartition(".")
    found = as_graph(elab.view.find(head, e.span)) if head else None
    if found is None:
        return None
    entry, model = found
    for full, weight in model.weights.items():
        if full.rpartition(".")[2] == name:
            use_weight(elab, entry, full, weight, e.span)
            _note(elab, entry, model)
            return weight
    return None


def use_weight(elab: Elab, entry: Entry, name: str, weight: Val, span: Span) -> None:
    """Note that the declaration speaks of a weight, which thereby becomes one of its parameters."""
    owner = entry.view.module.name
    known = elab.session.weights.setdefault(name, (owner, weight))
    if known != (owner, weight):
        raise DuplicateName(f"two graphs of different files have the weight {name}", span, hint="rename one of them")


def _note(elab: Elab, entry: Entry, model: Model) -> None:
    elab.session.used[entry.name] = None
    elab.session.graphs[entry.name] = model.digest


def subject(session: Session) -> tuple[str, ...]:
    """The graphs that a statement speaks of, with the digests of their models, and the weights that it quantifies."""
    graphs = [f"graph {n} sha256:{digest}" for n, digest in session.graphs.items()]
    weights = [
        f"for all {n} : {v.elem.text}{show_dims(v.dims)}" for n, (_, v) in session.weights.items()
    ]  # fmt: skip
    return (*graphs, *weights)


def _argument(elab: Elab, i: Input, e: Expr) -> Val:
    v = coerce(elab.value(e, i.elem), i.elem, e.span)
    for dom, _ in v.dims:
        if dom.kind == "box" or isinstance(dom.sort, AxisSort):
            raise WrongGroup(
                f"input {i.name} of a graph has the shape {sizes.show(i.type.shape)}; a group of axes has no place in it",
                e.span,
                hint="give an index of the group: x[.., _, _]",
            )
        if dom.kind != "range" or dom.sort is not INT:
            raise WrongType(f"input {i.name} of a graph is a tensor, not a function", e.span)
    if len(v.dims) != i.type.rank:
        raise ShapeMismatch(
            f"input {i.name} of the graph is {i.type!r}, the argument has dimensions {show_dims(v.dims)}", e.span
        )
    return v


class _Matched:
    """What the arguments say: the values of inputs and symbols, and what must hold for them."""

    def __init__(self, symbols: Mapping[str, Term]) -> None:
        self.symbols = symbols
        self.values: dict[Term, Term] = {}
        self.sizes: dict[Term, Term] = {}
        self.valid: tuple[Term, ...] = ()
        self._agree: list[tuple[Term, Term, str, Span]] = []

    def argument(self, i: Input, v: Val, span: Span) -> None:
        """Bind an input, and each symbol that is one of its sizes."""
        self.values[i.var] = v.term
        self.valid = merge_valid(self.valid, v.valid)
        for wanted, (_, about) in zip(i.type.shape, v.dims, strict=True):
            low, high = about
            if low is not b.ZERO:
                raise WrongType(f"input {i.name} of a graph is a tensor whose indices begin at 0", span)
            if wanted.op == "var" and wanted not in self.sizes:
                self.sizes[wanted] = high
            else:
                self._agree.append((wanted, high, i.name, span))

    def conditions(self, span: Span) -> list[Term]:
        """Sizes that must agree do, and every symbol is at least 1."""
        out: list[Term] = []
        for s in self.symbols.values():
            if s not in self.sizes:
                raise CannotInfer(f"the size {s.name} of the graph does not follow from the arguments", span)
            value = sizes.literal(self.sizes[s])
            if value is not None and value < 1:
                raise ShapeMismatch(f"the size {s.name} of a graph is at least 1, not {value}", span)
            if value is None:
                out.append(b.le(b.ONE, self.sizes[s]))
        for wanted, got, name, where in self._agree:
            condition = equal_sizes(substitute(wanted, self.sizes), got)
            if condition is None:
                what = f"a size of input {name} is {show_dims([b.below(got)])[1:-1]}, not {wanted!r}"
                raise ShapeMismatch(what, where)
            if condition is not b.TRUE:
                out.append(condition)
        return out

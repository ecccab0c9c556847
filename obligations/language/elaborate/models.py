"""What the model of a ``graph`` declaration means: terms over its inputs, its symbolic sizes and its large constants.

A constant of at most :data:`SMALL` elements is its values.  A larger one is a variable, which every claim that uses the graph
quantifies: what is proved holds for all weights, those of the file among them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from ....ir import dims
from ....ir.denote import denote_graph
from ....ir.dtypes import DType, Reading, sort_of
from ....ir.elements import Elem, literal, where
from ....ir.errors import GraphError
from ....ir.exec_denote import denote_compiled
from ....ir.graph import CONST, INPUT, Graph, Node, Ref
from ....ir.params import ParamStore, Payload
from ....ir.passes.compile import compile_graph
from ....ir.tensors import Index, Tensor, of_term, tensor
from ....ir.text import graph_digest
from ....ir.types import TensorType
from ....theories.errors import Unsupported
from ....theories.terms import build as b
from ....theories.terms.binders import substitute, var
from ....theories.terms.sorts import INT, FloatSort, Sort, fn_sort
from ....theories.terms.term import Term, free_vars, size
from ..ast import GraphDecl
from ..diagnostics import GraphRefused, TooLarge
from .model_files import place_of, read_model
from .values import Val, tuple_of

SMALL: Final = 64
LARGEST_TERM: Final = 200_000
_NAME: Final = re.compile(r"_*[^\W\d_]\w*")


@dataclass(frozen=True, slots=True)
class Input:
    """An input: its name, its variable in the outputs, the sort of its elements, and its type in the model."""

    name: str
    var: Term
    elem: Sort
    type: TensorType


@dataclass(frozen=True, slots=True)
class Model:
    """A graph as a function: ``outputs`` (a tuple if there are several) over the variables of all the rest.

    ``sizes`` are those of values that must be shown not to be negative.  ``weights`` are the constants that stand for any
    values, by the names that contract files give them; ``digest`` is that of the graph with its payloads.
    """

    inputs: tuple[Input, ...]
    symbols: tuple[Term, ...]
    sizes: tuple[Term, ...]
    weights: Mapping[str, Val]
    outputs: Val
    digest: str


def model_of(decl: GraphDecl, folder: Path, owner: str) -> Model:
    """The model that ``decl`` names by a path in ``folder``; its weights are called after the graph ``owner``.

    Raises NoGraphFile, TooLarge, and GraphRefused with the error about the model.
    """
    path = place_of(decl, folder)
    try:
        return _Reader(decl, *read_model(path, decl), owner).model()
    except GraphError as error:
        where_ = f"{error.where}: ".replace(str(path), decl.path) if error.where else ""
        message = f"the model is refused: {where_}error[{error.code}]: {error.message}"
    except (Unsupported, b.SortError) as error:
        message = f"the model has no meaning as {decl.reading}: {error}"
    raise GraphRefused(message, decl.path_span)


class _Reader:
    def __init__(self, decl: GraphDecl, graph: Graph, params: ParamStore, owner: str) -> None:
        self.decl = decl
        self.reading = Reading(decl.reading)
        self.original = graph
        self.symbols = tuple(free_vars(*[d for n in graph.inputs for d in n.types[0].shape]).values())
        self.digest = graph_digest(graph, params)
        names = _renamed(graph, owner)
        self.graph = replace(
            graph, nodes=tuple(replace(n, names=(names[n.id],)) if n.id in names else n for n in graph.nodes)
        )
        self.params = ParamStore()
        for n in graph.constants:
            payload = params[n.names[0]]
            self.params.add(names[n.id], payload.array, payload.dtype)

    def model(self) -> Model:
        """The meaning, over nothing but inputs, symbols and weights."""
        constants = [(n, self.params[n.names[0]]) for n in self.graph.constants]
        small = {n.id: literal_tensor(p, self.reading) for n, p in constants if p.array.size <= SMALL}
        weights = {n.names[0]: self._weight(n) for n, _ in constants if n.id not in small}
        found = self._compiled(small) if self.decl.compiled else self._direct(small)
        clean = distinct_names(list(found))
        outputs = [(clean[name], Val(t.lam(), _dims(t.type))) for name, t in found.items()]
        inputs = tuple(
            Input(old.names[0], self._variable(n), sort_of(n.types[0].dtype, self.reading), n.types[0])
            for n, old in zip(self.graph.inputs, self.original.inputs, strict=True)
        )
        used = free_vars(*[v.term for _, v in outputs], *self._sizes())
        self._check([v.term for _, v in outputs])
        known = {i.var for i in inputs} | {w.term for w in weights.values()} | set(self.symbols)
        for name, x in used.items():
            if x not in known:
                raise Unsupported(f"a value that no input decides: {name}")
        weights = {name: w for name, w in weights.items() if name in used}
        value = outputs[0][1] if len(outputs) == 1 else tuple_of(outputs)
        return Model(inputs, self.symbols, self._sizes(), weights, value, self.digest)

    def _sizes(self) -> tuple[Term, ...]:
        """The sizes of values that may be negative for some sizes of the inputs."""
        found = dict.fromkeys(d for n in self.graph.nodes for t in n.types for d in t.shape)
        return tuple(d for d in found if not dims.at_least(d, 0))

    def _direct(self, small: Mapping[int, Tensor]) -> dict[str, Tensor]:
        values = denote_graph(self.graph, self.reading, {Ref(k): t for k, t in small.items()})
        return {name: values[ref] for name, ref in self.graph.outputs}

    def _compiled(self, small: Mapping[int, Tensor]) -> dict[str, Tensor]:
        found = denote_compiled(compile_graph(self.graph, self.params, self.reading), self.reading)
        given = {self._variable(self.graph.nodes[k]): t.lam() for k, t in small.items()}
        out: dict[str, Tensor] = {}
        for name, _ in self.graph.outputs:
            t = found[name]
            out[name] = of_term(substitute(t.lam(), given), t.type, self.reading)
        return out

    def _variable(self, node: Node) -> Term:
        """The variable of an input or constant."""
        type_ = node.types[0]
        return var(node.names[0], fn_sort([INT] * type_.rank, sort_of(type_.dtype, self.reading)))

    def _weight(self, node: Node) -> Val:
        return Val(self._variable(node), _dims(node.types[0]))

    def _check(self, terms: Sequence[Term]) -> None:
        total = sum(size(t) for t in terms)
        if total > LARGEST_TERM:
            what = f"the graph {self.decl.name} has a meaning of {total} terms; the limit is {LARGEST_TERM}"
            raise TooLarge(what, self.decl.path_span)


def _dims(type_: TensorType) -> tuple[b.Domain, ...]:
    return tuple(b.below(d) for d in type_.shape)


def _renamed(graph: Graph, owner: str) -> dict[int, str]:
    """New names of inputs and constants by node, none of them a symbol's; large constants are called after ``owner``."""
    symbols = free_vars(*[d for n in graph.nodes for t in n.types for d in t.shape])
    mark = "!"
    while any(s.startswith(mark) for s in symbols):
        mark += "!"
    clean = distinct_names([n.names[0] for n in graph.constants])
    out = {n.id: f"{mark}{n.id}" for n in graph.nodes if n.op in (INPUT, CONST)}
    for n in graph.constants:
        if math.prod(n.types[0].static or ()) > SMALL:
            out[n.id] = f"{owner}.{clean[n.names[0]]}"
    return out


def distinct_names(names: Iterable[str]) -> dict[str, str]:
    """A name of the contract language for each of ``names``, no two the same.

    >>> distinct_names(["w", "layers.0/w", "layers_0_w", "0"])
    {'w': 'w', 'layers.0/w': 'layers_0_w', 'layers_0_w': 'layers_0_w_2', '0': 'v0'}
    """
    out: dict[str, str] = {}
    for name in names:
        word = re.sub(r"\W", "_", name)
        word = base = word if _NAME.fullmatch(word) else f"v{word}"
        k = 2
        while word in out.values():
            word, k = f"{base}_{k}", k + 1
        out[name] = word
    return out


def literal_tensor(payload: Payload, reading: Reading) -> Tensor:
    """A constant as its values; Unsupported for a value that the reading does not have."""
    array, dtype = payload.array, payload.dtype

    def part(at: tuple[int, ...], rest: Index) -> Elem:
        if not rest:
            return _element(array[at].item(), dtype, reading)
        n = array.shape[len(at)]
        out = part((*at, n - 1), rest[1:])
        for k in reversed(range(n - 1)):
            out = where(rest[0].equals(k), part((*at, k), rest[1:]), out)
        return out

    if not array.size:
        return tensor(dtype, payload.type.shape, lambda _: literal(0, dtype, reading), reading)
    return tensor(dtype, payload.type.shape, lambda i: part((), i), reading)


def _element(value: Any, dtype: DType, reading: Reading) -> Elem:
    if dtype.is_float:
        value = float(value)
        if math.isnan(value) and not isinstance(sort_of(dtype, reading), FloatSort):
            raise Unsupported(f"a constant that is not a number, as {reading.value}")
    return literal(value, dtype, reading)

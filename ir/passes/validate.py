"""Alignment of a compiled graph with its graph, for every input: what has to be shown.

The instructions are walked in order.  What each buffer holds is followed as it happens, whatever the instruction claims to
compute, so a buffer that is overwritten too early, a swapped operand or a wrong payload shows where it is read.  Each
instruction gives a *pair*: its term, and what the graph says about the value that it claims to compute, both over the
values that its buffers hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...theories.normal.beta import beta
from ...theories.terms.binders import substitute
from ...theories.terms.term import Term, free_vars
from ..denote import denote_node
from ..dtypes import Reading
from ..exec_graph import ExecGraph, Instruction, Load
from ..graph import CONST, INPUT, Graph, Ref
from ..params import ParamStore
from ..tensors import Tensor, of_term, variable
from ..types import TensorType
from .numbering import Numbering


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Something that no proof can mend: a missing output, the payload of another constant, a buffer never written."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two terms over ``leaves`` (variables with their types) that must be equal at every index of ``type``."""

    label: str
    compiled: Term
    graph: Term
    type: TensorType
    leaves: Mapping[str, TensorType]

    @property
    def identical(self) -> bool:
        """Whether both are one term once reads of comprehensions are carried out."""
        return self.compiled is self.graph or beta(self.compiled, ranges=False) is beta(self.graph, ranges=False)


def validate(
    compiled: ExecGraph, graph: Graph, params: ParamStore, reading: Reading = Reading.IEEE
) -> Iterator[Pair | Mismatch]:
    """What has to hold for ``compiled`` to compute the outputs of ``graph``."""
    yield from _Validator(graph, params, reading).run(compiled)


class _Validator:
    def __init__(self, graph: Graph, params: ParamStore, reading: Reading) -> None:
        self.graph = graph
        self.params = params
        self.reading = reading
        self.numbers = Numbering().graph(graph, params)
        self.held: dict[int, tuple[int, TensorType]] = {}  # buffer -> number of the value in it, and its type
        self.unknown = -2  # numbers of values that are not the graph's: -2, -3, ...

    def run(self, compiled: ExecGraph) -> Iterator[Pair | Mismatch]:
        yield from self._interface(compiled)
        for step in compiled.steps:
            if isinstance(step, Load):
                yield from self._load(step)
            else:
                yield from self._instruction(step)
        outputs = {name: (buffer, type_) for name, buffer, type_ in compiled.outputs}
        for name, ref in self.graph.outputs:
            if name not in outputs:
                yield Mismatch(f"output {name}", "the compiled graph has no such output")
                continue
            buffer, type_ = outputs[name]
            held = self.held.get(buffer)
            if held is None:
                yield Mismatch(f"output {name}", f"buffer {buffer} is never written")
            elif held[0] != self.numbers[ref] or not type_.agrees(self.graph.type(ref)):
                yield from self._output(name, ref, held)

    def _interface(self, compiled: ExecGraph) -> Iterator[Mismatch]:
        wanted = {n.names[0]: n.types[0] for n in self.graph.inputs}
        for name, type_ in compiled.inputs:
            if name not in wanted or not wanted[name].agrees(type_):
                yield Mismatch(f"input {name}", "the graph has no such input")
        for name in wanted.keys() - {n for n, _ in compiled.inputs}:
            yield Mismatch(f"input {name}", "the compiled graph does not take it")
        names = {name for name, _ in self.graph.outputs}
        for name, _, _ in compiled.outputs:
            if name not in names:
                yield Mismatch(f"output {name}", "the graph has no such output")

    def _load(self, step: Load) -> Iterator[Mismatch]:
        ref = self.graph.by_name.get(step.name)
        node = None if ref is None else self.graph.nodes[ref.node]
        if ref is None or node is None or node.op != (CONST if step.payload else INPUT):
            yield Mismatch(f"load of {step.name}", "the graph has no such value")
            self._hold(step.result, self._fresh(), step.type)
            return
        if step.payload and self.params[step.name].sha256 != step.sha256:
            yield Mismatch(f"load of {step.name}", "the payload is not the one that was compiled")
        self._hold(step.result, self.numbers[ref], node.types[0])

    def _instruction(self, step: Instruction) -> Iterator[Pair | Mismatch]:
        leaves: dict[str, TensorType] = {}
        have: dict[int, Tensor] = {}
        replace: dict[Term, Term] = {}
        operands = {a.name: a.buffer for a in step.arguments}
        for term in step.terms:
            for name, v in free_vars(term).items():
                if name not in operands:
                    continue
                if operands[name] not in self.held:
                    yield Mismatch(step.label, f"buffer {operands[name]} is read before it is written")
                    return
                number, type_ = self.held[operands[name]]
                leaf = variable(_leaf(number), type_, self.reading)
                leaves[_leaf(number)] = type_
                have[number] = leaf
                replace[v] = free_vars(leaf.lam()).get(_leaf(number), v)
                if replace[v].sort is not v.sort:
                    yield Mismatch(step.label, f"{name} is read as {v.sort.text}, but is {type_!r}")
                    return
        for term, ref, result, type_ in zip(step.terms, step.values, step.results, step.types, strict=True):
            meaning = self._expand(ref, have, leaves)
            if not meaning.type.agrees(type_):
                yield Mismatch(step.label, f"declared {type_!r}, but {self.graph.name_of(ref)} is {meaning.type!r}")
            yield Pair(step.label, substitute(term, replace), meaning.lam(), meaning.type, dict(leaves))
            self._hold(result, self.numbers[ref], type_)

    def _output(self, name: str, ref: Ref, held: tuple[int, TensorType]) -> Iterator[Pair | Mismatch]:
        """An output in the buffer of another value: equal all the same if the graph only copies it."""
        number, type_ = held
        leaf = variable(_leaf(number), type_, self.reading)
        leaves = {_leaf(number): type_}
        meaning = self._expand(ref, {number: leaf}, leaves)
        if not meaning.type.agrees(type_):
            yield Mismatch(f"output {name}", f"{type_!r}, but the graph's is {meaning.type!r}")
            return
        yield Pair(f"output {name}", leaf.lam(), meaning.lam(), type_, leaves)

    def _expand(self, ref: Ref, have: Mapping[int, Tensor], leaves: dict[str, TensorType]) -> Tensor:
        """The value of ``ref`` over values that are at hand; what is not at hand becomes a leaf of its own."""
        memo: dict[Ref, Tensor] = {}
        stack = [ref]
        while stack:
            r = stack[-1]
            node = self.graph.nodes[r.node]
            number = self.numbers[r]
            if r in memo:
                stack.pop()
            elif number in have and r != ref:
                memo[r] = have[number]
            elif node.op in (INPUT, CONST):
                memo[r] = have.get(number) or variable(_leaf(number), node.types[0], self.reading)
                leaves[_leaf(number)] = node.types[0]
            else:
                missing = [p for p in node.parents if p is not None and p not in memo]
                if missing:
                    stack.extend(missing)
                    continue
                operands = tuple(None if p is None else memo[p] for p in node.parents)
                for k, t in enumerate(denote_node(self.graph, node, operands, self.reading)):
                    memo[Ref(node.id, k)] = of_term(t.lam(), t.type, self.reading)
        return memo[ref]

    def _hold(self, buffer: int, number: int, type_: TensorType) -> None:
        self.held[buffer] = number, type_

    def _fresh(self) -> int:
        self.unknown -= 1
        return self.unknown


def _leaf(number: int) -> str:
    return f"v{number}" if number >= 0 else f"u{-number}"

"""Compilation: from a graph to a flat list of instructions over buffers.

Dead nodes go, equal nodes are computed once, copies are no nodes of their own, an element-by-element producer with one reader is
computed where it is read, and buffers are used again when nothing reads them any more.  What comes out is validated
against the graph (:mod:`probanda.ir.passes.validate`), not trusted.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from ...theories.terms import build as b
from ...theories.terms.binders import fresh, open_with, substitute, var
from ...theories.terms.sorts import INT, FnSort
from ...theories.terms.term import BIG, Term, free_vars, postorder
from ..checks import check
from ..denote import denote_node
from ..dtypes import Reading
from ..errors import DuplicateName
from ..exec_graph import Argument, ExecGraph, Instruction, Load
from ..graph import CONST, INPUT, Graph, Node, Ref
from ..params import ParamStore
from ..tensors import variable
from ..types import TensorType
from .guards import simplify
from .hashing import hashable
from .numbering import Numbering


@dataclass
class Draft:
    """An instruction before buffers: terms over variables, and the number of the value that each variable stands for."""

    node: Node
    terms: tuple[Term, ...]
    reads: dict[str, int]  # variable -> number of a value
    numbers: tuple[int, ...]
    types: tuple[TensorType, ...]
    values: tuple[Ref, ...]
    fused: list[str] = field(default_factory=list[str])


def compile_graph(graph: Graph, params: ParamStore, reading: Reading = Reading.IEEE) -> ExecGraph:
    """``graph`` as instructions; raises what :func:`probanda.ir.checks.check` raises.

    Operands are called ``%0``, ``%1`` …; DuplicateName where a symbol begins like that.
    """
    check(graph, params)
    if any(s.startswith("%") for s in graph.symbols):
        raise DuplicateName("a symbol that begins with %, as operands do", graph.name)
    return _Compiler(graph, params, reading).run()


class _Compiler:
    def __init__(self, graph: Graph, params: ParamStore, reading: Reading) -> None:
        self.graph = graph
        self.params = params
        self.reading = reading
        self.numbers = Numbering().graph(graph, params)
        self._terms: dict[Hashable, tuple[Term, ...]] = {}

    def run(self) -> ExecGraph:
        used = self.graph.needed(ref for _, ref in self.graph.outputs)
        drafts: list[Draft] = []
        loads: list[tuple[Node, int]] = []
        done: set[int] = set()
        for node in self.graph.nodes:
            refs = [Ref(node.id, k) for k in range(len(node.types))]
            if {self.numbers[r] for r in refs if r in used} <= done:
                continue
            done.update(self.numbers[r] for r in refs)
            if node.op in (INPUT, CONST):
                loads.append((node, self.numbers[refs[0]]))
            else:
                drafts.append(self._draft(node))
        drafts = self._fuse(drafts)
        return self._schedule(loads, drafts)

    # -- what is computed --

    def _draft(self, node: Node) -> Draft:
        types = tuple(None if p is None else self.graph.type(p) for p in node.parents)
        key = (node.op, types, hashable(dict(node.attrs)), len(node.types), node.names if "key" in node.attrs else ())
        if key not in self._terms:
            operands = tuple(None if t is None else variable(f"%{k}", t, self.reading) for k, t in enumerate(types))
            tensors = denote_node(self.graph, node, operands, self.reading)
            self._terms[key] = tuple(simplify(t.lam(), self.graph.symbols) for t in tensors)
        reads = {f"%{k}": self.numbers[p] for k, p in enumerate(node.parents) if p is not None}
        refs = tuple(Ref(node.id, k) for k in range(len(node.types)))
        return Draft(node, self._terms[key], reads, tuple(self.numbers[r] for r in refs), node.types, refs)

    # -- fusion --

    def _fuse(self, drafts: Sequence[Draft]) -> list[Draft]:
        """Compute a value where it is read, if one instruction reads it, at one index, and it costs no loop."""
        users: dict[int, set[int]] = {}
        for k, d in enumerate(drafts):
            for number in d.reads.values():
                users.setdefault(number, set()).add(k)
        kept = {self.numbers[ref] for _, ref in self.graph.outputs}
        producers = {d.numbers[0]: d for d in drafts if len(d.numbers) == 1}
        gone: set[int] = set()
        for d in drafts:
            for name, number in list(d.reads.items()):
                producer = producers.get(number)
                if producer is None or number in kept or len(users[number]) != 1 or not _plain(producer.terms[0]):
                    continue
                if list(d.reads.values()).count(number) == 1 and _inline(d, name, producer):
                    gone.add(id(producer))
        return [d for d in drafts if id(d) not in gone]

    # -- buffers --

    def _schedule(self, loads: Sequence[tuple[Node, int]], drafts: Sequence[Draft]) -> ExecGraph:
        kept = {self.numbers[ref] for _, ref in self.graph.outputs}
        last = {number: k for k, d in enumerate(drafts) for number in d.reads.values()}
        pool = _Pool()
        steps: list[Load | Instruction] = []
        for node, number in loads:
            payload = node.op == CONST
            digest = self.params[node.names[0]].sha256 if payload else ""
            if payload and number not in last and number not in kept:
                continue
            steps.append(Load(node.names[0], payload, pool.take(number), node.types[0], Ref(node.id), digest))
        for k, d in enumerate(drafts):
            arguments = tuple(Argument(name, pool.place[number]) for name, number in d.reads.items())
            for number in {n for n in d.reads.values() if last[n] == k} - kept:
                pool.give(number)
            results = tuple(pool.take(number) for number in d.numbers)
            label = " + ".join([*d.fused, f"{d.node.op} {d.node.name}"])
            steps.append(Instruction(d.terms, arguments, results, d.types, d.values, label))
            for number in d.numbers:
                if number not in last and number not in kept:
                    pool.give(number)
        outputs = tuple((name, pool.place[self.numbers[ref]], self.graph.type(ref)) for name, ref in self.graph.outputs)
        inputs = tuple((n.names[0], n.types[0]) for n in self.graph.inputs)
        return ExecGraph(self.graph.name, tuple(steps), pool.size, outputs, self.graph.symbols, inputs)


class _Pool:
    """Buffers: which are free, and where each value lies."""

    def __init__(self) -> None:
        self.size = 0
        self.free: list[int] = []
        self.place: dict[int, int] = {}

    def take(self, number: int) -> int:
        """A buffer for a value."""
        if self.free:
            buffer = self.free.pop()
        else:
            buffer, self.size = self.size, self.size + 1
        self.place[number] = buffer
        return buffer

    def give(self, number: int) -> None:
        """Nothing reads the value any more."""
        self.free.append(self.place[number])


def _opened(term: Term) -> tuple[list[Term], list[tuple[Term, ...]], Term]:
    """The variables of a comprehension, the bounds of each, and its body over them."""
    variables: list[Term] = []
    bounds: list[tuple[Term, ...]] = []
    while term.op == "lam":
        x = fresh("i", INT)
        variables.append(x)
        bounds.append(term.dom_args)
        term = open_with(term.body, x)
    return variables, bounds, term


def _plain(term: Term) -> bool:
    """Whether an element costs a fixed number of operations: no big operator, no intermediate tensor."""
    while term.op == "lam":
        term = term.body
    return not any(t.op in BIG or t.op in ("lam", "let") for t in postorder([term]))


def _inline(consumer: Draft, name: str, producer: Draft) -> bool:
    """Replace the one read of ``name`` by the producer's element; False, and nothing done, where there are several."""
    body_of_producer, reads = _apart(consumer, producer, name)
    replaced: list[Term] = []
    for term in consumer.terms:
        variables, bounds, body = _opened(term)
        spines = _spines(body, name)
        if spines is None or len(spines) > 1:
            return False
        body = substitute(body, {spine: _element(body_of_producer, spine) for spine in spines})
        for x, args in zip(reversed(variables), reversed(bounds), strict=True):
            body = b.lam_over(b.range_(*args), x, body)
        replaced.append(body)
    consumer.terms = tuple(replaced)
    del consumer.reads[name]
    consumer.reads.update(reads)
    consumer.fused += [*producer.fused, f"{producer.node.op} {producer.node.name}"]
    return True


def _apart(consumer: Draft, producer: Draft, name: str) -> tuple[Term, dict[str, int]]:
    """The producer's term with variables that the consumer does not use for anything else, and what they read."""
    term = producer.terms[0]
    have = {number: n for n, number in consumer.reads.items() if n != name}
    reads: dict[str, int] = {}
    renamed: dict[Term, Term] = {}
    for n, v in free_vars(term).items():
        if n in producer.reads:
            number = producer.reads[n]
            new = have.get(number) or f"{name}_{n}"
            reads[new] = number
            renamed[v] = var(new, v.sort)
    return substitute(term, renamed), reads


def _spines(body: Term, name: str) -> set[Term] | None:
    """The elements of the variable that are read; None where it is read as a whole or under a binder."""
    spines: set[Term] = set()
    inner: set[Term] = set()
    for t in postorder([body]):
        heads = [a for a in t.args if _head(a) == name and not isinstance(a.sort, FnSort)]
        spines.update(heads)
        inner.update(a for a in t.args if _head(a) == name and isinstance(a.sort, FnSort) and t.op != "at")
    if _head(body) == name:
        spines.add(body)
    return None if inner or any(s.loose for s in spines) else spines


def _head(t: Term) -> str | None:
    """The variable that a chain of reads starts at."""
    while t.op == "at":
        t = t.args[0]
    return t.name if t.op == "var" else None


def _element(term: Term, spine: Term) -> Term:
    """The element of a comprehension at the indices of a chain of reads."""
    at: list[Term] = []
    while spine.op == "at":
        at.append(spine.args[1])
        spine = spine.args[0]
    for i in reversed(at):
        term = open_with(term.body, i)
    return term

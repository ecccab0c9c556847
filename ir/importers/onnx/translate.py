"""The nodes of a model, one after another, into a graph.

Bodies inside bodies are tasks on a stack of their own, so nesting is bounded by a limit and not by Python's.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ....theories.errors import Unsupported
from ....theories.terms import build as b
from ...builder import Builder
from ...errors import (
    BadArity,
    BadAttribute,
    GraphError,
    MalformedModel,
    NotStatic,
    TooLarge,
    UnsupportedOperator,
    WrongDType,
)
from ...graph import Graph, Ref
from ...operators import Attr
from ...params import Array, ParamStore
from .files import OnnxModel, domain_of, opsets
from .names import Names, text
from .prune import prune, shortened
from .schemas import NEWEST, resolved
from .scope import Absent, Body, Entry, Items, Scope, Value, body_of_graph, missing
from .shapes import Declared, Symbols, compare, declared
from .tensors import array_of

NODES: Final = 1_000_000
"""Nodes at most, loops and functions written out."""
DEPTH: Final = 200
"""Bodies inside one another at most."""
OLDEST: Final = 7
"""The first version of the default operator set whose operators are read as they are."""
_BROKEN: Final = (
    ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError, b.SortError,
)  # fmt: skip


@dataclass(frozen=True)
class Imported:
    """A graph with its parameters, the model that it comes from, and notes on what was resolved."""

    graph: Graph
    params: ParamStore
    model: OnnxModel
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """A body in the making; it yields the tasks that it waits for.  Errors without a place are located at ``where``."""

    where: str
    steps: Generator[Task, None, None]


def import_graph(model: OnnxModel, *, sizes: Mapping[str, int] | None = None, name: str | None = None) -> Imported:
    """The graph of a model; ``sizes`` gives symbolic sizes a value.

    Raises GraphError: NotStatic where a shape or trip count depends on data, UnsupportedOperator where an operator has
    no denotation here, MalformedModel and others where the model is wrong.
    """
    from .old import upgraded

    try:
        model, notes = upgraded(model)
        return Translator(model, sizes or {}, name, notes).result()
    except GraphError as error:
        raise error.at(str(model.path)) from None


class Translator:
    """One import: the graph in the making and what is known about its values."""

    def __init__(self, model: OnnxModel, sizes: Mapping[str, int], name: str | None, notes: Sequence[str] = ()) -> None:
        self.model = model
        self.proto = model.proto
        graph = self.proto.graph
        self.builder = Builder(name or text(graph.name, "graph") or "graph")
        self.notes: list[str] = list(notes)
        self.body = body_of_graph(graph)
        self.names = Names([*self.body.inputs, *self.body.initializers, *self.body.producer])
        self.symbols = Symbols(sizes, [*self.body.inputs, *self.body.initializers, *self.body.producer])
        self.declared = self._declared()
        self.functions = {
            (domain_of(text(f.domain, "function")), text(f.name, "function"), text(f.overload, "function")): f
            for f in self.proto.functions
        }
        self.bodies: dict[object, Body] = {}
        self._visited = 0

    def result(self) -> Imported:
        """The graph of the model."""
        graph = self.proto.graph
        scope = Scope(self.body, None, opsets(self.proto.opset_import, "model"), {}, "")
        if graph.sparse_initializer:
            raise UnsupportedOperator("sparse initializers", "graph")
        kept = [name for name in self.body.inputs if name in self.body.initializers]
        if kept:
            self.note(f"{len(kept)} inputs have default values, which they keep: {shortened(kept)}")
        for info, name in zip(graph.input, self.body.inputs, strict=True):
            if name not in self.body.initializers:
                scope.values[name] = self.builder.input(name, self.symbols.type(name, info))
        self.symbols.unused()
        self.notes += self.symbols.notes
        self.run(Task("graph", self.steps(scope)))
        outputs: list[tuple[str, Ref]] = []
        for name in self.body.outputs:
            value = self.read(name, scope, f"output {name}")
            if isinstance(value, Items):
                raise UnsupportedOperator("an output that is a sequence", f"output {name}")
            ref = self.tensor(value, f"output {name}")
            self.compare(name, ref)
            outputs.append((name, ref))
        if not outputs:
            raise MalformedModel("the graph has no outputs", "graph")
        pruned, params, notes = prune(self.builder, outputs, set(self.body.initializers))
        return Imported(pruned, params, self.model, (*self.notes, *notes))

    def note(self, line: str) -> None:
        """Remember what was resolved."""
        if len(self.notes) < 1000:
            self.notes.append(line)

    # -- tasks --

    def run(self, task: Task) -> None:
        """Run a task and those that it waits for."""
        stack = [task]
        while stack:
            top = stack[-1]
            try:
                waits = next(top.steps, None)
            except GraphError as error:
                for outer in reversed(stack):
                    error.at(outer.where)
                raise error from None
            if waits is None:
                stack.pop()
            else:
                stack.append(waits)

    def steps(self, scope: Scope) -> Generator[Task, None, None]:
        """Translate the nodes of a body."""
        if scope.depth > DEPTH:
            raise TooLarge(f"more than {DEPTH} bodies inside one another")
        for k, e in enumerate(scope.body.entries):
            scope.at = k
            self.count()
            try:
                task = self.visit(e, scope)
            except GraphError as error:
                raise error.at(e.where) from None
            except _BROKEN as error:
                raise BadAttribute(f"{e.op}: its operands or attributes make no sense ({error})", e.where) from None
            if task is not None:
                yield task

    def count(self) -> None:
        """TooLarge when more is written out than anyone wants."""
        self._visited += 1
        if self._visited > NODES:
            raise TooLarge(f"more than {NODES} nodes when loops and functions are written out")

    def visit(self, e: Entry, scope: Scope) -> Task | None:
        """Translate a node, or say what must be done for it."""
        from . import nodes

        if any(a.ref_attr_name for a in e.attrs.values()):
            found = {k: resolved(a, scope.references) for k, a in e.attrs.items()}
            attrs = {k: a for k, a in found.items() if a is not None}
            e = Entry(e.op, e.domain, e.overload, e.inputs, e.outputs, attrs, e.where, e.proto)
        return nodes.visit(self, e, scope)

    # -- values --

    def read(self, name: str, scope: Scope, where: str) -> Value:
        """The value of a name; UnknownName, ForwardParent or Cycle."""
        found = scope.find(name)
        if found is None:
            raise missing(scope, name, where)
        if isinstance(found, Ref | Items | Absent):
            return found
        owner, tensor = found
        if name not in owner.body.cache:
            array = array_of(self.model, tensor, f"initializer {name}")
            owner.body.cache[name] = self.const(name, array, owner)
            self.compare(name, owner.body.cache[name], owner)
        return owner.body.cache[name]

    def operands(self, e: Entry, scope: Scope) -> list[Value | None]:
        """The operands of a node, None for one that is left out."""
        found = [self.read(n, scope, e.where) if n else None for n in e.inputs]
        return [None if isinstance(v, Absent) else v for v in found]

    def tensor(self, value: Value, where: str = "") -> Ref:
        """A value that must be a tensor; WrongDType."""
        if isinstance(value, Items):
            raise WrongDType("a sequence where a tensor is expected", where)
        if isinstance(value, Absent):
            raise BadArity("an operand is left out", where)
        return value

    def const(self, hint: str, array: Array, scope: Scope | None = None) -> Ref:
        """A constant, called as its name in a body or like ``hint``."""
        name = hint if scope is not None and scope.body is self.body else self.names.fresh(self.local(hint, scope))
        return self.builder.const(name, array)

    def local(self, name: str, scope: Scope | None) -> str:
        """A name inside a body."""
        return f"{scope.prefix}/{name}" if scope is not None and scope.prefix else name

    def value_names(self, e: Entry, scope: Scope) -> list[str]:
        """What the values of a node are called in the graph."""
        names = list(e.outputs)
        while names and not names[-1]:
            names.pop()
        if not names:
            raise MalformedModel("a node without a value")
        if scope.body is self.body:
            return names
        return [self.names.fresh(self.local(n, scope)) if n else "" for n in names]

    def emit(
        self, op: str, parents: Sequence[Ref | None], names: Sequence[str], attrs: dict[str, Attr]
    ) -> tuple[Ref, ...]:
        """A node of the graph."""
        try:
            return self.builder.node(op, parents, names, attrs)
        except Unsupported as error:
            raise UnsupportedOperator(f"{op}: {error}") from None
        except _BROKEN as error:
            raise BadAttribute(f"{op}: its operands or attributes make no sense ({error})") from None

    def fresh(self, op: str, *parents: Ref | None, hint: str, **attrs: Attr) -> Ref:
        """A node with one value, called like ``hint``."""
        return self.emit(op, parents, (self.names.fresh(hint),), attrs)[0]

    def bind(self, e: Entry, scope: Scope, values: Sequence[Value]) -> None:
        """Give the values of a node their names."""
        for name, value in zip(e.outputs, values, strict=False):
            if name:
                scope.values[name] = value
                if isinstance(value, Ref):
                    self.compare(name, value, scope)

    def compare(self, name: str, ref: Ref, scope: Scope | None = None) -> None:
        """The declared type of a value against the inferred one."""
        said = self.declared.get(name)
        if said is not None and (scope is None or scope.body is self.body):
            compare(name, self.builder.type(ref), said)

    def static(self, ref: Ref, what: str) -> Any:
        """A number or truth value that must be known; NotStatic."""
        known = self.builder.known.get(ref)
        term = known.item() if known is not None and known.size == 1 else None
        if term is None or term.op != "lit":
            raise NotStatic(f"{what} depends on data: {self.builder.nodes[ref.node].name}")
        return term.data

    def version(self, scope: Scope, domain: str = "") -> int:
        """The version of an operator set in a body."""
        version = scope.opsets.get(domain, 0)
        if not version:
            raise MalformedModel(f"the operator set {domain or 'ai.onnx'} is used but not imported (opset_import)")
        if not domain and not OLDEST <= version <= NEWEST:
            raise UnsupportedOperator(f"opset {version}; from {OLDEST} to {NEWEST} are read")
        return version

    def _declared(self) -> dict[str, Declared]:
        graph = self.proto.graph
        out: dict[str, Declared] = {}
        for info in [*graph.value_info, *graph.output, *graph.input]:
            name = text(info.name, "value_info")
            try:
                found = declared(info, name)
            except UnsupportedOperator:
                if name in self.body.inputs and name not in self.body.initializers:
                    raise
                continue  # a sequence or the like: refused where it reaches an output
            if found is not None:
                out[name] = found
        return out


Special = Callable[[Translator, Entry, Scope], Task | None]
"""What a node is when it is no node of the graph: None, or a task."""

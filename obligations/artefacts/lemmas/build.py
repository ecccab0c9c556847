"""The lemmas of an instance as claims: its declared shape, and that compilation preserves its meaning.

``shape``: the declared sizes are those of the denotation, and at every index within them every read of an operand is
in range.  ``preservation``: the instruction that compilation makes of the graph with this one node refines and equals
the denotation at every index.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ....ir.builder import Builder
from ....ir.denote import denote_graph
from ....ir.dtypes import Reading
from ....ir.errors import UnsupportedOperator
from ....ir.exec_graph import ExecGraph, Load
from ....ir.graph import Graph
from ....ir.operators import call, denote, find, infer
from ....ir.passes.compile import compile_graph
from ....ir.passes.validate import Mismatch, Pair, validate
from ....ir.tensors import Tensor, variable
from ....ir.types import TensorType
from ....theories.definedness import in_domain
from ....theories.terms import build as b
from ....theories.terms.binders import substitute, var
from ....theories.terms.build import Domain
from ....theories.terms.sorts import INT, FnSort
from ....theories.terms.term import Term, free_vars
from ...claims import NO_HINTS, Claim, Fact, Location, Parameter, Proposition, Rewrite, Value, Verdict
from .catalogue import FAMILY
from .conditions import float_reductions, reads_in_range
from .notation import Instance
from .texts import location, preservation_text, shape_text, subject


class Misaligned(ValueError):
    """Compilation of an instance gave something that no proof can mend."""


# -- shapes ----------------------------------------------------------------------------------------------------------


def declared(instance: Instance) -> tuple[TensorType, ...]:
    """The types of the results, as the shape rule has them."""
    op = find(instance.op)
    use = call(op, instance.operands, instance.attrs, Reading.IEEE, instance.outputs)
    return infer(op, use)[: instance.outputs]


def denotation(instance: Instance, reading: Reading) -> tuple[Tensor, ...]:
    """The results over variables ``x0``, ``x1`` … for the operands."""
    op = find(instance.op)
    use = call(op, instance.operands, instance.attrs, reading, instance.outputs)
    operands = [None if t is None else variable(f"x{k}", t, reading) for k, t in enumerate(instance.operands)]
    return denote(op, use, operands)[: instance.outputs]


def shape_claim(name: str, instance: Instance, output: int) -> Claim:
    """That the declared shape is the denotation's own, and that no read leaves an operand."""
    said = declared(instance)[output]
    for reading in (Reading.IEEE, Reading.REAL):
        claim = shape_statement(
            name, instance, said, denotation(instance, reading)[output], leaves_of(instance), output
        )
        if not float_reductions(formula_of(claim)):
            break
    return claim


def leaves_of(instance: Instance) -> dict[str, TensorType]:
    """The types of the variables that stand for the operands."""
    return {f"x{k}": t for k, t in enumerate(instance.operands) if t is not None}


def shape_statement(
    name: str, instance: Instance, said: TensorType, t: Tensor, leaves: Mapping[str, TensorType], output: int = 0
) -> Claim:
    """The claim that ``t`` over operands of the types ``leaves`` has the type ``said``."""
    if said.rank != t.rank or said.dtype is not t.dtype:
        raise Misaligned(f"{name}: declared {said!r}, but the denotation has type {t.type!r}")
    lam = t.lam()
    types = {**leaves, **_draws([lam], leaves, said)}
    sizes = _hypotheses([*types.values(), said])
    at = [var(f"i{k}", INT) for k in range(said.rank)]
    here = [Fact(f"{x.name}_in_range", in_domain(b.below(d), x)) for x, d in zip(at, said.shape, strict=True)]
    known = [f.formula for f in (*sizes, *here)]
    symbols = free_vars(*[f.formula for f in sizes]).values()
    parts = [b.eq(mine, own) for mine, own in zip(said.shape, t.shape, strict=True)]
    parts += reads_in_range(b.at(lam, *at), _shapes(types), known, symbols)
    formula = b.conj(*parts)
    used = free_vars(formula)
    inner = sorted(n for n in used if n.startswith("k") and n[1:].isdecimal())
    indices = [*at, *[used[n] for n in inner]]
    text = shape_text(name, instance, output, said, t.reading)
    about = subject(instance, [said], [lam], str(output), t.reading.value)
    claim = _claim(name, "theorem", types, sizes, Proposition(formula, b.TRUE), text, about, instance)
    more = tuple(Parameter(x.name, x, "index") for x in indices)
    return replace(claim, facts=tuple(here), parameters=(*claim.parameters, *more))


def formula_of(claim: Claim) -> Term:
    """The formula of a theorem."""
    assert isinstance(claim.statement, Proposition)
    return claim.statement.formula


def _shapes(types: Mapping[str, TensorType]) -> dict[str, tuple[Domain, ...]]:
    return {name: tuple(b.below(d) for d in t.shape) for name, t in types.items() if t.rank}


def _draws(terms: Iterable[Term], leaves: Mapping[str, TensorType], result: TensorType) -> dict[str, TensorType]:
    """The types of free tensors that are no operands: random draws, of the shape of the result."""
    found = {n for n, v in free_vars(*terms).items() if n not in leaves and isinstance(v.sort, FnSort)}
    return dict.fromkeys(sorted(found), result)


# -- preservation ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Compiled:
    """What an output is compiled to, and what it means, over the same variables."""

    compiled: Term
    meaning: Term
    type: TensorType
    leaves: Mapping[str, TensorType]


def reading_of(instance: Instance) -> Reading:
    """The reading in which compilation is compared: floats as they are, reals where a reduction has no fixed order."""
    lams = [t.lam() for t in denotation(instance, Reading.IEEE)]
    if not float_reductions(*lams):
        return Reading.IEEE
    try:
        denotation(instance, Reading.REAL)
    except UnsupportedOperator:
        return Reading.IEEE
    return Reading.REAL


def compiled(instance: Instance, reading: Reading) -> list[Compiled]:
    """For every output its instruction and its meaning."""
    builder = Builder(instance.op)
    refs = [None if t is None else builder.input(f"x{k}", t) for k, t in enumerate(instance.operands)]
    names = tuple(f"y{k}" for k in range(instance.outputs))
    graph = builder.graph(*builder.node(instance.op, refs, names, dict(instance.attrs)))
    program = compile_graph(graph, builder.params, reading)
    found = list(validate(program, graph, builder.params, reading))
    wrong = [p for p in found if isinstance(p, Mismatch)]
    if wrong:
        raise Misaligned(f"{instance.op}: {wrong[0].where}: {wrong[0].reason}")
    pairs = [_renamed(p, graph) for p in found if isinstance(p, Pair)]
    return pairs or [_copy(program, graph, reading)]


def _copy(program: ExecGraph, graph: Graph, reading: Reading) -> Compiled:
    """The one output of a node that copies: there is no instruction, the output lies where an input was loaded."""
    ((_, buffer, type_),) = program.outputs
    (source,) = [s for s in program.steps if isinstance(s, Load) and s.result == buffer]
    meaning = denote_graph(graph, reading)[graph.outputs[0][1]]
    leaves = {n.names[0]: n.types[0] for n in graph.inputs}
    return Compiled(variable(source.name, source.type, reading).lam(), unwrapped(meaning.lam()), type_, leaves)


def unwrapped(t: Term) -> Term:
    """``t`` for a tensor ``λ i j. t[i, j]`` over the domains of ``t``: the same tensor."""
    domains = list(_domains(t))
    inner = t
    for _ in domains:
        inner = inner.body
    for k in range(len(domains)):
        if inner.op != "at" or inner.args[1].op != "bound" or inner.args[1].data != k:
            return t
        inner = inner.args[0]
    return inner if inner.op == "lam" and not inner.loose and list(_domains(inner)) == domains else t


def _renamed(pair: Pair, graph: Graph) -> Compiled:
    """A pair over variables that are called as the inputs of the graph are."""
    names = {f"v{k}": n.names[0] for k, n in enumerate(graph.inputs)}
    values = {v: var(names[n], v.sort) for n, v in free_vars(pair.compiled, pair.graph).items() if n in names}
    leaves = {names[n]: t for n, t in pair.leaves.items()}
    return Compiled(substitute(pair.compiled, values), substitute(unwrapped(pair.graph), values), pair.type, leaves)


def preservation_claim(name: str, instance: Instance, output: int) -> Claim:
    """That the instruction for an output refines and equals what the output means."""
    reading = reading_of(instance)
    return preservation_statement(name, instance, output, reading, compiled(instance, reading)[output])


def preservation_statement(name: str, instance: Instance, output: int, reading: Reading, pair: Compiled) -> Claim:
    """The claim that ``pair.compiled`` may stand for ``pair.meaning``."""
    terms = (pair.meaning, pair.compiled)
    leaves = {n: t for n, t in pair.leaves.items() if n in free_vars(*terms)}
    types = {**leaves, **_draws(terms, leaves, pair.type)}
    left, right = (Value(t, tuple(_domains(t)), b.TRUE) for t in terms)
    used = [*leaves_of(instance).values(), *types.values(), pair.type]
    text = preservation_text(name, instance, output, pair.type, reading)
    about = subject(instance, [pair.type], terms, str(output), reading.value)
    return _claim(name, "rewrite", types, _hypotheses(used), Rewrite(left, right), text, about, instance)


def _domains(t: Term) -> Iterator[Domain]:
    while t.op == "lam":
        yield t.dom, t.dom_args
        t = t.body


# -- claims ----------------------------------------------------------------------------------------------------------


def _hypotheses(types: Iterable[TensorType]) -> tuple[Fact, ...]:
    symbols = free_vars(*[d for t in types for d in t.shape])
    return tuple(Fact(f"{name}_positive", b.le(b.ONE, v)) for name, v in symbols.items())


def _claim(
    name: str,
    kind: str,
    types: Mapping[str, TensorType],
    sizes: tuple[Fact, ...],
    statement: Proposition | Rewrite,
    source: str,
    about: tuple[str, ...],
    instance: Instance,
) -> Claim:
    terms = [statement.formula] if isinstance(statement, Proposition) else [statement.left.term, statement.right.term]
    found = free_vars(*terms)
    parameters = [Parameter(v.name, v, "size") for f in sizes for v in free_vars(f.formula).values()]
    for n, t in types.items():
        if n in found:
            parameters.append(Parameter(n, found[n], "value", tuple(b.below(d) for d in t.shape)))
    file, line = location(find(instance.op))
    return Claim(
        name=name,
        kind=kind,
        expected=Verdict.PROVED,
        parameters=tuple(parameters),
        groups=(),
        elems=(),
        facts=(),
        hypotheses=sizes,
        statement=statement,
        hints=NO_HINTS,
        auto=(),
        source=source,
        location=Location(file, line),
        family=FAMILY,
        doc=instance.note,
        subject=about,
    )

"""Whether a compiled graph computes what its graph means, for every input: the validator's pairs, discharged.

Compilation is not trusted.  Each instruction's term is compared with what the graph says about the value that it claims to compute
(:mod:`probanda.ir.passes.validate`): they are one term in normal form, or solvers show them equal.  Where they are not shown to be,
arrays are looked for on which the compiled graph gives something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np

from ...ir.dtypes import Reading
from ...ir.errors import GraphError
from ...ir.exec_graph import ExecGraph
from ...ir.graph import Graph
from ...ir.params import ParamStore
from ...ir.passes.guards import simplify
from ...ir.passes.validate import Mismatch, Pair, validate
from ...ir.tensors import of_term
from ...theories.errors import Unsupported
from ...theories.normal.beta import beta
from ...theories.normal.poly import normal_int
from ...theories.terms.binders import restart
from ...theories.terms.sorts import INT
from ...theories.terms.term import Term, rebuild
from ..claims import Verdict
from ..discharge.encode import Encoded
from ..discharge.obligation import Solve, discharge
from ..discharge.sanity import self_equalities
from ..discharge.solve import Answer, Portfolio
from ..results import ObligationResult, union
from ..settings import Settings
from .align.pairs import Step, goals
from .execute import Executor, tracing
from .inputs import Array, samples

TRIES: Final = 20
"""Sample inputs on which a compiled graph that is not aligned is run."""


@dataclass(frozen=True, slots=True)
class Unaligned:
    """A step that is not shown to compute what it claims, and why."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class Deviation:
    """Inputs on which a compiled graph does not give what its graph means: an output, and an element of it (None: all of it)."""

    inputs: dict[str, Array]
    output: str
    element: tuple[int, ...] | None
    reason: str


@dataclass(frozen=True, slots=True)
class CompiledAlignment:
    """The alignment of a compiled graph: how many of its ``steps`` (outputs count too) are shown, and how.

    ``identical`` pairs are one term; the others were put to the solvers, with ``obligations`` as the outcome.
    """

    steps: int
    identical: int
    unaligned: tuple[Unaligned, ...]
    obligations: tuple[ObligationResult, ...] = ()
    deviation: Deviation | None = None

    @property
    def aligned(self) -> bool:
        """Whether every step is shown."""
        return not self.unaligned

    @property
    def shown(self) -> int:
        """The number of steps that are shown."""
        return max(0, self.steps - len({u.where for u in self.unaligned}))

    @property
    def laws(self) -> tuple[str, ...]:
        """The laws that solvers used."""
        return union(o.laws for o in self.obligations)

    def __str__(self) -> str:
        return f"compiled graph {'aligned' if self.aligned else 'not aligned'}: {self.shown} of {self.steps} steps"


def align_compiled(
    compiled: ExecGraph,
    graph: Graph,
    params: ParamStore,
    reading: Reading = Reading.IEEE,
    settings: Settings | None = None,
) -> CompiledAlignment:
    """Whether ``compiled`` computes the outputs of ``graph``; with arrays that show it where they are found, if not."""
    with Portfolio(settings or Settings()) as portfolio:

        def solve(encoded: Encoded, text: str, share: float = 1.0) -> Answer:
            return portfolio.solve(text, encoded.script.logic, encoded.goal.name, share=share)

        identical, unaligned, obligations = _walk(
            validate(compiled, graph, params, reading), graph.symbols, reading, solve
        )
    steps = len(compiled.steps) + len(graph.outputs)
    found = deviation(compiled, graph, params) if unaligned and reading is Reading.IEEE else None
    return CompiledAlignment(steps, identical, tuple(unaligned), tuple(obligations), found)


def _walk(
    items: Iterator[Pair | Mismatch], symbols: tuple[str, ...], reading: Reading, solve: Solve
) -> tuple[int, list[Unaligned], list[ObligationResult]]:
    identical = 0
    unaligned: list[Unaligned] = []
    obligations: list[ObligationResult] = []
    for item in items:
        if isinstance(item, Mismatch):
            unaligned.append(Unaligned(item.where, item.reason))
        elif item.identical or _normal(item.compiled, symbols) is _normal(item.graph, symbols):
            identical += 1
        else:
            done, reason = _discharged(item, symbols, reading, solve)
            obligations += done
            if reason is not None:
                unaligned.append(Unaligned(item.label, reason))
    return identical, unaligned, obligations


def _normal(t: Term, symbols: tuple[str, ...]) -> Term:
    """Reads carried out, conditions that always hold left out, indices in normal form; what elements are is untouched."""
    flat = beta(simplify(t, symbols), ranges=False)
    return simplify(rebuild(flat, lambda u: normal_int(u) if u.sort is INT and not u.loose else u), symbols)


def _discharged(
    pair: Pair, symbols: tuple[str, ...], reading: Reading, solve: Solve
) -> tuple[list[ObligationResult], str | None]:
    """The obligations of a pair up to the first that is not proved, and the reason if one is not."""
    restart()
    left, right = (of_term(t, pair.type, reading) for t in (pair.graph, pair.compiled))
    done: list[ObligationResult] = []
    try:
        wanted = goals(Step(pair.label, left, right, pair.leaves, symbols))
        for goal in [*wanted, *self_equalities(wanted[-1])]:
            done.append(discharge(goal, solve).result)
            if done[-1].verdict is not Verdict.PROVED:
                return done, done[-1].reason or done[-1].verdict.value
    except Unsupported as error:
        return done, f"not put to the solvers: {error}"
    return done, None


def deviation(compiled: ExecGraph, graph: Graph, params: ParamStore) -> Deviation | None:
    """Inputs on which ``compiled``, of the IEEE reading, gives another result than ``graph`` run node by node; None if none is found.

    The reference is compiled with every value as an output, so nothing is fused and no buffer used again.
    """
    reference, names = tracing(graph, params)
    called = {ref: name for name, ref in names.items()}
    given = Executor(compiled, params)
    for inputs in islice(samples(graph, seed=3), TRIES):
        try:
            everything = reference.run(inputs)
        except GraphError:
            continue
        wanted = {name: everything[called[ref]] for name, ref in graph.outputs}
        found = _compared(given, inputs, wanted)
        if found is not None:
            return found
    return None


def _compared(given: Executor, inputs: dict[str, Array], wanted: Mapping[str, Array]) -> Deviation | None:
    first = next(iter(wanted), "")
    try:
        results = given.run(inputs)
    except GraphError as error:
        return Deviation(inputs, first, None, f"it does not run: {error}")
    except (KeyError, IndexError, ValueError, TypeError, AssertionError) as error:
        return Deviation(inputs, first, None, f"it does not run: {type(error).__name__}: {error}")
    for name, array in wanted.items():
        if name not in results:
            return Deviation(inputs, name, None, "the output is missing")
        result = results[name]
        if result.shape != array.shape or result.dtype != array.dtype:
            shapes = f"{result.dtype}{list(result.shape)}, not {array.dtype}{list(array.shape)}"
            return Deviation(inputs, name, None, shapes)
        differ = _differ(array, result)
        if differ.any():
            at = tuple(int(k) for k in np.unravel_index(int(np.argmax(differ)), differ.shape))
            return Deviation(inputs, name, at, f"{result[at].item()!r}, not {array[at].item()!r}")
    return None


def _differ(one: Array, two: Array) -> Array:
    """Where two arrays differ by more than rounding in another order may do, or are not both NaN."""
    if one.dtype.kind in "biu":
        return np.asarray(one != two)
    x, y = one.astype(np.float64), two.astype(np.float64)
    scale = float(np.max(np.abs(x), initial=0.0, where=np.isfinite(x)))
    return ~np.isclose(x, y, rtol=1e-5, atol=1e-5 * scale, equal_nan=True)

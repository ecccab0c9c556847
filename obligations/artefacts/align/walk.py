"""The walk over the second graph: each value gets the number of an equal value of the first, if that is shown.

Values that are made of the same things have the same number at once.  For any other, values of the first graph that agree
with it on sample inputs are candidates; a candidate counts when the step between them is proved.  What is proved is
used at once, so a difference is bridged where it is, and everything behind it is the same again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ....encoders.arrays.machine import Undefined
from ....ir.dtypes import Reading
from ....ir.graph import CONST, INPUT, Ref
from ....ir.params import ParamStore
from ....ir.passes.copies import Copies
from ....ir.passes.numbering import Numbering
from ....ir.types import TensorType
from ....theories.errors import Unsupported
from ....theories.terms.binders import restart
from ....theories.terms.dims import UnknownDims
from ...claims import Lemma, Verdict
from ...discharge.encode import Encoded
from ...discharge.obligation import Solve, discharge
from ...discharge.sanity import self_equalities
from ...discharge.solve import Answer
from ...goals.goal import Goal
from ...results import ALL, ObligationResult, Readings, common_readings
from .candidates import Samples
from .cones import TooDeep, cone, reached
from .constants import computed_constant, replaced_constants
from .interface import Interface
from .pairs import Step, bit_exact, goals, structural
from .records import FoldedConstant, Match

NOT_SHOWN: Final = (TooDeep, Unsupported, UnknownDims, Undefined)
"""What keeps a step from being shown; the last is a constant whose expression has no value."""
PATIENCE: Final = 2
"""Failed steps after which the others get less time."""
IMPATIENT: Final = 0.02


@dataclass
class Walk:
    """The state of the walk: numbers of the first graph's values, and of the second's as far as they are known."""

    interface: Interface
    before_params: ParamStore
    after_params: ParamStore
    solve: Solve
    reading: Reading
    lemmas: tuple[Lemma, ...] = ()
    numbering: Numbering = field(default_factory=Numbering)
    before: dict[Ref, int] = field(default_factory=dict[Ref, int])
    after: dict[Ref, int] = field(default_factory=dict[Ref, int])
    owners: dict[int, Ref] = field(
        default_factory=dict[int, Ref]
    )  # number -> the first value of the first graph with it
    readings: dict[Ref, Readings] = field(default_factory=dict[Ref, Readings])  # of values of the second graph
    matches: list[Match] = field(default_factory=list[Match])
    failures: list[ObligationResult] = field(default_factory=list[ObligationResult])
    reasons: dict[Ref, str] = field(default_factory=dict[Ref, str])

    def run(self, samples: Callable[[], Samples]) -> None:
        """Number both graphs; ``samples`` runs them, and is asked for only where something differs."""
        self.before = self.numbering.graph(self.interface.before, self.before_params)
        for ref, number in self.before.items():
            self.owners.setdefault(number, ref)
        copies = Copies(self.interface.after)
        live = {r.node for r in self.interface.after.needed(r for _, _, r in self.interface.outputs)}
        for node in self.interface.after.nodes:
            for k in range(len(node.types)):
                ref = Ref(node.id, k)
                source = copies.source(node) if k == 0 else None
                if source is not None:
                    number = self.after[source]
                else:
                    key = self.numbering.key(node, self.after_params, self.after)
                    number = self.numbering.number((*key, k))
                self.after[ref] = number
                self.readings[ref] = common_readings(self.readings[p] for p in node.parents if p is not None)
                if node.id not in live:
                    continue
                if number in self.owners:
                    self._matched(ref, number, "same", ALL)
                elif node.op != INPUT:
                    self._bridge(ref, samples())
        for _, before, after in self.interface.outputs:
            if self.after[after] != self.before[before] and self.after[after] in self.owners:
                self._output(before, after, samples())

    # -- one value --

    def _bridge(self, ref: Ref, samples: Samples) -> None:
        for candidate in samples.candidates(ref):
            try:
                if self._prove(ref, candidate, samples):
                    return
            except NOT_SHOWN as error:
                self.reasons[ref] = f"{type(error).__name__}: {error}"

    def _output(self, before: Ref, after: Ref, samples: Samples) -> None:
        """An output of the second graph that has the number of another value than the first graph's output: a step from that."""
        number = self.after[after]
        try:
            if before in samples.candidates(after) and self._prove(after, before, samples):
                self.before[before] = self.after[after] = number
        except NOT_SHOWN as error:
            self.reasons[after] = f"{type(error).__name__}: {error}"

    def _prove(self, ref: Ref, candidate: Ref, samples: Samples) -> bool:
        """Whether the step from ``candidate`` to ``ref`` is shown; then ``ref`` has its number from now on."""
        number = self.before[candidate]
        after, before = self.interface.after, self.interface.before
        if after.nodes[ref.node].op == CONST:
            return samples.constant(before, candidate) and self._computed(ref, candidate)
        exact, step = self._steps(ref, candidate, literals=True)
        if step is None:
            self._matched(ref, number, "bitwise", self._upstream(ref))
            return True
        foreign = self._foreign(step.leaves)
        if self._replaced(ref, number, step, foreign) if foreign else self._proved(ref, number, step, exact):
            return True
        _, loose = self._steps(ref, candidate, literals=False)
        others = {} if loose is None else self._foreign(loose.leaves)
        return loose is not None and len(others) > len(foreign) and self._replaced(ref, number, loose, others)

    def _proved(self, ref: Ref, number: int, step: Step, exact: Step) -> bool:
        """Whether solvers prove a step; one that is small and leaves nothing to a runtime is tried in floats, too."""
        done = self._discharged(step)
        if all(o.verdict is Verdict.PROVED for o in done):
            held = common_readings(o.readings for o in done)
            bits = self._discharged(exact) if bit_exact(exact) else ()
            if bits and all(o.verdict is Verdict.PROVED for o in bits):
                held, done = held | common_readings(o.readings for o in bits), (*done, *bits)
            self._matched(ref, number, "proved", self._upstream(ref) & held, obligations=done)
            return True
        self.failures += [o for o in done if o.verdict is not Verdict.PROVED]
        self.reasons[ref] = next(o.reason or o.verdict.value for o in done if o.verdict is not Verdict.PROVED)
        return False

    def _replaced(self, ref: Ref, number: int, step: Step, foreign: Mapping[str, Ref]) -> bool:
        """Whether a step holds but for constants of the second graph that lie within rounding of what they replace."""
        constants = replaced_constants(step, foreign, self._payloads(step.leaves))
        if isinstance(constants, str):
            self.reasons[ref] = constants
            return False
        done = self._discharged_goals(goals(step, self.lemmas)[:-1])
        if any(o.verdict is not Verdict.PROVED for o in done):
            self.reasons[ref] = "not shown to be defined"
            return False
        held = self._upstream(ref) & frozenset({self.reading.value})
        self._matched(ref, number, "constants", held, done, constants)
        return True

    def _steps(self, ref: Ref, candidate: Ref, literals: bool) -> tuple[Step, Step | None]:
        """The step from ``candidate`` to ``ref`` in floats, and over the reals unless the first is bitwise.

        ``literals`` asks for constants of one element as numbers.
        """
        restart()
        after, before = self.interface.after, self.interface.before
        stops = reached(after, ref, self.after, lambda n: n in self.owners)
        name = f"{before.name_of(candidate)} = {after.name_of(ref)}"
        symbols = before.symbols
        ours, theirs = (self.before_params, self.after_params) if literals else (None, None)

        def sides(reading: Reading) -> Step:
            leaves: dict[str, TensorType] = {}
            right = cone(after, ref, self.after, lambda n: n in self.owners, reading, leaves, theirs)
            left = cone(before, candidate, self.before, lambda n: n in stops, reading, leaves, ours)
            return Step(name, left, right, leaves, symbols)

        exact = sides(Reading.IEEE)
        if structural(exact.left, exact.right, symbols):
            return exact, None
        return exact, sides(self.reading)

    def _upstream(self, ref: Ref) -> Readings:
        node = self.interface.after.nodes[ref.node]
        return common_readings(self.readings[p] for p in node.parents if p is not None)

    def _discharged(self, step: Step) -> tuple[ObligationResult, ...]:
        wanted = goals(step, self.lemmas)
        done = self._discharged_goals(wanted)
        if done[-1].verdict is not Verdict.PROVED:
            return done
        checks = self._discharged_goals(self_equalities(wanted[-1]))
        return done + tuple(c for c in checks if c.verdict is not Verdict.PROVED)

    def _discharged_goals(self, wanted: Sequence[Goal]) -> tuple[ObligationResult, ...]:
        """The results up to the first that is not proved.

        What follows a step that is not shown mostly is not, either, so after a few failures solvers get little time.
        """
        part = 1.0 if len(self.failures) < PATIENCE else IMPATIENT

        def solve(encoded: Encoded, text: str, share: float = 1.0) -> Answer:
            return self.solve(encoded, text, share * part)

        out: list[ObligationResult] = []
        for goal in wanted:
            out.append(discharge(goal, solve).result)
            if out[-1].verdict is not Verdict.PROVED:
                break
        return tuple(out)

    # -- constants --

    def _computed(self, ref: Ref, candidate: Ref) -> bool:
        """A constant of the second graph against constants of the first: elements can be compared outright."""
        before, leaves = self.interface.before, dict[str, TensorType]()
        exact, real = (
            cone(before, candidate, self.before, lambda _: False, r, leaves) for r in (Reading.IEEE, self.reading)
        )
        name = self.interface.after.name_of(ref)
        found = computed_constant(name, self.after_params, exact, real, self._payloads(leaves))
        if isinstance(found, str):
            self.reasons[ref] = found
            return False
        how, readings, constants = found
        self._matched(ref, self.before[candidate], how, readings, constants=constants)
        return True

    def _foreign(self, leaves: Mapping[str, TensorType]) -> dict[str, Ref]:
        """The leaves that are constants of the second graph and of no value of the first."""
        graph = self.interface.after
        out: dict[str, Ref] = {}
        for node in graph.constants:
            number = self.after.get(Ref(node.id), -1)
            if f"v{number}" in leaves and number not in self.owners:
                out[f"v{number}"] = Ref(node.id)
        return out

    def _payloads(self, leaves: Mapping[str, TensorType]) -> dict[str, tuple[str, ParamStore]]:
        """For each leaf that is a constant, its name and store."""
        out: dict[str, tuple[str, ParamStore]] = {}
        for graph, numbers, params in (
            (self.interface.before, self.before, self.before_params),
            (self.interface.after, self.after, self.after_params),
        ):
            for node in graph.constants:
                number = numbers.get(Ref(node.id))
                if number is not None and f"v{number}" in leaves:
                    out.setdefault(f"v{number}", (node.names[0], params))
        return out

    # -- bookkeeping --

    def _matched(
        self,
        ref: Ref,
        number: int,
        how: str,
        readings: Readings,
        obligations: tuple[ObligationResult, ...] = (),
        constants: tuple[FoldedConstant, ...] = (),
    ) -> None:
        self.after[ref] = number
        node = self.interface.after.nodes[ref.node]
        inherited = self.readings[ref] if node.op not in (INPUT, CONST) else ALL
        self.readings[ref] = readings & inherited
        owner = self.interface.before.name_of(self.owners[number])
        name = self.interface.after.name_of(ref)
        self.matches.append(Match(owner, name, how, self.readings[ref], obligations, constants))

"""From a goal to the script that refutes its negation.

The order is fixed: preconditions stripped, extended reals eliminated, counts turned into sums, normal forms (with the
laws that they used), binders lowered to instances, text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from ...encoders.smtlib.lower import Lowered, Matchable, lower
from ...encoders.smtlib.lower.bigops import DEFINITION
from ...encoders.smtlib.lower.core import LEVELS
from ...encoders.smtlib.printer import Script, script
from ...theories.errors import Unsupported
from ...theories.normal.beta import beta, strip
from ...theories.normal.ereal import eliminate
from ...theories.normal.poly import normal_int
from ...theories.normal.ring import Normalizer
from ...theories.terms import build as b
from ...theories.terms.sorts import INT, BitsSort, ElemSort, FloatSort, FnSort
from ...theories.terms.term import BIG, Dom, Term, make, postorder, rebuild
from ..claims import Lemma
from ..goals.footprint import is_ring_identity, mentions_elements
from ..goals.goal import Goal

RingAs = Literal["Int", "Real", "uninterpreted"]
GOAL = "goal"


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a goal is put to solvers."""

    normal: bool = True
    ring_as: RingAs = "uninterpreted"
    without_elements: bool = False  # leave out the hypotheses that mention elements
    without_hints: bool = False  # leave out the lemma instances that the claim asks for
    level: int = LEVELS[-1]  # the effort of the lowering
    linear: bool = False  # products are uninterpreted
    euclid: bool = False  # and so is division by symbols


@dataclass(frozen=True)
class Encoded:
    """A goal as a script, with the way back."""

    goal: Goal
    encoding: Encoding
    script: Script
    wants: tuple[Term, ...]  # what the values of the script's answer belong to
    lowered: Lowered
    laws: dict[str, tuple[str, ...]]  # origin of an assertion -> laws that its normal form used
    formulas: dict[str, Term]  # origin of an assertion -> the formula as the goal has it

    @property
    def interpreted(self) -> bool:
        """Whether a model must replay: no symbol stands for less than it means, and no instance was left out."""
        rings = self.encoding.ring_as == "uninterpreted" and any(
            isinstance(t.sort, ElemSort) and t.op not in ("at", "var", "ite")
            for t in postorder(f for _, f in self.assertions)
        )
        return not (self.lowered.abstract or self.lowered.incomplete or rings)

    @property
    def assertions(self) -> tuple[tuple[str, Term], ...]:
        """The ground assertions with their labels."""
        return self.lowered.assertions

    def restricted(self, labels: Iterable[str]) -> Script:
        """The script of the assertions with those labels only."""
        keep = set(labels)
        chosen = [(label, f) for label, f in self.assertions if label in keep]
        return script(chosen, cores=True, ring_as=self.encoding.ring_as)

    def within(self, limit: int) -> Encoded:
        """The same goal with every integer between ``-limit`` and ``limit``: a question for small models."""
        low, high = b.integer(-limit), b.integer(limit)
        bounds = [
            (f"small~{k}", b.conj(b.le(low, t), b.le(t, high)))
            for k, t in enumerate(t for t in self.wants if t.sort is INT and not t.loose)
        ]
        made = script([*self.assertions, *bounds], wants=self.wants, ring_as=self.encoding.ring_as)
        return replace(self, script=made)

    def origin(self, label: str) -> str:
        """What an assertion came from."""
        return self.lowered.origins[label]


def plain(formula: Term) -> Term:
    """A formula without preconditions, extended reals, redexes, counts and absolute values of bits.

    Raises Unsupported where a float reduction occurs: its value depends on an order of evaluation that the term does
    not show, so not even two that look the same are known to be equal.
    """
    for t in postorder([formula]):
        if t.op in BIG and isinstance(t.sort, FloatSort):
            raise Unsupported(f"a {t.op} of {t.sort.text} has no fixed order of evaluation")
    return rebuild(eliminate(strip(beta(formula, ranges=False))), _expand)


def _expand(t: Term) -> Term:
    if t.op == "abs" and isinstance(t.sort, BitsSort):
        (x,) = t.args
        return b.ite(b.lt(x, b.bit_vector(0, t.sort)), b.neg(x), x)
    if t.op != "count":
        return t
    member = b.ite(t.body, b.ONE, b.ZERO) if t.filter is b.TRUE else b.ite(b.conj(t.filter, t.body), b.ONE, b.ZERO)
    return make("sum", (*t.dom_args, b.TRUE, member), INT, t.data)


def prepare(formula: Term, normal: bool) -> tuple[Term, tuple[str, ...]]:
    """``plain`` and, if asked for, the normal form, with the laws that it used; without it, that of sizes and indices."""
    t = plain(formula)
    if not normal:
        return rebuild(t, _normal_index), ()
    normalizer = Normalizer()
    reduced = normalizer.term(t)
    return reduced, tuple(sorted(normalizer.laws))


def _normal_index(t: Term) -> Term:
    """An integer polynomial in normal form, so that equal bounds and indices are one term."""
    if t.op not in ("add", "sub", "mul", "neg") or t.sort is not INT or any(a.op in BIG for a in t.args):
        return t
    reduced = normal_int(t)
    return t if reduced.op == "lit" else reduced  # a sum up to 0 + 1 has a step, one up to 1 has none


def encode(goal: Goal, encoding: Encoding) -> Encoded:
    """The script for ``goal``; raises Unsupported."""
    normal = encoding.normal and not goal.by_definition
    items: list[tuple[str, Term]] = [(f"hyp:{h.name}", h.formula) for h in goal.hypotheses]
    if encoding.without_elements:
        derived = {f"hyp:{name}" for name in goal.derived}
        items = [(n, f) for n, f in items if n in derived or not mentions_elements(f)]
    if not encoding.without_hints:
        items += [(f"lemma:{i.lemma}", i.formula) for i in goal.instances]
    items.append((GOAL, b.negate(goal.conclusion)))
    assertions: list[tuple[str, Term]] = []
    laws: dict[str, tuple[str, ...]] = {}
    formulas: dict[str, Term] = {}
    for name, formula in items:
        reduced, used = prepare(formula, normal)
        laws[name] = tuple(sorted({*laws.get(name, ()), *used}))
        formulas[name] = formula if name != GOAL else goal.conclusion
        assertions.append((name, reduced))
    offered = goal.lemmas
    if encoding.without_elements:  # a lemma of another element type says nothing about a ring
        offered = tuple(lemma for lemma in offered if is_ring_identity(plain(lemma.formula), ()))
    lemmas = [matchable(lemma, normal) for lemma in offered]
    lowered = lower(
        assertions,
        indices=goal.indices,
        lemmas=lemmas,
        laws=DEFINITION if goal.by_definition else None,
        level=encoding.level,
        linear=encoding.linear,
        euclid=encoding.euclid,
    )
    if encoding.ring_as == "uninterpreted":
        lowered = _commuted(lowered)
    wants = wanted(lowered)
    made = script(lowered.assertions, wants=wants, cores=True, ring_as=encoding.ring_as)
    return Encoded(goal, encoding, made, wants, lowered, laws, formulas)


def _commuted(lowered: Lowered) -> Lowered:
    """With the facts that the sums and products of ring elements in it commute: their operands come in any order."""
    facts: dict[Term, None] = {}
    for t in postorder(f for _, f in lowered.assertions):
        if t.op in ("add", "mul") and isinstance(t.sort, ElemSort) and t.args[0] is not t.args[1]:
            facts[b.eq(t, make(t.op, t.args[::-1], t.sort, t.data))] = None
    made = [(f"ring~{k}", f) for k, f in enumerate(facts)]
    origins = {**lowered.origins, **{label: "def" for label, _ in made}}
    return replace(lowered, assertions=(*lowered.assertions, *made), origins=origins)


def matchable(lemma: Lemma, normal: bool) -> Matchable:
    """A lemma in the form that its instances are asserted in."""
    formula, _ = prepare(lemma.formula, normal)
    return Matchable(f"lemma:{lemma.name}", lemma.variables, formula)


def wanted(lowered: Lowered) -> tuple[Term, ...]:
    """Everything whose value makes up a model: constants, and reads of tensors and maps."""
    out: dict[Term, None] = {}
    for t in postorder(f for _, f in lowered.assertions):
        if (t.op == "var" and not isinstance(t.sort, FnSort)) or (t.op == "at" and not isinstance(t.sort, FnSort)):
            out[t] = None
    return tuple(out)


def tagged(t: Term) -> Term:
    """``t`` with every binder marked, so that nothing under a binder is shared with the original."""

    def mark(s: Term) -> Term:
        if isinstance(s.data, Dom):
            return make(s.op, s.args, s.sort, Dom(s.data.kind, s.data.sort, s.data.tag + 1))
        return s

    return rebuild(t, mark)

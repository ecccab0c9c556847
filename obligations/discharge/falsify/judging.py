"""What the NumPy reading says of a claim on concrete values.

A claim becomes a list of *premises* (each defined, and true) and of *checks* in the order in which they are asked.  A
counterexample makes every premise true and a check false; what the later checks say does not matter then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

import numpy as np

from ....encoders.arrays import Env, Mode
from ....encoders.arrays.evaluator import Evaluator
from ....encoders.arrays.reading import PRECISIONS, batched
from ....encoders.arrays.reals import precision
from ....encoders.arrays.values import Mask
from ....theories.definedness import defined
from ....theories.errors import Unsupported
from ....theories.normal.beta import beta
from ....theories.terms import build as b
from ....theories.terms.binders import fresh
from ....theories.terms.build import Domain
from ....theories.terms.dims import UnknownDims
from ....theories.terms.sorts import FloatSort
from ....theories.terms.term import Term, postorder
from ...claims import Claim, Proposition, Rewrite, Value
from ...goals.generate import same_sizes

KINDS: Final = ("differs", "false", "undefined", "sizes", "invalid")
"""Kinds of counterexamples, the most convincing first."""
_RELAXATIONS: Final = frozenset({"nsz", "nnan", "ninf"})


@dataclass(frozen=True, slots=True)
class Check:
    """Something that must hold; when it does not, the claim is refuted in this way."""

    kind: str
    formula: Term


@dataclass(frozen=True, slots=True)
class Replay:
    """``refuted``, ``holds``, ``unknown`` or ``outside`` (a premise is false), and why."""

    outcome: str
    detail: str = ""
    kind: str = ""


class Judge:
    """A claim, ready to be evaluated."""

    def __init__(self, claim: Claim) -> None:
        unknown = set(claim.flags) - _RELAXATIONS
        if unknown:
            raise Unsupported(f"evaluation under {', '.join(sorted(unknown))}")
        self.claim = claim
        self.shapes = claim.shapes
        self.premises: list[tuple[str, Term]] = [(f.name, f.formula) for f in claim.facts]
        self.premises += [(f.name, self.sound(f.formula)) for f in claim.hypotheses]
        self._makers: dict[str, Callable[[], Term]] = {}  # what makes the checks, by kind
        self._witnessed: Callable[[], Term] = lambda: b.TRUE
        self.results: tuple[Value, ...] = ()
        statement = claim.statement
        if isinstance(statement, Rewrite):
            self._rewrite(statement)
        else:
            self._proposition(statement)

    @cached_property
    def checks(self) -> list[Check]:
        """Every check, in the order in which they are asked."""
        return [Check(kind, make()) for kind, make in self._makers.items()]

    @cached_property
    def witnessed(self) -> Term:
        """What a witness should show besides the premises."""
        return self._witnessed()

    def sound(self, formula: Term) -> Term:
        """``formula`` is defined, and holds."""
        return b.conj(self.defined(formula), formula)

    def defined(self, t: Term) -> Term:
        """When ``t`` is defined."""
        try:
            return defined(beta(t), self.shapes)
        except UnknownDims as error:
            raise Unsupported(str(error)) from None

    def _proposition(self, statement: Proposition) -> None:
        self._makers = {
            "invalid": lambda: self.sound(statement.valid),
            "undefined": lambda: self.defined(statement.formula),
            "false": lambda: statement.formula,
        }

    def _rewrite(self, statement: Rewrite) -> None:
        left, right = statement.left, statement.right
        self.premises.append(("the left side is valid", self.sound(left.valid)))
        self.results = (left, right)
        ours = [fresh("i", dom.sort) for dom, _ in left.dims]
        here, there = b.at(left.term, *ours), b.at(right.term, *ours)

        @cache
        def premise() -> Term:
            return b.conj(self.defined(here), *self._not_special(here))

        def everywhere(conclusion: Term) -> Term:
            return _bind("forall", left.dims, ours, b.implies(premise(), conclusion))

        self._makers = {
            "invalid": lambda: self.sound(right.valid),
            "sizes": lambda: same_sizes(left.dims, right.dims),
            "undefined": lambda: everywhere(self.defined(there)),
            "differs": lambda: everywhere(self._same(here, there)),
        }
        self._witnessed = lambda: _bind("exists", left.dims, ours, premise())

    def _not_special(self, element: Term) -> list[Term]:
        if not isinstance(element.sort, FloatSort):
            return []
        tests = {"nnan": "isnan", "ninf": "isinf"}
        affected = [element, *[p.var for p in self.claim.parameters if isinstance(p.var.sort, FloatSort)]]
        return [b.negate(b.float_test(tests[flag], a)) for flag in self.claim.flags if flag in tests for a in affected]

    def _same(self, a: Term, c: Term) -> Term:
        if "nsz" in self.claim.flags and isinstance(a.sort, FloatSort):
            return b.disj(b.eq(a, c), b.conj(b.float_test("iszero", a), b.float_test("iszero", c)))
        return b.eq(a, c)

    def attempts(self) -> int:
        """How many values may be judged one after another: fewer for larger claims, the same on every machine."""
        nodes = sum(1 for _ in postorder([*[f for _, f in self.premises], *[c.formula for c in self.checks]]))
        return max(60, min(250, 60_000 // max(nodes, 1)))

    # -- evaluation --------------------------------------------------------------------------------------------------

    def screen_premises(self, env: Env, evaluator: Evaluator, names: frozenset[str] | None = None) -> Mask:
        """For each sample, whether every premise (of ``names``) is true."""
        assert env.batch is not None
        holds = np.ones(env.batch, np.bool_)
        for name, formula in self.premises:
            if names is None or name in names:
                data, und = batched(evaluator.scalar(formula), env.batch)
                holds = holds & data & ~und
                if not holds.any():
                    break
        return holds

    def screen_checks(self, env: Env, evaluator: Evaluator) -> list[tuple[str, Mask]]:
        """For each check, the samples on which it is the first to fail."""
        assert env.batch is not None
        standing = np.ones(env.batch, np.bool_)
        out: list[tuple[str, Mask]] = []
        for check in self.checks:
            data, und = batched(evaluator.scalar(check.formula), env.batch)
            fails = standing & ~data & ~und
            out.append((check.kind, fails))
            standing = standing & ~fails
        return out

    def replay(self, env: Env, only: str = "") -> Replay:
        """The verdict of exact evaluation on one set of values; with ``only``, by the check of that kind alone."""
        decider = Decider(env)
        open_: str | None = None
        for name, formula in self.premises:
            truth = decider.decide(formula)
            if truth is False:
                return Replay("outside", name)
            open_ = open_ or (None if truth else name)
        if open_ is not None:
            return Replay("unknown", f"undecided: {open_}")
        for check in [Check(only, self._makers[only]())] if only in self._makers else self.checks:
            truth = decider.decide(check.formula)
            if truth is None:
                return Replay("unknown", f"undecided: {check.kind}")
            if not truth:
                return Replay("refuted", REASONS[check.kind], check.kind)
        return Replay("holds")


REASONS: Final = {
    "false": "the statement is false",
    "undefined": "an element or term is undefined where it must be defined",
    "invalid": "an operation is invalid",
    "sizes": "the sizes of the two sides differ",
    "differs": "the two sides differ",
}


class Decider:
    """Exact truth values in one environment; more precise balls only where they are needed."""

    def __init__(self, env: Env) -> None:
        self.env = env
        self.evaluators: dict[int, Evaluator] = {}

    def evaluator(self, bits: int) -> Evaluator:
        """The evaluator with balls of that precision, which is made current."""
        precision(bits)
        return self.evaluators.setdefault(bits, Evaluator(self.env, Mode.EXACT))

    def decide(self, formula: Term) -> bool | None:
        """Whether ``formula`` holds; None when undecided."""
        for bits in PRECISIONS:
            out = self.evaluator(bits).scalar(formula)
            if out.und is None or not bool(out.und):
                return bool(out.data)
        return None


def _bind(op: str, dims: tuple[Domain, ...], variables: list[Term], body: Term) -> Term:
    for domain, x in zip(reversed(dims), reversed(variables), strict=True):
        body = b.big_over(op, domain, x, b.TRUE, body)
    return body

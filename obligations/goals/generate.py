"""From a claim to its goals.

A theorem gives ``defined`` (its terms are defined and its operations valid under its hypotheses) and ``holds``.  A
rewrite gives ``refines`` (where the left side is valid, the right side is, and the sizes agree), ``defined`` (where an
element of the left is defined, so is that of the right) and ``equal``.  That the hypotheses are satisfiable is the
fourth obligation; it is met by arrays, not by a proof (:mod:`probanda.obligations.discharge`).

Hints split or replace the ``holds`` goal only; definedness is always proved directly.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ...theories.definedness import defined, in_domain
from ...theories.errors import Unsupported
from ...theories.normal.beta import beta, strip
from ...theories.terms import build as b
from ...theories.terms import sorts as s
from ...theories.terms.binders import fresh, substitute
from ...theories.terms.build import Domain
from ...theories.terms.term import Term
from ..claims import Claim, Fact, Instance, Lemma, Proposition, Rewrite
from .flags import check_flags, not_special, same
from .goal import Goal, GoalKind


def goals(claim: Claim) -> list[Goal]:
    """Every obligation of ``claim``; the claim is proved when all of them are."""
    return _Generator(claim).all()


def premises(claim: Claim) -> tuple[Fact, ...]:
    """Everything that the claim assumes: facts, hypotheses and, for a rewrite, the validity of the left side."""
    facts = assumptions(claim)
    if isinstance(claim.statement, Rewrite):
        return (*facts, Fact("left_valid", defined_and(claim.statement.left.valid, claim, facts)))
    return facts


def assumptions(claim: Claim) -> tuple[Fact, ...]:
    """Facts and hypotheses as they may be used: each is defined where the ones before it hold, and it holds."""
    out: list[Fact] = []
    for fact in (*claim.facts, *claim.hypotheses):
        out.append(Fact(fact.name, defined_and(fact.formula, claim, out)))
    return tuple(out)


def defined_and(formula: Term, claim: Claim, known: Iterable[Fact]) -> Term:
    """``formula`` is defined, and holds; what is ``known`` is not said again."""
    reduced = beta(formula)
    condition = strip(defined(reduced, claim.shapes, [strip(beta(f.formula)) for f in known]))
    plain = strip(reduced)
    return plain if condition is b.TRUE else b.conj(condition, plain)


def _domain_of(x: Term, facts: Iterable[Fact]) -> Domain | None:
    """The range that the facts put an index parameter in."""
    for fact in facts:
        f = fact.formula
        if f.op == "and" and len(f.args) == 2 and f.args[0] is b.le(b.ZERO, x) and f.args[1].args[0] is x:
            return b.below(f.args[1].args[1])
    return None


class _Generator:
    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.shapes = claim.shapes
        self.hypotheses = assumptions(claim)
        self.known = tuple(f.formula for f in self.hypotheses)
        self.indices = tuple(
            (p.var, _domain_of(p.var, claim.facts))
            for p in claim.parameters
            if p.role in ("index", "nat", "value") and p.var.sort is s.INT
        ) + tuple((p.var, None) for p in claim.parameters if p.role == "index" and s.is_index_map(p.var.sort))

    def all(self) -> list[Goal]:
        """The goals, in the order of reports."""
        statement = self.claim.statement
        if isinstance(statement, Rewrite):
            return self._rewrite(statement)
        return self._proposition(statement)

    def _goal(self, kind: GoalKind, hypotheses: tuple[Fact, ...], conclusion: Term, name: str | None = None) -> Goal:
        hints = self.claim.hints
        return Goal(
            f"{self.claim.name}/{name or kind.value}",
            kind,
            hypotheses,
            conclusion,
            self.indices,
            (*self.claim.auto, *hints.lemmas),
            hints.instances,
        )

    # -- theorems --

    def _proposition(self, statement: Proposition) -> list[Goal]:
        formula = beta(statement.formula)
        condition = strip(b.conj(self._holds(statement.valid), defined(formula, self.shapes, self.known)))
        out = [self._goal(GoalKind.DEFINED, self.hypotheses, condition)]
        hints = self.claim.hints
        target = strip(formula)
        if hints.calc:
            return out + self._calc(target)
        if hints.induction is not None:
            return out + self._induction(hints.induction, target)
        return out + self._by_cases(self._goal(GoalKind.HOLDS, self.hypotheses, target))

    def _holds(self, valid: Term) -> Term:
        return defined_and(valid, self.claim, self.hypotheses)

    def _by_cases(self, goal: Goal) -> list[Goal]:
        out = [goal]
        for k, condition in enumerate(self.claim.hints.cases):
            fact = strip(beta(condition))
            yes = Fact(f"case{k + 1}", fact)
            no = Fact(f"case{k + 1}", b.negate(fact))
            out = [g.under(*side) for g in out for side in ((f"case{k + 1}", yes), (f"not_case{k + 1}", no))]
        return out

    def _calc(self, target: Term) -> list[Goal]:
        steps: list[Goal] = []
        facts: list[Fact] = []
        for k, step in enumerate(self.claim.hints.calc):
            formula = strip(beta(step.formula))
            goal = self._goal(GoalKind.CALC, self.hypotheses, formula, f"step{k + 1}")
            steps.append(_with(goal, step.instances, goal.lemmas + step.lemmas))
            defined_step = strip(defined(beta(step.formula), self.shapes, self.known))
            if defined_step is not b.TRUE:
                steps.append(self._goal(GoalKind.DEFINED, self.hypotheses, defined_step, f"step{k + 1}_defined"))
            facts.append(Fact(f"step{k + 1}!", formula))
        last = self._goal(GoalKind.HOLDS, self.hypotheses + tuple(facts), target)
        return [*steps, replace(last, derived=frozenset(f.name for f in facts))]

    def _induction(self, n: Term, target: Term) -> list[Goal]:
        hints = self.claim.hints
        role = next((p.role for p in self.claim.parameters if p.var is n), None)
        if role not in ("size", "nat"):
            raise Unsupported("induction over a variable that is not a natural")
        premises = [f.formula for f in self.hypotheses]
        whole = b.implies(b.conj(*premises), target) if premises else target
        hypothesis = b.forall_all(hints.generalizing, whole)
        before = fresh("n", s.INT)
        after = b.add(before, b.ONE)
        nonneg = Fact("n_nonneg", b.le(b.ZERO, before))
        ih = Fact("ih!", substitute(hypothesis, {n: before}))

        def at(value: Term) -> tuple[tuple[Fact, ...], Term]:
            facts = tuple(Fact(f.name, substitute(f.formula, {n: value})) for f in self.hypotheses)
            return facts, substitute(target, {n: value})

        base_facts, base = at(b.ZERO)
        step_facts, step = at(after)
        out = [
            self._goal(GoalKind.BASE, base_facts, base),
            self._goal(GoalKind.STEP, (nonneg, *step_facts, ih), step),
        ]
        values = {GoalKind.BASE: b.ZERO, GoalKind.STEP: after}
        return [_inductive(g, n, values[g.kind]) for g in out]

    # -- rewrites --

    def _rewrite(self, statement: Rewrite) -> list[Goal]:
        check_flags(self.claim)
        left, right = statement.left, statement.right
        valid = Fact("left_valid", self._holds(left.valid))
        sizes = self._sizes_agree(left.dims, right.dims)
        refines = self._goal(GoalKind.REFINES, (*self.hypotheses, valid), b.conj(self._holds(right.valid), sizes))
        position = [fresh("i", dom.sort) for dom, _ in left.dims]
        here = [
            Fact(f"i{k}_in_range", in_domain(d, x)) for k, (d, x) in enumerate(zip(left.dims, position, strict=True))
        ]
        ours, theirs = (beta(b.at(v.term, *position)) for v in (left, right))
        known = (*self.known, *[h.formula for h in here])
        left_defined = Fact("left_defined", strip(defined(ours, self.shapes, known)))
        flags = [Fact(f"flag{k}", f) for k, f in enumerate(not_special(self.claim, strip(ours)))]
        premises = (*self.hypotheses, valid, Fact("sizes_agree", sizes), *here, left_defined, *flags)
        extra = tuple((x, d) for x, d in zip(position, left.dims, strict=True))
        condition = strip(defined(theirs, self.shapes, (*known, left_defined.formula)))
        if ours is theirs:  # nothing has to be known for that
            premises, condition = (), b.TRUE
        tail = [
            self._goal(GoalKind.DEFINED, premises, condition),
            self._goal(GoalKind.EQUAL, premises, same(self.claim, strip(ours), strip(theirs))),
        ]
        tail = [_with_indices(g, extra) for g in tail]
        return [refines, *[c for g in tail for c in (self._by_cases(g) if g.kind is GoalKind.EQUAL else [g])]]

    def _sizes_agree(self, left: tuple[Domain, ...], right: tuple[Domain, ...]) -> Term:
        return strip(beta(same_sizes(left, right)))


def reflexive(claim: Claim) -> bool:
    """Whether a rewrite has one term on both sides: there is nothing to refute, and no encoding to rely on."""
    statement = claim.statement
    if not isinstance(statement, Rewrite):
        return False
    left, right = statement.left, statement.right
    if left.dims != right.dims or left.valid is not right.valid:
        return False
    return left.term is right.term or beta(left.term) is beta(right.term)


def same_sizes(left: tuple[Domain, ...], right: tuple[Domain, ...]) -> Term:
    """Whether two lists of dimensions agree; ValueError when they differ in kind, which no sizes can mend."""
    if len(left) != len(right):
        raise ValueError("tensors of different rank")
    parts: list[Term] = []
    for (dom, args), (other, theirs) in zip(left, right, strict=True):
        if dom != other:
            raise ValueError("dimensions of different kinds")
        for p, q in zip(args, theirs, strict=True):
            if p is q:
                continue
            if s.is_index_map(p.sort):
                sort = p.sort
                assert isinstance(sort, s.FnSort) and isinstance(sort.arg, s.AxisSort)
                parts.append(b.big("forall", b.axes(sort.arg.group), lambda c, p=p, q=q: b.eq(b.at(p, c), b.at(q, c))))
            else:
                parts.append(b.eq(p, q))
    return b.conj(*parts)


def _with(goal: Goal, instances: tuple[Instance, ...], lemmas: tuple[Lemma, ...]) -> Goal:
    return replace(goal, instances=instances, lemmas=lemmas)


def _with_indices(goal: Goal, extra: tuple[tuple[Term, Domain | None], ...]) -> Goal:
    return replace(goal, indices=goal.indices + extra)


def _inductive(goal: Goal, n: Term, value: Term) -> Goal:
    instances = tuple(Instance(i.lemma, substitute(i.formula, {n: value})) for i in goal.instances)
    indices = tuple((x, d) for x, d in goal.indices if x is not n)
    return replace(goal, instances=instances, indices=indices, by_definition=True, derived=frozenset({"ih!"}))

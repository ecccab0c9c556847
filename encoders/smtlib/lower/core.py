"""The instantiation loop.

Every quantified subformula gets a proposition ``q`` that stands for its existential form, and, by polarity, either its
Skolem form (``q`` implies the body at a fresh witness) or its instances (the body at a candidate implies ``q``), or both.
Every big operator becomes a function of the integer variables in it, with the laws that relate it to others.  Laws and lemmas are formulas with binders
themselves, so one loop serves all.

A generation counts how many Skolem steps a term is away from the sequent; what comes out of instances and laws is
*derived*.  The level of effort limits generations, laws about derived operators and the number of assertions: what is
left out loses proofs and never makes one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ....theories.definedness import in_domain
from ....theories.errors import Unsupported
from ....theories.terms import build as b
from ....theories.terms import sorts as s
from ....theories.terms.binders import fresh, var
from ....theories.terms.build import Domain
from ....theories.terms.sorts import BOOL, INT
from ....theories.terms.term import BIG, DOM_ARGS, Term, with_args
from .bigops import Big, pair_laws, parametrised, unary_laws
from .candidates import Candidates
from .linear import linearised
from .matching import Matchable, Matcher
from .quantified import Quantified, nonempty_group
from .reads import Reads, spine
from .simplify import simplify

MAX_GENERATION: Final = 3
LEVELS: Final = (1, 2, 3)
_BUDGET: Final = {1: 400, 2: 1000, 3: 2500}
_SKOLEMS: Final = {1: 2, 2: 2, 3: MAX_GENERATION}


@dataclass(frozen=True)
class Lowered:
    """Ground assertions with what is needed to read a model back."""

    assertions: tuple[tuple[str, Term], ...]
    reads: dict[Term, tuple[Term, tuple[Term, ...]]]  # element -> tensor and its (scalar or map) arguments
    axes: dict[str, tuple[Term, ...]]  # axis constants of each group
    abstract: bool  # a model says nothing about exp, sums, lemmas: sat is only a candidate
    incomplete: bool  # some instance was left out
    origins: dict[str, str]  # label of an assertion -> what it came from ("law:sum_ext", "hyp:future", "lemma:exp_pos")


class Lowering:
    """The state of one lowering; :func:`lower` is the way in."""

    def __init__(self, lemmas: Sequence[Matchable], laws: frozenset[str] | None, level: int) -> None:
        self._laws = laws
        self._level = level
        self._derived = False
        self._queue: deque[tuple[str, Term, int, bool]] = deque()
        self._out: list[tuple[str, Term]] = []
        self._origins: dict[str, str] = {}
        self._ground: dict[tuple[Term, int], Term] = {}
        self._quantified: dict[Term, Quantified] = {}
        self._bigs: dict[Term, Term] = {}
        self._frames: dict[Term, str] = {}
        self._scanned: set[Term] = set()
        self._pending: list[Big] = []
        self._known: list[Big] = []
        self._axes: dict[str, list[Term]] = {}
        self._generation = 0
        self._reads = Reads(self)
        self.candidates = Candidates(self._reads)
        self._matcher = Matcher(lemmas)
        self._emitted = 0
        self._stopped = False
        self._incomplete = False
        self._abstract = bool(lemmas)

    # -- assertions --

    def emit(self, origin: str, formula: Term, generation: int | None = None, derived: bool = True) -> None:
        """Queue a formula that holds; its generation is that of what is being lowered now.

        ``derived`` is false for the sequent itself and the Skolem forms of its formulas.
        """
        if formula is b.TRUE:
            return
        if self._emitted >= _BUDGET[self._level]:
            self._incomplete = self._stopped = True
            return
        self._emitted += 1
        self._queue.append((origin, formula, self._generation if generation is None else generation, derived))

    def run(self) -> None:
        """Lower until nothing new comes up."""
        while True:
            while self._queue:
                origin, formula, self._generation, self._derived = self._queue.popleft()
                ground = self.ground(formula, 1)
                if ground is b.TRUE:
                    continue
                label = f"{origin}~{len(self._out)}"
                self._origins[label] = origin
                self._out.append((label, ground))
                self._matcher.note(ground)
            if self._stopped or not self._saturate():
                return

    def _saturate(self) -> bool:
        before = self._emitted
        while self._pending:
            big = self._pending.pop(0)
            self._generation = big.generation
            for name, law in unary_laws(big, self._laws, self._level):
                self.emit(f"law:{name}", law)
            for other in self._known:
                for name, law in pair_laws(other, big, self._laws, self._level):
                    self.emit(f"law:{name}", law)
            self._known.append(big)
        if self._queue:
            return True
        for q in list(self._quantified.values()):
            if q.registered:
                self._instantiate(q)
        for origin, formula in self._matcher.instances():
            self.emit(origin, formula)
        return self._emitted > before or bool(self._queue)

    # -- grounding --

    def ground(self, root: Term, polarity: int) -> Term:
        """``root`` with quantifiers, big operators and group reads replaced by constants.

        ``polarity`` is 1 where a stronger formula is wanted in its place, −1 where a weaker one, 0 where both.
        """
        memo = self._ground
        stack: list[tuple[Term, int]] = [(root, polarity)]
        while stack:
            key = t, pol = stack[-1]
            if key in memo:
                stack.pop()
                continue
            if t.op in ("forall", "exists"):
                memo[key] = self._quantifier(t, pol)
            elif t.op in BIG:
                memo[key] = self._big(t)
            elif t.op == "lam":
                memo[key] = t
            elif t.op == "at":
                head, args = spine(t)
                todo = [(a, 0) for a in args if (a, 0) not in memo]
                if todo:
                    stack.extend(todo)
                    continue
                memo[key] = self._at(head, tuple(memo[a, 0] for a in args))
            elif not t.args:
                memo[key] = t
            else:
                children = list(zip(t.args, self._polarities(t, pol), strict=True))
                todo = [c for c in children if c not in memo]
                if todo:
                    stack.extend(todo)
                    continue
                memo[key] = self._rebuilt(t, tuple(memo[c] for c in children))
            stack.pop()
        return memo[root, polarity]

    @staticmethod
    def _polarities(t: Term, pol: int) -> Iterable[int]:
        if t.op in ("and", "or"):
            return [pol] * len(t.args)
        if t.op == "not":
            return [-pol]
        if t.op == "implies":
            return [-pol, pol]
        if t.op == "ite" and t.sort is BOOL:
            return [0, pol, pol]
        return [0] * len(t.args)

    def _rebuilt(self, t: Term, args: tuple[Term, ...]) -> Term:
        if t.op in ("fn", "round"):
            self._abstract = True
        if t.op in ("let", "tuple", "proj", "require", "bound"):
            raise Unsupported(f"{t.op} in a goal")
        return simplify(with_args(t, args))

    def _at(self, head: Term, args: tuple[Term, ...]) -> Term:
        if isinstance(args[0].sort, s.AxisSort) and len(args) == 1 and head.op == "var":
            self._note_axis(args[0])
        return self._reads.read(head, args)

    def _note_axis(self, c: Term) -> None:
        sort = c.sort
        assert isinstance(sort, s.AxisSort)
        known = self._axes.setdefault(sort.group, [])
        if c.op == "var" and c not in known:
            known.append(c)

    def _big(self, t: Term) -> Term:
        found = self._bigs.get(t)
        if found is not None:
            return found
        if isinstance(t.body.sort, s.FloatSort):
            # The value of a float reduction depends on an evaluation order that the term does not show.
            raise Unsupported(f"a {t.op} of {t.body.sort.text} has no fixed order of evaluation")
        if t.sort is s.EREAL:
            raise Unsupported(f"{t.op} over ereal outside its elimination")
        self._abstract = True
        frame, parameters = parametrised(t)
        name = self._frames.setdefault(frame, f"{t.op}!{len(self._frames)}")
        value = b.at(var(name, s.fn_sort([s.INT] * len(parameters), t.sort)), *parameters)
        self._bigs[t] = value
        self._pending.append(Big(t, frame, parameters, self._generation, self._derived))
        self._closed_inside(t)
        return value

    def _closed_inside(self, t: Term) -> None:
        """Big operators under the binder of ``t`` that do not depend on it belong to where ``t`` is."""
        stack = [t.filter, t.body]
        while stack:
            u = stack.pop()
            if u in self._scanned:
                continue
            self._scanned.add(u)
            if u.op in BIG and not u.loose and u.sort is not BOOL:
                self.ground(u, 0)
            else:
                stack.extend(u.args)

    # -- quantifiers --

    def _quantifier(self, t: Term, pol: int) -> Term:
        q = self._quantified.get(t)
        if q is None:
            k = DOM_ARGS[t.dom.kind]
            args = tuple(self.ground(a, 0) if a.sort is INT else a for a in t.args[:k])
            prop = var(f"q!{len(self._quantified)}", BOOL)
            q = self._quantified[t] = Quantified(t, prop, (t.dom, args), self._generation)
            self._closed_inside(t)
        exists_polarity = pol if t.op == "exists" else -pol
        if exists_polarity >= 0 and not q.skolemised:
            q.skolemised = True
            self._skolemise(q)
        if exists_polarity <= 0 and not q.registered:
            q.registered = True
            if t.dom.kind == "all" and t.dom.sort is not INT:
                self._register_lemma(q)
            elif t.dom.kind != "axes" and not self.candidates.exhaustive(q):
                self._incomplete = True  # an index may be needed that no term of the sequent names
        return q.prop if t.op == "exists" else b.negate(q.prop)

    def _skolemise(self, q: Quantified) -> None:
        dom = q.domain[0]
        generation = self._generation + self._derived  # what stands in the sequent itself is no step away from it
        if generation > _SKOLEMS[self._level]:
            self._incomplete = True
            return
        witness = fresh("k", dom.sort)
        self.candidates.add_witness(witness, q.domain, generation)
        inside = in_domain(q.domain, witness)
        if isinstance(dom.sort, s.AxisSort):
            self._note_axis(witness)
            inside = nonempty_group(dom.sort.group)
        self.emit("def", b.implies(q.prop, b.conj(inside, q.inner(witness))), generation, self._derived)

    def _instantiate(self, q: Quantified) -> None:
        dom = q.domain[0]
        if isinstance(dom.sort, s.AxisSort):
            for c in list(self._axes.get(dom.sort.group, ())):
                self._instance(q, c, nonempty_group(dom.sort.group), self.candidates.generation(c))
            return
        if dom.kind == "all" and dom.sort is not INT:
            return
        for candidate in self.candidates.of(q):
            self._instance(q, candidate, in_domain(q.domain, candidate), self.candidates.generation(candidate))

    def _instance(self, q: Quantified, x: Term, inside: Term, generation: int) -> None:
        if x in q.done:
            return
        generation = max(generation, q.generation)
        if generation > _SKOLEMS[self._level]:
            self._incomplete = True
            return
        q.done.add(x)
        self.emit("def", b.implies(b.conj(inside, q.inner(x)), q.prop), generation)

    def _register_lemma(self, q: Quantified) -> None:
        x = fresh("v", q.domain[0].sort)
        self._incomplete = True
        self._matcher.add(Matchable("def", (x,), b.implies(q.inner(x), q.prop)))

    def result(self) -> Lowered:
        """What was made."""
        return Lowered(
            tuple(self._out),
            dict(self._reads.log),
            {g: tuple(cs) for g, cs in self._axes.items()},
            self._abstract,
            self._incomplete,
            self._origins,
        )


def lower(
    assertions: Sequence[tuple[str, Term]],
    *,
    indices: Sequence[tuple[Term, Domain | None]] = (),
    lemmas: Sequence[Matchable] = (),
    laws: frozenset[str] | None = None,
    level: int = LEVELS[-1],
    linear: bool = False,
    euclid: bool = False,
) -> Lowered:
    """Ground assertions that follow from ``assertions`` (beta-normal, without ``require`` and ``ereal``).

    ``indices`` are the free variables that may serve as instances of quantified index variables, with their domains.
    ``laws`` restricts the laws of big operators (None: all of them), ``level`` the effort.
    ``linear`` makes products uninterpreted, ``euclid`` with it division by symbols.  Raises Unsupported.
    """
    state = Lowering(lemmas, laws, level)
    for x, domain in indices:
        state.candidates.add_witness(x, domain, 0)
    for origin, formula in assertions:
        state.emit(origin, formula, 0, derived=False)
    state.run()
    lowered = state.result()
    if not linear:
        return lowered
    products, facts = linearised(lowered.assertions, euclid)
    origins = {**lowered.origins, **{label: "def" for label, _ in facts}}
    return replace(lowered, assertions=(*products, *facts), abstract=lowered.abstract or bool(facts), origins=origins)

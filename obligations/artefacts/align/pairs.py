"""The goals of one step: two tensors over the same leaves are equal at every index.

A step holds *bitwise* when both sides are one term once reads are carried out and indices are in normal form, and no
float reduction or elementary function is in it: then every element type gives the same bits.  Otherwise its goals go to
the solvers, over the reals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ....ir.passes.guards import simplify
from ....ir.tensors import Tensor
from ....ir.types import TensorType
from ....theories.definedness import defined, in_domain
from ....theories.normal.beta import beta, strip
from ....theories.normal.poly import normal_int
from ....theories.terms import build as b
from ....theories.terms.binders import fresh, var
from ....theories.terms.sorts import INT, FloatSort
from ....theories.terms.term import BIG, Term, postorder, rebuild
from ...claims import Fact, Lemma
from ...goals.goal import Goal, GoalKind

SMALL: Final = 80
"""Nodes of the largest step that is put to solvers in floats."""


@dataclass(frozen=True, slots=True)
class Step:
    """Two tensors of one type over leaves that both sides share; ``symbols`` are the sizes, each at least 1."""

    name: str
    left: Tensor
    right: Tensor
    leaves: Mapping[str, TensorType]
    symbols: tuple[str, ...]


def structural(left: Tensor, right: Tensor, symbols: tuple[str, ...]) -> bool:
    """Whether two tensors of the IEEE reading are one term, and one that fixes every bit."""
    one, two = (_normal(t, symbols) for t in (left, right))
    return one is two and not any(_loose(t) for t in postorder([one]))


def bit_exact(step: Step) -> bool:
    """Whether a step in floats is small, and every operation in it rounds in one way only."""
    nodes = list(postorder([step.left.lam(), step.right.lam()]))
    return len(nodes) <= SMALL and not any(t.op in BIG or _loose(t) for t in nodes)


def _normal(t: Tensor, symbols: tuple[str, ...]) -> Term:
    flat = beta(simplify(t.lam(), symbols), ranges=False)
    return simplify(rebuild(flat, lambda u: normal_int(u) if u.sort is INT and not u.loose else u), symbols)


def _loose(t: Term) -> bool:
    """Whether an operation on floats leaves its result to the runtime."""
    return isinstance(t.sort, FloatSort) and (t.op == "fn" or t.op in ("sum", "prod"))


def goals(step: Step, lemmas: tuple[Lemma, ...] = ()) -> list[Goal]:
    """``defined`` (the right side wherever the left is) and ``equal``, at an index in range."""
    shapes = {name: tuple(b.below(d) for d in t.shape) for name, t in step.leaves.items() if t.rank}
    sizes = [Fact(f"{s}_positive", b.le(b.ONE, var(s, INT))) for s in step.symbols]
    at = [fresh("i", INT) for _ in step.left.shape]
    domains = [b.below(d) for d in step.left.shape]
    here = [Fact(f"i{k}_in_range", in_domain(d, x)) for k, (d, x) in enumerate(zip(domains, at, strict=True))]
    ours, theirs = (beta(b.at(t.lam(), *at)) for t in (step.left, step.right))
    known = [f.formula for f in (*sizes, *here)]
    left_defined = Fact("left_defined", strip(defined(ours, shapes, known)))
    premises = (*sizes, *here, left_defined)
    right_defined = strip(defined(theirs, shapes, [*known, left_defined.formula]))
    indices = tuple(zip(at, domains, strict=True))
    equal = b.eq(strip(ours), strip(theirs)) if strip(ours).sort is strip(theirs).sort else b.FALSE
    out = [Goal(f"{step.name}/equal", GoalKind.EQUAL, premises, equal, indices, lemmas)]
    if right_defined is not b.TRUE:
        out.insert(0, Goal(f"{step.name}/defined", GoalKind.DEFINED, premises, right_defined, indices, lemmas))
    return out

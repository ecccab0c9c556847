"""When an element of a denotation is defined as far as indices go, whatever its data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from ....ir.elements import fold
from ....theories.definedness import defined, in_domain
from ....theories.normal.beta import beta, strip
from ....theories.terms import build as b
from ....theories.terms.binders import fresh, open_with, substitute, var
from ....theories.terms.build import Domain
from ....theories.terms.dims import Shapes
from ....theories.terms.sorts import BOOL, EREAL, INT, BitsSort, FloatSort, Sort
from ....theories.terms.term import Term, free_vars, make, postorder, rebuild, with_args
from .written_out import written_out

_OF_DATA: Final = frozenset(
    {"add", "sub", "mul", "div", "rem", "udiv", "urem", "shl", "lshr", "ashr", "cast", "fn", "sqrt", "round"}
)
"""Operations on elements that are partial in some reading; on integers, which are indices too, they are total."""


def reads_in_range(element: Term, shapes: Shapes, known: Iterable[Term], sizes: Iterable[Term]) -> list[Term]:
    """Conditions under which every read in ``element`` is in range, for all values of their variables ``k0``, ``k1`` ….

    What the operator asks of its data (``require``, a divisor that is not 0, a float that fits an integer) is assumed to
    hold: each such operation is guarded by its condition.  What is left are reads, maxima and minima of nothing, and
    divisions of indices.  Variables of reductions are free; ``sizes`` are the symbols.
    """
    facts = list(known)
    whole = strip(defined(beta(guarded(element)), shapes, facts))
    names = {x.name for x in sizes}
    found = [written_out(_closed(a, names)) for a in _atoms(whole, frozenset(facts), (), ())]
    return list(dict.fromkeys(found))


def guarded(t: Term) -> Term:
    """``t`` with every condition on data as a guard: where it fails there is some other value."""
    return rebuild(t, _guarded)


def _guarded(t: Term) -> Term:
    if t.op == "require":
        return b.ite(t.args[0], t.args[1], some(t.sort))
    if t.op not in _OF_DATA or t.sort is INT:
        return t
    xs = [fresh("x", a.sort) for a in t.args]
    condition = defined(with_args(t, tuple(xs)), {})
    if condition is b.TRUE:
        return t
    return b.ite(substitute(condition, dict(zip(xs, t.args, strict=True))), t, some(t.sort))


def some(sort: Sort) -> Term:
    """A value of an element's sort."""
    if sort is BOOL:
        return b.FALSE
    if isinstance(sort, FloatSort):
        return b.float_bits(0, sort)
    if isinstance(sort, BitsSort):
        return b.bit_vector(0, sort)
    return b.ereal(0) if sort is EREAL else make("lit", (), sort, 0 if sort is INT else Fraction(0))


def float_reductions(*terms: Term) -> bool:
    """Whether a big operator on floats occurs, whose order of evaluation is open."""
    return any(isinstance(t.sort, FloatSort) and t.op in ("sum", "prod", "bigmax", "bigmin") for t in postorder(terms))


@dataclass(frozen=True, slots=True)
class _Atom:
    """A conclusion under premises, with the variables that it is about and their domains."""

    binders: tuple[tuple[Term, Domain], ...]
    premises: tuple[Term, ...]
    conclusion: Term


def _atoms(
    t: Term, known: frozenset[Term], binders: tuple[tuple[Term, Domain], ...], premises: tuple[Term, ...]
) -> Iterator[_Atom]:
    """What a condition asks, piece by piece.  A premise about a reduction of floats is left out: that asks for more."""
    if t.op == "and":
        for a in _conjuncts(t):
            yield from _atoms(a, known, binders, premises)
            known = known.union([a])
    elif t.op == "implies":
        stated = _conjuncts(t.args[0])
        kept = tuple(p for p in stated if p not in known and not float_reductions(p))
        yield from _atoms(t.args[1], known.union(stated), binders, (*premises, *kept))
    elif t.op == "forall":
        x = fresh("r", t.dom.sort)
        domain = (t.dom, t.dom_args)
        where = [p for p in _conjuncts(open_with(t.filter, x)) if p is not b.TRUE and not float_reductions(p)]
        inside = _conjuncts(in_domain(domain, x))
        body = open_with(t.body, x)
        yield from _atoms(body, known.union(inside, where), (*binders, (x, domain)), (*premises, *where))
    elif fold(t) is not b.TRUE and t not in known:
        yield _Atom(binders, premises, fold(t))


def _closed(atom: _Atom, sizes: set[str]) -> Term:
    """An atom as a formula over ``k0``, ``k1`` …, with those premises that share a variable with its conclusion."""

    def variables(*terms: Term) -> set[Term]:
        return {v for n, v in free_vars(*terms).items() if n not in sizes}

    about = variables(atom.conclusion)
    kept: set[Term] = set()
    domains = {x: in_domain(d, x) for x, d in atom.binders}
    waiting = [*atom.premises, *domains.values()]
    grown = True
    while grown:
        more = [p for p in waiting if p not in kept and (variables(p) & about or not variables(p))]
        grown = bool(more)
        kept.update(more)
        about |= variables(*more)
    names = {x: var(f"k{j}", x.sort) for j, x in enumerate(x for x in domains if x in about)}
    premises = dict.fromkeys(p for p in (*domains.values(), *atom.premises) if p in kept)
    formula = b.implies(b.conj(*premises), atom.conclusion) if premises else atom.conclusion
    return substitute(formula, names)


def _conjuncts(t: Term) -> tuple[Term, ...]:
    return tuple(u for a in t.args for u in _conjuncts(a)) if t.op == "and" else (t,)

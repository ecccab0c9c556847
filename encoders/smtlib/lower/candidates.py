"""Which ground terms a quantified index variable is instantiated at.

A variable ``k`` that is read as ``x[.., k + r]`` is tried at every ``c - r`` with ``x[.., c]`` among the ground reads,
and at the witnesses and index parameters of the same domain and the least member of its range; one that no read
mentions, at all witnesses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ....theories.normal.poly import normal_int, to_poly
from ....theories.normal.printing import to_term
from ....theories.terms import build as b
from ....theories.terms.binders import fresh
from ....theories.terms.build import Domain
from ....theories.terms.sorts import INT, AxisSort
from ....theories.terms.term import Term, free_vars, postorder
from .reads import Reads, spine

if TYPE_CHECKING:
    from .quantified import Quantified

_MANY: Final = 40
_SHORT: Final = 16


class Candidates:
    """Witnesses by sort, and the arguments of reads."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._witnesses: dict[Term, Domain | None] = {}
        self._generations: dict[Term, int] = {}
        self._uses: dict[Term, tuple[tuple[str, int, Term], ...]] = {}

    def add_witness(self, x: Term, domain: Domain | None, generation: int) -> None:
        """Offer ``x`` (a Skolem constant or an index parameter) from now on."""
        self._witnesses[x] = domain
        self._generations[x] = generation

    def generation(self, t: Term) -> int:
        """The number of Skolem steps and of reads of index tables (``p[q[i]]`` has two) behind ``t``."""
        known = self._generations.get(t)
        if known is None:
            depths: dict[Term, int] = {}
            for u in postorder([t]):
                inner = max((depths[a] for a in u.args), default=self._generations.get(u, 0))
                depths[u] = inner + (u.op == "at" and u.sort is INT and not isinstance(u.args[1].sort, AxisSort))
            known = self._generations[t] = depths[t]
        return known

    @staticmethod
    def exhaustive(q: Quantified) -> bool:
        """Whether the domain is a short range between literals, so that every member is tried."""
        dom, args = q.domain
        if dom.kind != "range" or any(a.op != "lit" for a in args):
            return False
        lo, hi = (a.data for a in args)
        return isinstance(lo, int) and isinstance(hi, int) and hi - lo <= _SHORT

    def of(self, q: Quantified) -> list[Term]:
        """The terms to instantiate ``q`` at, those of early generations first."""
        if self.exhaustive(q):
            lo, hi = (a.data for a in q.domain[1])
            assert isinstance(lo, int) and isinstance(hi, int)
            return [b.integer(k) for k in range(lo, hi)]
        sort = q.domain[0].sort
        out: dict[Term, None] = {}
        uses = self._uses_of(q)
        for name, position, offset in uses:
            for c in list(self._reads.arguments.get((name, position), ())):
                if c.sort is sort:
                    out.setdefault(_minus(c, offset))
        for w, domain in self._witnesses.items():
            if w.sort is sort and (not uses or domain is None or _alike(domain, q.domain)):
                out.setdefault(w)
        if q.domain[0].kind == "range":
            out.setdefault(q.domain[1][0])  # the least member, if there is one
        return sorted(out, key=self.generation)[:_MANY]

    def _uses_of(self, q: Quantified) -> tuple[tuple[str, int, Term], ...]:
        found = self._uses.get(q.term)
        if found is not None:
            return found
        x = fresh("probe", q.domain[0].sort)
        uses: dict[tuple[str, int, Term], None] = {}
        for t in postorder([q.inner(x)]):
            if t.op != "at":
                continue
            head, args = spine(t)
            if head.op != "var":
                continue
            for position, a in enumerate(args):
                if a.sort is x.sort and not a.loose:
                    offset = _offset(a, x)
                    if offset is not None:
                        uses.setdefault((head.name, position, offset))
        self._uses[q.term] = tuple(uses)
        return self._uses[q.term]


def _offset(a: Term, x: Term) -> Term | None:
    """``r`` when ``a`` is ``x + r``, else None."""
    if a is x:
        return b.ZERO if x.sort is INT else x
    if x.sort is not INT:
        return None
    rest = to_poly(b.sub(a, x))
    offset = to_term(rest)
    return None if x.name in free_vars(offset) else offset


def _minus(c: Term, offset: Term) -> Term:
    if offset is b.ZERO or c.sort is not INT:
        return c
    return normal_int(b.sub(c, offset))


def _alike(left: Domain, right: Domain) -> bool:
    if left[0][:2] != right[0][:2]:
        return False
    if left[0].kind == "range":
        return left[1][1] is right[1][1] or left[1][0] is not b.ZERO or right[1][0] is not b.ZERO
    return True

"""Quantified subformulas, and axes groups as sorts that may be empty."""

from __future__ import annotations

from dataclasses import dataclass, field

from ....theories.normal.beta import beta
from ....theories.terms import build as b
from ....theories.terms.binders import open_with, var
from ....theories.terms.build import Domain
from ....theories.terms.sorts import BOOL
from ....theories.terms.term import Term


@dataclass
class Quantified:
    """A quantified subformula in existential form: ``exists x in domain. inner(x)`` is named by ``prop``."""

    term: Term
    prop: Term
    domain: Domain
    generation: int
    skolemised: bool = False
    registered: bool = False
    done: set[Term] = field(default_factory=set[Term])

    def inner(self, x: Term) -> Term:
        """The filter and the (for ``forall``, negated) body at ``x``."""
        where = beta(open_with(self.term.filter, x), ranges=False)
        body = beta(open_with(self.term.body, x), ranges=False)
        if self.term.op == "forall":
            body = b.negate(body)
        return body if where is b.TRUE else b.conj(where, body)


def nonempty_group(group: str) -> Term:
    """Whether the group has an axis at all (rank above 0)."""
    return var(f"{group}.nonempty", BOOL)

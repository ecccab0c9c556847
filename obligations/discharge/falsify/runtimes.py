"""Functions of a runtime: what a boundary's axioms say they are."""

from __future__ import annotations

from ....theories.terms import build as b
from ....theories.terms.term import Term, free_vars
from ...claims import Claim
from .hints import spine


def functions(claim: Claim) -> dict[str, Term]:
    """Runtime functions that an available axiom ``r.f(a, b) = e`` defines, as closed terms."""
    runtime = {p.var for p in claim.parameters if p.role == "runtime"}
    out: dict[str, Term] = {}
    for lemma in (*claim.auto, *claim.hints.lemmas):
        if lemma.formula.op != "eq":
            continue
        for read, value in (lemma.formula.args, lemma.formula.args[::-1]):
            head, args = spine(read)
            if head not in runtime or len(set(args)) != len(args) or not set(args) <= set(lemma.variables):
                continue
            if set(free_vars(value).values()) <= set(args):
                term = value
                for a in reversed(args):
                    term = b.lam_over(b.everything(a.sort), a, term)
                out.setdefault(head.name, term)
    return out

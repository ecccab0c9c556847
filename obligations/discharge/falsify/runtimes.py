"""Functions of a runtime: what the axioms that a claim uses say they are.

A runtime about which nothing is assumed may be any function.  One about which something is assumed may only be a
function that satisfies it; such functions are known where the assumption is ``r.f(a, b) = e`` with ``e`` a term in the
arguments alone, which then defines ``f``.
"""

from __future__ import annotations

from collections.abc import Iterator

from ....theories.errors import Unsupported
from ....theories.terms import build as b
from ....theories.terms.binders import fresh, substitute
from ....theories.terms.term import Term, free_vars
from ...claims import Claim
from .hints import spine


def functions(claim: Claim) -> dict[str, Term]:
    """The runtime functions that assumptions define, as closed terms.  Unsupported when one is constrained otherwise."""
    runtime = {p.var for p in claim.parameters if p.role == "runtime"}
    if runtime and claim.kind == "axiom":
        raise Unsupported("an assumption about a runtime is tested on that runtime, not by evaluation")
    out: dict[str, Term] = {}
    for formula in _assumptions(claim):
        used = runtime & set(free_vars(formula).values())
        if not used:
            continue
        found = _definition(formula, runtime)
        if found is None or out.setdefault(found[0], found[1]) is not found[1]:
            raise Unsupported(f"what is assumed of {', '.join(sorted(f.name for f in used))} does not define it")
    return out


def _assumptions(claim: Claim) -> Iterator[Term]:
    for lemma in (*claim.auto, *claim.hints.lemmas):
        yield lemma.formula
    for instance in claim.hints.instances:
        yield instance.formula
    for step in claim.hints.calc:
        yield from (i.formula for i in step.instances)
        yield from (lemma.formula for lemma in step.lemmas)


def _definition(formula: Term, runtime: set[Term]) -> tuple[str, Term] | None:
    """The function that ``formula``, or an instance of an axiom like it, defines."""
    if formula.op != "eq":
        return None
    for read, value in (formula.args, formula.args[::-1]):
        head, args = spine(read)
        if head not in runtime or len(set(args)) != len(args):
            continue
        places = [fresh("a", a.sort) for a in args]
        term = substitute(value, dict(zip(args, places, strict=True)))
        if set(free_vars(term).values()) <= set(places):
            for a in reversed(places):
                term = b.lam_over(b.everything(a.sort), a, term)
            return head.name, term
    return None

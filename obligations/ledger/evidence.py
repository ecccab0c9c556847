"""What speaks for an axiom so far, and what speaks against it.

An axiom that says ``falsified_by sampling`` is evaluated at corner values and at random, outside the friendly domain
too; one hit and it is false.  An axiom that says a runtime's operation is an operation of IEEE 754 is compared bit for
bit with the runtimes of this machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...theories.errors import Unsupported
from ...theories.ieee754.reference import OPERATIONS
from ...theories.terms.sorts import BitsSort, FloatSort
from ...theories.terms.term import Term
from ..claims import Claim, Proposition

INPUTS = 10_000
"""Random operands of a comparison with a runtime, beside the corner values."""


@dataclass(slots=True)
class Evidence:
    """Evidence for axioms by name, gathered when it is asked for and once only."""

    axioms: Mapping[str, Claim]
    _false: dict[str, str | None] = field(default_factory=dict[str, "str | None"])

    def against(self, name: str) -> str | None:
        """Values at which the axiom is false, as text; None if none are known."""
        if name not in self._false:
            self._false[name] = _sample(self.axioms[name]) if sampled(self.axioms[name]) else None
        return self._false[name]

    def speaking(self, name: str) -> str:
        """What speaks for the axiom, in one line; empty if nothing does."""
        axiom = self.axioms[name]
        if sampled(axiom):
            false = self.against(name)
            return f"FALSE at {false}" if false else "no counterexample at corner values and random ones"
        return _conformance(axiom)

    def all(self) -> dict[str, str]:
        """What speaks for each axiom."""
        return {name: self.speaking(name) for name in self.axioms}


def sampled(axiom: Claim) -> bool:
    """Whether sampling can tell that the axiom is false: it says so, and speaks of no runtime."""
    runtime = any(p.role == "runtime" for p in axiom.parameters)
    return not runtime and any(word == "falsified_by" and "sampling" in values for word, values in axiom.clauses)


def _sample(axiom: Claim) -> str | None:
    from ..discharge.falsify import falsify, shrink

    try:
        found = falsify(axiom)
    except Unsupported:
        return None
    return None if found is None else shrink(axiom, found).text


def _conformance(axiom: Claim) -> str:
    from ...theories.ieee754.conformance import NoRuntime, conformance

    compared = _operation(axiom)
    if compared is None:
        return ""
    try:
        found = conformance(*compared, INPUTS)
    except NoRuntime:
        return ""
    return f"{found.runtime}: {found.inputs} inputs, {found.mismatches} mismatches"


def _operation(axiom: Claim) -> tuple[str, FloatSort] | None:
    """The operation of IEEE 754, and its format, that the axiom says a function of a runtime is."""
    statement = axiom.statement
    runtime = {p.var for p in axiom.parameters if p.role == "runtime"}
    if not isinstance(statement, Proposition) or statement.formula.op != "eq":
        return None
    for call, value in (statement.formula.args, statement.formula.args[::-1]):
        head, args = _call(call)
        if head in runtime and args == value.args:
            return _named(value)
    return None


def _named(value: Term) -> tuple[str, FloatSort] | None:
    arg = value.args[0].sort if value.args else None
    if value.op == "cast" and isinstance(value.sort, FloatSort):
        if isinstance(arg, FloatSort):
            return f"of_{arg.text}", value.sort
        return (f"of_int{arg.width}", value.sort) if isinstance(arg, BitsSort) else None
    name = "eq" if value.op == "peq" else value.op
    if value.op == "rint":
        name = "roundeven" if value.name == "even" else value.name
    return (name, arg) if isinstance(arg, FloatSort) and name in OPERATIONS else None


def _call(t: Term) -> tuple[Term, tuple[Term, ...]]:
    args: list[Term] = []
    while t.op == "at":
        args.append(t.args[1])
        t = t.args[0]
    return t, tuple(reversed(args))

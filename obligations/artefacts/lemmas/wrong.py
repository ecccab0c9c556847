"""Twins as claims: what is said of one denotation or instruction, about another."""

from __future__ import annotations

from dataclasses import replace

from ....ir.dtypes import Reading
from ....ir.tensors import of_term
from ....theories.terms import build as b
from ....theories.terms.binders import substitute, var
from ....theories.terms.term import BIG, Term, free_vars, make, rebuild
from ...claims import Claim, Verdict
from .build import (
    compiled,
    declared,
    denotation,
    leaves_of,
    preservation_statement,
    reading_of,
    shape_statement,
)
from .texts import use_lines
from .twins import Twin


def wrong_claim(name: str, twin: Twin) -> Claim:
    """The claim of a twin; it is expected to be refuted."""
    claim = _shape(name, twin) if twin.name.startswith("shape") else _preservation(name, twin)
    return replace(
        claim,
        kind="refuted",
        expected=Verdict.REFUTED,
        source="\n".join(_text(name, twin, claim.source)),
        doc=twin.doc,
        twin_of=f"{name.rpartition('.')[0]}.{twin.name.partition('_')[0]}",
    )


def _shape(name: str, twin: Twin) -> Claim:
    said = declared(twin.declared or twin.right)[0]
    t = denotation(twin.wrong or twin.right, Reading.IEEE)[0]
    changed = of_term(_changed(t.lam(), twin), t.type, t.reading)
    return shape_statement(name, twin.right, said, changed, leaves_of(twin.right))


def _preservation(name: str, twin: Twin) -> Claim:
    reading = reading_of(twin.right)
    right = compiled(twin.right, reading)[0]
    wrong = compiled(twin.wrong or twin.right, reading)[0]
    pair = replace(right, compiled=_changed(wrong.compiled, twin))
    return preservation_statement(name, twin.right, 0, reading, pair)


def _changed(t: Term, twin: Twin) -> Term:
    values = {
        v: var(f"x{twin.order[int(n[1:])]}", v.sort) for n, v in free_vars(t).items() if twin.order and n[0] == "x"
    }
    moved = substitute(t, values)
    return rebuild(moved, _unguarded) if twin.unguarded else moved


def _unguarded(t: Term) -> Term:
    """Without conditions: the first branch of every choice, the value of every ``require``, sums over everything."""
    if t.op in ("ite", "require"):
        return t.args[-2] if t.op == "ite" else t.args[1]
    if t.op in BIG and t.filter is not b.TRUE:
        return make(t.op, (*t.args[:-2], b.TRUE, t.body), t.sort, t.data)
    return t


def _text(name: str, twin: Twin, source: str) -> list[str]:
    lines = [f"refuted {name}", f"  wrong       {twin.doc}", *source.splitlines()[1:]]
    for word, other in (("denoted as", twin.wrong), ("declared as", twin.declared)):
        if other is not None:
            lines += [f"  {word}", *[f"  {line}" for line in use_lines(other)]]
    return lines

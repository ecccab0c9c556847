"""Do the SMT reading and the NumPy reading of a closed term agree?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from importlib import import_module
from typing import Any

from probanda.encoders.arrays import Env
from probanda.encoders.arrays.evaluator import Evaluator
from probanda.encoders.arrays.formats import patterns
from probanda.encoders.smtlib.printer import Script, script
from probanda.theories.definedness import defined
from probanda.theories.normal.ereal import eliminate
from probanda.theories.terms import build as b
from probanda.theories.terms.sorts import BFLOAT16, BOOL, EREAL, INT, REAL, BitsSort, ElemSort, FloatSort, Sort
from probanda.theories.terms.term import Term
from tests.unit.terms_random import SCALAR, SCALARS, Generator
from tests.unit.unfold import unfold

ENVIRONMENT = Env(values={t.name: k for k, t in enumerate(SCALARS)})
BATCH = 64


@dataclass
class Agreement:
    """What was compared, and the terms on which the readings differ."""

    compared: int = 0
    undefined: int = 0
    solved: Counter[str] = field(default_factory=Counter[str])
    different: list[str] = field(default_factory=list[str])


def agree(sort: Sort, sorts: Sequence[Sort], seed: int, count: int, depth: int = 4) -> Agreement:
    """Compare ``count`` defined random terms of ``sort``, and their definedness."""
    generator = Generator(seed, sorts)
    outcome = Agreement()
    pending: dict[str, list[tuple[Term, Term]]] = {}
    while outcome.compared < count:
        t = generator.term(sort, depth)
        condition = defined(t, {})
        evaluator = Evaluator(ENVIRONMENT)
        is_defined = bool(evaluator.scalar(condition).data)
        claims = [(condition, b.eq(unfold(condition), b.boolean(is_defined)))] if outcome.undefined % 4 == 0 else []
        if is_defined:
            outcome.compared += 1
            claims.append((t, b.eq(unfold(t), number(evaluator.scalar(t).data, sort))))
        else:
            outcome.undefined += 1
        for source, equation in claims:
            negation = b.negate(eliminate(equation))
            logic = _single(negation).logic
            pending.setdefault(logic, []).append((source, negation))
            if len(pending[logic]) == BATCH:
                outcome.different += _decide(logic, pending.pop(logic), outcome.solved)
    for logic, batch in pending.items():
        outcome.different += _decide(logic, batch, outcome.solved)
    return outcome


def number(data: Any, sort: Sort) -> Term:
    """A value of the NumPy reading as a literal."""
    value = data.item() if data.shape == () else data
    if sort is BOOL:
        return b.boolean(bool(value))
    if sort is INT:
        return b.integer(int(value))
    if sort is REAL:
        return b.rational(Fraction(int(value.p), int(value.q)))
    if sort is EREAL:
        if isinstance(value, float):
            return b.ereal("inf" if value > 0 else "-inf")
        return b.ereal(Fraction(int(value.p), int(value.q)))
    if isinstance(sort, FloatSort):
        return b.float_bits(int(patterns(data, sort).item()), sort)
    if isinstance(sort, BitsSort):
        return b.bit_vector(int(value), sort)
    assert isinstance(sort, ElemSort)
    return SCALARS[int(value)] if sort is SCALAR else b.ring_integer(int(value), sort)


def _facts() -> list[tuple[str, Term]]:
    """The scalars are different, and their ``==`` is identity, as in the environment."""
    return [
        (f"fact{j}{k}", b.conj(b.negate(b.eq(x, y)) if x is not y else b.TRUE, _iff(b.program_eq(x, y), x is y)))
        for j, x in enumerate(SCALARS)
        for k, y in enumerate(SCALARS)
    ]


def _iff(t: Term, value: bool) -> Term:
    return t if value else b.negate(t)


def _single(negation: Term) -> Script:
    return script([("negation", negation)])


def _decide(logic: str, batch: list[tuple[Term, Term]], solved: Counter[str]) -> list[str]:
    """The members of the batch whose negated equation is not unsatisfiable, for some solver."""
    text = _text([n for _, n in batch])
    out: list[str] = []
    for solver in _solvers(logic, text):
        solved[solver] += len(batch)
        answer = RUN[solver](text.text)
        if answer != "unsat":
            bad = [(t, RUN[solver](_text([n]).text)) for t, n in batch]
            found = [f"{solver} says {says}: {t!r}" for t, says in bad if says != "unsat"]
            out += found or [f"{solver} says {answer} on a batch of {len(batch)}"]
    return out


def _text(negations: Sequence[Term]) -> Script:
    facts = _facts() if any("$A" in _single(n).text for n in negations) else []
    return script([*facts, ("some", b.disj(*negations))])


def _solvers(logic: str, text: Script) -> list[str]:
    machine = logic in ("QF_FP", "QF_BV", "QF_BVFP") and BFLOAT16 not in text.formats
    return ["z3", "bitwuzla"] if machine else ["z3"]


def run_z3(text: str) -> str:
    z3: Any = import_module("z3")
    context = z3.Context()
    solver = z3.Solver(ctx=context)
    solver.from_string(text)
    return str(solver.check())


def run_bitwuzla(text: str) -> str:
    bitwuzla: Any = import_module("bitwuzla")
    parser = bitwuzla.Parser(bitwuzla.TermManager(), bitwuzla.Options())
    parser.parse(text, True, False)  # stops before check-sat, which would print
    return str(parser.bitwuzla().check_sat()).lower().rpartition(".")[2]


RUN = {"z3": run_z3, "bitwuzla": run_bitwuzla}

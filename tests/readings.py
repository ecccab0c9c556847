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
from probanda.theories.terms.sorts import (
    BFLOAT16,
    BOOL,
    EREAL,
    FLOAT32,
    FLOAT64,
    INT,
    REAL,
    BitsSort,
    ElemSort,
    FloatSort,
    Sort,
)
from probanda.theories.terms.term import Term, postorder
from tests.unit.terms_random import SCALAR, SCALARS, Generator
from tests.unit.unfold import unfold

ENVIRONMENT = Env(values={t.name: k for k, t in enumerate(SCALARS)})
BATCH = 64
COMMON_FORMATS = {FLOAT32, FLOAT64}  # of cvc5; bitwuzla has FLOAT16 too


@dataclass
class Agreement:
    """What was compared, and the terms on which the readings differ."""

    compared: int = 0
    undefined: int = 0
    solved: Counter[str] = field(default_factory=Counter[str])
    different: list[str] = field(default_factory=list[str])


def agree(sort: Sort, sorts: Sequence[Sort], seed: int, count: int) -> Agreement:
    """Compare ``count`` defined random terms of ``sort``, and the definedness of some."""
    generator = Generator(seed, sorts)
    outcome = Agreement()
    pending: dict[tuple[str, frozenset[FloatSort]], list[tuple[Term, Term]]] = {}
    while outcome.compared < count:
        t = generator.term(sort, 4 if outcome.compared % 5 else 5)
        condition = defined(t, {})
        evaluator = Evaluator(ENVIRONMENT)
        is_defined = bool(evaluator.scalar(condition).data)
        equations: list[tuple[Term, Term]] = []
        if is_defined:
            outcome.compared += 1
            equations.append((t, b.eq(unfold(t), number(evaluator.scalar(t).data, sort))))
        else:
            outcome.undefined += 1
        if (outcome.compared + outcome.undefined) % 4 == 0:
            equations.append((condition, b.eq(unfold(condition), b.boolean(is_defined))))
        for source, equation in equations:
            negation = b.negate(eliminate(equation))
            alone = script([("negation", negation)])
            batch = pending.setdefault((alone.logic, alone.formats), [])
            batch.append((source, negation))
            if len(batch) == BATCH:
                _decide(batch, outcome)
                batch.clear()
    for batch in pending.values():
        _decide(batch, outcome)
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


def scalar_facts() -> list[tuple[str, Term]]:
    """The scalars are different, and their ``==`` is identity, as in the environment."""
    return [
        (f"fact{j}{k}", b.conj(b.negate(b.eq(x, y)) if x is not y else b.TRUE, _iff(b.program_eq(x, y), x is y)))
        for j, x in enumerate(SCALARS)
        for k, y in enumerate(SCALARS)
    ]


def _iff(t: Term, value: bool) -> Term:
    return t if value else b.negate(t)


def _decide(batch: Sequence[tuple[Term, Term]], outcome: Agreement) -> None:
    """Notes the members of the batch whose negated equation some solver does not find unsatisfiable."""
    if not batch:
        return
    together = _script([n for _, n in batch])
    for solver in _solvers(together, outcome):
        outcome.solved[solver] += len(batch)
        answer = RUN[solver](together.text)
        if answer == "unsat":
            continue
        singly = [(t, RUN[solver](_script([n]).text)) for t, n in batch]
        found = [f"{solver} says {says}: {t!r}" for t, says in singly if says != "unsat"]
        outcome.different += found or [f"{solver} says {answer} to {len(batch)} together"]


def _script(negations: Sequence[Term]) -> Script:
    some = b.disj(*negations)
    facts = scalar_facts() if any(x in SCALARS or x.op == "peq" for x in postorder([some])) else []
    return script([*facts, ("some", some)])


def _solvers(s: Script, outcome: Agreement) -> list[str]:
    """z3 for everything, bitwuzla and cvc5 for what they have, the latter now and then."""
    out = ["z3"]
    if s.logic in ("QF_FP", "QF_BV", "QF_BVFP") and BFLOAT16 not in s.formats:
        out.append("bitwuzla")
    if s.formats <= COMMON_FORMATS and outcome.solved["z3"] >= 4 * outcome.solved["cvc5"]:
        out.append("cvc5")
    return out


def run_z3(text: str) -> str:
    z3: Any = import_module("z3")
    solver = z3.Solver(ctx=z3.Context())
    solver.from_string(text)
    return str(solver.check())


def run_bitwuzla(text: str) -> str:
    bitwuzla: Any = import_module("bitwuzla")
    parser = bitwuzla.Parser(bitwuzla.TermManager(), bitwuzla.Options())
    parser.parse(text, True, False)  # stops before check-sat, which would print
    return str(parser.bitwuzla().check_sat()).lower().rpartition(".")[2]


def run_cvc5(text: str) -> str:
    cvc5: Any = import_module("cvc5")
    solver = cvc5.Solver(cvc5.TermManager())
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "script")
    said = ""
    while not (command := parser.nextCommand()).isNull():
        said = str(command.invoke(solver, parser.getSymbolManager())).strip() or said
    return said


RUN = {"z3": run_z3, "bitwuzla": run_bitwuzla, "cvc5": run_cvc5}

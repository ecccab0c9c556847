"""The texts of scripts: one goal for each logic."""

from __future__ import annotations

from fractions import Fraction

import pytest
from syrupy.assertion import SnapshotAssertion

from probanda.encoders.smtlib.check_pysmt import Parsed
from probanda.encoders.smtlib.printer import Script, script
from probanda.theories.errors import Unsupported
from probanda.theories.terms import build as b
from probanda.theories.terms import sorts as s
from probanda.theories.terms.binders import var
from probanda.theories.terms.sorts import BFLOAT16, BOOL, FLOAT32, INT, REAL, bits
from probanda.theories.terms.term import Term, make

x, y = var("x", INT), var("y", INT)
r, q = var("r", REAL), var("q", REAL)
f, g = var("f", FLOAT32), var("g", FLOAT32)
u, v = var("u", bits(8)), var("v", bits(8))
SCALAR, RING = s.elem("α", "scalar"), s.elem("R", "ring")
a, c = var("a", SCALAR), var("c", SCALAR)
e, d = var("e", RING), var("d", RING)
start, stop = var("start", s.index_map("C")), var("end", s.index_map("C"))
axis = var("w!31", s.axis("C"))
element = var("t", s.fn_sort([INT, INT], SCALAR))


def goal(conclusion: Term, *hypotheses: Term, wants: tuple[Term, ...] = (), **options: object) -> Script:
    named = [(f"h{k}", h) for k, h in enumerate(hypotheses)]
    return script([*named, ("goal", b.negate(conclusion))], wants, **options)  # type: ignore[arg-type]


index = b.idiv(b.sub(b.at(stop, axis), b.at(start, axis)), x)
total = b.add(b.mul(r, r), b.mul(q, q))

GOALS: dict[str, Script] = {
    "QF_UF": goal(b.eq(b.ite(b.program_eq(a, c), a, c), c), b.eq(a, c), cores=True),
    "QF_LIA": goal(b.lt(b.imod(x, b.integer(3)), b.integer(3)), wants=(x,)),
    "QF_NIA": goal(b.le(b.ZERO, b.imod(x, y)), b.lt(b.ZERO, y)),
    "QF_LRA": goal(b.le(b.minimum(r, q), b.absolute(r)), b.lt(r, b.rational(Fraction(-1, 3)))),
    "QF_NRA": goal(b.le(b.div(r, total), b.power(total, 2)), b.lt(b.rational(1), total), wants=(r, total)),
    "QF_LIRA": goal(b.le(b.cast(b.floor(r), REAL), r)),
    "QF_UFLIA": goal(b.eq(b.at(element, x, y), a), b.lt(b.at(start, axis), b.at(stop, axis)), b.eq(x, y)),
    "QF_UFNIA": goal(b.lt(index, b.at(stop, axis)), b.lt(b.ZERO, x), wants=(b.at(start, axis), index)),
    "QF_UFNRA": goal(b.eq(b.apply("exp", b.add(r, q)), b.mul(b.apply("exp", r), b.apply("exp", q)))),
    "QF_UFLRA": goal(b.le(b.round_real(r, s.FLOAT16), b.round_real(q, s.FLOAT16)), b.le(r, q)),
    "QF_BV": goal(
        b.le(b.bit_vector(0, bits(8)), b.absolute(u)), b.unsigned("ule", u, b.bit_op("shl", v, u)), wants=(u,)
    ),
    "QF_FP": goal(b.eq(b.maximum(f, g), b.add(f, b.float_bits(0x80000000, FLOAT32))), b.float_test("isfinite", f)),
    "QF_FP, bfloat16": goal(b.eq(b.cast(b.cast(f, BFLOAT16), FLOAT32), f), make("fits", (f,), BOOL, bits(8))),
    "QF_BVFP": goal(b.eq(b.cast(b.cast(u, FLOAT32), bits(8)), u)),
    "QF_UFFP": goal(b.eq(b.apply("tanh", f), b.apply("tanh", b.neg(b.neg(f))))),
    "ALL": goal(b.lt(b.cast(f, REAL), b.cast(b.add(b.cast(u, INT), b.ONE), REAL)), b.eq(u, b.cast(x, bits(8)))),
    "ring as Int": goal(b.eq(b.mul(e, b.add(e, d)), b.power(e, 2)), b.program_eq(e, d)),
    "ring uninterpreted": goal(
        b.eq(b.mul(e, b.ring_integer(-1, RING)), b.neg(b.power(e, 3))), ring_as="uninterpreted", wants=(e,)
    ),
    "names": goal(b.eq(var("and", INT), var("let|in\\", INT)), b.lt(var("x!8", INT), var("x!3", INT))),
}


@pytest.mark.parametrize("name", GOALS)
def test_script(name: str, snapshot: SnapshotAssertion) -> None:
    made = GOALS[name]
    if name.startswith("QF_"):
        assert made.logic == name.partition(",")[0]
    assert made.text == snapshot


@pytest.mark.parametrize("name", GOALS)
def test_pysmt_reads_the_scripts_in_its_logics(name: str) -> None:
    made = GOALS[name]
    if made.formats or any(op in made.text for op in ("(div ", "(mod ", "(to_int ")):
        with pytest.raises(Unsupported):
            Parsed(made)
    else:
        assert list(Parsed(made).assertions) == list(made.names.values())

"""Falsification, replay, shrinking, models and witnesses on claims built by hand."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from probanda.encoders.arrays import Env, Ring, Scalars
from probanda.obligations.claims import Claim, Fact, Instance, Parameter, ProofHints, Proposition, Value, Verdict
from probanda.obligations.discharge.falsify import Model, falsify, from_model, replay, shrink, witness
from probanda.theories.errors import Unsupported
from probanda.theories.terms import build as b
from probanda.theories.terms import sorts as s
from probanda.theories.terms.binders import var
from probanda.theories.terms.term import Term
from tests.verdicts.handmade import Maker, softmax

F32 = s.FLOAT32
R = s.elem("R", "ring")
ALPHA = s.elem("α", "scalar")


def scalar(t: Term) -> Value:
    return Value(t, (), b.TRUE)


def everywhere(group: str, f: Callable[[Term], Term]) -> Term:
    return b.big("forall", b.axes(group), f)


# -- claims ----------------------------------------------------------------------------------------------------------


def masked(fill: Fraction | int) -> Claim:
    m = Maker()
    n = m.size("n")
    x = m.value("scores", s.REAL, b.below(n), b.below(n))
    i, j = m.index("i", n), m.index("j", n)
    m.assume(b.lt(i, j))

    def shifted(a: Term, c: Term) -> Term:
        return b.add(b.at(x, a, c), b.ite(b.lt(a, c), b.rational(fill), b.rational(0)))

    scores = b.lam(b.below(n), lambda a: b.lam(b.below(n), lambda c: shifted(a, c)))
    return m.theorem(b.eq(b.at(softmax(scores, n, n), i, j), b.rational(0)))


def masked_out() -> Claim:
    m = Maker()
    n = m.size("n")
    x = m.value("scores", s.REAL, b.below(n), b.below(n))
    i, j = m.index("i", n), m.index("j", n)
    m.assume(b.lt(i, j))

    def weight(a: Term, c: Term) -> Term:
        return b.ite(b.lt(a, c), b.rational(0), b.apply("exp", b.at(x, a, c)))

    total = b.big("sum", b.below(n), lambda k: weight(i, k))
    return m.theorem(b.eq(b.div(weight(i, j), total), b.rational(0)))


def _slice(x: Value, start: Term, end: Term, step: Term, group: str) -> Value:
    def length(c: Term) -> Term:
        st, e, p = b.at(start, c), b.at(end, c), b.at(step, c)
        return b.ite(b.lt(st, e), b.add(b.idiv(b.sub(b.sub(e, st), b.ONE), p), b.ONE), b.ZERO)

    def valid(c: Term) -> Term:
        st, e, p = b.at(start, c), b.at(end, c), b.at(step, c)
        return b.conj(b.le(b.ZERO, st), b.le(st, e), b.le(e, b.at(x.dims[0][1][0], c)), b.lt(b.ZERO, p))

    def source(i: Term) -> Term:
        return b.lam(b.axes(group), lambda c: b.add(b.at(start, c), b.mul(b.at(i, c), b.at(step, c))))

    dims = b.lam(b.axes(group), length)
    return Value(
        b.lam(b.box(dims), lambda i: b.at(x.term, source(i))), (b.box(dims),), b.conj(x.valid, everywhere(group, valid))
    )


def _reverse(x: Value, group: str) -> Value:
    n = x.dims[0][1][0]

    def mirrored(i: Term) -> Term:
        return b.lam(b.axes(group), lambda c: b.sub(b.sub(b.at(n, c), b.ONE), b.at(i, c)))

    return Value(b.lam(x.dims[0], lambda i: b.at(x.term, mirrored(i))), x.dims, x.valid)


def slice_of_reverse(strict: bool) -> Claim:
    m, g = Maker(), "C"
    n = m.sizes("n", g)
    x = Value(m.value("x", ALPHA, b.box(n)), (b.box(n),), b.TRUE)
    st, e, p = m.map("s", g), m.map("e", g), m.map("p", g)
    order = b.lt if strict else b.le
    m.assume(
        everywhere(g, lambda c: b.le(b.ZERO, b.at(st, c))),
        everywhere(g, lambda c: order(b.at(st, c), b.at(e, c))),
        everywhere(g, lambda c: b.le(b.at(e, c), b.at(n, c))),
        everywhere(g, lambda c: b.lt(b.ZERO, b.at(p, c))),
    )

    def low(c: Term) -> Term:
        steps = b.idiv(b.sub(b.sub(b.at(e, c), b.at(st, c)), b.ONE), b.at(p, c))
        return b.sub(b.sub(b.at(n, c), b.at(st, c)), b.add(b.mul(b.at(p, c), steps), b.ONE))

    high = b.lam(b.axes(g), lambda c: b.sub(b.at(n, c), b.at(st, c)))
    right = _reverse(_slice(x, b.lam(b.axes(g), low), high, p, g), g)
    return m.rewrite(_slice(_reverse(x, g), st, e, p, g), right)


def causal(allowed: Callable[[Term, Term], Term]) -> Claim:
    """Row i of an attention over its keys, when keys that must not matter are changed."""
    m = Maker()
    n = m.size("n")
    k1, k2 = m.value("k", s.REAL, b.below(n)), m.value("other", s.REAL, b.below(n))
    i = m.index("i", n)
    m.assume(b.big("forall", b.below(n), lambda j: b.implies(b.le(j, i), b.eq(b.at(k1, j), b.at(k2, j)))))

    def output(k: Term) -> Term:
        def weight(j: Term) -> Term:
            return b.ite(allowed(i, j), b.apply("exp", b.at(k, j)), b.rational(0))

        top = b.big("sum", b.below(n), lambda j: b.mul(weight(j), b.at(k, j)))
        return b.div(top, b.big("sum", b.below(n), weight))

    return m.theorem(b.eq(output(k1), output(k2)))


def permuted(hypotheses: bool) -> Claim:
    m = Maker()
    n = m.size("n")
    x = m.value("x", R, b.below(n))
    p = m.value("p", s.INT, b.below(n), into=b.below(n))
    q = m.value("q", s.INT, b.below(n), into=b.below(n))
    if hypotheses:
        m.assume(
            b.big("forall", b.below(n), lambda i: b.eq(b.at(q, b.at(p, i)), i)),
            b.big("forall", b.below(n), lambda i: b.eq(b.at(p, b.at(q, i)), i)),
        )
    moved = b.big("sum", b.below(n), lambda i: b.at(x, b.at(p, i)))
    return m.theorem(b.eq(moved, b.big("sum", b.below(n), lambda i: b.at(x, i))))


def on_floats(left: Callable[[Term, Term], Term], right: Callable[[Term, Term], Term]) -> Claim:
    m = Maker()
    x, y = m.value("x", F32), m.value("y", F32)
    return m.rewrite(scalar(left(x, y)), scalar(right(x, y)))


ZERO = b.float_bits(0, F32)

TRUE_CLAIMS: dict[str, Callable[[], Claim]] = {
    "masked_out": masked_out,
    "slice_of_reverse": lambda: slice_of_reverse(strict=True),
    "causal": lambda: causal(lambda i, j: b.le(j, i)),
    "permuted": lambda: permuted(True),
    "add_comm": lambda: on_floats(b.add, lambda x, y: b.add(y, x)),
    "sub_zero": lambda: on_floats(lambda x, _y: b.sub(x, ZERO), lambda x, _y: x),
}
FALSE_CLAIMS: dict[str, Callable[[], Claim]] = {
    "finite_fill": lambda: masked(-1000),
    "slice_of_reverse_empty": lambda: slice_of_reverse(strict=False),
    "not_causal": lambda: causal(lambda i, j: b.le(i, j)),
    "no_permutation": lambda: permuted(False),
    "add_zero": lambda: on_floats(lambda x, _y: b.add(x, ZERO), lambda x, _y: x),
    "sub_self": lambda: on_floats(lambda x, _y: b.sub(x, x), lambda _x, _y: ZERO),
    "sub_comm": lambda: on_floats(b.sub, lambda x, y: b.sub(y, x)),
}


@pytest.mark.parametrize("name", TRUE_CLAIMS)
def test_true_claims_have_no_counterexample_and_a_full_witness(name: str) -> None:
    claim = TRUE_CLAIMS[name]()
    assert falsify(claim) is None
    found = witness(claim)
    assert found is not None and found.relaxed == ()
    assert replay(claim, found.env).outcome in ("holds", "unknown")


@pytest.mark.parametrize("name", FALSE_CLAIMS)
def test_false_claims_are_refuted_and_shrink(name: str) -> None:
    claim = FALSE_CLAIMS[name]()
    found = falsify(replace(claim, expected=Verdict.REFUTED))
    assert found is not None
    again = replay(claim, found.env)
    assert (again.outcome, again.kind) == ("refuted", found.kind)
    small = shrink(claim, found)
    assert replay(claim, small.env).outcome == "refuted" and small.kind == found.kind
    for p in claim.parameters:
        if p.role == "size":
            assert small.env.values[p.name] == 2
    assert small.text and small.details


def test_the_search_is_deterministic() -> None:
    first, second = falsify(causal(lambda i, j: b.le(i, j))), falsify(causal(lambda i, j: b.le(i, j)))
    assert first is not None and second is not None and first.text == second.text


def test_falsification_is_cheap() -> None:
    claims = [make() for make in TRUE_CLAIMS.values()]
    seconds: list[float] = []
    for claim in claims:
        start = time.process_time()
        falsify(claim)
        seconds.append(time.process_time() - start)
    assert sorted(seconds)[len(seconds) // 2] < 0.15


# -- what counts as a counterexample ---------------------------------------------------------------------------------


def test_an_undefined_theorem_is_refuted() -> None:
    m = Maker()
    x = m.value("x", s.REAL)
    log = b.apply("log", x)
    claim = m.theorem(b.eq(b.sub(log, log), b.rational(0)))
    found = falsify(claim)
    assert found is not None and found.kind == "undefined"
    assert replay(claim, Env(values={"x": Fraction(2)})).outcome == "holds"
    assert replay(claim, Env(values={"x": Fraction(-2)})).kind == "undefined"


def test_a_rewrite_may_not_become_undefined_but_may_become_defined() -> None:
    def claim(left: Callable[[Term, Term], Term], right: Callable[[Term, Term], Term]) -> Claim:
        m = Maker()
        x, y = m.value("a", s.REAL), m.value("b", s.REAL)
        return m.rewrite(scalar(left(x, y)), scalar(right(x, y)))

    def guarded(x: Term, y: Term) -> Term:
        return b.ite(b.eq(y, b.rational(0)), b.rational(0), b.div(x, y))

    def multiplied(x: Term, y: Term) -> Term:
        return b.mul(b.div(x, y), b.ite(b.eq(y, b.rational(0)), b.rational(0), b.rational(1)))

    found = falsify(claim(guarded, multiplied))
    assert found is not None and found.kind == "undefined"
    assert falsify(claim(multiplied, guarded)) is None


def test_values_outside_the_hypotheses_refute_nothing() -> None:
    claim = masked(-1000)
    env = Env(values={"n": 2, "scores": [[0, 0], [0, 0]], "i": 1, "j": 0})
    assert replay(claim, env).outcome == "outside"
    assert replay(claim, Env(values={**env.values, "i": 0, "j": 2})).outcome == "outside"
    assert replay(claim, Env(values={**env.values, "i": 0, "j": 1})).outcome == "refuted"


def test_sizes_and_validity_of_rewrites() -> None:
    m = Maker()
    n = m.size("n")
    x = m.value("x", ALPHA, b.below(n))
    whole = Value(x, (b.below(n),), b.TRUE)
    shorter = Value(b.lam(b.below(b.sub(n, b.ONE)), lambda i: b.at(x, i)), (b.below(b.sub(n, b.ONE)),), b.TRUE)
    found = falsify(m.rewrite(whole, shorter))
    assert found is not None and found.kind == "sizes"
    picky = Value(x, (b.below(n),), b.lt(n, b.integer(2)))
    found = falsify(m.rewrite(whole, picky))
    assert found is not None and found.kind == "invalid"
    assert falsify(m.rewrite(picky, whole)) is None


def test_flags_relax_floats() -> None:
    claim = on_floats(lambda x, _y: b.add(x, ZERO), lambda x, _y: x)
    assert falsify(replace(claim, flags=("nsz",))) is None
    difference = on_floats(lambda x, _y: b.sub(x, x), lambda _x, _y: ZERO)
    assert falsify(replace(difference, flags=("nnan",))) is None
    with pytest.raises(Unsupported):
        falsify(replace(claim, flags=("reassoc",)))


def test_element_classes() -> None:
    m = Maker()
    x = m.value("x", R)
    m.assume(b.eq(b.mul(x, x), b.ring_integer(0, R)))
    found = falsify(m.theorem(b.eq(x, b.ring_integer(0, R))))
    assert found is not None and isinstance(found.env.carriers["R"], Ring)
    m = Maker()
    p, q = m.value("p", ALPHA), m.value("q", ALPHA)
    select = b.ite(b.program_eq(p, q), p, q)
    found = falsify(m.rewrite(scalar(select), scalar(q)))
    assert found is not None and isinstance(found.env.carriers["α"], Scalars)


# -- runtimes --------------------------------------------------------------------------------------------------------


def on_a_runtime(instances: Callable[[Term, Term, Term], list[Term]]) -> Claim:
    m = Maker()
    x, y = m.value("a", F32), m.value("b", F32)
    add = var("r.add", s.fn_sort([F32, F32], F32))
    m.parameters.append(Parameter("r.add", add, "runtime", (b.everything(F32), b.everything(F32))))
    claim = m.theorem(b.eq(b.at(add, x, y), b.at(add, y, x)))
    return replace(claim, hints=ProofHints(instances=tuple(Instance("L", f) for f in instances(add, x, y))))


def test_a_runtime_is_any_function_unless_something_is_assumed() -> None:
    found = falsify(on_a_runtime(lambda _f, _x, _y: []))
    assert found is not None and "r.add" in found.values
    assert falsify(on_a_runtime(lambda f, x, y: [b.eq(b.at(f, x, y), b.add(x, y))])) is None
    found = falsify(on_a_runtime(lambda f, x, y: [b.eq(b.at(f, x, y), b.sub(x, y))]))
    assert found is not None
    with pytest.raises(Unsupported):
        falsify(on_a_runtime(lambda f, x, y: [b.eq(b.at(f, x, y), b.at(f, x, x))]))


# -- models, witnesses -----------------------------------------------------------------------------------------------


def test_models_become_values() -> None:
    claim = slice_of_reverse(strict=False)
    maps = {"n": (3, 2), "s": (0, 0), "e": (0, 2), "p": (3, 1)}
    env = from_model(claim, Model(ranks={"C": 2}, maps=maps, reads=[("x", (2, 1), 5), ("x", (9, 9), 1)]))
    data = np.asarray(env.values["x"])
    assert data.shape == (3, 2) and data[2, 1] == 5
    assert replay(claim, env).outcome == "refuted"
    with pytest.raises(Unsupported):
        from_model(claim, Model(ranks={"C": 2}, maps={**maps, "n": (10**6, 10**6)}))


def test_witnesses_say_what_they_lack() -> None:
    m = Maker()
    n = m.size("n")
    x = m.value("x", R, b.below(n))
    m.assume(b.lt(n, b.integer(2)))
    found = witness(m.theorem(b.eq(b.big("sum", b.below(n), lambda k: b.at(x, k)), b.ring_integer(0, R))))
    assert found is not None and len(found.relaxed) == 1
    m.assume(b.lt(n, b.ZERO))
    assert witness(m.theorem(b.TRUE)) is None


# -- texts -----------------------------------------------------------------------------------------------------------


def run(line: str) -> str:
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", line], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_counterexamples_print_floats_in_three_ways_and_a_line_that_runs() -> None:
    claim = FALSE_CLAIMS["add_zero"]()
    found = falsify(claim)
    assert found is not None
    small = shrink(claim, found)
    assert small.text.startswith("x=-0.0")
    assert "x = -0.0 -0x0.0p+0 0x80000000" in small.details
    assert "left 0.0 0x0.0p+0 0x00000000, right -0.0 -0x0.0p+0 0x80000000" in small.details
    assert run(small.line) == "0.0 -0.0"


@pytest.mark.parametrize("name", FALSE_CLAIMS)
def test_lines_of_numpy_show_two_sides_that_differ(name: str) -> None:
    claim = FALSE_CLAIMS[name]()
    found = falsify(claim)
    assert found is not None
    small = shrink(claim, found)
    assert not small.line.startswith("#") and "\n" not in small.line
    sides = run(small.line)
    if small.kind in ("differs", "false") and name != "finite_fill":
        left, right = re.split(r"\s+", sides)
        assert left != right


def test_facts_are_premises() -> None:
    m = Maker()
    n = m.size("n")
    m.facts.append(Fact("odd", b.eq(b.imod(n, b.integer(2)), b.ONE)))
    claim = m.claim(Proposition(b.negate(b.eq(n, b.integer(3))), b.TRUE))
    found = falsify(claim)
    assert found is not None and found.env.values["n"] == 3

"""Terms print as text that elaborates to the same term, in every sort and under every binder."""

from __future__ import annotations

from fractions import Fraction

import pytest
from terms_random import COMMON, PRODUCTIONS, RING, SCALAR, Generator

from probanda.obligations.language.elaborate.expressions import elaborate_expr
from probanda.obligations.language.parser import parse_expr
from probanda.obligations.language.printer import print_expr
from probanda.obligations.language.term_printer import print_term
from probanda.theories.terms import build as b
from probanda.theories.terms.binders import fresh, var
from probanda.theories.terms.sorts import BOOL, EREAL, FLOATS, INT, REAL, ElemSort, FnSort, Sort, bits, elem, fn
from probanda.theories.terms.term import Dom, Term, make, postorder, rebuild, with_args

SORTS: tuple[Sort, ...] = (BOOL, INT, REAL, EREAL, *FLOATS.values(), bits(3), bits(8), bits(17), RING)
CLOSED = "{R : ring} {A : scalar} (a0 a1 a2 a3 : A)"
OPEN = (
    "{α : scalar} {R : ring} {C : axes} {n m : size} (x y : real[n]) (A : real[n, m]) (i j : index n) (t : α[C : k])"
    " (p q : C -> int) (a : R) (u v : float32) (w z : bits 8) (e : ereal) (b1 b2 b3 : bool) (f : nat -> real) (r : real)"
)


class Expressible(Generator):
    """Terms without ``let`` and tuples, which elaboration takes apart."""

    def term(self, sort: Sort, depth: int) -> Term:
        if depth <= 0:
            return self.leaf(sort)
        common = [p for p in COMMON if p.__name__ not in ("_let", "_field")]
        kind = sort.element_class if isinstance(sort, ElemSort) else sort.text.split()[0]
        pool = common if self.random.random() < 0.3 else PRODUCTIONS["float" if sort in FLOATS.values() else kind]
        return self.random.choice(pool or common)(self, sort, depth - 1)


def canonical(t: Term) -> Term:
    """``t`` with decimal literals, tensors that start at 0, and flat connectives: what the language can say."""

    def step(s: Term) -> Term:
        if s.op == "lit" and isinstance(s.data, Fraction):
            value = Fraction(round(s.data * 1000), 1000)
            return b.rational(value) if s.sort is REAL else b.ereal(value)
        if s.op == "lam" and s.dom.kind == "range":
            return with_args(s, (b.ZERO, *s.args[1:]))
        if s.op in ("and", "or") and s.args[0].op == s.op:
            return make(s.op, (*s.args[0].args, *s.args[1:]), s.sort)
        return s

    return rebuild(t, step)


def expressible(t: Term) -> bool:
    """No conditional of tensors (the language makes it a tensor of conditionals), no requirement that is plainly true."""
    return all(
        not (s.op == "ite" and isinstance(s.sort, FnSort)) and not (s.op == "require" and s.args[0] is b.TRUE)
        for s in postorder([t])
    )


@pytest.mark.parametrize("sort", SORTS, ids=lambda s: s.text)
def test_random_terms(sort: Sort) -> None:
    done = 0
    for seed in range(60):
        g = Expressible(seed, [*SORTS, SCALAR] if seed % 2 else [*SORTS])
        t = canonical(g.term(sort, 2 + seed % 3))
        if not expressible(t):
            continue
        done += 1
        text = print_term(t)
        found = elaborate_expr(text, CLOSED)[0].term
        assert found is t, f"\n{text}\n{print_term(found)}"
    assert done > 30


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("sum (i < n) x[i] * 2", "sum (i < n) x[i] * 2"),
        ("∑ (k in 1..n | k != 2) x[k]", "sum (i in 1..n | i != 2) x[i]"),
        ("[a < n, b < m] => A[a, b] + x[a]", "[i < n, j < m] => A[i, j] + x[i]"),
        ("forall (a < n, b < m | a < b) A[a, b] = 0", "forall (i < n, j < m | i < j) A[i, j] = 0"),
        ("x = y", "forall (i < n) x[i] = y[i]"),
        ("x + 1", "[i < n] => x[i] + 1"),
        ("p - q * 2", "[c : C] => p[c] - q[c] * 2"),
        ("0 <= p", "[c : C] => 0 <= p[c]"),
        ("[a < k] => t[a]", "[i < k] => t[i]"),
        ("max (a < n) x[a]", "max (i < n) x[i]"),
        ("count (a < n) (x[a] <= 0)", "count (i < n) (x[i] <= 0)"),
        ("forall (a : nat) 0 <= f(a)", "forall (i : nat) 0 <= f[i]"),
        ("exists (a : real) a * a = 2", "exists (x : real) x * x = 2"),
        ("if b1 and b2 and b3 then e else -inf", "if b1 and b2 and b3 then e else -inf"),
        ("if b1 and b2 or b3 then 1.0 else 2.0", "if b1 and b2 or b3 then 1.0 else 2.0"),
        ("u * 1.5 + fma(u, v, -0)", "u * 1.5 + fma(u, v, -0)"),
        ("u = nan", "u = nan"),
        ("ceil(u) + roundeven(v)", "ceil(u) + roundeven(v)"),
        ("trunc(u * 2.5) = floor(v)", "trunc(u * 2.5) = floor(v)"),
        ("u + ceil(2.5)", "u + ceil(literal(2.5, float32))"),
        ("floor(r)", "floor(r)"),
        ("[a < n] => atanh(x[a]) + acos(y[a])", "[i < n] => atanh(x[i]) + acos(y[i])"),
        ("literal(0, R) = a * 0", "0 = a * 0"),
        ("w << 1 & z | w xor 3", "w << 1 & z | w xor 3"),
        ("cast(w, bits 16)", "cast(w, bits 16)"),
        ("real(i) / 2", "real(i) / 2"),
        ("require(r != 0, 1 / r)", "require(r != 0, 1 / r)"),
        ("b1 iff not b2", "b1 iff not b2"),
        ("neg(3.0) + r", "neg(3.0) + r"),
        ("A[i]", "A[i]"),
    ],
)
def test_texts(text: str, printed: str) -> None:
    term = elaborate_expr(text, OPEN)[0].term
    found = print_term(term)
    assert elaborate_expr(found, OPEN)[0].term is term
    k = found.replace(" ", "")
    assert k == printed.replace(" ", "")


def test_bound_names_avoid_free_names() -> None:
    i, j = var("i", INT), var("j", INT)
    t = b.big("sum", b.below(i), lambda k: b.big("sum", b.below(k), lambda m: b.mul(b.mul(k, m), j)))
    assert print_term(t) == "sum (k < i, l < k) k * l * j"


def test_names_of_passes_become_readable() -> None:
    x = fresh("x", REAL)
    text = print_term(b.add(x, b.rational(1)))
    assert print_expr(parse_expr(text)) == text


def test_tuples_fields_lets_and_function_values() -> None:
    r = var("r.add", fn(REAL, fn(REAL, REAL)))
    half = b.rational(Fraction(1, 2))
    assert print_term(b.at(r, half, half)) == "r.add(0.5, 0.5)"
    assert print_term(b.proj(b.record([("m", half), ("l", b.ZERO)]), "m")) == "(m = 0.5, l = 0).m"
    assert print_term(b.let(half, lambda x: b.mul(x, x))) == "let x = 0.5 in x * x"
    assert print_term(b.eq(var("a", elem("α", "scalar")), var("b", elem("α", "scalar")))) == "a = b"


def test_depth_does_not_matter_and_length_is_limited() -> None:
    t: Term = var("x", REAL)
    for _ in range(20_000):
        t = b.neg(b.add(t, b.rational(1)))
    assert print_term(t, limit=50) == ("-(" * 50)[:50] + "…"
    for _ in range(60):
        t = b.add(t, t)
    assert len(print_term(t, limit=1000)) == 1001


def test_binders_of_every_kind_are_covered() -> None:
    kinds = {"range": b.below(b.ONE), "nat": b.naturals(), "axes": b.axes("C"), "all": b.everything(bits(3))}
    for kind, domain in kinds.items():
        t = b.big("forall", domain, lambda x: b.TRUE)
        assert isinstance(t.data, Dom) and t.data.kind == kind
        assert print_term(t).startswith("forall (")

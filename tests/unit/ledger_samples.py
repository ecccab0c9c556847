"""Claims and results for tests of the ledger, made without the language."""

from probanda.obligations.claims import NO_HINTS, Claim, Fact, Location, Proposition, Verdict
from probanda.obligations.results import ALL, ClaimResult, ObligationResult, Readings, compose
from probanda.theories.terms import build
from probanda.theories.terms.binders import var
from probanda.theories.terms.sorts import INT
from probanda.theories.terms.term import Term

TRUE = build.boolean(True)


def claim(
    name: str,
    kind: str = "theorem",
    *,
    expected: Verdict | None = None,
    formula: Term = TRUE,
    hypotheses: tuple[Fact, ...] = (),
    readings: tuple[str, ...] = (),
    clauses: tuple[tuple[str, tuple[str, ...]], ...] = (),
) -> Claim:
    defaults = {"axiom": Verdict.ASSUMED, "refuted": Verdict.REFUTED}
    return Claim(
        name=name,
        kind=kind,
        expected=expected or defaults.get(kind, Verdict.PROVED),
        parameters=(),
        groups=(),
        elems=(),
        facts=(),
        hypotheses=hypotheses,
        statement=Proposition(formula, TRUE),
        hints=NO_HINTS,
        auto=(),
        source=f"{kind} {name.rpartition('.')[2]} : true",
        location=Location("sample.ob", 3),
        readings=readings,
        clauses=clauses,
    )


def positive(name: str) -> Term:
    """``0 < name``."""
    return build.lt(build.integer(0), var(name, INT))


def proved(
    c: Claim,
    *uses: str,
    laws: tuple[str, ...] = (),
    readings: Readings = ALL,
    solvers: tuple[tuple[str, str], ...] = (("z3", "5.4.1"),),
) -> ClaimResult:
    goal = ObligationResult("goal", Verdict.PROVED, solvers, "ab", laws, uses, readings, 0.01)
    return compose(c, (goal,))


def refuted(c: Claim, *, replayed: bool = True) -> ClaimResult:
    return ClaimResult(
        c,
        Verdict.REFUTED,
        obligations=(ObligationResult("goal", Verdict.REFUTED, (("z3", "5.4.1"),)),),
        counterexample={"n": 2},
        counterexample_text="n=2",
        replayed=replayed,
    )

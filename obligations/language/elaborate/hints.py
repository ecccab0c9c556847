"""Proof hints, and the instances of lemmas that they ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ....theories.definedness import defined
from ....theories.normal.beta import beta, strip
from ....theories.terms import build as b
from ....theories.terms.build import Domain
from ....theories.terms.sorts import FloatSort, FnSort, Sort, uncurry
from ....theories.terms.term import Term, free_vars, postorder
from ...claims import CalcGoal, Instance, Lemma, ProofHints, Proposition, Rewrite
from ..ast import Binary, CalcStep, ClaimDecl, Expr, Hole, LemmaUse, Param, RewriteStatement, Span
from ..diagnostics import BadHint, UnknownLemma, nearest
from .annotations import hypothesis_expression
from .binders import bind
from .core import Elab, Session, located
from .declare import Declared, declare
from .dispatch import place
from .match import Matcher
from .modules import Entry
from .operators import equal
from .scope import Scope
from .statements import all_formats, float_variables, params_of, rewrite_sides


def elaborate_hints(elab: Elab, declared: Declared, decl: ClaimDecl, goal: Proposition | Rewrite) -> ProofHints:
    """The hints of a claim, in the place of its statement."""
    hints = decl.hints
    instances, lemmas = _uses(elab, hints.using)
    if hints.calc and isinstance(goal, Rewrite):
        raise BadHint("a calc chain proves a proposition, not a rewrite", decl.span)
    return ProofHints(
        cases=tuple([elab.prop(e).term for e in hints.cases]),
        induction=_induction(declared, hints.induction, decl.span) if hints.induction else None,
        generalizing=_generalizing(declared, hints.generalizing, hints.induction, decl.span),
        instances=instances,
        lemmas=lemmas,
        calc=_calc(elab, hints.calc),
    )


def _induction(declared: Declared, name: str, span: Span) -> Term:
    for p in declared.parameters:
        if p.name == name and p.role in ("size", "nat"):
            return p.var
    raise BadHint(f"`by induction {name}`: {name} is no size or nat parameter", span)


def _generalizing(declared: Declared, names: Sequence[str], induction: str | None, span: Span) -> tuple[Term, ...]:
    out: list[Term] = []
    for name in names:
        found = [p.var for p in declared.parameters if p.name == name or p.name.startswith(name + ".")]
        if not found or name == induction:
            raise BadHint(f"`generalizing {name}`: {name} is no other parameter", span)
        out += found
    return tuple(out)


def _calc(elab: Elab, steps: Sequence[CalcStep]) -> tuple[CalcGoal, ...]:
    out: list[CalcGoal] = []
    left: Expr | None = None
    for step in steps:
        if not isinstance(step.left, Hole):
            left = step.left
        if left is None:
            raise BadHint("the first step of a calc chain has a left side", step.span)
        formula = elab.prop(Binary(step.relation, left, step.right, span=step.span))
        instances, lemmas = _uses(elab, step.using)
        out.append(CalcGoal(b.conj(*formula.valid, formula.term), instances, lemmas))
        left = step.right
    return tuple(out)


def _uses(elab: Elab, uses: Sequence[LemmaUse]) -> tuple[tuple[Instance, ...], tuple[Lemma, ...]]:
    instances: list[Instance] = []
    lemmas: list[Lemma] = []
    for use in uses:
        if use.name == "ih":
            raise BadHint("the induction hypothesis is used by itself", use.span, hint="say what to generalize")
        entry = find_fact(elab, use.name, use.span)
        if use.args is None and not use.binders:
            lemmas += general(elab, entry, use.span)
        else:
            instances.append(instance(elab, entry, use))
    return tuple(instances), tuple(lemmas)


def find_fact(elab: Elab, name: str, span: Span) -> Entry:
    """The lemma, theorem, rewrite or axiom called ``name``."""
    entry = elab.view.find(name, span)
    if not isinstance(entry, Entry) or not entry.is_fact:
        facts = [n for n in elab.view.names() if isinstance(e := elab.view.find(n, span), Entry) and e.is_fact]
        what = "is no fact" if entry is not None else "is unknown here"
        raise UnknownLemma(f"the lemma `{name[:80]}` {what}", span, hint=nearest(name, facts))
    if isinstance(entry.decl, ClaimDecl):
        clauses = dict(entry.decl.clauses)
        if "under" in clauses or any(w != "exact" for w in clauses.get("expect", ())):
            raise UnknownLemma(f"`{name}` holds under flags only, or is not expected to be proved", span)
    return entry


def instance(elab: Elab, entry: Entry, use: LemmaUse) -> Instance:
    """The lemma at the arguments of ``use``, closed over the binders of its ``for``."""
    inner, bound, _ = bind(elab, use.binders)
    m = _matched(inner, entry, use.args or (), use.span)
    batch = m.with_batch()
    with located(entry.view.file):
        formula = _formula(m.callee, entry, m.hypotheses, m.conditions)
    for group, indices in batch.used.values():
        formula = _close(formula, list(zip(group.dims or (), indices, strict=True)))
    formula = _close(formula, bound)
    formats = [m.callee.scope.types[n].text for n in float_variables(params_of(entry))]
    suffix = f"[{','.join(formats)}]" if formats else ""
    return Instance(entry.name + suffix, formula)


def _unchanged(session: Session) -> Session:
    """The session in which definitions are what they were when the lemmas were stated."""
    return replace(session, overrides={}, cache={}) if session.overrides else session


def _matched(elab: Elab, entry: Entry, args: Sequence[Expr], span: Span) -> Matcher:
    elab = elab.at(replace(elab.scope, known=frozenset()))  # an instance states all that it rests on
    callee = replace(elab, view=entry.view, session=_unchanged(elab.session))
    with located(entry.view.file):
        m = Matcher(elab, callee, params_of(entry), span)
    m.boundary = entry.name.rpartition(".")[0] if entry.boundary else None
    m.arguments(args)
    m.finish(None, None)
    return m


def _close(formula: Term, bound: Sequence[tuple[Domain, Term]]) -> Term:
    for domain, x in reversed(bound):
        formula = b.big_over("forall", domain, x, b.TRUE, formula)
    return formula


def _formula(elab: Elab, entry: Entry, hypotheses: Sequence[Param], conditions: Sequence[Term]) -> Term:
    """``conditions and hypotheses implies conclusion`` where the lemma's parameters are bound."""
    decl = entry.statement
    premises = list(conditions)
    exprs = [hypothesis_expression(p) for p in hypotheses]
    for e in [*exprs, *decl.requires]:
        p = elab.prop(e)
        premises += [*p.valid, p.term]
    conclusion = conclusion_of(elab, decl.statement)
    return b.implies(b.conj(*premises), conclusion) if premises else conclusion


def conclusion_of(elab: Elab, s: Expr | RewriteStatement) -> Term:
    """A proposition as it is; of a rewrite, that both sides agree where the left one is valid and defined."""
    if not isinstance(s, RewriteStatement):
        return elab.prop(s).term
    left, right = rewrite_sides(elab, s)
    same = equal(left, right, s.span).term
    condition = strip(b.conj(*left.valid, defined(beta(left.term), elab.shapes)))
    return same if condition is b.TRUE else b.implies(condition, same)


def general(elab: Elab, entry: Entry, span: Span) -> list[Lemma]:
    """The lemma for all values of its parameters, which are numbers; one for each format that the claim mentions."""
    elab = replace(elab, session=_unchanged(elab.session))
    if entry.boundary is not None:
        return [_boundary_axiom(elab, entry, span)]
    mentioned = _formats(elab)
    out: list[Lemma] = []
    for suffix, formats in all_formats(params_of(entry)):
        if formats and mentioned and not set(formats.values()) <= mentioned:
            continue
        out.append(general_lemma(elab, entry, formats, suffix, span))
    return out


def general_lemma(
    elab: Elab, entry: Entry, formats: Mapping[str, Sort], suffix: str, span: Span, auto: bool = False
) -> Lemma:
    """The closed form of a lemma whose parameters are numbers."""
    with located(entry.view.file):
        start = place(elab.session, entry.view)
        d = declare(start, params_of(entry), entry.statement.requires, formats, prefix=f"{entry.name}{suffix}!")
        return _closed(d, entry, suffix, span, auto)


def _boundary_axiom(elab: Elab, entry: Entry, span: Span) -> Lemma:
    """The axiom, for all operands, about the runtime of its boundary that the claim speaks of."""
    boundary = entry.name.rpartition(".")[0]
    fitting = [r for r in elab.scope.runtimes.values() if r.boundary == boundary]
    if len(fitting) != 1:
        short = boundary.rpartition(".")[2]
        raise BadHint(f"{entry.name} needs one runtime of its boundary", span, hint=f"declare (r : {short})")
    assert entry.boundary is not None
    names = [n for p in entry.boundary.params for n in p.names]
    with located(entry.view.file):
        start = place(elab.session, entry.view, Scope(runtimes=dict.fromkeys(names, fitting[0])))
        d = declare(start, entry.statement.params, entry.statement.requires, {}, prefix=f"{entry.name}!")
        return _closed(d, entry, "", span, False)


def _closed(d: Declared, entry: Entry, suffix: str, span: Span, auto: bool) -> Lemma:
    if d.elems or d.groups:
        raise BadHint(f"{entry.name} is polymorphic: give its arguments", span)
    for p in d.parameters:
        if isinstance(p.var.sort, FnSort):
            raise BadHint(
                f"{entry.name} speaks of the tensor, map or function {p.name}: give its arguments",
                span,
                hint=f"using {entry.name.rpartition('.')[2]}(…)",
            )
    if any(r.name.startswith(f"{entry.name}{suffix}!") for r in d.elab.scope.runtimes.values()):
        raise BadHint(f"{entry.name} speaks of a runtime: give its arguments", span)
    conclusion = conclusion_of(d.elab, entry.statement.statement)
    variables = tuple([p.var for p in d.parameters])
    premises = [f.formula for f in (*d.facts, *d.hypotheses)]
    formula = b.implies(b.conj(*premises), conclusion) if premises else conclusion
    if any(w.term in free_vars(formula).values() for _, w in d.elab.session.weights.values()):
        raise BadHint(f"{entry.name} speaks of the weights of a graph: give its arguments", span)
    return Lemma(entry.name + suffix, variables, formula, not isinstance(entry.decl, ClaimDecl), auto)


def _formats(elab: Elab) -> set[Sort]:
    terms = [v.term for v in elab.scope.values.values()]
    found = {uncurry(t.sort)[1] for t in postorder(terms)}
    return {s for s in found if isinstance(s, FloatSort)}

"""Claims and axioms: from declarations to :class:`probanda.obligations.claims.Claim`."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ....theories.terms import build as b
from ....theories.terms.sorts import FLOATS, Sort
from ...claims import NO_HINTS, Claim, Lemma, Location, Proposition, Rewrite, Value, Verdict
from ..ast import AxiomDecl, BaseType, ClaimDecl, Def, Expr, File, Param, RewriteStatement, Span
from ..diagnostics import BadClause, ShapeMismatch, WrongType, nearest
from .core import Elab, Session, located
from .declare import Declared, declare
from .dispatch import place
from .graphs import subject
from .modules import Entry, Statement
from .operators import coerce, operands
from .sizes import show_dims
from .source import source_of
from .values import Val, index_variables, merge_valid, tabulate, whole_term

FLAGS = frozenset({"nsz", "nnan", "ninf", "reassoc", "distrib", "contract"})


def float_variables(params: Sequence[Param]) -> list[str]:
    """The names declared ``{F : float}``."""
    return [n for p in params if isinstance(p.type, BaseType) and p.type.name == "float" for n in p.names]


def all_formats(params: Sequence[Param]) -> Iterator[tuple[str, Mapping[str, Sort]]]:
    """Every choice of formats for the float variables, with the suffix that it gives a claim's name."""
    names = float_variables(params)
    for choice in itertools.product(FLOATS.values(), repeat=len(names)):
        suffix = "[" + ",".join(f.text for f in choice) + "]" if choice else ""
        yield suffix, dict(zip(names, choice, strict=True))


def params_of(entry: Entry) -> tuple[Param, ...]:
    """The parameters of a statement, those of its boundary first."""
    decl = entry.decl
    assert isinstance(decl, ClaimDecl | AxiomDecl | Def)
    outer = entry.boundary.params if entry.boundary else ()
    return (*[replace(p, implicit=True) for p in outer], *decl.params)


def elaborate_claim(
    session: Session, entry: Entry, decl: Statement, auto: Sequence[Lemma], family: str, only: str | None = None
) -> list[Claim]:
    """The claims that a declaration makes: one, or one for each float format (or the format suffix ``only``)."""
    out: list[Claim] = []
    params = params_of(replace(entry, decl=decl))
    with located(entry.view.file):
        for suffix, formats in all_formats(params):
            if only is None or only == suffix:
                out.append(_one(session, entry, decl, params, suffix, formats, auto, family))
    return out


def _one(
    session: Session,
    entry: Entry,
    decl: Statement,
    params: Sequence[Param],
    suffix: str,
    formats: Mapping[str, Sort],
    auto: Sequence[Lemma],
    family: str,
) -> Claim:
    from .hints import elaborate_hints

    session.start()
    declared = declare(place(session, entry.view), params, decl.requires, formats)
    elab = declared.elab
    goal = statement(elab, decl.statement, declared)
    used = tuple(session.used)
    about = subject(session)
    is_axiom = isinstance(decl, AxiomDecl)
    hints = NO_HINTS if is_axiom else elaborate_hints(elab, declared, decl, goal)
    declared.finish(decl.span)
    clauses = dict(decl.clauses)
    kind = "axiom" if is_axiom else decl.kind
    expected, readings = expectation(kind, clauses, decl.span)
    file = entry.view.file
    return Claim(
        name=entry.name + suffix,
        kind=kind,
        expected=expected,
        parameters=tuple(declared.parameters),
        groups=tuple(declared.groups),
        elems=tuple(declared.elems),
        facts=tuple(declared.facts),
        hypotheses=tuple(declared.hypotheses),
        statement=goal,
        hints=hints,
        auto=tuple(auto),
        source=source_of(file, decl) if decl is entry.decl else "",
        location=location(file, decl),
        family=family,
        doc=decl.doc,
        flags=_flags(clauses, decl.span),
        readings=readings,
        cites=clauses.get("cites", ()),
        twin_of=next(iter(clauses.get("twin_of", ())), ""),
        definitions=used,
        subject=about,
        clauses=(*(entry.boundary.clauses if entry.boundary else ()), *decl.clauses),
    )


def location(file: File, decl: Statement) -> Location:
    """Where a declaration stands."""
    return Location(file.path, file.text.count("\n", 0, decl.span.start) + 1)


def statement(elab: Elab, s: Expr | RewriteStatement, declared: Declared | None = None) -> Proposition | Rewrite:
    """What a declaration states."""
    extra = tuple(declared.valid) if declared else ()
    if isinstance(s, RewriteStatement):
        left, right = rewrite_sides(elab, s)
        return Rewrite(_value(left, extra), _value(right, extra))
    p = elab.prop(s)
    return Proposition(p.term, b.conj(*merge_valid(extra, p.valid)))


def _value(v: Val, extra: tuple[b.Term, ...]) -> Value:
    return Value(whole_term(v), v.dims, b.conj(*merge_valid(extra, v.valid)))


def rewrite_sides(elab: Elab, s: RewriteStatement) -> tuple[Val, Val]:
    """Both sides of a rewrite, with elements of one sort; a scalar side fills the shape of the other."""
    left, right = operands(elab, [s.left, s.right], None)
    if left.is_tuple or right.is_tuple:
        raise WrongType("a rewrite is about one tensor", s.span, hint="state one rewrite for each field")
    if left.elem is not right.elem:
        if right.elem is b.INT:
            right = coerce(right, left.elem, s.right.span)
        else:
            left = coerce(left, right.elem, s.left.span)
    if left.dims and not right.dims:
        right = _fill(right, left)
    elif right.dims and not left.dims:
        left = _fill(left, right)
    kinds = [[(dom.kind, dom.sort) for dom, _ in v.dims] for v in (left, right)]
    if kinds[0] != kinds[1]:
        raise ShapeMismatch(
            f"the sides have dimensions {show_dims(left.dims)} and {show_dims(right.dims)}, which never agree", s.span
        )
    return left, right


def _fill(v: Val, like: Val) -> Val:
    return Val(tabulate(like.dims, index_variables(like.dims), v.term), like.dims, v.valid)


def expectation(kind: str, clauses: Mapping[str, tuple[str, ...]], span: Span) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict and the readings that a declaration expects; BadClause if it asks for something else."""
    expected = {"axiom": Verdict.ASSUMED, "refuted": Verdict.REFUTED}.get(kind, Verdict.PROVED)
    readings: tuple[str, ...] = ()
    for word in clauses.get("expect", ()):
        if word == "exact":
            readings = ("bits",)
        elif word in set(Verdict):
            expected = Verdict(word)
        else:
            known = [*map(str, Verdict), "exact"]
            raise BadClause(f"`expect {word}` means nothing", span, hint=nearest(word, known) or ", ".join(known))
    return expected, readings


def _flags(clauses: Mapping[str, tuple[str, ...]], span: Span) -> tuple[str, ...]:
    for flag in clauses.get("under", ()):
        if flag not in FLAGS:
            raise BadClause(
                f"`under {flag}` means nothing", span, hint=nearest(flag, FLAGS) or ", ".join(sorted(FLAGS))
            )
    return clauses.get("under", ())

"""Declarations and files to text."""

from __future__ import annotations

from collections.abc import Sequence

from . import ast
from .printer import Piece, commas, condition, render

_TEXTS = frozenset({"cites", "because", "mitigation"})


def print_file(file: ast.File) -> str:
    """The text of a file, without its comments."""
    out: list[str] = []
    previous: ast.Decl | None = None
    for d in file.decls:
        if previous is not None and not (isinstance(d, ast.Use) and isinstance(previous, ast.Use)):
            out.append("\n")
        out.append(print_decl(d) + "\n")
        previous = d
    return "".join(out)


def print_decl(d: ast.Decl) -> str:
    """The text of a declaration, its documentation first."""
    match d:
        case ast.Use():
            return f"use {d.name}"
        case ast.Def():
            wanted: list[Piece] = []
            if d.requires:
                wanted = ["\n    requires ", *commas(condition(e) for e in d.requires)]
            return _doc(d.doc) + render(f"def {d.name}", *_params(d.params), " : ", d.result, *wanted, " =\n  ", d.body)
        case ast.ClaimDecl():
            head = render(f"{d.kind} {d.name}", *_params(d.params), *_requires(d.requires), " :\n  ", d.statement)
            return "\n  ".join([_doc(d.doc) + head, *_hints(d.hints), *_clauses(d.clauses)])
        case ast.AxiomDecl():
            head = render(f"axiom {d.name}", *_params(d.params), *_requires(d.requires), " :\n  ", d.statement)
            return "\n  ".join([_doc(d.doc) + head, *_clauses(d.clauses)])
        case ast.BoundaryDecl():
            head = "\n  ".join([render(f"boundary {d.name}", *_params(d.params)), *_clauses(d.clauses)])
            where = "\nwhere" if d.clauses else " where"
            return _doc(d.doc) + "\n  ".join([head + where, *[_line(a) for a in d.axioms]])
        case ast.GraphDecl():
            return _doc(d.doc) + _graph(d)


def _graph(d: ast.GraphDecl) -> str:
    words = ["compiled"] * d.compiled + [f"as {d.reading}"] * (d.reading != "real")
    return " ".join([f"graph {d.name} = {quote(d.path)}", *words])


def _line(a: ast.AxiomDecl) -> str:
    doc = _doc(a.doc).replace("\n", "\n  ")
    return doc + render(a.name, *_params(a.params), *_requires(a.requires), " : ", a.statement)


def _doc(text: str) -> str:
    return f"/-- {text} -/\n" if text else ""


def _params(params: Sequence[ast.Param]) -> list[Piece]:
    return [x for p in params for x in (" ", p)]


def _requires(requires: Sequence[ast.Expr]) -> list[Piece]:
    return ["\n    requires ", *commas([e] for e in requires)] if requires else []


def _hints(h: ast.Hints) -> list[str]:
    out: list[str] = []
    if h.cases:
        out.append(render("by cases ", *commas([e] for e in h.cases)))
    if h.induction is not None:
        more = f" generalizing {', '.join(h.generalizing)}" if h.generalizing else ""
        out.append(f"by induction {h.induction}{more}")
    if h.using:
        out.append(render("using ", *commas([u] for u in h.using)))
    if h.calc:
        first, *rest = h.calc
        out.append(render("calc ", first))
        out.extend("  " + render(s) for s in rest)
    return out


def _clauses(clauses: Sequence[tuple[str, tuple[str, ...]]]) -> list[str]:
    return [" ".join([word, *([values] if (values := _values(word, given)) else [])]) for word, given in clauses]


def _values(word: str, values: tuple[str, ...]) -> str:
    if word in _TEXTS:
        return ", ".join(quote(v) for v in values)
    if word == "falsified_by":
        return values[0] if values[0] == "sampling" else quote(values[0])
    if word == "discharged_by":
        return f"{values[0]} {quote(values[1])}"
    return ", ".join(values)


def quote(text: str) -> str:
    """A string literal."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

"""Terms to text of the contract language that elaborates to them again.

Bound variables get the names i, j, k … (c, d … over axes, x, y … over all values), none of which is free in the term.
Nothing is shared by ``let``, so a term that is a large graph has a long text: pass ``limit``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Final, NamedTuple

from ...theories.normal.indices import mentions
from ...theories.terms.binders import open_with, var
from ...theories.terms.build import TRUE
from ...theories.terms.sorts import BOOL, INT, REAL, AxisSort, Sort, TupleSort
from ...theories.terms.term import BIG, DOM_ARGS, Dom, Term, free_vars
from . import ast
from .ast import Binary, Call, Expr, Index, Name, Number, Unary
from .printer import render
from .sort_types import type_argument, type_of_sort
from .term_literals import CONSTANTS, ascribe, literal

_SIGNS: Final[Mapping[str, str]] = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "rem": "rem", "idiv": "div", "imod": "mod", "lt": "<", "le": "<=",
    "peq": "==", "implies": "implies", "band": "&", "bor": "|", "bxor": "xor", "shl": "<<", "ashr": ">>", "lshr": ">>>",
}  # fmt: skip
_BIG: Final[Mapping[str, str]] = {"bigmax": "max", "bigmin": "min"}
_TRANSPARENT: Final = frozenset({"add", "sub", "mul", "div", "pow", "neg", "lam", "sum", "prod", "bigmax", "bigmin",
                                 "min", "max", "abs", "bnot", "fma", "sqrt", "fn", "ite"})  # fmt: skip
"""Operations that are loose when all their operands are: their type is that of the operands, and found from outside."""
_NAMES: Final[Mapping[str, str]] = {
    "range": "ijklmpqr",
    "nat": "ijklmpqr",
    "box": "ijklmpqr",
    "axes": "cdfg",
    "all": "xyzuvw",
}
_WORD: Final = re.compile(r"_*[^\W\d_]\w*'*(\._*[^\W\d_]\w*'*)*")


def _filter_stays(inner: Term) -> bool:
    """Whether the filter of ``inner`` is read back there, not at a binder further out that decides it already."""
    return inner.op not in BIG or inner.filter is TRUE or mentions(inner.filter)


class _Made(NamedTuple):
    """A piece of syntax; ``loose`` when its type must come from its surroundings."""

    e: Expr
    loose: bool = False


def print_term(t: Term, limit: int | None = None) -> str:
    """The text of a locally closed term, cut after ``limit`` characters."""
    return render(term_expr(t), limit=limit)


def term_expr(t: Term) -> Expr:
    """The syntax tree of a locally closed term."""
    made = _Printer(t).run()
    if t.op == "lit" and isinstance(t.data, str):
        return made.e  # by itself, ∞ is an extended real
    return ascribe(made.e, t.sort) if made.loose else made.e


class _Printer:
    def __init__(self, root: Term) -> None:
        self.root = root
        self.free = {name: _readable(name) for name in free_vars(root)}
        self.taken = set(self.free.values()) | CONSTANTS
        self.memo: dict[tuple[Term, int], _Made] = {}
        self.names: dict[tuple[str, int], str] = {}
        self.opened: dict[tuple[Term, int], list[tuple[Term, int]]] = {}

    def run(self) -> _Made:
        """Post-order over (term, number of binders around it)."""
        stack = [(self.root, 0)]
        while stack:
            t, depth = key = stack[-1]
            if key in self.memo:
                stack.pop()
                continue
            if key not in self.opened:
                self.opened[key] = self.parts(t, depth)
            parts = self.opened[key]
            missing = [p for p in parts if p not in self.memo]
            if missing:
                stack.extend(reversed(missing))
                continue
            self.memo[key] = self.build(t, depth, [self.memo[p] for p in parts])
            stack.pop()
        return self.memo[self.root, 0]

    def parts(self, t: Term, depth: int) -> list[tuple[Term, int]]:
        """The arguments, those under the binder opened with the bound variable's name."""
        if t.op == "let":
            return [(t.args[0], depth), (open_with(t.args[1], self.variable("x", t.args[0].sort, depth)), depth + 1)]
        if not isinstance(t.data, Dom):
            return [(a, depth) for a in t.args]
        outside = DOM_ARGS[t.data.kind]
        x = self.variable(_NAMES[t.data.kind], t.data.sort, depth)
        inside = [(open_with(a, x), depth + 1) for a in t.args[outside:]]
        return [*[(a, depth) for a in t.args[:outside]], *inside]

    def variable(self, letters: str, sort: Sort, depth: int) -> Term:
        """The variable that a binder of that kind binds at that depth."""
        if (letters, depth) not in self.names:
            candidates = (f"{letter}{k or ''}" for k in count() for letter in letters)
            name = next(c for c in candidates if c not in self.taken and c not in self.names.values())
            self.names[letters, depth] = name
        return var(self.names[letters, depth], sort)

    def build(self, t: Term, depth: int, parts: Sequence[_Made]) -> _Made:
        """The syntax of ``t`` from that of its parts."""
        if t.op == "var":
            return _Made(Name(self.free.get(t.name, t.name)))
        if t.op == "lit":
            return _Made(literal(t), t.sort is not BOOL)
        loose = t.op in _TRANSPARENT and all(p.loose for p in _values(t, parts)) and not _is_negated_literal(t)
        e = self.form(t, depth, [p.e for p in _settled(t, parts, loose)])
        return _Made(e, loose)

    def form(self, t: Term, depth: int, e: Sequence[Expr]) -> Expr:
        if isinstance(t.data, Dom):
            return self.binder(t, t.data, depth, e)
        if t.op in _SIGNS:
            return Binary(_SIGNS[t.op], e[0], e[1])
        if t.op in _FORMS:
            return _FORMS[t.op](t, e)
        if t.op == "let":
            return ast.Let(self.variable("x", t.args[0].sort, depth).name, e[0], e[1])
        return Call(Name(t.op), tuple(e))

    def binder(self, t: Term, dom: Dom, depth: int, e: Sequence[Expr]) -> Expr:
        name = self.variable(_NAMES[dom.kind], dom.sort, depth).name
        if dom.kind == "range":
            zero = t.args[0].op == "lit" and t.args[0].data == 0
            bound = ast.Binder(name, None if zero else e[0], e[1])
        elif dom.kind == "box":
            bound = ast.Binder(name, hi=e[0])
        else:
            bound = ast.Binder(name, type=ast.BaseType("nat") if dom.kind == "nat" else type_of_sort(dom.sort))
        body = e[-1]
        if t.op == "lam":
            if isinstance(body, ast.Comprehension) and _independent(t, body):
                return ast.Comprehension((bound, *body.binders), body.body)
            return ast.Comprehension((bound,), body)
        op = _BIG.get(t.op, t.op)
        where = None if e[-2] == Name("true") else e[-2]
        merges = where is None and op in ("forall", "exists", "sum", "prod")
        if merges and isinstance(body, ast.Big) and body.op == op and _filter_stays(t.body):
            return ast.Big(op, (bound, *body.binders), body.where, body.body)
        return ast.Big(op, (bound,), where, body)


def _readable(name: str) -> str:
    """A name that the language can read: variables made by passes are called ``x!7``."""
    plain = name.replace("!", "_")
    return plain if _WORD.fullmatch(plain) else "v_" + re.sub(r"\W", "_", plain)


def _values(t: Term, parts: Sequence[_Made]) -> Sequence[_Made]:
    """The parts whose type is that of ``t``: not bounds, filters and conditions."""
    return parts[-1:] if isinstance(t.data, Dom) else parts[1:] if t.op == "ite" else parts


def _is_negated_literal(t: Term) -> bool:
    """``-`` before a numeral is part of it, so the negation of a numeral is written ``neg(3)``."""
    return t.op == "neg" and t.args[0].op == "lit"


def _settled(t: Term, parts: Sequence[_Made], loose: bool) -> list[_Made]:
    """The parts with a typed numeral where neither ``t`` nor another part tells the type."""
    if loose:
        return list(parts)
    alike = t.op in _SIGNS or t.op in (
        "eq",
        "min",
        "max",
        "fma",
        "ite",
        "udiv",
        "urem",
        "ult",
        "ule",
        "not",
        "and",
        "or",
    )
    out: list[_Made] = []
    told = alike and any(not p.loose and a.sort is not BOOL for p, a in zip(parts, t.args, strict=True))
    for k, (p, a) in enumerate(zip(parts, t.args, strict=True)):
        if p.loose and not told and not (t.op == "at" and k == 1):
            p = _Made(ascribe(p.e, a.sort))
            told = alike and a.sort is not REAL  # a point types a numeral, and tells nothing to its neighbours
        out.append(p)
    return out


def _independent(t: Term, inner: ast.Comprehension) -> bool:
    """Whether the sizes of the tensors in the body do not mention the variable that ``t`` binds."""
    body = t.body
    while body.op == "lam":
        if any(a.loose for a in body.dom_args):
            return False
        body = body.body
    return bool(inner.binders)


def _cast(t: Term, e: Sequence[Expr]) -> Expr:
    if t.sort is REAL and t.args[0].sort is INT and isinstance(e[0], Name | Index):
        return Call(Name("real"), (e[0],))
    return Call(Name("cast"), (e[0], type_argument(t.sort)))


def _neg(t: Term, e: Sequence[Expr]) -> Expr:
    return Call(Name("neg"), (e[0],)) if t.args[0].op == "lit" else Unary("-", e[0])


def _not(t: Term, e: Sequence[Expr]) -> Expr:
    inner = e[0]
    if isinstance(inner, Binary) and inner.op == "=" and t.args[0].op == "eq":
        return Binary("!=", inner.left, inner.right)
    return Unary("not", inner)


def _nested(op: str) -> Callable[[Term, Sequence[Expr]], Expr]:
    def build(t: Term, e: Sequence[Expr]) -> Expr:
        out = e[0]
        for right in e[1:]:
            out = Binary(op, out, right)
        return out

    return build


def _at(t: Term, e: Sequence[Expr]) -> Expr:
    head = t.args[0]
    while head.op == "at":
        head = head.args[0]
    if isinstance(e[0], Index) and t.args[0].op == "at":
        return Index(e[0].tensor, (*e[0].indices, e[1]))
    if isinstance(e[0], Call) and t.args[0].op == "at":
        return Call(e[0].function, (*e[0].args, e[1]))
    if head.op == "var" and "." in head.name and not isinstance(t.args[1].sort, AxisSort):
        return Call(e[0], (e[1],))
    return Index(e[0], (e[1],))


def _record(t: Term, e: Sequence[Expr]) -> Expr:
    sort = t.sort
    assert isinstance(sort, TupleSort)
    return ast.TupleExpr(tuple((n, v) for (n, _), v in zip(sort.fields, e, strict=True)))


def _proj(t: Term, e: Sequence[Expr]) -> Expr:
    return Name(f"{e[0].name}.{t.name}") if isinstance(e[0], Name) else ast.Field(e[0], t.name)


def _with_type(name: str) -> Callable[[Term, Sequence[Expr]], Expr]:
    return lambda t, e: Call(Name(name), (e[0], Name(t.name)))


_FORMS: Final[Mapping[str, Callable[[Term, Sequence[Expr]], Expr]]] = {
    "and": _nested("and"),
    "or": _nested("or"),
    "not": _not,
    "eq": lambda t, e: Binary("iff" if t.args[0].sort is BOOL else "=", e[0], e[1]),
    "ite": lambda t, e: ast.If(e[0], e[1], e[2]),
    "neg": _neg,
    "pow": lambda t, e: Binary("^", e[0], Number(str(t.data))),
    "fn": lambda t, e: Call(Name(t.name), tuple(e)),
    "cast": _cast,
    "zext": lambda t, e: Call(Name("zext"), (e[0], Number(t.sort.text.removeprefix("bits ")))),
    "round": _with_type("round"),
    "rint": lambda t, e: Call(Name("roundeven" if t.name == "even" else t.name), tuple(e)),
    "fits": lambda t, e: Call(Name("fits"), (e[0], type_argument(_data_sort(t)))),
    "at": _at,
    "tuple": _record,
    "proj": _proj,
}


def _data_sort(t: Term) -> Sort:
    assert isinstance(t.data, Sort)
    return t.data

"""Opening, closing and substitution for locally nameless binders.

The invariant everywhere: a term that a pass holds in its hands is locally closed.  To look under a binder, open it with
a free variable (or any closed term); to make one, close over a free variable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import count

from .sorts import Sort
from .term import Term, binds, make, with_args

_fresh = [count()]


def var(name: str, sort: Sort) -> Term:
    """The free variable ``name``."""
    return make("var", (), sort, name)


def bound(index: int, sort: Sort) -> Term:
    """The de Bruijn index ``index``."""
    return make("bound", (), sort, index)


def fresh(hint: str, sort: Sort) -> Term:
    """A free variable that occurs nowhere else since :func:`restart` (``hint!7``; no source name contains ``!``)."""
    return var(f"{hint}!{next(_fresh[0])}", sort)


def restart() -> None:
    """Number fresh variables from 0 again, so that what is made next does not depend on what was made before.

    Only for a caller that holds no term with a fresh variable free in it.
    """
    _fresh[0] = count()


def open_with(body: Term, value: Term) -> Term:
    """``body`` with its outermost bound variable replaced by the locally closed ``value``."""
    if not body.loose:
        return body
    return _walk(body, value, {})


def instantiate(binder: Term, value: Term) -> Term:
    """The body of ``binder`` at ``value``."""
    return open_with(binder.body, value)


def close(body: Term, name: Term) -> Term:
    """``body`` with the free variable ``name`` turned into the outermost bound variable."""
    return _abstract(body, {name: 0})


def substitute(t: Term, values: Mapping[Term, Term]) -> Term:
    """``t`` with free variables replaced by locally closed terms, all at once."""
    if not values:
        return t
    memo: dict[Term, Term] = dict(values)
    affected = _bits(values) if all(x.op == "var" for x in values) else None
    stack: list[tuple[Term, int]] = [(t, 0)]
    while stack:
        s, k = stack.pop()
        if s in memo:
            continue
        if affected is not None and not s.free & affected:
            memo[s] = s
        elif k < len(s.args):
            stack.append((s, k + 1))
            if s.args[k] not in memo:
                stack.append((s.args[k], 0))
        else:
            memo[s] = with_args(s, tuple([memo[a] for a in s.args])) if s.args else s
    return memo[t]


def _walk(root: Term, value: Term, memo: dict[tuple[Term, int], Term]) -> Term:
    """Replace de Bruijn index ``depth`` (counted from the root) by ``value`` and lower the ones beyond it."""
    stack: list[tuple[Term, int, int]] = [(root, 0, 0)]
    while stack:
        t, depth, k = stack.pop()
        key = (t, depth)
        if key in memo:
            continue
        if t.loose <= depth:
            memo[key] = t
        elif t.op == "bound":
            index = t.data
            assert isinstance(index, int)
            memo[key] = value if index == depth else make("bound", (), t.sort, index - 1)
        elif k < len(t.args):
            stack.append((t, depth, k + 1))
            inner = depth + binds(t, k)
            if (t.args[k], inner) not in memo:
                stack.append((t.args[k], inner, 0))
        else:
            memo[key] = with_args(t, tuple([memo[a, depth + binds(t, j)] for j, a in enumerate(t.args)]))
    return memo[root, 0]


def _bits(variables: Iterable[Term]) -> int:
    """The terms in which one of ``variables`` is free have one of these bits in ``free``."""
    bits = 0
    for x in variables:
        bits |= x.free
    return bits


def _abstract(root: Term, names: Mapping[Term, int]) -> Term:
    affected = _bits(names)
    memo: dict[tuple[Term, int], Term] = {}
    without: set[Term] = set()  # terms that stayed as they were: none of ``names`` is in them, at any depth
    stack: list[tuple[Term, int, int]] = [(root, 0, 0)]
    while stack:
        t, depth, k = stack.pop()
        key = (t, depth)
        if key in memo:
            continue
        if t.loose <= depth and (t in without or not t.free & affected):
            memo[key] = t
        elif t.op == "var":
            level = names.get(t)
            memo[key] = t if level is None else make("bound", (), t.sort, depth + level)
        elif t.op == "bound":
            index = t.data
            assert isinstance(index, int)
            memo[key] = t if index < depth else make("bound", (), t.sort, index + len(names))
        elif k < len(t.args):
            stack.append((t, depth, k + 1))
            inner = depth + binds(t, k)
            if (t.args[k], inner) not in memo:
                stack.append((t.args[k], inner, 0))
        else:
            memo[key] = new = with_args(t, tuple([memo[a, depth + binds(t, j)] for j, a in enumerate(t.args)]))
            if new is t:
                without.add(t)
    return memo[root, 0]

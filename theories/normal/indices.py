"""Loose de Bruijn indices: which occur in a term, and moving terms across binders in place."""

from __future__ import annotations

from collections.abc import Callable

from ..terms.binders import bound
from ..terms.sorts import INT
from ..terms.term import Term, binds, with_args

_masks: dict[Term, int] = {}


def mask(root: Term) -> int:
    """The set of loose indices of ``root``, as bits."""
    if not root.loose:
        return 0
    stack: list[tuple[Term, int]] = [(root, 0)]
    while stack:
        t, k = stack.pop()
        if t in _masks:
            continue
        if t.op == "bound":
            _masks[t] = 1 << (t.loose - 1)
        elif k < len(t.args):
            stack.append((t, k + 1))
            if t.args[k].loose and t.args[k] not in _masks:
                stack.append((t.args[k], 0))
        else:
            bits = 0
            for j, a in enumerate(t.args):
                if a.loose:
                    bits |= _masks[a] >> binds(t, j)
            _masks[t] = bits
    return _masks[root]


def mentions(t: Term, index: int = 0) -> bool:
    """Whether the loose index ``index`` occurs in ``t``."""
    return t.loose > index and bool(mask(t) >> index & 1)


def rename(root: Term, new: Callable[[int], int]) -> Term:
    """``root`` with each loose index ``i`` (counted from outside ``root``) renamed to ``new(i)``."""
    if not root.loose:
        return root
    memo: dict[tuple[Term, int], Term] = {}
    stack: list[tuple[Term, int, int]] = [(root, 0, 0)]
    while stack:
        t, depth, k = stack.pop()
        key = (t, depth)
        if key in memo:
            continue
        if t.loose <= depth:
            memo[key] = t
        elif t.op == "bound":
            memo[key] = bound(depth + new(t.loose - 1 - depth), t.sort)
        elif k < len(t.args):
            stack.append((t, depth, k + 1))
            inner = depth + binds(t, k)
            if (t.args[k], inner) not in memo:
                stack.append((t.args[k], inner, 0))
        else:
            memo[key] = with_args(t, tuple([memo[a, depth + binds(t, j)] for j, a in enumerate(t.args)]))
    return memo[root, 0]


def lift(t: Term, by: int = 1) -> Term:
    """``t`` moved under ``by`` more binders."""
    return rename(t, lambda i: i + by) if by else t


def lower(t: Term, by: int = 1) -> Term:
    """``t`` moved out of its ``by`` innermost binders; ValueError if it mentions one of them."""
    if mask(t) & ((1 << by) - 1):
        raise ValueError(f"{t!r} mentions a variable that it is moved away from")
    return rename(t, lambda i: i - by) if by else t


def replace(root: Term, value: Term, index: int = 0) -> Term:
    """``root`` with the loose ``index`` replaced by ``value``, a term of the same context that may mention it."""
    memo: dict[tuple[Term, int], Term] = {}
    stack: list[tuple[Term, int, int]] = [(root, 0, 0)]
    while stack:
        t, depth, k = stack.pop()
        key = (t, depth)
        if key in memo:
            continue
        if not mentions(t, depth + index):
            memo[key] = t
        elif t.op == "bound":
            memo[key] = lift(value, depth)
        elif k < len(t.args):
            stack.append((t, depth, k + 1))
            inner = depth + binds(t, k)
            if (t.args[k], inner) not in memo:
                stack.append((t.args[k], inner, 0))
        else:
            memo[key] = with_args(t, tuple([memo[a, depth + binds(t, j)] for j, a in enumerate(t.args)]))
    return memo[root, 0]


def subtractions(root: Term, index: int) -> int:
    """How many distinct integer subtractions in ``root`` take away something that mentions the loose ``index``."""
    seen = {(root, index)}
    stack = [(root, index)]
    count = 0
    while stack:
        t, i = stack.pop()
        if t.op in ("sub", "neg") and t.sort is INT and mentions(t.args[-1], i):
            count += 1
        for j, a in enumerate(t.args):
            key = (a, i + binds(t, j))
            if key not in seen and mentions(*key):
                seen.add(key)
                stack.append(key)
    return count

"""β-normal form: no tensor is built only to be read.

Reading a comprehension gives its body at the index; reads and projections move through ``if`` and ``require`` down to
the variables; ``let`` is substituted.  Everything happens on de Bruijn terms in place, also under binders, so a shared
subterm is visited once; only the body of a reduced redex is walked again (hereditary substitution: the pass that
replaces a variable reduces what the replacement makes reducible).
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Final

from ..definedness import in_domain
from ..terms import build as b
from ..terms.binders import bound
from ..terms.sorts import TupleSort
from ..terms.term import DOM_ARGS, Term, binds, make, rebuild, with_args
from .indices import lift

_Task = Generator[Any, Term, Term]  # yields sub-tasks and receives their results: recursion without Python's stack
_HEADS: Final = frozenset({"lam", "ite", "require", "tuple", "let"})


def beta(t: Term, ranges: bool = True) -> Term:
    """The β-normal form of ``t``.

    ``(lam (i in dom) body)[j]`` becomes ``require(j in dom, body[j])``, or plain ``body[j]`` with ``ranges=False``.
    """
    return _run(_Beta(ranges).norm(t))


def strip(t: Term) -> Term:
    """``t`` without its ``require`` nodes: the value that it has where it is defined."""
    return rebuild(t, lambda s: s.args[1] if s.op == "require" else s)


def _run(task: _Task) -> Term:
    stack = [task]
    value: Any = None
    while True:
        try:
            sub = stack[-1].send(value)
        except StopIteration as done:
            stack.pop()
            value = done.value
            if not stack:
                return value
        else:
            stack.append(sub)
            value = None


class _Beta:
    def __init__(self, ranges: bool) -> None:
        self.ranges = ranges
        self.memo: dict[Term, Term] = {}
        self.reads: dict[tuple[Term, Term], Term] = {}
        self.fields: dict[tuple[Term, str], Term] = {}

    def norm(self, root: Term) -> _Task:
        memo = self.memo
        stack: list[tuple[Term, tuple[Term, ...], int]] = [(root, _children(root), 0)]
        while stack:
            t, children, k = stack.pop()
            if k == 0 and t in memo:
                continue
            if k < len(children):
                stack.append((t, children, k + 1))
                child = children[k]
                if child not in memo:
                    stack.append((child, _children(child), 0))
                continue
            if t.op == "let":
                values: list[Term] = []
                for c in children[:-1]:
                    values.append((yield self.substitute(memo[c], values, len(values))))
                out = yield self.substitute(memo[children[-1]], values, len(values))
            else:
                args = tuple([memo[c] for c in children])
                if t.op in ("at", "proj") and args[0].op in _HEADS:
                    out = yield self.reduce(t, args)
                else:
                    out = with_args(t, args) if args else t
            memo[t] = out
            memo[out] = out
        return memo[root]

    def reduce(self, t: Term, args: tuple[Term, ...]) -> _Task:
        return self.read(args[0], args[1], t) if t.op == "at" else self.project(args[0], t)

    def read(self, f: Term, i: Term, shape: Term) -> _Task:
        """``f[i]`` of normal ``f`` and ``i``; ``shape`` is any ``at`` of that sort."""
        known = self.reads.get((f, i))
        if known is not None:
            return known
        if f.op == "lam":
            out = yield self.substitute(f.body, [i], 1)
            if self.ranges and f.dom.kind not in ("axes", "all"):
                inside = yield self.norm(in_domain((f.dom, f.args[: DOM_ARGS[f.dom.kind]]), i))
                out = b.require(inside, out)
        elif f.op == "ite":
            then = yield self.read(f.args[1], i, shape)
            other = yield self.read(f.args[2], i, shape)
            out = b.ite(f.args[0], then, other)
        elif f.op == "require":
            out = b.require(f.args[0], (yield self.read(f.args[1], i, shape)))
        else:
            out = make("at", (f, i), shape.sort)
        self.reads[f, i] = out
        return out

    def project(self, t: Term, shape: Term) -> _Task:
        known = self.fields.get((t, shape.name))
        if known is not None:
            return known
        if t.op == "tuple":
            assert isinstance(t.sort, TupleSort)
            out = t.args[[n for n, _ in t.sort.fields].index(shape.name)]
        elif t.op == "ite":
            then = yield self.project(t.args[1], shape)
            other = yield self.project(t.args[2], shape)
            out = b.ite(t.args[0], then, other)
        elif t.op == "require":
            out = b.require(t.args[0], (yield self.project(t.args[1], shape)))
        else:
            out = make("proj", (t,), shape.sort, shape.data)
        self.fields[t, shape.name] = out
        return out

    def substitute(self, root: Term, values: Sequence[Term], count: int) -> _Task:
        """Normal ``root`` with index ``j < count`` replaced by ``values[count - 1 - j]``, and normal again.

        The values live outside the ``count`` binders, so they are lifted over the binders inside ``root``.
        """
        if not count or not root.loose:
            return root
        memo: dict[tuple[Term, int], Term] = {}
        lifted: dict[tuple[int, int], Term] = {}
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
                if index >= depth + count:
                    memo[key] = bound(index - count, t.sort)
                else:
                    place = count - 1 - (index - depth)
                    if (place, depth) not in lifted:
                        lifted[place, depth] = lift(values[place], depth)
                    memo[key] = lifted[place, depth]
            elif k < len(t.args):
                stack.append((t, depth, k + 1))
                inner = depth + binds(t, k)
                if (t.args[k], inner) not in memo:
                    stack.append((t.args[k], inner, 0))
            else:
                args = tuple([memo[a, depth + binds(t, j)] for j, a in enumerate(t.args)])
                redex = t.op in ("at", "proj") and args[0].op in _HEADS
                memo[key] = (yield self.reduce(t, args)) if redex else with_args(t, args)
        return memo[root, 0]


def _children(t: Term) -> tuple[Term, ...]:
    """The arguments; of a ``let``, all the values of the chain of ``let`` that starts here, then its body."""
    if t.op != "let":
        return t.args
    out: list[Term] = []
    while t.op == "let":
        out.append(t.args[0])
        t = t.args[1]
    return (*out, t)

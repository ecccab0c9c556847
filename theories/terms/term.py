"""Terms: immutable, typed, hash-consed, with locally nameless binders.

A term is a node ``op(args)`` with a payload ``data`` and a sort.  Equal terms are identical objects (``is``), so a term
is a directed acyclic graph and every pass over it costs its number of distinct nodes.  Bound variables are de Bruijn
indices (``bound`` nodes); free variables carry their name (``var`` nodes).  All traversals are iterative: a term of
depth 10^5 is no trouble.

Binder nodes (``lam`` and the big operators) bind one variable each.  Their leading arguments describe the domain of
that variable (see :class:`Dom`) and lie outside the binder; the trailing ones (filter and body) lie inside.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from .sorts import Sort


class Dom(NamedTuple):
    """The domain of a bound variable: its kind, and the sort of the variable.

    ``range``  integers ``lo <= k < hi``                        arguments ``lo, hi``
    ``box``    index maps ``0 <= i < n`` on every axis          argument ``n``, a size map
    ``axes``   the axes of a group                              no argument
    ``nat``    the naturals                                     no argument
    ``all``    every value of the sort                          no argument

    ``tag`` means nothing: two terms that differ in tags only have the same value, but are different nodes, so that an
    encoder which is sound must prove them equal rather than find them identical.
    """

    kind: str
    sort: Sort
    tag: int = 0


DOM_ARGS: Final = {"range": 2, "box": 1, "axes": 0, "nat": 0, "all": 0}
BIG: Final = frozenset({"forall", "exists", "sum", "prod", "bigmax", "bigmin", "count"})
"""The big operators: arguments are the domain's, then ``filter`` and ``body`` under the binder."""
_INSIDE: Final = {"lam": 1, "let": 1, **dict.fromkeys(BIG, 2)}


class Term:
    """A node.  Make terms with :mod:`probanda.theories.terms.build`, never directly."""

    __slots__ = ("__weakref__", "_digest", "args", "data", "free", "loose", "op", "sort")

    op: str
    args: tuple[Term, ...]
    data: Hashable
    sort: Sort
    loose: int  # one more than the largest de Bruijn index that escapes the term; 0 when the term is locally closed
    free: int  # a bit for each free variable; several may share one, so a bit that is not set says that none is there
    _digest: bytes | None

    def __repr__(self) -> str:
        from .show import show

        return show(self)

    @property
    def dom(self) -> Dom:
        """The domain of a ``lam`` or big operator."""
        if not isinstance(self.data, Dom):
            raise TypeError(f"{self.op} has no domain")
        return self.data

    @property
    def dom_args(self) -> tuple[Term, ...]:
        """The arguments that describe the domain (``lo, hi`` of a range)."""
        return self.args[: DOM_ARGS[self.dom.kind]]

    @property
    def body(self) -> Term:
        """The last argument: what a binder ranges over."""
        return self.args[-1]

    @property
    def filter(self) -> Term:
        """The filter of a big operator, under its binder."""
        if self.op not in BIG:
            raise TypeError(f"{self.op} has no filter")
        return self.args[-2]

    @property
    def name(self) -> str:
        """The name of a ``var``, the function of a ``fn``, the field of a ``proj``."""
        if not isinstance(self.data, str):
            raise TypeError(f"{self.op} has no name")
        return self.data

    @property
    def digest(self) -> bytes:
        """A digest of the structure, the same in every process; the order of commutative normal forms."""
        return self._digest or _digest(self)


_table: dict[tuple[object, ...], Term] = {}


def make(op: str, args: tuple[Term, ...], sort: Sort, data: Hashable = None) -> Term:
    """The interned node; no check of sorts (``build`` has the checked constructors)."""
    key = (op, sort, data, args)
    found = _table.get(key)
    if found is not None:
        return found
    t = Term.__new__(Term)
    t.op = op
    t.args = args
    t.data = data
    t.sort = sort
    t._digest = None
    if op == "bound":
        t.loose = data + 1  # type: ignore[operator]  # a bound node's payload is its index
        t.free = 0
    else:
        loose = 0
        free = _bit(str(data)) if op == "var" else 0
        for a in args:
            free |= a.free
            loose = max(loose, a.loose)
        t.free = free
        if loose and op in _INSIDE:
            outside = len(args) - _INSIDE[op]
            loose = 0
            for k, a in enumerate(args):
                reach = a.loose if k < outside else a.loose - 1
                loose = max(loose, reach)
        t.loose = loose
    return _table.setdefault(key, t)  # another thread may have been faster


def _bit(name: str) -> int:
    """The bit of a variable: of a fresh one (``hint!7``) by its number, so that those made together differ."""
    number = name.rpartition("!")[2] if "!" in name else ""
    if number.isdecimal():
        return 1 << 64 + int(number[-6:]) % 64  # 64 divides 10^6
    return 1 << zlib.crc32(name.encode(errors="surrogatepass")) % 64


def with_args(t: Term, args: tuple[Term, ...]) -> Term:
    """``t`` with other arguments of the same sorts."""
    return t if args == t.args else make(t.op, args, t.sort, t.data)


def binds(t: Term, position: int) -> int:
    """How many binders argument ``position`` of ``t`` lies under: 0 or 1."""
    return 1 if t.op in _INSIDE and position >= len(t.args) - _INSIDE[t.op] else 0


def postorder(roots: Iterable[Term]) -> Iterator[Term]:
    """Every distinct subterm once, arguments before their parents."""
    seen: set[Term] = set()
    for root in roots:
        if root in seen:
            continue
        stack: list[tuple[Term, int]] = [(root, 0)]
        seen.add(root)
        while stack:
            t, k = stack.pop()
            if k < len(t.args):
                stack.append((t, k + 1))
                child = t.args[k]
                if child not in seen:
                    seen.add(child)
                    stack.append((child, 0))
            else:
                yield t


def size(t: Term) -> int:
    """Number of distinct nodes."""
    return sum(1 for _ in postorder([t]))


def free_vars(*roots: Term) -> dict[str, Term]:
    """The free variables by name, in order of first occurrence."""
    out: dict[str, Term] = {}
    seen: set[Term] = set()
    stack = [t for t in reversed(roots) if t.free]
    while stack:
        t = stack.pop()
        if t in seen:
            continue
        seen.add(t)
        if t.op == "var":
            out[t.name] = t
        else:
            stack.extend([a for a in reversed(t.args) if a.free])
    return out


def rebuild(t: Term, step: Callable[[Term], Term]) -> Term:
    """Bottom-up rewriting: ``step`` sees each node with its arguments already rewritten.

    Arguments under a binder are rewritten with their bound variable left as it is, so ``step`` must not move a term
    across a binder.
    """
    return rebuild_all([t], step)[0]


def rebuild_all(
    roots: Sequence[Term], step: Callable[[Term], Term], memo: dict[Term, Term] | None = None
) -> list[Term]:
    """:func:`rebuild` of several terms with one memo."""
    memo = {} if memo is None else memo
    for root in roots:
        if root in memo:
            continue
        for t in _unseen(root, memo):
            memo[t] = step(with_args(t, tuple([memo[a] for a in t.args])) if t.args else t)
    return [memo[root] for root in roots]


def _unseen(root: Term, memo: dict[Term, Term]) -> Iterator[Term]:
    seen: set[Term] = {root}
    stack: list[tuple[Term, int]] = [(root, 0)]
    while stack:
        t, k = stack.pop()
        if k < len(t.args):
            stack.append((t, k + 1))
            child = t.args[k]
            if child not in seen and child not in memo:
                seen.add(child)
                stack.append((child, 0))
        else:
            yield t


def _digest(root: Term) -> bytes:
    stack: list[tuple[Term, int]] = [(root, 0)]
    while stack:
        t, k = stack.pop()
        if t._digest is not None:
            continue
        if k < len(t.args):
            stack.append((t, k + 1))
            stack.append((t.args[k], 0))
            continue
        h = hashlib.blake2b(f"{t.op}\0{t.sort.text}\0{t.data!r}\0".encode(), digest_size=16)
        for a in t.args:
            h.update(a._digest or b"")
        t._digest = h.digest()
    assert root._digest is not None
    return root._digest

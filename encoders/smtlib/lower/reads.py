"""Reads of tensors.

A tensor whose dimensions are all explicit is an uninterpreted function.  One with an axes group among its dimensions
has index maps as arguments, which no first-order function takes: each distinct read becomes an element constant, and
any two reads of the same tensor are equal or differ in some index (Ackermann).  Index components that are the same
term are skipped, so that batch axes which every read shares cost nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....theories.errors import Unsupported
from ....theories.terms import build as b
from ....theories.terms import sorts as s
from ....theories.terms.binders import var
from ....theories.terms.term import Dom, Term

if TYPE_CHECKING:
    from .core import Lowering


def spine(t: Term) -> tuple[Term, tuple[Term, ...]]:
    """Head and arguments of a chain of reads."""
    args: list[Term] = []
    while t.op == "at":
        args.append(t.args[1])
        t = t.args[0]
    return t, tuple(reversed(args))


class Reads:
    """The element constants made so far, by tensor."""

    def __init__(self, lowering: Lowering) -> None:
        self._lowering = lowering
        self._constants: dict[tuple[Term, tuple[Term, ...]], Term] = {}
        self._by_tensor: dict[Term, list[tuple[Term, ...]]] = {}
        self.log: dict[Term, tuple[Term, tuple[Term, ...]]] = {}  # ground element -> tensor and arguments
        self.arguments: dict[tuple[str, int], dict[Term, None]] = {}

    def read(self, head: Term, args: tuple[Term, ...]) -> Term:
        """The ground element that stands for ``head[args]``; scalar arguments are ground, maps are maps."""
        if head.op != "var":
            raise Unsupported(f"a read of {head.op}")
        for position, a in enumerate(args):
            self.arguments.setdefault((head.name, position), {}).setdefault(a)
        _, result = s.uncurry(head.sort)
        if isinstance(result, s.FnSort) or len(args) < len(s.uncurry(head.sort)[0]):
            raise Unsupported(f"a partial read of {head.name} where an element is needed")
        if not any(isinstance(a.sort, s.FnSort) for a in args):
            element = b.at(head, *args)
            self.log.setdefault(element, (head, args))
            return element
        return self._constant(head, args, result)

    def _constant(self, head: Term, args: tuple[Term, ...], sort: s.Sort) -> Term:
        for a in args:
            if isinstance(a.sort, s.FnSort) and not s.is_index_map(a.sort):
                raise Unsupported(f"{head.name} applied to a function")
        found = self._constants.get((head, args))
        if found is not None:
            return found
        others = self._by_tensor.setdefault(head, [])
        element = var(f"{head.name}@{len(others)}", sort)
        self._constants[head, args] = element
        self.log[element] = (head, args)
        for other in others:
            differ = [self._differ(a, o) for a, o in zip(args, other, strict=True) if a is not o]
            same = b.eq(self._constants[head, other], element)
            self._lowering.emit(f"read:{head.name}", b.disj(*differ, same))
        others.append(args)
        return element

    def _differ(self, a: Term, o: Term) -> Term:
        if not isinstance(a.sort, s.FnSort):
            return b.negate(b.eq(a, o))
        return differing_axis(a, o)


def differing_axis(a: Term, o: Term) -> Term:
    """Whether two index maps differ on some axis."""
    sort = a.sort
    assert isinstance(sort, s.FnSort)
    return b.big("exists", (Dom("axes", sort.arg), ()), lambda c: b.negate(b.eq(b.at(a, c), b.at(o, c))))

"""Reads of tensors.

A tensor whose dimensions are all explicit is an uninterpreted function.  An index map is no argument of a first-order
function, so a tensor with an axes group among its dimensions becomes one function for each list of index maps that it is
read at, over its explicit dimensions; any two reads at different maps are equal or differ in some index (Ackermann).
Batch axes which every read shares thus cost nothing.
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
    """The reads made so far, by tensor."""

    def __init__(self, lowering: Lowering) -> None:
        self._lowering = lowering
        self._functions: dict[tuple[Term, tuple[Term, ...]], Term] = {}
        self._by_tensor: dict[Term, dict[tuple[Term, ...], None]] = {}
        self.log: dict[Term, tuple[Term, tuple[Term, ...]]] = {}  # ground element -> tensor and arguments
        self.arguments: dict[tuple[str, int], dict[Term, None]] = {}

    def read(self, head: Term, args: tuple[Term, ...]) -> Term:
        """The ground element that stands for ``head[args]``; scalar arguments are ground, maps are maps."""
        if head.op != "var":
            raise Unsupported(f"a read of {head.op}")
        sorts, result = s.uncurry(head.sort)
        if isinstance(result, s.FnSort) or len(args) < len(sorts):
            raise Unsupported(f"a partial read of {head.name} where an element is needed")
        for position, a in enumerate(args):
            self.arguments.setdefault((head.name, position), {}).setdefault(a)
        maps = tuple(a for a in args if isinstance(a.sort, s.FnSort))
        if not maps:
            element = b.at(head, *args)
        else:
            if not all(s.is_index_map(m.sort) for m in maps):
                raise Unsupported(f"{head.name} applied to a function")
            element = self._element(head, maps, tuple(a for a in args if not isinstance(a.sort, s.FnSort)), result)
        if maps and args not in self._by_tensor.setdefault(head, {}):
            self._relate(head, args, maps, element)
        self.log.setdefault(element, (head, args))
        return element

    def _element(self, head: Term, maps: tuple[Term, ...], rest: tuple[Term, ...], result: s.Sort) -> Term:
        function = self._functions.get((head, maps))
        if function is None:
            number = sum(1 for h, _ in self._functions if h is head)
            function = var(f"{head.name}@{number}", s.fn_sort([a.sort for a in rest], result))
            self._functions[head, maps] = function
        return b.at(function, *rest)

    def _relate(self, head: Term, args: tuple[Term, ...], maps: tuple[Term, ...], element: Term) -> None:
        known = self._by_tensor[head]
        for other in known:
            others = tuple(o for o in other if isinstance(o.sort, s.FnSort))
            if others == maps:
                continue
            theirs = self._element(
                head, others, tuple(o for o in other if not isinstance(o.sort, s.FnSort)), element.sort
            )
            differ = [self._differ(a, o) for a, o in zip(args, other, strict=True) if a is not o]
            self._lowering.emit(f"read:{head.name}", b.disj(*differ, b.eq(theirs, element)))
        known[args] = None

    def _differ(self, a: Term, o: Term) -> Term:
        if not isinstance(a.sort, s.FnSort):
            return b.negate(b.eq(a, o))
        return differing_axis(a, o)


def differing_axis(a: Term, o: Term) -> Term:
    """Whether two index maps differ on some axis."""
    sort = a.sort
    assert isinstance(sort, s.FnSort)
    return b.big("exists", (Dom("axes", sort.arg), ()), lambda c: b.negate(b.eq(b.at(a, c), b.at(o, c))))

"""From terms to nodes: each subterm once in each frame of its binders.

Nothing recurses: a term with binders or branches is a generator that asks for the values it needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ....theories.errors import Unsupported
from ....theories.terms.sorts import INT, TupleSort, uncurry
from ....theories.terms.term import BIG, Term
from .application import apply, at, element
from .branches import conditional
from .graph import Graph, Ref, conjuncts
from .operators import big
from .reads import Requests
from .rounding import Form, form
from .scalars import literal, operate, supported
from .schedule import Constants
from .values import Choice, Frame, Lam, Record, Request, Scalar, Steps, Tensor, Value, scalar, top_of

DECIDE = 1 << 22
"""A condition on that many positions is decided when the plan is made, if it does not depend on inputs."""
_BINDING = BIG | {"let", "at", "ite"}


class Compiler:
    """Compiles terms over given sizes and shapes of arrays; ``outer`` axes are the outputs', numbered from 0."""

    def __init__(self, sizes: Mapping[str, int], shapes: Mapping[str, tuple[int, ...]], outer: int) -> None:
        self.graph = Graph()
        self.constants = Constants()
        self.sizes = sizes
        self.shapes = shapes
        self.outer = outer
        self.requests: Requests = {}
        self.causes: dict[str, None] = {}
        self.in_range: dict[Ref, frozenset[Ref]] = {}  # of padded views: the conditions of being inside
        self.heavy: dict[Term, bool] = {}
        self._memo: dict[tuple[Term, Frame], Value] = {}

    # -- the machine -------------------------------------------------------------------------------------------------

    def value(self, term: Term, frame: Frame = ()) -> Value:
        """The value of a term in a frame of its binders, innermost first."""
        memo = self._memo
        key = (term, frame[: term.loose])
        if key in memo:
            return memo[key]
        stack: list[tuple[Request, Steps | None, Sequence[Request]]] = [(key, None, ())]
        while stack:
            here, steps, wanted = stack[-1]
            t, f = here
            if steps is None:
                if here in memo:
                    stack.pop()
                    continue
                if t.op == "lam":
                    memo[here] = self._lam(t, f)
                    stack.pop()
                    continue
                if t.op not in _BINDING:
                    plain = form(t)
                    arguments = t.args if plain is None else plain.args
                    missing = [k for a in arguments if (k := (a, f[: a.loose])) not in memo]
                    if missing:
                        stack.extend([(k, None, ()) for k in reversed(missing)])
                        continue
                    values = [memo[a, f[: a.loose]] for a in arguments]
                    memo[here] = self._node(t, f, values) if plain is None else self._form(t, plain, values)
                    stack.pop()
                    continue
                steps = self._steps(t, f)
                answer: Sequence[Value] | None = None
            else:
                answer = [memo[r] for r in wanted]
            try:
                asked = next(steps) if answer is None else steps.send(answer)
            except StopIteration as done:
                memo[here] = done.value
                stack.pop()
                continue
            wanted = [(r, g[: r.loose]) for r, g in asked]
            stack[-1] = (here, steps, wanted)
            stack.extend([(r, None, ()) for r in reversed(wanted) if r not in memo])
        return memo[key]

    def apply(self, function: Value, argument: Scalar) -> Value:
        """``function`` at ``argument``, for callers outside."""
        steps = apply(self, function, argument)
        try:
            wanted = next(steps)
            while True:
                wanted = steps.send([self.value(t, f) for t, f in wanted])
        except StopIteration as done:
            return done.value

    # -- definedness -------------------------------------------------------------------------------------------------

    def either(self, *marks: Ref | None) -> Ref | None:
        """Undefined where one of ``marks`` says so."""
        present = [m for m in marks if m is not None]
        return None if not present else self.settle(self.graph.any(present))

    def guarded(self, condition: Ref, mark: Ref | None) -> Ref | None:
        """Undefined where ``mark`` says so and ``condition`` holds."""
        if mark is None:
            return None
        given = set(conjuncts(condition))
        if mark.node.op == "not" and given.issuperset(conjuncts(mark.argument(0))):
            return None
        return self.settle(self.graph.all([condition, mark]))

    def settle(self, mark: Ref | None) -> Ref | None:
        """``mark``, or None where it is known to be false everywhere."""
        if mark is None or mark.literal is False:
            return None
        if mark.node.constant and mark.node.size <= DECIDE and not np.any(self.constants.value(mark.node)):
            return None
        return mark

    def marked(self, value: Value, mark: Ref | None) -> Value:
        """``value``, undefined where ``mark`` says so."""
        if mark is None:
            return value
        if isinstance(value, Scalar):
            return Scalar(value.ref, self.either(value.undefined, mark))
        if isinstance(value, Record):
            return Record(tuple([(n, self.marked(v, mark)) for n, v in value.fields]), max(value.top, Scalar(mark).top))
        condition = Scalar(self.graph.truth(True), mark)
        return Choice(condition, value, value, max(value.top, Scalar(mark).top))

    # -- nodes without binders ---------------------------------------------------------------------------------------

    def _node(self, t: Term, frame: Frame, args: list[Value]) -> Value:
        op = t.op
        if op == "bound":
            index = t.data
            assert isinstance(index, int)
            return frame[index]
        if op == "lit":
            return Scalar(literal(self.graph, t))
        if op == "var":
            return self._variable(t)
        if op == "tuple":
            assert isinstance(t.sort, TupleSort)
            names = [n for n, _ in t.sort.fields]
            return Record(tuple(zip(names, args, strict=True)), top_of(tuple(args)))
        if op == "proj":
            return self._field(args[0], t.name)
        if op == "require":
            condition = scalar(args[0])
            self.causes["a required condition is false"] = None
            return self.marked(args[1], self.either(condition.undefined, self.graph.negation(condition.ref)))
        operands = [scalar(a) for a in args]
        refs = [a.ref for a in operands]
        marks = [a.undefined for a in operands]
        if any(m is not None for m in marks) and op in ("and", "or", "implies"):
            for k in range(1, len(refs)):  # from left to right, until one decides
                before = [self.graph.negation(r) for r in refs[:k]] if op == "or" else refs[:k]
                marks[k] = self.guarded(self.graph.all(before), marks[k])
        return Scalar(operate(self.graph, t, refs), self.either(*marks))

    def _form(self, t: Term, plain: Form, args: list[Value]) -> Value:
        operands = [scalar(a) for a in args]
        ref = self.graph.apply(plain.op, plain.data, [a.ref for a in operands], supported(t.sort))
        return Scalar(ref, self.either(*[a.undefined for a in operands]))

    def _variable(self, t: Term) -> Value:
        if t.name in self.sizes and t.sort is INT:
            return Scalar(self.graph.literal(self.sizes[t.name], INT))
        if t.name not in self.shapes:
            raise Unsupported(f"no value is given for {t.name}")
        arguments, result = uncurry(t.sort)
        if any(a is not INT for a in arguments) or len(arguments) != len(self.shapes[t.name]):
            raise Unsupported(f"an array of {len(self.shapes[t.name])} dimensions for {t.name}, of sort {t.sort.text}")
        supported(result)
        return Tensor(t.name, result, (), -1) if arguments else element(self, t.name, result, ())

    def _field(self, value: Value, name: str) -> Value:
        if isinstance(value, Choice):
            yes, no = self._field(value.yes, name), self._field(value.no, name)
            return Choice(value.condition, yes, no, value.top)
        if not isinstance(value, Record):
            raise Unsupported(f"the field {name} of a {type(value).__name__.lower()}")
        return dict(value.fields)[name]

    def _lam(self, t: Term, frame: Frame) -> Value:
        if t.dom.kind != "range":
            raise Unsupported(f"a comprehension over {t.dom.kind}")
        return Lam(t, frame, top_of(frame))

    # -- branches ----------------------------------------------------------------------------------------------------

    def _steps(self, t: Term, frame: Frame) -> Steps:
        if t.op == "let":
            return self._let(t, frame)
        if t.op == "at":
            return at(self, t, frame)
        return conditional(self, t, frame) if t.op == "ite" else big(self, t, frame)

    def _let(self, t: Term, frame: Frame) -> Steps:
        (value,) = yield [(t.args[0], frame)]
        (result,) = yield [(t.args[1], (value, *frame[: max(t.args[1].loose - 1, 0)]))]
        return result

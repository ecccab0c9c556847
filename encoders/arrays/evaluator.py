"""The evaluator: a term's value in a frame of open binders.

A frame is the tuple of values of the open binders, innermost first.  Each node is evaluated once per part of the frame
that it depends on.  Nothing recurses: nodes with binders are generators that ask for the values that they need.

Evaluation is total: partial operations give some value outside their domain, and reads out of range are clamped.
Whether a value means anything is the business of the ``defined`` term, evaluated separately.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np

from ...theories.errors import Unsupported
from ...theories.terms.build import TRUE
from ...theories.terms.sorts import BOOL, FnSort
from ...theories.terms.term import BIG, DOM_ARGS, Dom, Term
from .algebra import WITH_PAYLOAD, Mode, Outcome
from .casts import convert
from .domains import Domains
from .environment import Algebras, Env, Importer
from .logic import CONNECTIVES, conjunction, select
from .reduction import reduce
from .values import (
    Arr,
    Choice,
    Closure,
    Native,
    Record,
    Table,
    Value,
    align,
    mark,
    scalar,
    substitute,
)

Frame = tuple[Value, ...]
Request = tuple[Term, Frame]
Steps = Generator[Sequence[Request], Sequence[Value], Value]
"""A computation that asks for values and is resumed with them."""

_BINDING = BIG | {"lam", "let", "at", "var"}


class Evaluator:
    """Evaluates terms in one environment and mode; keeps what it has computed."""

    def __init__(self, env: Env, mode: Mode = Mode.EXACT) -> None:
        self.env = env
        self.mode = mode
        self.algebras = Algebras(env, mode)
        self._axes = 0
        self.domains = Domains(env, self.algebras, self.fresh_axis)
        self._importer = Importer(env, self.algebras, self.fresh_axis)
        self._memo: dict[tuple[Term, Frame], Value] = {}

    def fresh_axis(self) -> int:
        """The name of a new axis."""
        self._axes += 1
        return self._axes

    def value(self, term: Term) -> Value:
        """The value of a locally closed term."""
        with np.errstate(all="ignore"):
            return self._run((term, ()))

    def scalar(self, term: Term) -> Arr:
        """The value of a locally closed scalar term: an array with at most the batch axis."""
        return scalar(self.value(term))

    def table(self, function: Value, arguments: Sequence[Value]) -> Value:
        """``function`` at ``arguments``, for callers outside."""
        value = function
        with np.errstate(all="ignore"):
            for argument in arguments:
                value = self._drive(self._apply(value, argument))
        return value

    # -- the machine -------------------------------------------------------------------------------------------------

    def _run(self, request: Request) -> Value:
        memo = self._memo
        key = (request[0], request[1][: request[0].loose])
        if key in memo:
            return memo[key]
        stack: list[tuple[tuple[Term, Frame], Steps | None, Sequence[Request]]] = [(key, None, ())]
        while stack:
            key, steps, wanted = stack[-1]
            term, frame = key
            if steps is None:
                if key in memo:
                    stack.pop()
                    continue
                if term.op not in _BINDING:
                    missing = [k for a in term.args if (k := (a, frame[: a.loose])) not in memo]
                    if missing:
                        stack.extend([(k, None, ()) for k in reversed(missing)])
                        continue
                    memo[key] = self._node(term, frame, [memo[a, frame[: a.loose]] for a in term.args])
                    stack.pop()
                    continue
                steps = self._steps(term, frame)
                answer: Sequence[Value] | None = None
            else:
                answer = [memo[t, f[: t.loose]] for t, f in wanted]
            try:
                wanted = next(steps) if answer is None else steps.send(answer)
            except StopIteration as done:
                memo[key] = done.value
                stack.pop()
                continue
            stack[-1] = (key, steps, wanted)
            stack.extend([((t, f[: t.loose]), None, ()) for t, f in reversed(wanted) if (t, f[: t.loose]) not in memo])
        return memo[request[0], request[1][: request[0].loose]]

    def _drive(self, steps: Steps) -> Value:
        try:
            wanted = next(steps)
            while True:
                wanted = steps.send([self._run(r) for r in wanted])
        except StopIteration as done:
            return done.value

    # -- nodes without binders ---------------------------------------------------------------------------------------

    def _node(self, t: Term, frame: Frame, args: list[Value]) -> Value:
        op = t.op
        if op == "bound":
            index = t.data
            assert isinstance(index, int)
            return frame[index]
        if op == "lit":
            return Arr((), self.algebras.of(t.sort).constant(t.data))
        if op == "ite":
            return self._choose(scalar(args[0]), args[1], args[2])
        if op == "require":
            return args[1]
        if op == "tuple":
            return Record(dict(zip([name for name, _ in t.sort.fields], args, strict=True)))  # type: ignore[attr-defined]
        if op == "proj":
            return self._project(args[0], t.name)
        operands = [scalar(a) for a in args]
        if op in CONNECTIVES:
            return CONNECTIVES[op](operands)
        return self._operation(t, operands)

    def _operation(self, t: Term, operands: list[Arr]) -> Arr:
        source = t.args[0].sort
        axes, datas, unds = align(operands)
        if source is BOOL and t.op in ("eq", "peq"):
            return Arr(axes, np.asarray(datas[0] == datas[1]), mark(np.broadcast(*datas).shape, unds))
        if t.op == "eq" and t.args[0] is t.args[1]:
            return Arr((), np.asarray(True))
        if t.op == "cast":
            outcome: Outcome = convert(datas[0], source, self.algebras.of(t.sort), t.sort, self.mode)
        else:
            algebra = self.algebras.of(source)
            operation = algebra.operations.get(t.op)
            if operation is None:
                raise Unsupported(f"{t.op} on {source.text}")
            outcome = operation(t.data, *datas) if t.op in WITH_PAYLOAD else operation(*datas)
        data, und = outcome if isinstance(outcome, tuple) else (outcome, None)
        data = np.asarray(data, self.algebras.of(t.sort).dtype)  # NumPy gives scalars for arrays without dimensions
        return Arr(axes, data, mark(data.shape, [*unds, und]) if und is not None or any_mark(unds) else None)

    def _choose(self, condition: Arr, yes: Value, no: Value) -> Value:
        if yes is no:
            return yes
        if isinstance(yes, Arr) and isinstance(no, Arr):
            return select(condition, yes, no)
        if isinstance(yes, Record) and isinstance(no, Record):
            return Record({name: self._choose(condition, yes.fields[name], no.fields[name]) for name in yes.fields})
        return Choice(condition, yes, no)

    def _project(self, value: Value, name: str) -> Value:
        if isinstance(value, Choice):
            return self._choose(value.condition, self._project(value.yes, name), self._project(value.no, name))
        if not isinstance(value, Record):
            raise Unsupported(f"the field {name} of a {type(value).__name__.lower()}")
        return value.fields[name]

    # -- nodes with binders, variables, application ------------------------------------------------------------------

    def _steps(self, t: Term, frame: Frame) -> Steps:
        if t.op == "var":
            return self._variable(t)
        if t.op == "let":
            return self._let(t, frame)
        if t.op == "at":
            return self._at(t, frame)
        return self._lam(t, frame) if t.op == "lam" else self._big(t, frame)

    def _variable(self, t: Term) -> Steps:
        given = self._importer.value(t.name, t.sort)
        if isinstance(given, Term):
            (given,) = yield [(given, ())]
        return given

    def _let(self, t: Term, frame: Frame) -> Steps:
        (value,) = yield [(t.args[0], frame)]
        (result,) = yield [(t.args[1], (value, *frame[: max(t.args[1].loose - 1, 0)]))]
        return result

    def _at(self, t: Term, frame: Frame) -> Steps:
        function, argument = yield [(t.args[0], frame), (t.args[1], frame)]
        result = yield from self._apply(function, argument)
        return result

    def _apply(self, function: Value, argument: Value) -> Steps:
        """One application; the nesting of choices is a tree walked with an explicit stack."""
        if isinstance(function, Table):
            return substitute(function.body, function.axis, self.domains.position(function, argument))
        if isinstance(function, Native):
            return self._call(function, scalar(argument))
        if isinstance(function, Closure):
            (result,) = yield [(function.body, (argument, *function.frame))]
            return result
        if not isinstance(function, Choice):
            raise Unsupported(f"reading a {type(function).__name__.lower()}")
        todo: list[Value | Arr | None] = [function]
        done: list[Value] = []
        conditions: list[Arr] = []
        while todo:
            f = todo.pop()
            if f is None:
                no, yes = done.pop(), done.pop()
                done.append(self._choose(conditions.pop(), yes, no))
            elif isinstance(f, Choice):
                conditions.append(f.condition)
                todo += [None, f.no, f.yes]
            else:
                result = yield from self._apply(f, argument)
                done.append(result)
        return done[0]

    def _call(self, function: Native, argument: Arr) -> Value:
        given = (*function.given, argument)
        if len(given) < function.arity:
            return Native(function.function, function.arity, function.result, given)
        axes, datas, unds = align(given)
        shape = np.broadcast_shapes(*[d.shape for d in datas])
        data = function.function(*[np.broadcast_to(d, shape) for d in datas])
        return Arr(axes, self.algebras.elements(np.asarray(data), function.result), mark(shape, unds))

    def _lam(self, t: Term, frame: Frame) -> Steps:
        dom = t.dom
        inner = frame[: max(t.body.loose - 1, 0)]
        if dom.kind in ("all", "nat"):
            return Closure(t.body, inner)
        bounds = yield [(a, frame) for a in t.dom_args]
        opened = self.domains.open(dom, bounds)
        if opened is None:
            return Closure(t.body, inner)
        (body,) = yield [(t.body, (opened.variable, *inner))]
        kind = dom.kind
        return Table(kind, opened.axis, opened.extents, opened.lo, body)

    def _big(self, t: Term, frame: Frame) -> Steps:
        dom = t.data
        assert isinstance(dom, Dom)
        bounds = yield [(a, frame) for a in t.args[: DOM_ARGS[dom.kind]]]
        if dom.kind == "all" and isinstance(dom.sort, FnSort):
            raise Unsupported(f"{t.op} over all functions")
        opened = self.domains.open(dom, bounds)
        if opened is None:
            raise Unsupported("a range of more than a million values")
        reach = max(t.filter.loose, t.body.loose) - 1
        inner = (opened.variable, *frame[: max(reach, 0)])
        where, body = yield [(t.filter, inner), (t.body, inner)]
        mask = scalar(where)
        if opened.mask is not None:
            mask = opened.mask if t.filter is TRUE else conjunction([opened.mask, mask])
        out = reduce(t.op, t.sort, self.algebras.of(t.sort), opened.axis, opened.length, mask, scalar(body))
        if opened.complete:
            return out
        # A sample of the domain decides only what one witness decides.
        open_ = out.data if t.op == "forall" else ~out.data
        und = open_ if out.und is None else open_ | out.und
        return Arr(out.axes, out.data, und if und.any() and self.mode is Mode.EXACT else None)


def any_mark(unds: Sequence[object]) -> bool:
    """Whether any of the marks is there."""
    return any(u is not None for u in unds)

"""If, Loop and Scan with static structure, written out."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import onnx

from ... import dims
from ...errors import BadArity, BadAttribute, MalformedModel, NotStatic, TooLarge, WrongDType
from ...graph import Ref
from .schemas import plain
from .scope import Body, Entry, Items, Scope, Value, body_of_graph
from .shapes import declared
from .tensors import numpy_type

if TYPE_CHECKING:
    from .translate import Special, Task, Translator

Steps = Generator["Task", None, list[Value]]


def _graph(e: Entry, name: str) -> onnx.GraphProto:
    attr = e.attrs.get(name)
    if attr is None or attr.type != attr.GRAPH:
        raise BadAttribute(f"{e.op}: attribute {name} is {'missing' if attr is None else 'no graph'}")
    return attr.g


def _prefix(t: Translator, e: Entry, scope: Scope, what: str) -> str:
    return t.local(f"{next((n for n in e.outputs if n), e.op)}/{what}", scope)


def _inner(scope: Scope, body: Body, prefix: str) -> Scope:
    return Scope(body, scope, scope.opsets, scope.references, prefix, calls=scope.calls, depth=scope.depth + 1)


def _run(t: Translator, e: Entry, inner: Scope, operands: Sequence[Value]) -> Steps:
    """Runs a body and gives its outputs."""
    from .translate import Task

    if len(operands) != len(inner.body.inputs):
        raise BadArity(f"the body takes {len(inner.body.inputs)} operands, not {len(operands)}")
    inner.values.update(zip(inner.body.inputs, operands, strict=True))
    t.count()
    yield Task(e.where, t.steps(inner))
    return [t.read(n, inner, e.where) for n in inner.body.outputs]


def _task(t: Translator, e: Entry, scope: Scope, steps: Callable[[], Steps]) -> Task:
    from .translate import Task

    def whole() -> Generator[Task, None, None]:
        values = yield from steps()
        if len(e.outputs) > len(values):
            raise BadArity(f"{e.op} has {len(values)} values, not {len(e.outputs)}")
        t.bind(e, scope, values)

    return Task(e.where, whole())


# -- If ----------------------------------------------------------------------------------------------------------------


def _if(t: Translator, e: Entry, scope: Scope) -> Task:
    (first,) = t.operands(e, scope) if len(e.inputs) == 1 else (None,)
    if first is None:
        raise BadArity("If takes one operand")
    condition = t.tensor(first)
    type_ = t.builder.type(condition)
    if type_.dtype.kind != "bool" or dims.literal(dims.product(type_.shape)) != 1:
        raise WrongDType(f"the condition is {type_!r}, not one truth value")

    def branch(name: str) -> Steps:
        body = body_of_graph(_graph(e, name), f"{e.where}: ")
        return (yield from _run(t, e, _inner(scope, body, _prefix(t, e, scope, name.split("_")[0])), ()))

    def steps() -> Steps:
        try:
            taken = t.static(condition, "the condition")
        except NotStatic:
            yes = yield from branch("then_branch")
            no = yield from branch("else_branch")
            return _merged(t, e, scope, condition, yes, no)
        t.note(f"{e.where}: its condition is always {'true' if taken else 'false'}")
        return (yield from branch("then_branch" if taken else "else_branch"))

    return _task(t, e, scope, steps)


def _merged(
    t: Translator, e: Entry, scope: Scope, condition: Ref, yes: Sequence[Value], no: Sequence[Value]
) -> list[Value]:
    if len(yes) != len(no) or len(e.outputs) > len(yes):
        raise BadArity(f"branches of {len(yes)} and {len(no)} values")
    hint = _prefix(t, e, scope, "condition")
    if t.builder.type(condition).rank:
        condition = t.fresh("Reshape", condition, hint=hint, shape=())
    out: list[Value] = []
    names = t.value_names(e, scope)
    for name, one, other in zip(names, yes, no, strict=False):
        if one == other or not name:
            out.append(one)
            continue
        if isinstance(one, Items) or isinstance(other, Items):
            raise NotStatic("branches that choose between sequences")
        a, c = t.tensor(one), t.tensor(other)
        if not t.builder.type(a).agrees(t.builder.type(c)):
            raise NotStatic(f"branches of types {t.builder.type(a)!r} and {t.builder.type(c)!r}")
        out += t.emit("Where", (condition, a, c), (name,), {})
    t.note(f"{e.where}: both branches, and a choice")
    return out


# -- Loop --------------------------------------------------------------------------------------------------------------


def _loop(t: Translator, e: Entry, scope: Scope) -> Task:
    count, going, *carried = [*t.operands(e, scope), None, None][: max(len(e.inputs), 2)]
    graph = _graph(e, "body")
    body = body_of_graph(graph, f"{e.where}: ")
    n = len(carried)
    if len(body.inputs) != n + 2 or len(body.outputs) < n + 1:
        raise BadArity(f"a body of {len(body.inputs)} inputs and {len(body.outputs)} outputs for {n} carried values")
    trips = None if count is None else t.static(t.tensor(count), "the trip count")

    def steps() -> Steps:
        more = going is None or bool(t.static(t.tensor(going), "the condition"))
        state: list[Value] = [_given(v) for v in carried]
        kept: list[list[Ref]] = [[] for _ in body.outputs[n + 1 :]]
        k = 0
        while more and (trips is None or k < trips):
            prefix = _prefix(t, e, scope, str(k))
            inner = _inner(scope, body, prefix)
            number = t.const(f"{prefix}/iteration", _like(graph.input[0], np.int64(k), e.where))
            true = t.const(f"{prefix}/condition", _like(graph.input[1], np.bool_(True), e.where))
            values = yield from _run(t, e, inner, [number, true, *state])
            more = bool(t.static(t.tensor(values[0]), f"the condition after iteration {k}"))
            state = values[1 : n + 1]
            for column, value in zip(kept, values[n + 1 :], strict=True):
                column.append(t.tensor(value))
            k += 1
        t.note(f"{e.where}: {k} iterations")
        empty = [_empty(t, e, graph.output[n + 1 + j]) for j in range(len(kept))] if not k else []
        hint = _prefix(t, e, scope, "stacked")
        return [*state, *(empty or [_stacked(t, column, 0, hint) for column in kept])]

    return _task(t, e, scope, steps)


def _given(value: Value | None) -> Value:
    if value is None:
        raise BadArity("a carried value is left out")
    return value


def _like(info: onnx.ValueInfoProto, value: Any, where: str) -> Any:
    """A number in the shape that a body declares for it: one element."""
    said = declared(info, where)
    return np.array(value).reshape((1,) * len(said.shape or ()) if said is not None else ())


def _stacked(t: Translator, column: Sequence[Ref], axis: int, hint: str) -> Ref:
    rows = [t.fresh("Unsqueeze", r, hint=f"{hint}/unsqueeze", axes=(axis,)) for r in column]
    return t.fresh("Concat", *rows, hint=hint, axis=axis)


def _empty(t: Translator, e: Entry, info: onnx.ValueInfoProto, axis: int = 0) -> Ref:
    """What no iteration at all stacks."""
    said = declared(info, e.where)
    if said is None or said.shape is None or not all(isinstance(d, int) for d in said.shape):
        raise NotStatic(f"no iterations, and the body does not declare the shape of {info.name}")
    shape = [d for d in said.shape if isinstance(d, int)]
    shape.insert(axis if axis >= 0 else len(shape) + 1 + axis, 0)
    return t.const(f"{info.name}/empty", np.zeros(shape, numpy_type(said.dtype)))


# -- Scan --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Plan:
    graph: onnx.GraphProto
    body: Body
    states: int
    in_axes: tuple[int, ...]
    in_backwards: tuple[int, ...]
    out_axes: tuple[int, ...]
    out_backwards: tuple[int, ...]


def _ints(e: Entry, name: str, n: int) -> tuple[int, ...]:
    value: Any = plain(e.attrs[name]) if name in e.attrs else (0,) * n
    if not isinstance(value, tuple) or len(out := cast("tuple[Any, ...]", value)) != n:
        raise BadAttribute(f"Scan: attribute {name} is no list of {n} integers")
    return out


def _scan(t: Translator, e: Entry, scope: Scope) -> Task:
    old = t.version(scope) < 9
    operands = [_given(v) for v in t.operands(e, scope)[old:]] if len(e.inputs) > old else []
    if old and e.inputs and e.inputs[0]:
        raise NotStatic("Scan with lengths of sequences")
    number = plain(e.attrs["num_scan_inputs"]) if "num_scan_inputs" in e.attrs else None
    if not isinstance(number, int) or not 1 <= number <= len(operands):
        raise BadAttribute("Scan: attribute num_scan_inputs is missing or wrong")
    graph = _graph(e, "body")
    body = body_of_graph(graph, f"{e.where}: ")
    states = len(operands) - number
    stacked = len(body.outputs) - states
    if stacked < 0:
        raise BadArity(f"a body of {len(body.outputs)} outputs for {states} states")
    directions = _ints(e, "directions" if old else "scan_input_directions", number)
    plan = _Plan(
        graph, body, states, _ints(e, "scan_input_axes", number), directions,
        _ints(e, "scan_output_axes", stacked), _ints(e, "scan_output_directions", stacked),
    )  # fmt: skip
    refs = [t.tensor(v) for v in operands]
    return _task(
        t,
        e,
        scope,
        (lambda: _batched(t, e, scope, plan, refs)) if old else lambda: _scanned(t, e, scope, plan, refs, "scan"),
    )


def _length(t: Translator, plan: _Plan, scans: Sequence[Ref]) -> int:
    lengths: list[int] = []
    for ref, axis in zip(scans, plan.in_axes, strict=True):
        lengths.append(_size(t, ref, axis, "the length of Scan"))
    if len(set(lengths)) != 1:
        raise MalformedModel(f"Scan over lengths {lengths}")
    return lengths[0]


def _size(t: Translator, ref: Ref, axis: int, what: str) -> int:
    type_ = t.builder.type(ref)
    if not -type_.rank <= axis < type_.rank:
        raise BadAttribute(f"Scan: axis {axis}, but the rank is {type_.rank}")
    size = dims.literal(type_.shape[axis])
    if size is None:
        raise NotStatic(f"{what} is {type_.shape[axis]!r}: give the symbol a size")
    return size


def _scanned(t: Translator, e: Entry, scope: Scope, plan: _Plan, refs: Sequence[Ref], what: str) -> Steps:
    scans = refs[plan.states :]
    length = _length(t, plan, scans)
    if length > 1_000_000:
        raise TooLarge(f"Scan over {length} elements")
    state: list[Value] = list(refs[: plan.states])
    kept: list[list[Ref]] = [[] for _ in plan.out_axes]
    for k in range(length):
        prefix = _prefix(t, e, scope, f"{what}/{k}")
        rows = [
            _row(t, ref, length - 1 - k if backwards else k, axis, prefix)
            for ref, axis, backwards in zip(scans, plan.in_axes, plan.in_backwards, strict=True)
        ]
        values = yield from _run(t, e, _inner(scope, plan.body, prefix), [*state, *rows])
        state = values[: plan.states]
        for column, value in zip(kept, values[plan.states :], strict=True):
            column.append(t.tensor(value))
    t.note(f"{e.where}: {length} iterations")
    outputs = plan.graph.output[plan.states :]
    hint = _prefix(t, e, scope, f"{what}/stacked")
    ordered = [c[::-1] if backwards else c for c, backwards in zip(kept, plan.out_backwards, strict=True)]
    ends = zip(ordered, plan.out_axes, outputs, strict=True)
    return [*state, *(_stacked(t, c, a, hint) if length else _empty(t, e, o, a) for c, a, o in ends)]


def _row(t: Translator, ref: Ref, k: int, axis: int, prefix: str) -> Ref:
    place = t.const(f"{prefix}/place", np.array(k, np.int64))
    return t.fresh("Gather", ref, place, hint=f"{prefix}/element", axis=axis)


def _batched(t: Translator, e: Entry, scope: Scope, plan: _Plan, refs: Sequence[Ref]) -> Steps:
    """Scan of opset 8: every operand has a batch axis first."""
    sizes = {_size(t, r, 0, "the batch of Scan") for r in refs}
    if len(sizes) != 1 or 0 in sizes:
        raise MalformedModel(f"Scan over batches of {sorted(sizes)}")
    columns: list[list[Ref]] = []
    for k in range(sizes.pop()):
        rows = [_row(t, r, k, 0, _prefix(t, e, scope, f"batch/{k}")) for r in refs]
        values = yield from _scanned(t, e, scope, plan, rows, f"batch/{k}")
        columns.append([t.tensor(v) for v in values])
    hint = _prefix(t, e, scope, "batch")
    return [_stacked(t, column, 0, hint) for column in zip(*columns, strict=True)]


TABLE: dict[str, Special] = {"If": _if, "Loop": _loop, "Scan": _scan}

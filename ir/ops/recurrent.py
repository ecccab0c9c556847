"""Recurrent layers, unrolled: the number of time steps is a literal, batch and widths may be symbols."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from .. import dims
from ..dims import Shape
from ..dtypes import FLOAT_TYPES, INDEX, INT32
from ..elements import Elem, require, where
from ..errors import BadAttribute, NotStatic, WrongDType, WrongShape
from ..operators import Attr, Call, Rule, check_dtype, check_sizes, operator
from ..tensors import Index, Tensor, tensor
from ..types import TensorType
from .recurrent_cells import Activation, Lane, activations, pick

_ATTRS: Final[dict[str, Attr]] = {
    "activations": None,
    "activation_alpha": None,
    "activation_beta": None,
    "clip": None,
    "direction": "forward",
    "hidden_size": None,
    "layout": 0,
}
_DEFAULTS: Final = {"RNN": ("Tanh",), "LSTM": ("Sigmoid", "Tanh", "Tanh"), "GRU": ("Sigmoid", "Tanh")}
_GATES: Final = {"RNN": 1, "LSTM": 4, "GRU": 3}
_DIRECTIONS: Final = {"forward": (False,), "reverse": (True,), "bidirectional": (False, True)}
"""Whether each direction runs backwards."""
_CONVENTIONS: Final = (
    "outputs past the length of a sequence are 0 and its state is carried; the last state of an empty sequence is 0",
    "alphas and betas go to the activations that have one, in their order; what is left over is ignored",
    "alpha and beta of Affine and ScaledTanh have no defaults",
    "ThresholdedRelu keeps its threshold: x if x >= alpha",
    "clip bounds the argument of every activation, that of h in an LSTM too, as the text says; onnxruntime leaves h alone",
)


def _backwards(use: Call) -> tuple[bool, ...]:
    if use.str("direction") not in _DIRECTIONS:
        raise BadAttribute(f"{use.op}: unknown direction {use.str('direction')}")
    return _DIRECTIONS[use.str("direction")]


def _expect(use: Call, k: int, name: str, shape: Shape) -> None:
    """WrongShape unless operand ``k``, if it is given, has that shape."""
    if not use.has(k):
        return
    have = use.type(k).shape
    if len(have) != len(shape):
        raise WrongShape(f"{use.op}: {name} has rank {len(have)}, not {len(shape)}")
    for a, c in zip(have, shape, strict=True):
        check_sizes(use, a, c, f"sizes of {name}")


def _rule(states: int) -> Rule:
    """``Y[time, direction, batch, hidden]`` and the last ``states`` states (ONNX RNN, LSTM, GRU)."""

    def rule(use: Call) -> tuple[TensorType, ...]:
        x, w, r = use.type(0), use.type(1), use.type(2)
        check_dtype(use, x.dtype, FLOAT_TYPES)
        for k in (1, 2, 3, 5, 6, 7):
            if use.has(k) and use.type(k).dtype is not x.dtype:
                raise WrongDType(f"{use.op}: operands of types {x.dtype.name} and {use.type(k).dtype.name}")
        if use.has(4) and use.type(4).dtype is not INT32:
            raise WrongDType(f"{use.op}: sequence_lens has type {use.type(4).dtype.name}, not int32")
        if (x.rank, w.rank, r.rank) != (3, 3, 3):
            raise WrongShape(f"{use.op} takes X, W and R of rank 3")
        batch_first = _batch_first(use)
        time, batch = (x.shape[1], x.shape[0]) if batch_first else (x.shape[0], x.shape[1])
        if dims.literal(time) is None:
            raise NotStatic(f"{use.op} is unrolled, so its sequence length {time!r} must be a literal")
        hidden, gates, d = r.shape[2], dims.size(_GATES[use.op]), dims.size(len(_backwards(use)))
        if use.get("hidden_size") is not None:
            check_sizes(use, hidden, dims.size(use.int("hidden_size")), "hidden_size")
        rows = dims.product((gates, hidden))
        _expect(use, 1, "W", (d, rows, x.shape[2]))
        _expect(use, 2, "R", (d, rows, hidden))
        _expect(use, 3, "B", (d, dims.product((dims.size(2), rows))))
        _expect(use, 4, "sequence_lens", (batch,))
        state = (batch, d, hidden) if batch_first else (d, batch, hidden)
        _expect(use, 5, "initial_h", state)
        _expect(use, 6, "initial_c", state)
        _expect(use, 7, "P", (d, dims.product((dims.size(3), hidden))))
        activations(use, _DEFAULTS[use.op], len(_backwards(use)))
        y = (batch, time, d, hidden) if batch_first else (time, d, batch, hidden)
        return (TensorType(x.dtype, y), *[TensorType(x.dtype, state)] * states)

    return rule


def _batch_first(use: Call) -> bool:
    if use.int("layout") not in (0, 1):
        raise BadAttribute(f"{use.op}: layout is {use.int('layout')}")
    return use.int("layout") == 1


def _swapped(x: Tensor, order: tuple[int, ...]) -> Tensor:
    """``out[i0, i1, ..] = x[i_order0, i_order1, ..]``."""
    inverse = [order.index(k) for k in range(len(order))]
    return tensor(x, [x.shape[k] for k in inverse], lambda i: x[tuple(i[k] for k in order)], x.reading)


def _lengths(x: Tensor, lens: Tensor | None) -> Tensor | None:
    """The lengths as indices, defined where they are between 0 and the number of steps."""
    if lens is None:
        return None

    def element(i: Index) -> Elem:
        k = lens[i].index()
        return require((k >= 0) & (k <= x.size(0)), k)

    return tensor(INDEX, lens.shape, element, x.reading)


Step = Callable[[Lane, list[Activation], int, tuple[Tensor, ...]], tuple[Tensor, ...]]
"""The next states, the hidden one first, from a direction, its activations, the time and the states before it."""


def _layer(
    use: Call, x: Tensor, weights: tuple[Tensor, Tensor, Tensor | None], lens: Tensor | None,
    initial: tuple[Tensor | None, ...], step: Step,
) -> tuple[Tensor, ...]:  # fmt: skip
    """All hidden states and the last states of every direction."""
    batch_first, backwards = _batch_first(use), _backwards(use)
    x = _swapped(x, (1, 0, 2)) if batch_first else x
    initial = tuple(_swapped(s, (1, 0, 2)) if s is not None and batch_first else s for s in initial)
    functions = activations(use, _DEFAULTS[use.op], len(backwards))
    lanes = [Lane(x, *weights, _lengths(x, lens), d) for d in range(len(backwards))]
    hidden: list[list[Tensor]] = []
    last: list[tuple[Tensor, ...]] = []
    for lane, fs, back in zip(lanes, functions, backwards, strict=True):
        states = tuple(lane.initial(s) for s in initial)
        seen: dict[int, Tensor] = {}
        for t in reversed(range(lane.steps)) if back else range(lane.steps):
            states = step(lane, fs, t, states)
            seen[t] = states[0]
        hidden.append([seen[t] for t in range(lane.steps)])
        last.append(states)
    any_lane, d = lanes[0], dims.size(len(lanes))
    batch, width = any_lane.shape

    def y(i: Index) -> Elem:
        of_direction = [
            tensor(x, any_lane.shape, lambda at, hs=hs: pick(i[0], hs, at) if hs else x.lit(0.0), x.reading)
            for hs in hidden
        ]
        return where(any_lane.alive(i[0], i[2]), pick(i[1], of_direction, (i[2], i[3])), 0.0)

    def final(k: int) -> Tensor:
        states = [s[k] for s in last]
        zero = any_lane.at(0)
        return tensor(
            x, (d, batch, width),
            lambda i: where(any_lane.alive(zero, i[1]), pick(i[0], states, (i[1], i[2])), 0.0), x.reading,
        )  # fmt: skip

    out = tensor(x, (x.shape[0], d, batch, width), y, x.reading)
    ends = [final(k) for k in range(len(initial))]
    if batch_first:
        return (_swapped(out, (1, 2, 0, 3)), *[_swapped(e, (1, 0, 2)) for e in ends])
    return (out, *ends)


@operator("RNN", _rule(1), (3, 6), {**_ATTRS}, conventions=_CONVENTIONS)
def rnn(
    use: Call, x: Tensor, w: Tensor, r: Tensor, bias: Tensor | None, lens: Tensor | None, h0: Tensor | None
) -> tuple[Tensor, ...]:
    """``h_t = f(x_t·Wᵀ + h_{t−1}·Rᵀ + Wb + Rb)``"""

    def step(lane: Lane, fs: list[Activation], t: int, states: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        (h,) = states
        return (lane.kept(t, h, lambda i: fs[0](lane.gate(t, h, 0, 1, i))),)

    return _layer(use, x, (w, r, bias), lens, (h0,), step)


@operator("LSTM", _rule(2), (3, 8), {**_ATTRS, "input_forget": 0}, conventions=_CONVENTIONS)
def lstm(
    use: Call, x: Tensor, w: Tensor, r: Tensor, bias: Tensor | None, lens: Tensor | None,
    h0: Tensor | None, c0: Tensor | None, peepholes: Tensor | None,
) -> tuple[Tensor, ...]:  # fmt: skip
    """``c_t = f∘c_{t−1} + i∘g(..)``, ``h_t = o∘h(c_t)``; gates i, o, f see ``x_t``, ``h_{t−1}`` and, by P, the cell."""

    def step(lane: Lane, fs: list[Activation], t: int, states: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        h, c = states

        def gate(k: int, cell: Tensor, i: Index) -> Elem:
            seen = lane.gate(t, h, k, 4, i)
            if peepholes is not None:
                seen = seen + peepholes[lane.at(lane.d), lane.row(k, i[1])] * cell[i]
            return fs[0](seen)

        def next_cell(i: Index) -> Elem:
            take = gate(0, c, i)
            keep = 1.0 - take if use.flag("input_forget") else gate(2, c, i)
            return keep * c[i] + take * fs[1](lane.gate(t, h, 3, 4, i))

        cell = lane.kept(t, c, next_cell)
        return lane.kept(t, h, lambda i: gate(1, cell, i) * fs[2](cell[i])), cell

    return _layer(use, x, (w, r, bias), lens, (h0, c0), step)


@operator("GRU", _rule(1), (3, 6), {**_ATTRS, "linear_before_reset": 0}, conventions=_CONVENTIONS)
def gru(
    use: Call, x: Tensor, w: Tensor, r: Tensor, bias: Tensor | None, lens: Tensor | None, h0: Tensor | None
) -> tuple[Tensor, ...]:
    """``h_t = (1 − z)∘g(x·Wᵀ + (r∘h_{t−1})·Rᵀ + Rb + Wb) + z∘h_{t−1}``; linear_before_reset: ``r∘(h·Rᵀ + Rb)``."""

    def step(lane: Lane, fs: list[Activation], t: int, states: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        (h,) = states

        def reset(i: Index) -> Elem:
            return fs[0](lane.gate(t, h, 1, 3, i))

        def candidate(i: Index) -> Elem:
            if use.flag("linear_before_reset"):
                recalled = reset(i) * (lane.recalled(h, 2, i) + lane.offset(2, 3, i, True))
                return fs[1](lane.fed(t, 2, i) + recalled + lane.offset(2, 3, i, False))
            return fs[1](lane.gate(t, damped, 2, 3, i))

        def next_state(i: Index) -> Elem:
            update = fs[0](lane.gate(t, h, 0, 3, i))
            return (1.0 - update) * candidate(i) + update * h[i]

        damped = tensor(h, h.shape, lambda i: reset(i) * h[i], h.reading).stored()
        return (lane.kept(t, h, next_state),)

    return _layer(use, x, (w, r, bias), lens, (h0,), step)

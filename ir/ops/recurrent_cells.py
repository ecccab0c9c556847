"""Activations of recurrent layers, and one direction of such a layer unrolled over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...theories.terms import build as b
from ...theories.terms.term import Term
from ..dtypes import BOOL
from ..elements import Elem, index, where
from ..errors import BadAttribute
from ..operators import Call
from ..tensors import Index, Tensor, filled, tensor, total
from .activations import sigmoid_of, softplus_of

Activation = Callable[[Elem], Elem]
Formula = Callable[[Elem, float, float], Elem]


_UNSET = "unset"
_Default = float | str | None
"""None: the function has no such parameter; ``_UNSET``: it has one, without a default."""
FORMULAS: dict[str, tuple[_Default, _Default, Formula]] = {
    "Relu": (None, None, lambda x, _a, _b: x.max(0.0)),
    "Tanh": (None, None, lambda x, _a, _b: x.tanh()),
    "Sigmoid": (None, None, lambda x, _a, _b: sigmoid_of(x)),
    "Affine": (_UNSET, _UNSET, lambda x, a, c: x * a + c),
    "LeakyRelu": (0.009999999776482582, None, lambda x, a, _b: where(x < 0.0, x * a, x)),
    "ThresholdedRelu": (1.0, None, lambda x, a, _b: where(x < a, x.lit(0.0), x)),
    "ScaledTanh": (_UNSET, _UNSET, lambda x, a, c: (x * c).tanh() * a),
    "HardSigmoid": (0.20000000298023224, 0.5, lambda x, a, c: (x * a + c).max(0.0).min(1.0)),
    "Elu": (1.0, None, lambda x, a, _b: where(x < 0.0, (x.exp() - 1.0) * a, x)),
    "Softsign": (None, None, lambda x, _a, _b: x / (x.abs() + 1.0)),
    "Softplus": (None, None, lambda x, _a, _b: softplus_of(x)),
}
"""Name to the defaults of alpha and beta (float32 values) and the function of ``x``, alpha and beta."""


def activations(use: Call, default: Sequence[str], directions: int) -> list[list[Activation]]:
    """The functions of each direction, their arguments clipped if the layer says so; BadAttribute.

    Alphas and betas are taken from their lists in the order of the functions that have one, then from the defaults; more
    of them than there are such functions are left over.
    """
    given = use.get("activations") or tuple(default) * directions
    wanted = len(default) * directions
    if use.op == "RNN" and len(given) > wanted:
        given = given[:wanted]  # the default of ONNX itself lists two, whatever the direction
    if len(given) != wanted:
        raise BadAttribute(f"{use.op}: {len(given)} activations, where {wanted} are needed")
    alphas = [float(v) for v in use.get("activation_alpha") or ()]
    betas = [float(v) for v in use.get("activation_beta") or ()]
    out: list[Activation] = []
    for name in given:
        if name not in FORMULAS:
            raise BadAttribute(f"{use.op}: unknown activation {name}")
        alpha, beta, formula = FORMULAS[name]
        a, c = _take(use, name, alpha, "alpha", alphas), _take(use, name, beta, "beta", betas)
        out.append(_bound(use, formula, a, c))
    return [out[k : k + len(default)] for k in range(0, wanted, len(default))]


def _take(use: Call, name: str, default: _Default, parameter: str, values: list[float]) -> float:
    if default is None:
        return 0.0
    if values:
        return float(values.pop(0))
    if isinstance(default, str):
        raise BadAttribute(f"{use.op}: {name} has no default for {parameter}")
    return default


def _bound(use: Call, formula: Formula, alpha: float, beta: float) -> Activation:
    clip = use.get("clip")
    if clip is None:
        return lambda x: formula(x, alpha, beta)
    return lambda x: formula(x.max(-clip).min(clip), alpha, beta)


def pick(k: Elem, tensors: Sequence[Tensor], at: Index, first: int = 0) -> Elem:
    """``tensors[k - first][at]``."""
    if len(tensors) == 1:
        return tensors[0][at]
    half = len(tensors) // 2
    return where(k < first + half, pick(k, tensors[:half], at, first), pick(k, tensors[half:], at, first + half))


@dataclass(frozen=True)
class Lane:
    """One direction ``d`` of a layer: its weights, and whether a sequence has a step.

    ``x[time, batch, input]``, ``w[d, gate·hidden, input]``, ``r[d, gate·hidden, hidden]``,
    ``bias[d, 2·gate·hidden]`` (of the input, then of the state), ``lengths[batch]``.
    """

    x: Tensor
    w: Tensor
    r: Tensor
    bias: Tensor | None
    lengths: Tensor | None
    d: int

    @property
    def steps(self) -> int:
        """The number of time steps, a literal."""
        return int(self.x.shape[0].data)  # type: ignore[arg-type]

    @property
    def shape(self) -> tuple[Term, Term]:
        """The shape of a state: batch and hidden."""
        return self.x.shape[1], self.r.shape[2]

    def at(self, value: int) -> Elem:
        """A literal index."""
        return index(value, self.x.reading)

    def row(self, gate: int, j: Elem) -> Elem:
        """The row of unit ``j`` of a gate."""
        return self.r.size(2) * gate + j

    def fed(self, t: int, gate: int, i: Index) -> Elem:
        """``Σ_k x[t, batch, k] · w[gate j, k]`` for ``i = (batch, j)``."""
        d, row = self.at(self.d), self.row(gate, i[1])
        return total(self.x.size(2), lambda k: self.x[self.at(t), i[0], k] * self.w[d, row, k])

    def recalled(self, h: Tensor, gate: int, i: Index) -> Elem:
        """``Σ_k h[batch, k] · r[gate j, k]``."""
        d, row = self.at(self.d), self.row(gate, i[1])
        return total(self.r.size(2), lambda k: h[i[0], k] * self.r[d, row, k])

    def offset(self, gate: int, gates: int, i: Index, of_state: bool) -> Elem:
        """The bias of the input, or of the state."""
        if self.bias is None:
            return self.x.lit(0.0)
        return self.bias[self.at(self.d), self.row(gate + gates * of_state, i[1])]

    def gate(self, t: int, h: Tensor, gate: int, gates: int, i: Index) -> Elem:
        """``x·wᵀ + h·rᵀ + (wb + rb)``: what goes into a gate."""
        out = self.fed(t, gate, i) + self.recalled(h, gate, i)
        if self.bias is None:
            return out
        return out + (self.offset(gate, gates, i, False) + self.offset(gate, gates, i, True))

    def alive(self, t: Elem, batch: Elem) -> Elem:
        """Whether the sequence has a step ``t``."""
        if self.lengths is None:
            return Elem(b.TRUE, BOOL, self.x.reading)
        return t < self.lengths[batch]

    def kept(self, t: int, old: Tensor, new: Callable[[Index], Elem]) -> Tensor:
        """The next state: ``new``, or ``old`` for a sequence that has no step ``t``."""
        return tensor(
            old, self.shape, lambda i: where(self.alive(self.at(t), i[0]), new(i), old[i]), old.reading
        ).stored()

    def initial(self, given: Tensor | None) -> Tensor:
        """The first state: that direction of ``given[d, batch, hidden]``, or zeros."""
        if given is None:
            return filled(self.x.lit(0.0), self.shape)
        return tensor(given, self.shape, lambda i: given[self.at(self.d), i[0], i[1]], given.reading)

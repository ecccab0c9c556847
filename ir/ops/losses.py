"""Losses: negative log likelihood, cross entropy, squared error."""

from __future__ import annotations

from collections.abc import Callable

from ..dims import Shape
from ..dtypes import FLOAT_TYPES, INT32, INT64, DType
from ..elements import Elem, require, where
from ..errors import BadAttribute, WrongDType, WrongShape
from ..operators import Call, check_dtype, check_sizes, operator
from ..tensors import Index, Tensor, binary, tensor
from ..types import TensorType
from .reduction import mean_along, squeezed, sum_along
from .softmax import log_softmax_along

_ATTRS = {"ignore_index": None, "reduction": "mean"}
_CONVENTIONS = (
    "a target that is not ignored must be the number of a class: there are no negative indices",
    "the mean divides by the sum of the weights of what is not ignored; nothing left is 0 / 0",
    "ignored targets never count (onnx.reference: they do for ignore_index = −1 without weights)",
)


def _reduction(use: Call) -> str:
    if use.str("reduction") not in ("none", "sum", "mean"):
        raise BadAttribute(f"{use.op}: reduction is {use.str('reduction')}")
    return use.str("reduction")


def _reduced_type(use: Call, dtype: DType, shape: Shape) -> TensorType:
    return TensorType(dtype, shape if _reduction(use) == "none" else ())


def _whole_sum(x: Tensor) -> Tensor:
    """The sum of all elements, a scalar."""
    axes = range(x.rank)
    return squeezed(sum_along(x, axes), axes)


def _mean(x: Tensor) -> Tensor:
    """The mean of all elements, a scalar."""
    axes = range(x.rank)
    return squeezed(mean_along(x, axes), axes)


def _class_rule(use: Call) -> tuple[TensorType, ...]:
    x, target = use.type(0), use.type(1)
    check_dtype(use, x.dtype, FLOAT_TYPES)
    check_dtype(use, target.dtype, (INT32, INT64))
    if x.rank < 2 or target.rank != x.rank - 1:
        raise WrongShape(f"{use.op} takes a batch of scores of classes, and a class for each")
    for a, (d, e) in enumerate(zip((x.shape[0], *x.shape[2:]), target.shape, strict=True)):
        check_sizes(use, d, e, f"target, axis {a}")
    if use.has(2):
        if use.type(2).dtype is not x.dtype:
            raise WrongDType(f"{use.op}: operands of types {x.dtype.name} and {use.type(2).dtype.name}")
        if use.type(2).rank != 1:
            raise WrongShape(f"{use.op}: the weights are no vector")
        check_sizes(use, use.type(2).shape[0], x.shape[1], "weights")
    if use.get("ignore_index") is not None:
        use.int("ignore_index")
    return (_reduced_type(use, x.dtype, target.shape),)


def _likelihood(use: Call, x: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
    """The loss of log-probabilities ``x``."""
    ignored_class, kind = use.get("ignore_index"), _reduction(use)

    def of_class(value: Callable[[Index, Elem], Elem]) -> Tensor:
        """``value`` of every sample and its class, 0 for those that are ignored."""

        def element(i: Index) -> Elem:
            c = target[i].index()
            out = require((c >= 0) & (c < x.size(1)), value(i, c))
            return out if ignored_class is None else where(c.equals(ignored_class), x.lit(0), out)

        return tensor(x, target.shape, element, use.reading)

    def sample(i: Index, c: Elem) -> Elem:
        loss = -x[(i[0], c, *i[1:])]
        return loss if weight is None else loss * weight[c]

    loss = of_class(sample)
    if kind == "none":
        return loss
    if kind == "sum":
        return _whole_sum(loss)
    if weight is None and ignored_class is None:
        return _mean(loss)
    weights = of_class(lambda i, c: x.lit(1) if weight is None else weight[c])
    return binary(lambda s, w: s / w, _whole_sum(loss), _whole_sum(weights))


@operator("NegativeLogLikelihoodLoss", _class_rule, (2, 3), _ATTRS, conventions=_CONVENTIONS)
def negative_log_likelihood_loss(use: Call, x: Tensor, target: Tensor, weight: Tensor | None) -> Tensor:
    """``−x[n, target[n]] · weight[target[n]]``, 0 where the target is ``ignore_index``; none, summed or averaged"""
    return _likelihood(use, x, target, weight)


def _entropy_rule(use: Call) -> tuple[TensorType, ...]:
    return (*_class_rule(use), use.type(0))[: max(use.n_outputs, 1)]


@operator(
    "SoftmaxCrossEntropyLoss",
    _entropy_rule,
    (2, 3),
    _ATTRS,
    conventions=(*_CONVENTIONS, "log-probabilities stay finite where the softmax underflows (onnx.reference: −∞)"),
)
def softmax_cross_entropy_loss(use: Call, scores: Tensor, labels: Tensor, weight: Tensor | None) -> tuple[Tensor, ...]:
    """The negative log likelihood of ``log softmax(scores)`` along axis 1, which is the second result"""
    logs = log_softmax_along(scores, 1)
    logs = logs.stored() if use.n_outputs > 1 else logs
    return (_likelihood(use, logs, labels, weight), logs)[: max(use.n_outputs, 1)]


def _squared_rule(use: Call) -> tuple[TensorType, ...]:
    x, y = use.type(0), use.type(1)
    check_dtype(use, x.dtype, FLOAT_TYPES)
    if y.dtype is not x.dtype:
        raise WrongDType(f"{use.op}: operands of types {x.dtype.name} and {y.dtype.name}")
    if x.rank != y.rank:
        raise WrongShape(f"{use.op}: operands of ranks {x.rank} and {y.rank}")
    for a, (d, e) in enumerate(zip(x.shape, y.shape, strict=True)):
        check_sizes(use, d, e, f"axis {a}")
    return (_reduced_type(use, x.dtype, x.shape),)


@operator("MseLoss", _squared_rule, (2, 2), {"reduction": "mean"}, conventions=("operands do not broadcast",))
def mse_loss(use: Call, x: Tensor, y: Tensor) -> Tensor:
    """``(x − y)²``, none, summed or averaged.  This is no operator of ONNX."""
    kind = _reduction(use)

    def square(d: Elem) -> Elem:
        return d * d

    squares = tensor(x, x.shape, lambda i: square(x[i] - y[i]), use.reading)
    if kind == "none":
        return squares
    if kind == "sum":
        return _whole_sum(squares)
    return _mean(squares)

"""Normalizations: what is left of the mean is taken off, what is left of the variance divided out.

The variance is the mean of squared deviations.  ``stash_type`` is the type that statistics are computed in; a double is
never narrowed to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from .. import dims
from ..dims import Shape
from ..dtypes import BFLOAT16, DOUBLE, FLOAT, FLOAT16, FLOAT_TYPES, DType
from ..elements import Elem, index, where
from ..errors import BadAttribute, WrongDType, WrongShape
from ..operators import REQUIRED, Call, Rule, check_dtype, check_sizes, operator, same_type
from ..tensors import Index, Tensor, binary, broadcast, tensor, total, unary
from ..types import TensorType
from .reduction import kept, mean_along, sum_along

_EPSILON = 9.999999747378752e-06
"""10⁻⁵ as a 32-bit float, which attributes are."""
_TINY = 9.999999717180685e-10
"""10⁻⁹ as a 32-bit float."""
_WIDE = "double operands are not narrowed to stash_type, as neither onnx.reference nor onnxruntime does"


def moments(x: Tensor, axes: Sequence[int]) -> tuple[Tensor, Tensor]:
    """The deviations from the mean along ``axes`` and their mean square, the variance."""
    mean = mean_along(x, axes).stored()
    away = binary(lambda a, m: a - m, x, mean)
    return away, mean_along(unary(lambda d: d * d, away), axes).stored()


def cast(x: Tensor, to: DType) -> Tensor:
    """``x`` as another element type."""
    return x if x.dtype is to else unary(lambda a: a.cast(to), x)


def per_channel(x: Tensor, rank: int) -> Tensor:
    """A vector of channels, read as a tensor that broadcasts along all axes but the second."""
    shape = [dims.size(1)] * rank
    shape[1] = x.shape[0]
    return tensor(x, shape, lambda i: x[i[1]], x.reading)


def _stash(use: Call, dtype: DType) -> DType:
    """The type that statistics are computed in."""
    asked = use.dtype("stash_type")
    if asked not in FLOAT_TYPES:
        raise BadAttribute(f"{use.op}: stash_type is {asked.name}")
    return DOUBLE if dtype is DOUBLE else asked


def _check_channels(use: Call, x: TensorType, operands: Sequence[int]) -> None:
    if x.rank < 2:
        raise WrongShape(f"{use.op} takes a batch of channels")
    for k in operands:
        if use.type(k).rank != 1:
            raise WrongShape(f"{use.op}: operand {k} is no vector")
        check_sizes(use, use.type(k).shape[0], x.shape[1], f"operand {k}")


def _check_onto(use: Call, shape: Shape, onto: Shape) -> None:
    out = dims.broadcast([shape, onto])
    if len(out) != len(onto) or any(dims.equal(a, c) is not True for a, c in zip(out, onto, strict=True)):
        raise WrongShape(f"{use.op}: {dims.show(shape)} does not broadcast to {dims.show(onto)}")


def _all_of_type(use: Call, dtype: DType) -> None:
    for t in use.inputs:
        if t is not None and t.dtype is not dtype:
            raise WrongDType(f"{use.op}: operands of types {dtype.name} and {t.dtype.name}")


def _channels_rule(use: Call) -> tuple[TensorType, ...]:
    x = use.type(0)
    check_dtype(use, x.dtype, FLOAT_TYPES)
    _all_of_type(use, x.dtype)
    _check_channels(use, x, (1, 2))
    return (x,)


def _batch_rule(use: Call) -> tuple[TensorType, ...]:
    x, mean = use.type(0), use.type(3)
    for t in (x, use.type(1), mean):
        check_dtype(use, t.dtype, FLOAT_TYPES)
    if use.type(2).dtype is not use.type(1).dtype or use.type(4).dtype is not mean.dtype:
        raise WrongDType(f"{use.op}: scale and bias, or mean and variance, differ in type")
    _check_channels(use, x, (1, 2, 3, 4))
    running = TensorType(mean.dtype, (x.shape[1],))
    return (x, running, running) if use.flag("training_mode") else (x,)


@operator(
    "BatchNormalization",
    _batch_rule,
    (5, 5),
    {"epsilon": _EPSILON, "momentum": 0.8999999761581421, "training_mode": 0},
    conventions=(
        "operands of several types, and statistics of 16-bit floats, are computed in the widest, at least 32",
    ),
)
def batch_normalization(
    use: Call, x: Tensor, scale: Tensor, bias: Tensor, mean: Tensor, variance: Tensor
) -> tuple[Tensor, ...]:
    """``(x − mean[c]) / √(variance[c] + epsilon) · scale[c] + bias[c]``

    In training mean and variance are those of the batch, and
    ``running = given · momentum + of the batch · (1 − momentum)``.
    """
    types, training, momentum = {t.dtype for t in (x, scale, mean)}, use.flag("training_mode"), use.float("momentum")
    mixed = len(types) > 1 or (training and x.dtype in (FLOAT16, BFLOAT16))
    wide = DOUBLE if DOUBLE in types else FLOAT if mixed else x.dtype
    s, c, m, v = (per_channel(cast(t, wide), x.rank) for t in (scale, bias, mean, variance))
    whole, running = cast(x, wide), ()
    if training:
        axes = (0, *range(2, x.rank))
        found = mean_along(whole, axes).stored(), moments(whole, axes)[1]
        mixed_in = [
            binary(lambda a, e: a * momentum + e * (1 - momentum), a, e) for a, e in ((m, found[0]), (v, found[1]))
        ]
        zero = index(0, use.reading)
        running = tuple(
            cast(
                tensor(
                    t, mean.shape, lambda i, t=t: t[tuple(i[0] if a == 1 else zero for a in range(x.rank))], use.reading
                ),
                mean.dtype,
            )
            for t in mixed_in
        )
        m, v = found
    spread = unary(lambda a: (a + use.float("epsilon")).sqrt(), v).stored()
    normal = binary(lambda a, d: a / d, binary(lambda a, e: a - e, whole, m), spread)
    out = binary(lambda a, e: a + e, binary(lambda a, e: a * e, normal, s), c)
    return (cast(out, x.dtype), *running)


@operator("InstanceNormalization", _channels_rule, (3, 3), {"epsilon": _EPSILON})
def instance_normalization(use: Call, x: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    """``(x − mean) / √(variance + epsilon) · scale[c] + bias[c]`` with the moments of every channel of every instance"""
    away, variance = moments(x, range(2, x.rank))
    spread = unary(lambda v: (v + use.float("epsilon")).sqrt(), variance).stored()
    normal = binary(lambda a, d: a / d, away, spread)
    return _affine(normal, per_channel(scale, x.rank), per_channel(bias, x.rank))


def _affine(x: Tensor, scale: Tensor, bias: Tensor | None) -> Tensor:
    scaled = binary(lambda a, s: a * s, x, scale)
    return scaled if bias is None else binary(lambda a, c: a + c, scaled, bias)


def _layer_rule(use: Call) -> tuple[TensorType, ...]:
    x = use.type(0)
    check_dtype(use, x.dtype, FLOAT_TYPES)
    _all_of_type(use, x.dtype)
    axis = use.axis("axis", x.rank)
    for k in range(1, len(use.inputs)):
        _check_onto(use, use.type(k).shape, x.shape)
    _stash(use, x.dtype)
    saved = TensorType(use.dtype("stash_type"), kept(x.shape, range(axis, x.rank)))
    return (x, saved, saved)[: max(use.n_outputs, 1)]


@operator(
    "LayerNormalization",
    _layer_rule,
    (2, 3),
    {"axis": -1, "epsilon": _EPSILON, "stash_type": 1},
    conventions=(_WIDE,),
)
def layer_normalization(use: Call, x: Tensor, scale: Tensor, bias: Tensor | None) -> tuple[Tensor, ...]:
    """``(x − mean) · (1 / √(variance + epsilon)) · scale + bias`` with the moments along ``axis`` and all after it"""
    axes, stash = range(use.axis("axis", x.rank), x.rank), use.dtype("stash_type")
    whole = cast(x, _stash(use, x.dtype))
    mean = mean_along(whole, axes).stored()
    away, variance = moments(whole, axes)
    inverse = unary(lambda v: v.lit(1) / (v + use.float("epsilon")).sqrt(), variance).stored()
    normal = cast(binary(lambda a, r: a * r, away, inverse), x.dtype)
    return (_affine(normal, scale, bias), cast(mean, stash), cast(inverse, stash))[: max(use.n_outputs, 1)]


def _group_rule(use: Call) -> tuple[TensorType, ...]:
    (x,) = _channels_rule(use)
    _stash(use, x.dtype)
    if use.int("num_groups") < 1 or dims.divide(x.shape[1], dims.size(use.int("num_groups"))) is None:
        raise WrongShape(f"{use.op}: {x.shape[1]!r} channels do not make {use.int('num_groups')} groups")
    return (x,)


@operator(
    "GroupNormalization",
    _group_rule,
    (3, 3),
    {"epsilon": _EPSILON, "num_groups": REQUIRED, "stash_type": 1},
    conventions=(_WIDE,),
)
def group_normalization(use: Call, x: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    """``(x − mean) / √(variance + epsilon) · scale[c] + bias[c]`` with the moments of every group of channels"""
    groups = use.int("num_groups")
    size = dims.divide(x.shape[1], dims.size(groups))
    assert size is not None
    width = index(size, use.reading)
    shape = (x.shape[0], dims.size(groups), size, *x.shape[2:])
    grouped = tensor(x, shape, lambda i: x[(i[0], i[1] * width + i[2], *i[3:])], use.reading)
    away, variance = moments(cast(grouped, _stash(use, x.dtype)), range(2, x.rank + 1))
    spread = unary(lambda v: (v + use.float("epsilon")).sqrt(), variance).stored()
    normal = cast(binary(lambda a, d: a / d, away, spread), x.dtype)

    def element(i: Index) -> Elem:
        return normal[(i[0], i[1] // width, i[1] % width, *i[2:])]

    whole = tensor(x, x.shape, element, use.reading)
    return _affine(whole, per_channel(scale, x.rank), per_channel(bias, x.rank))


def _rms_rule(use: Call) -> tuple[TensorType, ...]:
    x, scale = use.type(0), use.type(1)
    check_dtype(use, x.dtype, FLOAT_TYPES)
    check_dtype(use, scale.dtype, FLOAT_TYPES)
    use.axis("axis", x.rank)
    _stash(use, x.dtype)
    _check_onto(use, scale.shape, x.shape)
    return (TensorType(scale.dtype, x.shape),)


@operator(
    "RMSNormalization", _rms_rule, (2, 2), {"axis": -1, "epsilon": _EPSILON, "stash_type": 1}, conventions=(_WIDE,)
)
def rms_normalization(use: Call, x: Tensor, scale: Tensor) -> Tensor:
    """``x / √(Σ x² / n + epsilon) · scale`` with the mean along ``axis`` and all after it"""
    axes, whole = range(use.axis("axis", x.rank), x.rank), cast(x, _stash(use, x.dtype))
    square = mean_along(unary(lambda a: a * a, whole), axes)
    root = unary(lambda v: (v + use.float("epsilon")).sqrt(), square).stored()
    normal = cast(binary(lambda a, r: a / r, whole, root), x.dtype)
    return _affine(cast(normal, scale.dtype), broadcast(scale, x.shape), None)


def _mean_variance_rule() -> Rule:
    plain = same_type(FLOAT_TYPES)

    def rule(use: Call) -> Sequence[TensorType]:
        use.axes("axes", use.type(0).rank)
        return plain(use)

    return rule


@operator(
    "MeanVarianceNormalization",
    _mean_variance_rule(),
    attrs={"axes": (0, 2, 3)},
    conventions=("10⁻⁹ is added to the deviation, as ONNX's function body does (onnxruntime: to the variance)",),
)
def mean_variance_normalization(use: Call, x: Tensor) -> Tensor:
    """``(x − mean) / (√variance + 10⁻⁹)`` with the moments along ``axes``"""
    away, variance = moments(x, use.axes("axes", x.rank))
    spread = unary(lambda v: v.sqrt() + _TINY, variance).stored()
    return binary(lambda a, d: a / d, away, spread)


def _local_rule(use: Call) -> tuple[TensorType, ...]:
    x = use.type(0)
    check_dtype(use, x.dtype, FLOAT_TYPES)
    if x.rank < 2:
        raise WrongShape(f"{use.op} takes a batch of channels")
    if use.int("size") < 1:
        raise BadAttribute(f"{use.op}: size is {use.int('size')}")
    return (x,)


@operator(
    "LRN",
    _local_rule,
    attrs={"alpha": 9.999999747378752e-05, "beta": 0.75, "bias": 1.0, "size": REQUIRED},
    conventions=("a power that is no quarter is exp(beta · log s), so s must be positive",),
)
def local_response_normalization(use: Call, x: Tensor) -> Tensor:
    """``x[n, c] / (bias + alpha / size · Σ_k x[n, k]²)^beta`` for ``c − ⌊(size − 1) / 2⌋ <= k <= c + ⌈(size − 1) / 2⌉``"""
    size = use.int("size")
    share = float(Fraction(use.float("alpha")) / size)

    def energy(i: Index) -> Elem:
        def square(k: Elem) -> Elem:
            c = i[1] + k - (size - 1) // 2
            value = where((c >= 0) & (c < x.size(1)), x[(i[0], c, *i[2:])], 0)
            return value * value

        return total(index(size, use.reading), square)

    base = unary(lambda s: s * share + use.float("bias"), tensor(x, x.shape, energy, use.reading)).stored()
    return binary(lambda a, s: a / _to_power(s, use.float("beta")), x, base)


def _to_power(s: Elem, exponent: float) -> Elem:
    """A positive number to a real power: by roots where the exponent is in quarters below 2."""
    quarters = exponent * 4
    if quarters not in range(1, 8):
        return s.lit(1) if exponent == 0 else (s.log() * exponent).exp()
    factors = [f for f, part in ((s, 4), (s.sqrt(), 2), (s.sqrt().sqrt(), 1)) if int(quarters) & part]
    out = factors[0]
    for f in factors[1:]:
        out = out * f
    return out


def _norm_rule(use: Call) -> tuple[TensorType, ...]:
    x = use.type(0)
    check_dtype(use, x.dtype, FLOAT_TYPES)
    use.axis("axis", x.rank)
    if use.int("p") not in (1, 2):
        raise BadAttribute(f"{use.op}: p is {use.int('p')}, not 1 or 2")
    return (x,)


@operator(
    "LpNormalization",
    _norm_rule,
    attrs={"axis": -1, "p": 2},
    conventions=("0 where the norm is 0", "for p = 1 the norm is Σ |x| (onnx.reference: Σ x)"),
)
def lp_normalization(use: Call, x: Tensor) -> Tensor:
    """``x / (Σ |x|^p)^(1/p)`` along the axis"""
    axes, one = (use.axis("axis", x.rank),), use.int("p") == 1
    powers = unary(lambda a: a.abs() if one else a * a, x)
    norm = unary(lambda s: s if one else s.sqrt(), sum_along(powers, axes)).stored()
    return binary(lambda a, n: where(n.equals(0), n.lit(0), a / n), x, norm)

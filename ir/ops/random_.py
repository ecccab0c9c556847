"""Random draws: free tensors, each named by a key.

A draw is a variable ``draw:KEY`` about which nothing is known; what a claim needs (that uniform draws lie in [0, 1), say)
is a hypothesis of that claim.  Two nodes with one key draw the same.  A seed is not looked at.
"""

from __future__ import annotations

from .. import dtypes as dt
from ..dtypes import DTYPES, FLOAT_TYPES, DType
from ..elements import literal, where
from ..operators import REQUIRED, Call, check_dtype, operator
from ..tensors import Tensor, binary, unary, variable
from ..types import TensorType

_NORMAL = {"key": REQUIRED, "mean": 0.0, "scale": 1.0, "seed": None}
_UNIFORM = {"key": REQUIRED, "low": 0.0, "high": 1.0, "seed": None}
_STANDARD = ("z is the draw: a standard normal one",)
_UNIT = ("u is the draw: uniform in 0 ≤ u < 1",)


def _draw(use: Call, type_: TensorType) -> Tensor:
    return variable(f"draw:{use.str('key')}", type_, use.reading)


def _normal(use: Call, z: Tensor) -> Tensor:
    return unary(lambda a: a * use.float("scale") + use.float("mean"), z)


def _uniform(use: Call, u: Tensor) -> Tensor:
    low, high = use.float("low"), use.float("high")
    return unary(lambda a: a * (a.lit(high) - low) + low, u)


def _shaped(use: Call) -> tuple[TensorType, ...]:
    use.str("key")
    check_dtype(use, use.dtype("dtype"), FLOAT_TYPES)
    return (TensorType(use.dtype("dtype"), use.sizes("shape")),)


def _like(use: Call) -> tuple[TensorType, ...]:
    use.str("key")
    check_dtype(use, _dtype(use), FLOAT_TYPES)
    return (TensorType(_dtype(use), use.type(0).shape),)


def _dtype(use: Call) -> DType:
    return use.type(0).dtype if use.get("dtype") is None else use.dtype("dtype")


@operator(
    "RandomNormal",
    _shaped,
    (0, 0),
    attrs={**_NORMAL, "shape": REQUIRED, "dtype": dt.FLOAT},
    conventions=_STANDARD,
    pure=False,
)
def random_normal(use: Call) -> Tensor:
    """``mean + scale·z``"""
    return _normal(use, _draw(use, _shaped(use)[0]))


@operator("RandomNormalLike", _like, attrs={**_NORMAL, "dtype": None}, conventions=_STANDARD, pure=False)
def random_normal_like(use: Call, x: Tensor) -> Tensor:
    """``mean + scale·z``, of the shape of ``x``"""
    return _normal(use, _draw(use, TensorType(_dtype(use), x.shape)))


@operator(
    "RandomUniform",
    _shaped,
    (0, 0),
    attrs={**_UNIFORM, "shape": REQUIRED, "dtype": dt.FLOAT},
    conventions=_UNIT,
    pure=False,
)
def random_uniform(use: Call) -> Tensor:
    """``low + (high − low)·u``"""
    return _uniform(use, _draw(use, _shaped(use)[0]))


@operator("RandomUniformLike", _like, attrs={**_UNIFORM, "dtype": None}, conventions=_UNIT, pure=False)
def random_uniform_like(use: Call, x: Tensor) -> Tensor:
    """``low + (high − low)·u``, of the shape of ``x``"""
    return _uniform(use, _draw(use, TensorType(_dtype(use), x.shape)))


def _bernoulli_rule(use: Call) -> tuple[TensorType, ...]:
    use.str("key")
    check_dtype(use, use.type(0).dtype, FLOAT_TYPES)
    check_dtype(use, _dtype(use), DTYPES)
    return (TensorType(_dtype(use), use.type(0).shape),)


@operator(
    "Bernoulli",
    _bernoulli_rule,
    attrs={"key": REQUIRED, "dtype": None, "seed": None},
    conventions=(*_UNIT, "NaN as a probability gives 0"),
    pure=False,
)
def bernoulli(use: Call, x: Tensor) -> Tensor:
    """``1 if u < x else 0``: 1 with probability ``x``"""
    one = literal(1, _dtype(use), use.reading)
    return binary(lambda u, p: where(u < p, one, 0), _draw(use, x.type), x)

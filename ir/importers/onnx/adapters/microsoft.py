"""Operators of the domain ``com.microsoft`` that are compositions of standard ones, as onnxruntime fuses them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from ....errors import BadAttribute, UnsupportedOperator
from ....graph import Ref
from ..site import Site

Adapter = Callable[[Site], tuple[Ref, ...] | None]
Rows = Mapping[str, list[tuple[int, int, Adapter]]]
ALL: Final = 1 << 30


def fused_matmul(site: Site) -> tuple[Ref, ...]:
    """``alpha · A B``; ``transBatch`` moves the first axis behind the batch axes, ``trans`` exchanges the last two."""
    sides: list[Ref] = []
    for k, name in enumerate("AB"):
        side, rank = site.needed(k), site.type(k).rank
        order = list(range(rank))
        if site.attrs.get(f"transBatch{name}", 0) and rank > 2:
            order = [*range(1, rank - 1), 0, rank - 1]
        if site.attrs.get(f"trans{name}", 0) and rank > 1:
            order[-2:] = order[-1], order[-2]
        sides.append(side if order == list(range(rank)) else site.emit("Transpose", side, perm=tuple(order)))
    alpha = site.attrs.get("alpha", 1.0)
    if alpha == 1:
        return site.last("MatMul", *sides)
    return site.last("Mul", site.emit("MatMul", *sides), site.scalar(alpha, "alpha"))


def gelu(approximate: str) -> Adapter:
    """``Gelu(x + bias)``; the bias may be left out."""

    def adapt(site: Site) -> tuple[Ref, ...]:
        x = site.needed(0)
        if site.operand(1) is not None:
            x = site.emit("Add", x, site.operand(1))
        return site.last("Gelu", x, approximate=approximate)

    return adapt


def quick_gelu(site: Site) -> tuple[Ref, ...]:
    """``x · σ(alpha · x)``"""
    x = site.needed(0)
    scaled = site.emit("Mul", x, site.scalar(site.attrs.get("alpha", float(np.float32(1.702))), "alpha"))
    return site.last("Mul", x, site.emit("Sigmoid", scaled))


_PARAMETERS: Final[Mapping[str, tuple[str, ...]]] = {
    "HardSigmoid": ("alpha", "beta"), "LeakyRelu": ("alpha",), "Relu": (), "Sigmoid": (), "Tanh": (),
}  # fmt: skip


def _activated(site: Site, x: Ref, activation: str, parameters: tuple[Any, ...]) -> tuple[Ref, ...]:
    if activation == "Clip" and len(parameters) == 2:
        return site.last("Clip", x, *(site.scalar(v, name) for v, name in zip(parameters, ("min", "max"), strict=True)))
    names = _PARAMETERS.get(activation)
    if names is None:
        raise UnsupportedOperator(f"{site.op} with activation {activation} has no denotation here")
    if len(parameters) > len(names):
        raise BadAttribute(f"{site.op}: {len(parameters)} parameters for {activation}")
    return site.last(activation, x, **dict(zip(names, parameters, strict=False)))


def fused_conv(site: Site) -> tuple[Ref, ...]:
    """``activation(Conv(X, W, B) + Z)``"""
    activation = site.attrs.pop("activation", "")
    parameters = site.attrs.pop("activation_params", ())
    summand = site.operand(3)
    operands = site.operands[:3]
    if not activation and summand is None:
        return site.last("Conv", *operands, **site.attrs)
    x = site.emit("Conv", *operands, **site.attrs)
    if not activation:
        return site.last("Add", x, summand)
    return _activated(site, x if summand is None else site.emit("Add", x, summand), activation, parameters)


def fused_gemm(site: Site) -> tuple[Ref, ...]:
    """``activation(Gemm(A, B, C))``"""
    activation = site.attrs.pop("activation", "")
    given = {k: site.attrs.pop(f"activation_{k}", None) for k in ("alpha", "beta", "gamma")}
    if not activation:
        return site.last("Gemm", *site.operands, **site.attrs)
    parameters = tuple(given[name] for name in _PARAMETERS.get(activation, ()) if given[name] is not None)
    return _activated(site, site.emit("Gemm", *site.operands, **site.attrs), activation, parameters)


def skip_layer_normalization(site: Site) -> tuple[Ref, ...]:
    """``LayerNormalization(input + skip + bias)``, and that sum as fourth value."""
    if any(site.names[1:3]):
        raise UnsupportedOperator("SkipLayerNormalization with its mean or deviation has no denotation here")
    total = site.names[3] if len(site.names) > 3 else ""
    bias = site.operand(4)

    def add(x: Ref, y: Ref, last: bool) -> Ref:
        return site.translator.emit("Add", (x, y), (total,), {})[0] if last and total else site.emit("Add", x, y)

    x = add(site.needed(0), site.needed(1), bias is None)
    if bias is not None:
        x = add(x, bias, True)
    attrs = {"axis": -1, "epsilon": site.attrs.get("epsilon", float(np.float32(1e-12)))}
    out = site.translator.emit("LayerNormalization", (x, site.needed(2), site.operand(3)), site.names[:1], attrs)
    return (out[0], out[0], out[0], x)


TABLE: Final[Rows] = {
    "BiasGelu": [(1, ALL, gelu("none"))],
    "FastGelu": [(1, ALL, gelu("tanh"))],
    "FusedConv": [(1, ALL, fused_conv)],
    "FusedGemm": [(1, ALL, fused_gemm)],
    "FusedMatMul": [(1, ALL, fused_matmul)],
    "Gelu": [(1, ALL, gelu("none"))],
    "QuickGelu": [(1, ALL, quick_gelu)],
    "SkipLayerNormalization": [(1, ALL, skip_layer_normalization)],
}

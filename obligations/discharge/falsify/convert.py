"""From batches to single values in exact, printable form."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, cast

import numpy as np

from ....encoders.arrays import Env, Mode
from ....encoders.arrays.evaluator import Evaluator
from ....encoders.arrays.formats import patterns
from ....encoders.arrays.values import Array
from ....theories.terms import sorts as s
from ...claims import Claim
from .functions import Arbitrary
from .sampling import is_integer, natural_shape


def single(claim: Claim, env: Env, k: int) -> Env:
    """Sample ``k`` of a batch, its arrays cut to its own sizes."""
    values: dict[str, Any] = {}
    out = Env(env.ranks, values, env.carriers)
    for p in claim.parameters:
        value = env.values[p.name]
        if not isinstance(value, np.ndarray):
            values[p.name] = value.anew() if isinstance(value, Arbitrary) else value
        elif is_integer(p):
            values[p.name] = plain(value[k], s.INT)
    fit(claim, out, {p.name: np.asarray(env.values[p.name][k]) for p in claim.parameters if p.name not in values})  # type: ignore[index]
    return out


def fit(claim: Claim, env: Env, arrays: dict[str, Array]) -> None:
    """Puts ``arrays`` into ``env``, cut or padded to the shapes that the integers in ``env`` give them."""
    values: dict[str, Any] = dict(env.values)
    env.values = values
    evaluator = Evaluator(env, Mode.EXACT)
    for p in claim.parameters:
        if p.name not in arrays:
            continue
        shape = natural_shape(p, env, evaluator)
        data = arrays[p.name]
        if shape is not None and data.shape != shape:
            data = resize(data, shape)
        values[p.name] = plain_array(data, s.uncurry(p.var.sort)[1])


def resize(data: Array, shape: tuple[int, ...]) -> Array:
    """``data`` cut, and padded with its first element (or 0), to ``shape`` of the same number of dimensions."""
    window = tuple(slice(0, n) for n in shape)
    cut = data[window]
    if cut.shape == shape:
        return cut
    out = np.full(shape, data.reshape(-1)[0] if data.size else 0, data.dtype)
    out[tuple(slice(0, n) for n in cut.shape)] = cut
    return out


def plain_array(data: Array, sort: s.Sort) -> Array:
    """``data`` as an object array of plain values (0-dimensional for a scalar)."""
    source = patterns(data, sort) if isinstance(sort, s.FloatSort) and data.dtype != object else data
    out = np.empty(source.shape, object)
    for position in np.ndindex(out.shape):
        out[position] = plain(source[position], sort)
    return out


def plain(value: Any, sort: s.Sort) -> Any:
    """A value as ``int``, ``bool``, ``Fraction``, ``±inf``, a bit pattern, or a tuple of these for an index map."""
    if isinstance(value, np.ndarray | np.generic):
        value = cast(Array, value).tolist()
    if isinstance(value, list):
        return tuple([plain(v, sort) for v in cast(list[Any], value)])
    if sort in (s.REAL, s.EREAL):
        return float(value) if isinstance(value, float) and math.isinf(value) else Fraction(value)
    return bool(value) if sort is s.BOOL else int(value)

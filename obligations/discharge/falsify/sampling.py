"""Random values of a claim's parameters, many samples at a time.

Sizes and other integers come first, within the bounds that the premises state; then tensors, from corner values, small
numbers, pairwise distinct numbers and random bits, as large as the largest sample needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from ....encoders.arrays import Env, Mode, Ring, Scalars
from ....encoders.arrays.corners import corners
from ....encoders.arrays.domains import components
from ....encoders.arrays.evaluator import Evaluator
from ....encoders.arrays.formats import from_patterns, storage
from ....encoders.arrays.reading import batched, tabulate
from ....encoders.arrays.values import BATCH, Array, Value, layout, scalar
from ....theories.errors import Unsupported
from ....theories.terms import sorts as s
from ....theories.terms.build import Domain
from ....theories.terms.term import free_vars
from ...claims import Claim, Parameter
from .functions import Arbitrary
from .hints import Bound, Hints

NATURALS = 7
"""Values of a function on the naturals that are given; beyond them the last one is repeated."""
CODES = 64
"""Opaque values of a sampled scalar type."""


def carriers(claim: Claim, round_: int, rng: np.random.Generator) -> dict[str, Ring | Scalars]:
    """What the element type variables stand for in a round."""
    rings = (Ring(), Ring(2), Ring(256))
    out: dict[str, Ring | Scalars] = {}
    for sort in claim.elems:
        if sort.element_class == "ring":
            out[sort.name] = rings[round_ % len(rings)]
        else:
            # An arbitrary relation, mostly reflexive, so that programs that rely on either are caught.
            out[sort.name] = Scalars((rng.random((CODES, CODES)) < 0.2) | (np.eye(CODES) * rng.random(CODES) > 0.3))
    return out


class Sampler:
    """Draws batches for one claim at fixed ranks."""

    def __init__(self, claim: Claim, hints: Hints, ranks: Mapping[str, int], seed: int, largest: int = 3) -> None:
        self.claim = claim
        self.hints = hints
        self.ranks = dict(ranks)
        self.rng = np.random.default_rng(seed)
        self.seed = seed
        self.largest = largest
        self.wide: Array = np.zeros(1, np.bool_)

    # -- integers ----------------------------------------------------------------------------------------------------

    def integers(self, env: Env, functions: Mapping[str, Any]) -> None:
        """Sizes, indices, maps and other integers, into ``env``."""
        values: dict[str, Any] = dict(functions)
        env.values = values
        # In some samples everything is as wide as it may be: low ends low, high ends high.
        self.wide = self.rng.random(env.batch or 1) < 0.2
        for p in self.claim.parameters:
            if p.name not in values and is_integer(p):
                values[p.name] = self._bounded(p, env)

    def _bounded(self, p: Parameter, env: Env) -> Array:
        assert env.batch is not None
        is_map = s.is_index_map(p.var.sort)
        shape = (env.batch, self._rank(p.var.sort)) if is_map else (env.batch,)
        lower, upper = self._limits(p, env, shape)
        if p.role in ("size", "sizes", "nat"):
            lower = np.maximum(lower, 0) if lower is not None else np.zeros(shape, np.int64)
        steps = self.rng.integers(0, 12, shape)
        wide = self.wide.reshape((-1,) + (1,) * (len(shape) - 1))
        far = (self.rng.random(shape) < 0.2) & (p.role == "value")
        if lower is not None and upper is not None:
            width = np.maximum(np.where(far, upper - lower + 1, np.minimum(upper - lower + 1, 12)), 1)
            ends = self.rng.random(shape)
            inside = lower + np.where(far, self.rng.integers(0, 1 << 40, shape), steps) % width
            ends = np.where(wide, 0.2, ends)
            return np.where(ends < 0.15, lower, np.where(ends < 0.3, np.maximum(upper, lower), inside))
        sizes = np.minimum(np.asarray([0, 1, 2, 2, 2, 3, 4, 2, 1, 2, 3, 2]), self.largest)
        if lower is not None:
            offset = np.where(far, self.rng.integers(0, 64, shape), sizes[steps])
            if p.role not in ("size", "sizes"):
                offset = np.where(wide, 0, offset)
            return lower + offset
        if upper is not None:
            return upper - np.where(far, self.rng.integers(0, 64, shape), sizes[steps])
        near = np.asarray([0, 1, -1, 2, 3, 0, 1, -2, 2, 4, 1, 0])[steps]
        return np.where(far, self.rng.integers(-64, 65, shape), near)

    def _limits(self, p: Parameter, env: Env, shape: tuple[int, ...]) -> tuple[Array | None, Array | None]:
        lower: Array | None = None
        upper: Array | None = None
        evaluator = Evaluator(env, Mode.SCREEN)
        for bound in self.hints.bounds.get(p.name, []):
            limit = self._limit(bound, env, evaluator, shape)
            if limit is None:
                continue
            if bound.lower:
                lower = limit if lower is None else np.maximum(lower, limit)
            else:
                upper = limit if upper is None else np.minimum(upper, limit)
        return lower, upper

    def _limit(self, bound: Bound, env: Env, evaluator: Evaluator, shape: tuple[int, ...]) -> Array | None:
        if any(name not in env.values for name in free_vars(bound.limit)):
            return None
        try:
            value = evaluator.value(bound.limit)
            if len(shape) == 1:
                return batched(scalar(value), shape[0])[0].astype(np.int64)
            columns = [batched(c, shape[0])[0] for c in components(value, shape[1])]
        except Unsupported:
            return None
        return np.stack(columns, axis=1).astype(np.int64) if columns else np.zeros(shape, np.int64)

    def _rank(self, sort: s.Sort) -> int:
        assert isinstance(sort, s.FnSort) and isinstance(sort.arg, s.AxisSort)
        return self.ranks[sort.arg.group]

    # -- elements ----------------------------------------------------------------------------------------------------

    def elements(self, env: Env) -> None:
        """Everything that is no integer, into ``env``; then the equalities that the premises ask for."""
        assert env.batch is not None
        values: dict[str, Any] = dict(env.values)
        env.values = values
        evaluator = Evaluator(env, Mode.SCREEN)
        made: dict[tuple[object, ...], Array] = {}
        for p in self.claim.parameters:
            if p.name in values:
                continue
            shape = natural_shape(p, env, evaluator)
            if shape is None:
                values[p.name] = Arbitrary(self.seed, s.uncurry(p.var.sort)[1])
                continue
            result = s.uncurry(p.var.sort)[1]
            if p.result_domain is not None:
                values[p.name] = self._indices(p.result_domain, shape, env, evaluator)
            else:
                data = self._draw(result, shape, env)
                values[p.name] = self._perhaps_like(made.get((p.var.sort, shape)), data)
                made[p.var.sort, shape] = values[p.name]
        self._invert(values, env, evaluator)
        self._repair(values, env)

    def _perhaps_like(self, other: Array | None, data: Array) -> Array:
        """In a third of the samples, a copy of ``other`` with some elements changed."""
        if other is None:
            return data
        flat = (len(data),) + (1,) * (data.ndim - 1)
        copied = self.rng.random(flat) < 0.33
        changed = self.rng.random(data.shape) < 0.25
        return np.where(copied & ~changed, other, data)

    def _draw(self, sort: s.Sort, shape: tuple[int, ...], env: Env) -> Array:
        rng, count = self.rng, shape[0]
        each = (count,) + (1,) * (len(shape) - 1)
        if sort is s.BOOL:
            return rng.random(shape) < np.asarray([0.2, 0.5, 0.8, 1.0])[rng.integers(0, 4, each)]
        choices = self._pool(sort, env)
        few = np.minimum(np.asarray([2, 3, 6, len(choices)]), len(choices))[rng.integers(0, 4, each)]
        data = choices[(rng.random(shape) * few).astype(np.int64)]
        return np.where(rng.random(each) < 0.5, data, self._spread(sort, shape, env))

    def _pool(self, sort: s.Sort, env: Env) -> Array:
        if sort in (s.REAL, s.EREAL):
            return np.asarray(
                [float(Fraction(str(v))) if "inf" not in str(v) else float(str(v)) for v in corners(sort)]
            )
        if isinstance(sort, s.FloatSort):
            return from_patterns(np.asarray(corners(sort), np.uint64), sort)
        if isinstance(sort, s.BitsSort):
            return np.asarray(corners(sort), np.uint64 if sort.width <= 64 else object)
        if isinstance(sort, s.ElemSort):
            carrier = env.carriers[sort.name]
            if isinstance(carrier, Scalars):
                return np.arange(len(carrier.equal))
            small = np.asarray([0, 1, -1, 2, 3, -2, 5])
            if carrier.modulus is None:
                return small
            return np.concatenate([small % carrier.modulus, np.arange(carrier.modulus // 16, carrier.modulus)[::16]])
        return np.asarray(corners(s.INT))

    def _spread(self, sort: s.Sort, shape: tuple[int, ...], env: Env) -> Array:
        """Values that are mostly distinct."""
        rng = self.rng
        if isinstance(sort, s.FloatSort):
            small = rng.integers(-8, 9, shape) / np.float64(4)
            bits = rng.integers(0, 1 << sort.width, shape, np.uint64, endpoint=False)
            each = (shape[0],) + (1,) * (len(shape) - 1)
            return np.where(rng.random(each) < 0.5, small.astype(storage(sort)), from_patterns(bits, sort))
        if isinstance(sort, s.BitsSort):
            if sort.width > 64:
                return rng.integers(0, 1 << 62, shape).astype(object) << (sort.width - 62)
            bits = rng.integers(0, 1 << sort.width, shape, np.uint64, endpoint=False)
            return bits >> rng.integers(0, sort.width, shape, np.uint64)
        if isinstance(sort, s.ElemSort):
            carrier = env.carriers[sort.name]
            if isinstance(carrier, Scalars):
                order = np.argsort(rng.random((shape[0], CODES)), axis=1)
                inner = int(np.prod(shape[1:], dtype=np.int64))
                return order[:, np.arange(inner) % CODES].reshape(shape)
            m = carrier.modulus
            return rng.integers(-9, 10, shape) if m is None else rng.integers(0, m, shape)
        numbers = rng.integers(-12, 13, shape)
        return numbers / np.float64(2) if sort in (s.REAL, s.EREAL) else numbers

    # -- functions between indices -----------------------------------------------------------------------------------

    def _indices(self, domain: Domain, shape: tuple[int, ...], env: Env, evaluator: Evaluator) -> Array:
        if domain[0].kind != "range":
            raise Unsupported("functions into index maps")
        assert env.batch is not None
        lo, hi = [batched(evaluator.scalar(t), env.batch)[0] for t in domain[1]]
        each = (-1,) + (1,) * (len(shape) - 1)
        width = np.maximum(hi - lo, 1).reshape(each)
        data = lo.reshape(each) + self.rng.integers(0, 1 << 20, shape) % width
        if len(shape) != 2:
            return data
        keys = self.rng.random(shape) + 2 * (np.arange(shape[1]) >= width)
        permuted = np.argsort(keys, axis=1) + lo.reshape(each)
        return np.where(self.rng.random((shape[0], 1)) < 0.5, permuted, data)

    def _invert(self, values: dict[str, Any], env: Env, evaluator: Evaluator) -> None:
        dims = self.claim.shapes
        for p, q in self.hints.inverses:
            domains = dims.get(p, ())
            if len(domains) != 1 or len(dims.get(q, ())) != 1 or domains[0][0].kind != "range" or env.batch is None:
                continue
            size = batched(evaluator.scalar(domains[0][1][1]), env.batch)[0]
            length: int = values[p].shape[1]
            keys: Array = self.rng.random((env.batch, length)) + 2 * (np.arange(length) >= size[:, None])
            values[p] = np.argsort(keys, axis=1)
            values[q] = np.argsort(values[p], axis=1)[:, : max(values[q].shape[1], 1)]

    def _repair(self, values: dict[str, Any], env: Env) -> None:
        for ways in self.hints.repairs:
            name, term = ways[int(self.rng.integers(0, len(ways)))]
            if any(v not in values for v in free_vars(term)) or not isinstance(values.get(name), np.ndarray):
                continue
            try:
                data, _ = tabulate(Evaluator(env, Mode.SCREEN).value(term))
            except Unsupported:
                continue
            old: Array = values[name]
            if data.ndim == old.ndim - 1:
                data = np.broadcast_to(data, old.shape) if data.shape == old.shape[1:] else old
            window = tuple(slice(0, n) for n in old.shape)
            values[name] = np.asarray(data[window], old.dtype) if data[window].shape == old.shape else old


def is_integer(p: Parameter) -> bool:
    """Whether ``p`` is an integer or an integer map over axes."""
    return p.var.sort is s.INT or s.is_index_map(p.var.sort)


def natural_shape(p: Parameter, env: Env, evaluator: Evaluator) -> tuple[int, ...] | None:
    """The shape of the array for ``p``, batch first; None when its arguments are no indices."""
    shape: list[int] = [] if env.batch is None else [env.batch]
    arguments, _ = s.uncurry(p.var.sort)
    for k, argument in enumerate(arguments):
        if isinstance(argument, s.AxisSort):
            shape.append(env.rank(argument.group))
        elif k < len(p.dims) and p.dims[k][0].kind in ("range", "box"):
            shape += lengths(p.dims[k], env, evaluator)
        elif argument is s.INT:
            shape.append(NATURALS)
        else:
            return None
    return tuple(shape)


def lengths(domain: Domain, env: Env, evaluator: Evaluator) -> list[int]:
    """The largest length, over the samples, of each axis of a domain that starts at 0."""
    dom, args = domain
    if dom.kind == "range":
        return [_largest(evaluator.value(args[1]))]
    assert isinstance(dom.sort, s.FnSort) and isinstance(dom.sort.arg, s.AxisSort)
    return [_largest(c) for c in components(evaluator.value(args[0]), env.rank(dom.sort.arg.group))]


def _largest(value: Value) -> int:
    arr = scalar(value)
    if not set(arr.axes) <= {BATCH}:
        raise Unsupported("a size that is no number")
    return max(int(layout(arr.data, arr.axes, arr.axes).max()), 0)

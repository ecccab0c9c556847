"""Exact values of a claim's parameters as text, so that a counterexample can be replayed in another run."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, cast

import numpy as np

from ....encoders.arrays import Env, Ring, Scalars
from ....encoders.arrays.environment import Carrier
from ....encoders.arrays.values import Array
from ....theories.errors import Unsupported
from ....theories.terms.term import Term
from ...claims import Claim
from .functions import Arbitrary, Lookup
from .runtimes import functions

_DEFINED = "defined"  # a function that the claim's assumptions define


def dump(env: Env, kind: str = "") -> str:
    """``env`` and the kind of counterexample it is, as text; empty when something in it has no exact text."""
    try:
        values = {name: _out(value) for name, value in env.values.items()}
        carriers = {name: _carrier_out(c) for name, c in env.carriers.items()}
        return json.dumps([kind, dict(env.ranks), values, carriers])
    except (TypeError, ValueError):
        return ""


def load(claim: Claim, text: str) -> tuple[Env, str]:
    """What :func:`dump` wrote about ``claim``.  ValueError or Unsupported when it is something else."""
    try:
        kind, ranks, values, carriers = json.loads(text)
        known: Mapping[str, Term] = functions(claim) if _mentions(values) else {}
        env = Env(
            {str(name): int(rank) for name, rank in ranks.items()},
            {name: known[name] if value == [_DEFINED] else _in(value) for name, value in values.items()},
            {name: _carrier_in(c) for name, c in carriers.items()},
        )
        return env, str(kind)
    except (TypeError, KeyError, IndexError, AttributeError, Unsupported) as error:
        raise ValueError(f"no values: {error}") from None


def _mentions(values: Mapping[str, object]) -> bool:
    return any(value == [_DEFINED] for value in values.values())


def _out(value: Any) -> object:
    """A value as JSON: what JSON does not know is a list that begins with its kind."""
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, Fraction):
        return ["ratio", value.numerator, value.denominator]
    if isinstance(value, float):
        if not math.isinf(value):
            raise TypeError("a float that is no infinity")
        return ["inf", value > 0]
    if isinstance(value, tuple):
        return ["tuple", *[_out(v) for v in cast("tuple[object, ...]", value)]]
    if isinstance(value, np.ndarray):
        array = cast(Array, value)
        if array.dtype == object:
            return ["array", list(array.shape), *[_out(v) for v in array.reshape(-1)]]
        raise TypeError("an array of machine numbers")
    if isinstance(value, Lookup | Arbitrary):
        table = value.lookup() if isinstance(value, Arbitrary) else value
        return ["table", _out(table.default), *[[_out(keys), _out(v)] for keys, v in table.entries.items()]]
    if isinstance(value, Term):
        return [_DEFINED]
    raise TypeError(f"a {type(value).__name__}")


def _in(value: object) -> Any:
    if not isinstance(value, list):
        if not isinstance(value, bool | int | str):
            raise TypeError("no value")
        return value
    kind, *rest = cast("list[Any]", value)
    match kind:
        case "ratio":
            return Fraction(rest[0], rest[1])
        case "inf":
            return math.inf if rest[0] else -math.inf
        case "tuple":
            return tuple([_in(v) for v in rest])
        case "array":
            flat: Array = np.empty(len(rest) - 1, object)
            for k, v in enumerate(rest[1:]):
                flat[k] = _in(v)
            return flat.reshape(rest[0])
        case "table":
            return Lookup({_in(keys): _in(v) for keys, v in rest[1:]}, _in(rest[0]))
        case _:
            raise TypeError(f"a {kind}")


def _carrier_out(carrier: Carrier) -> object:
    if isinstance(carrier, Ring):
        return ["ring", carrier.modulus, carrier.rational]
    return ["scalars", ["".join("01"[bool(x)] for x in row) for row in carrier.equal]]


def _carrier_in(value: Any) -> Carrier:
    kind, *rest = value
    if kind == "ring":
        return Ring(None if rest[0] is None else int(rest[0]), bool(rest[1]))
    return Scalars(np.asarray([[x == "1" for x in row] for row in rest[0]], np.bool_))

"""What is known of the values of a graph: bounds, flags and texts, by name.

A state belongs to one graph: its export names the digest of the graph and is read for that graph only.  Nothing is
lost on the way: rationals are written ``p/q``, bounds in a float format by their bits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal, cast

import ml_dtypes
import numpy as np

from . import dims
from .dtypes import BY_NAME, DType
from .errors import BadArity, BadNodeId, BadProperty, ForeignProperties, GraphError, UnknownName, WrongShape
from .graph import Graph, Ref
from .params import Array, ParamStore
from .text import graph_digest
from .types import TensorType

_FORMAT: Final = 1


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """``lower <= value <= upper`` for every element, both arrays of one shape.

    With ``dtype`` None the arrays hold Fractions, exact bounds; else floats of that format, which may be infinite.  The
    shape is one that broadcasts to that of the value, so one number can bound a tensor of symbolic size.  BadProperty
    for a NaN, ``lower > upper``, or arrays that are not of that kind.
    """

    lower: Array
    upper: Array
    dtype: DType | None = None

    def __post_init__(self) -> None:
        if self.lower.shape != self.upper.shape:
            raise BadProperty(f"bounds of shapes {list(self.lower.shape)} and {list(self.upper.shape)}")
        for a in (self.lower, self.upper):
            if self.dtype is None:
                if a.dtype != object or not all(isinstance(v, Fraction) for v in a.flat):
                    raise BadProperty("exact bounds are arrays of Fraction")
            elif not self.dtype.is_float or a.dtype.name != self.dtype.name:
                raise BadProperty(f"bounds of {a.dtype.name} as {self.dtype.name}")
            elif bool(np.isnan(a).any()):
                raise BadProperty("a bound is NaN")
        wrong = np.argwhere(np.asarray(self.lower > self.upper, bool))
        if len(wrong):
            at = tuple(int(k) for k in wrong[0])
            raise BadProperty(f"at {list(at)} the lower bound {self.lower[at]} is above the upper {self.upper[at]}")

    def __eq__(self, other: object) -> bool:
        """Whether the bounds are the same, to the bit."""
        return isinstance(other, Bounds) and _dump(self) == _dump(other)

    def __hash__(self) -> int:
        return hash(json.dumps(_dump(self)))


Property = Bounds | bool | str


def exact(lower: object, upper: object) -> Bounds:
    """Exact bounds from (nested sequences of) integers and Fractions.

    >>> exact([0, Fraction(-1, 3)], [1, 1]).lower
    array([Fraction(0, 1), Fraction(-1, 3)], dtype=object)
    """
    return Bounds(_fractions(lower), _fractions(upper))


def _fractions(values: object) -> Array:
    given = np.asarray(values, object)
    out = np.empty(given.shape, object)
    for i in np.ndindex(*given.shape):
        value: object = given[i]
        if not isinstance(value, int | Fraction):
            raise BadProperty(f"{value!r} is no exact number")
        out[i] = Fraction(value)
    return out


class PropState:
    """The properties of the values of ``graph``; constants count with their payloads if ``params`` are given."""

    def __init__(self, graph: Graph, params: ParamStore | None = None) -> None:
        self.graph: Final = graph
        self.digest: Final = graph_digest(graph, params)
        self._properties: dict[Ref, dict[str, Property]] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PropState) and self.digest == other.digest and self._properties == other._properties

    __hash__ = None  # type: ignore[assignment]

    def set(self, ref: Ref, name: str, value: Property) -> None:
        """Give a value a property, in place of the one of that name.

        Raises UnknownName if there is no such value, WrongShape if bounds do not broadcast to it.
        """
        type_ = self._type(ref)
        if isinstance(value, Bounds):
            _check_shape(value, type_, f"{self.graph.name_of(ref)}: {name}")
        self._properties.setdefault(ref, {})[name] = value

    def get(self, ref: Ref, name: str) -> Property | None:
        """A property, or None; UnknownName if there is no such value."""
        return self.of(ref).get(name)

    def of(self, ref: Ref) -> Mapping[str, Property]:
        """All properties of a value; UnknownName if there is no such value."""
        self._type(ref)
        return dict(self._properties.get(ref, {}))

    def remove(self, ref: Ref, name: str) -> None:
        """Take a property away, if it is there."""
        found = self._properties.get(ref, {})
        found.pop(name, None)
        if not found:
            self._properties.pop(ref, None)

    def __iter__(self) -> Iterator[tuple[Ref, str, Property]]:
        """Every property, values in order, names sorted."""
        for ref in sorted(self._properties):
            for name, value in sorted(self._properties[ref].items()):
                yield ref, name, value

    def to_json(self) -> str:
        """The export; the same state gives the same text."""
        values: dict[str, dict[str, Any]] = {}
        for ref, name, value in self:
            values.setdefault(repr(ref), {})[name] = _dump(value) if isinstance(value, Bounds) else value
        return json.dumps({"format": _FORMAT, "graph": self.digest, "values": values}, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str, graph: Graph, params: ParamStore | None = None) -> PropState:
        """The state in an export.

        Raises ForeignProperties if it was made for another graph, BadProperty if it is no export, UnknownName and
        WrongShape for properties that the graph cannot have.
        """
        out = cls(graph, params)
        try:
            data = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise BadProperty(f"this is no JSON text: {error}") from None
        content = _fields(data, format=int, graph=str, values=dict)
        if content["format"] != _FORMAT:
            raise BadProperty(f"format {content['format']} of properties is not known")
        if content["graph"] != out.digest:
            raise ForeignProperties("these are properties of another graph", graph.name)
        refs = {repr(ref): ref for ref in graph.values()}
        for key, properties in content["values"].items():
            if key not in refs:
                raise UnknownName(f"there is no value {key}", graph.name)
            if not isinstance(properties, dict):
                raise BadProperty("the properties of a value are an object", key)
            for name, value in properties.items():  # pyright: ignore[reportUnknownVariableType]  # JSON
                try:
                    out.set(refs[key], str(name), value if isinstance(value, bool | str) else _load(value))  # pyright: ignore[reportUnknownArgumentType]
                except GraphError as error:
                    raise error.at(f"{key}: {name}") from None
        return out

    def _type(self, ref: Ref) -> TensorType:
        try:
            return self.graph.type(ref)
        except (BadNodeId, BadArity):
            raise UnknownName(f"there is no value {ref!r}", self.graph.name) from None


def _check_shape(bounds: Bounds, type_: TensorType, where: str) -> None:
    shape = bounds.lower.shape
    sizes = type_.shape[type_.rank - len(shape) :] if len(shape) <= type_.rank else ()
    if len(sizes) != len(shape) or any(n not in (1, dims.literal(d)) for n, d in zip(shape, sizes, strict=True)):
        raise WrongShape(f"bounds of shape {list(shape)} for {type_!r}", where)


# -- JSON --------------------------------------------------------------------------------------------------------------


def _dump(bounds: Bounds) -> dict[str, Any]:
    kind, write = "rational", _ratio
    if bounds.dtype is not None:
        kind, write = bounds.dtype.name, _pattern
    sides = {k: [write(v) for v in a.reshape(-1)] for k, a in (("lower", bounds.lower), ("upper", bounds.upper))}
    return {"kind": kind, "shape": list(bounds.lower.shape), **sides}


def _ratio(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"


def _pattern(value: Any) -> str:
    width = value.dtype.itemsize * 8
    return f"{int(value.view(f'uint{width}')):0{width // 4}x}"


def _load(data: object) -> Bounds:
    content = _fields(data, kind=str, shape=list, lower=list, upper=list)
    shape = content["shape"]
    if not all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in shape):
        raise BadProperty("a shape is a list of sizes")
    dtype = BY_NAME.get(content["kind"])
    if content["kind"] != "rational" and (dtype is None or not dtype.is_float):
        raise BadProperty(f"bounds of kind {content['kind']}")
    sides: list[Array] = []
    for side in (content["lower"], content["upper"]):
        count = int(np.prod(shape, dtype=object))
        if len(side) != count or not all(isinstance(v, str) for v in side):
            raise BadProperty(f"{count} numbers must be given as texts")
        try:
            sides.append((_rationals(side) if dtype is None else _floats(side, dtype)).reshape(shape))
        except (ValueError, ZeroDivisionError):
            raise BadProperty(f"a number is not of kind {content['kind']}") from None
    return Bounds(sides[0], sides[1], dtype)


def _rationals(texts: list[str]) -> Array:
    out = np.empty(len(texts), object)
    for k, text in enumerate(texts):
        p, _, q = text.partition("/")
        out[k] = Fraction(int(p), int(q))
        if _ratio(out[k]) != text:
            raise ValueError
    return out


def _floats(texts: list[str], dtype: DType) -> Array:
    if not all(re.fullmatch(f"[0-9a-f]{{{dtype.width // 4}}}", t) for t in texts):
        raise ValueError
    bits = np.array([int(t, 16) for t in texts], f"uint{dtype.width}")
    return bits.view(ml_dtypes.bfloat16 if dtype.name == "bfloat16" else dtype.name)


def _fields(data: object, **kinds: type) -> dict[str, Any]:
    """An object with exactly those fields."""
    if not isinstance(data, dict) or data.keys() != kinds.keys():
        raise BadProperty(f"an object with {', '.join(kinds)} must stand here")
    content = cast("dict[str, Any]", data)
    for key, kind in kinds.items():
        if not isinstance(content[key], kind):
            raise BadProperty(f"{key} is no {kind.__name__}")
    return content


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        raise ValueError("a key is given twice")
    return out


def _refuse(word: str) -> Literal[False]:
    raise ValueError(f"{word} is no number of JSON")

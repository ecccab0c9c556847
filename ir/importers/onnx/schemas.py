"""Schemas of the operator sets that the installed ``onnx`` knows, and attributes checked against them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import onnx
from onnx import defs

from ...errors import BadAttribute, UnsupportedOperator
from ...operators import Attr
from .files import OnnxModel
from .names import text
from .tensors import array_of, element_type

NEWEST: Final = defs.onnx_opset_version()
_ATTR: Final = onnx.AttributeProto
References = Mapping[str, onnx.AttributeProto]
"""What attributes of a function stand for."""


@lru_cache(maxsize=4096)
def schema_of(op: str, version: int) -> Any | None:
    """The schema of an operator of the default set, None if that version has no such operator."""
    try:
        found = defs.get_schema(op, version, "")
    except defs.SchemaError:
        return None
    if found.deprecated and op != "GroupNormalization":  # whose first form has a meaning
        raise UnsupportedOperator(f"{op} is deprecated since opset {found.since_version}")
    return found


def resolved(attr: onnx.AttributeProto, references: References) -> onnx.AttributeProto | None:
    """What an attribute stands for in a call of a function; None if it was not given."""
    if not attr.ref_attr_name:
        return attr
    return references.get(text(attr.ref_attr_name, ""))


def plain(attr: onnx.AttributeProto) -> Attr:
    """The value of an attribute that is a number, a text or a list of those; None for any other."""
    kind = attr.type
    if kind == _ATTR.UNDEFINED:  # as before IR version 2
        kind = next((k for k, f in (("f", 1), ("i", 2), ("s", 3)) if attr.HasField(k) for k in (f,)), 0)
    if kind == _ATTR.FLOAT:
        return attr.f
    if kind == _ATTR.INT:
        return attr.i
    if kind == _ATTR.STRING:
        return text(attr.s, "")
    if kind == _ATTR.FLOATS:
        return tuple(attr.floats)
    if kind == _ATTR.INTS:
        return tuple(attr.ints)
    if kind == _ATTR.STRINGS:
        return tuple(text(s, "") for s in attr.strings)
    return None


def attributes(op: str, schema: Any, given: Mapping[str, onnx.AttributeProto], model: OnnxModel) -> dict[str, Attr]:
    """The attributes of a node, each of the type that the schema says; BadAttribute.

    Defaults that the newest schema has changed are made explicit.  Tensors are an element type and a number.
    """
    out: dict[str, Attr] = {}
    if schema is None:
        return {k: v for k, a in given.items() if (v := plain(a)) is not None}
    for name, attr in given.items():
        known = schema.attributes.get(name)
        if known is None:
            raise BadAttribute(f"{op} has no attribute {name} in opset {schema.since_version}")
        kind: int = known.type.value
        if attr.type not in (kind, _ATTR.UNDEFINED):
            raise BadAttribute(f"{op}: attribute {name} is of the wrong type")
        if kind == _ATTR.TENSOR:
            out[name] = _scalar(op, name, attr.t, model)
        elif kind not in (_ATTR.GRAPH, _ATTR.GRAPHS):
            value = plain(attr)
            if value is None:
                raise UnsupportedOperator(f"{op}: attribute {name} has no reading here")
            out[name] = value
    for name, known in schema.attributes.items():
        if known.required and name not in given:
            raise BadAttribute(f"{op}: attribute {name} is missing")
    newest = schema_of(op, NEWEST) if schema.since_version < NEWEST and not _gone(op) else None
    for name in changed_defaults(op, schema.since_version) if newest is not None else ():
        out.setdefault(name, plain(schema.attributes[name].default_value))
    return out


@lru_cache(maxsize=4096)
def changed_defaults(op: str, version: int) -> tuple[str, ...]:
    """The attributes that the newest schema gives another default."""
    old, new = schema_of(op, version), schema_of(op, NEWEST)
    if old is None or new is None or old.since_version == new.since_version:
        return ()
    defaults = {k: plain(v.default_value) for k, v in new.attributes.items()}
    return tuple(
        k
        for k, v in old.attributes.items()
        if plain(v.default_value) is not None and defaults.get(k) not in (None, plain(v.default_value))
    )


def is_default(schema: Any, name: str, value: Attr) -> bool:
    """Whether ``value`` is what the schema gives the attribute anyway."""
    known = None if schema is None else schema.attributes.get(name)
    return known is not None and plain(known.default_value) == value


@lru_cache(maxsize=256)
def _gone(op: str) -> bool:
    return op in ("Upsample", "Scatter")


def _scalar(op: str, name: str, tensor: onnx.TensorProto, model: OnnxModel) -> Attr:
    where = f"{op}: attribute {name}"
    array = array_of(model, tensor, where)
    if array.size != 1:
        raise BadAttribute(f"{where} is no tensor of one element")
    return element_type(tensor.data_type, where), array.reshape(-1)[0].item()

"""Constant nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...errors import BadAttribute, UnsupportedOperator
from ...params import Array
from .schemas import plain
from .scope import Entry, Scope
from .tensors import array_of

if TYPE_CHECKING:
    from .translate import Translator

_NUMBERS = {"value_int": np.int64, "value_ints": np.int64, "value_float": np.float32, "value_floats": np.float32}


def constant(t: Translator, e: Entry, scope: Scope) -> None:
    """The tensor that one of its attributes gives; every run of a body shares it."""
    (name,) = t.value_names(e, scope) if e.outputs[1:] == () else (None,)
    if name is None:
        raise BadAttribute("Constant has one value")
    shared = not any(a.ref_attr_name for a in e.proto.attribute)
    if shared and e.outputs[0] in scope.body.cache:
        ref = scope.body.cache[e.outputs[0]]
    else:
        ref = t.builder.const(name, _array(t, e))
    if shared:
        scope.body.cache[e.outputs[0]] = ref
    t.bind(e, scope, (ref,))


def _array(t: Translator, e: Entry) -> Array:
    if len(e.attrs) != 1:
        raise BadAttribute("Constant has one attribute")
    (name, attr), *_ = e.attrs.items()
    if name == "value" and attr.type == attr.TENSOR:
        return array_of(t.model, attr.t, e.where)
    if name in _NUMBERS:
        value = plain(attr)
        if isinstance(value, tuple) is name.endswith("s") and value is not None and not isinstance(value, str):
            return np.array(value, _NUMBERS[name])
        raise BadAttribute(f"Constant: attribute {name} is of the wrong type")
    if name in ("value_string", "value_strings", "sparse_value"):
        raise UnsupportedOperator(f"Constant with attribute {name} has no denotation here")
    raise BadAttribute(f"Constant: attribute {name}")

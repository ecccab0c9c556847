"""What a node of a model becomes: a node of the graph, several, or the nodes of a body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import operators
from ...errors import UnsupportedOperator
from . import constants, control, functions, schemas, sequences
from .adapters import REPLACED, adapters
from .scope import Entry, Scope
from .site import Site

if TYPE_CHECKING:
    from .translate import Special, Task, Translator

_SPECIAL: dict[str, Special] = {**control.TABLE, **sequences.TABLE, "Constant": constants.constant}

_EARLY = {"LayerNormalization": 17}
"""Operators that onnxruntime writes into models of older opsets."""


def visit(t: Translator, e: Entry, scope: Scope) -> Task | None:
    """Translate a node, or say what must be done for it; UnsupportedOperator and the errors of its operands."""
    function = t.functions.get((e.domain, e.op, e.overload))
    if function is not None:
        return functions.call(t, e, scope, function, (e.domain, e.op, e.overload))
    if e.domain == "com.microsoft":
        return _plain(t, e, scope, None, t.version(scope, e.domain))
    if e.domain:
        raise UnsupportedOperator(f"operator {e.op} of the domain {e.domain} has no denotation here")
    version = t.version(scope)
    schema = schemas.schema_of(e.op, max(version, _EARLY.get(e.op, 0)))
    if schema is None:
        raise UnsupportedOperator(f"there is no operator {e.op} in opset {version}")
    special = _SPECIAL.get(e.op)
    if special is not None:
        return special(t, e, scope)
    if not known(e.op):
        return functions.standard(t, e, scope, schema, version)
    return _plain(t, e, scope, schema, version)


def known(op: str) -> bool:
    """Whether an operator has a denotation or an adapter to operators that have."""
    if op in REPLACED:
        return True
    try:
        operators.find(op)
    except UnsupportedOperator:
        return False
    return True


def _plain(t: Translator, e: Entry, scope: Scope, schema: object, version: int) -> None:
    table = adapters(e.domain, e.op, version)
    if not table and e.domain:
        raise UnsupportedOperator(f"operator {e.op} of the domain {e.domain} has no denotation here")
    operands = [None if v is None else t.tensor(v) for v in t.operands(e, scope)]
    attrs = schemas.attributes(e.op, schema, e.attrs, t.model)
    site = Site(t, e.op, version, operands, attrs, t.value_names(e, scope), schema)
    for adapt in table:
        refs = adapt(site)
        if refs is not None:
            break
    else:
        refs = site.finish()
    t.bind(e, scope, refs)

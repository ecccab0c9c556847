"""Sequences of tensors, as far as their lengths are known: no value of the graph is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ... import dims
from ...errors import BadArity, BadAttribute, NotStatic, WrongDType
from ...graph import Ref
from .schemas import plain
from .scope import Absent, Entry, Items, Scope, Value

if TYPE_CHECKING:
    from .translate import Special, Translator


def _items(t: Translator, e: Entry, scope: Scope) -> tuple[Items, list[Value | None]]:
    first, *rest = t.operands(e, scope) or [None]
    if not isinstance(first, Items):
        raise WrongDType(f"{e.op} takes a sequence")
    return first, rest


def _position(t: Translator, value: Value | None, length: int) -> int | None:
    if value is None:
        return None
    k = t.static(t.tensor(value), "a position in a sequence")
    if not -length <= k < length:
        raise BadAttribute(f"position {k} in a sequence of {length}")
    return k % length


def _tensor(t: Translator, e: Entry, value: Value | None) -> Ref:
    if value is None:
        raise BadArity(f"{e.op} lacks an operand")
    return t.tensor(value)


def _empty(t: Translator, e: Entry, scope: Scope) -> None:
    t.bind(e, scope, (Items(()),))


def _construct(t: Translator, e: Entry, scope: Scope) -> None:
    t.bind(e, scope, (Items(tuple(_tensor(t, e, v) for v in t.operands(e, scope))),))


def _insert(t: Translator, e: Entry, scope: Scope) -> None:
    items, (tensor, *where) = _items(t, e, scope)
    length = len(items.refs)
    k = length
    if where and where[0] is not None:
        k = t.static(t.tensor(where[0]), "a position in a sequence")
        if not -length <= k <= length:
            raise BadAttribute(f"position {k} in a sequence of {length}")
        k = k + length if k < 0 else k
    t.bind(e, scope, (Items((*items.refs[:k], _tensor(t, e, tensor), *items.refs[k:])),))


def _erase(t: Translator, e: Entry, scope: Scope) -> None:
    items, rest = _items(t, e, scope)
    length = len(items.refs)
    if not length:
        raise BadAttribute("SequenceErase of an empty sequence")
    k = _position(t, rest[0] if rest else None, length)
    k = length - 1 if k is None else k
    t.bind(e, scope, (Items((*items.refs[:k], *items.refs[k + 1 :])),))


def _at(t: Translator, e: Entry, scope: Scope) -> None:
    items, rest = _items(t, e, scope)
    k = _position(t, rest[0] if rest else None, len(items.refs))
    if k is None:
        raise BadArity("SequenceAt lacks an operand")
    t.bind(e, scope, (items.refs[k],))


def _length(t: Translator, e: Entry, scope: Scope) -> None:
    items, _ = _items(t, e, scope)
    t.bind(e, scope, (t.const(t.value_names(e, scope)[0] + "/length", np.array(len(items.refs), np.int64)),))


def _concat(t: Translator, e: Entry, scope: Scope) -> None:
    items, _ = _items(t, e, scope)
    axis = plain(e.attrs["axis"]) if "axis" in e.attrs else None
    if not isinstance(axis, int):
        raise BadAttribute("ConcatFromSequence: attribute axis is missing")
    if not items.refs:
        raise BadAttribute("ConcatFromSequence of an empty sequence")
    refs = items.refs
    names = t.value_names(e, scope)
    if plain(e.attrs["new_axis"]) if "new_axis" in e.attrs else 0:
        refs = tuple(t.fresh("Unsqueeze", r, hint=f"{names[0]}/unsqueeze", axes=(axis,)) for r in refs)
    t.bind(e, scope, t.emit("Concat", refs, names, {"axis": axis}))


def _split(t: Translator, e: Entry, scope: Scope) -> None:
    x, lengths, *_ = [*t.operands(e, scope), None, None]
    ref = _tensor(t, e, x)
    type_ = t.builder.type(ref)
    axis = plain(e.attrs["axis"]) if "axis" in e.attrs else 0
    if not isinstance(axis, int) or not -type_.rank <= axis < type_.rank:
        raise BadAttribute(f"SplitToSequence: axis {axis}, but the rank is {type_.rank}")
    size = dims.literal(type_.shape[axis])
    parts = _parts(t, lengths, size)
    for _ in parts:
        t.count()
    names = [t.names.fresh(f"{n}/{k}") for n in t.value_names(e, scope)[:1] for k in range(len(parts))]
    refs = t.emit("Split", (ref,), names, {"axis": axis, "split": tuple(parts)}) if parts else ()
    keep = plain(e.attrs["keepdims"]) if "keepdims" in e.attrs else 1
    if lengths is None and not keep:
        refs = tuple(t.fresh("Squeeze", r, hint=f"{n}/squeeze", axes=(axis,)) for r, n in zip(refs, names, strict=True))
    t.bind(e, scope, (Items(refs),))


def _parts(t: Translator, lengths: Value | None, size: int | None) -> list[int]:
    if lengths is not None and not isinstance(lengths, Items | Absent) and t.builder.type(lengths).rank:
        known = t.builder.known.get(lengths)
        if known is None or any(v.op != "lit" for v in known.flat):
            raise NotStatic("the lengths of SplitToSequence depend on data")
        return [v.data for v in known.flat]
    if size is None:
        raise NotStatic("SplitToSequence of a symbolic size")
    step = 1 if lengths is None else t.static(t.tensor(lengths), "the length of SplitToSequence")
    if step < 1:
        raise BadAttribute(f"SplitToSequence into parts of {step}")
    return [min(step, size - k) for k in range(0, size, step)]


TABLE: dict[str, Special] = {
    "SequenceEmpty": _empty,
    "SequenceConstruct": _construct,
    "SequenceInsert": _insert,
    "SequenceErase": _erase,
    "SequenceAt": _at,
    "SequenceLength": _length,
    "ConcatFromSequence": _concat,
    "SplitToSequence": _split,
}

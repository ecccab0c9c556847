"""Three-valued logic on marked arrays (Kleene's strong connectives), and conditionals."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from .values import Arr, align, mark


def negation(operands: Sequence[Arr]) -> Arr:
    """``not``."""
    a = operands[0]
    return Arr(a.axes, ~a.data, a.und)


def _fold(operands: Sequence[Arr], absorbing: bool) -> Arr:
    axes, datas, unds = align(operands)
    out = datas[0]
    for d in datas[1:]:
        out = out | d if absorbing else out & d
    out = np.asarray(out)
    if all(u is None for u in unds):
        return Arr(axes, out)
    # Undecided where something is and no decided operand absorbs.
    absorbed = np.zeros(out.shape, np.bool_)
    for d, u in zip(datas, unds, strict=True):
        hit = d if absorbing else ~d
        absorbed = absorbed | (hit if u is None else hit & ~u)
    marked = mark(out.shape, unds)
    if marked is None:
        return Arr(axes, out)
    value = absorbed if absorbing else ~absorbed
    und = marked & ~absorbed
    return Arr(axes, np.broadcast_to(value, out.shape), und if und.any() else None)


def conjunction(operands: Sequence[Arr]) -> Arr:
    """``and``."""
    return _fold(operands, absorbing=False)


def disjunction(operands: Sequence[Arr]) -> Arr:
    """``or``."""
    return _fold(operands, absorbing=True)


def implication(operands: Sequence[Arr]) -> Arr:
    """``implies``."""
    return disjunction([negation(operands[:1]), operands[1]])


CONNECTIVES: dict[str, Callable[[Sequence[Arr]], Arr]] = {
    "not": negation,
    "and": conjunction,
    "or": disjunction,
    "implies": implication,
}


def select(condition: Arr, yes: Arr, no: Arr) -> Arr:
    """``if condition then yes else no``; undecided where the condition is, unless the branches are one value."""
    axes, (c, a, b), (uc, ua, ub) = align([condition, yes, no])
    data = np.where(c, a, b)
    if data.dtype != a.dtype:
        data = data.astype(a.dtype)
    if uc is None and ua is None and ub is None:
        return Arr(axes, data)
    ua_ = np.False_ if ua is None else ua
    ub_ = np.False_ if ub is None else ub
    und = np.where(c, ua_, ub_)
    if uc is not None:
        one = np.asarray(a == b, np.bool_) if data.dtype != object else np.equal(_ids(a), _ids(b))
        if data.dtype.kind == "f":
            one = one & (np.signbit(a) == np.signbit(b))
        und = np.where(uc, ~one | ua_ | ub_, und)
    return Arr(axes, data, mark(data.shape, [np.asarray(und)]))


_identity = np.frompyfunc(id, 1, 1)


def _ids(a: np.ndarray[tuple[int, ...], np.dtype[np.object_]]) -> np.ndarray[tuple[int, ...], np.dtype[np.object_]]:
    return np.asarray(_identity(a), object)

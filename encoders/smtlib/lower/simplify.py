"""Boolean simplification of ground terms, one node at a time."""

from __future__ import annotations

from ....theories.terms import build as b
from ....theories.terms import sorts as s
from ....theories.terms.term import Term


def simplify(t: Term) -> Term:
    """Constant Booleans folded, one node at a time."""
    if t.op == "and":
        if b.FALSE in t.args:
            return b.FALSE
        return b.conj(*[a for a in t.args if a is not b.TRUE])
    if t.op == "or":
        if b.TRUE in t.args:
            return b.TRUE
        return b.disj(*[a for a in t.args if a is not b.FALSE])
    if t.op == "not":
        a = t.args[0]
        return b.FALSE if a is b.TRUE else b.TRUE if a is b.FALSE else a.args[0] if a.op == "not" else t
    if t.op == "implies":
        a, c = t.args
        if a is b.FALSE or c is b.TRUE:
            return b.TRUE
        return c if a is b.TRUE else t
    if t.op == "ite":
        c, x, y = t.args
        return x if c is b.TRUE or x is y else y if c is b.FALSE else t
    if t.op in ("eq", "le") and t.args[0] is t.args[1] and not isinstance(t.args[0].sort, s.FloatSort):
        return b.TRUE
    if t.op == "eq" and t.args[0] is t.args[1]:
        return b.TRUE
    if t.op == "lt" and t.args[0] is t.args[1]:
        return b.FALSE
    return t

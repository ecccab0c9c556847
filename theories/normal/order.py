"""The order of operands in normal forms: by structural digest, blind to the tags of domains.

Two terms that differ in tags only get normal forms that differ in tags only.
"""

from __future__ import annotations

from ..terms.term import Dom, Term, make, with_args

_plain: dict[Term, Term] = {}


def untagged(root: Term) -> Term:
    """``root`` without tags."""
    found = _plain.get(root)
    if found is not None:
        return found
    stack: list[tuple[Term, int]] = [(root, 0)]
    while stack:
        t, k = stack.pop()
        if t in _plain:
            continue
        if k < len(t.args):
            stack.append((t, k + 1))
            if t.args[k] not in _plain:
                stack.append((t.args[k], 0))
            continue
        args = tuple([_plain[a] for a in t.args])
        tagged = isinstance(t.data, Dom) and t.data.tag
        _plain[t] = make(t.op, args, t.sort, t.data._replace(tag=0)) if tagged else with_args(t, args)  # type: ignore[union-attr]
    return _plain[root]


def rank(t: Term) -> bytes:
    """The key by which operands are sorted, the same in every process; terms that differ have different keys."""
    plain = _plain.get(t) or untagged(t)
    return plain.digest if plain is t else plain.digest + t.digest

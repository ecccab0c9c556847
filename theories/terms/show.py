"""A compact prefix text of a term, for error messages and debugging (the language's own printer is in obligations)."""

from __future__ import annotations

from .term import Dom, Term

_LIMIT = 2000


def show(t: Term) -> str:
    """``op(args)`` text, cut after 2,000 characters; bound variables print as ``#k``."""
    out: list[str] = []
    stack: list[Term | str] = [t]
    length = 0
    while stack and length < _LIMIT:
        s = stack.pop()
        if isinstance(s, str):
            text = s
        elif s.op == "var":
            text = s.name
        elif s.op == "bound":
            text = f"#{s.data}"
        elif s.op == "lit":
            text = f"{s.data:#x}" if isinstance(s.data, int) and s.sort.text.startswith("float") else str(s.data)
        else:
            data = s.data
            text = s.op + ("" if data is None else f":{data.kind}" if isinstance(data, Dom) else f":{data}") + "("
            parts: list[Term | str] = []
            for k, a in enumerate(s.args):
                parts += [", ", a] if k else [a]
            stack.append(")")
            stack.extend(reversed(parts))
        out.append(text)
        length += len(text)
    return "".join(out) + ("…" if stack else "")

"""From an operation of a term to what stands before its arguments in SMT-LIB."""

from __future__ import annotations

from ...theories.errors import Unsupported
from ...theories.terms.sorts import BitsSort, ElemSort, FloatSort, Sort
from ...theories.terms.term import Term, make
from . import literals
from .signature import Signature
from .symbols import symbol
from .table import ANY, DEFINED, KINDS, ROUNDING

_LARGEST_POWER = 64


def head(t: Term, signature: Signature) -> str:
    """What stands before the arguments of ``t``; ``""`` when the value is that of its one argument.

    Functions that the head needs are defined or declared on the way.  Raises Unsupported.
    """
    arg = t.args[-1].sort  # of ite: a branch
    result = signature.sort(t.sort)
    kind = arg.element_class if t.op == "peq" and isinstance(arg, ElemSort) else signature.kind(arg)
    operation = _operation(t, arg, signature)
    template = KINDS[kind].get(operation)
    if template is None:
        template = ANY.get(operation)
    if template is None:
        raise Unsupported(f"{t.op} from {arg.text} to {t.sort.text}" if t.op == "cast" else f"{t.op} on {arg.text}")
    fields = _fields(t, arg, kind)
    text = template.format_map(fields)
    if not text.startswith("?"):
        return text
    name = symbol("?", text[1:])
    argument = signature.sort(arg)
    body = _power(t, kind, signature) if t.op == "pow" else DEFINED.get((operation, kind))
    if body is None:
        return signature.declare(name, [argument] * len(t.args), result)
    if "to_real" in body:
        signature.features.add("real")
    params = " ".join(f"({p} {argument})" for p, _ in zip("ab", t.args, strict=False))
    return signature.define(name, params, result, body.format_map(fields))


def _operation(t: Term, arg: Sort, signature: Signature) -> str:
    if t.op != "cast":
        return t.op
    if isinstance(arg, BitsSort) and isinstance(t.sort, BitsSort):
        return "extend" if t.sort.width > arg.width else "truncate"
    return f"cast:{signature.kind(t.sort)}"


def _fields(t: Term, arg: Sort, kind: str) -> dict[str, str]:
    sort = t.sort
    fields = {"n": str(t.data).replace(" ", ""), "k": _name(arg) if kind in ("ring", "scalar") else _name(arg, kind)}
    if t.op == "rint":
        fields["m"] = ROUNDING[t.name]
    if isinstance(sort, ElemSort):
        fields["r"] = _name(sort)
    if isinstance(sort, FloatSort):
        fields |= {"e": str(sort.exponent), "s": str(sort.significand)}
    if isinstance(sort, BitsSort):
        fields |= {"w": str(sort.width), "top": str(sort.width - 1)}
    if isinstance(arg, BitsSort):
        fields |= {"w0": str(arg.width), "two_w": str(1 << arg.width)}
        if isinstance(sort, BitsSort):
            fields["d"] = str(sort.width - arg.width)
    if t.op == "fits" and isinstance(arg, FloatSort) and isinstance(t.data, BitsSort):
        # the truncated value lies in -2^(w-1) .. 2^(w-1) - 1
        edge = 1 << (t.data.width - 1)
        sign = 1 << (arg.width - 1)
        fields["lo"] = literals.floating_point(literals.largest_below(edge + 1, arg) | sign, arg)
        fields["hi"] = literals.floating_point(literals.largest_below(edge, arg), arg)
    return fields


def _name(sort: Sort, kind: str = "") -> str:
    """The sort as a part of a symbol; a ring read as numbers goes by the name of those."""
    if isinstance(sort, ElemSort):
        return kind or f"${sort.name}"
    return sort.text.replace(" ", "")


def _power(t: Term, kind: str, signature: Signature) -> str:
    """``a`` multiplied with itself."""
    exponent = t.data
    if not isinstance(exponent, int) or exponent > _LARGEST_POWER:
        raise Unsupported(f"a power with an exponent above {_LARGEST_POWER}")
    if kind == "ring":
        if not exponent:
            return signature.literal(make("lit", (), t.sort, 1))
        name = f"?mul.{_name(t.sort)}"
        sort = signature.sort(t.sort)
        times = signature.declare(symbol("?", name[1:]), [sort, sort], sort)
        return f"({times} " * (exponent - 1) + "a" + " a)" * (exponent - 1)
    if exponent > 1:
        return f"(* {' '.join(['a'] * exponent)})"
    return "a" if exponent else {"int": "1", "real": "1.0"}[kind]

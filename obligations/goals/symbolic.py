"""Real terms as sympy expressions, and back.

Arithmetic becomes sympy's; functions stay uninterpreted, since sympy would rewrite ``exp(x) * exp(y)`` by itself;
everything else (variables, reads, big operators, conditionals) is a symbol.  Nothing that comes out of sympy proves
anything.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import Any, Final

from ...theories.terms import build as b
from ...theories.terms.sorts import REAL
from ...theories.terms.term import Term

_ARITHMETIC: Final = frozenset({"add", "sub", "mul", "div", "neg", "pow"})
_UNARY: Final = frozenset({"sqrt", "abs", "fn"})


@cache
def sympy() -> Any:
    """The module, which has no types and takes a second to load."""
    return importlib.import_module("sympy")


class Symbols:
    """The symbols of one translation; ``given`` are the expressions that some variables are to become.

    Symbols of translations with different ``prefix`` are different.
    """

    def __init__(self, given: Mapping[Term, Any] | None = None, prefix: str = "") -> None:
        self._prefix = prefix
        self._known: dict[Term, Any] = dict(given or {})
        self._terms: dict[Any, Term] = {}

    def expression(self, root: Term) -> Any:
        """The sympy expression of a real term."""
        stack = [root]
        while stack:
            t = stack[-1]
            if t in self._known:
                stack.pop()
                continue
            args = t.args if _is_open(t) else ()
            missing = [a for a in args if a not in self._known]
            if missing:
                stack.extend(missing)
                continue
            e = self._known[t] = self._make(t, [self._known[a] for a in args])
            if not t.loose:
                self._terms.setdefault(e, t)
            stack.pop()
        return self._known[root]

    def _make(self, t: Term, args: list[Any]) -> Any:
        sp = sympy()
        match t.op:
            case "lit":
                value = Fraction(str(t.data))
                return sp.Rational(value.numerator, value.denominator)
            case "add":
                return args[0] + args[1]
            case "sub":
                return args[0] - args[1]
            case "mul":
                return args[0] * args[1]
            case "div":
                return args[0] / args[1]
            case "neg":
                return -args[0]
            case "pow":
                return args[0] ** t.data
            case "sqrt" | "abs" | "fn" if args:
                return sp.Function(t.name if t.op == "fn" else t.op)(args[0])
            case _:
                return sp.Symbol(f"{self._prefix}{t.name if t.op == 'var' else t.op}#{len(self._known)}", real=True)

    def term(self, e: Any) -> Term:
        """The real term that ``e`` says; ValueError if it is not one."""
        if e in self._terms:
            return self._terms[e]
        if e.is_Rational:
            return b.rational(Fraction(int(e.p), int(e.q)))
        if e.is_Add:
            return self._sum(e)
        if e.is_Mul or e.is_Pow:
            return self._product(e)
        if e.is_Function:
            name, (arg,) = str(e.func), e.args
            made = self.term(arg)
            return b.sqrt(made) if name == "sqrt" else b.absolute(made) if name == "abs" else b.apply(name, made)
        raise ValueError(f"no term says {e}")

    def _sum(self, e: Any) -> Term:
        parts = sorted(e.as_ordered_terms(), key=lambda a: bool(a.could_extract_minus_sign()))
        out: Term | None = None
        for part in parts:
            if out is not None and part.could_extract_minus_sign():
                out = b.sub(out, self.term(-part))
            else:
                out = self.term(part) if out is None else b.add(out, self.term(part))
        assert out is not None
        return out

    def _product(self, e: Any) -> Term:
        over: list[Term] = []
        under: list[Term] = []
        factors: list[Any] = e.as_ordered_factors()
        negative = factors[0] == -1
        for f in factors[1:] if negative else factors:
            base, exponent = f.as_base_exp()
            if f.is_Rational:
                over.append(self.term(f))
            elif not exponent.is_Integer:
                raise ValueError(f"no term says {e}")
            else:
                power = abs(int(exponent))
                t = self.term(base)
                (over if exponent > 0 else under).append(t if power == 1 else b.power(t, power))
        out = _times(over)
        out = b.div(out, _times(under)) if under else out
        return b.neg(out) if negative else out


def _times(factors: list[Term]) -> Term:
    out = factors[0] if factors else b.rational(1)
    for f in factors[1:]:
        out = b.mul(out, f)
    return out


def _is_open(t: Term) -> bool:
    """Whether the translation looks into ``t``."""
    return t.sort is REAL and (t.op in _ARITHMETIC or (t.op in _UNARY and len(t.args) == 1 and t.args[0].sort is REAL))

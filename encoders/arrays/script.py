"""A term on concrete values as one line of Python that needs NumPy only.

The line is for people: it shows in a few words what two sides are on the values of a counterexample.  Reals become
float64, so it is exact for integers, Booleans, machine integers and floats, and an approximation for reals.
"""

from __future__ import annotations

import builtins
import keyword
import math
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, cast

import numpy as np

from ...theories.errors import Unsupported
from ...theories.normal.beta import beta, strip
from ...theories.terms import sorts as s
from ...theories.terms.binders import open_with, var
from ...theories.terms.term import BIG, DOM_ARGS, Term
from .environment import Env
from .formats import python_float
from .integers import Scalars
from .values import Array
from .words import CALLS, FUNCTIONS, HELPERS, INFIX, PREFIX, REDUCTIONS, WORDS

_LONGEST = 2000
RESERVED = frozenset({*dir(builtins), "np", "ml_dtypes", *HELPERS})
"""Names that a line uses itself."""


def script(terms: Sequence[Term], sorts: Mapping[str, s.Sort], env: Env) -> str:
    """``import numpy as np; ...; print(...)``: the values of ``terms`` over the variables in ``env``.

    Unsupported when NumPy has no word for an operation, or the line would be too long.
    """
    printer = _Printer(env, {identifier(name) for name in sorts})
    shown = [printer.term(strip(beta(t, ranges=False))) for t in terms]
    used = [name for name in sorts if name in printer.used]
    values = [f"{identifier(name.rstrip('!'))} = {printer.value(env.values[name], sorts[name])}" for name in used]
    imports = "import numpy as np" + (", ml_dtypes" if "ml_dtypes" in "".join([*shown, *values]) else "")
    relations = [f"eq_{name} = {printer.relation(name)}" for name in sorted(printer.relations)]
    helpers = [f"{name} = {HELPERS[name]}" for name in sorted(printer.helpers)]
    line = "; ".join([imports, *helpers, *relations, *values, f"print({', '.join(shown)})"])
    if len(line) > 2 * _LONGEST:
        raise Unsupported("the line of NumPy would be too long")
    return line


def identifier(name: str) -> str:
    """``name`` as a Python identifier."""
    text = re.sub(r"\W", "_", name)
    return text + "_" if keyword.iskeyword(text) or text in RESERVED else text


def _float_type(sort: s.FloatSort) -> str:
    return "ml_dtypes.bfloat16" if sort is s.BFLOAT16 else f"np.{sort.text}"


def _bits_type(sort: s.BitsSort) -> str:
    if sort.width not in (8, 16, 32, 64):
        raise Unsupported(f"NumPy has no {sort.text}")
    return f"np.int{sort.width}"


def _word(t: Term, texts: list[str], sort: s.BitsSort) -> str:
    """An operation that reads machine integers without sign, or turns them into something else."""
    signed = _bits_type(sort)
    if isinstance(t.sort, s.BitsSort):
        to = _bits_type(t.sort)
    else:
        to = _float_type(t.sort) if isinstance(t.sort, s.FloatSort) else "int"
    return WORDS[t.op].format(*texts, u=signed.replace("int", "uint"), i=signed, to=to)


def _number(value: float) -> str:
    return (
        "np.nan" if math.isnan(value) else ("-np.inf" if value < 0 else "np.inf") if math.isinf(value) else repr(value)
    )


class _Printer:
    def __init__(self, env: Env, taken: set[str]) -> None:
        self.env = env
        self.taken = taken
        self.used: set[str] = set()
        self.relations: set[str] = set()
        self.helpers: set[str] = set()
        self.names = 0

    # -- values --

    def value(self, value: Any, sort: s.Sort) -> str:
        result = s.INT if s.is_index_map(sort) else s.uncurry(sort)[1]
        if isinstance(value, np.ndarray):
            array = cast(Array, value)
            if array.ndim:
                return f"np.array({self._nested(array.tolist(), result)}, {self._type(result)}).reshape({array.shape})"
            return self.value(array.item(), sort)
        if isinstance(value, tuple):
            return str(value)  # pyright: ignore[reportUnknownArgumentType]
        if not isinstance(value, int | float | Fraction):
            raise Unsupported("a function as a value")
        text = self._element(value, result)
        return text if result in (s.INT, s.BOOL) or isinstance(result, s.ElemSort) else f"{self._type(result)}({text})"

    def _nested(self, value: Any, sort: s.Sort) -> str:
        if isinstance(value, list):
            items = cast(list[Any], value)
            return "[" + ", ".join(self._nested(v, sort) for v in items) + "]"
        return self._element(value, sort)

    def _element(self, value: Any, sort: s.Sort) -> str:
        if isinstance(sort, s.FloatSort):
            return _number(python_float(int(value), sort))
        if isinstance(sort, s.BitsSort):
            return str(int(value) - (1 << sort.width) if int(value) >> (sort.width - 1) else int(value))
        if isinstance(value, float):
            return _number(value)
        return str(value)

    def _type(self, sort: s.Sort) -> str:
        if isinstance(sort, s.FloatSort):
            return _float_type(sort)
        if isinstance(sort, s.BitsSort):
            return _bits_type(sort)
        return "np.float64" if sort in (s.REAL, s.EREAL) else "bool" if sort is s.BOOL else "int"

    def relation(self, name: str) -> str:
        carrier = self.env.carriers.get(name)
        if not isinstance(carrier, Scalars) or len(carrier.equal) > 8:
            raise Unsupported(f"the == of {name} as a table")
        return f"np.array({carrier.equal.astype(int).tolist()})"

    # -- terms --

    def term(self, root: Term) -> str:
        """Bottom-up over the closed term; binders are opened with variables that carry their Python name."""
        memo: dict[Term, str] = {}
        stack = [root]
        opened: dict[Term, tuple[Term, ...]] = {}
        while stack:
            t = stack[-1]
            if t in memo:
                stack.pop()
                continue
            if t not in opened:
                opened[t] = self._open(t)
            missing = [a for a in opened[t] if a not in memo]
            if missing:
                stack += missing
                continue
            memo[t] = self._print(t, opened[t], [memo[a] for a in opened[t]])
            if len(memo[t]) > _LONGEST:
                raise Unsupported("the line of NumPy would be too long")
            stack.pop()
        return memo[root]

    def _open(self, t: Term) -> tuple[Term, ...]:
        if t.op not in BIG and t.op != "lam":
            return t.args
        self.names += 1
        while f"k{self.names}" in self.taken:
            self.names += 1
        x = var(f"k{self.names}!", t.dom.sort)
        k = DOM_ARGS[t.dom.kind]
        return (*t.args[:k], *[open_with(a, x) for a in t.args[k:]], x)

    def _print(self, t: Term, args: tuple[Term, ...], texts: list[str]) -> str:
        if t.op in BIG or t.op == "lam":
            return self._binder(t, texts)
        if t.op == "var":
            self.used.add(t.name)
            return identifier(t.name.rstrip("!"))
        if t.op == "lit":
            return self._literal(t)
        if t.op == "at":
            return self._read(args, texts)
        if t.op in ("and", "or"):
            return "(" + f" {t.op} ".join(texts) + ")"
        if t.op == "implies":
            return f"(not {texts[0]} or {texts[1]})"
        if t.op == "ite":
            return f"({texts[1]} if {texts[0]} else {texts[2]})"
        if t.op == "pow":
            return f"{texts[0]} ** {t.data}"
        return self._call(t, texts)

    def _call(self, t: Term, texts: list[str]) -> str:
        if t.op == "peq" and isinstance(t.args[0].sort, s.ElemSort) and t.args[0].sort.element_class == "scalar":
            name = t.args[0].sort.name
            self.relations.add(name)
            return f"eq_{name}[{texts[0]}, {texts[1]}]"
        if t.op in WORDS and isinstance(t.args[0].sort, s.BitsSort):
            return _word(t, texts, t.args[0].sort)
        if t.op == "div":
            return f"({texts[0]} / {texts[1]})"
        if t.op in INFIX:
            return f"({texts[0]} {INFIX[t.op]} {texts[1]})"
        if t.op in PREFIX:
            return f"({PREFIX[t.op]}{texts[0]})"
        if t.op in ("min", "max"):
            if isinstance(t.sort, s.FloatSort):
                self.helpers.add(f"f{t.op}")
                return f"f{t.op}({texts[0]}, {texts[1]})"
            return f"{t.op}({texts[0]}, {texts[1]})"
        if t.op == "fn" and t.name != "erf" and not isinstance(t.sort, s.FloatSort):
            return f"np.{FUNCTIONS.get(t.name, t.name)}({texts[0]})"
        if t.op == "rint":
            return f"np.{'rint' if t.name == 'even' else t.name}({texts[0]})"
        if t.op in CALLS:
            return f"{CALLS[t.op]}({texts[0]})"
        if t.op == "iszero":
            return f"({texts[0]} == 0)"
        if t.op == "round":
            return f"np.float64({_float_type(s.FLOATS[t.name])}({texts[0]}))"
        if t.op == "cast":
            kind = self._type(t.sort)
            return f"{kind}({texts[0]})" if not isinstance(t.sort, s.ElemSort) else texts[0]
        raise Unsupported(f"NumPy has no {t.op}")

    def _literal(self, t: Term) -> str:
        value: Any = t.data
        if isinstance(t.sort, s.FloatSort):
            return f"{_float_type(t.sort)}({_number(python_float(value, t.sort))})"
        if isinstance(t.sort, s.BitsSort):
            return f"{_bits_type(t.sort)}({self._element(value, t.sort)})"
        if isinstance(value, str):
            return _number(float(value))
        if isinstance(value, Fraction):
            return str(value) if value.denominator == 1 and value >= 0 else f"({value})"
        return f"({value})" if isinstance(value, int) and value < 0 else str(value)

    def _read(self, args: tuple[Term, ...], texts: list[str]) -> str:
        head, index = texts
        star = "*" if s.is_index_map(args[1].sort) else ""
        if args[0].op == "at" and head.endswith("]"):
            return f"{head[:-1]}, {star}{index}]"
        if args[0].op not in ("var", "at", "lam"):
            raise Unsupported(f"NumPy text of a read of {args[0].op}")
        return f"{head}[{star}{index}]"

    def _domain(self, t: Term, texts: list[str]) -> str:
        kind, sort = t.dom.kind, t.dom.sort
        if kind == "range":
            return f"range({texts[1]})" if texts[0] == "0" else f"range({texts[0]}, {texts[1]})"
        if kind == "box":
            return f"np.ndindex(*{texts[0]})"
        if kind == "axes" and isinstance(sort, s.AxisSort):
            return f"range({self.env.rank(sort.group)})"
        raise Unsupported(f"NumPy text of a domain of kind {kind}")

    def _binder(self, t: Term, texts: list[str]) -> str:
        x = texts.pop()
        loop = f"for {x} in {self._domain(t, texts)}"
        if t.op == "lam":
            if t.dom.kind == "axes":
                return f"tuple({texts[-1]} {loop})"
            return f"np.array([{texts[-1]} {loop}])"
        where = "" if texts[-2] == "True" else f" if {texts[-2]}"
        if t.op == "count":
            return f"sum(bool({texts[-1]}) {loop}{where})"
        inner = f"{texts[-1]} {loop}{where}"
        if t.op == "prod":
            return f"np.prod([{inner}])"
        if t.op in ("bigmax", "bigmin") and t.sort is s.EREAL:
            return f"{REDUCTIONS[t.op]}([{inner}], default={'-' if t.op == 'bigmax' else ''}np.inf)"
        return f"{REDUCTIONS[t.op]}({inner})"

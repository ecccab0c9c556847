"""The operations of terms as SMT-LIB: one line each.

An entry is what stands before the arguments: ``fp.add RNE`` prints ``(fp.add RNE a b)``.  In it ``{e}``, ``{s}``, ``{w}``
are the exponent, significand and bit widths of the result, ``{d}`` by how many bits it is wider than the argument,
``{n}`` the payload (a function's name, an exponent), ``{m}`` the rounding mode that it is, ``{k}`` the argument's sort as
a part of a name.

A head that starts with ``?`` is a function that the script defines (see ``DEFINED``) or, without a definition, declares
as an uninterpreted one.  What is in no table is unsupported.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ANY: Final[Mapping[str, str]] = {
    "eq": "=",
    "ite": "ite",
    "peq": "=",
}

BOOL: Final[Mapping[str, str]] = {
    "and": "and",
    "or": "or",
    "not": "not",
    "implies": "=>",
}

_ARITHMETIC: Final[Mapping[str, str]] = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "neg": "-",
    "lt": "<",
    "le": "<=",
    "abs": "?abs.{k}",
    "min": "?min.{k}",
    "max": "?max.{k}",
    "pow": "?pow.{k}.{n}",
}

INT: Final[Mapping[str, str]] = {
    **_ARITHMETIC,
    "idiv": "?div",
    "imod": "?mod",
    "cast:real": "to_real",
    "cast:int": "",
    "cast:ring": "?ring.{r}",
    "cast:float": "?float.int.{e}.{s}",
    "cast:bits": "(_ int2bv {w})",
}

REAL: Final[Mapping[str, str]] = {
    **_ARITHMETIC,
    "div": "/",
    "floor": "to_int",
    "cast:float": "(_ to_fp {e} {s}) RNE",
    # not functions of any SMT theory: symbols, constrained by lemmas only
    "fn": "?{n}.{k}",
    "sqrt": "?sqrt.{k}",
    "round": "?round.{n}",
}

FLOAT: Final[Mapping[str, str]] = {
    "add": "fp.add RNE",
    "sub": "fp.sub RNE",
    "mul": "fp.mul RNE",
    "div": "fp.div RNE",
    "neg": "fp.neg",
    "fma": "fp.fma RNE",
    "sqrt": "fp.sqrt RNE",
    "rint": "fp.roundToIntegral {m}",
    "abs": "fp.abs",
    "min": "?min.{k}",
    "max": "?max.{k}",
    "lt": "fp.lt",
    "le": "fp.leq",
    "peq": "fp.eq",
    "isnan": "fp.isNaN",
    "isinf": "fp.isInfinite",
    "isfinite": "?isfinite.{k}",
    "iszero": "fp.isZero",
    "isneg": "fp.isNegative",
    "isnormal": "fp.isNormal",
    "issubnormal": "fp.isSubnormal",
    "fits": "?fits.{n}.{k}",
    "cast:real": "fp.to_real",
    "cast:float": "(_ to_fp {e} {s}) RNE",
    "cast:bits": "(_ fp.to_sbv {w}) RTZ",
    "fn": "?{n}.{k}",
}

ROUNDING: Final[Mapping[str, str]] = {"floor": "RTN", "ceil": "RTP", "trunc": "RTZ", "even": "RNE"}
"""The rounding modes of ``rint``."""

BITS: Final[Mapping[str, str]] = {
    "add": "bvadd",
    "sub": "bvsub",
    "mul": "bvmul",
    "neg": "bvneg",
    "div": "bvsdiv",
    "rem": "bvsrem",
    "abs": "?abs.{k}",
    "min": "?min.{k}",
    "max": "?max.{k}",
    "lt": "bvslt",
    "le": "bvsle",
    "ult": "bvult",
    "ule": "bvule",
    "band": "bvand",
    "bor": "bvor",
    "bxor": "bvxor",
    "bnot": "bvnot",
    "shl": "bvshl",
    "lshr": "bvlshr",
    "ashr": "bvashr",
    "udiv": "bvudiv",
    "urem": "bvurem",
    "zext": "(_ zero_extend {d})",
    "extend": "(_ sign_extend {d})",  # a cast to more bits
    "truncate": "(_ extract {top} 0)",  # a cast to fewer
    "cast:int": "?int.{k}",
    "cast:float": "(_ to_fp {e} {s}) RNE",  # of a bit vector: its signed value
}

RING: Final[Mapping[str, str]] = {
    "add": "?add.{k}",
    "sub": "?sub.{k}",
    "mul": "?mul.{k}",
    "neg": "?neg.{k}",
    "pow": "?pow.{k}.{n}",
    "peq": "?peq.{k}",
}

SCALAR: Final[Mapping[str, str]] = {
    "peq": "?peq.{k}",
}

KINDS: Final[Mapping[str, Mapping[str, str]]] = {
    "bool": BOOL,
    "int": INT,
    "real": REAL,
    "float": FLOAT,
    "bits": BITS,
    "ring": RING,
    "scalar": SCALAR,
    "axis": {},
}
"""By the sort of the arguments; ``ANY`` comes second."""

_ORDERS: Final[Mapping[str, tuple[str, str, str]]] = {
    # kind: less, at most, the literal zero
    "int": ("<", "<=", "0"),
    "real": ("<", "<=", "0.0"),
    "bits": ("bvslt", "bvsle", "(_ bv0 {w0})"),
}
_MINUS: Final[Mapping[str, str]] = {"int": "-", "real": "-", "bits": "bvneg"}

_NAN_FIRST: Final = "(ite (fp.isNaN a) a (ite (fp.isNaN b) b (ite (fp.lt {0}) a (ite (fp.lt {1}) b "

DEFINED: Final[Mapping[tuple[str, str], str]] = {
    # (operation, kind): the body, of one argument a or two, a and b, all of one sort
    # division that rounds down; the remainder of SMT-LIB's div is never negative
    ("idiv", "int"): "(ite (< b 0) (div (- a) (- b)) (div a b))",
    ("imod", "int"): "(ite (< b 0) (- (mod (- a) (- b))) (mod a b))",
    # IEEE 754-2019, 9.6: minimum and maximum propagate NaN and order -0 below +0
    ("min", "float"): _NAN_FIRST.format("a b", "b a") + "(ite (fp.isNegative a) a b)))))",
    ("max", "float"): _NAN_FIRST.format("b a", "a b") + "(ite (fp.isNegative a) b a)))))",
    ("isfinite", "float"): "(not (or (fp.isNaN a) (fp.isInfinite a)))",
    ("fits", "float"): "(and (fp.leq {lo} a) (fp.leq a {hi}))",
    ("cast:float", "int"): "((_ to_fp {e} {s}) RNE (to_real a))",
    ("cast:int", "bits"): "(ite (bvslt a (_ bv0 {w0})) (- (bv2nat a) {two_w}) (bv2nat a))",
    **{("abs", k): f"(ite ({lt} a {zero}) ({_MINUS[k]} a) a)" for k, (lt, _, zero) in _ORDERS.items()},
    **{("min", k): f"(ite ({le} a b) a b)" for k, (_, le, _) in _ORDERS.items()},
    **{("max", k): f"(ite ({le} a b) b a)" for k, (_, le, _) in _ORDERS.items()},
}

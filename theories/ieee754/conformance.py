"""The reference against a runtime, bit for bit: evidence for (or against) an axiom that equates the two.

float16, float32 and float64 run on NumPy, bfloat16 on ml_dtypes, and ``fma`` (which neither has) on the C library.
NaNs are compared as one value.  A mismatch is reported, never explained away.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Final

import ml_dtypes
import numpy as np

from ..terms.sorts import BFLOAT16, FLOAT16, FLOAT32, FLOAT64, FLOATS
from . import formats as f
from .formats import Format
from .reference import OPERATIONS, convert, from_integer
from .sampling import corner_tuples, random_tuples

Array = np.ndarray[Any, np.dtype[Any]]
_DTYPES: Final[dict[Format, Any]] = {
    FLOAT16: np.dtype(np.float16),
    BFLOAT16: np.dtype(ml_dtypes.bfloat16),
    FLOAT32: np.dtype(np.float32),
    FLOAT64: np.dtype(np.float64),
}
_WORDS: Final[dict[int, Any]] = {16: np.uint16, 32: np.uint32, 64: np.uint64}
_KEPT: Final = 100  # examples that a report holds


class NoRuntime(ValueError):
    """No runtime on this machine has the operation in the format."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Operands on which a runtime differs from the reference; everything as bit patterns (Booleans as 0 and 1)."""

    operands: tuple[int, ...]
    runtime: int
    reference: int


@dataclass(frozen=True, slots=True)
class Conformance:
    """A comparison: on how many inputs, how many differed, and the first few that did."""

    operation: str
    format: str
    runtime: str
    inputs: int
    mismatches: int
    examples: tuple[Mismatch, ...] = ()


def operations(fmt: Format) -> tuple[str, ...]:
    """The operations that :func:`conformance` can compare in that format."""
    fused = fmt in (FLOAT32, FLOAT64)
    within = [name for name in OPERATIONS if name != "fma" or fused]
    others = [g.text for g in FLOATS.values() if g is not fmt]
    return (*within, *[f"to_{g}" for g in others], *[f"of_int{w}" for w in (16, 32, 64)])


def conformance(op: str, fmt: Format, pairs: int = 100_000, seed: int = 0) -> Conformance:
    """Compare ``op`` of ``fmt`` with this machine's runtime on all tuples of corner values and ``pairs`` random ones.

    ``op`` is a name of :data:`~.reference.OPERATIONS`, ``to_FORMAT`` (a conversion out of ``fmt``), ``of_FORMAT`` (a
    conversion into it) or ``of_intW`` (from a signed integer of W bits).  Operations of one operand on a 16-bit format
    are compared on every bit pattern instead.  Raises NoRuntime when there is nothing to compare with.
    """
    prefix, _, other = op.partition("_")
    if prefix == "of" and other.startswith("int"):
        return _from_integers(op, fmt, int(other[3:]), pairs, seed)
    if prefix == "of" and other in FLOATS:
        found = conformance(f"to_{fmt.text}", FLOATS[other], pairs, seed)
        return Conformance(op, fmt.text, found.runtime, found.inputs, found.mismatches, found.examples)
    if prefix == "to" and other in FLOATS:
        target = FLOATS[other]
        return _compare(op, fmt, target, 1, partial(convert, fmt, target), pairs, seed)
    known = OPERATIONS.get(op)
    if known is None:
        raise NoRuntime(f"no operation is called {op}")
    result = None if known.boolean else fmt
    return _compare(op, fmt, result, known.arity, partial(known.reference, fmt), pairs, seed)


def _compare(
    op: str,
    fmt: Format,
    result: Format | None,
    arity: int,
    reference: Callable[..., int | bool],
    pairs: int,
    seed: int,
) -> Conformance:
    run = _runtime(op, fmt)
    operands = _operands(fmt, arity, pairs, seed)
    columns = [np.array(column, dtype=_WORDS[fmt.width]).view(_DTYPES[fmt]) for column in zip(*operands, strict=True)]
    with np.errstate(all="ignore"):
        got = run(*columns)
    return _report(op, fmt, _name(op, fmt), operands, _patterns(got, result), [reference(*x) for x in operands])


@lru_cache(2)
def _operands(fmt: Format, arity: int, pairs: int, seed: int) -> list[tuple[int, ...]]:
    if arity == 1 and fmt.width <= 16:
        return [(a,) for a in range(1 << fmt.width)]
    return [*corner_tuples(fmt, arity), *random_tuples(fmt, arity, pairs, seed)]


def _from_integers(op: str, fmt: Format, width: int, pairs: int, seed: int) -> Conformance:
    if fmt not in _DTYPES or width not in _WORDS:
        raise NoRuntime(f"no runtime converts int{width} to {fmt.text}")
    edge = 1 << (width - 1)
    tops = [1 << k for k in range(width - 1)]
    values = [0, edge - 1, -edge, *tops, *[t + 1 for t in tops], *[t - 1 for t in tops], *[-t - 1 for t in tops]]
    # Shifted right by a random amount, so that every magnitude is as common as the next.
    rng = np.random.default_rng(seed)
    raw = rng.integers(-edge, edge, size=pairs, dtype=np.int64) >> rng.integers(0, width, size=pairs)
    values += [int(x) for x in raw]
    # Half an ulp beside a power of two, and a last bit besides.
    half = [t + (t >> fmt.significand) for t in tops]
    values += [*half, *[h + 1 for h in half if h + 1 < edge], *[-h - 1 for h in half]]
    with np.errstate(all="ignore"):
        got = np.array(values, dtype=f"int{width}").astype(_DTYPES[fmt])
    expected = [from_integer(fmt, x) for x in values]
    return _report(op, fmt, _name(op, fmt), [(x,) for x in values], _patterns(got, fmt), expected)


def _report(
    op: str,
    fmt: Format,
    runtime: str,
    operands: Sequence[tuple[int, ...]],
    got: Sequence[int],
    expected: Sequence[int | bool],
) -> Conformance:
    wrong = [Mismatch(x, g, int(e)) for x, g, e in zip(operands, got, expected, strict=True) if g != e]
    return Conformance(op, fmt.text, runtime, len(operands), len(wrong), tuple(wrong[:_KEPT]))


def _patterns(array: Array, fmt: Format | None) -> list[int]:
    """The elements as bit patterns with one NaN, or as 0 and 1."""
    if fmt is None:
        return array.astype(np.uint8).tolist()
    if array.dtype != _DTYPES[fmt]:
        raise NoRuntime(f"the runtime gives {array.dtype} where {fmt.text} is expected")
    words: list[int] = array.view(_WORDS[fmt.width]).tolist()
    return [f.canonical(fmt, x) for x in words]


# -- runtimes --------------------------------------------------------------------------------------------------------


def _is_zero(a: Array) -> Array:
    return np.equal(a, 0)


def _is_negative(a: Array) -> Array:
    return np.signbit(a) & ~np.isnan(a)


def _is_normal(a: Array) -> Array:
    return np.isfinite(a) & (np.abs(a) >= _smallest_normal(a))


def _is_subnormal(a: Array) -> Array:
    return np.not_equal(a, 0) & (np.abs(a) < _smallest_normal(a))


def _smallest_normal(a: Array) -> Any:
    finfo: Any = ml_dtypes.finfo  # knows bfloat16, which np.finfo does not
    return finfo(a.dtype).smallest_normal


_UFUNCS: Final[dict[str, Callable[..., Array]]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "sqrt": np.sqrt,
    "floor": np.floor,
    "ceil": np.ceil,
    "trunc": np.trunc,
    "roundeven": np.rint,
    "neg": np.negative,
    "abs": np.abs,
    "min": np.minimum,
    "max": np.maximum,
    "eq": np.equal,
    "lt": np.less,
    "le": np.less_equal,
    "isnan": np.isnan,
    "isinf": np.isinf,
    "isfinite": np.isfinite,
    "iszero": _is_zero,
    "isneg": _is_negative,
    "isnormal": _is_normal,
    "issubnormal": _is_subnormal,
}


def _runtime(op: str, fmt: Format) -> Callable[..., Array]:
    if fmt not in _DTYPES:
        raise NoRuntime(f"no runtime has {fmt.text}")
    if op == "fma":
        return _fused(fmt)
    if op.startswith("to_"):
        target = _DTYPES[FLOATS[op[3:]]]

        def cast(a: Array) -> Array:
            return a.astype(target)

        return cast
    return _UFUNCS[op]


def _fused(fmt: Format) -> Callable[..., Array]:
    names = {FLOAT32: ("fmaf", ctypes.c_float), FLOAT64: ("fma", ctypes.c_double)}
    path = ctypes.util.find_library("m")
    if fmt not in names or path is None:
        raise NoRuntime(f"no runtime has fma in {fmt.text}")
    name, kind = names[fmt]
    function = getattr(ctypes.CDLL(path), name)
    function.restype = kind
    function.argtypes = [kind] * 3

    def run(a: Array, b: Array, c: Array) -> Array:
        values = [function(x, y, z) for x, y, z in zip(a.tolist(), b.tolist(), c.tolist(), strict=True)]
        return np.array(values, dtype=_DTYPES[fmt])

    return run


def _name(op: str, fmt: Format) -> str:
    if op == "fma":
        return "C library"
    if fmt is BFLOAT16 or op == "to_bfloat16":
        return f"ml_dtypes {ml_dtypes.__version__}"
    return f"numpy {np.__version__}"

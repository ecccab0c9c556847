"""Constants of one graph that stand for expressions of constants of the other, up to rounding.

The two sides of a step are affine in their data.  Where a coefficient of the second side is one element of a constant that
the first graph does not have, that constant is *defined* by the coefficient of the first side; every other coefficient must
be the same.  So there is a graph, equal to the first over the reals, that differs from the second in those constants alone;
and each of their elements must lie within the running error bound of the expression that defines it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from ....encoders.arrays.machine import kernel
from ....ir import dims
from ....ir.dtypes import BFLOAT16, DOUBLE, FLOAT, FLOAT16, DType, Reading
from ....ir.graph import Ref
from ....ir.params import ParamStore, Payload
from ....ir.tensors import Tensor
from ....theories.errors import Unsupported
from ....theories.normal.beta import beta, strip
from ....theories.normal.ring import Normalizer
from ....theories.running_error import magnitude
from ....theories.terms import build as b
from ....theories.terms.binders import fresh, substitute, var
from ....theories.terms.sorts import INT, FloatSort, uncurry
from ....theories.terms.term import BIG, Term, free_vars, postorder
from ...goals.footprint import is_scalar
from ...results import ALL, Readings
from ..execute import Array, enters
from .coefficients import Coefficients, Key, NotAffine, coefficients
from .pairs import Step
from .records import FoldedConstant

ROUNDOFF = {FLOAT: 2.0**-24, DOUBLE: 2.0**-53, FLOAT16: 2.0**-11, BFLOAT16: 2.0**-8}
Payloads = Mapping[str, tuple[str, ParamStore]]


def replaced_constants(step: Step, foreign: Mapping[str, Ref], payloads: Payloads) -> tuple[FoldedConstant, ...] | str:
    """The constants of the second side with their errors, or the reason why the step is not shown."""
    if step.left.reading is not Reading.REAL:
        return "constants are compared over the reals only"
    at = [fresh("i", INT) for _ in step.left.shape]
    extents = dict(zip(at, step.left.shape, strict=True))
    try:
        left, right = (
            coefficients(strip(beta(b.at(t.lam(), *at), ranges=False)), payloads) for t in (step.left, step.right)
        )
    except NotAffine as error:
        return f"not affine: {error}"
    except Unsupported as error:
        return str(error)
    return _Comparison(left, right, extents, foreign, payloads).run()


def computed_constant(
    name: str, store: ParamStore, exact: Tensor, real: Tensor, payloads: Payloads
) -> tuple[str, Readings, tuple[FoldedConstant, ...]] | str:
    """A constant against an expression of constants: how it equals it and in which readings, or the reason why not.

    ``exact`` and ``real`` are the expression in the IEEE and a real reading.  Where elements are only moved, or are integers,
    equal elements are equal in every reading; where they are computed with, the constant is one up to rounding.
    """
    payload = store[name]
    term = beta(exact.lam(), ranges=False)
    if any(v not in payloads for v in free_vars(term)):
        return f"what {name} stands for depends on sizes"
    if is_scalar([strip(term)]) or not any(isinstance(uncurry(t.sort)[1], FloatSort) for t in postorder([term])):
        same = all(_elements_are(payload, t, payloads) for t in (exact, real))
        return ("computed", ALL, ()) if same else f"{name} is not what it stands for"
    if not payload.dtype.is_float:
        return f"{name} is made of numbers that may be rounded"
    at = [fresh("i", INT) for _ in real.shape]
    body = strip(beta(b.at(real.lam(), *at), ranges=False))
    value, bound = _tabulated([body, magnitude(body)], list(zip(at, real.shape, strict=True)), payloads)
    found = judged(name, payload.array, payload.dtype, value, bound, _depth(body))
    return found if isinstance(found, str) else ("constants", frozenset({real.reading.value}), (found,))


class _Comparison:
    def __init__(
        self,
        left: Coefficients,
        right: Coefficients,
        extents: Mapping[Term, Term],
        foreign: Mapping[str, Ref],
        payloads: Payloads,
    ) -> None:
        self.left = left
        self.right = right
        self.extents = extents
        self.foreign = foreign
        self.payloads = payloads
        self.defined: dict[str, Term] = {}  # foreign constant -> what it stands for, over its indices e0, e1, ...

    def run(self) -> tuple[FoldedConstant, ...] | str:
        """Every coefficient compared."""
        zero = b.rational(0)
        for key in {**self.left, **self.right}:
            ours, theirs = self.left.get(key, zero), self.right.get(key, zero)
            if not any(name in self.foreign for name in free_vars(theirs)):
                if not Normalizer().poly(b.sub(ours, theirs)).zero:
                    return f"different coefficients of {self._words(key)}"
                continue
            problem = self._define(key, ours, theirs)
            if problem is not None:
                return problem
        found: list[FoldedConstant] = []
        for name in self.foreign:
            if name not in self.defined:
                return f"{self.payloads[name][0]} is used in no coefficient"
            result = self._compared(name)
            if isinstance(result, str):
                return result
            found.append(result)
        return tuple(found)

    def _define(self, key: Key, ours: Term, theirs: Term) -> str | None:
        """Let a foreign constant be what makes two coefficients equal; the reason if that is not possible."""
        sole = Normalizer().poly(theirs).sole()
        if sole is None or sole[0].guards or len(sole[0].powers) != 1 or sole[0].powers[0][1] != 1:
            return f"a coefficient of {self._words(key)} is no element of a constant"
        name, indices = _element(sole[0].powers[0][0])
        if name not in self.foreign:
            return f"a coefficient of {self._words(key)} is no element of a constant"
        label, store = self.payloads[name]
        ranges = {**self.extents, **{var(f"b{k}", INT): high for k, (_, high) in enumerate(key.ranges)}}
        if any(low is not b.ZERO for low, _ in key.ranges):
            return "a sum that does not start at 0"
        shape = store[label].array.shape
        if len(shape) != len(indices):
            return f"{label} is not read element by element"
        # An axis of size 1 is read at 0.
        axes = [(k, i) for k, i in enumerate(indices) if not (i is b.ZERO and shape[k] == 1)]
        named = [i for _, i in axes]
        if len(set(named)) != len(named) or any(i not in ranges for i in named):
            return f"{label} is not read element by element"
        if not {v for v in free_vars(ours).values() if v in ranges} <= set(named):
            return f"what {label} stands for depends on more than its index"
        if any(n not in self.payloads and v not in ranges for n, v in free_vars(ours).items()):
            return f"what {label} stands for depends on sizes"
        if any(dims.literal(ranges[i]) != shape[k] for k, i in axes):
            return f"{label} is read in part only"
        value = b.mul(ours, b.rational(1 / Fraction(sole[1])))
        expression = Normalizer().term(substitute(value, {i: var(f"e{k}", INT) for k, i in axes}))
        if self.defined.setdefault(name, expression) is not expression:
            return f"{label} stands for two expressions"
        return None

    def _compared(self, name: str) -> FoldedConstant | str:
        label, store = self.payloads[name]
        payload, ours = store[label], self.defined[name]
        indices = [(var(f"e{k}", INT), b.integer(n)) for k, n in enumerate(payload.array.shape)]
        value, bound = _tabulated([ours, magnitude(ours)], indices, self.payloads)
        return judged(label, payload.array, payload.dtype, value, bound, _depth(ours))

    @staticmethod
    def _words(key: Key) -> str:
        return "the constant term" if not key.data else ", ".join(repr(t) for t in key.data)


def _elements_are(payload: Payload, t: Tensor, payloads: Payloads) -> bool:
    """Whether the elements of a payload are those of a tensor, computed exactly: moved, or integers."""
    term = beta(t.lam(), ranges=False)
    (value,) = kernel([term])(_arrays([term], payloads, t.reading), {})
    wanted = enters(payload.array, payload.dtype, t.reading)
    return value.dtype == wanted.dtype and value.shape == wanted.shape and value.tobytes() == wanted.tobytes()


def _tabulated(terms: Sequence[Term], indices: Sequence[tuple[Term, Term]], payloads: Payloads) -> list[Array]:
    """Real terms over constants at every index, in float64."""
    closed: list[Term] = []
    for t in terms:
        for x, n in reversed(indices):
            t = b.lam_over(b.below(n), x, t)
        closed.append(t)
    return list(kernel(closed)(_arrays(closed, payloads, Reading.REAL), {}))


def _arrays(terms: Sequence[Term], payloads: Payloads, reading: Reading) -> dict[str, Array]:
    arrays: dict[str, Array] = {}
    for name in free_vars(*terms):
        if name in payloads:
            label, store = payloads[name]
            arrays[name] = enters(store[label].array, store[label].dtype, reading)
    return arrays


def _depth(t: Term) -> int:
    """How often an element may be rounded in a sum: the size of the largest one."""
    return max([1, *[dims.literal(u.dom_args[1]) or 1 for u in postorder([t]) if u.op in BIG]])


def judged(
    name: str, array: Array, dtype: DType, value: Array, magnitudes: Array, depth: int = 1
) -> FoldedConstant | str:
    """A constant against the exact value and sum of magnitudes of what it stands for, in float64 both.

    The bound is ``u * depth * magnitude`` of the constant's format; the error that float64 makes itself is charged against it.
    """
    u = ROUNDOFF[dtype]
    given = array.astype(np.float64)
    noise = ROUNDOFF[DOUBLE] * depth * magnitudes
    bound = u * depth * magnitudes
    error = np.abs(given - value) + noise
    if not np.all(np.isfinite(error)) or not np.all(error <= bound):
        return f"{name} is not within rounding of what it stands for"
    if not given.size:
        return FoldedConstant(name, 0.0, 0.0, 0.0)
    ratio = np.divide(error, bound, out=np.zeros_like(error), where=bound > 0)
    worst = int(np.argmax(ratio))
    return FoldedConstant(name, float(error.flat[worst]), float(bound.flat[worst]), float(ratio.flat[worst]))


def _element(t: Term) -> tuple[str, list[Term]]:
    indices: list[Term] = []
    while t.op == "at":
        indices.append(t.args[1])
        t = t.args[0]
    return (t.name if t.op == "var" else ""), indices[::-1]

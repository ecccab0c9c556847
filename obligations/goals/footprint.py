"""The element class of a goal, computed from what the goal says.

``scalar``: elements are only moved, and selected by conditions on indices or Booleans, so the proof holds whatever the
element type.  ``ring``: an equation between integer polynomials in the elements, under hypotheses that do not mention
elements; valid over ℤ or ℝ for all values, it is an identity of polynomials (both are infinite domains), hence holds in
every commutative ring.  Anything else holds in the element type that it names.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...theories.terms.sorts import BOOL, EREAL, INT, REAL, BitsSort, ElemSort, FloatSort, Sort, uncurry
from ...theories.terms.term import BIG, Term, postorder
from ..results import ALL, READINGS, RING, Readings

_RING_OPS = frozenset({"add", "sub", "mul", "neg", "pow", "sum", "prod"})
_FORMATS = {"float16": "f16", "bfloat16": "bf16", "float32": "f32", "float64": "f64"}


def is_element(sort: Sort) -> bool:
    """Whether values of ``sort`` are tensor elements (rather than indices, sizes or truth values)."""
    return sort in (REAL, EREAL) or isinstance(sort, FloatSort | BitsSort | ElemSort)


def mentions_elements(t: Term) -> bool:
    """Whether an element occurs in ``t``."""
    return any(is_element(x.sort) for x in postorder([t]))


def is_scalar(terms: Iterable[Term]) -> bool:
    """Whether elements are only moved and compared for identity."""
    for t in postorder(terms):
        if is_element(t.sort) and t.op not in ("at", "var", "bound", "ite", "lam"):
            return False
        if (
            t.sort in (BOOL, INT)
            and any(is_element(a.sort) for a in t.args)
            and t.op not in ("at", "eq", *_quantifiers())
        ):
            return False
    return True


def _quantifiers() -> tuple[str, ...]:
    return ("forall", "exists")


def is_ring_identity(conclusion: Term, hypotheses: Iterable[Term]) -> bool:
    """Whether the goal is an equation of integer polynomials under hypotheses on indices only."""
    if any(mentions_elements(h) for h in hypotheses):
        return False
    return _positive_equations(conclusion)


def _positive_equations(root: Term) -> bool:
    """Whether elements occur only in equations that stand positively, without existential choice."""
    stack = [root]
    while stack:
        t = stack.pop()
        if not mentions_elements(t):
            continue
        if t.op in ("and", "or"):
            stack.extend(t.args)
        elif t.op == "implies":
            if mentions_elements(t.args[0]):
                return False
            stack.append(t.args[1])
        elif t.op == "ite":
            if mentions_elements(t.args[0]):
                return False
            stack.extend(t.args[1:])
        elif t.op == "forall":
            if any(mentions_elements(a) for a in t.args[:-1]) or is_element(t.dom.sort):
                return False
            stack.append(t.body)
        elif t.op != "eq" or not all(_polynomial(a) for a in t.args):
            return False
    return True


def _polynomial(root: Term) -> bool:
    for t in postorder([root]):
        if not is_element(t.sort):
            if any(is_element(a.sort) for a in t.args):
                return False
            continue
        if t.op in BIG and (t.op not in _RING_OPS or mentions_elements(t.filter)):
            return False
        if t.op == "lit":
            if t.sort is not REAL and not isinstance(t.sort, ElemSort):
                return False
            if t.sort is REAL and getattr(t.data, "denominator", 0) != 1:
                return False
        elif t.op == "cast":
            if t.args[0].sort is not INT:
                return False
        elif t.op == "ite":
            if mentions_elements(t.args[0]):
                return False
        elif t.op == "at":
            if is_element(t.args[1].sort):
                return False
        elif t.op not in _RING_OPS and t.op not in ("var", "bound"):
            return False
        if t.sort is EREAL or isinstance(t.sort, FloatSort | BitsSort):
            return False
    return True


def readings(conclusion: Term, hypotheses: Iterable[Term]) -> Readings:
    """The readings in which a proof of ``hypotheses ⊢ conclusion`` holds."""
    premises = list(hypotheses)
    everything = [conclusion, *premises]
    if is_scalar(everything):
        return ALL
    if is_ring_identity(conclusion, premises):
        return RING
    return own_readings(everything)


def own_readings(terms: Iterable[Term]) -> Readings:
    """The readings that the element types of ``terms`` name."""
    out: set[str] = set()
    for t in postorder(terms):
        _, sort = uncurry(t.sort)
        if isinstance(sort, FloatSort):
            out.add(_FORMATS[sort.text])
        elif isinstance(sort, BitsSort):
            out.add(f"bv{sort.width}")
        elif sort is REAL:
            out.add("real")
        elif sort is EREAL:
            out.add("ereal")
    if "ereal" in out:
        out.discard("real")
    return frozenset(out & set(READINGS))

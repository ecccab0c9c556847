"""Types: the sort, dimensions and range of what is declared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ....theories.terms import build as b
from ....theories.terms.build import Domain
from ....theories.terms.sorts import BOOL, EREAL, FLOATS, INT, REAL, AxisSort, FnSort, Sort, bits, fn_sort
from ....theories.terms.term import Term
from ..ast import BaseType, BitsType, Dimension, Expr, FunctionType, IndexType, Name, TensorType, TupleType, TypeExpr
from ..diagnostics import BadParameter, NotSupported, UnknownType, WrongGroup, WrongType, nearest
from .core import Elab
from .sizes import axes_of
from .values import Val, is_axis_map

SORTS: Final[dict[str, Sort]] = {
    "int": INT,
    "nat": INT,
    "size": INT,
    "bool": BOOL,
    "real": REAL,
    "ereal": EREAL,
    **FLOATS,
}
CLASSES: Final = ("scalar", "ring", "float")
"""The classes of type variables."""
KINDS: Final = (*CLASSES, "axes", "runtime")
"""What stands in the place of a type without being one."""
NATURALS: Final = ("nat", "size")


@dataclass(frozen=True, slots=True)
class Shape:
    """A type: dimensions, sort of elements, and where integer values lie; or the fields of a tuple."""

    dims: tuple[Domain, ...]
    elem: Sort
    result: Domain | None = None
    fields: tuple[tuple[str, Shape], ...] = ()
    valid: tuple[Term, ...] = ()

    @property
    def sort(self) -> Sort:
        """The sort of a term of this type."""
        return fn_sort([dom.sort for dom, _ in self.dims], self.elem)


def base_sort(elab: Elab, t: BaseType) -> Sort:
    """The sort that a name of a type stands for."""
    if t.name in SORTS:
        return SORTS[t.name]
    if t.name in elab.scope.types:
        return elab.scope.types[t.name]
    if t.name in elab.scope.groups:
        return b.s.axis(axes_name(elab, t))
    if t.name in KINDS:
        raise UnknownType(f"{t.name} is a class, not a type", t.span, hint=f"declare a variable: {{T : {t.name}}}")
    hint = nearest(t.name, [*SORTS, *elab.scope.types])
    raise UnknownType(f"unknown type `{t.name[:60]}`", t.span, hint=hint)


def axes_name(elab: Elab, t: BaseType | Dimension) -> str:
    """The axes group that a name stands for."""
    name = t.name if isinstance(t, BaseType) else t.group or ""
    group = elab.scope.groups.get(name)
    if group is None:
        raise WrongGroup(f"unknown group {name}", t.span)
    if group.axes is None:
        raise NotSupported(f"{name} stands for single dimensions here, so there are no maps over its axes", t.span)
    return group.axes


def shape_of(elab: Elab, t: TypeExpr) -> Shape:
    """What ``t`` says."""
    match t:
        case BaseType(name):
            return Shape((), base_sort(elab, t), b.naturals() if name in NATURALS else None)
        case BitsType(width):
            try:
                return Shape((), bits(width))
            except ValueError as error:
                raise UnknownType(str(error), t.span) from None
        case IndexType(size):
            n = size_value(elab, size)
            if is_axis_map(n):
                return Shape(n.dims, INT, b.box(n.term), valid=n.valid)
            return Shape((), INT, b.below(n.term), valid=n.valid)
        case TensorType(element, dims):
            domains: list[Domain] = []
            valid: list[Term] = []
            for d in dims:
                found, conditions = dimension(elab, d)
                domains += found
                valid += conditions
            return _under(tuple(domains), tuple(valid), shape_of(elab, element))
        case FunctionType(arg, res):
            domain, conditions = domain_of_type(elab, arg)
            return _under((domain,), conditions, shape_of(elab, res))
        case TupleType(fields):
            return Shape((), BOOL, None, tuple([(n, shape_of(elab, f)) for n, f in fields]))


def _under(dims: tuple[Domain, ...], valid: tuple[Term, ...], inner: Shape) -> Shape:
    return Shape(
        (*dims, *inner.dims),
        inner.elem,
        inner.result,
        tuple([(n, _under(dims, valid, f)) for n, f in inner.fields]),
        (*valid, *inner.valid),
    )


def size_value(elab: Elab, e: Expr) -> Val:
    """A size or a size map."""
    v = elab.value(e, INT)
    if v.is_tuple or v.elem is not INT or (v.dims and not is_axis_map(v)):
        raise WrongType("a size must be an integer or a map from axes to integers", e.span)
    return v


def dimension(elab: Elab, d: Dimension) -> tuple[list[Domain], tuple[Term, ...]]:
    """The domains that one entry between the brackets of a tensor type stands for."""
    if d.size is None:
        group = elab.scope.groups.get(d.group or "")
        if group is None:
            raise WrongGroup(f"unknown group {d.group}", d.span)
        if group.dims is None:
            raise WrongGroup(f"the dimensions of group {d.group} are not known here", d.span)
        return list(group.dims), ()
    n = size_value(elab, d.size)
    if d.group is None:
        return [b.box(n.term) if is_axis_map(n) else b.below(n.term)], n.valid
    axes = b.axes(axes_name(elab, d))
    if not n.dims:
        n = Val(b.lam(axes, lambda _: n.term), (axes,), n.valid)
    if axes_of(n.term) != axes:
        raise WrongGroup(f"a size map of another group than {d.group}", d.size.span)
    return [b.box(n.term)], n.valid


def domain_of_type(elab: Elab, t: TypeExpr) -> tuple[Domain, tuple[Term, ...]]:
    """The domain of a function's argument, or of a variable bound with a type."""
    shape = shape_of(elab, t)
    if shape.result is not None and shape.result[0].kind == "box":
        return shape.result, shape.valid
    if shape.dims or shape.fields:
        raise NotSupported("functions of tensors or tuples are not available", t.span)
    if isinstance(shape.elem, AxisSort):
        return b.axes(shape.elem.group), ()
    return (shape.result if shape.result is not None else b.everything(shape.elem)), shape.valid


def is_map_type(t: TypeExpr) -> bool:
    """Whether ``t`` has the form ``C -> int`` of a map over axes (whether ``C`` is a group is not looked at)."""
    return (
        isinstance(t, FunctionType)
        and isinstance(t.arg, BaseType)
        and t.arg.name not in SORTS
        and isinstance(t.res, BaseType)
        and t.res.name in ("int", "nat", "size")
    )


def range_fact(shape: Shape, x: Term) -> Term:
    """That every value of the function (or number) ``x`` lies in the range that its type states."""
    from ....theories.definedness import in_domain
    from .sizes import at_axis
    from .values import index_variables

    assert shape.result is not None
    dims = shape.dims[:-1] if shape.result[0].kind == "box" else shape.dims
    indices = index_variables(dims)
    value = x
    for i in indices:
        value = at_axis(value, i) if isinstance(i.sort, AxisSort) else b.at(value, i)
    fact = in_domain(shape.result, value)
    for domain, i in zip(reversed(dims), reversed(indices), strict=True):
        fact = b.big_over("forall", domain, i, b.TRUE, fact)
    return fact


def class_accepts(element_class: str, sort: Sort) -> bool:
    """Whether a type variable of that class may stand for ``sort``."""
    if isinstance(sort, FnSort | AxisSort) or sort is BOOL and element_class != "scalar":
        return False
    if element_class == "float":
        return isinstance(sort, b.s.FloatSort)
    if element_class == "ring":
        ring = isinstance(sort, b.s.ElemSort) and sort.element_class == "ring"
        return sort in (INT, REAL) or isinstance(sort, b.s.BitsSort) or ring
    return True


def plain_name(e: Expr | None) -> str | None:
    """The name that a size consists of, if it is no more than a name."""
    return e.name if isinstance(e, Name) and "." not in e.name else None


def reject_kind(t: BaseType) -> BadParameter:
    """The error that an explicit parameter is a class or group."""
    return BadParameter(f"a parameter of kind {t.name} is implicit: write it in braces", t.span)

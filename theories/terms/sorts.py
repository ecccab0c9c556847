"""Sorts: the simple types of terms.

A sort says what kind of value a term has; how large a tensor is, is a matter of *dimensions*
(:mod:`probanda.theories.terms.dims`).  Sorts are interned: equal sorts are identical objects, so ``is`` compares them
and dictionaries key on them cheaply.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Final


class Sort:
    """An interned sort.  ``text`` is its spelling in the contract language."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text: Final = text

    def __repr__(self) -> str:
        return self.text

    def __reduce__(self) -> tuple[object, ...]:
        return (_atom, (self.text,))


class FloatSort(Sort):
    """An IEEE-754 binary format: ``exponent`` bits and ``significand`` bits, the hidden one included (24 for float32)."""

    __slots__ = ("exponent", "significand")

    def __init__(self, text: str, exponent: int, significand: int) -> None:
        super().__init__(text)
        self.exponent: Final = exponent
        self.significand: Final = significand

    @property
    def width(self) -> int:
        """Bits of the whole format."""
        return self.exponent + self.significand

    def __reduce__(self) -> tuple[object, ...]:
        return (float_sort, (self.text, self.exponent, self.significand))


class BitsSort(Sort):
    """Machine integers of ``width`` bits; comparisons, division and ``abs`` read them as two's complement."""

    __slots__ = ("width",)

    def __init__(self, width: int) -> None:
        super().__init__(f"bits {width}")
        self.width: Final = width

    def __reduce__(self) -> tuple[object, ...]:
        return (bits, (self.width,))


class ElemSort(Sort):
    """An element type variable ``{α : scalar}`` or ``{R : ring}``: any type of that class."""

    __slots__ = ("element_class", "name")

    def __init__(self, name: str, element_class: str) -> None:
        super().__init__(name)
        self.name: Final = name
        self.element_class: Final = element_class

    def __reduce__(self) -> tuple[object, ...]:
        return (elem, (self.name, self.element_class))


class AxisSort(Sort):
    """The axes of an axes group: a finite set of unknown size, the rank of the group."""

    __slots__ = ("group",)

    def __init__(self, group: str) -> None:
        super().__init__(f"axis {group}")
        self.group: Final = group

    def __reduce__(self) -> tuple[object, ...]:
        return (axis, (self.group,))


class FnSort(Sort):
    """Functions of one argument; a tensor of rank r is a function of r arguments, curried."""

    __slots__ = ("arg", "res")

    def __init__(self, arg: Sort, res: Sort) -> None:
        super().__init__(f"({arg.text} -> {res.text})")
        self.arg: Final = arg
        self.res: Final = res

    def __reduce__(self) -> tuple[object, ...]:
        return (fn, (self.arg, self.res))


class TupleSort(Sort):
    """Tuples with named fields."""

    __slots__ = ("fields",)

    def __init__(self, fields: tuple[tuple[str, Sort], ...]) -> None:
        super().__init__("(" + ", ".join(f"{n} : {s.text}" for n, s in fields) + ")")
        self.fields: Final = fields

    def field(self, name: str) -> Sort | None:
        """The sort of field ``name``, or None."""
        return next((s for n, s in self.fields if n == name), None)

    def __reduce__(self) -> tuple[object, ...]:
        return (tuple_sort, (self.fields,))


_table: dict[tuple[object, ...], Sort] = {}


def _atom(text: str) -> Sort:
    return _table.setdefault(("atom", text), Sort(text))


BOOL: Final = _atom("bool")
INT: Final = _atom("int")
REAL: Final = _atom("real")
EREAL: Final = _atom("ereal")


@cache
def float_sort(text: str, exponent: int, significand: int) -> FloatSort:
    """The binary format of that name and those widths."""
    return FloatSort(text, exponent, significand)


FLOAT16: Final = float_sort("float16", 5, 11)
BFLOAT16: Final = float_sort("bfloat16", 8, 8)
FLOAT32: Final = float_sort("float32", 8, 24)
FLOAT64: Final = float_sort("float64", 11, 53)
FLOATS: Final = {f.text: f for f in (FLOAT16, BFLOAT16, FLOAT32, FLOAT64)}


@cache
def bits(width: int) -> BitsSort:
    """``bits width``; ValueError unless ``1 <= width <= 1024``."""
    if not 1 <= width <= 1024:
        raise ValueError(f"bits {width}: the width must lie in 1..1024")
    return BitsSort(width)


@cache
def elem(name: str, element_class: str) -> ElemSort:
    """The element type variable ``name`` of class ``scalar`` or ``ring``."""
    if element_class not in ("scalar", "ring"):
        raise ValueError(f"unknown element class {element_class!r}")
    return ElemSort(name, element_class)


@cache
def axis(group: str) -> AxisSort:
    """The axes of ``group``."""
    return AxisSort(group)


@cache
def fn(arg: Sort, res: Sort) -> FnSort:
    """Functions from ``arg`` to ``res``."""
    return FnSort(arg, res)


@cache
def tuple_sort(fields: tuple[tuple[str, Sort], ...]) -> TupleSort:
    """Tuples with those named fields."""
    return TupleSort(fields)


def index_map(group: str) -> FnSort:
    """Integer-valued maps over the axes of ``group``: its sizes, starts, strides and indices."""
    return fn(axis(group), INT)


def fn_sort(args: Iterable[Sort], res: Sort) -> Sort:
    """The curried function sort ``a1 -> ... -> ar -> res``."""
    for a in reversed(tuple(args)):
        res = fn(a, res)
    return res


def uncurry(sort: Sort) -> tuple[tuple[Sort, ...], Sort]:
    """Argument sorts and final result of a curried function sort (``((), sort)`` for any other)."""
    args: list[Sort] = []
    while isinstance(sort, FnSort):
        args.append(sort.arg)
        sort = sort.res
    return tuple(args), sort


def is_index_map(sort: Sort) -> bool:
    """Whether ``sort`` is that of an integer map over axes."""
    return isinstance(sort, FnSort) and isinstance(sort.arg, AxisSort) and sort.res is INT


def is_number(sort: Sort) -> bool:
    """Whether ``+`` and ``*`` make sense."""
    return (
        sort in (INT, REAL, EREAL)
        or isinstance(sort, FloatSort | BitsSort)
        or (isinstance(sort, ElemSort) and sort.element_class == "ring")
    )

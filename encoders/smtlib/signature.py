"""What a script declares: sorts, variables and functions, in order of first use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ...theories.errors import Unsupported
from ...theories.terms.sorts import (
    BOOL,
    INT,
    REAL,
    AxisSort,
    BitsSort,
    ElemSort,
    FloatSort,
    Sort,
)
from ...theories.terms.term import Term
from . import literals
from .symbols import symbol

RingAs = Literal["Int", "Real", "uninterpreted"]


class Signature:
    """The sorts, functions and features that the terms printed so far need, in order of first use."""

    def __init__(self, ring_as: RingAs) -> None:
        self.ring_as = ring_as
        self.sort_lines: list[str] = []
        self.lines: list[str] = []
        self.features: set[str] = set()
        self.formats: dict[FloatSort, None] = {}
        self._declared: set[str] = set()
        self._sorts: dict[Sort, str] = {}
        self._variables: dict[str, Term] = {}
        self._fresh: dict[str, str] = {}
        self._symbols: dict[Term, str] = {}
        self._count = 0

    # -- sorts

    def sort(self, sort: Sort) -> str:
        """The text of a sort; Unsupported for those that are not values in SMT-LIB."""
        found = self._sorts.get(sort)
        if found is None:
            found = self._sorts[sort] = self._new_sort(sort)
        return found

    def _new_sort(self, sort: Sort) -> str:
        if sort is BOOL:
            return "Bool"
        if sort is INT or sort is REAL:
            self.features.add(sort.text)
            return "Int" if sort is INT else "Real"
        if isinstance(sort, FloatSort):
            self.features.add("float")
            self.formats[sort] = None
            return f"(_ FloatingPoint {sort.exponent} {sort.significand})"
        if isinstance(sort, BitsSort):
            self.features.add("bits")
            return f"(_ BitVec {sort.width})"
        if self.read_as(sort) is not sort:
            return self.sort(self.read_as(sort))
        if isinstance(sort, ElemSort):
            name = symbol("$", sort.name)
        elif isinstance(sort, AxisSort):
            name = symbol("?axis.", sort.group)
        else:
            raise Unsupported(f"values of sort {sort.text}")
        self.features.add("uf")
        self.sort_lines.append(f"(declare-sort {name} 0)")
        return name

    def read_as(self, sort: Sort) -> Sort:
        """The sort whose values stand for those of ``sort``: another one only for a ring read as numbers."""
        if isinstance(sort, ElemSort) and sort.element_class == "ring" and self.ring_as != "uninterpreted":
            return INT if self.ring_as == "Int" else REAL
        return sort

    def kind(self, sort: Sort) -> str:
        """The part of the table that operations on ``sort`` are looked up in."""
        if sort is BOOL or sort is INT or sort is REAL:
            return sort.text
        if isinstance(sort, FloatSort):
            return "float"
        if isinstance(sort, BitsSort):
            return "bits"
        if isinstance(sort, AxisSort):
            return "axis"
        if isinstance(sort, ElemSort):
            read_as = self.read_as(sort)
            return sort.element_class if read_as is sort else read_as.text
        raise Unsupported(f"values of sort {sort.text}")

    # -- functions, variables and literals

    def fresh_name(self) -> str:
        """A symbol for a shared subterm."""
        self._count += 1
        return f"?{self._count}"

    def declare(self, name: str, args: Sequence[str], result: str) -> str:
        """Declare the function once; the symbol."""
        if name not in self._declared:
            self._declared.add(name)
            self.lines.append(f"(declare-fun {name} ({' '.join(args)}) {result})")
            if args:
                self.features.add("uf")
        return name

    def define(self, name: str, params: str, result: str, body: str) -> str:
        """Define the function once; the symbol."""
        if name not in self._declared:
            self._declared.add(name)
            self.lines.append(f"(define-fun {name} ({params}) {result} {body})")
        return name

    def variable(self, t: Term, args: Sequence[Sort], result: Sort) -> str:
        """The symbol of the free variable ``t``, a function of ``args``."""
        name = t.name
        if self._variables.setdefault(name, t) is not t:
            raise Unsupported(f"the name {name} is used at two sorts")
        known = self._symbols.get(t)
        if known is None:
            arg_texts = [self.sort(a) for a in args]
            known = self.declare(symbol("$", self._stable(name)), arg_texts, self.sort(result))
            self._symbols[t] = known
        return known

    def _stable(self, name: str) -> str:
        """Numbers of fresh variables depend on what ran before; in a script they count from 0."""
        stem, mark, number = name.rpartition("!")
        if not mark or not (number.isascii() and number.isdecimal()):
            return name
        return self._fresh.setdefault(name, f"{stem}!{len(self._fresh)}")

    def literal(self, t: Term) -> str:
        """A literal."""
        sort, value = t.sort, t.data
        text = self.sort(sort)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(sort, FloatSort) and isinstance(value, int):
            return literals.floating_point(value, sort)
        if isinstance(sort, BitsSort) and isinstance(value, int):
            return literals.bit_vector(value, sort.width)
        if isinstance(sort, ElemSort) and isinstance(value, int):
            if self.ring_as == "uninterpreted":
                return self.declare(symbol("?", f"ring.{value}.${sort.name}"), (), text)
            return literals.numeral(value, "" if self.ring_as == "Int" else ".0")
        if sort is INT and isinstance(value, int):
            return literals.numeral(value)
        if sort is REAL:
            return literals.real(value)  # type: ignore[arg-type]  # a real literal's payload is a Fraction
        raise Unsupported(f"the literal {value!r} of sort {sort.text}")

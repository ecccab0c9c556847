"""Sorts as types of the language."""

from __future__ import annotations

from ...theories.terms.sorts import AxisSort, BitsSort, FnSort, Sort, TupleSort
from . import ast


def type_of_sort(sort: Sort) -> ast.TypeExpr:
    """The type whose values are those of ``sort``."""
    if isinstance(sort, BitsSort):
        return ast.BitsType(sort.width)
    if isinstance(sort, AxisSort):
        return ast.BaseType(sort.group)
    if isinstance(sort, FnSort):
        return ast.FunctionType(type_of_sort(sort.arg), type_of_sort(sort.res))
    if isinstance(sort, TupleSort):
        return ast.TupleType(tuple((n, type_of_sort(s)) for n, s in sort.fields))
    return ast.BaseType(sort.text)


def type_argument(sort: Sort) -> ast.Expr:
    """``sort`` as an argument of ``cast``."""
    if isinstance(sort, BitsSort):
        return ast.Call(ast.Name("bits"), (ast.Number(str(sort.width)),))
    return ast.Name(sort.text)

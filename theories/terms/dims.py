"""Dimensions: how large a tensor is.

A tensor of rank r is a curried function of r arguments; its dimensions are the r domains of those arguments.  A group
of axes counts as one argument, an index map below a size map.
"""

from __future__ import annotations

from collections.abc import Mapping

from .binders import open_with
from .build import Domain
from .sorts import AxisSort, FnSort, TupleSort
from .term import DOM_ARGS, Dom, Term

Shapes = Mapping[str, tuple[Domain, ...]]
"""The dimensions of the free variables of function sort, by name."""


class UnknownDims(ValueError):
    """The dimensions of a term cannot be read off its structure."""


def domain_of(f: Term, shapes: Shapes) -> Domain:
    """The domain of the first argument of ``f``, a locally closed term of function sort."""
    if isinstance(f.sort, FnSort) and isinstance(f.sort.arg, AxisSort):
        return Dom("axes", f.sort.arg), ()
    skipped: list[Term] = []
    while True:
        if f.op == "at":
            skipped.append(f.args[1])
            f = f.args[0]
        elif f.op == "lam":
            if not skipped:
                return f.dom, f.args[: DOM_ARGS[f.dom.kind]]
            f = open_with(f.body, skipped.pop())
        elif f.op in ("ite", "require"):
            f = f.args[1]
        elif f.op == "let":
            f = open_with(f.body, f.args[0])
        elif f.op == "proj" and f.args[0].op == "tuple":
            record_sort = f.args[0].sort
            assert isinstance(record_sort, TupleSort)
            f = f.args[0].args[[n for n, _ in record_sort.fields].index(f.name)]
        elif f.op == "proj" and f.args[0].op in ("ite", "require"):
            from .build import proj

            f = proj(f.args[0].args[1], f.name)
        elif f.op == "var" and len(shapes.get(f.name, ())) > len(skipped):
            return shapes[f.name][len(skipped)]
        else:
            raise UnknownDims(f"the dimensions of {f!r} are not known")

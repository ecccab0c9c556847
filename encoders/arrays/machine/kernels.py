"""Kernels: terms planned for given sizes and shapes, and run on arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ....theories.errors import Unsupported
from ....theories.terms.sorts import INT, BitsSort, Sort, uncurry
from ....theories.terms.term import Term, free_vars
from .align import lay_out
from .arithmetic import dtype_of
from .compiler import Compiler
from .graph import Node
from .integers import NATIVE, OBJECT, overflows, reach, settled, to_bits
from .linear import Linear, form
from .schedule import Program
from .values import Choice, Lam, Scalar, Tensor, Value, scalar

Array = NDArray[Any]
LIMIT = 1 << 26
"""Elements of the largest array that is built in one go."""
_PLANS = 64
"""Plans that a kernel keeps, for as many combinations of sizes."""
Window = tuple[tuple[int, int], ...]
Divisors = dict[int, set[int]]


class Undefined(ValueError):
    """A required condition fails, or an array is read out of range where the element is needed."""


class _Part(NamedTuple):
    """One output, or a window of it, as roots of a program."""

    output: int
    window: Window | None
    shape: tuple[int, ...]
    axes: tuple[int, ...]  # lengths of the axes that the dimensions are split into
    places: tuple[int, ...]  # which of them the root has
    root: Node
    undefined: tuple[Node, tuple[int, ...]] | None
    causes: tuple[str, ...]


class Kernel:
    """Terms as functions of arrays.  Made by :func:`kernel`; keeps a plan for each combination of sizes and shapes."""

    def __init__(self, outputs: Sequence[Term]) -> None:
        self.outputs = tuple(outputs)
        for t in self.outputs:
            if t.loose:
                raise ValueError("an output with loose bound variables")
        self.variables = free_vars(*self.outputs)
        self._sorts: dict[str, Sort] = {name: uncurry(t.sort)[1] for name, t in self.variables.items()}
        self._plans: dict[tuple[object, ...], list[tuple[Program, list[_Part]]]] = {}

    def __call__(self, arrays: Mapping[str, Array], sizes: Mapping[str, int]) -> list[Array]:
        """The outputs, which may share memory with ``arrays``; Python integers where an ``int`` is beyond 64 bits.

        ``arrays`` has one array for each free tensor, with one dimension for each index; ``sizes`` the integer
        symbols.  Undefined where an output is; Unsupported where it has no machine meaning; ValueError where an array
        is missing or has another rank.
        """
        given: dict[str, Array] = {}
        key: list[object] = []
        for name, sort in self._sorts.items():
            if name in arrays:
                given[name] = array = _native(arrays[name], sort)
                key.append(array.shape)
            elif name in sizes:
                key.append(int(sizes[name]))
            else:
                raise ValueError(f"no array or size is given for {name}")
        with np.errstate(all="ignore"):
            found = self._plans.get(tuple(key))
            if found is None:
                if len(self._plans) >= _PLANS:
                    self._plans.pop(next(iter(self._plans)))
                found = self._plans[tuple(key)] = self._plan(given, sizes)
            return _run(found, given, len(self.outputs))

    # -- plans -------------------------------------------------------------------------------------------------------

    def _plan(self, given: Mapping[str, Array], sizes: Mapping[str, int]) -> list[tuple[Program, list[_Part]]]:
        shapes = {name: a.shape for name, a in given.items()}
        for name, shape in shapes.items():
            rank = len(uncurry(self.variables[name].sort)[0])
            if rank != len(shape):
                raise ValueError(f"{name} has {len(shape)} dimensions where its sort needs {rank}")
        together = self._program(list(range(len(self.outputs))), None, shapes, sizes)
        if not together[0].excess(LIMIT):
            return [together]
        return [made for part in together[1] for made in self._chunks(part.output, part.shape, shapes, sizes)]

    def _chunks(
        self, output: int, shape: tuple[int, ...], shapes: Mapping[str, tuple[int, ...]], sizes: Mapping[str, int]
    ) -> list[tuple[Program, list[_Part]]]:
        done: list[tuple[Program, list[_Part]]] = []
        todo: list[Window] = [tuple([(0, n) for n in shape])]
        while todo:
            window = todo.pop()
            made = self._program([output], window, shapes, sizes)
            if not made[0].excess(LIMIT):
                done.append(made)
                continue
            excess = made[0].excess(LIMIT)
            for k in sorted(range(len(window)), key=lambda d: -window[d][1]):
                pieces = _pieces(window, k, made[0].largest)
                # Only an axis that the large arrays have makes them smaller.
                if len(pieces) > 1 and self._program([output], pieces[0], shapes, sizes)[0].excess(LIMIT) < excess:
                    todo += reversed(pieces)
                    break
            else:
                raise Unsupported(f"an array of {made[0].largest} elements for a part of the output")
        return done

    def _program(
        self,
        chosen: Sequence[int],
        window: Window | None,
        shapes: Mapping[str, tuple[int, ...]],
        sizes: Mapping[str, int],
    ) -> tuple[Program, list[_Part]]:
        divisors: dict[int, Divisors] = {k: {} for k in chosen}
        while True:
            outer = 0
            for k in chosen:
                rank = len(uncurry(self.outputs[k].sort)[0])
                outer = max(outer, rank + sum([len(d) for d in divisors[k].values()]))
            compiler = Compiler(sizes, shapes, outer)
            parts: list[_Part] = []
            again = False
            for k in chosen:
                compiler.requests.clear()
                compiler.causes.clear()
                part, owners = self._output(compiler, k, window, divisors[k])
                parts.append(part)
                for axis, wanted in compiler.requests.items():
                    dimension, step = owners.get(axis, (-1, 1))
                    new = {w * step for w in wanted} - divisors[k].get(dimension, set())
                    if dimension >= 0 and new:
                        divisors[k].setdefault(dimension, set()).update(new)
                        again = True
            if again and max([len(d) for k in chosen for d in divisors[k].values()], default=0) <= 8:
                continue
            roots = [p.root for p in parts] + [p.undefined[0] for p in parts if p.undefined is not None]
            return Program(roots, compiler.constants), parts

    def _output(
        self, compiler: Compiler, k: int, window: Window | None, divisors: Divisors
    ) -> tuple[_Part, dict[int, tuple[int, int]]]:
        graph = compiler.graph
        value = compiler.value(self.outputs[k])
        shape: list[int] = []
        lengths: list[int] = []
        owners: dict[int, tuple[int, int]] = {}
        while not isinstance(value, Scalar):
            d = len(shape)
            n = max(_extent(compiler, value), 0)
            start, n = (0, n) if window is None else window[d]
            shape.append(n)
            terms: dict[int | Any, int] = {}
            named: dict[int, int] = {}
            for length, stride in _split(n, divisors.get(d, set())):
                if length > 1:
                    terms[len(lengths)] = stride
                    named[len(lengths)] = length
                    owners[len(lengths)] = (d, stride)
                lengths.append(length)
            value = compiler.apply(value, Scalar(form(graph, Linear(start, terms, named))))
        causes = tuple(compiler.causes)
        if 0 in shape:
            empty = graph.node("zero", None, (), (), value.ref.node.sort)
            return _Part(k, window, tuple(shape), tuple(lengths), (), empty, None, causes), {}
        mark = value.undefined
        undefined = None if mark is None else (mark.node, mark.axes)
        part = _Part(k, window, tuple(shape), tuple(lengths), value.ref.axes, value.ref.node, undefined, causes)
        return part, owners


def kernel(outputs: Sequence[Term]) -> Kernel:
    """A kernel that computes ``outputs``: tensors ``lam i < n. lam j < m. element``, or scalars."""
    return Kernel(outputs)


def _native(array: Array, sort: Sort) -> Array:
    dtype = dtype_of(sort)
    array = np.asarray(array)
    if sort is INT and (array.dtype.kind == "O" or (array.dtype == np.uint64 and overflows(reach(array)))):
        return settled(array)
    if isinstance(sort, BitsSort) and array.dtype.kind in "iuO" and sort.width not in NATIVE:
        return to_bits(array, sort)
    if array.dtype == dtype:
        return array
    if array.dtype.kind == "u" and dtype.kind == "i" and array.dtype.itemsize == dtype.itemsize:
        return array.view(dtype)
    if sort is INT and array.dtype.kind in "iu":
        return array.astype(dtype)
    raise ValueError(f"an array of {array.dtype} where {sort.text} needs {dtype}")


def _extent(compiler: Compiler, value: Value) -> int:
    while isinstance(value, Choice):
        value = value.yes
    if isinstance(value, Tensor):
        return compiler.shapes[value.name][len(value.given)]
    if not isinstance(value, Lam):
        raise Unsupported(f"an output that is a {type(value).__name__.lower()}")
    lo, hi = [scalar(compiler.value(a, value.frame)).ref.literal for a in value.term.dom_args]
    if lo != 0 or hi is None:
        raise Unsupported("an output whose domain is not 0 <= i < n for a known n")
    return hi


def _split(n: int, divisors: set[int]) -> list[tuple[int, int]]:
    """Lengths and strides of the axes that a dimension is split into, outermost first."""
    chain = [1]
    for d in sorted(divisors):
        if d % chain[-1] == 0 and n % d == 0 and 1 < d < n:
            chain.append(d)
    ends = [*chain[1:], n]
    return [(e // d, d) for d, e in zip(reversed(chain), reversed(ends), strict=True)]


def _pieces(window: Window, k: int, largest: int) -> list[Window]:
    """``window`` cut along dimension ``k``, as often as ``largest`` exceeds the limit."""
    start, length = window[k]
    step = max(length // -(-largest // LIMIT), 1)
    step = 1 << (step.bit_length() - 1)  # so that an axis can still be split
    cuts = [(s, min(step, start + length - s)) for s in range(start, start + length, step)]
    return [(*window[:k], cut, *window[k + 1 :]) for cut in cuts]


def _run(plan: list[tuple[Program, list[_Part]]], given: Mapping[str, Array], count: int) -> list[Array]:
    outputs: list[Array | None] = [None] * count
    for program, parts in plan:
        values = program(given)
        marks = iter(values[len(parts) :])
        for part, value in zip(parts, values, strict=False):
            if part.undefined is not None:
                _check(part, next(marks))
            array = np.asarray(value)
            if array.shape != part.axes:
                array = np.broadcast_to(lay_out(array, part.places, len(part.axes)), part.axes)
            if part.shape != part.axes:
                array = array.reshape(part.shape)
            if part.window is None:
                outputs[part.output] = array
            else:
                _place(outputs, part, array, plan)
    return [o for o in outputs if o is not None]


def _place(outputs: list[Array | None], part: _Part, array: Array, plan: list[tuple[Program, list[_Part]]]) -> None:
    whole = outputs[part.output]
    assert part.window is not None
    if whole is None:
        windows = [p.window for _, ps in plan for p in ps if p.output == part.output and p.window is not None]
        shape = tuple([max([s + n for s, n in column]) for column in zip(*windows, strict=True)])
        whole = outputs[part.output] = np.empty(shape, array.dtype)
    if array.dtype == OBJECT and whole.dtype != OBJECT:
        whole = outputs[part.output] = whole.astype(OBJECT)
    whole[tuple([slice(s, s + n) for s, n in part.window])] = array


def _check(part: _Part, mark: Array) -> None:
    if not np.any(mark):
        return
    assert part.undefined is not None
    here = np.broadcast_to(lay_out(np.asarray(mark), part.undefined[1], len(part.axes)), part.axes)
    first = int(np.argmax(here.reshape(-1)))
    index = [int(i) for i in np.unravel_index(first, part.shape)] if part.shape else []
    if part.window is not None:
        index = [i + s for i, (s, _) in zip(index, part.window, strict=True)]
    why = " or ".join(part.causes) or "an array is read out of range"
    raise Undefined(f"output {part.output} is undefined at {index}: {why}")

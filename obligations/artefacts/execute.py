"""Running compiled graphs on arrays: the one evaluator of graphs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...encoders.arrays.machine import Kernel, Undefined, kernel
from ...ir import dims
from ...ir.dtypes import DType, Reading
from ...ir.errors import GraphError
from ...ir.exec_graph import ExecGraph, Instruction, Load
from ...ir.graph import Graph, Ref
from ...ir.params import ParamStore
from ...ir.passes.compile import compile_graph
from ...ir.types import TensorType
from ...theories.terms.term import Term, free_vars

Array = NDArray[Any]
Arrays = Mapping[str, Array]


DRAW = "draw:"
"""What the names of the variables begin with that stand for random draws."""


class BadInput(GraphError, code="PB620"):
    """An input array is missing, unknown, or not of the type and shape that the graph takes.

    What to do: give every input by name, with the element type and sizes that the message names.
    """


class UndefinedValue(GraphError, code="PB621"):
    """A value is not defined for these inputs: an index out of range, a cast of a number that does not fit.

    What to do: give inputs that satisfy the conditions of the operator that the message names.
    """


class Executor:
    """A compiled graph with its kernels, ready to run.

    In the real readings arrays are float64 and int64, and rounding is whatever double precision does: good enough to
    look for differences, never to decide them.
    """

    def __init__(
        self,
        compiled: ExecGraph,
        params: ParamStore,
        reading: Reading = Reading.IEEE,
        converted: dict[str, Array] | None = None,
    ) -> None:
        """``converted`` keeps constants as kernels take them, by digest, for executors of one reading to share."""
        self.compiled = compiled
        self.params = params
        self.reading = reading
        self._kernels: dict[tuple[Term, ...], Kernel] = {}
        self._payloads: dict[str, Array] = {} if converted is None else converted

    def run(self, inputs: Arrays) -> dict[str, Array]:
        """The outputs by name.  Raises BadInput, or UndefinedValue naming the instruction."""
        sizes = self.sizes(inputs)
        buffers: list[Array | None] = [None] * self.compiled.buffers
        for step in self.compiled.steps:
            if isinstance(step, Load):
                buffers[step.result] = self._load(step, inputs)
                continue
            results = self._call(step, buffers, sizes)
            for buffer, result in zip(step.results, results, strict=True):
                buffers[buffer] = result
        out: dict[str, Array] = {}
        for name, buffer, type_ in self.compiled.outputs:
            value = buffers[buffer]
            assert value is not None
            out[name] = leaves(value, type_.dtype)
        return out

    def sizes(self, inputs: Arrays) -> dict[str, int]:
        """The values of the symbols, read off the shapes of the inputs; BadInput where they do not fit."""
        sizes: dict[str, int] = {}
        for name, type_ in self.compiled.inputs:
            if name not in inputs:
                raise BadInput("no array is given", f"input {name}")
            self._measure(name, type_, inputs[name], sizes)
        for name in inputs.keys() - {n for n, _ in self.compiled.inputs}:
            raise BadInput("the graph has no such input", f"input {name}")
        for name, type_ in self.compiled.inputs:
            wanted = tuple(dims.evaluate(d, sizes) for d in type_.shape)
            if wanted != inputs[name].shape:
                raise BadInput(f"an array of shape {inputs[name].shape} for {type_!r}", f"input {name}")
        return sizes

    @staticmethod
    def _measure(name: str, type_: TensorType, array: Array, sizes: dict[str, int]) -> None:
        if array.ndim != type_.rank:
            raise BadInput(f"an array of rank {array.ndim} for {type_!r}", f"input {name}")
        if array.dtype.name != type_.dtype.name:
            raise BadInput(f"an array of {array.dtype.name} for {type_!r}", f"input {name}")
        for d, n in zip(type_.shape, array.shape, strict=True):
            if d.op == "var" and sizes.setdefault(d.name, n) != n:
                raise BadInput(f"{d.name} is {sizes[d.name]} and {n}", f"input {name}")
        for d, n in zip(type_.shape, array.shape, strict=True):
            if d.op == "var" and n < 1:
                raise BadInput(f"{d.name} is {n}: symbols are at least 1", f"input {name}")

    def _load(self, step: Load, inputs: Arrays) -> Array:
        if not step.payload:
            return enters(inputs[step.name], step.type.dtype, self.reading)
        payload = self.params[step.name]
        if payload.sha256 not in self._payloads:
            self._payloads[payload.sha256] = enters(payload.array, step.type.dtype, self.reading)
        return self._payloads[payload.sha256]

    def _call(self, step: Instruction, buffers: Sequence[Array | None], sizes: Mapping[str, int]) -> Sequence[Array]:
        if step.terms not in self._kernels:
            refuse_draws(step)
            self._kernels[step.terms] = kernel(step.terms)
        arrays: dict[str, Array] = {}
        for argument in step.arguments:
            value = buffers[argument.buffer]
            if value is None:
                raise UndefinedValue(f"buffer {argument.buffer} is read before it is written", step.label)
            arrays[argument.name] = value
        try:
            return self._kernels[step.terms](arrays, sizes)
        except Undefined as error:
            raise UndefinedValue(str(error), step.label) from None


def refuse_draws(step: Instruction) -> None:
    """UndefinedValue where an instruction draws at random: its value is no function of the inputs."""
    for name in free_vars(*step.terms):
        if name.startswith(DRAW):
            raise UndefinedValue(f"{name.removeprefix(DRAW)} is drawn at random", step.label)


def executor(graph: Graph, params: ParamStore, reading: Reading = Reading.IEEE) -> Executor:
    """``graph``, compiled."""
    return Executor(compile_graph(graph, params, reading), params, reading)


def tracing(
    graph: Graph, params: ParamStore, reading: Reading = Reading.IEEE, converted: dict[str, Array] | None = None
) -> tuple[Executor, dict[str, Ref]]:
    """``graph`` compiled with every value as an output, and the value that each output is."""
    refs = {repr(r): r for r in graph.values()}
    whole = replace(graph, outputs=tuple(refs.items()))
    return Executor(compile_graph(whole, params, reading), params, reading, converted), refs


def enters(array: Array, dtype: DType, reading: Reading) -> Array:
    """An array as kernels of a reading take it: unsigned integers as signed ones, numbers wide in the real readings."""
    if dtype.kind == "bool":
        return array
    if reading is not Reading.IEEE:
        return array.astype(np.float64 if dtype.is_float else np.int64)
    return array.view(f"i{dtype.width // 8}") if dtype.kind == "uint" else array


def leaves(array: Array, dtype: DType) -> Array:
    """A result of a kernel as an array of its element type, where it is one."""
    return (
        array.view(f"u{dtype.width // 8}")
        if dtype.kind == "uint" and array.dtype.itemsize * 8 == dtype.width
        else array
    )

"""Compiled graphs: a flat list of instructions over buffers.

An instruction computes the tensors of one or more operators from buffers and writes them to buffers.  A buffer is used
again once nothing reads what it holds.  Nothing here knows how a term is computed: whoever executes brings that.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..theories.terms.term import Term
from .graph import Ref
from .types import TensorType


@dataclass(frozen=True, slots=True)
class Argument:
    """An operand of an instruction: the free variable of its terms, and the buffer that it is read from."""

    name: str
    buffer: int


@dataclass(frozen=True, slots=True)
class Instruction:
    """``buffers[results] = terms(arguments)``.

    ``terms`` are comprehensions over the variables of ``arguments`` and the symbols of the graph; ``values`` says which
    values of the graph they are meant to be (a claim, checked by alignment), ``label`` names them for messages.
    """

    terms: tuple[Term, ...]
    arguments: tuple[Argument, ...]
    results: tuple[int, ...]
    types: tuple[TensorType, ...]
    values: tuple[Ref, ...]
    label: str


@dataclass(frozen=True, slots=True)
class Load:
    """``buffers[result] =`` an input (``payload`` false) or a constant's payload (true), by name."""

    name: str
    payload: bool
    result: int
    type: TensorType
    value: Ref
    sha256: str = ""


@dataclass(frozen=True)
class ExecGraph:
    """Steps in order, how many buffers they use, and where the outputs lie at the end."""

    name: str
    steps: tuple[Load | Instruction, ...]
    buffers: int
    outputs: tuple[tuple[str, int, TensorType], ...]
    symbols: tuple[str, ...]
    inputs: tuple[tuple[str, TensorType], ...]

    @property
    def instructions(self) -> tuple[Instruction, ...]:
        """The steps that compute."""
        return tuple(s for s in self.steps if isinstance(s, Instruction))

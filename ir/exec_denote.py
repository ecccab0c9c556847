"""What a compiled graph means: its instructions carried out on terms, buffer by buffer."""

from __future__ import annotations

from ..theories.terms.binders import substitute
from ..theories.terms.term import Term, free_vars
from .dtypes import Reading
from .errors import BadNodeId
from .exec_graph import ExecGraph, Load
from .passes.copies import copied_variable
from .tensors import Tensor, of_term, variable


def denote_compiled(compiled: ExecGraph, reading: Reading) -> dict[str, Tensor]:
    """The tensor of every output, over the inputs and constants as free variables; ``reading`` is that of the instructions.

    Raises BadNodeId where a buffer is read before it is written.
    """
    buffers: dict[int, Tensor] = {}

    def held(buffer: int, where: str) -> Tensor:
        if buffer not in buffers:
            raise BadNodeId(f"buffer {buffer} is read before it is written", where)
        return buffers[buffer]

    for step in compiled.steps:
        if isinstance(step, Load):
            buffers[step.result] = variable(step.name, step.type, reading)
            continue
        given = {a.name: held(a.buffer, step.label).lam() for a in step.arguments}
        results: list[Tensor] = []
        for term, type_ in zip(step.terms, step.types, strict=True):
            values: dict[Term, Term] = {
                v: copied_variable(given[n]) or given[n] for n, v in free_vars(term).items() if n in given
            }
            results.append(of_term(substitute(term, values), type_, reading))
        buffers.update(zip(step.results, results, strict=True))
    return {name: held(buffer, f"output {name}") for name, buffer, _ in compiled.outputs}

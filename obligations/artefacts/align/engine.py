"""``align``: two graphs in, a verdict out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ....ir.dtypes import Reading
from ....ir.graph import CONST, INPUT, Graph
from ....ir.operators import find
from ....ir.params import ParamStore
from ....theories.errors import Unsupported
from ...claims import Lemma, Verdict
from ...discharge.encode import Encoded
from ...discharge.solve import Answer, Portfolio
from ...results import common_readings
from ...settings import Settings
from .candidates import Samples
from .interface import match
from .records import Alignment
from .refute import difference
from .walk import Walk


def align(
    before: Graph,
    before_params: ParamStore,
    after: Graph,
    after_params: ParamStore,
    settings: Settings | None = None,
    names: Mapping[str, str] | None = None,
    lemmas: tuple[Lemma, ...] = (),
) -> Alignment:
    """Whether two graphs compute the same, for every input and all sizes (symbols are at least 1).

    Raises InterfacesDiffer when they cannot be compared, and whatever the checks of the graphs raise.
    """
    interface = match(before, after, names)
    reading = Reading.EREAL if infinite(before_params) or infinite(after_params) else Reading.REAL
    with Portfolio(settings or Settings()) as portfolio:

        def solve(encoded: Encoded, text: str, share: float = 1.0) -> Answer:
            return portfolio.solve(text, encoded.script.logic, encoded.goal.name, share=share)

        walk = Walk(interface, before_params, after_params, solve, reading, lemmas)
        kept: list[Samples] = []

        def samples() -> Samples:
            if not kept:
                kept.append(Samples(interface, before_params, after_params, reading))
            return kept[0]

        try:
            walk.run(samples)
        except Unsupported as error:
            return Alignment(Verdict.UNSUPPORTED, reason=str(error), symbols=interface.before.symbols)
    shown = any(m.how not in UNCONDITIONAL for m in walk.matches)
    return _verdict(walk, witnessed=not shown or bool(samples().before))


UNCONDITIONAL: Final = ("same", "bitwise")
"""Steps that hold wherever the first graph is defined or not; others say something only where it is."""


def infinite(params: ParamStore) -> bool:
    """Whether a constant has an infinite element: then numbers are read as extended reals."""
    import numpy as np

    return any(p.dtype.is_float and bool(np.isinf(p.array).any()) for p in params.values())


def _draws(graph: Graph) -> set[str]:
    return {str(n.attrs["key"]) for n in graph.nodes if n.op not in (INPUT, CONST) and not find(n.op).pure}


def _verdict(walk: Walk, witnessed: bool) -> Alignment:
    interface = walk.interface
    open_ = [(name, b, a) for name, b, a in interface.outputs if walk.after[a] != walk.before[b]]
    matched = {m.after for m in walk.matches}
    live = [interface.after.name_of(r) for r in walk.after if r in walk.readings]
    unmatched = tuple(n for n in live if n not in matched)
    found = Alignment(
        Verdict.UNKNOWN,
        matches=tuple(walk.matches),
        unmatched=unmatched,
        symbols=interface.before.symbols,
        nodes=len(interface.after.nodes),
        draws=tuple(sorted(_draws(interface.before) & _draws(interface.after))),
        attempts=tuple((interface.after.name_of(r), reason) for r, reason in walk.reasons.items()),
    )
    if not open_:
        if not witnessed:
            return replace(found, reason="the first graph is defined on none of the sample inputs")
        readings = common_readings(walk.readings[a] for _, _, a in interface.outputs)
        if not readings:
            return replace(found, reason="no reading has every step")
        return replace(found, verdict=Verdict.PROVED, readings=readings)
    where = difference(walk)
    if where is not None:
        return replace(found, verdict=Verdict.REFUTED, difference=where)
    return replace(found, reason=_reason(walk, open_[0][0]))


def _reason(walk: Walk, output: str) -> str:
    for ref, reason in walk.reasons.items():
        return f"{walk.interface.after.name_of(ref)}: {reason}"
    return f"output {output} has no counterpart that is shown to be equal"

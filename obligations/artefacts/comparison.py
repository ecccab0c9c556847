"""Two model files in, a verdict out: loaded, aligned, replayed, and saved where they differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ...ir.dtypes import BFLOAT16, DOUBLE, FLOAT, FLOAT16
from ...ir.graph import Graph
from ..claims import Verdict
from ..results import Readings, closed
from ..settings import Settings
from .align.engine import align
from .align.records import Alignment
from .models import Model, load
from .replay import Replayed, replay
from .saving import save

REQUESTS: Final = ("real", "ieee", "bits")
_FORMATS: Final = {FLOAT16: "f16", BFLOAT16: "bf16", FLOAT: "f32", DOUBLE: "f64"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """The verdict on two models and what it was asked for."""

    before: Model
    after: Model
    requested: str
    needed: tuple[Readings, ...]
    """Sets of readings, any of which satisfies the request."""
    replayed: Replayed

    @property
    def alignment(self) -> Alignment:
        """The alignment as it stands after the replay."""
        return self.replayed.alignment

    @property
    def equal(self) -> bool:
        """Whether the models are equal in the requested reading."""
        proved = self.alignment.verdict is Verdict.PROVED
        return proved and any(wanted <= self.alignment.readings for wanted in self.needed)

    @property
    def name(self) -> str:
        """``before = after``"""
        return f"{self.before.label} = {self.after.label}"


def compare(
    before: str | Path,
    after: str | Path,
    *,
    settings: Settings | None = None,
    names: Mapping[str, str] | None = None,
    sizes: Mapping[str, int] | None = None,
    requested: str = "real",
    folder: Path | None = None,
) -> Comparison:
    """Whether two models compute the same.  ``names`` has new = old names of inputs and outputs, ``sizes`` fixed sizes.

    A difference that the runtime shows too is saved in ``folder``, by default one named after the models.  Raises GraphError.
    """
    one, two = load(before, sizes), load(after, sizes)
    found = replay(one, two, align(one.graph, one.params, two.graph, two.params, settings, names), names)
    made = Comparison(one, two, requested, needed(requested, one.graph, two.graph), found)
    alignment = made.alignment
    if alignment.verdict is not Verdict.REFUTED or alignment.difference is None:
        return made
    place = folder or Path(f"{one.label}-vs-{two.label}")
    difference = replace(alignment.difference, files=save(place, one, two, found, names))
    return replace(made, replayed=replace(found, alignment=replace(alignment, difference=difference)))


def needed(requested: str, *graphs: Graph) -> tuple[Readings, ...]:
    """The sets of readings that satisfy a request.

    ``bits``: whatever the element type.  ``ieee``: the float formats that occur.  ``real``: the reals, or the extended reals,
    in which graphs with an infinite constant are read.
    """
    if requested == "bits":
        return (closed(["bits"]),)
    if requested == "real":
        return frozenset({"real"}), frozenset({"ereal"})
    return (float_formats(*graphs) or closed(["bits"]),)


def float_formats(*graphs: Graph) -> Readings:
    """The readings of the float formats that occur."""
    return frozenset(_FORMATS[t.dtype] for g in graphs for n in g.nodes for t in n.types if t.dtype.is_float)

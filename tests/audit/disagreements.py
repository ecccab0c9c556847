"""Where implementations differ from a denotation or from one another, and why the denotation reads it as it does.

A difference that no row here covers fails the audit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from .compare import Mismatch
from .trial import Trial


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A known difference.

    ``name`` identifies it.  It covers mismatches of those ``kinds`` with those ``libraries`` in trials of ``ops`` that
    have all features of ``when`` (``a|b``: either; ``!a``: not), and errors up to ``ulps`` if given.
    """

    name: str
    ops: tuple[str, ...]
    libraries: tuple[str, ...]
    kinds: tuple[str, ...]
    what: str
    reading: str
    why: str
    when: tuple[str, ...] = ()
    ulps: float | None = None

    def covers(self, trial: Trial, features: frozenset[str], library: str, mismatch: Mismatch) -> bool:
        """Whether it explains a mismatch."""
        return (
            (self.ops == ("*",) or trial.op in self.ops)
            and library in self.libraries
            and mismatch.kind in self.kinds
            and (self.ulps is None or mismatch.ulps <= self.ulps)
            and all(any(_holds(f, features) for f in w.split("|")) for w in self.when)
        )


def _holds(feature: str, features: frozenset[str]) -> bool:
    return feature[1:] not in features if feature.startswith("!") else feature in features


def explain(trial: Trial, library: str, mismatches: Sequence[Mismatch]) -> list[str] | None:
    """The names of the rows that explain all mismatches; None if one is left."""
    features = trial.features()
    names: list[str] = []
    for m in mismatches:
        row = next((d for d in TABLE if d.covers(trial, features, library, m)), None)
        if row is None:
            return None
        names.append(row.name)
    return names


REF: Final = ("onnx.reference",)
ORT: Final = ("onnxruntime",)
BOTH: Final = (*REF, *ORT)

TABLE: Final[tuple[Disagreement, ...]] = (
    Disagreement(
        "rounded expectation", ("AveragePool",), ("node tests",), ("value",),
        "A node test was written with an expected output of four digits.", "The mean is exact up to rounding.",
        "The digits that are given agree.", ("test=test_averagepool_2d_ceil_last_window_starts_on_pad",),
    ),
)  # fmt: skip

"""What discharge reports: one record for each obligation, one for each claim, and how the first make up the second."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from .claims import Claim, Verdict

Readings = frozenset[str]

# Every reading, in the order of reports.  ``bits`` is the reading "whatever the element type", so a step that has it has
# all the others; ``ring`` is "in every commutative ring".  A set of readings is always written out in full.
READINGS: Final = (
    "bits", "ring", "int", "bv8", "bv16", "bv32", "bv64", "f16", "bf16", "f32", "f64", "real", "ereal",
)  # fmt: skip
ALL: Final[Readings] = frozenset(READINGS)
RING: Final[Readings] = frozenset({"ring", "int", "bv8", "bv16", "bv32", "bv64", "real"})
IEEE: Final[Readings] = frozenset({"f16", "bf16", "f32", "f64"})
NONE: Final[Readings] = frozenset()

# From the one that most needs attention; a claim shows the first of these that one of its obligations has.
SEVERITY: Final = (
    Verdict.ERROR,
    Verdict.REFUTED,
    Verdict.VACUOUS,
    Verdict.UNSUPPORTED,
    Verdict.MEMORY,
    Verdict.TIMEOUT,
    Verdict.UNKNOWN,
    Verdict.ASSUMED,
    Verdict.PROVED,
)


def closed(names: Iterable[str]) -> Readings:
    """The readings that ``names`` stand for: ``bits`` brings every reading, ``ring`` every ring."""
    given = frozenset(names)
    if not given <= ALL:
        raise ValueError(f"no such reading: {', '.join(sorted(given - ALL))}")
    return ALL if "bits" in given else given | RING if "ring" in given else given


def ordered(readings: Readings) -> list[str]:
    """``readings`` in the order of reports."""
    return [r for r in READINGS if r in readings]


def shortest(readings: Readings) -> list[str]:
    """The fewest names that :func:`closed` turns back into ``readings``."""
    if readings == ALL:
        return ["bits"]
    return ordered(readings - (RING - {"ring"})) if "ring" in readings and readings >= RING else ordered(readings)


def reading_name(readings: Readings) -> str:
    """The name of a set of readings in reports: *bitwise*, *ieee* (with the formats when some are missing), *real* …"""
    if "bits" in readings:
        return "bitwise"
    formats = readings & IEEE
    rest = shortest(readings - IEEE)
    if formats:
        rest.insert(0, "ieee" if formats == IEEE else f"ieee {' '.join(ordered(formats))}")
    return " + ".join(rest) if rest else "no reading"


@dataclass(frozen=True, slots=True)
class ObligationResult:
    """One obligation, discharged or not.

    ``script_sha256`` is the digest of the script that the verdict rests on (the core's, after a minimised re-run), empty
    when no solver was asked; ``solvers`` are those that agree on it.  ``laws`` and ``axioms`` are the ones it used.
    """

    name: str
    verdict: Verdict
    solvers: tuple[tuple[str, str], ...] = ()
    script_sha256: str = ""
    laws: tuple[str, ...] = ()
    axioms: tuple[str, ...] = ()
    readings: Readings = ALL
    seconds: float = 0.0
    reason: str | None = None
    script: str | None = field(default=None, compare=False, repr=False)

    @property
    def tier(self) -> int:
        """Evidence: 0 assumed, 1 one solver or a normal form, 2 two solvers that agree."""
        if self.verdict is Verdict.ASSUMED:
            return 0
        return 2 if len({name for name, _ in self.solvers}) > 1 else 1


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """One claim with its verdict and all that the verdict rests on.

    ``counterexample`` maps parameters to JSON values; ``witness`` does so for arrays that satisfy the hypotheses.
    ``flags`` are the relaxations (``nsz`` …) that a step needed.  ``replayed`` is None where nothing was to replay.
    """

    claim: Claim
    verdict: Verdict
    readings: Readings = NONE
    flags: tuple[str, ...] = ()
    tier: int = 0
    laws: tuple[str, ...] = ()
    axioms: tuple[str, ...] = ()
    obligations: tuple[ObligationResult, ...] = ()
    counterexample: dict[str, object] | None = None
    counterexample_text: str = ""
    replayed: bool | None = None
    reason: str | None = None
    witness: dict[str, object] | None = None
    environment: str = field(default="", compare=False, repr=False)  # the counterexample exactly, to be replayed

    @property
    def expected(self) -> Verdict:
        """The verdict that the claim's text asks for."""
        return self.claim.expected

    @property
    def as_expected(self) -> bool:
        """Whether the verdict is the expected one, a refutation has replayed and the readings asked for are there."""
        if self.verdict is not self.claim.expected:
            return False
        if self.verdict is Verdict.REFUTED:
            return self.replayed is True
        return self.verdict is not Verdict.PROVED or closed(self.claim.readings) <= self.readings

    @property
    def solvers(self) -> tuple[tuple[str, str], ...]:
        """Solvers of all obligations with their versions, in order of name."""
        return tuple(sorted({s for o in self.obligations for s in o.solvers}))

    @property
    def seconds(self) -> float:
        """Time that the obligations took, one after another."""
        return sum(o.seconds for o in self.obligations)


def common_readings(steps: Iterable[Readings]) -> Readings:
    """Readings in which every step holds: the intersection, and all of them for no step."""
    readings = ALL
    for step in steps:
        readings &= step
    return readings


def union(parts: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """The names of all parts, sorted, each once."""
    return tuple(sorted({name for part in parts for name in part}))


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of a claim whose obligations have ``verdicts``: proved only if every one is; no obligation, no proof."""
    found = set(verdicts)
    return next((v for v in SEVERITY if v in found), Verdict.ERROR)


def compose(
    claim: Claim,
    obligations: tuple[ObligationResult, ...],
    *,
    flags: tuple[str, ...] = (),
    reason: str | None = None,
    witness: dict[str, object] | None = None,
) -> ClaimResult:
    """The result of a claim that holds if and only if every obligation does.

    Readings are intersected, the tier is the least, laws and axioms are united, and the first obligation with the worst
    verdict gives the reason.
    """
    verdict = worst(o.verdict for o in obligations)
    if reason is None and verdict is not Verdict.PROVED:
        reason = next((f"{o.name}: {o.reason}" for o in obligations if o.verdict is verdict and o.reason), None)
    proved = verdict is Verdict.PROVED
    return ClaimResult(
        claim=claim,
        verdict=verdict,
        readings=common_readings(o.readings for o in obligations) if proved else NONE,
        flags=flags,
        tier=min((o.tier for o in obligations), default=0) if proved else 0,
        laws=union(o.laws for o in obligations),
        axioms=union(o.axioms for o in obligations),
        obligations=obligations,
        reason=reason,
        witness=witness,
    )

"""The records of ``obligations.lock``, and how results become them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..claims import Claim, Verdict
from ..language.elaborate import statement_hash
from ..results import shortest
from .graph import Settled, dependency_graph, reach


@dataclass(frozen=True, slots=True)
class ClaimEntry:
    """What the ledger keeps of a claim.

    ``axioms`` and ``laws`` are closed under dependency.  ``satisfiable`` is ``witness`` when arrays are known on which
    all hypotheses hold, ``no witness`` when none are, and empty where there is no hypothesis or the claim is refuted.
    """

    name: str
    kind: str
    statement: str
    expected: str
    verdict: str
    replayed: str = ""
    readings: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    tier: int = 0
    solvers: tuple[str, ...] = ()
    obligations: int = 0
    laws: tuple[str, ...] = ()
    lemmas: tuple[str, ...] = ()
    axioms: tuple[str, ...] = ()
    hypotheses: tuple[str, ...] = ()
    satisfiable: str = ""


@dataclass(frozen=True, slots=True)
class AxiomEntry:
    """What the ledger keeps of an axiom: what it says, why it is believed, and how many claims fall with it."""

    name: str
    statement: str
    because: str = ""
    mitigation: str = ""
    falsified_by: str = ""
    discharged_by: str = ""
    evidence: str = ""
    reach: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Lock:
    """The ledger: entries by name."""

    claims: dict[str, ClaimEntry] = field(default_factory=dict[str, ClaimEntry])
    axioms: dict[str, AxiomEntry] = field(default_factory=dict[str, AxiomEntry])

    def part(self, claims: Iterable[str]) -> Lock:
        """The entries of ``claims`` alone; axioms are left out, since their reach is about all claims."""
        wanted = set(claims)
        return Lock({name: entry for name, entry in self.claims.items() if name in wanted}, {})


def statement_digest(claim: Claim) -> str:
    """The digest of what a claim says, short enough for a line (128 bits)."""
    return statement_hash(claim)[:32]


def make_lock(settled: Iterable[Settled], axioms: Mapping[str, Claim], evidence: Mapping[str, str]) -> Lock:
    """The ledger of a whole run; ``evidence`` says for an axiom what speaks for it so far.

    Axioms that no claim uses are listed too, with reach 0.
    """
    settled = list(settled)
    graph = dependency_graph([s.result for s in settled], axioms)
    claims = {s.result.claim.name: _claim_entry(s) for s in settled if s.result.claim.kind != "axiom"}
    entries = {
        name: _axiom_entry(axiom, evidence.get(name, ""), len(reach(graph, name))) for name, axiom in axioms.items()
    }
    return Lock(dict(sorted(claims.items())), dict(sorted(entries.items())))


def _claim_entry(settled: Settled) -> ClaimEntry:
    r = settled.result
    refuted = r.verdict is Verdict.REFUTED
    return ClaimEntry(
        name=r.claim.name,
        kind=r.claim.kind,
        statement=statement_digest(r.claim),
        expected=r.expected.value,
        verdict=r.verdict.value,
        replayed=("yes" if r.replayed else "no") if refuted else "",
        readings=tuple(shortest(r.readings)),
        flags=r.flags,
        tier=r.tier,
        solvers=tuple(f"{name} {version}" for name, version in r.solvers),
        obligations=len(r.obligations),
        laws=r.laws,
        lemmas=settled.lemmas,
        axioms=r.axioms,
        hypotheses=tuple(f.name for f in r.claim.hypotheses),
        satisfiable="" if refuted or not r.claim.hypotheses else "no witness" if r.witness is None else "witness",
    )


def _axiom_entry(axiom: Claim, evidence: str, count: int) -> AxiomEntry:
    clauses = {word: " ".join(", ".join(values).split()) for word, values in axiom.clauses}
    return AxiomEntry(
        name=axiom.name,
        statement=statement_digest(axiom),
        because=clauses.get("because", ""),
        mitigation=clauses.get("mitigation", ""),
        falsified_by=clauses.get("falsified_by", ""),
        discharged_by=clauses.get("discharged_by", ""),
        evidence=" ".join(evidence.split()),
        reach=count,
        text="\n".join(line.rstrip() for line in axiom.source.strip().splitlines()),
    )

"""Mutants of proved claims: which there are, a sample of them, and what becomes of each."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from probanda.obligations.claims import Claim, Verdict
from probanda.obligations.discharge import parallel
from probanda.obligations.discharge.falsify import falsify
from probanda.obligations.discharge.prove import Engine
from probanda.obligations.discharge.solve import Portfolio
from probanda.obligations.language.ast import ClaimDecl, Def
from probanda.obligations.language.diagnostics import ContractError
from probanda.obligations.language.elaborate import (
    THEORIES,
    Modules,
    library_files,
    load_files,
    re_elaborate,
    statement_hash,
)
from probanda.obligations.results import ClaimResult
from probanda.obligations.settings import Settings
from probanda.theories.errors import Unsupported

from .mutation import LAST_RESORT, declaration_mutants


@dataclass(frozen=True, slots=True)
class Mutant:
    """What ``claim`` says when one place of a declaration is changed; ``key`` names the place and the change."""

    key: str
    claim: Claim
    changed: ClaimDecl | Def


@dataclass(slots=True)
class Drawn:
    """The mutants of one claim that say something else, and how many changes made no sense or changed nothing."""

    name: str
    mutants: list[Mutant] = field(default_factory=list[Mutant])
    left_out: Counter[str] = field(default_factory=Counter[str])


_Change = tuple[str, ClaimDecl | Def, ClaimDecl | Def]


def whole_library() -> Modules:
    """The claim library and the theories.

    Not the lemmas of operators: mutants are changes of declarations, and no declaration states them.
    """
    return load_files([*sorted(THEORIES.glob("*.ob")), *library_files()])


def to_mutate(modules: Modules) -> list[Claim]:
    """The claims that are expected to be proved; of a claim about floats, one format: some have one, some another."""
    formats: dict[str, list[Claim]] = {}
    for c in modules.claims:
        if c.kind in ("theorem", "lemma", "rewrite") and c.expected is Verdict.PROVED:
            formats.setdefault(c.name.partition("[")[0], []).append(c)
    return [versions[hashlib.sha256(name.encode()).digest()[0] % len(versions)] for name, versions in formats.items()]


def _changes(modules: Modules, claim: Claim) -> Iterator[_Change]:
    """All changes of the statement and of the definitions that it uses: mixed, the same order in every run."""
    known = modules.definitions()
    decls = [modules.entry(claim.name).decl, *[known[d].decl for d in claim.definitions if d in known]]
    queues: list[list[_Change]] = []
    last: list[_Change] = []
    for decl in decls:
        assert isinstance(decl, ClaimDecl | Def)
        seen: Counter[str] = Counter()
        queue: list[_Change] = []
        for kind, changed in declaration_mutants(decl):
            seen[kind] += 1
            again = f" (number {seen[kind]})" if seen[kind] > 1 else ""
            resort = kind.removeprefix(f"{decl.name}: ").startswith(LAST_RESORT)
            (last if resort else queue).append((f"{claim.name} | {kind}{again}", decl, changed))
        queue.sort(key=_shuffled)
        queues.append(queue)
    while any(queues):
        for queue in queues:
            if queue:
                yield queue.pop(0)
    yield from sorted(last, key=_shuffled)


def _shuffled(change: _Change) -> bytes:
    """A random order in which a mutant's place does not depend on what others there are."""
    return hashlib.sha256(change[0].encode()).digest()


def draw(modules: Modules, claim: Claim, count: int) -> Drawn:
    """The first ``count`` mutants of ``claim`` that elaborate to something else."""
    drawn = Drawn(claim.name)
    hashes = {statement_hash(claim)}
    for key, old, new in _changes(modules, claim):
        if len(drawn.mutants) == count:
            break
        try:
            (changed,) = re_elaborate(modules, claim.name, old, new)
        except ContractError:
            drawn.left_out["does not elaborate"] += 1
            continue
        digest = statement_hash(changed)
        if digest in hashes:
            drawn.left_out["says the same"] += 1
            continue
        hashes.add(digest)
        number = f"mutant {len(drawn.mutants)} of {claim.name}"
        drawn.mutants.append(Mutant(key, replace(changed, name=number, expected=Verdict.REFUTED), new))
    return drawn


def judge(
    mutants: list[Mutant], jobs: int, settings: Settings, tried_only: AbstractSet[str]
) -> Iterator[tuple[Mutant, ClaimResult]]:
    """What becomes of each mutant, as it comes: arrays first, then solvers.

    Those whose keys are in ``tried_only`` are not sent to solvers: they are known to take long and to stay undecided.
    """
    by_claim = {id(m.claim): m for m in mutants}

    def serve(loop: Callable[[Callable[[Claim], ClaimResult]], None]) -> None:
        with Portfolio(settings) as portfolio:
            engine = Engine(portfolio)

            def prove(claim: Claim) -> ClaimResult:
                try:
                    if falsify(claim) is not None:  # it has been replayed
                        return ClaimResult(claim, Verdict.REFUTED, replayed=True)
                except Unsupported:
                    pass
                if by_claim[id(claim)].key in tried_only:
                    return ClaimResult(claim, Verdict.UNKNOWN, reason="listed")
                return engine.claim(claim)

            loop(prove)

    for result in parallel.prove_all([m.claim for m in mutants], jobs, serve):
        yield by_claim[id(result.claim)], result

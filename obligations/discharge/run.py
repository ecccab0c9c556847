"""A run: what is known from earlier runs is recalled, the rest is proved and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..claims import Claim, Verdict
from ..results import ClaimResult
from ..settings import Settings
from .memo import Memo

OnResult = Callable[[ClaimResult], None]


def prove_claims(claims: Iterable[Claim], settings: Settings, on_result: OnResult | None = None) -> list[ClaimResult]:
    """The results of ``claims`` in their order; ``on_result`` sees each as it comes.

    Raises SolverDisagreement when two solvers contradict each other: then no result of the run can be trusted.
    """
    ordered = list(claims)
    memo = Memo.of(settings)
    done: dict[str, ClaimResult] = {}
    missed: list[Claim] = []
    try:
        for claim in ordered:
            found = _recalled(claim, memo)
            if found is None:
                missed.append(claim)
            else:
                done[claim.name] = found
                if on_result is not None:
                    on_result(found)
        if missed:
            from . import prove  # loads all that encodes, asks and falsifies

            def take(result: ClaimResult) -> None:
                if memo is not None:
                    memo.keep(result)
                if on_result is not None:
                    on_result(result)

            if memo is not None:
                memo.close()  # no connection may be open while processes are copied
            done.update((r.claim.name, r) for r in prove.prove_claims(missed, settings, take))
    finally:
        if memo is not None:
            memo.close()
    return [done[c.name] for c in ordered]


def _recalled(claim: Claim, memo: Memo | None) -> ClaimResult | None:
    if claim.kind == "axiom":
        return ClaimResult(claim, Verdict.ASSUMED)
    return None if memo is None else memo.recall(claim)

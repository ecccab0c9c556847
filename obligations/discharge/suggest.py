"""What the author of an unknown claim might write: hints that sympy proposes, tried before they are named.

A verdict never changes here.  A hint that makes the proof go through is named in the reason; it counts when it stands
in the file.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import Final

from ..claims import Claim, Lemma, Verdict
from ..goals.generate import goals
from ..goals.goal import Goal
from ..goals.propose import Proposal, propose
from ..language.ast import ClaimDecl, Expr, LemmaUse, Span
from ..language.diagnostics import ContractError
from ..language.elaborate.again import re_elaborate
from ..language.elaborate.loader import load_files
from ..language.elaborate.modules import Entry, Modules
from ..language.parser import parse_expr
from ..language.printer import print_expr
from ..results import ClaimResult
from .encode import Encoded
from .obligation import Solve, discharge
from .solve import Answer, SolverDisagreement

_SECONDS: Final = 2.0
"""How long proposals are looked for, and then how long they are tried (a solver that is asked may finish)."""
_MOST: Final = 4
_SHARE: Final = 0.1
"""Share of the time limit for one solver's attempt at a proposal."""


def suggested(result: ClaimResult, solve: Solve) -> ClaimResult:
    """``result``; if it is unknown, with a reason that names the hints that would prove it or might help."""
    if result.verdict is not Verdict.UNKNOWN or result.claim.kind == "refuted":
        return result
    try:
        text = _suggestion(result, solve)
    except SolverDisagreement:
        raise
    except Exception:  # noqa: BLE001  # advice that fails is no advice
        return result
    return replace(result, reason=f"{result.reason}; {text}" if result.reason else text) if text else result


def _suggestion(result: ClaimResult, solve: Solve) -> str | None:
    claim = result.claim
    open_goals = {o.name for o in result.obligations if o.verdict is not Verdict.PROVED}
    unproved = [g for g in goals(claim) if g.name in open_goals]
    if not claim.source or claim.hints.calc or len(unproved) != len(open_goals):
        return None  # the hints of a chain stand at its steps
    modules = load_files([claim.location.file])
    entry = modules.entry(claim.name)
    if claim.source not in {c.source for c in entry.view.module.claims if c.name == claim.name}:
        return None  # the file has changed since
    uses = [LemmaUse(_short(entry, p), _arguments(p)) for p in _proposals(claim, unproved, visible(entry))]
    end = time.monotonic() + _SECONDS
    for chosen in (c for count in range(1, len(uses) + 1) for c in combinations(uses, count)):
        if _proves(_with(modules, entry, claim, chosen), open_goals, _until(end, solve)):
            return f"using {_text(chosen)} proves it"
    return f"perhaps using {_text(uses)} helps" if uses else None


def visible(entry: Entry) -> list[Lemma]:
    """The closed lemmas that a hint of a claim may name: those of used files, and those before it in its own."""
    own = entry.view.module
    before = {e.name for e in own.entries.values() if e.order < entry.order}
    return [x for m in (*own.uses, own) for x in m.lemmas if m is not own or x.name.partition("[")[0] in before]


def _proposals(claim: Claim, unproved: Sequence[Goal], lemmas: Sequence[Lemma]) -> list[Proposal]:
    names = [p.var.name for p in claim.parameters]
    seconds = _SECONDS / len(unproved)
    found = dict.fromkeys(p for g in unproved for p in propose(g, lemmas, names, seconds))
    return list(found)[:_MOST]


def _short(entry: Entry, proposal: Proposal) -> str:
    """The shortest name by which the claim's hints find the lemma."""
    parts = proposal.lemma.split(".")
    for k in range(len(parts) - 1, 0, -1):
        name = ".".join(parts[k:])
        try:
            found = entry.view.find(name, Span(0, 0))
        except ContractError:
            continue
        if found is not None and found.name == proposal.lemma:
            return name
    return proposal.lemma


def _arguments(proposal: Proposal) -> tuple[Expr, ...] | None:
    return tuple([parse_expr(a) for a in proposal.args]) or None


def _text(uses: Sequence[LemmaUse]) -> str:
    return ", ".join(u.name + (f"({', '.join(map(print_expr, u.args))})" if u.args else "") for u in uses)


def _with(modules: Modules, entry: Entry, claim: Claim, uses: Sequence[LemmaUse]) -> Claim | None:
    """The claim as it would be with further hints; None if they make no sense there."""
    decl = entry.decl
    if not isinstance(decl, ClaimDecl):
        return None
    hints = replace(decl.hints, using=(*decl.hints.using, *uses))
    try:
        made = re_elaborate(modules, claim.name, decl, replace(decl, hints=hints))
    except ContractError:
        return None
    return next((c for c in made if c.name == claim.name), None)


def _proves(claim: Claim | None, names: set[str], solve: Solve) -> bool:
    """Whether the goals with those names are proved, and not from a contradiction."""
    if claim is None:
        return False
    outcomes = (discharge(g, solve) for g in goals(claim) if g.name in names)
    return all(o.result.verdict is Verdict.PROVED and not o.vacuous for o in outcomes)


def _until(end: float, solve: Solve) -> Solve:
    """``solve`` with small shares of the time limit, and nothing after ``end``."""

    def limited(encoded: Encoded, text: str, share: float = 1.0) -> Answer:
        if time.monotonic() > end:
            return Answer("timeout", reason="no time is left")
        return solve(encoded, text, min(share, _SHARE))

    return limited

"""A part of the mutants that the audit kills is killed again, and of every operator enough are."""

from __future__ import annotations

import pytest

from probanda.ir.operators import find

from .audit import audited, without_strategy
from .committed import MUTANTS, read
from .equivalents import FEW
from .fates import Trials, kills
from .mutants import WANTED, mutants

RECORDED = read(MUTANTS)
SAMPLE = 6


def test_enough_mutants_of_every_operator_are_killed() -> None:
    few = [op for op in audited() if op not in FEW and len(RECORDED.get(op, {}).get("killed", {})) < WANTED]
    assert not few, f"fewer than {WANTED} mutants killed: {few}; run python -m tests.audit {' '.join(few)}"


@pytest.mark.parametrize("op", [op for op in audited() if op not in without_strategy()])
def test_killed_mutants_are_killed_again(op: str) -> None:
    killed: dict[str, int] = RECORDED[op]["killed"]
    here = [m for m in mutants(find(op)) if m.key in killed]
    assert len(here) >= min(WANTED, len(killed)), f"the denotation has changed: run python -m tests.audit {op}"
    trials = Trials(op)
    step = max(len(here) // SAMPLE, 1)
    alive = [m.key for m in here[::step][:SAMPLE] if not kills(m, trials[killed[m.key]])]
    assert not alive, f"no longer killed: {alive}"

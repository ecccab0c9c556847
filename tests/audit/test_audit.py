"""A part of the audit: no difference without an explanation, and none that is not recorded."""

from __future__ import annotations

import pytest

from .audit import SAMPLE, audited, report, without_strategy
from .committed import AUDIT, read
from .disagreements import TABLE

RECORDED = read(AUDIT)


def test_every_operator_has_a_strategy() -> None:
    assert not without_strategy(), "write a strategy in tests/audit/cases"


def test_every_operator_is_recorded_in_full() -> None:
    missing = [op for op in audited() if RECORDED.get(op, {}).get("trials", 0) < 500]
    assert not missing, f"run python -m tests.audit {' '.join(missing)}"
    assert not [op for op, table in RECORDED.items() if table["unexplained"]]


@pytest.mark.parametrize("op", [op for op in audited() if op not in without_strategy()])
def test_denotation_agrees(op: str) -> None:
    found = report(op, SAMPLE)
    assert not found.unexplained, "\n".join(found.unexplained)
    new = sorted(set(found.known) - set(RECORDED.get(op, {}).get("known", {})))
    assert not new, f"disagreements that are not recorded: {new}; run python -m tests.audit {op}"


def test_names_of_disagreements_are_distinct_and_met() -> None:
    names = [row.name for row in TABLE]
    assert len(set(names)) == len(names)
    met = {key.partition("/")[2] for table in RECORDED.values() for key in table["known"]}
    alone = {row.name for row in TABLE if row.libraries == ("node tests",)}
    assert set(names) <= met | alone, f"rows that explain nothing: {sorted(set(names) - met - alone)}"

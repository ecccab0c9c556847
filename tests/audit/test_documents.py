"""The committed documents are those that are made of the operators and of the committed counts."""

from __future__ import annotations

from . import documents


def test_operators() -> None:
    assert documents.OPERATORS.read_text("utf-8") == documents.operators(), "run python -m tests.audit --docs"


def test_audit() -> None:
    assert documents.AUDIT.read_text("utf-8") == documents.audit(), "run python -m tests.audit --docs"

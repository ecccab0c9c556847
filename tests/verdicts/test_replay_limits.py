"""Values that no array can hold decide nothing."""

from typing import NoReturn

import pytest

from probanda.encoders.arrays.environment import Env
from probanda.obligations.discharge.falsify import replay, search
from probanda.obligations.language.elaborate import elaborate_text


def test_sizes_beyond_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    (claim,) = elaborate_text("theorem t (x : real) : x * x = 1", "t.ob").claims
    assert replay(claim, Env(values={"x": 2})).outcome == "refuted"

    def full(*_: object) -> NoReturn:
        raise MemoryError("Unable to allocate 4.52 PiB")

    monkeypatch.setattr(search.Judge, "replay", full)
    assert replay(claim, Env(values={"x": 2})).outcome == "unknown"

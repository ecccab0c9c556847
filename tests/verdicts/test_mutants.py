"""Every mutant of a proved claim is refuted by arrays that replay, or listed with the reason why it survives.

PROBANDA_MUTANTS is how many mutants of each claim are tried; a larger sample contains each smaller one.
"""

from __future__ import annotations

import os
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from probanda.obligations.claims import Claim, Verdict
from probanda.obligations.language.elaborate import THEORIES, Modules, library_files, module_name
from probanda.obligations.settings import Settings
from tests.mutants import Drawn, draw, judge, to_mutate, whole_library

SURVIVORS = Path(__file__).parents[1] / "claims" / "surviving_mutants.toml"
USUAL = 12
COUNT = int(os.environ.get("PROBANDA_MUTANTS", str(USUAL)))
NOT_COUNTED = (Verdict.VACUOUS, Verdict.UNSUPPORTED)
FILES = [module_name(p)[0] for p in (*sorted(THEORIES.glob("*.ob")), *library_files())]


@cache
def library() -> Modules:
    return whole_library()


@cache
def claims() -> dict[str, list[Claim]]:
    """The claims to mutate of each file that has some."""
    found = to_mutate(library())
    by_file = {f: [c for c in found if c.name.startswith(f + ".")] for f in FILES}
    assert sum(map(len, by_file.values())) == len(found)
    return by_file


def listed() -> dict[str, str]:
    """The survivors by key, each with ``true`` (and proved) or ``undecided``."""
    table: dict[str, list[dict[str, Any]]] = tomllib.loads(SURVIVORS.read_text("utf-8"))
    out: dict[str, str] = {}
    for outcome, groups in table.items():
        for group in groups:
            assert group["reason"]
            for key in group["mutants"]:
                assert key not in out, f"listed twice: {key}"
                out[key] = outcome
    return out


@pytest.mark.parametrize("file", FILES)
def test_mutants_of(file: str, tmp_path: Path) -> None:
    known = {key: outcome for key, outcome in listed().items() if key.startswith(file + ".")}
    drawn = [draw(library(), c, COUNT) for c in claims()[file]]
    undecided = {key for key, outcome in known.items() if outcome == "undecided"}
    settings = Settings(jobs=1, timeout=20.0, cache_dir=tmp_path)
    outcomes: Counter[str] = sum((d.left_out for d in drawn), Counter[str]())
    survivors: dict[str, str] = {}
    for mutant, result in judge([m for d in drawn for m in d.mutants], 1, settings, undecided):
        if result.verdict is Verdict.REFUTED:
            assert result.replayed, mutant.key
            outcomes["killed"] += 1
        elif result.verdict in NOT_COUNTED:
            outcomes[str(result.verdict)] += 1
        else:
            survivors[mutant.key] = f"{result.verdict}: {result.reason}"
            outcomes[f"listed as {known[mutant.key]}" if mutant.key in known else "survives"] += 1
    print(f"{file}: {len(drawn)} claims", *[f"{n} {outcome}" for outcome, n in sorted(outcomes.items())], sep=", ")
    unlisted = {key: verdict for key, verdict in survivors.items() if key not in known}
    assert unlisted == {}
    assert {k for k, v in survivors.items() if v.startswith("proved")} <= known.keys() - undecided
    if COUNT >= USUAL:
        assert known.keys() - survivors.keys() == set(), "listed, and killed or not drawn"
    assert_enough(drawn, outcomes)


def assert_enough(drawn: list[Drawn], outcomes: Counter[str]) -> None:
    """Every claim has mutants, and a fair part of them is killed: least of rewrites that use a definition on both sides."""
    made = sum(len(d.mutants) for d in drawn)
    assert 4 * outcomes["killed"] >= made, outcomes
    for d in drawn:
        assert len(d.mutants) >= min(COUNT, 4), (d.name, d.left_out)


def test_no_entry_of_another_file() -> None:
    assert [key for key in listed() if not key.startswith(tuple(f + "." for f in FILES))] == []


def test_enough_mutants() -> None:
    """At least ten for a claim where there are as many."""
    drawn = [draw(library(), c, 10) for of_file in claims().values() for c in of_file]
    assert len(drawn) >= 200
    assert sum(len(d.mutants) for d in drawn) >= 9 * len(drawn)
    assert sum(len(d.mutants) == 10 for d in drawn) >= 0.8 * len(drawn)
    usual = sum(len(draw(library(), c, USUAL).mutants) for of_file in claims().values() for c in of_file)
    assert len(listed()) <= 0.25 * usual
    assert sum(outcome == "undecided" for outcome in listed().values()) <= 0.03 * usual

"""The lemmas of operators on the command line: chosen by name, made only when they are asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from probanda.cli import run
from probanda.obligations.artefacts.lemmas import listed

_LOADED = """
import sys
from probanda.cli import run
code = run(sys.argv[1:])
print(code, [m for m in ("catalogue", "build") if f"probanda.obligations.artefacts.lemmas.{m}" in sys.modules])
"""


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of a project, and a cache of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROBANDA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PROBANDA_JOBS", "1")


def rows(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line.split()[1] for line in capsys.readouterr().out.splitlines()]


def test_chosen_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list", "Gather.shape_2"]) == 0
    assert rows(capsys) == ["ops.Gather.shape_2"]
    assert run(["list", "ops.Gather.*"]) == 0
    wanted = [name for name in listed() if name.startswith("ops.Gather.")]
    assert rows(capsys) == wanted
    assert len(wanted) >= 6
    assert run(["list", "-k", "ops.Gather.shape"]) == 0
    assert rows(capsys) == [n for n in wanted if n.startswith("ops.Gather.shape")]


def test_all_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list"]) == 0
    names = rows(capsys)
    assert [n for n in names if n.startswith("ops.")] == list(listed())
    assert len(names) > len(listed()) + 100


def test_files_bring_none(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "one.ob").write_text("theorem one (a : real) : a = a\n")
    assert run(["list", "one.ob"]) == 0
    assert rows(capsys) == ["one.one"]
    assert run(["list", "one.ob", "-k", "ops.Gather.shape"]) == 5


def test_errors(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list", "ops.Nothing.*"]) == 2
    assert "no claim is called 'ops.Nothing.*'" in capsys.readouterr().err
    assert run(["list", "ops.Nothing.shape"]) == 2
    assert run(["prove", "ops.Identity.*", "--lock", "write"]) == 2
    assert "PB" in capsys.readouterr().err


def test_proved_and_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["prove", "ops.Identity.*", "Sub.preservation_wrong_order"]) == 0
    out = capsys.readouterr().out
    assert "2 proved" in out and "1 refuted as expected" in out
    assert run(["explain", "ops.Identity.shape"]) == 0
    assert "operands    x0: float32[n, m]" in capsys.readouterr().out
    assert run(["smt", "ops.Gather.shape"]) == 0
    assert "(check-sat)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "loaded"),
    [
        (["--help"], []),
        (["list", "theories.sqrt.sqrt_le_of_le"], []),
        (["list", "ops.Gather.shape"], ["catalogue"]),
        (["explain", "ops.Gather.shape"], ["catalogue", "build"]),
    ],
)
def test_made_when_asked_for(arguments: list[str], loaded: list[str]) -> None:
    done = subprocess.run([sys.executable, "-c", _LOADED, *arguments], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == f"0 {loaded}"

from pathlib import Path

import pytest

from probanda.obligations.language.diagnostics import BadSetting
from probanda.obligations.settings import Settings, find_project, load_settings


def load(folder: Path, given: dict[str, object] | None = None, **env: str) -> Settings:
    return load_settings(given, env=env, directory=folder)


def project(folder: Path, text: str) -> None:
    (folder / "pyproject.toml").write_text(f"[tool.probanda]\n{text}", "utf-8")


def test_the_first_place_that_says_something_counts(tmp_path: Path) -> None:
    assert load(tmp_path).timeout == Settings().timeout
    project(tmp_path, 'timeout = 3\nsolvers = ["cvc5", "z3"]\ntwo-solvers = true\nlibrary = "a, b"')
    found = load(tmp_path)
    assert (found.timeout, found.solvers, found.two_solvers, found.library) == (3.0, ("cvc5", "z3"), True, ("a", "b"))
    assert load(tmp_path, PROBANDA_TIMEOUT="4", PROBANDA_TWO_SOLVERS="no").timeout == 4.0
    assert load(tmp_path, {"timeout": "5", "jobs": None}, PROBANDA_TIMEOUT="4").timeout == 5.0


def test_the_nearest_project_file_counts(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    project(tmp_path, "jobs = 7")
    assert load(inner).jobs == 7
    project(tmp_path / "a", "jobs = 3")
    assert load(inner).jobs == 3
    (inner / "pyproject.toml").write_text("[project]\nname = 'other'\n", "utf-8")
    assert find_project(inner) is not None
    assert load(inner).jobs == Settings().jobs


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"jobs": "0"}, "--jobs: jobs must be a whole number from 1"),
        ({"jobs": "two"}, "--jobs"),
        ({"timeout": "inf"}, "positive number of seconds"),
        ({"timeout": "-1"}, "positive number of seconds"),
        ({"memory": "1e3"}, "whole number"),
        ({"solvers": ["abacus"]}, "among z3, cvc5, bitwuzla"),
        ({"two_solvers": "perhaps"}, "true or false"),
        ({"lock_file": ""}, "a path"),
    ],
)
def test_impossible_values_name_their_place(tmp_path: Path, given: dict[str, object], message: str) -> None:
    with pytest.raises(BadSetting, match=message):
        load(tmp_path, given)


def test_project_and_environment_are_named_in_errors(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="PROBANDA_JOBS"):
        load(tmp_path, PROBANDA_JOBS="many")
    project(tmp_path, "tiemout = 3")
    with pytest.raises(BadSetting, match=r"tiemout.*pyproject\.toml") as error:
        load(tmp_path)
    assert error.value.hint == "did you mean `timeout`?"
    project(tmp_path, "timeout = [")
    with pytest.raises(BadSetting, match="cannot be read"):
        load(tmp_path)
    project(tmp_path, "designated = true")
    with pytest.raises(BadSetting, match="no setting is called"):
        load(tmp_path)

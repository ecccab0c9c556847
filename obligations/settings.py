"""What a run may be told: how many workers, how long, which solvers.  One record, and the places it is read from.

The command line comes first, then ``PROBANDA_*`` in the environment, then ``[tool.probanda]`` in the nearest
``pyproject.toml``, then the defaults below.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import cast

from .language.diagnostics import BadSetting, nearest

SOLVERS = ("z3", "cvc5", "bitwuzla")


def cache_folder() -> Path:
    """The user's folder for answers of solvers: ``PROBANDA_CACHE``, else the platform's place for caches."""
    if given := os.environ.get("PROBANDA_CACHE"):
        return Path(given)
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".cache") / "probanda"


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a run.

    ``timeout`` is seconds a solver may take for one obligation, ``memory`` megabytes for one solver process.
    ``two_solvers`` asks that a second solver agrees.  ``use_cache`` says whether answers of
    earlier runs are believed and new ones kept.  ``designated`` makes each goal's first solver go alone, without a
    race, so that what the lock records does not depend on who was faster.  ``library`` is where contracts are looked for
    when none are named; empty means the library that is installed with probanda.
    """

    jobs: int = max(1, os.cpu_count() or 1)
    timeout: float = 10.0
    memory: int = 2048
    solvers: tuple[str, ...] = SOLVERS
    two_solvers: bool = False
    use_cache: bool = True
    cache_dir: Path = field(default_factory=cache_folder)
    designated: bool = False
    library: tuple[str, ...] = ()
    lock_file: Path = Path("obligations.lock")


# What pyproject.toml and the environment may set, by the name used there.
_NAMES = {f.name: f.name.replace("_", "-") for f in fields(Settings) if f.name != "designated"}


def load_settings(
    given: Mapping[str, object] | None = None,
    *,
    env: Mapping[str, str] | None = None,
    directory: Path | None = None,
) -> Settings:
    """The settings in force: ``given`` (from the command line; None means not given) over environment over project file.

    Raises BadSetting for an unknown name or a value of the wrong kind.
    """
    env = os.environ if env is None else env
    settings = Settings()
    project = find_project(directory or Path.cwd())
    if project is not None:
        table, where = project
        known = {spelling: name for name, spelling in _NAMES.items()}
        for spelling, value in table.items():
            if spelling not in known:
                raise BadSetting(
                    f"no setting is called {spelling!r} ({where}, [tool.probanda])", hint=nearest(spelling, known)
                )
            name = known[spelling]
            settings = _with(settings, name, value, f"{where}, [tool.probanda]")
    for name in _NAMES:
        variable = f"PROBANDA_{name.upper()}"
        if env.get(variable):
            settings = _with(settings, name, env[variable], variable)
    for name, value in (given or {}).items():
        if value is not None:
            settings = _with(settings, name, value, f"--{name.replace('_', '-')}")
    return settings


def find_project(directory: Path) -> tuple[dict[str, object], Path] | None:
    """The ``[tool.probanda]`` table of the nearest ``pyproject.toml`` at or above ``directory``, and that file."""
    for folder in (directory.resolve(), *directory.resolve().parents):
        path = folder / "pyproject.toml"
        if path.is_file():
            try:
                tool = tomllib.loads(path.read_text("utf-8")).get("tool", {})
            except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
                raise BadSetting(f"{path} cannot be read: {error}") from None
            table: object = cast("dict[str, object]", tool).get("probanda", {}) if isinstance(tool, dict) else {}
            return (cast("dict[str, object]", table), path) if isinstance(table, dict) else None
    return None


def _with(settings: Settings, name: str, value: object, where: str) -> Settings:
    try:
        return replace(settings, **{name: _convert(name, value)})
    except ValueError as error:
        raise BadSetting(f"{where}: {name.replace('_', '-')} {error}") from None


def _convert(name: str, value: object) -> object:
    """``value`` as setting ``name`` wants it; ValueError says what was wanted."""
    match name:
        case "jobs" | "memory":
            if isinstance(value, bool) or not str(value).isdecimal() or int(str(value)) < 1:
                raise ValueError(f"must be a whole number from 1, not {value!r}")
            return int(str(value))
        case "timeout":
            try:
                seconds = float(str(value))
            except ValueError:
                seconds = 0.0
            if not 0 < seconds < float("inf") or isinstance(value, bool):
                raise ValueError(f"must be a positive number of seconds, not {value!r}")
            return seconds
        case "two_solvers" | "use_cache" | "designated":
            return _boolean(value)
        case "cache_dir" | "lock_file":
            if not isinstance(value, str | Path) or not str(value):
                raise ValueError(f"must be a path, not {value!r}")
            return Path(value)
        case "solvers":
            names = _names(value)
            if not names or not set(names) <= set(SOLVERS):
                raise ValueError(f"must be among {', '.join(SOLVERS)}, not {value!r}")
            return names
        case _:
            return _names(value)


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    match str(value).lower():
        case "1" | "true" | "yes" | "on":
            return True
        case "0" | "false" | "no" | "off":
            return False
        case _:
            raise ValueError(f"must be true or false, not {value!r}")


def _names(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, Iterable) and all(isinstance(v, str) for v in cast("Iterable[object]", value)):
        return tuple(dict.fromkeys(cast("Iterable[str]", value)))
    raise ValueError(f"must be names, not {value!r}")

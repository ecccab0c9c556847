"""The four folders: how they import one another, and how they appear inside the package."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("theories", "ir", "encoders", "obligations")

# What each folder may import from; everything may import from itself.
ALLOWED = {
    "theories": set[str](),
    "ir": {"theories"},
    "encoders": {"theories"},
    "obligations": {"theories", "ir", "encoders"},
    "probanda": set(FOLDERS),
}


def sources(folder: str) -> list[Path]:
    """The Python files that really lie in ``folder``, not behind a link."""
    links = [p for p in (ROOT / folder).iterdir() if p.is_symlink()]
    return sorted(p for p in (ROOT / folder).rglob("*.py") if not any(p.is_relative_to(link) for link in links))


def imports(path: Path) -> list[tuple[int, str]]:
    """Level and module of every import statement in ``path``, wherever it stands."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found += [(0, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            found += [(node.level, ".".join(filter(None, (module, alias.name)))) for alias in node.names]
    return found


@pytest.mark.parametrize("folder", [*FOLDERS, "probanda", "tests", "benchmarks"])
def test_no_import_by_the_name_of_a_folder(folder: str) -> None:
    for path in sources(folder):
        for level, module in imports(path):
            assert level or module.partition(".")[0] not in FOLDERS, f"{path}: import {module}"


@pytest.mark.parametrize("folder", [*FOLDERS, "probanda"])
def test_imports_are_relative_and_go_one_way(folder: str) -> None:
    for path in sources(folder):
        package = path.relative_to(ROOT).parent.parts
        for level, module in imports(path):
            assert level or module.partition(".")[0] != "probanda", f"{path}: import {module} must be relative"
            # Level 1 is the file's own package; the level after the top of the folder is the package probanda.
            if level == len(package) + (folder != "probanda"):
                target = module.partition(".")[0]
                known = target in {*FOLDERS, "probanda"}
                assert not known or target in ALLOWED[folder] | {folder}, f"{path}: {folder} may not import {target}"
            assert level <= len(package) + (folder != "probanda"), f"{path}: {module} climbs out of the package"


@pytest.mark.parametrize("folder", FOLDERS)
def test_links_are_there(folder: str) -> None:
    link = ROOT / "probanda" / folder
    assert link.is_symlink(), f"{link} is no link: run `make links`"
    assert link.resolve() == ROOT / folder


def test_every_folder_is_a_package() -> None:
    for folder in FOLDERS:
        for path in sources(folder):
            assert (path.parent / "__init__.py").is_file(), f"{path.parent} has no __init__.py"

"""The cache forgets rather than lie: damage of any kind loses answers and never changes one."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from probanda.obligations.discharge.answer import Answer
from probanda.obligations.discharge.cache import Cache
from probanda.obligations.settings import Settings

SAT = Answer("sat", '((x 4) (|a b| "é"))', (), "z3", "5.4.1.0")
UNSAT = Answer("unsat", None, ("h1", "a b"), "cvc5", "1.4.2")


def same(found: Answer | None, kept: Answer) -> bool:
    fields = ("status", "values", "core", "solver", "version")
    return found is not None and found.cached and all(getattr(found, f) == getattr(kept, f) for f in fields)


def test_definite_answers_come_back(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put("script", SAT)
    cache.put("other", UNSAT)
    for opened in (cache, Cache(tmp_path)):
        assert same(opened.get("script", "z3", "5.4.1.0"), SAT)
        assert same(opened.get("other", "cvc5", "1.4.2"), UNSAT)
        assert same(opened.others("script")[0], SAT)


def test_the_key_is_script_solver_and_version(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put("script", SAT)
    assert cache.get("script ", "z3", "5.4.1.0") is None
    assert cache.get("script", "z3", "5.4.1.1") is None
    assert cache.get("script", "cvc5", "5.4.1.0") is None


@pytest.mark.parametrize("status", ["unknown", "timeout", "memory", "error"])
def test_limits_are_not_kept(tmp_path: Path, status: str) -> None:
    cache = Cache(tmp_path)
    cache.put("script", Answer(status, solver="z3", version="1"))  # type: ignore[arg-type]
    assert cache.get("script", "z3", "1") is None
    assert cache.empty()


def test_info_and_clear(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    assert (cache.info().size, cache.info().sat, cache.info().unsat) == (0, 0, 0)
    for i in range(5):
        cache.put(f"script {i}", UNSAT)
    cache.put("script", SAT)
    info = cache.info()
    assert (info.sat, info.unsat) == (1, 5)
    assert info.size > 0
    cache.clear()
    assert cache.empty()
    assert list(tmp_path.iterdir()) == []
    cache.put("script", SAT)
    assert cache.info().sat == 1


@pytest.mark.parametrize("seed", range(40))
def test_flipped_bytes_never_give_another_answer(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    cache = Cache(tmp_path)
    for i in range(60):
        cache.put(f"script {i}", SAT if i % 2 else UNSAT)
    cache.close()
    path = cache.path
    data = bytearray(path.read_bytes())
    for _ in range(rng.choice([1, 3, 30, 300])):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data[: rng.randrange(len(data))] if seed % 5 == 0 else data)
    check(Cache(tmp_path))


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100, b"SQLite format 3\0" + b"\0" * 5000])
def test_a_foreign_file_is_replaced(tmp_path: Path, content: bytes) -> None:
    path = Cache(tmp_path).path
    path.write_bytes(content)
    check(Cache(tmp_path))


def test_a_row_written_by_hand_is_not_believed(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put("script", SAT)
    cache.close()
    with sqlite3.connect(cache.path) as db:
        db.execute("UPDATE answers SET body = ?", ('["unsat", null, []]',))
    db.close()
    assert Cache(tmp_path).get("script", "z3", "5.4.1.0") is None


def check(cache: Cache) -> None:
    """Whatever is still there is right, and the cache works afterwards."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for i in range(60):
            kept = SAT if i % 2 else UNSAT
            found = cache.get(f"script {i}", kept.solver, kept.version)
            assert found is None or same(found, kept)
            assert all(same(a, kept) for a in cache.others(f"script {i}"))
        cache.info()
        cache.put("new", SAT)
        assert same(cache.get("new", SAT.solver, SAT.version), SAT)


def test_many_threads_and_two_processes(tmp_path: Path) -> None:
    writer = (
        "import sys; from pathlib import Path\n"
        "from probanda.obligations.discharge.cache import Cache\n"
        "from probanda.obligations.discharge.answer import Answer\n"
        "cache = Cache(Path(sys.argv[1]))\n"
        "for i in range(300): cache.put(f'script {i}', Answer('sat', f'((x {i}))', (), 'z3', sys.argv[2]))\n"
    )
    processes = [subprocess.Popen([sys.executable, "-W", "error", "-c", writer, tmp_path, v]) for v in ("1", "2")]
    cache = Cache(tmp_path)
    with ThreadPoolExecutor(4) as pool, warnings.catch_warnings():
        warnings.simplefilter("error")
        written = [
            pool.submit(cache.put, f"script {i}", Answer("sat", f"((x {i}))", (), "z3", "3")) for i in range(300)
        ]
        assert all(w.result() is None for w in written)
        assert [p.wait() for p in processes] == [0, 0]
        for version in ("1", "2", "3"):
            for i in range(300):
                found = cache.get(f"script {i}", "z3", version)
                assert found is not None
                assert found.values == f"((x {i}))"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_read_only_folder_costs_one_warning(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    without_cache(tmp_path)


def test_a_folder_that_cannot_be_made_costs_one_warning(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    without_cache(tmp_path / "file" / "folder")


def test_a_full_disk_costs_one_warning(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put("script", SAT)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert cache._db is not None
        cache._db.execute("PRAGMA max_page_count = 20")
        for i in range(400):
            cache.put(f"a script of some length {i}", SAT)
    assert len(caught) == 1
    assert "full" in str(caught[0].message)
    assert same(Cache(tmp_path).get("script", "z3", "5.4.1.0"), SAT)


def without_cache(folder: Path) -> None:
    cache = Cache(folder)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(3):
            assert cache.get("script", "z3", "5.4.1.0") is None
            cache.put("script", SAT)
    assert len(caught) == 1
    assert "not cached" in str(caught[0].message)


def test_the_folder_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PROBANDA_CACHE", str(tmp_path))
    assert Settings().cache_dir == tmp_path
    monkeypatch.delenv("PROBANDA_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert Settings().cache_dir == tmp_path / "probanda"

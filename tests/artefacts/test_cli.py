"""The command line as a user meets it: in a process of its own, in a folder of its own."""

import json
import os
import pty
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from console import ROOT, comparable
from syrupy.assertion import SnapshotAssertion

from probanda.cli import COMMANDS
from probanda.obligations.language.diagnostics import CODES

GOOD = """\
axiom tame (a : real) : tanh(a) < 1
  because "tanh has no SMT theory"
  falsified_by sampling

lemma spread (a b : real) (above : a < b) : 0 < b - a

theorem spread_sum {m : size} (u v : real[m]) (r : index m) (above : u[r] < v[r]) : 0 < (v[r] - u[r]) + (v[r] - u[r])
  using spread(u[r], v[r])

theorem tamed (a : real) : tanh(3 * a) < 2
  using tame(3 * a)

refuted spread_any (a b : real) : 0 < b - a
  twin_of spread

rewrite twice {K : axes} {R : ring} (u : R[K : m]) : u + u => 2 * u
"""

WRONG = """\
theorem square_pos (a : real) : 0 < a * a

theorem fine (a : real) : 0 <= a * a
"""


class Result:
    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def verdicts(self) -> dict[str, str]:
        return {c["name"].rpartition(".")[2]: c["verdict"] for c in self.json["claims"]}


class Shell:
    """Runs probanda in one folder, with nothing from the user's environment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "good.ob").write_text(GOOD, "utf-8")
        (folder / "wrong.ob").write_text(WRONG, "utf-8")
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PROBANDA") and k not in ("CI", "NO_COLOR")}
        self.env = kept | {"PYTHONPATH": str(ROOT), "COLUMNS": "100", "PROBANDA_CACHE_DIR": str(folder / "cache")}

    def command(self, *args: str) -> list[str]:
        return [sys.executable, "-m", "probanda", *args]

    def __call__(self, *args: str, **env: str) -> Result:
        return Result(
            subprocess.run(
                self.command(*args), cwd=self.folder, env=self.env | env, capture_output=True, text=True, check=False
            )
        )


@pytest.fixture
def sh(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def times(command: Sequence[str], n: int = 9) -> float:
    found: list[float] = []
    for _ in range(n):
        start = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def test_help_imports_nothing_slow(sh: Shell) -> None:
    program = "import sys; from probanda.cli import run; code = run(['--help']); print(*sys.modules, file=sys.stderr); sys.exit(code)"
    done = subprocess.run([sys.executable, "-c", program], env=sh.env, capture_output=True, text=True, check=True)
    loaded = {m.partition(".")[0] for m in done.stderr.split()}
    slow = {
        "sympy",
        "networkx",
        "numpy",
        "rich",
        "msgspec",
        "lark",
        "z3",
        "cvc5",
        "bitwuzla",
        "pysmt",
        "flint",
        "hashlib",
    }
    assert not loaded & slow
    for name in COMMANDS:
        assert f"    {name} " in done.stdout


def test_help_takes_at_most_five_times_as_long_as_importing_argparse() -> None:
    base = times([sys.executable, "-c", "import argparse"])
    assert times([sys.executable, "-m", "probanda", "--help"]) <= 5 * base


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help(sh: Shell, command: str) -> None:
    result = sh(command, "--help")
    assert result.code == 0
    assert COMMANDS[command].summary[1:30] in result.out


def test_text(sh: Shell, snapshot: SnapshotAssertion) -> None:
    result = sh("prove", "good.ob")
    assert result.code == 0, result.out + result.err
    assert comparable(result.out) == snapshot
    assert "\x1b" not in result.out


def test_verdicts_that_differ_exit_with_one(sh: Shell, snapshot: SnapshotAssertion) -> None:
    result = sh("prove", "wrong.ob")
    assert result.code == 1
    assert comparable(result.out) == snapshot


def test_json_is_as_published(sh: Shell) -> None:
    schema = json.loads((ROOT / "docs" / "schema.json").read_text("utf-8"))
    for file, code, outcome in (("good.ob", 0, "as-expected"), ("wrong.ob", 1, "differs")):
        result = sh("prove", file, "--output-format", "json")
        assert result.code == code, result.err
        jsonschema.validate(result.json, schema)
        assert result.json["outcome"] == outcome
    assert result.verdicts() == {"square_pos": "refuted", "fine": "proved"}
    wrong = result.json["claims"][0]
    assert wrong["replayed"] is True
    assert wrong["counterexample"]
    assert wrong["location"] == {"file": "wrong.ob", "line": 1}


def test_json_names_what_claims_rest_on(sh: Shell) -> None:
    found = sh("prove", "good.ob", "--output-format", "json").json
    by_name = {c["name"].rpartition(".")[2]: c for c in found["claims"]}
    assert [a.rpartition(".")[2] for a in by_name["tamed"]["axioms"]] == ["tame"]
    assert by_name["spread_sum"]["axioms"] == []
    assert by_name["twice"]["readings"][0] == "ring"
    assert [(a["name"].rpartition(".")[2], a["reach"]) for a in found["axioms"]] == [("tame", 1)]
    assert found["axioms"][0]["statement"].startswith("axiom tame")


def test_jsonl_says_the_same_a_line_at_a_time(sh: Shell) -> None:
    whole = sh("prove", "good.ob", "--output-format", "json").json
    lines = [json.loads(line) for line in sh("prove", "good.ob", "--output-format", "jsonl").out.splitlines()]
    assert lines[:-1] == whole["claims"]
    assert lines[-1] == {k: whole[k] for k in ("schema_version", "outcome", "axioms")}


def test_output_does_not_depend_on_the_number_of_workers(sh: Shell) -> None:
    one, four = (sh("prove", "good.ob", "wrong.ob", "-j", n, "--no-cache", "--output-format", "json") for n in "14")
    assert [c["name"] for c in one.json["claims"]] == [c["name"] for c in four.json["claims"]]
    assert one.verdicts() == four.verdicts()


def test_selection(sh: Shell) -> None:
    assert sh("prove", "good.ob", "-k", "SPREAD_ANY", "--output-format", "json").verdicts() == {"spread_any": "refuted"}
    assert sh("prove", "good.ob", "-k", "*.twice", "--output-format", "json").verdicts() == {"twice": "proved"}
    # A claim comes with its lemmas: without them it would rest on nothing.
    both = sh("prove", "good.ob", "spread_sum", "--output-format", "json").verdicts()
    assert both == {"spread": "proved", "spread_sum": "proved"}
    nothing = sh("prove", "good.ob", "-k", "no_such_thing")
    assert (nothing.code, nothing.out, nothing.err) == (5, "", "nothing selected\n")
    unknown = sh("prove", "good.ob", "spred_sum")
    assert unknown.code == 2
    assert "error[PB506]" in unknown.err and "spread_sum" in unknown.err


def test_list(sh: Shell) -> None:
    rows = sh("list", "good.ob", "--output-format", "json").json
    assert [(r["name"].rpartition(".")[2], r["kind"], r["expected"], r["location"]["line"]) for r in rows] == [
        ("spread", "lemma", "proved", 5),
        ("spread_sum", "theorem", "proved", 7),
        ("tamed", "theorem", "proved", 10),
        ("spread_any", "refuted", "refuted", 13),
        ("twice", "rewrite", "proved", 16),
    ]
    assert [json.loads(line) for line in sh("list", "good.ob", "--output-format", "jsonl").out.splitlines()] == rows
    assert sh("list", "good.ob", "-k", "nothing").code == 5


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("theorem t (x : real : x = x", "PB1"),
        ("theorem t (x : real) : x = y", "PB2"),
        ("theorem t (x : real) : §", "PB1"),
        ("rec f (n : nat) : nat | 0 => 1", "PB"),
        ("\0\1\2", "PB1"),
    ],
)
def test_bad_contracts_exit_with_two_and_a_place(sh: Shell, text: str, code: str) -> None:
    (sh.folder / "bad.ob").write_text(text, "utf-8")
    result = sh("prove", "bad.ob", "good.ob")
    assert result.code == 2
    assert result.out == ""
    assert re.match(rf"bad\.ob:\d+:\d+: error\[{code}\d*\]: ", result.err), result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["prove", "missing.ob"], "PB501"),
        (["prove", "good.ob", "--timeout", "never"], "PB503"),
        (["prove", "good.ob", "-j", "0"], "PB503"),
        (["prove", "good.ob", "--solver", "abacus"], "PB503"),
        (["prove", "good.ob", "--lock", "check"], "PB501"),
        (["prove", "good.ob", "-k", "twice", "--lock", "write"], "PB413"),
        (["explain", "PB999"], "PB506"),
        (["replay"], "PB501"),
        (["audit"], "PB501"),
    ],
)
def test_errors_have_codes(sh: Shell, args: list[str], code: str) -> None:
    result = sh(*args)
    assert result.code == 2
    assert f"error[{code}]: " in result.err, result.err


@pytest.mark.parametrize("args", [[], ["nonsense"], ["prove", "--frobnicate"], ["list", "--output-format", "xml"]])
def test_usage_errors_exit_with_two(sh: Shell, args: list[str]) -> None:
    result = sh(*args)
    assert (result.code, result.out) == (2, "")
    assert "usage: probanda" in result.err


def test_settings_command_line_first_then_environment_then_project(sh: Shell) -> None:
    (sh.folder / "pyproject.toml").write_text('[tool.probanda]\nlock-file = "project.lock"\nlibrary = ["good.ob"]\n')
    assert "project.lock" in sh("audit").err
    assert "env.lock" in sh("audit", PROBANDA_LOCK_FILE="env.lock").err
    assert "given.lock" in sh("audit", "--lock-file", "given.lock", PROBANDA_LOCK_FILE="env.lock").err
    (sh.folder / "pyproject.toml").write_text("[tool.probanda]\nlock-fille = 3\n")
    assert "did you mean `lock-file`?" in sh("audit").err


def test_every_code_is_explained(sh: Shell) -> None:
    for code, cls in CODES.items():
        assert (cls.__doc__ or "").strip(), f"{code} has no page"
    result = sh("explain", "pb505")
    assert result.code == 0
    assert result.out.startswith("PB505  BadLock")


def library(sh: Shell) -> None:
    (sh.folder / "pyproject.toml").write_text('[tool.probanda]\nlibrary = ["good.ob"]\n')


def test_explain_a_claim_and_an_axiom(sh: Shell, snapshot: SnapshotAssertion) -> None:
    library(sh)
    assert sh("prove", "--lock", "write").code == 0
    assert "\n".join(comparable(sh("explain", name).out) for name in ("spread_sum", "tame")) == snapshot


def test_the_ledger_is_written_reproduced_and_audited(sh: Shell, snapshot: SnapshotAssertion) -> None:
    library(sh)
    written = sh("prove", "--lock", "write")
    assert (written.code, written.err) == (0, "wrote obligations.lock\n")
    text = (sh.folder / "obligations.lock").read_text("utf-8")
    digests = re.sub(r"statement [0-9a-f]{32}", "statement DIGEST", text)
    assert comparable(digests) == snapshot
    assert sh("prove", "--lock", "write").err == "obligations.lock is up to date\n"
    assert sh("prove", "--lock", "check").code == 0
    replayed = sh("replay")
    assert (replayed.code, replayed.err) == (0, "obligations.lock is reproduced: 5 claims, 1 axioms\n")
    assert sh("audit").code == 0
    assert (sh.folder / "obligations.lock").read_text("utf-8") == text


def test_replay_and_audit_fail_on_changes(sh: Shell) -> None:
    library(sh)
    assert sh("prove", "--lock", "write").code == 0
    old = sh.folder / "old.lock"
    (sh.folder / "obligations.lock").rename(old)
    assert sh("replay", "--lock-file", "old.lock").code == 0
    assert sh("replay", "-k", "twice", "--lock-file", "old.lock").code == 0
    (sh.folder / "good.ob").write_text(
        GOOD.replace("tanh(3 * a) < 2", "tanh(3 * a) < 3") + "axiom new_one (a : real) : a <= a\n"
    )
    changed = sh("replay", "--lock-file", "old.lock")
    assert changed.code == 1
    assert re.search(r"differs {2}(\w+\.)*tamed: statement was", changed.err)
    assert "statement has changed" in sh("audit", "--lock-file", "old.lock").out
    assert sh("prove", "--lock", "write").code == 0
    compared = sh("audit", "--compare", "old.lock")
    assert compared.code == 1
    assert re.search(r"FAILS {2}(\w+\.)*new_one: this axiom is new", compared.out)
    assert sh("audit").code == 0


def test_axioms(sh: Shell) -> None:
    library(sh)
    assert "reach ?" in sh("axioms").out
    assert sh("prove", "--lock", "write").code == 0
    assert re.match(r"(\w+\.)*tame +reach 1", sh("axioms").out)
    record = sh("axioms", "tame", "--output-format", "json").json[0]
    assert record["reach"] == 1 and record["because"]
    assert [n.rpartition(".")[2] for n in record["claims"]] == ["tamed"]


def test_smt_prints_a_script_and_runs_exactly_it(sh: Shell) -> None:
    library(sh)
    script = sh("smt", "spread_sum")
    assert script.code == 0
    assert script.out.count("(check-sat)") == 1
    assert script.out == sh("smt", "spread_sum").out
    for solver in ("z3", "cvc5"):
        assert sh("smt", "spread_sum", "--run", solver).out.startswith("unsat")
    other = re.search(r"there are also ([^\s,]+)", script.err)
    if other:
        assert sh("smt", other[1]).code == 0
    assert "error[PB504]" in sh("smt", "spread_sum", "--run", "abacus").err
    assert "error[PB506]" in sh("smt", "spread_sum/nothing").err


def test_cache(sh: Shell) -> None:
    assert " 0 answers" in sh("cache").out
    sh("prove", "good.ob")
    assert " 0 answers" not in sh("cache").out
    assert sh("cache", "clear").code == 0
    assert " 0 answers" in sh("cache").out


def on_a_terminal(sh: Shell, *args: str, **env: str) -> str:
    """What a command writes to a terminal."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        sh.command(*args),
        cwd=sh.folder,
        env=sh.env | {"TERM": "xterm"} | env,
        stdin=follower,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    found = b""
    try:
        while chunk := os.read(leader, 4096):
            found += chunk
    except OSError:  # the other end is closed
        pass
    process.wait()
    os.close(leader)
    return found.decode()


def test_a_terminal_gets_colours_and_a_table_unless_told_otherwise(sh: Shell) -> None:
    lively = on_a_terminal(sh, "prove", "good.ob")
    assert "\x1b[32m" in lively and "/5" in lively
    assert "5 proved" not in lively
    plain = on_a_terminal(sh, "prove", "good.ob", CI="1")
    assert "/5" not in plain and "\x1b[32m" in plain
    assert "\x1b[3" not in on_a_terminal(sh, "prove", "good.ob", CI="1", NO_COLOR="1")


def test_an_interrupted_run_says_how_far_it_came(sh: Shell) -> None:
    # The inequality of the means, in seven variables: true, and beyond every solver in reasonable time.
    names = "abcdefg"
    positive = ", ".join(f"0 < {n}" for n in names)
    powers, product = " + ".join(f"{n} ^ 7" for n in names), " * ".join(names)
    hard = f"theorem means ({' '.join(names)} : real) requires {positive} : 7 * {product} <= {powers}\n"
    (sh.folder / "hard.ob").write_text(f"theorem easy (a : real) : a = a\n\n{hard}", "utf-8")
    process = subprocess.Popen(
        sh.command("prove", "hard.ob", "--timeout", "60", "-j", "1"),
        cwd=sh.folder, env=sh.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 2, out + err
    assert "interrupted" in err
    assert "Traceback" not in err

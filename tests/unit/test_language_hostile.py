"""Whatever the text, the parser answers with a tree or with an error that has a code, and quickly."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probanda.obligations.language.diagnostics import CODES, ContractError
from probanda.obligations.language.elaborate import elaborate_text
from probanda.obligations.language.parser import LONGEST_FILE, parse, parse_bytes, parse_expr, read_file

ROOT = Path(__file__).parents[2]
SAMPLE = (ROOT / "theories/library/softmax.ob").read_text("utf-8")
WORDS = [*SAMPLE.split(), "/--", "-/", '"', "(", ")", "[", "]", "..", "=>", "rec", "|", "0x", "\\", "ℝ", "max", "div"]


def attempt(text: str | bytes) -> ContractError | None:
    """The error, checked to be presentable; None if the text is well-formed."""
    try:
        if isinstance(text, str):
            parse(text, "t.ob")
        else:
            parse_bytes(text, "t.ob")
    except ContractError as e:
        assert e.code in CODES
        rendered = e.render()
        assert rendered.startswith("t.ob:") and f"error[{e.code}]: " in rendered
        assert len(rendered) < 2000
        assert all(c.isprintable() or c in "\n " for c in rendered if ord(c) < 128)
        assert 0 <= e.span.start <= e.span.end <= max(len(text), 1)
        return e
    return None


def code(text: str | bytes) -> str | None:
    error = attempt(text)
    return error.code if error else None


@given(st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_random_bytes(data: bytes) -> None:
    attempt(data)


@given(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_random_text(text: str) -> None:
    attempt(text)


@given(st.lists(st.sampled_from(WORDS), max_size=40))
@settings(max_examples=100, deadline=None)
def test_random_words(words: list[str]) -> None:
    attempt(" ".join(words))


def test_truncated_and_damaged_files() -> None:
    rng = random.Random(1)
    for _ in range(80):
        cut = rng.randrange(len(SAMPLE))
        attempt(SAMPLE[:cut])
        attempt(SAMPLE[:cut] + rng.choice(WORDS) + SAMPLE[cut + rng.randrange(3) :])


def test_damaged_files_elaborate_or_fail_with_a_code() -> None:
    rng = random.Random(2)
    pieces = re.split(r"(\s+|\b)", SAMPLE)
    replacements = [*WORDS, "0", "1.5", "_", "inf", "real[n]", "forall (q : real)", "^ 999", "defined(", "cast(", "x["]
    for _ in range(60):
        damaged = list(pieces)
        damaged[rng.randrange(len(pieces))] = rng.choice([" " + rng.choice(replacements) + " ", rng.choice(pieces)])
        try:
            elaborate_text("".join(damaged), str(ROOT / "theories/library/damaged.ob"))
        except ContractError as e:
            assert e.code in CODES and e.render()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\xff\xfe\x00", "PB100"),
        (b"theorem t : 1 = \x00", "PB100"),
        ("theorem t : 1 = 1 -- \u202e".encode(), "PB101"),
        ("theorem t : x $ y", "PB101"),
        ("theorem t x = x", "PB102"),
        ("theorem t (x : real) : x =", "PB103"),
        ("/-- no end", "PB104"),
        ('axiom a : 1 = 1 because "no end', "PB104"),
        ('axiom a : 1 = 1 because "\\n"', "PB104"),
        ("theorem count : 1 = 1", "PB105"),
        ("/-- a -/ /-- b -/ theorem t : 1 = 1", "PB109"),
        ("/-- a -/ use softmax", "PB109"),
        ("theorem t : x ^ y = 1", "PB110"),
        ("theorem t : x ^ 99999 = 1", "PB110"),
        ("theorem t : x => y", "PB111"),
        ("rewrite t : x = y", "PB111"),
        ("theorem t : x = (1, 2)", "PB111"),
        ("theorem t : a == b == c", "PB111"),
        ("theorem t : sum (i < n, i < m) 1 = 2", "PB112"),
        ("theorem t : 1 = 1 expect refuted expect vacuous", "PB112"),
        ('theorem t : 1 = 1 because "no"', "PB217"),
        ("rec f (t : nat) : nat", "PB301"),
        ("graph g", "PB103"),
        ("graph g = h", "PB102"),
        ('graph g = "m.graph" as', "PB217"),
        ('graph g = "m.graph" as as', "PB217"),
        ('graph g = "m.graph" compiled compiled', "PB112"),
        ('graph g = "m.graph" optimised', "PB217"),
        ("relation r", "PB303"),
        ("theorem t : jvp f at x = 1", "PB304"),
        ('theorem t : 1 = 1 by rocq "proof.v"', "PB305"),
        ("theorem t (x : list) : 1 = 1", "PB306"),
    ],
)
def test_codes(data: str | bytes, expected: str) -> None:
    assert code(data) == expected


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000,
        "(" * 10_000 + "x" + ")" * 10_000,
        "x[" * 10_000 + "0" + "]" * 10_000,
        "f(" * 10_000 + "0" + ")" * 10_000,
        "- " * 10_000 + "x",
        "not " * 10_000 + "x",
        "if c then a else " * 10_000 + "x",
        "if " * 10_000 + "c",
        "let x = 1 in " * 10_000 + "x",
        "forall (i < n) " * 10_000 + "x",
        "sum (i < n) " * 10_000 + "x",
        "[i < n] => " * 10_000 + "x",
        " implies ".join(["x"] * 10_000),
        " + ".join(["x"] * 10_000),
        " <= ".join(["x"] * 10_000),
        "x" + "(1)" * 10_000,
        "x" + "[1]" * 10_000,
        "f(x)" + ".a" * 10_000,
    ],
    ids=lambda t: t[:12].strip(),
)
def test_nesting(text: str) -> None:
    start = time.perf_counter()
    assert code(f"theorem t : {text} = 1") in ("PB103", "PB106")
    assert time.perf_counter() - start < 20


def test_deep_types() -> None:
    assert code(f"theorem t (f : {'nat -> ' * 10_000} nat) : 1 = 1") == "PB106"
    assert code(f"theorem t (f : {'(' * 5_000} nat) : 1 = 1") == "PB106"


def test_moderate_nesting_is_fine() -> None:
    assert parse_expr("(" * 199 + "x" + ")" * 199) == parse_expr("x")
    parse_expr(" + ".join(["x"] * 190))


@pytest.mark.parametrize("number", ["9" * 1001, "1e99999", "1e-99999", "0x1p" + "9" * 30, "0." + "0" * 5000 + "1"])
def test_gigantic_numbers(number: str) -> None:
    assert code(f"theorem t : x = {number}") == "PB107"


@pytest.mark.parametrize("width", ["9" * 900, "1.5", "0x8"])
def test_widths(width: str) -> None:
    assert code(f"theorem t (x : bits {width}) : x = x") in ("PB107", "PB111")


def test_huge_files() -> None:
    assert code("x" * (LONGEST_FILE + 1)) == "PB108"
    assert code("x" * (LONGEST_FILE - 100)) == "PB102"
    assert code("-" * (LONGEST_FILE - 100)) is None, "a comment"
    assert code('"' * 10_000) is not None
    assert code("/-- " * 10_000) == "PB104"


@pytest.mark.parametrize("name", ["assert", "declare", "check", "select", "store", "lambda", "push", "Int", "true!"])
def test_words_of_other_languages_are_names(name: str) -> None:
    found = code(f"theorem {name} ({name} : real) : {name} = {name}")
    assert found == (None if name.isidentifier() else "PB101")


def test_bars_are_signs_and_no_part_of_names() -> None:
    assert code("theorem |x| : 1 = 1") == "PB102"
    assert code("theorem t (x y : bits 8) : x|y = y|x") is None


def test_unreadable_files(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.ob"):
        with pytest.raises(ContractError) as e:
            read_file(path)
        assert e.value.code == "PB501"

import os
import string
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_samples import claim, positive, proved, refuted

from probanda.obligations.claims import Fact, Verdict
from probanda.obligations.language.diagnostics import BadLock, NoFile
from probanda.obligations.ledger import lock as lock_module
from probanda.obligations.ledger.audit import audit, audit_change
from probanda.obligations.ledger.compare import differences, heavier, new_axioms
from probanda.obligations.ledger.graph import settle
from probanda.obligations.ledger.lock import parse, read, render, write
from probanda.obligations.ledger.records import AxiomEntry, ClaimEntry, Lock, make_lock, statement_digest

AXIOMS = {
    "exp_add": claim(
        "exp_add",
        "axiom",
        formula=positive("a"),
        clauses=(("because", ("no theory of exp",)), ("falsified_by", ("sampling",))),
    ),
    "bare": claim("bare", "axiom", formula=positive("b")),
}
RESULTS = [
    proved(claim("a.first", "lemma", hypotheses=(Fact("pos", positive("n")),)), "exp_add", laws=("sum_ext",)),
    proved(claim("a.second", formula=positive("m")), "a.first"),
    refuted(claim("a.twin", "refuted", formula=positive("k"))),
]


def sample() -> Lock:
    return make_lock(settle(RESULTS, AXIOMS), AXIOMS, {"exp_add": "4000 samples"})


words = st.text(string.ascii_letters + string.digits + "._", min_size=1, max_size=12)
lines = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs"]), min_size=1, max_size=20)
names = st.lists(words, max_size=3).map(tuple)
entries = st.builds(
    ClaimEntry, words, words, words, words, words, st.just("") | words, names, names, st.integers(0, 4), names,
    st.integers(0, 99), names, names, names, names, st.just("") | words,
)  # fmt: skip
texts = st.lists(st.just("") | lines, min_size=1, max_size=4).map("\n".join)
axioms = st.builds(
    AxiomEntry, words, words, *[st.just("") | lines] * 5, st.integers(0, 999), texts,
)  # fmt: skip


@given(st.lists(entries, max_size=4), st.lists(axioms, max_size=3))
def test_what_is_written_is_read_back(claims: list[ClaimEntry], assumed: list[AxiomEntry]) -> None:
    lock = Lock({c.name: c for c in claims}, {a.name: a for a in assumed})
    assert parse(render(lock)) == lock
    assert render(parse(render(lock))) == render(lock)


def test_text_of_the_ledger(snapshot: object) -> None:
    assert render(sample()) == snapshot


@given(st.integers(0, 10_000), st.sampled_from(["", "x", "\n", " ", "claim a.first\n", "<<<<<<< ours\n", "\ufeff"]))
def test_a_damaged_file_is_refused_or_unchanged(position: int, inserted: str) -> None:
    text = render(sample())
    position %= len(text)
    damaged = text[:position] + inserted + text[position + 1 :]
    try:
        lock = parse(damaged)
    except BadLock:
        return
    # Only contents of free text can be changed without a trace; everything else is checked line by line.
    assert render(lock) == damaged


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("lock 1", "lock 2", "no ledger of version 1"),
        ("  tier 1", "  tier one", "tier must be a number"),
        ("  tier 1", "  teir 1", "'teir' is no field of a claim"),
        ("  verdict proved\n", "", "has no field 'verdict'"),
        ("claim a.second", "claim a.first", "a.first is listed twice"),
        ("claim a.second", "<<<<<<< ours", "`claim NAME` or `axiom NAME`"),
        ("  expected proved\n  verdict proved", "  verdict proved\n  expected proved", "not as the writer writes it"),
        ("\nclaim a.second", "claim a.second", "an entry or `end 1 claims 0 axioms`"),
    ],
)
def test_errors_name_the_line(old: str, new: str, message: str) -> None:
    text = render(sample())
    assert old in text
    with pytest.raises(BadLock, match=message) as error:
        parse(text.replace(old, new, 1), "some.lock")
    assert "line " in error.value.message
    assert "some.lock" in error.value.render()


def test_truncation_is_noticed() -> None:
    text = render(sample())
    for cut in range(len(text)):
        with pytest.raises(BadLock):
            parse(text[:cut])


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "obligations.lock"
    with pytest.raises(NoFile):
        read(path)
    write(path, sample())
    assert read(path) == sample()
    assert list(tmp_path.iterdir()) == [path]
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(BadLock, match="UTF-8"):
        read(path)


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "obligations.lock"
    write(path, Lock())

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    for step in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(lock_module.os, step, interrupt)
            with pytest.raises(KeyboardInterrupt):
                write(path, sample())
        assert read(path) == Lock()
        assert os.listdir(tmp_path) == [path.name]


def test_differences_name_what_changed() -> None:
    old = sample()
    assert differences(old, old) == []
    worse = replace(old.claims["a.second"], verdict="unknown", axioms=())
    new = Lock(old.claims | {"a.second": worse}, old.axioms)
    assert [(d.name, d.field, d.old, d.new) for d in differences(old, new)] == [
        ("a.second", "verdict", "proved", "unknown"),
        ("a.second", "axioms", "exp_add", ""),
    ]
    gone = Lock({n: c for n, c in old.claims.items() if n != "a.twin"}, old.axioms)
    assert [str(d) for d in differences(old, gone)] == ["a.twin: entry was listed, is absent"]


def test_an_upgraded_solver_is_no_difference_and_another_one_is() -> None:
    old = sample()
    for solvers, changed in ((("z3 99",), False), (("cvc5 1",), True), (("cvc5 1", "z3 5"), True)):
        new = Lock(old.claims | {"a.first": replace(old.claims["a.first"], solvers=solvers)}, old.axioms)
        assert bool(differences(old, new)) is changed


def test_new_axioms_are_found() -> None:
    old = sample()
    extra = replace(old.axioms["bare"], name="extra")
    changed = replace(old.axioms["bare"], statement="0" * 32)
    new = Lock(
        old.claims | {"a.second": replace(old.claims["a.second"], axioms=("exp_add", "extra"))},
        old.axioms | {"extra": extra, "bare": changed},
    )
    assert new_axioms(old, new) == ["bare", "extra"]
    assert heavier(old, new) == {"a.second": ("extra",)}
    assert new_axioms(new, old) == ["bare"]
    assert {str(f) for f in audit_change(old, new) if f.grave} == {
        "FAILS  bare: this axiom says something else now",
        "FAILS  extra: this axiom is new",
    }


def test_audit_finds_a_stale_ledger() -> None:
    claims = [r.claim for r in RESULTS]
    lock = sample()
    assert not [f for f in audit(lock, claims, AXIOMS) if f.grave]
    changed = replace(claims[1], statement=replace(claims[1].statement, formula=positive("other")))  # type: ignore[arg-type]
    grave = [str(f) for f in audit(lock, [claims[0], changed, claim("a.new")], AXIOMS) if f.grave]
    assert grave == [
        "FAILS  a.new: this claim is not in the ledger",
        "FAILS  a.second: its statement has changed since the ledger was written",
        "FAILS  a.twin: the ledger lists this claim, the contracts do not",
    ]


def test_audit_notes_what_is_weak() -> None:
    notes = [str(f) for f in audit(sample(), [r.claim for r in RESULTS], AXIOMS)]
    assert notes == [
        "note   a.first: no arrays are known on which its hypotheses hold",
        "note   bare: it does not say why it is not proved",
        "note   bare: it does not say how it could be shown wrong",
    ]


def test_audit_fails_on_verdicts_that_differ() -> None:
    results = [replace(RESULTS[0], verdict=Verdict.TIMEOUT), RESULTS[1], replace(RESULTS[2], replayed=False)]
    lock = make_lock(settle(results, AXIOMS), AXIOMS, {})
    grave = [str(f) for f in audit(lock, [r.claim for r in RESULTS], AXIOMS) if f.grave]
    assert grave == [
        "FAILS  a.first: timeout where proved is expected",
        "FAILS  a.second: unknown where proved is expected",
        "FAILS  a.twin: its counterexample has not replayed",
    ]


def test_the_digest_is_about_what_is_said() -> None:
    one = claim("a", formula=positive("x"))
    assert statement_digest(one) == statement_digest(replace(one, name="b", doc="words", source="spelled otherwise"))
    assert statement_digest(one) != statement_digest(claim("a", formula=positive("y")))
    assert statement_digest(one) != statement_digest(replace(one, hypotheses=(Fact("h", positive("x")),)))
    assert statement_digest(one) != statement_digest(replace(one, flags=("nsz",)))

import io
import json
from dataclasses import replace

import jsonschema
import pytest
from ledger_samples import claim, positive, proved, refuted

from probanda.obligations.claims import Verdict
from probanda.obligations.ledger.graph import settle
from probanda.obligations.reports import document as doc
from probanda.obligations.reports.live import LiveTable
from probanda.obligations.reports.text import Style, claim_line, duration, summary_line, without_durations
from probanda.obligations.results import ClaimResult

PLAIN = Style(io.StringIO(), {})
AXIOMS = {"exp_pos": claim("exp_pos", "axiom", formula=positive("a"))}
RESULTS = [
    proved(
        claim("fam.file.one"), "exp_pos", readings=frozenset({"real"}), solvers=(("z3", "5.4.1.0"), ("cvc5", "1.4.2"))
    ),
    proved(claim("fam.file.two")),
    refuted(claim("fam.file.twin", "refuted")),
]


@pytest.mark.parametrize(
    ("result", "line"),
    [
        (RESULTS[0], "proved   fam.file.one     real · tier 2   cvc5 1.4, z3 5.4   10 ms"),
        (RESULTS[2], "refuted  fam.file.twin    as expected   n=2   replayed   0 ms"),
        (refuted(claim("wrong")), "refuted  wrong            expected proved   n=2   replayed   0 ms"),
        (
            replace(RESULTS[1], verdict=Verdict.TIMEOUT, reason="holds: 10 s"),
            "timeout  fam.file.two     expected proved   holds: 10 s   10 ms",
        ),
        (
            proved(claim("exact", readings=("bits",)), readings=frozenset({"f32"})),
            "proved   exact            ieee f32 · tier 1   expected bits   z3 5.4   10 ms",
        ),
    ],
)
def test_lines(result: ClaimResult, line: str) -> None:
    assert claim_line(result, PLAIN, 14) == line


def test_summary() -> None:
    assert summary_line(settle(RESULTS, AXIOMS), PLAIN) == "2 proved · 1 refuted as expected · 1 axiom (reach 1 of 2)"
    bad = [RESULTS[0], refuted(claim("wrong")), refuted(claim("twin", "refuted"), replayed=False)]
    assert summary_line(settle(bad, AXIOMS), PLAIN) == (
        "1 proved · 2 refuted, not as expected · 1 axiom (reach 1 of 1)"
    )


def test_colours_only_on_a_terminal_that_wants_them() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert Style(Terminal(), {})("good", "x") == "\x1b[32mx\x1b[0m"
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert Style(Terminal(), env)("good", "x") == "x"
    assert PLAIN("good", "x") == "x"


def test_durations() -> None:
    assert [duration(s) for s in (0.0004, 0.031, 0.9994, 2.44)] == ["0 ms", "31 ms", "999 ms", "2.4 s"]
    assert without_durations("a   31 ms\nb   2.4 s\nc 3 messages") == "a\nb\nc 3 messages"


def test_the_document_is_valid_and_complete() -> None:
    settled = settle(RESULTS, AXIOMS)
    found = json.loads(doc.to_json(doc.document(settled, AXIOMS, {"exp_pos": "4000 samples"})))
    jsonschema.validate(found, doc.schema())
    assert found["outcome"] == "as-expected"
    assert found["claims"][2] == {
        "name": "fam.file.twin", "kind": "refuted", "expected": "refuted", "verdict": "refuted", "readings": [], "flags": [],
        "tier": 0, "laws": [], "axioms": [], "obligations": 1, "counterexample": {"n": 2}, "replayed": True, "reason": None,
        "location": {"file": "sample.ob", "line": 3},
    }  # fmt: skip
    assert found["axioms"] == [
        {"name": "exp_pos", "statement": "axiom exp_pos : true", "reach": 1, "evidence": "4000 samples"}
    ]


def test_a_run_cut_short_is_not_as_expected() -> None:
    settled = settle(RESULTS[:1], AXIOMS)
    assert doc.document(settled, AXIOMS, {}).outcome == "as-expected"
    assert doc.document(settled, AXIOMS, {}, complete=False).outcome == "differs"


def test_the_live_table_counts() -> None:
    table = LiveTable(5)
    for result in RESULTS:
        table.add(result)
    from rich.console import Console

    console = Console(file=io.StringIO(), width=200)
    console.print(table.render())
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert "3/5" in text and "2 proved" in text and "1 refuted" in text and "fam.file.twin" in text

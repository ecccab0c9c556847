"""ONNX's node tests pass, and as many as are recorded."""

from __future__ import annotations

from .committed import NODE_TESTS, read
from .node_tests import cases, run, tally


def test_node_tests_pass() -> None:
    found = tally([run(case) for case in cases()])
    failed = [line for t in found.values() for line in t.failed]
    passed, known = sum(t.passed for t in found.values()), sum(t.known for t in found.values())
    reasons = sum((t.unsupported for t in found.values()), start=type(next(iter(found.values())).unsupported)())
    print(f"{passed} passed, {known} known disagreements, {len(failed)} failed, {reasons.total()} unsupported")
    for why, count in reasons.most_common():
        print(f"  {count:4} {why}")
    assert not failed, "\n".join(failed)
    recorded = read(NODE_TESTS)
    worse = [
        f"{op}: {found[op].passed + found[op].known if op in found else 0} of {table['passed'] + table['known']}"
        for op, table in recorded.items()
        if op not in found or found[op].passed + found[op].known < table["passed"] + table["known"]
    ]
    assert recorded and not worse, f"fewer node tests pass than are recorded: {worse}"

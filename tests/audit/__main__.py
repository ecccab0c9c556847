"""``python -m tests.audit [OPERATOR …]``: the full audit, written to the committed counts and the documents.

With names of operators only those are done again, with ``--missing`` only those that are not recorded or not explained; ``--nodes`` runs the
node tests alone, ``--docs`` writes the documents alone.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import get_context
from typing import Any, TypeVar

from . import committed, documents
from .audit import Report, audited, report, without_strategy
from .fates import Fates, fates
from .node_tests import Outcome, cases, run, tally

T = TypeVar("T")
R = TypeVar("R")


def _parallel(f: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
    with get_context("fork").Pool(min(2, os.cpu_count() or 1)) as pool:
        yield from pool.imap_unordered(f, items, chunksize=1 if len(items) < 400 else 16)


def _node_test(k: int) -> Outcome:
    return run(cases()[k])


def _operator(name: str) -> tuple[Report, Fates]:
    warnings.simplefilter("ignore")
    return report(name), fates(name)


def node_tests() -> None:
    """Run the node tests and record how many pass."""
    found = tally(_parallel(_node_test, range(len(cases()))))
    tables = {
        op: {"passed": t.passed, "known": t.known, "unsupported": dict(sorted(t.unsupported.items()))}
        for op, t in found.items()
    }
    committed.write(committed.NODE_TESTS, "ONNX's node tests: python -m tests.audit --nodes", tables)
    for t in found.values():
        for line in t.failed:
            print(f"failed  {line}")
    print(f"{sum(t.passed for t in found.values())} node tests passed")


def operators(names: Sequence[str]) -> None:
    """Audit operators, try their mutants, and record both."""
    audits, mutants = committed.read(committed.AUDIT), committed.read(committed.MUTANTS)
    for found, fate in _parallel(_operator, names):
        audits[found.op] = audit_table(found)
        mutants[found.op] = {
            "killed": fate.killed, "equivalent": fate.equivalent, "gaps": fate.gaps, "nothing": len(fate.nothing),
        }  # fmt: skip
        print(
            f"{found.op}: {found.trials} trials, {found.both} agree with both, {found.one} with one,"
            f" {len(found.unexplained)} unexplained; mutants: {len(fate.killed)} killed, {len(fate.gaps)} gaps",
            flush=True,
        )
        for line in found.unexplained[:5]:
            print(f"    {line[:400]}", flush=True)
        _record(audits, mutants)


def _record(audits: dict[str, Any], mutants: dict[str, Any]) -> None:
    committed.write(committed.AUDIT, "The audit of denotations: python -m tests.audit", _present(audits))
    committed.write(committed.MUTANTS, "Mutants, with the trial that kills: python -m tests.audit", _present(mutants))


def audit_table(found: Report) -> dict[str, Any]:
    """What is recorded of an operator's audit."""
    return {
        "trials": found.trials, "both": found.both, "one": found.one, "none": found.none, "alone": found.alone,
        "rejected": found.rejected, "agreed": dict(sorted(found.agreed.items())),
        "refused": dict(sorted(found.refused.items())), "unexplained": len(found.unexplained),
        "known": {k: count for k, (count, _) in sorted(found.known.items())},
        "examples": {k: example for k, (_, example) in sorted(found.known.items())},
    }  # fmt: skip


def _present(tables: dict[str, Any]) -> dict[str, Any]:
    return {name: tables[name] for name in audited() if name in tables}


def main(args: Sequence[str]) -> None:
    """Do what the arguments say."""
    names = [a for a in args if not a.startswith("-")]
    if "--docs" not in args:
        if not names and "--missing" not in args:
            node_tests()
        if "--nodes" not in args:
            recorded = committed.read(committed.AUDIT) if "--missing" in args else {}
            done = {op for op, table in recorded.items() if not table["unexplained"]}
            operators(names or [op for op in audited() if op not in without_strategy() and op not in done])
    documents.write()


if __name__ == "__main__":
    main(sys.argv[1:])

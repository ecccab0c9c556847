"""What it costs to build a term and to bring it to normal form, per node, at growing sizes.

Prints the cost of each size relative to the smallest: a linear pass prints figures near 1.  Run it with
``python benchmarks/terms.py``; ``--seconds`` prints microseconds per node too.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable

from probanda.theories.normal.beta import beta
from probanda.theories.normal.ring import normalize
from probanda.theories.terms import build as b
from probanda.theories.terms.binders import var
from probanda.theories.terms.sorts import INT, REAL, fn
from probanda.theories.terms.term import Term, make, size

SIZES = (1_000, 10_000, 100_000)
x = var("x", fn(INT, REAL))


def chain(n: int, tag: int) -> Term:
    """A long sum of products of distinct reads."""
    t = b.rational(tag)
    for k in range(n // 5):
        read = b.at(x, b.integer(k + tag))
        t = b.add(t, b.mul(read, b.at(x, b.integer(k + tag + 1))))
    return t


def tower(n: int, tag: int) -> Term:
    """Deep: each level is an ``if`` inside an index."""
    i = var(f"i{tag}", INT)
    for k in range(n // 4):
        i = b.maximum(b.add(i, b.ONE), b.integer(k))
    return i


def conditions(n: int, tag: int) -> Term:
    """A deep alternation of ``and`` and ``or`` over comparisons."""
    t = b.TRUE
    for k in range(n // 5):
        c = b.lt(b.at(x, b.integer(k + tag)), b.at(x, b.integer(k + tag + 1)))
        t = b.conj(c, t) if k % 2 else b.disj(c, t)
    return t


def sums(n: int, tag: int) -> Term:
    """Many sums with a guard."""
    t = b.rational(tag)
    for k in range(n // 12):
        bound = b.add(var("m", INT), b.integer(k + tag))
        t = b.add(t, b.big("sum", b.below(bound), lambda j, bound=bound: b.ite(b.lt(j, bound), b.at(x, j), t0)))
    return t


def redexes(n: int, tag: int) -> Term:
    """A read of a comprehension of a read of a comprehension, and so on."""
    row = x
    for k in range(n // 6):
        row = b.lam(b.below(b.integer(n)), lambda j, row=row, k=k: b.at(row, b.add(j, b.integer(k + tag))))
        row = b.ite(b.lt(var("p", INT), b.integer(k)), row, x) if k % 50 == 0 else row
    return b.at(x if row is x else row, b.ZERO)


t0 = b.rational(0)
NORMAL: dict[str, tuple[Callable[[int, int], Term], Callable[[Term], Term]]] = {
    "ring: long sum": (chain, normalize),
    "ring: deep indices": (tower, normalize),
    "ring: conditions": (conditions, normalize),
    "ring: sums": (sums, normalize),
    "beta: chain": (chain, beta),
}


def measure(
    make_term: Callable[[int, int], Term], run: Callable[[Term], Term], n: int, tag: int
) -> tuple[float, float]:
    """Seconds per node to build, and to normalise."""
    gc.collect()
    gc.disable()
    start = time.perf_counter()
    t = make_term(n, tag)
    built = time.perf_counter()
    run(t)
    done = time.perf_counter()
    gc.enable()
    nodes = size(t)
    return (built - start) / nodes, (done - built) / nodes


def main() -> None:
    seconds = "--seconds" in sys.argv[1:]
    make("lit", (), INT, 0)
    print(f"{'':22}{'build':>24}{'normalise':>30}")
    for name, (make_term, run) in NORMAL.items():
        rows = [measure(make_term, run, n, tag * 1_000_000) for tag, n in enumerate(SIZES, 1)]
        cells = ["  ".join(f"{r[k] / rows[0][k]:6.2f}" for r in rows) for k in (0, 1)]
        print(f"{name:22}{cells[0]:>24}{cells[1]:>30}")
        if seconds:
            cells = ["  ".join(f"{r[k] * 1e6:6.1f}" for r in rows) for k in (0, 1)]
            print(f"{'  µs per node':22}{cells[0]:>24}{cells[1]:>30}")


if __name__ == "__main__":
    main()

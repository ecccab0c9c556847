"""How the printer's cost grows: run with ``python benchmarks/printer.py [--solvers]``.

Prints, for each shape of term, the microseconds a node at 10^3, 10^4 and 10^5 nodes and their ratio to the smallest size;
the ratio must stay near 1, and a node must cost at most 4 microseconds.  ``--solvers`` also runs the scripts, to show
that no solver's parser or core overflows on them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from itertools import pairwise

from probanda.encoders.smtlib.printer import script
from probanda.theories.terms import build as b
from probanda.theories.terms.binders import var
from probanda.theories.terms.sorts import BOOL, INT, bits, index_map
from probanda.theories.terms.term import Term, size

SIZES = (1_000, 10_000, 100_000)


def chain(n: int) -> list[Term]:
    """No sharing: one deep term."""
    t = x = var("x", INT)
    for k in range(n):
        t = b.add(t, x) if k % 2 else b.neg(t)
    return [b.lt(t, x)]


def doubling(n: int) -> list[Term]:
    """Every node is used twice by the next."""
    sort = bits(8)
    t = x = var("x", sort)
    for k in range(n):
        t = b.add(t, t) if k % 2 else b.bit_op("bxor", t, b.bit_vector(k, sort))
    return [b.lt(t, x)]


def branches(n: int) -> list[Term]:
    """Nested conditionals and connectives."""
    p, q = var("p", BOOL), var("q", BOOL)
    t = p
    for k in range(n):
        t = b.ite(q, t, b.negate(t)) if k % 3 == 0 else b.implies(q, t) if k % 3 == 1 else b.conj(p, t, q)
    return [t]


def wide(n: int) -> list[Term]:
    """Many small assertions that share reads."""
    size_map, axis = index_map("C"), index_map("C").arg
    m = var("m", size_map)
    reads = [b.at(m, var(f"c{k}", axis)) for k in range(n // 8)]
    return [b.lt(b.add(x, y), b.integer(k)) for k, (x, y) in enumerate(pairwise(reads))]


SHAPES: tuple[Callable[[int], list[Term]], ...] = (chain, doubling, branches, wide)


def measure(shape: Callable[[int], list[Term]], n: int) -> tuple[float, str]:
    named = [(f"h{k}", t) for k, t in enumerate(shape(n))]
    nodes = size(b.conj(*[t for _, t in named]))
    best = float("inf")
    text = ""
    for _ in range(3):
        start = time.process_time()  # others on the machine do not count
        text = script(named).text
        best = min(best, time.process_time() - start)
    return best / nodes * 1e6, text


def main() -> None:
    for shape in SHAPES:
        costs: list[float] = []
        for n in SIZES:
            cost, text = measure(shape, n)
            costs.append(cost)
            if "--solvers" in sys.argv:
                print(f"  {shape.__name__} {n}: {answers(text)}")
        ratios = " ".join(f"{c / costs[0]:.2f}" for c in costs)
        print(f"{shape.__name__:10} us/node {' '.join(f'{c:.2f}' for c in costs)}   ratios {ratios}")


def answers(text: str) -> str:
    """What each solver says, each in a process of its own."""
    import subprocess

    out: list[str] = []
    for solver, code in RUNNERS.items():
        if solver == "bitwuzla" and "BitVec" not in text:
            continue
        start = time.perf_counter()
        try:
            command = [sys.executable, "-c", code]
            run = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)
            said = (run.stdout.split() or [f"exit {run.returncode}"])[0]
        except subprocess.TimeoutExpired:
            said = "timeout"
        out.append(f"{solver} {said} {time.perf_counter() - start:.1f}s")
    return ", ".join(out)


RUNNERS = {
    "z3": "import sys, z3; print(z3.Z3_eval_smtlib2_string(z3.main_ctx().ref(), sys.stdin.read()))",
    "cvc5": """
import sys, cvc5
solver = cvc5.Solver(cvc5.TermManager())
parser = cvc5.InputParser(solver)
parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, sys.stdin.read(), "script")
while not (command := parser.nextCommand()).isNull():
    print(command.invoke(solver, parser.getSymbolManager()), end="")
""",
    "bitwuzla": """
import sys, bitwuzla
parser = bitwuzla.Parser(bitwuzla.TermManager(), bitwuzla.Options())
parser.parse(sys.stdin.read(), False, False)
""",
}

if __name__ == "__main__":
    main()

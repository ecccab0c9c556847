"""cvc5, command by command through its own parser.

It holds the interpreter's lock while it solves and offers no interrupt, so its worker is killed when the answer is no
longer wanted.  Its time limit is not looked at during bit-blasting: the limits of the pool stand behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from .driver import Driver, Limits, RawAnswer, Script


def run(script: Script, limits: Limits, stopped: Callable[[], bool]) -> RawAnswer:
    """Invoke the commands of the script on a fresh solver."""
    lib: Any = import_module("cvc5")
    terms = lib.TermManager()
    solver = lib.Solver(terms)
    symbols = lib.SymbolManager(terms)
    for name, value in DRIVER.options:
        solver.setOption(name, value)
    solver.setOption("tlimit-per", str(max(1, int(limits.timeout * 1000))))
    if limits.steps is not None:
        solver.setOption("rlimit-per", str(limits.steps))

    def tell(text: str) -> str:
        parser = lib.InputParser(solver, symbols)
        parser.setStringInput(lib.InputLanguage.SMT_LIB_2_6, text, "script")
        said: list[str] = []
        while not stopped() and not (command := parser.nextCommand()).isNull():
            said.append(command.invoke(solver, symbols))
        return "".join(said)

    try:
        check = tell(script.head)
    except RuntimeError as error:
        return RawAnswer(f"(error {str(error)!r})")
    if check.strip().startswith("unknown"):
        return RawAnswer("unknown", reason=check.strip().removeprefix("unknown").strip(" ()"))
    try:
        return RawAnswer(check, tell(script.query(check)))
    except RuntimeError as error:
        return RawAnswer(check, f"(error {str(error)!r})")


DRIVER = Driver(
    name="cvc5",
    package="cvc5",
    versions=">=1.2,<2",
    theories=frozenset({"ALL"}),
    quantifiers=True,
    options=(("seed", "0"), ("sat-random-seed", "0")),
    limits=(("timeout", "timeout"), ("resourceout", "timeout"), ("memout", "memory"), ("interrupted", "timeout")),
    run=run,
    refusals=("supported in default mode",),
    interruptible=False,
    steps_per_second=100_000,
)
